//! Measures what an idle connection costs the relay in memory; run it with `cargo xtask measure-idle`.

use clap::Parser;
use system_tests::idle;
use system_tests::relay_process::RelayProcess;

/// Idle connections to a relay, and its memory.
#[derive(Parser)]
struct Arguments {
    /// How many.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let relay = RelayProcess::start().await;
    let idle = idle::measure(&relay, arguments.connections).await;
    println!(
        "{} idle connections: {} kB before, {} kB after, {} kB at most; {:.1} KiB each",
        idle.connections,
        idle.before,
        idle.after,
        idle.peak,
        idle.bytes_each() as f64 / 1024.0
    );
}
