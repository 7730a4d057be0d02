//! HTTP endpoints.

use crate::scene::Scene;
use model::wire::ErrorCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use system_tests::page;
use uuid::Uuid;

use ErrorCode::{
    BadCredentials, ChannelNotFound, InviteInvalid, Malformed, NameInvalid, NotFound,
    PasswordInvalid, RegistrationClosed, RoomNotFound, TokenInvalid, TooLarge,
};

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
    let id = Uuid::now_v7();
    let person = json!({"person": {"id": id, "name": "x"}});
    let said = |item: Value| json!({"items": [item]});
    for wrong in [
        json!({}),
        json!({"items": 1}),
        json!({"items": null}),
        said(json!("person")),
        said(json!({"nothing": {}})),
        said(json!({"person": {"id": "x", "name": "x"}})),
        said(json!({"person": {"id": id}})),
        said(json!({"member": {"room": id, "user": id, "role": "king", "joined_at": 1}})),
        said(
            json!({"message": {"room": id, "id": id, "author": id, "body": "x", "created_at": "now"}}),
        ),
        json!({"items": vec![person; 501]}),
    ] {
        body("/v1/import", wrong, Malformed);
    }
    body(
        "/v1/import",
        json!({"items": ["x".repeat(1024 * 1024)]}),
        TooLarge,
    );
    let mut path = |method, path, rest: String, expected| {
        cases.push((method, path, rest, "", vec![], expected));
    };
    let session = "/v1/sessions/{id}";
    let invite = "/v1/invites/{id}";
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
        path("DELETE", invite, format!("/v1/invites/{id}"), NotFound);
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
    let presence = "/v1/rooms/{room}/presence";
    for id in ["x", "%ff", &nobody.to_string()] {
        let address = format!("/v1/rooms/{id}/presence");
        path("GET", presence, address, RoomNotFound);
    }
    let versions = "/v1/rooms/{room}/messages/{message}/versions";
    path(
        "GET",
        versions,
        format!("/v1/rooms/{room}/messages/{message}/versions?after=x"),
        Malformed,
    );
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
        let token = if path.starts_with("/v1/invites") || *path == "/v1/import" {
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
