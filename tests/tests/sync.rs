//! Real clients against a real relay: first sync newest first, resume, kill -9 in the middle of a push.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{Delivery, Timeline};
use model::wire::{ClientFrame, Codec, RelayFrame};
use model::{MessageId, RoomId, Row, Seq, limits};
use std::collections::BTreeSet;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::Wire;

async fn timeline(client: &Client, room: RoomId) -> Timeline {
    client.timeline(room, None, 10_000).await.unwrap()
}

fn ids(timeline: &Timeline) -> Vec<MessageId> {
    timeline.items.iter().map(|item| item.id).collect()
}

/// Waits until the room is in the client's list and its timeline is as it should be.
async fn until(
    client: &Client,
    room: RoomId,
    what: &str,
    is_met: impl Fn(&Timeline) -> bool,
) -> Timeline {
    wait::until(what, async || timeline(client, room).await, is_met).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_page_comes_first_and_the_rest_is_backfilled() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let ada = home.client(&relay, "first", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    wait::until(
        "the room is made",
        async || ada.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    let insert = format!(
        "INSERT INTO message (room_id, author_id, body)
         SELECT '{room}', id, 'message ' || n FROM account, generate_series(1, 2000) AS n"
    );
    relay.database().sql(&insert).await;
    until(&ada, room, "the live device has all", |timeline| {
        timeline.items.len() == 2000
    })
    .await;

    // A second device sees the newest page before the oldest message, and everything in the end.
    let second = home.client(&relay, "second", "ada").await;
    let early = until(&second, room, "something is here", |timeline| {
        !timeline.items.is_empty()
    })
    .await;
    assert_eq!(
        early.items.last().unwrap().body,
        "message 2000",
        "not the newest first"
    );
    let all = until(&second, room, "everything is here", |timeline| {
        timeline.items.len() == 2000 && !timeline.backfilling
    })
    .await;
    assert_eq!(ids(&all), ids(&timeline(&ada, room).await));
    // A page in the middle, as a screen asks for it.
    let middle = second
        .timeline(room, Some(all.items[1000].id), 50)
        .await
        .unwrap();
    assert_eq!(ids(&middle), ids(&all)[950..1000]);
    assert!(middle.has_older);

    // Away, while others write and change: back by the cursor, without reading everything again.
    second.close().await;
    relay
        .database()
        .sql("UPDATE message SET body = 'changed' WHERE body = 'message 7'")
        .await;
    ada.post(room, "while you were away").await.unwrap();
    let second = Client::open(&home.profile("second")).await.unwrap();
    let after = until(&second, room, "what was missed is here", |timeline| {
        timeline.items.len() == 2001
    })
    .await;
    assert_eq!(after.items[6].body, "changed");
    assert_eq!(after.items[2000].body, "while you were away");
    ada.close().await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_the_relay_during_pushes_loses_and_doubles_nothing() {
    let mut relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let home = Home::new();
    let ada = home.client(&relay, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    wait::until(
        "the room is made",
        async || ada.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    let grace = home.client(&relay, "grace", "grace").await;
    wait::until(
        "grace knows the room",
        async || grace.directory().await.unwrap(),
        |rooms| !rooms.is_empty(),
    )
    .await;
    grace.join(room).await.unwrap();

    let mut written = Vec::new();
    for round in 0..4 {
        for number in 0..100 {
            written.push(ada.post(room, &format!("{round}/{number}")).await.unwrap());
        }
        // Some of it is answered, some is on the way, some is not.
        relay.kill();
        relay.come_back().await;
    }
    let level = |timeline: &Timeline| {
        timeline.items.len() == written.len()
            && timeline
                .items
                .iter()
                .all(|item| item.delivery == Delivery::Sent)
    };
    let at_ada = until(&ada, room, "ada's are all sent", level).await;
    let at_grace = until(&grace, room, "grace has all", level).await;
    assert_eq!(
        ids(&at_ada),
        written,
        "out of the order in which they were written"
    );
    assert_eq!(ids(&at_grace), written);
    let client = relay.database().client().await;
    let row = client
        .query_one(
            "SELECT count(*), count(DISTINCT position), max(position) FROM message",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (400, 400));
    // Room, two members and the messages: every number was used once.
    let seqs = client.query("SELECT seq FROM room UNION ALL SELECT seq FROM member UNION ALL SELECT seq FROM message", &[]).await.unwrap();
    let seqs: BTreeSet<i64> = seqs.iter().map(|row| row.get(0)).collect();
    assert_eq!(seqs, (1..=403).collect());
    assert_eq!(row.get::<_, i64>(2), 403);
    ada.close().await;
    grace.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_one_person_and_presence() {
    let relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let home = Home::new();
    let desk = home.client(&relay, "desk", "ada").await;
    let room = desk.create_room("General", "").await.unwrap();
    wait::until(
        "the room is made",
        async || desk.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    let train = home.client(&relay, "train", "ada").await;
    let grace = home.client(&relay, "grace", "grace").await;
    wait::until(
        "grace knows the room",
        async || grace.directory().await.unwrap(),
        |rooms| !rooms.is_empty(),
    )
    .await;
    grace.join(room).await.unwrap();
    let online = async |client: &Client| {
        let people = client.people(room).await.unwrap();
        people
            .into_iter()
            .filter(|one| one.online)
            .map(|one| one.name)
            .collect::<Vec<_>>()
    };
    wait::until(
        "all are online",
        async || online(&desk).await,
        |names| *names == ["ada", "grace"],
    )
    .await;
    let id = desk.post(room, "from the desk").await.unwrap();
    let here = |timeline: &Timeline| timeline.items.len() == 1;
    let item = until(&train, room, "it is on the train", here)
        .await
        .items
        .remove(0);
    train
        .edit(
            room,
            id,
            (item.rev, &item.body),
            "edited on the train",
            None,
        )
        .await
        .unwrap();
    until(&desk, room, "it is back on the desk", |timeline| {
        timeline.items[0].body == "edited on the train"
    })
    .await;
    // A person is online as long as one device is.
    desk.close().await;
    grace.close().await;
    wait::until(
        "grace is gone, ada is not",
        async || online(&train).await,
        |names| *names == ["ada"],
    )
    .await;
    train.close().await;
}

/// Everything of a large room comes, in frames of a size that every peer takes: over JSON as over MessagePack.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_twenty_thousand_and_the_largest_texts_fit_their_frames() {
    const MEMBERS: usize = 20_000;
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let ada = home.client(&relay, "first", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    wait::until(
        "the room is made",
        async || ada.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    ada.close().await;
    // As another relay would write them: no trigger for each row.
    let fill = format!(
        "BEGIN; SELECT set_config('amend.apply', 'on', true);
         INSERT INTO member (room_id, user_id, seq, name)
             SELECT '{room}', gen_random_uuid(), 2 + n, 'person ' || n FROM generate_series(1, {MEMBERS} - 1) AS n;
         INSERT INTO message (room_id, author_id, seq, position, body)
             SELECT '{room}', id, {MEMBERS} + 1 + n, {MEMBERS} + 1 + n, repeat(chr(1 + n % 2), 32768)
             FROM account, generate_series(1, 70) AS n;
         INSERT INTO reaction (room_id, message_id, user_id, emoji, seq)
             SELECT '{room}', (SELECT id FROM message ORDER BY seq LIMIT 1), user_id, '+1', {MEMBERS} + 71 + seq
             FROM member LIMIT 5000;
         UPDATE room SET last_seq = (SELECT max(seq) FROM reaction) WHERE id = '{room}'; COMMIT"
    );
    relay.database().sql(&fill).await;
    let second = home.client(&relay, "second", "ada").await;
    let all = until(&second, room, "all messages are here", |timeline| {
        timeline.items.len() == 70 && !timeline.backfilling
    })
    .await;
    assert!(all.items.iter().all(|item| item.body.len() == 32_768));
    let people = second.people(room).await.unwrap();
    assert_eq!(people.len(), MEMBERS);
    second.close().await;

    let mut wire = Wire::hello(&relay, "ada").await;
    wire.send(&ClientFrame::Subscribe { room, after: None })
        .await;
    let (mut members, mut largest) = (0, 0);
    let mut before = loop {
        let frame = wire.next().await.unwrap();
        largest = largest.max(Codec::Json.encode(&frame).unwrap().len());
        match frame {
            RelayFrame::Changes { rows, from, .. } => {
                assert_eq!(from, Seq::ZERO);
                members += rows
                    .iter()
                    .filter(|row| matches!(row, Row::Member(_)))
                    .count();
            }
            RelayFrame::Snapshot { before, .. } => break before,
            _ => {}
        }
    };
    assert_eq!(members, MEMBERS);
    let mut reactions = 0;
    while let Some(at) = before {
        let (before_at, limit) = (at, 500);
        wire.send(&ClientFrame::Fetch {
            room,
            before: before_at,
            limit,
        })
        .await;
        before = loop {
            let frame = wire.next().await.unwrap();
            largest = largest.max(Codec::Json.encode(&frame).unwrap().len());
            match frame {
                RelayFrame::Changes { rows, .. } => reactions += rows.len(),
                RelayFrame::Page { before, .. } => break before,
                _ => {}
            }
        };
    }
    assert_eq!(reactions, 5000);
    // Half a frame is what the cut aims at; one text more may be in it.
    assert!(largest <= limits::FRAME_MAX_BYTES, "{largest}");
    // The same by catch-up, as a live or returning client reads it.
    wire.send(&ClientFrame::Subscribe {
        room,
        after: Some(Seq(1)),
    })
    .await;
    loop {
        let frame = wire.next().await.unwrap();
        let bytes = Codec::Json.encode(&frame).unwrap().len();
        assert!(bytes <= limits::FRAME_MAX_BYTES, "{bytes}");
        if let RelayFrame::Changes { more: false, .. } = frame {
            break;
        }
    }
}
