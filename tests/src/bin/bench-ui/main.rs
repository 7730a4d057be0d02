//! Measures the window a person sits before, in a room of `--messages` messages and, in the same run, in one of `--short`: start to the
//! first painted message, key press to the painted letter, scrolling, and the memory of all its processes. What matters is the ratio of
//! the two: nothing a person waits for may depend on how much was ever written. Run it with `cargo xtask bench ui`.
//!
//! The relay is gone, so nothing here waits for a network. A painted letter is the frame after the one in which the letter got into
//! the field; the compositor and the display come after that and are not ours.

#![allow(clippy::unwrap_used)]

mod keys;
mod room;
mod start;
mod table;

use clap::Parser;
use room::Room;
use std::path::PathBuf;
use table::Table;

/// Measures the window.
#[derive(Parser)]
struct Arguments {
    /// Messages in the long room.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u32,
    /// Messages in the short one.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(200..))]
    short: u32,
    /// Starts that are measured, of each.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// Keys that are pressed, in each.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    keys: u32,
    /// Frames that are scrolled, in each.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(10..))]
    frames: u32,
    /// Pixels a frame.
    #[arg(long, default_value_t = 40)]
    step: u32,
    /// Rounds that are scrolled in the long room while its memory is watched.
    #[arg(long, default_value_t = 8)]
    rounds: u32,
    /// Frames of each of them.
    #[arg(long, default_value_t = 1000)]
    round: u32,
    /// Where the numbers are written, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let build = build();
    println!(
        "rooms of {} and {} messages; {build} build",
        arguments.short, arguments.messages
    );
    let mut rooms = [
        Room::new(arguments.short).await,
        Room::new(arguments.messages).await,
    ];
    // In turns, so that both see the same machine; the first start of each only warms the disk's cache.
    for round in 0..=arguments.starts {
        for room in &mut rooms {
            room.start(round > 0).await;
        }
    }
    for room in &mut rooms {
        room.sit(&arguments).await;
    }
    let [short, long] = rooms;
    let table = Table::new(build, short.found, long.found);
    print!("{table}");
    if let Some(path) = &arguments.json {
        std::fs::write(path, table.json()).unwrap();
        println!("written to {}", path.display());
    }
}

fn build() -> &'static str {
    let program = system_tests::programs::built("amend-desktop");
    if program.to_string_lossy().contains("/release/") {
        "release"
    } else {
        "debug"
    }
}
