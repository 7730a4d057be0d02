//! Measures the window a person sits before: start to the first painted message, key press to the painted letter, and the
//! memory of all its processes, with a long history. Prints medians and 99th percentiles; run it with `cargo xtask bench ui`.
//!
//! The relay is gone, so nothing here waits for a network. A painted letter is the frame after the one in which the letter got into
//! the field; the compositor and the display come after that and are not ours.

#![allow(clippy::unwrap_used)]

mod keys;
mod start;

use clap::Parser;
use system_tests::long_room;
use system_tests::memory;
use system_tests::window::Window;

/// Measures the window.
#[derive(Parser)]
struct Arguments {
    /// Messages in the room.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u32,
    /// Starts that are measured.
    #[arg(long, default_value_t = 7)]
    starts: usize,
    /// Keys that are pressed.
    #[arg(long, default_value_t = 200)]
    keys: usize,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    println!(
        "{} messages in the room; {} build",
        arguments.messages,
        build()
    );
    let home = long_room::profile("ada", arguments.messages).await;
    let size = std::fs::metadata(home.profile("ada").join("amend.db")).unwrap();
    println!(
        "database                              {} MiB",
        size.len() / 1024 / 1024
    );
    let mut starts = start::Starts::default();
    for _ in 0..arguments.starts {
        starts.add(&home).await;
    }
    starts.report();
    let window = Window::open(&home, "ada").await;
    window.get("message").await;
    report(
        "key press -> painted letter (ms)",
        keys::measure(&window, arguments.keys).await,
    );
    let shares = memory::of_tree(window.app_pid());
    println!(
        "memory with the room open             {} MiB in {} processes",
        memory::mib(&shares),
        shares.len()
    );
    for share in &shares {
        println!("    {:<34}{} MiB", share.name, share.kib / 1024);
    }
}

fn build() -> &'static str {
    if system_tests::programs::built("amend-desktop")
        .to_string_lossy()
        .contains("/release/")
    {
        "release"
    } else {
        "debug"
    }
}

/// A line with what was measured.
fn report(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!(
        "{what:<38}median {:.1}  p99 {:.1}  max {:.1}  ({} times)",
        at(50),
        at(99),
        at(100),
        times.len()
    );
}
