//! A profile with a very long room, as one would have after years: written straight into the local database, through the
//! client's own statements, because a relay would take an hour to say it all.
//!
//! The profile is signed in and its relay is gone, so what a window shows comes from SQLite alone.

use crate::people::Home;
use crate::relay_process::RelayProcess;
use crate::wait;
use client::db::rows::{self, Put};
use fastrand::Rng;
use model::{Message, MessageId, Millis, Rev, RoomId, Row, Seq, UserId};
use rusqlite::Connection;
use uuid::Uuid;

/// The room's name.
pub const ROOM: &str = "Long";

/// How many people write in it, beside the profile's own.
const AUTHORS: usize = 19;

/// The words that texts are made of; the first are the commonest.
const WORDS: &[&str] = &[
    "the",
    "a",
    "to",
    "it",
    "is",
    "and",
    "we",
    "of",
    "in",
    "that",
    "for",
    "on",
    "with",
    "this",
    "have",
    "not",
    "can",
    "release",
    "test",
    "build",
    "message",
    "relay",
    "sync",
    "offline",
    "edit",
    "merge",
    "window",
    "letter",
    "cursor",
    "outbox",
    "index",
    "query",
    "sketch",
    "coffee",
    "train",
    "meeting",
    "tomorrow",
    "yesterday",
    "budget",
    "garden",
    "violin",
    "telescope",
    "kettle",
    "lighthouse",
    "marmalade",
    "quartz",
    "zeppelin",
];

/// A profile whose room holds `messages` messages.
///
/// # Panics
/// When anything goes wrong.
pub async fn profile(name: &str, messages: u32) -> Home {
    let mut relay = RelayProcess::start().await;
    let home = Home::new();
    relay.add_user(name);
    let client = home.client(&relay, name, name).await;
    let room = client
        .create_room(ROOM, "Everything since 2023")
        .await
        .unwrap();
    let first = client.post(room, "The first message.").await.unwrap();
    let position = wait::until(
        "the room and its first message have places",
        async || {
            let items = client.timeline(room, None, 1).await.unwrap().items;
            let item = items.into_iter().find(|item| item.id == first);
            item.and_then(|item| item.position)
        },
        Option::is_some,
    )
    .await
    .unwrap();
    let me = client.account().await.unwrap().unwrap().user_id;
    client.close().await;
    relay.kill();
    let folder = home.profile(name);
    tokio::task::spawn_blocking(move || {
        fill(&folder.join("amend.db"), room, me, position, messages)
    })
    .await
    .unwrap();
    home
}

fn fill(path: &std::path::Path, room: RoomId, me: UserId, after: Seq, messages: u32) {
    let mut connection = Connection::open(path).unwrap();
    client::db::prepare(&mut connection).unwrap();
    let mut rng = Rng::with_seed(5);
    let authors: Vec<UserId> = (0..AUTHORS).map(|_| UserId(uuid(&mut rng))).collect();
    let transaction = connection.transaction().unwrap();
    for (n, author) in authors.iter().enumerate() {
        let member = model::Member {
            room_id: room,
            user_id: *author,
            seq: after,
            name: format!("person{n}"),
            role: model::Role::Member,
            joined_at: Millis(0),
            left_at: None,
        };
        rows::put(&transaction, &Row::Member(member), Put::Confirmed).unwrap();
    }
    // One message every minute and a half, up to the end of 2026.
    let end = 1_798_700_000_000_i64;
    let mut former = None;
    for n in 0..messages {
        let seq = Seq(after.0 + i64::from(n) + 1);
        let author = if rng.u8(0..20) == 0 {
            me
        } else {
            authors[rng.usize(..AUTHORS)]
        };
        let id = MessageId(uuid(&mut rng));
        let edited = rng.u8(0..50) == 0;
        let at = Millis(end - i64::from(messages - n) * 90_000);
        let message = Message {
            body: text(&mut rng),
            reply_to: former.filter(|_| rng.u8(0..20) == 0),
            rev: if edited {
                Rev::FIRST.next()
            } else {
                Rev::FIRST
            },
            edited_at: edited.then_some(at),
            edited_by: edited.then_some(author),
            ..blank(room, id, author, seq, at)
        };
        former = Some(id);
        rows::put(&transaction, &Row::Message(message), Put::Confirmed).unwrap();
    }
    transaction.commit().unwrap();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
        .unwrap();
}

fn blank(room: RoomId, id: MessageId, author: UserId, seq: Seq, at: Millis) -> Message {
    Message {
        room_id: room,
        id,
        seq,
        position: Some(seq),
        author_id: author,
        body: String::new(),
        reply_to: None,
        rev: Rev::FIRST,
        created_at: at,
        edited_at: None,
        edited_by: None,
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}

fn uuid(rng: &mut Rng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

/// A few words, common ones more often.
fn text(rng: &mut Rng) -> String {
    let count = rng.usize(3..25);
    let words: Vec<&str> = (0..count)
        .map(|_| {
            let bound = rng.usize(1..=WORDS.len());
            WORDS[rng.usize(..bound)]
        })
        .collect();
    words.join(" ")
}
