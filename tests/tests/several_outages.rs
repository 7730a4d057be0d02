//! What is lost between relays costs time and nothing else: NATS that dies and comes back, relays with and without it, a relay that dies
//! between its commit and the wake-up, a listener that hears nothing.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, RelayFrame};
use model::{MessageId, Op, RoomId, Row, Seq};
use rstest::rstest;
use system_tests::servers::{Nats, write_config};
use system_tests::site::{Site, Way};
use system_tests::wire::Wire;
use uuid::Uuid;

fn post(room_id: RoomId, body: &str) -> Op {
    Op::Post {
        room_id,
        message_id: MessageId(Uuid::now_v7()),
        body: body.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

/// ada and grace, each on a relay of their own, in one room.
struct Pair {
    room: RoomId,
    ada: (Wire, Seq),
    grace: (Wire, Seq),
}

impl Pair {
    async fn of(site: &Site) -> Self {
        let mut ada = Wire::hello(&site.relays[0], "ada").await;
        let room = ada.create_room("General").await;
        let cursor = ada.subscribe(room, None).await;
        let mut grace = Wire::hello(&site.relays[1], "grace").await;
        grace.join(room).await;
        let at_grace = grace.subscribe(room, None).await;
        Self {
            room,
            ada: (ada, cursor),
            grace: (grace, at_grace),
        }
    }

    /// Each writes, and both see both.
    async fn talk(&mut self, about: &str) {
        let words = [format!("ada: {about}"), format!("grace: {about}")];
        self.ada.0.push(vec![post(self.room, &words[0])]).await;
        self.grace.0.push(vec![post(self.room, &words[1])]).await;
        for person in [&mut self.ada, &mut self.grace] {
            let mut left: Vec<&str> = words.iter().map(String::as_str).collect();
            while !left.is_empty() {
                let bodies = bodies(&person.0.changes(&mut person.1).await);
                left.retain(|word| !bodies.iter().any(|body| body == word));
            }
        }
    }

    /// grace types, and ada sees it; then she does no more.
    async fn type_something(&mut self) {
        for on in [true, false] {
            let room = self.room;
            self.grace.0.send(&ClientFrame::Typing { room, on }).await;
            self.ada
                .0
                .until(|frame| match frame {
                    RelayFrame::Presence {
                        typing, stopped, ..
                    } => {
                        let news = if on { typing } else { stopped };
                        (!news.is_empty()).then_some(())
                    }
                    _ => None,
                })
                .await;
        }
    }
}

fn bodies(rows: &[Row]) -> Vec<String> {
    let body = |row: &Row| match row {
        Row::Message(message) => Some(message.body.clone()),
        _ => None,
    };
    rows.iter().filter_map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_nats_everything_goes_on_and_comes_back_to_it() {
    let mut site = Site::start(Way::Nats, 2, &["ada", "grace"]).await;
    let mut pair = Pair::of(&site).await;
    pair.talk("before").await;
    let by_notify =
        |site: &Site, relay| site.metric(relay, "wake_ups_total", "kind=\"room\",bus=\"postgres\"");
    let before = [by_notify(&site, 0), by_notify(&site, 1)];
    site.nats.as_mut().unwrap().kill();
    for round in 0..10 {
        pair.talk(&format!("without, {round}")).await;
    }
    // Not by looking again alone: wake-ups took the other way.
    for (relay, before) in before.iter().enumerate() {
        assert!(by_notify(&site, relay) > *before, "relay {relay}");
    }
    pair.type_something().await;
    for relay in 0..2 {
        let nats = "bus=\"nats\"";
        site.until_metric(relay, "bus_up", nats, 0.0).await;
        let ready = format!("{}/readyz", site.relays[relay].url());
        let said = ureq::get(ready)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        assert!(said.contains("NATS is not connected"), "{said}");
    }
    // A relay starts without it, too.
    site.relays[1].kill();
    site.relays[1].come_back().await;
    let mut grace = Wire::hello(&site.relays[1], "grace").await;
    let at_grace = grace.subscribe(pair.room, Some(pair.grace.1)).await;
    pair.grace = (grace, at_grace);
    pair.talk("on a relay that started without").await;

    site.nats.as_mut().unwrap().come_back().await;
    for relay in 0..2 {
        site.hears(relay).await;
    }
    // Once nobody is without it any more, wake-ups are heard there and nowhere else.
    let by = |bus: &str| {
        let labels = format!("kind=\"room\",bus=\"{bus}\"");
        site.metric(1, "wake_ups_total", &labels)
    };
    let begun = std::time::Instant::now();
    loop {
        let (nats, postgres) = (by("nats"), by("postgres"));
        pair.talk("with it again").await;
        pair.type_something().await;
        if by("nats") > nats && by("postgres") <= postgres {
            break;
        }
        assert!(
            begun.elapsed() < system_tests::wait::DEADLINE,
            "never back on NATS"
        );
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_with_and_without_nats_serve_one_database() {
    let mut site = Site::start(Way::Nats, 1, &["ada", "grace"]).await;
    site.add("").await;
    let mut pair = Pair::of(&site).await;
    for round in 0..10 {
        pair.talk(&format!("{round}")).await;
    }
    pair.type_something().await;
    // Both ways: grace, too, knows that ada is there.
    let typing = |on| ClientFrame::Typing {
        room: pair.room,
        on,
    };
    pair.ada.0.send(&typing(true)).await;
    pair.grace
        .0
        .until(|frame| match frame {
            RelayFrame::Presence { typing, .. } => (!typing.is_empty()).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_that_share_a_nats_server_do_not_hear_each_other() {
    let site = Site::start(Way::Nats, 2, &["ada", "grace"]).await;
    let mut other = Site::start(Way::Postgres, 0, &[]).await;
    let section = site.nats.as_ref().map(Nats::section).unwrap();
    other.add(&section).await;
    other.add(&section).await;
    for name in ["ada", "grace"] {
        other.relays[0].add_user(name);
    }
    let mut pair = Pair::of(&site).await;
    pair.talk("of this team").await;
    pair.type_something().await;
    let heard = |site: &Site| site.metric(1, "wake_ups_total", "bus=\"nats\"");
    assert!(heard(&site) > 0.0);
    // Its own relays tell each other that they are there, and that is all that it hears.
    let rooms = other.metric(1, "wake_ups_total", "kind=\"room\"");
    assert!(rooms < 0.5, "{rooms}");
    let mut theirs = Pair::of(&other).await;
    theirs.talk("of that team").await;
    let mut online = 0;
    theirs
        .ada
        .0
        .until(|frame| match frame {
            RelayFrame::Presence { count, .. } => {
                online = count;
                (count == 2).then_some(())
            }
            _ => None,
        })
        .await;
}

/// What it does not let in is treated as if it were not there, and is told nothing that others may read.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_nats_refuses_serves_all_the_same_and_tells_no_secret() {
    let nats = Nats::start().await;
    let database = system_tests::database::Database::create().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let section = nats.section().replace(Nats::PASSWORD, "hunter2-and-wrong");
    std::fs::write(&config, section).unwrap();
    let port = system_tests::ports::free();
    let log = folder.path().join("log");
    let mut relay = std::process::Command::new(system_tests::programs::built("amend-relay"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .args(["--database-url", &database.url, "--config"])
        .arg(&config)
        .env("AMEND_LOG", "trace")
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let ready = format!("http://127.0.0.1:{port}/readyz");
    let said = async || {
        let mut answer = ureq::get(&ready).call().ok()?;
        answer.body_mut().read_to_string().ok()
    };
    let without = |said: &Option<String>| {
        said.as_ref()
            .is_some_and(|said| said.contains("NATS is not connected"))
    };
    system_tests::wait::until("the relay serves without NATS", said, without).await;
    relay.kill().unwrap();
    relay.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("serving") && !log.contains("hunter2"), "{log}");
}

#[rstest]
#[case::postgres(Way::Postgres)]
#[case::nats(Way::Nats)]
#[case::pooled(Way::Pooled)]
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_relay_died_before_the_wake_up_is_found(#[case] way: Way) {
    let site = Site::start(way, 2, &["ada", "grace"]).await;
    let mut pair = Pair::of(&site).await;
    pair.talk("before").await;
    // What a relay commits, to the last bit, and nobody to tell of it.
    let commit = format!(
        "BEGIN;
         SELECT set_config('amend.apply', 'on', true);
         UPDATE room SET last_seq = last_seq + 1 WHERE id = '{room}';
         INSERT INTO message (room_id, seq, position, author_id, body)
            SELECT '{room}', last_seq, last_seq, created_by, 'untold' FROM room WHERE id = '{room}';
         COMMIT",
        room = pair.room
    );
    site.database().sql(&commit).await;
    for person in [&mut pair.ada, &mut pair.grace] {
        while bodies(&person.0.changes(&mut person.1).await) != ["untold"] {}
    }
    for relay in 0..2 {
        let found = site.metric(relay, "rooms_found_behind_total", "");
        assert!(found > 0.5, "relay {relay}");
    }
    pair.talk("after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_hears_nothing_is_noticed_and_made_good_for() {
    let mut site = Site::start(Way::Pooled, 1, &["ada", "grace"]).await;
    // LISTEN through the pooler is answered, and then nothing comes.
    let pooler = site.pooler.as_ref().unwrap();
    let reach = pooler.url(&site.database().url);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("deaf.toml");
    let port = write_config(&config, &format!("listen_url = \"{reach}\"\n"));
    let database = site.database().clone();
    let deaf =
        system_tests::relay_process::RelayProcess::reaching(database, &config, Some(reach)).await;
    let ready = format!("{}/readyz", deaf.url());
    site.relays.push(deaf);
    site.metrics.push(port);
    let mut pair = Pair::of(&site).await;
    pair.talk("all the same").await;
    let up = site.metric(1, "bus_up", "bus=\"postgres\"");
    assert!(up < 0.5, "a deaf listener counts as one that hears");
    let said = ureq::get(ready)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert!(said.contains("not heard"), "{said}");
}
