//! Bad input, at every endpoint and in every frame: a typed error, nothing stored, and the session goes on. The two tables are held against
//! the sources, so that a new endpoint, frame or operation without cases fails.

#![allow(clippy::unwrap_used)]

use model::limits::FRAME_MAX_BYTES;
use model::wire::{Codec, ErrorCode, OpOutcome, Outcome, RelayFrame};
use model::{Op, RejectionCode, RoomId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use system_tests::page;
use system_tests::raw::{Answer, Raw, whole};
use system_tests::relay_process::RelayProcess;
use system_tests::wire::{Wire, token};
use uuid::Uuid;

use Codec::{Json, MessagePack};
use ErrorCode::{
    BadCredentials, ChannelNotFound, InviteInvalid, Malformed, NameInvalid, NotFound,
    PasswordInvalid, RegistrationClosed, RoomNotFound, TokenInvalid, TooLarge, UnknownFrame,
};

/// A relay with an admin, somebody, and a channel and a direct room that somebody can't see.
struct Scene {
    relay: RelayProcess,
    ada: String,
    grace: String,
    /// Grace is in it; it has one message.
    hers: RoomId,
    message: Uuid,
    /// Ada's channel.
    channel: RoomId,
    /// Ada's and Mary's.
    direct: RoomId,
    /// A message of each.
    secrets: [Uuid; 2],
}

impl Scene {
    async fn start() -> Self {
        let relay = RelayProcess::start().await;
        for name in ["ada", "grace", "mary"] {
            relay.add_user(name);
        }
        let [ada, grace, mary] = ["ada", "grace", "mary"].map(|name| token(&relay.url(), name));
        let mut wire = Wire::hello_with(&relay.url(), &ada).await;
        let channel = wire.create_room("Hers alone").await;
        let (me, her) = (user(&relay, &ada).await, user(&relay, &mary).await);
        let direct = model::direct_room_id([me, her]);
        let with = json!([{"user_id": her}]);
        let secrets = [Uuid::now_v7(), Uuid::now_v7()];
        let open = json!({"open_direct": {"room_id": direct, "with": with}});
        for op in [open, post(channel, secrets[0]), post(direct, secrets[1])] {
            let outcome = push(&mut wire, op).await;
            assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        }
        let mut graces = Wire::hello_with(&relay.url(), &grace).await;
        let hers = graces.create_room("Grace's").await;
        let message = Uuid::now_v7();
        push(&mut graces, post(hers, message)).await;
        Self {
            relay,
            ada,
            grace,
            hers,
            message,
            channel,
            direct,
            secrets,
        }
    }

    /// One request; its answer is typed, and its status is the one that the page says.
    async fn http(&self, request: &str, token: &str, headers: &str, body: &[u8]) -> Answer {
        let mut raw = Raw::connect(self.relay.address()).await;
        let length = match headers.contains("Transfer-Encoding") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{length}{headers}\r\n"
        );
        raw.send([head.as_bytes(), body].concat()).await;
        raw.answer().await.unwrap()
    }

    /// How much there is of everything that a person could have made.
    async fn stored(&self) -> Vec<i64> {
        let client = self.relay.database().client().await;
        let mut counts = Vec::new();
        for table in [
            "account",
            "invite",
            "session_token",
            "room",
            "member",
            "message",
            "message_version",
            "reaction",
            "read_marker",
        ] {
            let count = format!("SELECT count(*) FROM {table}");
            counts.push(client.query_one(&count, &[]).await.unwrap().get(0));
        }
        counts
    }
}

/// Whose token it is.
async fn user(relay: &RelayProcess, token: &str) -> model::UserId {
    let mut wire = Wire::connect(&relay.url()).await;
    let hello = json!({"hello": {"version": 1, "token": token}});
    wire.send_raw(hello.to_string().into()).await;
    wire.until(|frame| match frame {
        RelayFrame::Welcome { user, .. } => Some(user),
        _ => None,
    })
    .await
}

fn post(room: RoomId, message: Uuid) -> Value {
    json!({"post": {"room_id": room, "message_id": message, "body": "a text"}})
}

fn pushed(op: &Value) -> (Uuid, Value) {
    let key = Uuid::now_v7();
    let op = json!({"op_id": key, "at": 0, "op": op});
    (key, json!({"push": {"ops": [op]}}))
}

async fn push(wire: &mut Wire, op: Value) -> Outcome {
    let (key, frame) = pushed(&op);
    wire.send_raw(frame.to_string().into()).await;
    let answered = wire.until(|frame| match frame {
        RelayFrame::Outcomes { outcomes } => {
            let mut outcomes = outcomes.into_iter();
            outcomes.find(|one: &OpOutcome| one.op_id.0 == key)
        }
        RelayFrame::Error(error) => panic!("{op}: {error:?}"),
        _ => None,
    });
    answered.await.outcome
}

const JSON: &str = "Content-Type: application/json\r\n";

/// One endpoint's bad requests: method and path, the rest of the path, headers, body, what comes back.
type Requests = Vec<(
    &'static str,
    &'static str,
    String,
    &'static str,
    Vec<u8>,
    ErrorCode,
)>;

/// What no endpoint that takes a JSON object takes.
fn bad_bodies() -> Vec<(&'static str, Vec<u8>, ErrorCode)> {
    let deep = "[".repeat(4000);
    let chunked = |size: usize| {
        let chunk = format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size));
        chunk.into_bytes()
    };
    let chunks = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    vec![
        (JSON, vec![], Malformed),
        (JSON, b"{".to_vec(), Malformed),
        (JSON, b"[{}]".to_vec(), Malformed),
        (JSON, b"null".to_vec(), Malformed),
        (JSON, b"\xff\xfe".to_vec(), Malformed),
        (
            JSON,
            b"{\"name\":\"\xff\",\"old\":\"\xff\",\"uses\":\"\xff\"}".to_vec(),
            Malformed,
        ),
        (
            JSON,
            br#"{"name":"\ud800","password":"x","old":"\ud800","new":"x","uses":"\ud800"}"#
                .to_vec(),
            Malformed,
        ),
        (JSON, deep.clone().into_bytes(), Malformed),
        (JSON, format!("{{\"uses\":{deep}").into_bytes(), Malformed),
        (JSON, vec![b' '; 9000], TooLarge),
        (chunks, chunked(9000), TooLarge),
        (
            "",
            br#"{"name":"ada","password":"x","old":"x","new":"x","uses":1}"#.to_vec(),
            Malformed,
        ),
        (
            "Content-Type: text/plain\r\n",
            br#"{"name":"ada","password":"x"}"#.to_vec(),
            Malformed,
        ),
    ]
}

fn requests(scene: &Scene) -> Requests {
    let mut cases = Requests::new();
    let (room, message) = (scene.hers, scene.message);
    let nobody = Uuid::now_v7();
    for (method, path) in [
        ("POST", "/v1/login"),
        ("POST", "/v1/register"),
        ("POST", "/v1/password"),
        ("POST", "/v1/invites"),
    ] {
        for (headers, body, expected) in bad_bodies() {
            cases.push((method, path, String::new(), headers, body, expected));
        }
    }
    let mut body = |path, body: Value, expected| {
        let body = body.to_string().into_bytes();
        cases.push(("POST", path, String::new(), JSON, body, expected));
    };
    let long = "x".repeat(2000);
    body("/v1/login", json!({"name": "ada"}), Malformed);
    body("/v1/login", json!({"password": "x"}), Malformed);
    body("/v1/login", json!({"name": 1, "password": "x"}), Malformed);
    body(
        "/v1/login",
        json!({"name": "ada", "password": ["x"]}),
        Malformed,
    );
    body(
        "/v1/login",
        json!({"name": "ada", "password": "x", "label": 3}),
        Malformed,
    );
    body(
        "/v1/login",
        json!({"name": "a\u{0}da", "password": "x"}),
        BadCredentials,
    );
    body(
        "/v1/login",
        json!({"name": "ada", "password": "ada-password\u{0}"}),
        BadCredentials,
    );
    body(
        "/v1/login",
        json!({"name": long, "password": "x"}),
        BadCredentials,
    );
    body(
        "/v1/login",
        json!({"name": "ada", "password": long}),
        BadCredentials,
    );
    body(
        "/v1/login",
        json!({"name": "", "password": ""}),
        BadCredentials,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "long enough"}),
        RegistrationClosed,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "long enough", "invite": ""}),
        InviteInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "long enough", "invite": "\u{0}"}),
        InviteInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "long enough", "invite": long}),
        InviteInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "long enough", "invite": 1}),
        Malformed,
    );
    body(
        "/v1/register",
        json!({"name": "", "password": "long enough", "invite": "x"}),
        NameInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "a\u{0}", "password": "long enough", "invite": "x"}),
        NameInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "a\nb", "password": "long enough", "invite": "x"}),
        NameInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "é".repeat(61), "password": "long enough", "invite": "x"}),
        NameInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": "short", "invite": "x"}),
        PasswordInvalid,
    );
    body(
        "/v1/register",
        json!({"name": "new", "password": long, "invite": "x"}),
        PasswordInvalid,
    );
    body("/v1/password", json!({"old": "grace-password"}), Malformed);
    body(
        "/v1/password",
        json!({"old": null, "new": "long enough"}),
        Malformed,
    );
    body(
        "/v1/password",
        json!({"old": "wrong", "new": "long enough"}),
        BadCredentials,
    );
    body(
        "/v1/password",
        json!({"old": "grace-password", "new": ""}),
        PasswordInvalid,
    );
    body(
        "/v1/password",
        json!({"old": "grace-password", "new": long}),
        PasswordInvalid,
    );
    body("/v1/invites", json!({"uses": 0}), Malformed);
    body("/v1/invites", json!({"uses": -1}), Malformed);
    body("/v1/invites", json!({"uses": 1.5}), Malformed);
    body("/v1/invites", json!({"uses": 1001}), Malformed);
    body("/v1/invites", json!({"days": 366}), Malformed);
    body("/v1/invites", json!({"days": "7"}), Malformed);
    let mut path = |method, path, rest: String, expected| {
        cases.push((method, path, rest, "", vec![], expected));
    };
    let session = "/v1/sessions/{id}";
    for id in [
        "x",
        "%ff",
        "%00",
        "%zz",
        "..%2f",
        &nobody.to_string(),
        &"x".repeat(4000),
    ] {
        path("DELETE", session, format!("/v1/sessions/{id}"), NotFound);
    }
    let events = "/v1/channels/{channel}/events";
    for channel in [
        "none",
        "%ff",
        "%00",
        "%zz",
        "%F0%9F%91%8B",
        &"x".repeat(4000),
    ] {
        let rest = format!("/v1/channels/{channel}/events?after=0");
        path("GET", events, rest, ChannelNotFound);
    }
    for query in [
        "after=",
        "after=x",
        "after=1.5",
        "after=9223372036854775808",
        "after=%ff",
    ] {
        path(
            "GET",
            events,
            format!("/v1/channels/none/events?{query}"),
            Malformed,
        );
    }
    let messages = "/v1/rooms/{room}/messages";
    for id in [
        "x",
        "%ff",
        "%00",
        "%zz",
        &nobody.to_string(),
        &format!("{room}x"),
        &"0".repeat(4000),
    ] {
        path(
            "GET",
            messages,
            format!("/v1/rooms/{id}/messages"),
            RoomNotFound,
        );
    }
    let huge = format!("limit={}", "1".repeat(6000));
    for query in [
        "limit=",
        "limit=x",
        "limit=-1",
        "limit=4294967296",
        "before=x",
        "after=1&before=2",
        "around=x",
        "around=1&since=2",
        "since=yesterday",
        "since=9223372036854775808",
        "before=%ff",
        "limit=1&limit=2",
        &huge,
    ] {
        path(
            "GET",
            messages,
            format!("/v1/rooms/{room}/messages?{query}"),
            Malformed,
        );
    }
    path(
        "GET",
        messages,
        format!("/v1/rooms/{room}/messages?around={nobody}"),
        RoomNotFound,
    );
    let versions = "/v1/rooms/{room}/messages/{message}/versions";
    for (room, message) in [
        (room.to_string(), "x".to_owned()),
        (room.to_string(), "%ff".to_owned()),
        (room.to_string(), nobody.to_string()),
        (nobody.to_string(), message.to_string()),
        ("%ff".to_owned(), "%ff".to_owned()),
    ] {
        path(
            "GET",
            versions,
            format!("/v1/rooms/{room}/messages/{message}/versions"),
            RoomNotFound,
        );
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_what_is_wrong_with_a_typed_error_and_stores_nothing() {
    let scene = Scene::start().await;
    let before = scene.stored().await;
    let cases = requests(&scene);
    for (method, path, rest, headers, body, expected) in &cases {
        let address = if rest.is_empty() { path } else { rest.as_str() };
        // Only an admin gets as far as an invite's terms.
        let token = if *path == "/v1/invites" {
            &scene.ada
        } else {
            &scene.grace
        };
        let request = format!("{method} {address}");
        let answer = scene.http(&request, token, headers, body).await;
        let shown = &body[..body.len().min(80)];
        let name = format!(
            "{} {}",
            &request[..request.len().min(120)],
            shown.escape_ascii()
        );
        assert_eq!(answer.error(), *expected, "{name}");
        assert_eq!(answer.status, page::status(*expected), "{name}");
    }
    // Whatever wants a token says so before anything else, the same for all that are none.
    let mut covered: BTreeSet<(String, String)> = BTreeSet::new();
    for (method, path, ..) in &cases {
        covered.insert((method.to_string(), path.to_string()));
    }
    let open = [
        "/v1/login",
        "/v1/register",
        "/v1/sync",
        "/healthz",
        "/readyz",
    ];
    for (method, path) in page::endpoints() {
        if open.contains(&path.as_str()) {
            continue;
        }
        for token in ["", "x", "a.b.c", &"x".repeat(4000), "%ff", "é"] {
            let answer = scene
                .http(&format!("{method} {path}"), token, JSON, b"{}")
                .await;
            assert_eq!(answer.error(), TokenInvalid, "{method} {path} {token}");
            assert_eq!(answer.status, 401);
        }
        covered.insert((method, path));
    }
    for (method, path) in page::endpoints() {
        let known = ["/v1/sync", "/healthz", "/readyz"].contains(&path.as_str());
        assert!(
            known || covered.contains(&(method.clone(), path.clone())),
            "{method} {path} has no cases"
        );
    }
    for (request, expected, status) in [
        ("GET /", NotFound, 404),
        ("GET /v1", NotFound, 404),
        ("GET /v1/login/", NotFound, 404),
        ("GET //v1/sync", NotFound, 404),
        ("GET /%ff%00", NotFound, 404),
        ("GET /v1/login", Malformed, 405),
        ("BREW /healthz", Malformed, 405),
    ] {
        let answer = scene.http(request, &scene.grace, "", b"").await;
        assert_eq!(
            (answer.error(), answer.status),
            (expected, status),
            "{request}"
        );
    }
    // Odd, and well understood.
    let room = scene.hers;
    for query in [
        "",
        "?limit=0",
        "?limit=4294967295",
        "?before=-9223372036854775808",
        "?before=9223372036854775807",
        "?after=-9223372036854775808",
        "?after=9223372036854775807",
        "?since=-9223372036854775808",
        "?since=9223372036854775807",
        "?unknown=field",
    ] {
        let request = format!("GET /v1/rooms/{room}/messages{query}");
        let answer = scene.http(&request, &scene.grace, "", b"").await;
        assert_eq!(answer.status, 200, "{request}: {answer:?}");
    }
    assert_eq!(scene.stored().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_once_is_not_done_by_a_replay() {
    let scene = Scene::start().await;
    let code = scene.relay.host(&["invite"]);
    let code = code.split_whitespace().next().unwrap();
    let register = |name: &str| {
        json!({"name": name, "password": "long enough", "invite": code, "unknown": 1}).to_string()
    };
    let answer = scene
        .http("POST /v1/register", "", JSON, register("new").as_bytes())
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let new: Value = serde_json::from_str(&answer.body).unwrap();
    let again = scene
        .http("POST /v1/register", "", JSON, register("other").as_bytes())
        .await;
    assert_eq!((again.status, again.error()), (403, InviteInvalid));
    let token = new["token"].as_str().unwrap();
    let end = "DELETE /v1/sessions/current";
    assert_eq!(scene.http(end, token, "", b"").await.status, 204);
    let again = scene.http(end, token, "", b"").await;
    assert_eq!((again.status, again.error()), (401, TokenInvalid));
}

/// Each operation, about a room; with the codes that it may be refused with there by its content alone.
fn ops(room: &str, message: Uuid, other: Uuid) -> Vec<Value> {
    vec![
        json!({"create_room": {"room_id": room, "name": "Mine", "topic": ""}}),
        json!({"join": {"room_id": room}}),
        json!({"post": {"room_id": room, "message_id": Uuid::now_v7(), "body": "x"}}),
        json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "base": "a text", "body": "x"}}),
        json!({"delete": {"room_id": room, "message_id": message}}),
        json!({"react": {"room_id": room, "message_id": message, "emoji": "👋", "on": true}}),
        json!({"pin": {"room_id": room, "message_id": message, "on": true}}),
        json!({"mark_read": {"room_id": room, "position": 1}}),
        json!({"leave": {"room_id": room}}),
        json!({"set_room": {"room_id": room, "change": {"name": "Mine"}}}),
        json!({"set_room": {"room_id": room, "change": {"archived": true}}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": "invite"}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": "remove"}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": {"role": "owner"}}}),
        json!({"open_direct": {"room_id": room, "with": [{"user_id": other}]}}),
    ]
}

fn name_of(object: &Value) -> String {
    object.as_object().unwrap().keys().next().unwrap().clone()
}

/// Everything that was answered, up to the answer to an unknown frame that is sent behind, without what is random.
async fn answers(wire: &mut Wire, sent: &str, forget: &[String]) -> Vec<String> {
    wire.send_raw(sent.to_owned().into()).await;
    wire.send_raw(r#"{"that_is_all":{}}"#.into()).await;
    let mut answers = Vec::new();
    loop {
        let frame = wire.next().await.expect("the session goes on");
        match &frame {
            RelayFrame::Error(error) if error.code == UnknownFrame => return answers,
            RelayFrame::Presence { .. } | RelayFrame::Memberships { .. } => {}
            frame => {
                let mut text = serde_json::to_string(frame).unwrap();
                for word in forget {
                    text = text.replace(word, "…");
                }
                answers.push(text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_one_cannot_see_is_answered_like_one_that_does_not_exist() {
    let scene = Scene::start().await;
    let mut grace = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    // Outcomes come on their own time; a second push is answered behind the first one's.
    let nowhere = Uuid::now_v7().to_string();
    let nothing = Uuid::now_v7();
    let other = Uuid::now_v7();
    for (room, message) in [scene.channel, scene.direct].iter().zip(scene.secrets) {
        let room = room.to_string();
        for (seen, unseen) in ops(&room, message, other)
            .into_iter()
            .zip(ops(&nowhere, nothing, other))
        {
            let name = name_of(&seen);
            // Everybody may join a channel; to make a room under a taken id can't succeed.
            if name == "create_room" || (name == "join" && room == scene.channel.to_string()) {
                continue;
            }
            let (first, second) = (push(&mut grace, seen).await, push(&mut grace, unseen).await);
            assert_eq!(first, second, "{name}");
            let code = match first {
                Outcome::Rejected { code, .. } => code,
                Outcome::Applied { .. } => panic!("{name} was applied"),
            };
            let fits = [RejectionCode::RoomNotFound, RejectionCode::DirectInvalid].contains(&code);
            assert!(fits, "{name}: {code:?}");
        }
        for frame in [
            r#"{"subscribe":{"room":"ROOM","after":null}}"#,
            r#"{"subscribe":{"room":"ROOM","after":0}}"#,
            r#"{"subscribe":{"room":"ROOM","after":1000000}}"#,
            r#"{"unsubscribe":{"room":"ROOM"}}"#,
            r#"{"fetch":{"room":"ROOM","before":9,"limit":9}}"#,
            r#"{"typing":{"room":"ROOM","on":true}}"#,
            r#"{"typing":{"room":"ROOM","on":false}}"#,
        ] {
            let forget = [room.clone(), nowhere.clone()];
            let seen = answers(&mut grace, &frame.replace("ROOM", &room), &forget).await;
            let unseen = answers(&mut grace, &frame.replace("ROOM", &nowhere), &forget).await;
            assert_eq!(seen, unseen, "{frame}");
            assert!(
                frame.contains("unsubscribe") || seen[0].contains("room_not_found"),
                "{seen:?}"
            );
        }
        for path in [
            "messages".to_owned(),
            "messages?before=3".into(),
            "messages?after=0".into(),
            "messages?since=0".into(),
            format!("messages?around={message}"),
            format!("messages/{message}/versions"),
        ] {
            let get = async |room: &str| {
                let request = format!("GET /v1/rooms/{room}/{path}");
                let answer = scene.http(&request, &scene.grace, "", b"").await;
                (answer.status, answer.body)
            };
            let (seen, unseen) = (get(&room).await, get(&nowhere).await);
            assert_eq!(seen, unseen, "{path}");
            assert_eq!(seen.0, 404);
        }
    }
    // One who was in it is told no more than when they left.
    let joined = push(&mut grace, json!({"join": {"room_id": scene.channel}})).await;
    assert!(matches!(joined, Outcome::Applied { .. }));
    let left = push(&mut grace, json!({"leave": {"room_id": scene.channel}})).await;
    let mut ada = Wire::hello_with(&scene.relay.url(), &scene.ada).await;
    for _ in 0..5 {
        push(&mut ada, post(scene.channel, Uuid::now_v7())).await;
    }
    assert_eq!(
        push(&mut grace, json!({"leave": {"room_id": scene.channel}})).await,
        left
    );
}

/// Bad frames by the frame's name: text, and the code that comes back.
fn frames() -> Vec<(&'static str, String, ErrorCode)> {
    let id = "00000000-0000-7000-8000-000000000000";
    let op = |op: &str| format!(r#"{{"push":{{"ops":[{{"op_id":"{id}","at":0,"op":{op}}}]}}}}"#);
    let mut cases = Vec::new();
    let mut bad = |name, text: &str, code| cases.push((name, text.replace("ID", id), code));
    bad("hello", r#"{"hello":{"version":1,"token":"x"}}"#, Malformed);
    bad("hello", r#"{"hello":{"version":1}}"#, Malformed);
    bad(
        "hello",
        r#"{"hello":{"version":-1,"token":"x"}}"#,
        Malformed,
    );
    bad(
        "hello",
        r#"{"hello":{"version":65536,"token":"x"}}"#,
        Malformed,
    );
    bad("push", r#"{"push":{}}"#, Malformed);
    bad("push", r#"{"push":{"ops":{}}}"#, Malformed);
    bad("push", r#"{"push":{"ops":[null]}}"#, Malformed);
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":0}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"at":0,"op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":"now","op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":9223372036854775808,"op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    let many =
        vec![format!(r#"{{"op_id":"{id}","at":0,"op":{{"join":{{"room_id":"{id}"}}}}}}"#); 257]
            .join(",");
    bad(
        "push",
        &format!(r#"{{"push":{{"ops":[{many}]}}}}"#),
        TooLarge,
    );
    for name in ["subscribe", "unsubscribe"] {
        for room in [
            "",
            "\"\"",
            "\"x\"",
            "7",
            "null",
            "[]",
            "{}",
            "\"00000000-0000-7000-8000-00000000000g\"",
            "\"\\u0000\"",
        ] {
            let room = if room.is_empty() {
                String::new()
            } else {
                format!("\"room\":{room}")
            };
            bad(name, &format!("{{\"{name}\":{{{room}}}}}"), Malformed);
        }
    }
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":"7"}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":1.5}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":99999999999999999999}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","room":"ID"}}"#,
        Malformed,
    );
    bad("fetch", r#"{"fetch":{"room":"ID","before":1}}"#, Malformed);
    bad("fetch", r#"{"fetch":{"room":"ID","limit":1}}"#, Malformed);
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":-1}}"#,
        Malformed,
    );
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":4294967296}}"#,
        Malformed,
    );
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":1}}"#,
        RoomNotFound,
    );
    bad("browse", r#"{"browse":7}"#, Malformed);
    bad("browse", r#""browse""#, Malformed);
    bad("watch", r#"{"watch":{}}"#, Malformed);
    bad("watch", r#"{"watch":{"channel":7}}"#, Malformed);
    bad(
        "watch",
        r#"{"watch":{"channel":"x","after":"1"}}"#,
        Malformed,
    );
    bad(
        "watch",
        r#"{"watch":{"channel":"none","after":-1}}"#,
        ChannelNotFound,
    );
    bad(
        "watch",
        r#"{"watch":{"channel":"\u0000"}}"#,
        ChannelNotFound,
    );
    bad(
        "watch",
        &format!(r#"{{"watch":{{"channel":"{}"}}}}"#, "x".repeat(100_000)),
        ChannelNotFound,
    );
    bad("unwatch", r#"{"unwatch":{}}"#, Malformed);
    bad("unwatch", r#"{"unwatch":{"channel":null}}"#, Malformed);
    bad("typing", r#"{"typing":{"room":"ID"}}"#, Malformed);
    bad(
        "typing",
        r#"{"typing":{"room":"ID","on":"yes"}}"#,
        Malformed,
    );
    bad(
        "typing",
        r#"{"typing":{"room":"ID","on":true}}"#,
        RoomNotFound,
    );
    for text in [
        "",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "7",
        "\"\"",
        "{\"browse\":{}}x",
        r#"{"browse":{},"unwatch":{"channel":"x"}}"#,
        r#"{"watch":{"channel":"\ud800"}}"#,
        r#"{"watch":{"channel":"\udc00\ud800"}}"#,
        "{\"watch\":{\"channel\":\"\u{0}\"}}",
        "\u{feff}{\"browse\":{}}",
        "{'browse':{}}",
        "{\"browse\":{},}",
        "NaN",
        r#"{"browse":{"x":NaN}}"#,
    ] {
        bad("", text, Malformed);
    }
    bad("", &"[".repeat(500_000), Malformed);
    bad(
        "",
        &format!("{{\"browse\":{{\"x\":{}", "[".repeat(500_000)),
        Malformed,
    );
    bad(
        "",
        &format!("{{\"browse\":{}", "{\"a\":".repeat(150_000)),
        Malformed,
    );
    bad("", r#"{"Browse":{}}"#, UnknownFrame);
    bad("", r#"{"welcome":{}}"#, UnknownFrame);
    bad("", r#"{"":{}}"#, Malformed);
    // A name that is none is not repeated.
    bad("", &format!(r#"{{"{}":{{}}}}"#, "x".repeat(41)), Malformed);
    for text in [
        r#"{"dance":{"room_id":"ID"}}"#,
        r#""join""#,
        r#"{"join":{}}"#,
        r#"{"join":{"room_id":7}}"#,
        r#"{"create_room":{"room_id":"ID"}}"#,
        r#"{"create_room":{"room_id":"ID","name":7}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID"}}"#,
        r#"{"post":{"room_id":"ID","body":"x"}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":["x"]}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":"\ud800"}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":"x","reply_to":"x"}}"#,
        r#"{"edit":{"room_id":"ID","message_id":"ID","body":"x"}}"#,
        r#"{"edit":{"room_id":"ID","message_id":"ID","base_rev":3000000000,"body":"x"}}"#,
        r#"{"delete":{"room_id":"ID"}}"#,
        r#"{"react":{"room_id":"ID","message_id":"ID","on":true}}"#,
        r#"{"react":{"room_id":"ID","message_id":"ID","emoji":"x","on":1}}"#,
        r#"{"pin":{"room_id":"ID","message_id":"ID"}}"#,
        r#"{"mark_read":{"room_id":"ID"}}"#,
        r#"{"mark_read":{"room_id":"ID","position":null}}"#,
        r#"{"leave":{"room":"ID"}}"#,
        r#"{"set_room":{"room_id":"ID"}}"#,
        r#"{"set_room":{"room_id":"ID","change":{"color":"red"}}}"#,
        r#"{"set_room":{"room_id":"ID","change":{"edit_policy":"nobody"}}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID"}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID","change":"promote"}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID","change":{"role":"king"}}}"#,
        r#"{"open_direct":{"room_id":"ID"}}"#,
        r#"{"open_direct":{"room_id":"ID","with":[{"name":"x"}]}}"#,
    ] {
        cases.push(("push", op(text).replace("ID", id), Malformed));
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_refuses_what_is_wrong_with_a_typed_error_and_the_session_goes_on() {
    let scene = Scene::start().await;
    let before = scene.stored().await;
    let cases = frames();
    let kinds = page::item("model/src/wire/frame.rs", "ClientFrame").variants;
    for kind in kinds {
        assert!(
            cases.iter().any(|(name, ..)| *name == kind.name),
            "{} has no cases",
            kind.name
        );
    }
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for (at, (_, text, expected)) in cases.iter().enumerate() {
        // Ten that are no frames end a connection.
        if at % 9 == 8 {
            wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
        }
        wire.send_raw(text.clone().into()).await;
        assert_eq!(
            wire.error().await,
            *expected,
            "{}",
            &text[..text.len().min(200)]
        );
    }
    assert_eq!(scene.stored().await, before);
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for at in 0..10 {
        wire.send_raw("nonsense".into()).await;
        assert_eq!(wire.error().await, Malformed, "{at}");
    }
    assert!(wire.next().await.is_none(), "still open");
    // Out of order: before Hello nothing is understood.
    for text in [
        r#"{"browse":{}}"#,
        r#"{"subscribe":{"room":"00000000-0000-7000-8000-000000000000"}}"#,
        r#"{"push":{"ops":[]}}"#,
    ] {
        let mut wire = Wire::connect(&scene.relay.url()).await;
        wire.send_raw(text.into()).await;
        assert_eq!(wire.error().await, ErrorCode::HelloExpected);
        assert!(wire.next().await.is_none(), "still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_what_can_not_be_kept_and_those_behind_it_are_applied() {
    let scene = Scene::start().await;
    let before = scene.stored().await;
    let (room, message) = (scene.hers, scene.message);
    let new = Uuid::now_v7();
    let other = Uuid::now_v7();
    let long = "x".repeat(40_000);
    let cases = [
        (
            json!({"create_room": {"room_id": new, "name": "a\u{0}b"}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": " "}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "é".repeat(81)}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "x", "topic": "\u{0}"}}),
            "topic_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "x", "topic": long}}),
            "topic_invalid",
        ),
        (
            json!({"create_room": {"room_id": scene.direct, "name": "x"}}),
            "id_taken",
        ),
        (json!({"join": {"room_id": new}}), "room_not_found"),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": "a\u{0}b"}}),
            "body_not_text",
        ),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": long}}),
            "body_too_long",
        ),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": "\n\u{a0}\u{2003}"}}),
            "body_empty",
        ),
        (
            json!({"post": {"room_id": room, "message_id": message, "body": "another"}}),
            "id_taken",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "body": "a\u{0}b"}}),
            "body_not_text",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "base": "a\u{0}", "body": "x"}}),
            "conflict",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": -5, "body": "x"}}),
            "conflict",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": new, "base_rev": 1, "body": "x"}}),
            "message_not_found",
        ),
        (
            json!({"delete": {"room_id": room, "message_id": scene.secrets[0]}}),
            "message_not_found",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "a\u{0}", "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "\u{0}", "on": false}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": long, "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "", "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"pin": {"room_id": room, "message_id": new, "on": true}}),
            "message_not_found",
        ),
        (
            json!({"mark_read": {"room_id": new, "position": 1}}),
            "room_not_found",
        ),
        (json!({"leave": {"room_id": new}}), "room_not_found"),
        (
            json!({"set_room": {"room_id": room, "change": {"name": "\u{0}"}}}),
            "room_name_invalid",
        ),
        (
            json!({"set_room": {"room_id": room, "change": {"topic": "a\u{0}"}}}),
            "topic_invalid",
        ),
        (
            json!({"set_member": {"room_id": room, "user_id": other, "name": "\u{0}", "change": "invite"}}),
            "person_not_found",
        ),
        (
            json!({"set_member": {"room_id": room, "user_id": other, "change": {"role": "owner"}}}),
            "person_not_found",
        ),
        (
            json!({"open_direct": {"room_id": new, "with": [{"user_id": other, "name": "\u{0}"}]}}),
            "direct_invalid",
        ),
        (
            json!({"open_direct": {"room_id": new, "with": []}}),
            "direct_invalid",
        ),
    ];
    for kind in page::item("model/src/op.rs", "Op").variants {
        assert!(
            cases.iter().any(|(op, _)| name_of(op) == kind.name),
            "{} has no cases",
            kind.name
        );
    }
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for (op, expected) in &cases {
        serde_json::from_value::<Op>(op.clone()).unwrap();
        match push(&mut wire, op.clone()).await {
            Outcome::Rejected { code, text } => {
                assert_eq!(code.as_str(), *expected, "{op}");
                assert!(!text.contains('\0'));
            }
            Outcome::Applied { .. } => panic!("applied: {op}"),
        }
    }
    assert_eq!(scene.stored().await, before);
    // Odd, and kept as it is; a field that nobody knows is passed over.
    let body = "\u{202e}\u{fffd}\u{10ffff}\r\n\t\u{1}";
    let post = json!({"post": {"room_id": room, "message_id": new, "body": body, "unknown": [{}]}});
    let (key, frame) = pushed(&post);
    for _ in 0..2 {
        wire.send_raw(frame.to_string().into()).await;
        let first = wire.outcome().await;
        assert!(matches!(first, Outcome::Applied { .. }), "{key}: {first:?}");
    }
    let client = scene.relay.database().client().await;
    let kept = client
        .query_one("SELECT body FROM message WHERE id = $1", &[&new])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &str>(0), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn messagepack_that_lies_about_its_length_allocates_nothing() {
    let scene = Scene::start().await;
    let mut raw = Raw::known(scene.relay.address(), MessagePack, &scene.grace).await;
    let before = scene.relay.memory();
    let string =
        |text: &str| [&[0xa0 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let huge = [0xff; 4];
    let ops = [&[0x81], &string("push")[..], &[0x81], &string("ops")].concat();
    let channel = [&[0x81], &string("unwatch")[..], &[0x81], &string("channel")].concat();
    let deep = |byte: u8| {
        [
            &[0x81],
            &string("browse")[..],
            &[0x81],
            &string("x"),
            &vec![byte; 500_000],
        ]
        .concat()
    };
    for bytes in [
        [&ops[..], &[0xdd], &huge].concat(),
        [&ops[..], &[0xdf], &huge].concat(),
        [&channel[..], &[0xdb], &huge].concat(),
        [&channel[..], &[0xc6], &huge].concat(),
        [&[0xdf][..], &huge].concat(),
        [&[0xdd][..], &huge].concat(),
        deep(0x91),
        vec![0x81; 500_000],
        vec![0xc1],
    ] {
        raw.send(whole(MessagePack, &bytes).bytes()).await;
        match raw.relay_frame(MessagePack).await {
            Some(RelayFrame::Error(error)) => assert_eq!(error.code, Malformed),
            other => panic!("{other:?} to {:x?}", &bytes[..bytes.len().min(40)]),
        }
    }
    let grown = scene.relay.memory().saturating_sub(before);
    assert!(grown < 16 * FRAME_MAX_BYTES, "{grown} bytes");
    let mut raw = Raw::known(scene.relay.address(), Json, &scene.grace).await;
    raw.send(whole(Json, r#"{"browse":{"unknown":[1,{"a":2}]}}"#).bytes())
        .await;
    let answer = raw.relay_frame(Json).await;
    assert!(
        matches!(answer, Some(RelayFrame::Directory { .. })),
        "{answer:?}"
    );
}
