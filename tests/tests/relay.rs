//! The relay over a real socket and a real Postgres: order, idempotency, plain SQL, several relays, laggards, bad input.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, ErrorCode, Outcome, PROTOCOL_VERSION, RelayFrame};
use model::*;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wire::{Wire, token};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

fn post(room_id: RoomId, body: &str) -> Op {
    let message_id = MessageId(Uuid::now_v7());
    Op::Post {
        room_id,
        message_id,
        body: body.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

fn bodies(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .filter_map(|row| match row {
            Row::Message(message) => Some(message.body.clone()),
            _ => None,
        })
        .collect()
}

async fn relay_with(names: &[&str]) -> RelayProcess {
    let relay = RelayProcess::start().await;
    for name in names {
        relay.add_user(name);
    }
    relay
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_before_their_outcome_and_join_on() {
    let relay = relay_with(&["ada", "grace"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut at_ada = ada.subscribe(room, None).await;
    let mut grace = Wire::hello(&relay, "grace").await;
    grace.join(room).await;
    let mut at_grace = grace.subscribe(room, None).await;
    ada.push(vec![post(room, "one"), post(room, "two")]).await;
    let mut seen = Vec::new();
    while seen != ["one", "two"] {
        let frame = ada.next().await.unwrap();
        match frame {
            RelayFrame::Changes {
                from,
                through,
                rows,
                ..
            } => {
                assert!(from <= at_ada);
                at_ada = through;
                seen.extend(bodies(&rows));
            }
            RelayFrame::Outcomes { outcomes } => {
                let ours = |one: &model::wire::OpOutcome| matches!(one.outcome, Outcome::Applied { seq } if seq > at_ada);
                assert!(!outcomes.iter().any(ours), "an outcome overtook its rows");
            }
            _ => {}
        }
    }
    let mut at_grace_seen = Vec::new();
    while at_grace_seen != ["one", "two"] {
        at_grace_seen.extend(bodies(&grace.changes(&mut at_grace).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_again_is_applied_once() {
    let relay = relay_with(&["ada"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room_id = ada.create_room("General").await;
    let Op::Post { message_id, .. } = post(room_id, "x") else {
        unreachable!()
    };
    let posted = Op::Post {
        room_id,
        message_id,
        body: "one".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    let edited = Op::Edit {
        room_id,
        message_id,
        base_rev: Rev::FIRST,
        base: None,
        body: "two".into(),
    };
    let envelope = |op: &Op, key: u128| Envelope {
        op_id: OpId(Uuid::from_u128(key)),
        at: Millis(0),
        op: op.clone(),
    };
    let mut answers = Vec::new();
    for _ in 0..3 {
        ada.send(&ClientFrame::Push {
            ops: vec![envelope(&posted, 1), envelope(&edited, 2)],
        })
        .await;
        let outcomes = ada
            .until(|frame| match frame {
                RelayFrame::Outcomes { outcomes } => Some(outcomes),
                _ => None,
            })
            .await;
        assert_eq!(outcomes.len(), 2);
        answers.push(outcomes[1].clone());
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let client = relay.database().client().await;
    let row = client
        .query_one("SELECT count(*), max(rev), max(body) FROM message", &[])
        .await
        .unwrap();
    assert_eq!(
        (
            row.get::<_, i64>(0),
            row.get::<_, i32>(1),
            row.get::<_, &str>(2)
        ),
        (1, 2, "two")
    );
    let versions = client
        .query_one("SELECT count(*), max(body) FROM message_version", &[])
        .await
        .unwrap();
    assert_eq!(
        (versions.get::<_, i64>(0), versions.get::<_, &str>(1)),
        (1, "one")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_sql_is_as_good_as_the_app() {
    let relay = relay_with(&["ada"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut cursor = ada.subscribe(room, None).await;
    let database = relay.database();
    let insert = format!(
        "INSERT INTO message (room_id, author_id, body)
         SELECT '{room}', id, 'from psql ' || n FROM account, generate_series(1, 3) AS n"
    );
    database.sql(&insert).await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.extend(bodies(&ada.changes(&mut cursor).await));
    }
    assert_eq!(seen, ["from psql 1", "from psql 2", "from psql 3"]);

    database
        .sql("UPDATE message SET body = 'changed' WHERE body = 'from psql 2'")
        .await;
    let rows = ada.changes(&mut cursor).await;
    assert!(
        matches!(&rows[..], [Row::Message(m)] if m.body == "changed" && m.rev == Rev(2) && m.edited_at.is_some())
    );
    database
        .sql("DELETE FROM message WHERE body = 'changed'")
        .await;
    let rows = ada.changes(&mut cursor).await;
    assert!(matches!(&rows[..], [Row::Message(m)] if m.body.is_empty() && m.deleted_at.is_some()));
    database.sql("UPDATE room SET name = 'Renamed'").await;
    let rows = ada.changes(&mut cursor).await;
    assert!(matches!(&rows[..], [Row::Room(room)] if room.name == "Renamed"));

    // A change that changes nothing takes no number, and nobody writes the numbers themselves.
    database
        .sql("UPDATE message SET body = body, seq = 999, rev = 999, position = 999")
        .await;
    let client = database.client().await;
    let row = client.query_one("SELECT last_seq, (SELECT max(seq) FROM message), (SELECT max(rev) FROM message) FROM room", &[]).await.unwrap();
    let last: i64 = row.get(0);
    assert_eq!(Seq(last), cursor);
    assert!(row.get::<_, i64>(1) < last && row.get::<_, i32>(2) == 2);
    let texts = client
        .query("SELECT body FROM message_version ORDER BY seq", &[])
        .await
        .unwrap();
    let texts: Vec<&str> = texts.iter().map(|row| row.get(0)).collect();
    assert_eq!(texts, ["from psql 2", "changed"]);
    let refused = client.batch_execute("TRUNCATE message").await.unwrap_err();
    assert!(
        refused
            .as_db_error()
            .unwrap()
            .message()
            .contains("Use DELETE"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn membership_by_plain_sql_takes_effect_at_once() {
    let relay = relay_with(&["ada", "grace"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let database = relay.database();
    let add = format!(
        "INSERT INTO member (room_id, user_id) SELECT '{room}', id FROM account WHERE name = 'grace'"
    );
    database.sql(&add).await;
    let rooms = grace.until(|frame| match frame {
        RelayFrame::Memberships { rooms } => Some(rooms),
        _ => None,
    });
    assert_eq!(rooms.await, [room]);
    let mut cursor = grace.subscribe(room, None).await;
    ada.push(vec![post(room, "welcome")]).await;
    while bodies(&grace.changes(&mut cursor).await) != ["welcome"] {}

    database
        .sql("DELETE FROM member WHERE name = 'grace'")
        .await;
    let gone = grace.until(|frame| match frame {
        RelayFrame::Memberships { rooms } => Some(rooms),
        _ => None,
    });
    assert!(gone.await.is_empty());
    ada.push(vec![post(room, "behind your back")]).await;
    assert!(matches!(ada.outcome().await, Outcome::Applied { .. }));
    // Whatever else she hears, she hears nothing of this room any more.
    grace
        .send(&ClientFrame::Subscribe {
            room,
            after: Some(cursor),
        })
        .await;
    loop {
        match grace.next().await.unwrap() {
            RelayFrame::Changes { rows, .. } => panic!("sent to one who was removed: {rows:?}"),
            RelayFrame::Error(error) => break assert_eq!(error.code, ErrorCode::RoomNotFound),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_on_one_database_are_one() {
    let relay = relay_with(&["ada", "grace"]).await;
    let config = relay::config::Config {
        listen: "127.0.0.1:0".into(),
        database_url: Some(relay.database().url.clone()),
        ..relay::config::Config::default()
    };
    let second = relay::server::Relay::start(&config).await.unwrap();
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut at_ada = ada.subscribe(room, None).await;
    let mut grace = Wire::hello_at(&format!("http://{}", second.address()), "grace").await;
    grace.join(room).await;
    let mut at_grace = grace.subscribe(room, None).await;
    for round in 0..20 {
        ada.push(vec![post(room, &format!("ada {round}"))]).await;
        grace
            .push(vec![post(room, &format!("grace {round}"))])
            .await;
    }
    let (mut of_ada, mut of_grace) = (Vec::new(), Vec::new());
    // A frame may overlap with the one before: a row that comes again is the same row.
    let unseen = |known: &mut Vec<String>, rows: Vec<Row>| {
        for body in bodies(&rows) {
            if !known.contains(&body) {
                known.push(body);
            }
        }
    };
    while of_ada.len() < 40 {
        unseen(&mut of_ada, ada.changes(&mut at_ada).await);
    }
    while of_grace.len() < 40 {
        unseen(&mut of_grace, grace.changes(&mut at_grace).await);
    }
    assert_eq!(of_ada, of_grace);
    drop(grace);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_does_not_read_holds_up_nobody_and_catches_up() {
    let relay = relay_with(&["ada", "grace"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    grace.join(room).await;
    let mut cursor = grace.subscribe(room, None).await;
    // More than the sockets' buffers and the session's queue together can hold.
    let text = "x".repeat(30_000);
    for _ in 0..600 {
        ada.push(vec![post(room, &text)]).await;
        assert!(matches!(ada.outcome().await, Outcome::Applied { .. }));
    }
    let mut count = 0;
    while count < 600 {
        count += bodies(&grace.changes(&mut cursor).await).len();
    }
    assert_eq!(count, 600, "a row came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_no_good_is_told_so() {
    let relay = relay_with(&["ada"]).await;
    let good = token(&relay.url(), "ada");
    for (change, token, expected) in [
        ("SELECT 1", "nonsense", ErrorCode::TokenInvalid),
        (
            "UPDATE session_token SET expires_at = now()",
            good.as_str(),
            ErrorCode::TokenExpired,
        ),
        (
            "UPDATE session_token SET revoked_at = now()",
            good.as_str(),
            ErrorCode::TokenInvalid,
        ),
    ] {
        relay.database().sql(change).await;
        let mut wire = Wire::connect(&relay.url()).await;
        wire.send(&ClientFrame::Hello {
            version: PROTOCOL_VERSION,
            token: token.to_owned(),
        })
        .await;
        assert_eq!(wire.error().await, expected);
        assert!(wire.next().await.is_none(), "still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_no_good_is_told_so() {
    let relay = relay_with(&["ada"]).await;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let url = format!("{}/v1/login", relay.url());
    let login = |body: serde_json::Value| {
        let mut response = agent.post(&url).send_json(&body).unwrap();
        let error: model::wire::WireError = response.body_mut().read_json().unwrap();
        (response.status().as_u16(), error)
    };
    let (status, wrong) = login(serde_json::json!({"name": "ada", "password": "wrong"}));
    assert_eq!((status, wrong.code), (401, ErrorCode::BadCredentials));
    let (_, unknown) = login(serde_json::json!({"name": "nobody", "password": "wrong"}));
    assert_eq!(
        wrong, unknown,
        "an unknown name is told from a wrong password"
    );
    for body in [
        serde_json::json!({}),
        serde_json::json!([1]),
        serde_json::json!({"name": 1, "password": "x"}),
    ] {
        assert_eq!(login(body).1.code, ErrorCode::Malformed);
    }
    let (_, nul) = login(serde_json::json!({"name": "a\u{0}da", "password": password("ada")}));
    assert_eq!(nul.code, ErrorCode::BadCredentials);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_get_typed_errors_and_harm_nobody() {
    let relay = relay_with(&["ada"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    for (bytes, expected) in [
        ("", ErrorCode::Malformed),
        ("{", ErrorCode::Malformed),
        ("[1,2]", ErrorCode::Malformed),
        (r#"{"dance":{"tempo":3}}"#, ErrorCode::UnknownFrame),
        (
            r#"{"subscribe":{"room":"not a room"}}"#,
            ErrorCode::Malformed,
        ),
        (r#"{"push":{"ops":[{"op_id":"x"}]}}"#, ErrorCode::Malformed),
    ] {
        ada.send_raw(Message::text(bytes)).await;
        assert_eq!(ada.error().await, expected, "{bytes}");
    }
    let nowhere = RoomId(Uuid::now_v7());
    ada.send(&ClientFrame::Subscribe {
        room: nowhere,
        after: None,
    })
    .await;
    assert_eq!(ada.error().await, ErrorCode::RoomNotFound);
    ada.push(vec![post(nowhere, "x")]).await;
    let refused = |outcome| {
        matches!(
            outcome,
            Outcome::Rejected {
                code: RejectionCode::RoomNotFound,
                ..
            }
        )
    };
    assert!(refused(ada.outcome().await));
    ada.push(vec![post(room, &"x".repeat(limits::BODY_MAX_BYTES + 1))])
        .await;
    assert!(matches!(
        ada.outcome().await,
        Outcome::Rejected {
            code: RejectionCode::BodyTooLong,
            ..
        }
    ));
    ada.push(vec![post(room, "still here")]).await;
    assert!(matches!(ada.outcome().await, Outcome::Applied { .. }));

    let mut other = Wire::hello(&relay, "ada").await;
    other
        .send_raw(Message::text("x".repeat(limits::FRAME_MAX_BYTES + 1)))
        .await;
    assert_eq!(other.error().await, ErrorCode::TooLarge);
    assert!(other.next().await.is_none(), "still open");
    ada.push(vec![post(room, "still here")]).await;
    assert!(matches!(ada.outcome().await, Outcome::Applied { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_survives_its_database_being_cut_off() {
    let relay = relay_with(&["ada"]).await;
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut cursor = ada.subscribe(room, None).await;
    relay
        .database()
        .sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    ada.push(vec![post(room, "after the cut")]).await;
    while bodies(&ada.changes(&mut cursor).await) != ["after the cut"] {}
    // The listener is back as well, or was told by looking again.
    relay
        .database()
        .sql("UPDATE message SET body = 'by plain SQL'")
        .await;
    while bodies(&ada.changes(&mut cursor).await) != ["by plain SQL"] {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_is_answered() {
    let relay = relay_with(&["ada"]).await;
    assert!(Wire::connect(&relay.url()).await.close().await);
    assert!(Wire::hello(&relay, "ada").await.close().await);
}
