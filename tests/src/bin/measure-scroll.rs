//! Measures scrolling through a very long room in the real window: frame times, what the document holds, and the memory of all
//! processes as it goes on; and how long the local database takes for windows anywhere in that room. Prints numbers and asserts nothing.

#![allow(clippy::unwrap_used)]

use clap::Parser;
use client::Client;
use model::view::Ask;
use model::{Millis, Seq};
use std::time::Instant;
use system_tests::people::Home;
use system_tests::window::Window;
use system_tests::{long_room, memory, scrolling};

/// Measures scrolling.
#[derive(Parser)]
struct Arguments {
    /// Messages in the room.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u32,
    /// Rounds of scrolling; memory is read after each.
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Frames of a round.
    #[arg(long, default_value_t = 1200)]
    frames: u32,
    /// Pixels a frame.
    #[arg(long, default_value_t = 40)]
    step: i32,
    /// Only the local database.
    #[arg(long)]
    no_window: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    println!("{} messages in the room", arguments.messages);
    let home = long_room::profile("ada", arguments.messages).await;
    windows_of(&home).await;
    if !arguments.no_window {
        scroll(&home, &arguments).await;
    }
}

/// Every kind of window, at random places.
async fn windows_of(home: &Home) {
    let client = Client::open(&home.profile("ada")).await.unwrap();
    let room = client.rooms().await.unwrap()[0].id;
    let newest = client.window(room, Ask::Newest, 80).await.unwrap();
    let (Seq(first), Seq(last)) = newest.span.unwrap();
    let end = newest.items.last().unwrap().created_at.0;
    client.mark_read(room, Seq(first)).await.unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    let mut times: Vec<(&str, Vec<f64>)> = [
        "newest", "at", "since", "around", "before", "after", "unread",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    for _ in 0..300 {
        let at = Ask::At(Seq(rng.i64(first..=last)));
        let page = client.window(room, at, 80).await.unwrap();
        let mark = page.items[page.items.len() / 2].mark();
        let since = Ask::Since(Millis(end - rng.i64(0..(last - first) * 90_000)));
        let asks = [
            Ask::Newest,
            at,
            since,
            Ask::Around(mark.id),
            Ask::Before(mark),
            Ask::After(mark),
            Ask::Unread,
        ];
        for (ask, (_, times)) in asks.into_iter().zip(&mut times) {
            let start = Instant::now();
            client.window(room, ask, 80).await.unwrap();
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    client.close().await;
    println!("a window of 80 messages from the local database, milliseconds:");
    for (name, mut times) in times {
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        println!(
            "    {name:<10} median {:.2}  p99 {:.2}  max {:.2}",
            at(50),
            at(99),
            at(100)
        );
    }
}

async fn scroll(home: &Home, arguments: &Arguments) {
    let window = Window::open(home, "ada").await;
    window.get("message").await;
    // It opens where the unread messages begin; the way goes from the end upwards.
    system_tests::frames::go_to_end(&window).await;
    let resting = scrolling::scroll(&window, 0, 200).await;
    println!("at rest:   {}", resting.line());
    let memory = |round: u32| {
        let shares = memory::of_tree(window.app_pid());
        let each: Vec<String> = shares
            .iter()
            .map(|share| format!("{} {}", share.name, share.kib / 1024))
            .collect();
        println!(
            "round {round}: {} MiB ({})",
            memory::mib(&shares),
            each.join(", ")
        );
    };
    memory(0);
    for round in 1..=arguments.rounds {
        let run = scrolling::scroll(&window, -arguments.step, arguments.frames).await;
        println!("round {round}: {}", run.line());
        memory(round);
    }
}
