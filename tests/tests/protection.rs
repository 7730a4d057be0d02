//! Limits: each with its typed error and its metric, and others are served all the while.

#![allow(clippy::unwrap_used)]

use model::wire::{ClientFrame, ErrorCode, Outcome, RelayFrame};
use model::*;
use std::time::{Duration, Instant};
use system_tests::guard::{Guarded, answer};
use system_tests::people::Home;
use system_tests::proxy::Proxy;
use system_tests::relay_process::password;
use system_tests::wait;
use system_tests::wire::{Wire, token};
use system_tests::{idle, relay_process::RelayProcess};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

fn create() -> Op {
    Op::CreateRoom {
        room_id: RoomId(Uuid::now_v7()),
        name: "room".into(),
        topic: String::new(),
    }
}

fn rejection(outcome: &Outcome) -> Option<RejectionCode> {
    match outcome {
        Outcome::Rejected { code, .. } => Some(*code),
        Outcome::Applied { .. } => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded_for_each_address_and_for_all() {
    let guarded = Guarded::start("[limits]\nconnections = 8\nconnections_per_address = 5").await;
    // The wait for readiness may have left one behind.
    let free = async |from| guarded.ask(from, "GET /healthz", &[], "").await.status;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(guarded.line(2).await);
    }
    let refused = guarded.ask(2, "GET /healthz", &[], "").await;
    refused.is_refused(429, "too_many_connections");
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(free(3).await, 200, "another address is none of it");
    assert_eq!(guarded.refused("address_connections"), 1);
    let mut full = guarded.ask(4, "GET /healthz", &[], "").await;
    while full.status != 503 {
        assert!(held.len() < 20, "more than eight connections");
        held.push(guarded.line(5).await);
        full = guarded.ask(4, "GET /healthz", &[], "").await;
    }
    full.is_refused(503, "overloaded");
    assert!(guarded.refused("connections") >= 1);
    held.clear();
    wait::until(
        "there is room again",
        async || free(2).await,
        |status| *status == 200,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_that_never_say_anything_cost_the_others_nothing() {
    idle::raise_open_files();
    let guarded = Guarded::start("[limits]\nhead_seconds = 8").await;
    guarded.relay.add_user("ada");
    let mut held = Vec::new();
    for _ in 0..2000 {
        held.push(guarded.line(2).await);
    }
    guarded
        .until_refused("address_connections", 2000 - 512)
        .await;
    let mut ada = Wire::hello(&guarded.relay, "ada").await;
    let room = ada.create_room("General").await;
    ada.push(vec![post(room, "hello")]).await;
    assert!(rejection(&ada.outcome().await).is_none());
    // They end by themselves, and are told why.
    let mut first = held.swap_remove(0);
    answer(&mut first).await.is_refused(408, "too_slow");
    guarded.until_refused("head", 512).await;
    let again = async || guarded.ask(2, "GET /healthz", &[], "").await.status;
    wait::until("there is room again", again, |status| *status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_few_open_files_there_are_few_connections_and_no_spinning() {
    let database = system_tests::database::Database::create().await;
    let port = system_tests::ports::free();
    let mut child = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 100; exec \"$0\" \"$@\""])
        .arg(system_tests::programs::built("amend-relay"))
        .args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--config",
            "/dev/null",
        ])
        .args(["--database-url", &database.url])
        .env("AMEND_LOG", "error")
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}/readyz");
    let ready = async || ureq::get(&url).call().is_ok();
    wait::until("the relay is ready", ready, |ok| *ok).await;
    let mut held = Vec::new();
    for _ in 0..150 {
        held.push(
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .unwrap(),
        );
    }
    // The last ones are told so.
    let mut last = held.pop().unwrap();
    answer(&mut last).await.is_refused(503, "overloaded");
    held.clear();
    wait::until("it serves again", ready, |ok| *ok).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sender_is_told_and_closed() {
    let limits = "[limits]\nhead_seconds = 1\nbody_seconds = 1\nhello_seconds = 1";
    let guarded = Guarded::start(limits).await;
    let mut silent = guarded.line(2).await;
    answer(&mut silent).await.is_refused(408, "too_slow");
    // Byte by byte, for ever.
    let (mut read, mut write) = guarded.line(2).await.into_split();
    let drip = tokio::spawn(async move {
        for byte in b"GET /healthz HTTP/1.1\r\nX: "
            .iter()
            .chain(std::iter::repeat(&b'y'))
        {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut told = Vec::new();
    let _ = tokio::time::timeout(wait::DEADLINE, read.read_to_end(&mut told))
        .await
        .unwrap();
    assert!(told.starts_with(b"HTTP/1.1 408 "), "{told:?}");
    drip.abort();
    assert_eq!(guarded.refused("head"), 2);
    // The head came; the body does not.
    let mut line = guarded.line(2).await;
    let head = "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    line.write_all(head.as_bytes()).await.unwrap();
    answer(&mut line).await.is_refused(408, "too_slow");
    assert_eq!(guarded.refused("body"), 1);
    // An answered connection that says nothing more is closed without a word.
    let mut line = guarded.line(2).await;
    line.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let answered = answer(&mut line).await;
    assert!(
        answered.status == 200 && answered.text.ends_with("ok\n"),
        "{answered:?}"
    );
    assert_eq!(guarded.refused("head"), 2);
    // A WebSocket without Hello.
    let mut wire = Wire::connect(&guarded.relay.url()).await;
    assert_eq!(wire.error().await, ErrorCode::HelloExpected);
    assert!(wire.next().await.is_none());
    assert_eq!(guarded.refused("hello"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_whatever_its_head_says() {
    let guarded = Guarded::start("[limits]\nbody_bytes = 2048").await;
    let large = "x".repeat(4000);
    let known = guarded.ask(2, "POST /v1/login", &[], &large).await;
    known.is_refused(413, "too_large");
    let mut line = guarded.line(2).await;
    let head = "POST /v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = format!("{head}fa0\r\n{large}\r\nfa0\r\n{large}\r\n");
    line.write_all(chunks.as_bytes()).await.unwrap();
    answer(&mut line).await.is_refused(413, "too_large");
    assert_eq!(guarded.refused("body_bytes"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_answers_no_ping_is_given_up() {
    let guarded = Guarded::start("[limits]\nping_seconds = 1\nsilence_seconds = 3").await;
    guarded.relay.add_user("ada");
    guarded.relay.add_user("grace");
    let key = token(&guarded.relay.url(), "ada");
    // Hears pings and answers them as long as it is read.
    let mut here = Wire::hello(&guarded.relay, "grace").await;
    let gone = Wire::hello_with(&guarded.relay.url(), &key).await;
    tokio::select! {
        () = guarded.until_refused("silence", 1) => {}
        () = here.until(|_| None) => {}
    }
    let _ = here.create_room("Still here").await;
    assert_eq!(guarded.refused("silence"), 1);
    drop(gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_an_address_have_a_rate() {
    let guarded = Guarded::start("[limits]\nrequests = 1\nrequests_burst = 1000").await;
    let mut line = guarded.line(2).await;
    let request = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1100);
    let (mut read, mut write) = line.split();
    let sending = async {
        write
            .write_all(
                format!("{request}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .as_bytes(),
            )
            .await
    };
    let mut told = String::new();
    let (sent, _) = tokio::join!(sending, read.read_to_string(&mut told));
    sent.unwrap();
    let refused = told.matches("HTTP/1.1 429 ").count();
    assert!((50..=101).contains(&refused), "{refused}");
    let mut next = guarded.ask(2, "GET /healthz", &[], "").await;
    // One may have become free meanwhile.
    while next.status == 200 {
        next = guarded.ask(2, "GET /healthz", &[], "").await;
    }
    next.is_refused(429, "rate_limited");
    assert_eq!(next.header("retry-after"), Some("1"));
    assert_eq!(guarded.ask(3, "GET /healthz", &[], "").await.status, 200);
    assert!(guarded.refused("requests") >= refused as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_not_guessed_and_its_owner_not_locked_out() {
    // Each request may say whose it is, as through a proxy.
    let config = "trusted_proxies = [\"127.0.0.9\"]\n[limits]\ntries_per_address = 3\ntries_per_account = 2\nlogins = 6";
    let guarded = Guarded::start(config).await;
    guarded.relay.add_user("ada");
    let (right, wrong) = (password("ada"), "a wrong one");
    let at = async |address: &str, name: &str, password: &str| {
        let header = format!("X-Forwarded-For: {address}");
        guarded.login(9, &[&header], name, password).await
    };
    for _ in 0..3 {
        at("192.0.2.1", "ada", wrong)
            .await
            .is_refused(401, "bad_credentials");
    }
    // Not even the right one, from there.
    let refused = at("192.0.2.1", "ADA ", &right).await;
    refused.is_refused(429, "rate_limited");
    assert!(
        refused
            .header("retry-after")
            .unwrap()
            .parse::<u32>()
            .unwrap()
            <= 60
    );
    // The same customer's net, in IPv6.
    for last in 1..=3 {
        at(&format!("2001:db8::{last}"), "ada", wrong)
            .await
            .is_refused(401, "bad_credentials");
    }
    at("2001:db8::4", "ada", wrong)
        .await
        .is_refused(429, "rate_limited");
    // What the account allows to all of them is used up: from elsewhere there are two tries, and no third.
    for _ in 0..2 {
        at("203.0.113.5", "ada", wrong)
            .await
            .is_refused(401, "bad_credentials");
    }
    at("203.0.113.5", "ada", wrong)
        .await
        .is_refused(429, "rate_limited");
    // So the owner gets in, may mistype before, and as often as they like.
    at("198.51.100.7", "ada", wrong)
        .await
        .is_refused(401, "bad_credentials");
    for _ in 0..4 {
        assert_eq!(at("198.51.100.7", "ada", &right).await.status, 200);
    }
    // An account that does not exist is the same.
    for _ in 0..3 {
        at("192.0.2.8", "nobody", wrong)
            .await
            .is_refused(401, "bad_credentials");
    }
    at("192.0.2.8", "nobody", wrong)
        .await
        .is_refused(429, "rate_limited");
    assert_eq!(guarded.refused("tries"), 4);
    // And one address tries no end of names, or registers, only so often.
    let mut answer = at("192.0.2.77", "name", wrong).await;
    for number in 0..100 {
        if answer.status == 429 {
            break;
        }
        answer = at("192.0.2.77", &format!("name {number}"), wrong).await;
    }
    answer.is_refused(429, "rate_limited");
    let body = r#"{"name":"eve","password":"eve-password"}"#;
    for _ in 0..100 {
        let from = ["X-Forwarded-For: 192.0.2.77"];
        answer = guarded.ask(9, "POST /v1/register", &from, body).await;
        if answer.status == 429 {
            break;
        }
    }
    answer.is_refused(429, "rate_limited");
    assert!(guarded.refused("logins") >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_configured_proxy_says_for_whom_it_asks() {
    let config = "trusted_proxies = [\"127.0.0.9\"]\n[limits]\nconnections_per_address = 4\ntries_per_address = 1";
    let guarded = Guarded::start(config).await;
    let header = |address: &str| format!("X-Forwarded-For: {address}");
    // Somebody else's header is not believed: all of these are one address.
    let first = guarded
        .login(2, &[&header("192.0.2.1")], "ada", "wrong")
        .await;
    first.is_refused(401, "bad_credentials");
    let second = guarded
        .login(2, &[&header("192.0.2.2")], "ada", "wrong")
        .await;
    second.is_refused(429, "rate_limited");
    // A client behind the proxy writes its own header before it: not believed either.
    let first = guarded
        .login(9, &[&header("1.1.1.1, 192.0.2.3")], "ada", "wrong")
        .await;
    first.is_refused(401, "bad_credentials");
    let second = guarded
        .login(9, &[&header("2.2.2.2, 192.0.2.3")], "ada", "wrong")
        .await;
    second.is_refused(429, "rate_limited");
    // The proxy itself has as many connections as it wants, each of those behind it only theirs.
    let upgrade = [
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol: amend.v1.json",
    ]
    .join("\r\n");
    let mut held = Vec::new();
    for number in 0..9 {
        let mut line = guarded.line(9).await;
        let client = if number < 5 {
            "192.0.2.50"
        } else {
            "192.0.2.51"
        };
        let head = format!(
            "GET /v1/sync HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n{upgrade}\r\n{}\r\n\r\n",
            header(client)
        );
        line.write_all(head.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        line.read_exact(&mut status).await.unwrap();
        let expected: &[u8] = if number == 4 {
            b"HTTP/1.1 429"
        } else {
            b"HTTP/1.1 101"
        };
        assert_eq!(&status, expected, "{number}");
        held.push(line);
    }
    assert_eq!(guarded.refused("address_connections"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_other_origins_get_nothing() {
    let guarded = Guarded::start("origins = [\"https://chat.example.org\"]").await;
    guarded.relay.add_user("ada");
    let evil = ["Origin: https://evil.example"];
    for request in ["GET /healthz", "GET /v1/sync", "OPTIONS /v1/login"] {
        let refused = guarded.ask(2, request, &evil, "").await;
        refused.is_refused(403, "origin_refused");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    guarded
        .login(2, &evil, "ada", &password("ada"))
        .await
        .is_refused(403, "origin_refused");
    assert_eq!(guarded.refused("origin"), 4);
    let good = "Origin: https://chat.example.org";
    let preflight = guarded
        .ask(
            2,
            "OPTIONS /v1/login",
            &[good, "Access-Control-Request-Method: POST"],
            "",
        )
        .await;
    assert_eq!(preflight.status, 204, "{preflight:?}");
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        Some("https://chat.example.org")
    );
    assert!(
        preflight
            .header("access-control-allow-headers")
            .unwrap()
            .contains("Authorization")
    );
    let signed = guarded.login(2, &[good], "ada", &password("ada")).await;
    assert_eq!(
        (signed.status, signed.header("access-control-allow-origin")),
        (200, Some("https://chat.example.org"))
    );
    // A refusal can be read as well.
    let refused = guarded.login(2, &[good], "ada", "wrong").await;
    assert_eq!(
        (refused.status, refused.header("vary")),
        (401, Some("Origin"))
    );
    let own = format!("Origin: http://{}", guarded.relay.address());
    assert_eq!(
        guarded.ask(2, "GET /healthz", &[&own], "").await.status,
        200
    );
    assert_eq!(guarded.ask(2, "GET /healthz", &[], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_so_many_connections() {
    let guarded = Guarded::start("[limits]\nconnections_per_account = 2").await;
    guarded.relay.add_user("ada");
    guarded.relay.add_user("grace");
    let key = token(&guarded.relay.url(), "ada");
    let first = Wire::hello_with(&guarded.relay.url(), &key).await;
    let mut second = Wire::hello_with(&guarded.relay.url(), &key).await;
    let mut third = Wire::connect(&guarded.relay.url()).await;
    let hello = ClientFrame::Hello {
        version: 1,
        token: key.clone(),
    };
    third.send(&hello).await;
    assert_eq!(third.error().await, ErrorCode::TooManyConnections);
    assert!(third.next().await.is_none());
    assert_eq!(guarded.refused("account_connections"), 1);
    let _ = second.create_room("General").await;
    let mut grace = Wire::hello(&guarded.relay, "grace").await;
    let _ = grace.create_room("Hers").await;
    assert!(first.close().await);
    wait::until(
        "there is room again",
        async || {
            let mut wire = Wire::connect(&guarded.relay.url()).await;
            wire.send(&hello).await;
            matches!(wire.next().await, Some(RelayFrame::Welcome { .. }))
        },
        |welcome| *welcome,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_bounded() {
    let limits =
        "[limits]\nrooms_per_connection = 2\nrooms_per_account = 4\nrooms_made_per_account = 3";
    let guarded = Guarded::start(limits).await;
    for name in ["ada", "grace"] {
        guarded.relay.add_user(name);
    }
    let mut ada = Wire::hello(&guarded.relay, "ada").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(ada.create_room("mine").await);
    }
    // Leaving a room does not unmake it.
    ada.push(vec![create()]).await;
    assert_eq!(
        rejection(&ada.outcome().await),
        Some(RejectionCode::TooManyRooms)
    );
    ada.push(vec![Op::Leave { room_id: made[0] }]).await;
    assert_eq!(rejection(&ada.outcome().await), None);
    ada.push(vec![create()]).await;
    assert_eq!(
        rejection(&ada.outcome().await),
        Some(RejectionCode::TooManyRooms)
    );
    let mut grace = Wire::hello(&guarded.relay, "grace").await;
    let hers = [
        grace.create_room("hers").await,
        grace.create_room("hers").await,
        grace.create_room("hers").await,
    ];
    for room_id in hers {
        ada.push(vec![Op::Join { room_id }]).await;
        let full = (room_id == hers[2]).then_some(RejectionCode::TooManyRooms);
        assert_eq!(rejection(&ada.outcome().await), full);
    }
    // Nor by being invited.
    let people = guarded.relay.database().client().await;
    let row = people
        .query_one("SELECT id FROM account WHERE name = 'ada'", &[])
        .await
        .unwrap();
    let user_id = UserId(row.get(0));
    let change = MemberChange::Invite;
    grace
        .push(vec![Op::SetMember {
            room_id: hers[2],
            user_id,
            name: "ada".into(),
            change,
        }])
        .await;
    assert_eq!(
        rejection(&grace.outcome().await),
        Some(RejectionCode::TooManyRooms)
    );
    assert_eq!(guarded.refused("account_rooms"), 4);
    for (number, room) in hers.into_iter().enumerate() {
        grace
            .send(&ClientFrame::Subscribe { room, after: None })
            .await;
        if number == 2 {
            assert_eq!(grace.error().await, ErrorCode::TooLarge);
        }
    }
    assert_eq!(guarded.refused("rooms"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_over_its_rate_is_read_more_slowly_and_loses_nothing() {
    let guarded =
        Guarded::start("[limits]\nops = 200\nops_burst = 256\ntyping = 1\ntyping_burst = 2").await;
    for name in ["ada", "grace"] {
        guarded.relay.add_user(name);
    }
    let mut ada = Wire::hello(&guarded.relay, "ada").await;
    let mut grace = Wire::hello(&guarded.relay, "grace").await;
    let (room, hers) = (
        ada.create_room("General").await,
        grace.create_room("Hers").await,
    );
    // Goes on regardless of what it is told.
    let began = Instant::now();
    let mut keys = Vec::new();
    for push in 0..8 {
        let ops = (0..100)
            .map(|number| post(room, &format!("{push} {number}")))
            .collect();
        keys.extend(ada.push(ops).await);
    }
    grace.push(vec![post(hers, "at once")]).await;
    assert!(rejection(&grace.outcome().await).is_none());
    let others = began.elapsed();
    let (mut answered, mut told) = (Vec::new(), None);
    while answered.len() < keys.len() {
        match ada.next().await.unwrap() {
            RelayFrame::Outcomes { outcomes } => {
                assert!(outcomes.iter().all(|one| rejection(&one.outcome).is_none()));
                answered.extend(outcomes.iter().map(|one| one.op_id));
            }
            RelayFrame::Error(error) => told = Some(error),
            _ => {}
        }
    }
    assert_eq!(answered, keys, "in the order in which they were pushed");
    // 544 more than the burst, at 200 a second.
    assert!(
        began.elapsed() > Duration::from_secs(2) && others < began.elapsed(),
        "{:?}",
        began.elapsed()
    );
    let told = told.expect("it was told");
    assert_eq!(told.code, ErrorCode::RateLimited);
    assert!(
        told.retry_after_ms
            .is_some_and(|ms| (1..2000).contains(&ms)),
        "{told:?}"
    );
    assert!(guarded.refused("ops") >= 1);
    // Typing: the rest is passed over.
    let _ = grace.subscribe(hers, None).await;
    for _ in 0..20 {
        grace
            .send(&ClientFrame::Typing {
                room: hers,
                on: true,
            })
            .await;
    }
    assert_eq!(grace.error().await, ErrorCode::RateLimited);
    guarded.until_refused("typing", 10).await;
    grace.push(vec![post(hers, "still here")]).await;
    assert!(rejection(&grace.outcome().await).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_and_bytes_have_a_rate_too() {
    let guarded = Guarded::start(
        "[limits]\nframes = 50\nframes_burst = 20\nbytes = 100000\nbytes_burst = 1048576",
    )
    .await;
    guarded.relay.add_user("ada");
    let mut ada = Wire::hello(&guarded.relay, "ada").await;
    let room = ada.create_room("General").await;
    for _ in 0..60 {
        ada.send(&ClientFrame::Browse {}).await;
    }
    let (mut answers, mut errors) = (0, 0);
    while answers < 60 {
        match ada.next().await.unwrap() {
            RelayFrame::Directory { .. } => answers += 1,
            RelayFrame::Error(error) => {
                assert_eq!(error.code, ErrorCode::RateLimited);
                errors += 1;
            }
            _ => {}
        }
    }
    assert!(
        (1..=5).contains(&errors),
        "told from time to time: {errors}"
    );
    let frames = guarded.refused("frames");
    assert!(frames > 0);
    for _ in 0..3 {
        ada.push((0..16).map(|_| post(room, &"x".repeat(30_000))).collect())
            .await;
    }
    let mut answers = 0;
    while answers < 48 {
        if let RelayFrame::Outcomes { outcomes } = ada.next().await.unwrap() {
            answers += outcomes.len();
        }
    }
    assert!(guarded.refused("bytes") >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_over_the_rate_is_sent_whole_by_the_real_client() {
    const MESSAGES: usize = 1500;
    let guarded = Guarded::start("[limits]\nops = 500\nops_burst = 256").await;
    guarded.relay.add_user("ada");
    let home = Home::new();
    let line = Proxy::start(vec![guarded.relay.address()]).await;
    let ada = home.client_over(&line, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    wait::until(
        "the room is there",
        async || {
            guarded
                .relay
                .database()
                .client()
                .await
                .query_one("SELECT count(*) FROM room", &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
        },
        |count| *count == 1,
    )
    .await;
    line.close(true);
    line.cut();
    for number in 0..MESSAGES {
        ada.post(room, &format!("message {number}")).await.unwrap();
    }
    line.close(false);
    let database = guarded.relay.database().client().await;
    wait::until(
        "all of it is in the store",
        async || {
            database
                .query_one("SELECT count(*) FROM message", &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
        },
        |count| *count == MESSAGES as i64,
    )
    .await;
    // In their order, each once.
    let rows = database
        .query("SELECT body FROM message ORDER BY position", &[])
        .await
        .unwrap();
    let bodies: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let expected: Vec<String> = (0..MESSAGES)
        .map(|number| format!("message {number}"))
        .collect();
    assert_eq!(bodies, expected);
    assert!(guarded.refused("ops") >= 1);
    ada.close().await;
}

/// Twice the bytes that the target allows, as this is an unoptimised program on a machine that does other things too; a buffer more in
/// each session is seen all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_costs_little_memory() {
    const KIB: usize = 1024;
    let relay = RelayProcess::start().await;
    let idle = idle::measure(&relay, 1000).await;
    assert!(
        idle.bytes_each() < 24 * KIB,
        "{idle:?}: {} bytes each",
        idle.bytes_each()
    );
}
