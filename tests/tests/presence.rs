//! Who is online and who is typing, over several relays: known everywhere, forgotten in time, and never more than four deltas a second.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, ErrorCode, RelayFrame};
use model::{RoomId, UserId};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::{Wire, token};

/// What a subscriber knows of a room.
#[derive(Default)]
struct Known {
    online: BTreeSet<UserId>,
    typing: BTreeSet<UserId>,
    count: u32,
    deltas: u32,
}

impl Known {
    /// Takes frames until what is known is as wanted.
    async fn until(&mut self, wire: &mut Wire, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            let frame = wire.next().await.expect("the connection stays open");
            self.take(frame);
        }
    }

    fn take(&mut self, frame: RelayFrame) {
        let RelayFrame::Presence {
            reset,
            online,
            offline,
            typing,
            stopped,
            count,
            ..
        } = frame
        else {
            return;
        };
        if reset {
            *self = Self::default();
        } else {
            self.deltas += 1;
        }
        self.online.extend(online);
        self.typing.extend(typing);
        self.online.retain(|user| !offline.contains(user));
        self.typing.retain(|user| !stopped.contains(user));
        self.count = count;
        assert_eq!(self.online.len(), usize::try_from(count).unwrap());
    }
}

async fn subscribed(wire: &mut Wire, room: RoomId) {
    wire.send(&ClientFrame::Subscribe { room, after: None })
        .await;
}

async fn typing(wire: &mut Wire, room: RoomId, on: bool) {
    wire.send(&ClientFrame::Typing { room, on }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_several_relays_see_each_other_come_type_and_go() {
    let first = RelayProcess::start().await;
    for name in ["ada", "grace", "eve"] {
        first.add_user(name);
    }
    let mut second = RelayProcess::beside(&first).await;
    let mut ada = Wire::hello(&first, "ada").await;
    let room = ada.create_room("General").await;
    let mut grace = Wire::hello(&second, "grace").await;
    grace.join(room).await;
    subscribed(&mut grace, room).await;
    subscribed(&mut ada, room).await;
    let (mut at_ada, mut at_grace) = (Known::default(), Known::default());
    at_ada.until(&mut ada, |known| known.count == 2).await;
    at_grace.until(&mut grace, |known| known.count == 2).await;
    typing(&mut ada, room, true).await;
    at_grace
        .until(&mut grace, |known| known.typing.len() == 1)
        .await;
    typing(&mut ada, room, false).await;
    at_grace
        .until(&mut grace, |known| known.typing.is_empty())
        .await;
    // Typing that is not said again ends.
    typing(&mut grace, room, true).await;
    at_ada
        .until(&mut ada, |known| known.typing.len() == 1)
        .await;
    at_ada
        .until(&mut ada, |known| known.typing.is_empty())
        .await;
    // One who is not there is not typing, and learns nothing.
    let mut eve = Wire::hello(&first, "eve").await;
    typing(&mut eve, room, true).await;
    assert_eq!(eve.error().await, ErrorCode::RoomNotFound);
    // A crashed relay's people are gone within 15 seconds.
    let crashed = Instant::now();
    second.kill();
    at_ada.until(&mut ada, |known| known.count == 1).await;
    assert!(
        crashed.elapsed() < Duration::from_secs(15),
        "{:?}",
        crashed.elapsed()
    );
    // It comes back under another name, and its people with it.
    second.come_back().await;
    let mut grace = Wire::hello(&second, "grace").await;
    subscribed(&mut grace, room).await;
    let mut at_grace = Known::default();
    at_ada.until(&mut ada, |known| known.count == 2).await;
    at_grace.until(&mut grace, |known| known.count == 2).await;
    // Whoever leaves the room, or the relay, is gone at once.
    grace.send(&ClientFrame::Unsubscribe { room }).await;
    at_ada.until(&mut ada, |known| known.count == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_comes_and_goes_is_told_in_few_deltas() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    // Eighty accounts, without eighty passwords to hash.
    let crowd = "INSERT INTO account (name, password_hash) SELECT 'user ' || n, '!' FROM generate_series(1, 80) n;
        INSERT INTO session_token (hash, account_id, expires_at)
            SELECT sha256(name::bytea), id, now() + interval '1 day' FROM account WHERE name LIKE 'user %'";
    relay.database().sql(crowd).await;
    relay
        .database()
        .sql(&format!(
            "INSERT INTO member (room_id, user_id, name) SELECT '{room}', id, name FROM account WHERE name LIKE 'user %'"
        ))
        .await;
    subscribed(&mut ada, room).await;
    let mut known = Known::default();
    known.until(&mut ada, |known| known.count == 1).await;
    let began = Instant::now();
    let mut people = Vec::new();
    for n in 1..=80 {
        let mut wire = Wire::hello_with(&relay.url(), &format!("user {n}")).await;
        subscribed(&mut wire, room).await;
        people.push(wire);
    }
    known.until(&mut ada, |known| known.count == 81).await;
    drop(people);
    known.until(&mut ada, |known| known.count == 1).await;
    // One a tick of a quarter of a second, whatever the number of people; one more for the tick that had begun.
    let ticks = began.elapsed().as_millis() / 250 + 2;
    assert!(
        u128::from(known.deltas) <= ticks,
        "{} deltas in {ticks} ticks",
        known.deltas
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_online_can_be_asked_by_those_in_the_room() {
    let relay = RelayProcess::start().await;
    for name in ["ada", "grace", "eve"] {
        relay.add_user(name);
    }
    let second = RelayProcess::beside(&relay).await;
    let home = Home::new();
    home.login(&relay, "ada");
    let room = home.amend("ada", &["rooms", "create", "General"]);
    let id: RoomId = room.parse().unwrap();
    // On two devices, at two relays.
    let mut people = Vec::new();
    for at in [&relay, &second] {
        let mut grace = Wire::hello_at(&at.url(), "grace").await;
        if people.is_empty() {
            grace.join(id).await;
        }
        subscribed(&mut grace, id).await;
        typing(&mut grace, id, true).await;
        people.push(grace);
    }
    // By one whose own relay is another one.
    let ask = |name: &str, room: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let token = token(&relay.url(), name);
        let mut answer = agent
            .get(format!("{}/v1/rooms/{room}/presence", second.url()))
            .header("Authorization", format!("Bearer {token}"))
            .call()
            .unwrap();
        answer.body_mut().read_json::<serde_json::Value>().unwrap()
    };
    wait::until(
        "grace is seen once",
        async || ask("ada", &room),
        |seen| {
            let one = |key: &str| seen[key].as_array().is_some_and(|list| list.len() == 1);
            seen["count"] == 1 && one("online") && one("typing")
        },
    )
    .await;
    assert!(
        home.amend("ada", &["rooms", "online", "General"])
            .contains("grace")
    );
    // Outsiders, and a room that is none.
    let none = uuid::Uuid::now_v7().to_string();
    for answer in [ask("eve", &room), ask("eve", &none), ask("eve", "x")] {
        assert_eq!(answer["code"], "room_not_found");
    }
}
