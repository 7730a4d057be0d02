//! Runs real parts and breaks them: `cargo xtask soak --seconds N --seed S`.

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;

/// Real devices, two relays and Postgres, behind bad lines, killed with -9 at random.
#[derive(Parser)]
struct Args {
    /// How long things break.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// The plan; a random one without it.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    println!("soak: seed {seed}, {} s", args.seconds);
    let folder = match tempfile::Builder::new().prefix("amend-soak-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("soak: no folder for the run ({error}). Check the disk.");
            return ExitCode::FAILURE;
        }
    };
    let report =
        system_tests::soak::run::run(folder.path(), seed, Duration::from_secs(args.seconds)).await;
    for (what, count) in &report.counts {
        println!("{count:>10} {what}");
    }
    if report.wrong.is_empty() {
        return ExitCode::SUCCESS;
    }
    for wrong in report.wrong.iter().take(20) {
        println!("  - {wrong}");
    }
    println!(
        "soak: seed {seed} failed; its databases are in {}",
        folder.keep().display()
    );
    ExitCode::FAILURE
}
