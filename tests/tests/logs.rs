//! The log and the traces: each line with its id, and nothing in them that people wrote, are called or keep secret.

#![allow(clippy::unwrap_used)]

use model::wire::{
    ClientFrame, LOGIN_PATH, LoginRequest, LoginResponse, REGISTER_PATH, RegisterRequest,
    RelayFrame,
};
use model::{MessageId, Op, Rev, RoomId};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use system_tests::database::Database;
use system_tests::ports;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::Wire;
use uuid::Uuid;

/// What must be in no line.
const SECRETS: &[&str] = &[
    "ada-password",
    "not her password",
    "her-new-password",
    "dbpassword4711",
    "Plans of the board",
    "the topic nobody knows",
    "first secret text",
    "second secret text",
    "poisoned text",
    "row of the secret table",
    "query-secret",
];

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.http_status_as_error(false).build().into()
}

fn login(relay: &RelayProcess, name: &str, password: &str) -> Option<LoginResponse> {
    let request = LoginRequest {
        name: name.to_owned(),
        password: password.to_owned(),
        label: String::new(),
    };
    let url = format!("{}{LOGIN_PATH}", relay.url());
    let mut answer = agent().post(&url).send_json(&request).unwrap();
    (answer.status() == 200).then(|| answer.body_mut().read_json().unwrap())
}

fn post(room: RoomId, message_id: MessageId, body: &str) -> Op {
    Op::Post {
        room_id: room,
        message_id,
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

/// A busy time: accounts, rooms, posts, edits, a table that is watched, and Postgres refusing things. Returns the tokens of it.
async fn busy(relay: &RelayProcess) -> Vec<String> {
    relay.add_user("ada");
    assert!(login(relay, "ada", "not her password").is_none());
    let token = login(relay, "ada", "ada-password").unwrap().token;
    let invite = relay
        .host(&["invite"])
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let request = RegisterRequest {
        name: "grace".into(),
        password: "her-new-password".into(),
        invite: Some(invite.clone()),
        label: String::new(),
    };
    let url = format!("{}{REGISTER_PATH}", relay.url());
    let mut answer = agent().post(&url).send_json(&request).unwrap();
    assert_eq!(answer.status(), 200);
    let grace: LoginResponse = answer.body_mut().read_json().unwrap();
    let mut wire = Wire::hello_with(&relay.url(), &token).await;
    let room_id = RoomId(Uuid::now_v7());
    let create = Op::CreateRoom {
        room_id,
        name: "Plans of the board".into(),
        topic: "the topic nobody knows".into(),
    };
    let message_id = MessageId(Uuid::now_v7());
    let edit = Op::Edit {
        room_id,
        message_id,
        base_rev: Rev::FIRST,
        base: Some("first secret text".into()),
        body: "second secret text".into(),
    };
    let first = post(room_id, message_id, "first secret text");
    wire.push(vec![create, first, edit]).await;
    let _ = wire.outcome().await;
    wire.subscribe(room_id, None).await;
    let channel = "orders".to_owned();
    wire.send(&ClientFrame::Watch {
        channel,
        after: None,
    })
    .await;
    wire.until(|frame| matches!(frame, RelayFrame::Events { .. }).then_some(()))
        .await;
    let insert = "INSERT INTO orders (note) VALUES ('row of the secret table')";
    relay.database().sql(insert).await;
    wire.until(|frame| match frame {
        RelayFrame::Events { events, .. } => (!events.is_empty()).then_some(()),
        _ => None,
    })
    .await;
    let history = format!(
        "{}/v1/rooms/{room_id}/messages?limit=5&token=query-secret",
        relay.url()
    );
    let bearer = format!("Bearer {token}");
    let read = agent()
        .get(&history)
        .header("Authorization", &bearer)
        .call();
    assert_eq!(read.unwrap().status(), 200);
    // Postgres refuses, and tells the row.
    let poison = "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN IF NEW.body LIKE 'poison%' THEN RAISE EXCEPTION 'refused by a trigger' USING DETAIL = NEW.body; END IF; RETURN NEW; END$$;
        CREATE TRIGGER poison BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION poison()";
    relay.database().sql(poison).await;
    wire.push(vec![post(
        room_id,
        MessageId(Uuid::now_v7()),
        "poisoned text",
    )])
    .await;
    let _ = wire.error().await;
    vec![token, grace.token, invite]
}

fn configuration(folder: &Path, more: &str) -> std::path::PathBuf {
    let file = folder.join("config.toml");
    let watch = "[[watch]]\ntable = \"orders\"\nchannel = \"orders\"\nreaders = \"everyone\"\n";
    std::fs::write(&file, format!("{more}\n{watch}")).unwrap();
    file
}

async fn database() -> Database {
    let database = Database::create().await;
    database
        .sql("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)")
        .await;
    Database {
        url: format!("{} password=dbpassword4711", database.url),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_finest_level_the_log_tells_nothing_that_is_not_its_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path(), "[log]\nformat = \"json\"");
    let file = folder.path().join("log");
    let mut relay = RelayProcess::logging(database().await, &config, &file).await;
    let tokens = busy(&relay).await;
    // An id that is well-formed is taken over; what is none is not.
    let asked = |id: &str| {
        let answer = agent().get(format!("{}/nowhere", relay.url()));
        let answer = answer.header("X-Request-Id", id).call().unwrap();
        let id = answer.headers().get("x-request-id").unwrap();
        id.to_str().unwrap().to_owned()
    };
    assert_eq!(asked("from-the-proxy.1"), "from-the-proxy.1");
    let made = asked("not well-formed {}");
    assert!(made.len() == 32 && made != asked("not well-formed {}"));
    relay.signal("TERM");
    let ended = async || std::fs::read_to_string(&file).unwrap().contains("stopping");
    wait::until("it stops", ended, |ended| *ended).await;
    while relay.ended().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }

    let text = std::fs::read_to_string(&file).unwrap();
    for secret in SECRETS
        .iter()
        .copied()
        .chain(tokens.iter().map(String::as_str))
    {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    for line in &lines {
        for key in ["timestamp", "level", "target", "message"] {
            assert!(line[key].is_string(), "no {key}: {line}");
        }
        let target = line["target"].as_str().unwrap();
        if target.starts_with("relay::session") {
            assert!(in_span(line, "session", "session").is_some(), "{line}");
        }
    }
    let told = |message: &str| {
        let found = lines.iter().find(|line| line["message"] == message);
        found.unwrap_or_else(|| panic!("no line says {message}"))
    };
    // What Postgres refused is told, without the row.
    let failed = told("batch not applied")["error"].as_str().unwrap();
    assert!(failed.contains("refused by a trigger"), "{failed}");
    let closed = told("session closed");
    assert_eq!(closed["why"], "it was refused", "{closed}");
    assert!(closed["sent"].as_u64() > Some(3) && closed["taken"].as_u64() > Some(3));
    let user = in_span(closed, "session", "user").unwrap();
    assert!(user.parse::<Uuid>().is_ok(), "{user}");
    // One line a request, with the template of its path.
    let history = lines.iter().find(|line| {
        in_span(line, "http.request", "path")
            .is_some_and(|path| path == "/v1/rooms/{room}/messages")
    });
    let history = history.unwrap();
    assert_eq!(
        (&history["message"], &history["status"]),
        (&"answered".into(), &200.into())
    );
    assert_eq!(in_span(history, "http.request", "method").unwrap(), "GET");
    assert!(history["ms"].is_u64(), "{history}");
    let taken_over = lines.iter().any(|line| {
        in_span(line, "http.request", "request").is_some_and(|id| id == "from-the-proxy.1")
    });
    assert!(taken_over);
}

/// A field of one of the spans that a line stands in.
fn in_span(line: &Value, span: &str, field: &str) -> Option<String> {
    let spans = line["spans"].as_array()?;
    let one = spans.iter().find(|one| one["name"] == span)?;
    Some(one[field].as_str()?.to_owned())
}

/// A collector of traces: what it was sent, each with its path and headers.
fn collector() -> (u16, Arc<Mutex<Vec<u8>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::<Mutex<Vec<u8>>>::default();
    let heard = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let heard = Arc::clone(&heard);
            std::thread::spawn(move || collect(stream.unwrap(), &heard));
        }
    });
    (port, seen)
}

fn collect(mut stream: std::net::TcpStream, heard: &Mutex<Vec<u8>>) {
    let mut unread = Vec::new();
    let mut bytes = [0_u8; 16 * 1024];
    while let Ok(read) = stream.read(&mut bytes) {
        if read == 0 {
            return;
        }
        heard.lock().unwrap().extend(&bytes[..read]);
        unread.extend(&bytes[..read]);
        let Some(head) = find(&unread, b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&unread[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.unwrap().trim().parse().unwrap();
        if unread.len() >= head + 4 + length {
            unread.drain(..head + 4 + length);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        }
    }
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_the_spans_and_no_words() {
    let folder = tempfile::tempdir().unwrap();
    let (port, seen) = collector();
    let traces = format!(
        "[traces]\nendpoint = \"http://127.0.0.1:{port}\"\nservice_name = \"amend in a test\"\nheaders = {{ x-key = \"key of the collector\" }}\n"
    );
    let config = configuration(folder.path(), &traces);
    let relay = RelayProcess::logging(database().await, &config, &folder.path().join("log")).await;
    let tokens = busy(&relay).await;
    relay.signal("TERM");
    for name in [
        "POST /v1/traces",
        "key of the collector",
        "amend in a test",
        "http.request",
        "session",
        "session.push",
        "apply.batch",
        "apply.commit",
        "hub.fanout",
    ] {
        let there = async || find(&seen.lock().unwrap(), name.as_bytes()).is_some();
        wait::until(&format!("the collector has {name}"), there, |there| *there).await;
    }
    let seen = seen.lock().unwrap();
    for secret in SECRETS
        .iter()
        .copied()
        .chain(tokens.iter().map(String::as_str))
    {
        assert_eq!(
            find(&seen, secret.as_bytes()),
            None,
            "{secret} is in a span"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_costs_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let config = configuration(
        folder.path(),
        &format!("[traces]\nendpoint = \"http://127.0.0.1:{port}\"\n"),
    );
    let file = folder.path().join("log");
    let mut relay = RelayProcess::logging(database().await, &config, &file).await;
    let _ = busy(&relay).await;
    let text = async || std::fs::read_to_string(&file).unwrap();
    wait::until("it is told", text, |text| {
        text.contains("traces can't be sent")
    })
    .await;
    for _ in 0..200 {
        let _ = agent()
            .get(format!("{}/nowhere", relay.url()))
            .call()
            .unwrap();
    }
    relay.signal("TERM");
    let begun = std::time::Instant::now();
    while relay.ended().is_none() {
        assert!(begun.elapsed() < wait::DEADLINE, "it does not end");
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let told = text().await.matches("traces can't be sent").count();
    assert_eq!(told, 1);
}
