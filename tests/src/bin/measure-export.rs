//! How long exports of a large room take, and how much memory: `measure-export [MESSAGES]`. Then what was exported is read for an import.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use system_tests::{long_room, programs};

#[tokio::main]
async fn main() {
    let messages = std::env::args()
        .nth(1)
        .map_or(1_000_000, |n| n.parse().unwrap());
    let home = long_room::profile("long", messages).await;
    let file = |name: &str| home.path().join(name).to_string_lossy().into_owned();
    for args in [
        vec!["export".to_owned(), file("out.jsonl")],
        vec!["export".to_owned(), file("out.sqlite")],
        vec!["export".to_owned(), file("out")],
        // Without a relay it is read, and no more.
        vec![
            "import".to_owned(),
            file("out.jsonl"),
            "--preview".to_owned(),
        ],
    ] {
        let start = Instant::now();
        let mut child = Command::new(programs::built("amend"))
            .args(["--profile", "long"])
            .args(&args)
            .env("AMEND_HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0;
        let status = loop {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
            let line = status.unwrap_or_default();
            let kilobytes = line
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))
                .and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = kilobytes.unwrap_or(peak);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let seconds = start.elapsed().as_secs_f64();
        let what = args[1].rsplit('/').next().unwrap();
        println!(
            "{} {what}: {messages} messages, {seconds:.1} s, {} MB at most ({status})",
            args[0],
            peak / 1024
        );
    }
}
