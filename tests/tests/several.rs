//! Several relays on one database are one, whatever wakes them and whatever stands before Postgres: the same tests in each way.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{Delivery, Timeline};
use model::wire::{ClientFrame, ErrorCode, RelayFrame};
use model::{MemberChange, MessageId, Op, RoomId, Row, Seq, UserId};
use rstest::rstest;
use std::collections::BTreeSet;
use std::time::Duration;
use system_tests::people::Home;
use system_tests::proxy::Proxy;
use system_tests::site::{Site, Way};
use system_tests::wait;
use system_tests::wire::Wire;
use uuid::Uuid;

const NAMES: [&str; 3] = ["ada", "grace", "edsger"];

fn post(room_id: RoomId, body: &str) -> Op {
    Op::Post {
        room_id,
        message_id: MessageId(Uuid::now_v7()),
        body: body.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

/// One on each relay, all in one room, subscribed: their connections and cursors.
async fn together(site: &Site) -> (RoomId, Vec<(Wire, Seq)>) {
    let mut ada = Wire::hello(&site.relays[0], NAMES[0]).await;
    let room = ada.create_room("General").await;
    let cursor = ada.subscribe(room, None).await;
    let mut people = vec![(ada, cursor)];
    for (relay, name) in site.relays.iter().zip(NAMES).skip(1) {
        let mut wire = Wire::hello(relay, name).await;
        wire.join(room).await;
        let cursor = wire.subscribe(room, None).await;
        people.push((wire, cursor));
    }
    (room, people)
}

/// Takes messages, with their positions, until there are so many. What was read may overlap with what came before.
async fn messages(person: &mut (Wire, Seq), all: &mut Vec<(Seq, String)>, count: usize) {
    while all.len() < count {
        let known = person.1;
        for row in person.0.changes(&mut person.1).await {
            if let Row::Message(message) = row
                && message.seq > known
            {
                all.push((message.position.unwrap(), message.body));
            }
        }
    }
    assert_eq!(all.len(), count);
}

#[rstest]
#[case::postgres(Way::Postgres)]
#[case::nats(Way::Nats)]
#[case::pooled(Way::Pooled)]
#[case::pooled_nats(Way::PooledNats)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_anywhere_reaches_everybody_in_one_order(#[case] way: Way) {
    let site = Site::start(way, 3, &NAMES).await;
    let (room, mut people) = together(&site).await;
    for round in 0..20 {
        for (name, (wire, _)) in NAMES.iter().zip(&mut people) {
            wire.push(vec![post(room, &format!("{name} {round}"))])
                .await;
        }
    }
    let mut seen = vec![Vec::new(); people.len()];
    for (seen, person) in seen.iter_mut().zip(&mut people) {
        messages(person, seen, 60).await;
    }
    // It was the bus that said so, and nothing else: with NATS no room's wake-up rides in a commit.
    for relay in 0..3 {
        let heard = |labels: &str| site.metric(relay, "wake_ups_total", labels);
        let rooms = |bus: &str| heard(&format!("kind=\"room\",{bus}"));
        assert!(rooms(way.bus()) > 0.0, "relay {relay}");
        let all = rooms("bus=\"postgres\"") + rooms("bus=\"nats\"");
        assert!((all - rooms(way.bus())).abs() < 0.5, "relay {relay}");
    }
    let insert = format!(
        "INSERT INTO message (room_id, author_id, body)
         SELECT '{room}', id, 'from psql ' || n FROM account, generate_series(1, 3) AS n WHERE name = 'ada'"
    );
    site.database().sql(&insert).await;
    for (seen, person) in seen.iter_mut().zip(&mut people) {
        messages(person, seen, 63).await;
        assert!(seen.is_sorted_by(|one, next| one.0 < next.0), "{seen:?}");
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    if let Some(pooler) = &site.pooler {
        assert_eq!(pooler.servers(&site.database().url).await, 3);
    }
}

#[rstest]
#[case::postgres(Way::Postgres)]
#[case::nats(Way::Nats)]
#[case::pooled(Way::Pooled)]
#[tokio::test(flavor = "multi_thread")]
async fn one_who_is_removed_at_another_relay_hears_nothing_more(#[case] way: Way) {
    let site = Site::start(way, 2, &NAMES).await;
    let (room, mut people) = together(&site).await;
    let (mut grace, _) = people.pop().unwrap();
    let (mut ada, _) = people.pop().unwrap();
    let found = site.database().client().await;
    let row = found
        .query_one("SELECT id FROM account WHERE name = 'grace'", &[])
        .await
        .unwrap();
    let removal = Op::SetMember {
        room_id: room,
        user_id: UserId(row.get(0)),
        name: String::new(),
        change: MemberChange::Remove,
    };
    ada.push(vec![removal, post(room, "behind her back")]).await;
    // She is told at once, and nothing else.
    grace
        .until(|frame| match frame {
            RelayFrame::Changes { rows, .. } => panic!("sent to one who was removed: {rows:?}"),
            RelayFrame::Memberships { rooms } => rooms.is_empty().then_some(()),
            _ => None,
        })
        .await;
    let subscribe = ClientFrame::Subscribe { room, after: None };
    grace.send(&subscribe).await;
    assert_eq!(grace.error().await, ErrorCode::RoomNotFound);
}

#[rstest]
#[case::postgres(Way::Postgres)]
#[case::nats(Way::Nats)]
#[case::pooled(Way::Pooled)]
#[tokio::test(flavor = "multi_thread")]
async fn people_of_all_relays_see_each_other_come_type_and_go(#[case] way: Way) {
    let mut site = Site::start(way, 3, &NAMES).await;
    let (room, mut people) = together(&site).await;
    for (wire, _) in &mut people {
        counted(wire, 3).await;
    }
    let typing = ClientFrame::Typing { room, on: true };
    people[2].0.send(&typing).await;
    for (wire, _) in &mut people[..2] {
        wire.until(|frame| match frame {
            RelayFrame::Presence { typing, .. } => (typing.len() == 1).then_some(()),
            _ => None,
        })
        .await;
    }
    // A relay that stops says goodbye for its people.
    site.relays[1].terminate();
    counted(&mut people[0].0, 2).await;
    counted(&mut people[2].0, 2).await;
    site.relays[2].kill();
    counted(&mut people[0].0, 1).await;
}

async fn counted(wire: &mut Wire, people: u32) {
    wire.until(|frame| match frame {
        RelayFrame::Presence { count, .. } => (count == people).then_some(()),
        _ => None,
    })
    .await;
}

/// A person with the real client, whose line goes to another relay when the one that it leads to is down.
struct Person {
    client: Client,
    line: Proxy,
}

async fn timeline(client: &Client, room: RoomId) -> Timeline {
    client.timeline(room, None, 10_000).await.unwrap()
}

/// Everybody writes for as long as `done` is not set.
async fn write(
    person: &Person,
    name: &str,
    room: RoomId,
    done: &std::sync::atomic::AtomicBool,
) -> Vec<MessageId> {
    let mut written = Vec::new();
    while !done.load(std::sync::atomic::Ordering::Relaxed) {
        let body = format!("{name} {}", written.len());
        written.push(person.client.post(room, &body).await.unwrap());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    written
}

#[rstest]
#[case::postgres(Way::Postgres)]
#[case::nats(Way::Nats)]
#[case::pooled(Way::Pooled)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_loses_and_doubles_nothing(#[case] way: Way) {
    let mut site = Site::start(way, 3, &NAMES).await;
    let addresses: Vec<_> = site.relays.iter().map(|relay| relay.address()).collect();
    let home = Home::new();
    let mut people = Vec::new();
    let mut room = None;
    for (number, name) in NAMES.iter().enumerate() {
        let line = Proxy::start(addresses.clone()).await;
        line.switch(number);
        let client = home.client_over(&line, name, name).await;
        match room {
            None => room = Some(client.create_room("General", "").await.unwrap()),
            Some(room) => {
                let rooms = async || client.directory().await.unwrap();
                wait::until("the room is known", rooms, |rooms| !rooms.is_empty()).await;
                client.join(room).await.unwrap();
            }
        }
        let waiting = async || client.status().await.unwrap().waiting;
        wait::until("the room is entered", waiting, |waiting| *waiting == 0).await;
        people.push(Person { client, line });
    }
    let room = room.unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let restarts = async {
        for kill in [false, true] {
            for relay in 0..3 {
                // Whoever is on it comes back to the next one, and stays there.
                for person in &people {
                    person.line.switch(relay + 1);
                }
                if kill {
                    site.relays[relay].kill();
                } else {
                    site.relays[relay].terminate();
                }
                people[relay].line.cut();
                let before = latest(&site, room).await;
                let moved = async || latest(&site, room).await;
                wait::until("people go on writing", moved, |now| *now > before + 5).await;
                site.relays[relay].come_back().await;
                people[relay].line.switch(relay);
                people[relay].line.cut();
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let [ada, grace, edsger] = &people[..] else {
        unreachable!()
    };
    let (of_ada, of_grace, of_edsger, ()) = tokio::join!(
        write(ada, NAMES[0], room, &done),
        write(grace, NAMES[1], room, &done),
        write(edsger, NAMES[2], room, &done),
        restarts,
    );
    let written = [of_ada, of_grace, of_edsger];
    let all: BTreeSet<MessageId> = written.iter().flatten().copied().collect();
    let mut order = Vec::new();
    for (name, person) in NAMES.iter().zip(&people) {
        let look = async || timeline(&person.client, room).await;
        let all_sent = |timeline: &Timeline| {
            let sent = timeline
                .items
                .iter()
                .all(|item| item.delivery == Delivery::Sent);
            sent && timeline.items.len() == all.len() && !timeline.backfilling
        };
        let here = wait::until("everything is here and sent", look, all_sent).await;
        let ids: Vec<MessageId> = here.items.iter().map(|item| item.id).collect();
        order = stored(&site, room).await;
        assert!(ids == order, "{name}'s timeline is not the store's");
        assert!(person.client.recovered().await.unwrap().is_empty());
    }
    assert_eq!(order.len(), all.len(), "a row is lost or doubled");
    // Each one's own are in the order in which they were written.
    for own in &written {
        let theirs: Vec<MessageId> = order
            .iter()
            .filter(|id| own.contains(id))
            .copied()
            .collect();
        assert_eq!(theirs, *own);
    }
    for person in people {
        person.client.close().await;
    }
}

async fn latest(site: &Site, room: RoomId) -> i64 {
    let client = site.database().client().await;
    let row = client
        .query_one("SELECT last_seq FROM room WHERE id = $1", &[&room.0])
        .await
        .unwrap();
    row.get(0)
}

/// The room's messages in order; each number of the room was used once.
async fn stored(site: &Site, room: RoomId) -> Vec<MessageId> {
    let client = site.database().client().await;
    let seqs =
        "SELECT seq FROM room WHERE id = $1 UNION ALL SELECT seq FROM member WHERE room_id = $1
        UNION ALL SELECT seq FROM message WHERE room_id = $1 ORDER BY seq";
    let seqs = client.query(seqs, &[&room.0]).await.unwrap();
    let seqs: Vec<i64> = seqs.iter().map(|row| row.get(0)).collect();
    let whole: Vec<i64> = (1..=latest(site, room).await).collect();
    assert_eq!(seqs, whole);
    let messages = "SELECT id FROM message WHERE room_id = $1 ORDER BY position";
    let rows = client.query(messages, &[&room.0]).await.unwrap();
    rows.iter().map(|row| MessageId(row.get(0))).collect()
}
