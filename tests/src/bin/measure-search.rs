//! Measures the search in a big local database: makes one with `--messages` messages (or takes the one in `--folder`), and
//! prints for each kind of query how long a page takes: `measure-search --messages 1000000 --folder /tmp/big`.
//!
//! The words of the messages are drawn by Zipf's law, so that the commonest stands in most messages. Every time is that of
//! one whole `search` on a reader connection: names, count, page and snippets.

#![allow(clippy::unwrap_used)]

use clap::Parser;
use client::db::{Db, rows};
use client::search;
use model::search::{Day, Query, pieces};
use model::view::{SearchOrder, SearchRequest};
use model::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const BEGIN: i64 = 1_700_000_000_000;
const ROOMS: u128 = 8;
const PEOPLE: u128 = 50;

#[derive(Parser)]
struct Args {
    /// How many messages the database gets, if it is new.
    #[arg(long, default_value_t = 1_000_000)]
    messages: i64,
    /// Where it is; it stays there.
    #[arg(long)]
    folder: PathBuf,
    /// How often each query is asked.
    #[arg(long, default_value_t = 50)]
    times: usize,
    /// Also measure how long the index of an older database takes, and what a look at the whole index takes.
    #[arg(long)]
    index: bool,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    std::fs::create_dir_all(&args.folder).unwrap();
    let path = args.folder.join("amend.db");
    let is_new = !path.exists();
    let begun = Instant::now();
    let db = Db::open(&path).unwrap();
    println!("opened in {:.0?}", begun.elapsed());
    let words = vocabulary();
    if is_new {
        let begun = Instant::now();
        fill(&db, &words, args.messages).await;
        println!(
            "{} messages written in {:.1?}",
            args.messages,
            begun.elapsed()
        );
    }
    db.settle().await.unwrap();
    let bytes = |path: &PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
    println!("database: {} MB", bytes(&path) / 1_000_000);
    if args.index {
        measure_index(&db).await;
    }
    let mut all = Vec::new();
    for (what, order, text) in queries(&words) {
        let times = ask(&db, order, &text, args.times).await;
        println!(
            "{what:<44} {text:<28} p50 {:>7.2} ms  p99 {:>7.2} ms",
            millis(times[times.len() / 2]),
            millis(times[times.len() * 99 / 100]),
        );
        if order == SearchOrder::Newest {
            all.extend(times);
        }
    }
    all.sort();
    println!(
        "all of them, newest first: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        millis(all[all.len() / 2]),
        millis(all[all.len() * 99 / 100]),
        millis(all[all.len() - 1])
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Forty thousand words, the commonest first.
fn vocabulary() -> Vec<String> {
    let common = [
        "the", "that", "this", "with", "have", "message", "about", "would", "please", "deploy",
        "deployed", "there", "which", "rollback", "working", "tomorrow", "review", "because",
        "should", "release",
    ];
    let syllables = [
        "ba", "co", "de", "fi", "gu", "ha", "je", "ki", "lo", "mu", "na", "po", "re", "si", "tu",
        "va", "we", "yo", "za", "ing", "er", "an", "ment", "tion",
    ];
    let mut random = fastrand::Rng::with_seed(1);
    let mut words: Vec<String> = common.iter().map(|word| (*word).to_owned()).collect();
    let mut known: std::collections::BTreeSet<String> = words.iter().cloned().collect();
    while words.len() < 40_000 {
        let word: String = (0..random.usize(1..5))
            .map(|_| syllables[random.usize(..syllables.len())])
            .collect();
        if known.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

async fn fill(db: &Db, words: &[String], count: i64) {
    let mut sum = 0.0;
    let weights: Vec<f64> = (0..words.len())
        .map(|rank| {
            sum += 1.0 / (f64::from(u32::try_from(rank).unwrap()) + 2.7);
            sum
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(2);
    db.write(|tx| {
        tx.execute(
            "INSERT INTO account VALUES (1, 'http://localhost', ?1, 'ada', 1, NULL)",
            [rows::Blob(ADA.0)],
        )?;
        for room in 1..=ROOMS {
            rows::put(tx, &Row::Room(room_row(room)), rows::Put::Confirmed)?;
            for person in 0..PEOPLE {
                rows::put(
                    tx,
                    &Row::Member(member_row(room, person)),
                    rows::Put::Confirmed,
                )?;
            }
        }
        Ok(())
    })
    .await
    .unwrap();
    let mut number = 0;
    while number < count {
        let mut batch = Vec::new();
        for _ in 0..2000.min(count - number) {
            number += 1;
            let length = [3, 5, 8, 8, 12, 15, 25][random.usize(..7)];
            let mut body: Vec<&str> = (0..length)
                .map(|_| {
                    let at = random.f64() * sum;
                    words[weights
                        .partition_point(|weight| *weight < at)
                        .min(words.len() - 1)]
                    .as_str()
                })
                .collect();
            let id = format!("user{number}");
            if number % 10 == 0 {
                body.push(&id);
            }
            if number % 50 == 0 {
                body.push("https://example.org/x");
            }
            let room = 1 + u128::try_from(random.usize(..20)).unwrap().min(ROOMS - 1);
            let person = u128::try_from(random.usize(..50)).unwrap();
            batch.push(Row::Message(message_row(
                room,
                person,
                number,
                body.join(" "),
            )));
        }
        db.write(move |tx| {
            for row in &batch {
                rows::put(tx, row, rows::Put::Confirmed)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    }
}

fn room_row(room: u128) -> Room {
    Room {
        id: RoomId(Uuid::from_u128(room)),
        seq: Seq(1),
        name: format!("room {room}"),
        topic: String::new(),
        kind: RoomKind::Channel,
        edit_policy: EditPolicy::Author,
        archived_at: None,
        created_by: ADA,
        created_at: Millis(BEGIN),
    }
}

fn member_row(room: u128, person: u128) -> Member {
    Member {
        room_id: RoomId(Uuid::from_u128(room)),
        user_id: UserId(Uuid::from_u128(10 + person)),
        seq: Seq(2),
        name: format!("person {person}"),
        role: Role::Member,
        joined_at: Millis(BEGIN),
        left_at: None,
    }
}

fn message_row(room: u128, person: u128, number: i64, body: String) -> Message {
    Message {
        room_id: RoomId(Uuid::from_u128(room)),
        id: MessageId(Uuid::from_u128((7 << 76) | u128::try_from(number).unwrap())),
        seq: Seq(10 + number),
        position: Some(Seq(10 + number)),
        author_id: UserId(Uuid::from_u128(10 + person)),
        body,
        reply_to: None,
        rev: Rev::FIRST,
        created_at: Millis(BEGIN + number * 60_000),
        edited_at: None,
        edited_by: None,
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}

fn queries(words: &[String]) -> Vec<(&'static str, SearchOrder, String)> {
    use SearchOrder::{Best, Newest};
    let mut all = Vec::new();
    for word in ["the", "message", "deployed", "tomorrow"] {
        for end in 1..=word.len() {
            all.push((
                "a common word as it is typed",
                Newest,
                word[..end].to_owned(),
            ));
        }
    }
    let rare = &words[30_000];
    for (what, order, text) in [
        ("a common word", Newest, "the ".to_owned()),
        ("a rare word", Newest, rare.clone()),
        ("no such word", Newest, "qqqqzzz ".to_owned()),
        ("two common words", Newest, "the message".to_owned()),
        ("a common and a rare word", Newest, format!("{rare} the")),
        ("a phrase", Newest, "\"the message\"".to_owned()),
        (
            "a rare phrase",
            Newest,
            "\"please rollback tomorrow\"".to_owned(),
        ),
        (
            "a common word in a small room",
            Newest,
            "in:\"room 1\" the".to_owned(),
        ),
        (
            "a common word by one of fifty",
            Newest,
            "the from:\"person 7\"".to_owned(),
        ),
        (
            "a common word of an early month",
            Newest,
            "the before:2023-12".to_owned(),
        ),
        (
            "a common word with a link",
            Newest,
            "the has:link".to_owned(),
        ),
        ("everything but a common word", Newest, "-the ".to_owned()),
        (
            "the beginning of 100,000 different words",
            Newest,
            "user1".to_owned(),
        ),
        (
            "the beginning of 10,000 different words",
            Newest,
            "user12".to_owned(),
        ),
        (
            "one person's messages",
            Newest,
            "from:\"person 7\"".to_owned(),
        ),
        ("a common word, the best first", Best, "the ".to_owned()),
        (
            "two words, the best first",
            Best,
            "deploy rollback".to_owned(),
        ),
    ] {
        all.push((what, order, text));
    }
    all
}

async fn ask(db: &Db, order: SearchOrder, text: &str, times: usize) -> Vec<Duration> {
    let today = Day::new(2026, 11, 24).unwrap();
    let request = SearchRequest {
        query: Query::of(&pieces(text, today), Day::utc_start),
        order,
        limit: 30,
        after: None,
    };
    let mut all = Vec::new();
    for _ in 0..times {
        let request = request.clone();
        let begun = Instant::now();
        db.read(move |db| search::search(db, &request, ADA))
            .await
            .unwrap();
        all.push(begun.elapsed());
    }
    all.sort();
    all
}

async fn measure_index(db: &Db) {
    let begun = Instant::now();
    let checked = db.write(|tx| search::index::check(tx)).await.unwrap();
    println!(
        "index checked against the rows in {:.1?}: {checked:?}",
        begun.elapsed()
    );
    db.write(|tx| search::index::restart(tx)).await.unwrap();
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    loop {
        let step = Instant::now();
        let more = db.write(|tx| search::index::advance(tx)).await.unwrap();
        longest = longest.max(step.elapsed());
        if !more {
            break;
        }
    }
    println!(
        "index made anew in {:.1?}, the longest transaction {longest:.1?}",
        begun.elapsed()
    );
    db.settle().await.unwrap();
}
