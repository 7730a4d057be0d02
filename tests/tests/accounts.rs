//! Accounts: who may make one, what ends a session, and that an ended session hears nothing more.

#![allow(clippy::unwrap_used)]

use model::Link;
use model::wire::{
    ClientFrame, ErrorCode, INVITES_PATH, LOGIN_PATH, PASSWORD_PATH, REGISTER_PATH, RelayFrame,
    SESSIONS_PATH, TOKEN_PATH,
};
use serde_json::{Value, json};
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::wire::{Wire, token};

/// One request; the status and the body (`null` when there is none).
fn ask(
    relay: &RelayProcess,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", relay.url()));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let text = body.map(Value::to_string);
    if text.is_some() {
        request = request.header("Content-Type", "application/json");
    }
    let mut answer = agent
        .run(request.body(text.unwrap_or_default()).unwrap())
        .unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    (answer.status().as_u16(), body)
}

fn post(relay: &RelayProcess, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
    ask(relay, "POST", path, token, Some(body))
}

fn refused(answer: &(u16, Value), status: u16, code: &str) {
    let text = answer.1["text"].as_str().unwrap_or_default();
    assert_eq!(answer.0, status, "{answer:?}");
    assert_eq!(answer.1["code"], code, "{answer:?}");
    assert!(text.ends_with('.'), "{answer:?}");
}

fn text(answer: &(u16, Value), key: &str) -> String {
    assert_eq!(answer.0, 200, "{answer:?}");
    answer.1[key].as_str().unwrap().to_owned()
}

async fn relay_with(names: &[&str]) -> RelayProcess {
    let relay = RelayProcess::start().await;
    for name in names {
        relay.add_user(name);
    }
    relay
}

/// The connection is told why it ends, and ends; nothing else comes between.
async fn is_put_out(wire: &mut Wire, why: ErrorCode) {
    let mut told = None;
    while let Some(frame) = wire.next().await {
        match frame {
            RelayFrame::Error(error) => told = Some(error.code),
            RelayFrame::Changes { rows, .. } => panic!("sent after the end: {rows:?}"),
            _ => {}
        }
    }
    assert_eq!(told, Some(why));
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_is_by_invite_only() {
    let relay = relay_with(&["ada"]).await;
    let eve = json!({"name": "eve", "password": "eve-password"});
    refused(
        &post(&relay, REGISTER_PATH, None, &eve),
        403,
        "registration_closed",
    );
    let wrong = json!({"name": "eve", "password": "eve-password", "invite": "x"});
    refused(
        &post(&relay, REGISTER_PATH, None, &wrong),
        403,
        "invite_invalid",
    );
    // The first account of the host is the admin's; others make no invites.
    relay.add_user("grace");
    let (ada, grace) = (token(&relay.url(), "ada"), token(&relay.url(), "grace"));
    let terms = json!({"uses": 2, "days": 1});
    refused(
        &post(&relay, INVITES_PATH, Some(&grace), &terms),
        403,
        "forbidden",
    );
    refused(
        &post(&relay, INVITES_PATH, None, &terms),
        401,
        "token_invalid",
    );
    for bad in [
        json!({"uses": 0}),
        json!({"days": 366}),
        json!({"uses": "two"}),
    ] {
        refused(
            &post(&relay, INVITES_PATH, Some(&ada), &bad),
            400,
            "malformed",
        );
    }
    let code = text(&post(&relay, INVITES_PATH, Some(&ada), &terms), "code");
    let with =
        |name: &str, password: &str| json!({"name": name, "password": password, "invite": code});
    // What is refused does not use the invite up.
    for (name, password, status, code) in [
        ("ADA", "long enough", 409, "name_taken"),
        ("eve", "short", 400, "password_invalid"),
        ("eve", &"x".repeat(1025), 400, "password_invalid"),
        ("a\u{7}b", "long enough", 400, "name_invalid"),
        ("", "long enough", 400, "name_invalid"),
    ] {
        refused(
            &post(&relay, REGISTER_PATH, None, &with(name, password)),
            status,
            code,
        );
    }
    for name in ["eve", "bob"] {
        let answer = post(&relay, REGISTER_PATH, None, &with(name, &password(name)));
        assert_eq!(text(&answer, "name"), name);
        let mut wire = Wire::hello(&relay, name).await;
        let _ = wire.create_room("mine").await;
    }
    refused(
        &post(&relay, REGISTER_PATH, None, &with("carol", "long enough")),
        403,
        "invite_invalid",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invites_are_listed_and_taken_back() {
    let relay = relay_with(&["ada", "grace"]).await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        home.login(&relay, name);
    }
    let grace = client::Client::open(&home.profile("grace")).await.unwrap();
    assert_eq!(grace.invites().await.unwrap_err().code(), "forbidden");
    assert!(!grace.is_admin().await.unwrap());
    let ada = client::Client::open(&home.profile("ada")).await.unwrap();
    assert!(ada.is_admin().await.unwrap());
    let code = ada.invite(3, 2).await.unwrap().code;
    let link = relay.host(&["invite", "--link", &relay.url()]);
    let Some(Link::Join {
        relay: at,
        code: hosts,
        room: None,
    }) = Link::parse(&link)
    else {
        panic!("no link: {link}");
    };
    assert_eq!(at, relay.url());
    let listed = ada.invites().await.unwrap();
    let told: Vec<_> = listed
        .iter()
        .map(|one| (one.by.as_deref(), one.uses_left))
        .collect();
    assert_eq!(told, [(None, 1), (Some("ada"), 3)]);
    // What is listed is no code.
    let said = format!("{listed:?}{}", relay.host(&["invite", "list"]));
    assert!(!said.contains(&code) && !said.contains(&hosts), "{said}");
    let mine = listed[1].id;
    assert_eq!(
        grace.revoke_invite(mine).await.unwrap_err().code(),
        "forbidden"
    );
    ada.revoke_invite(mine).await.unwrap();
    assert_eq!(
        ada.revoke_invite(mine).await.unwrap_err().code(),
        "not_found"
    );
    let said = relay.host(&["invite", "revoke", &listed[0].id.to_string()]);
    assert!(said.contains("taken back"), "{said}");
    assert!(ada.invites().await.unwrap().is_empty());
    for code in [code, hosts] {
        let eve = json!({"name": "eve", "password": "eve-password", "invite": code});
        refused(
            &post(&relay, REGISTER_PATH, None, &eve),
            403,
            "invite_invalid",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invite_and_an_invite_used_at_once_bring_nobody_too_many() {
    let relay = relay_with(&["ada"]).await;
    let ada = token(&relay.url(), "ada");
    let invite = || text(&post(&relay, INVITES_PATH, Some(&ada), &json!({})), "code");
    let old = invite();
    relay
        .database()
        .sql("UPDATE invite SET expires_at = now() - interval '1 second'")
        .await;
    let late = json!({"name": "eve", "password": "eve-password", "invite": old});
    refused(
        &post(&relay, REGISTER_PATH, None, &late),
        403,
        "invite_invalid",
    );
    let code = invite();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..6)
            .map(|n| {
                let body =
                    json!({"name": format!("eve{n}"), "password": "eve-password", "invite": code});
                let relay = &relay;
                scope.spawn(move || post(relay, REGISTER_PATH, None, &body).0)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_listed_and_ended_by_its_owner_alone() {
    let relay = relay_with(&["ada", "grace"]).await;
    let login = json!({"name": "ada", "password": password("ada"), "label": "the old laptop\u{7}"});
    let old = text(&post(&relay, LOGIN_PATH, None, &login), "token");
    let here = token(&relay.url(), "ada");
    let grace = token(&relay.url(), "grace");
    let (_, list) = ask(&relay, "GET", SESSIONS_PATH, Some(&here), None);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{list}");
    let other = sessions.iter().find(|one| one["current"] == false).unwrap();
    assert_eq!(other["label"], "the old laptop");
    let path = format!("{SESSIONS_PATH}/{}", other["id"].as_str().unwrap());

    let mut wire = Wire::hello_with(&relay.url(), &old).await;
    let room = wire.create_room("General").await;
    let _ = wire.subscribe(room, None).await;
    // Somebody else's session is none.
    let not_hers = ask(&relay, "DELETE", &path, Some(&grace), None);
    refused(&not_hers, 404, "not_found");
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("{SESSIONS_PATH}/{nonsense}");
        refused(
            &ask(&relay, "DELETE", &path, Some(&here), None),
            404,
            "not_found",
        );
    }
    assert_eq!(ask(&relay, "DELETE", &path, Some(&here), None).0, 204);
    is_put_out(&mut wire, ErrorCode::TokenInvalid).await;
    refused(
        &ask(&relay, "GET", SESSIONS_PATH, Some(&old), None),
        401,
        "token_invalid",
    );
    let current = format!("{SESSIONS_PATH}/current");
    assert_eq!(ask(&relay, "DELETE", &current, Some(&here), None).0, 204);
    refused(
        &ask(&relay, "GET", SESSIONS_PATH, Some(&here), None),
        401,
        "token_invalid",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions() {
    let relay = relay_with(&["ada"]).await;
    let here = token(&relay.url(), "ada");
    let mut elsewhere = Wire::hello(&relay, "ada").await;
    let change = |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        post(&relay, PASSWORD_PATH, Some(&here), &body)
    };
    refused(&change("wrong", "a new password"), 401, "bad_credentials");
    refused(&change(&password("ada"), "short"), 400, "password_invalid");
    assert_eq!(change(&password("ada"), "a new password").0, 204);
    is_put_out(&mut elsewhere, ErrorCode::TokenInvalid).await;
    assert_eq!(ask(&relay, "GET", SESSIONS_PATH, Some(&here), None).0, 200);
    let old = json!({"name": "ada", "password": password("ada")});
    refused(
        &post(&relay, LOGIN_PATH, None, &old),
        401,
        "bad_credentials",
    );
    let new = json!({"name": "ada", "password": "a new password"});
    assert_eq!(post(&relay, LOGIN_PATH, None, &new).0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_account_is_out_at_once_and_can_come_back() {
    let relay = relay_with(&["ada"]).await;
    let mut wire = Wire::hello(&relay, "ada").await;
    assert!(relay.host(&["user", "deactivate", "ada"]).contains("ada"));
    is_put_out(&mut wire, ErrorCode::AccountDeactivated).await;
    let login = |password: &str| {
        let body = json!({"name": "ada", "password": password});
        post(&relay, LOGIN_PATH, None, &body)
    };
    refused(&login(&password("ada")), 403, "account_deactivated");
    // Whoever doesn't know the password learns nothing.
    refused(&login("a wrong password"), 401, "bad_credentials");
    assert!(relay.host(&["user", "list"]).contains("admin\tdeactivated"));
    let _ = relay.host(&["user", "reactivate", "ada"]);
    assert_eq!(login(&password("ada")).0, 200);
    // A session from before stays ended.
    assert_eq!(relay.host(&["user", "sessions", "ada"]).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_time_has_come() {
    let relay = relay_with(&["ada"]).await;
    let here = token(&relay.url(), "ada");
    let short = text(&post(&relay, TOKEN_PATH, Some(&here), &json!({})), "token");
    let mut wire = Wire::hello_with(&relay.url(), &short).await;
    let soon = "UPDATE session_token SET expires_at = now() WHERE label = 'short-lived token'";
    relay.database().sql(soon).await;
    is_put_out(&mut wire, ErrorCode::TokenExpired).await;
    // One that expires by itself, with nobody to say so.
    let short = text(&post(&relay, TOKEN_PATH, Some(&here), &json!({})), "token");
    let soon = "UPDATE session_token SET expires_at = now() + interval '5 seconds' WHERE expires_at > now() AND label = 'short-lived token'";
    relay.database().sql(soon).await;
    let mut wire = Wire::hello_with(&relay.url(), &short).await;
    wire.send(&ClientFrame::Browse {}).await;
    is_put_out(&mut wire, ErrorCode::TokenExpired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_and_go_by_the_command_line() {
    let relay = relay_with(&["ada"]).await;
    let home = Home::new();
    home.login(&relay, "ada");
    let code = home.amend("ada", &["invite"]);
    let url = relay.url();
    let register = [
        "register",
        "--relay",
        &url,
        "--name",
        "grace",
        "--invite",
        &code,
        "--password-stdin",
    ];
    let done = home.amend_with("grace", &register, "grace-password\n");
    assert!(done.status.success(), "{done:?}");
    let again = home.amend_fails("eve", &register, "grace-password\n");
    assert!(again.contains("Ask for a new one"), "{again}");
    let refused = home.amend_fails("grace", &["invite"], "");
    assert!(refused.contains("Only an admin"), "{refused}");
    let _ = home.amend("ada", &["rooms", "create", "General"]);
    let _ = home.amend("grace", &["rooms", "join", "General"]);
    let changed = home.amend_with(
        "grace",
        &["password", "--password-stdin"],
        "grace-password\nanother password\n",
    );
    assert!(changed.status.success(), "{changed:?}");
    let sessions = home.amend("grace", &["sessions"]);
    assert!(
        sessions.ends_with("(this one)") && sessions.lines().count() == 1,
        "{sessions}"
    );
    let _ = home.amend("grace", &["logout"]);
    assert_eq!(relay.host(&["user", "sessions", "grace"]), "");
    // The host sets a new password for somebody who has forgotten theirs.
    let _ = relay.host_with(
        &["user", "password", "grace", "--password-stdin"],
        "a third one\n",
    );
    let login = [
        "login",
        "--relay",
        &url,
        "--name",
        "grace",
        "--password-stdin",
    ];
    assert!(
        home.amend_with("grace", &login, "a third one\n")
            .status
            .success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_relay_takes_everybody_but_makes_nobody_an_admin() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "registration = \"open\"\n").unwrap();
    let relay = RelayProcess::configured(&config).await;
    let eve = json!({"name": "eve", "password": "eve-password"});
    let eve = text(&post(&relay, REGISTER_PATH, None, &eve), "token");
    refused(
        &post(&relay, INVITES_PATH, Some(&eve), &json!({})),
        403,
        "forbidden",
    );
    relay.add_user("ada");
    assert!(relay.host(&["user", "list"]).contains("ada"));
    let ada = token(&relay.url(), "ada");
    assert_eq!(post(&relay, INVITES_PATH, Some(&ada), &json!({})).0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_lived_token_changes_nothing_and_ends_with_its_session() {
    let relay = relay_with(&["ada"]).await;
    let second = RelayProcess::beside(&relay).await;
    let here = token(&relay.url(), "ada");
    let other = token(&relay.url(), "ada");
    let short = text(&post(&relay, TOKEN_PATH, Some(&here), &json!({})), "token");
    let (_, list) = ask(&relay, "GET", SESSIONS_PATH, Some(&other), None);
    let sessions = list["sessions"].as_array().unwrap();
    let current = sessions.iter().find(|one| one["current"] == true).unwrap();
    let of_other = format!("{SESSIONS_PATH}/{}", current["id"].as_str().unwrap());
    // It would never end if it could make another one, nor would whoever stole it be got rid of.
    let passwords = json!({"old": password("ada"), "new": "a new password"});
    for answer in [
        post(&relay, TOKEN_PATH, Some(&short), &json!({})),
        post(&relay, PASSWORD_PATH, Some(&short), &passwords),
        post(&relay, INVITES_PATH, Some(&short), &json!({})),
        ask(&relay, "DELETE", &of_other, Some(&short), None),
    ] {
        refused(&answer, 403, "forbidden");
    }
    // It reads and writes, until its session is ended, at whichever relay.
    let mut wire = Wire::hello_with(&second.url(), &short).await;
    let room = wire.create_room("General").await;
    let _ = wire.subscribe(room, None).await;
    let current = format!("{SESSIONS_PATH}/current");
    assert_eq!(ask(&relay, "DELETE", &current, Some(&here), None).0, 204);
    is_put_out(&mut wire, ErrorCode::TokenInvalid).await;
    refused(
        &ask(&relay, "GET", SESSIONS_PATH, Some(&short), None),
        401,
        "token_invalid",
    );
    let (_, list) = ask(&relay, "GET", SESSIONS_PATH, Some(&other), None);
    assert_eq!(list["sessions"].as_array().unwrap().len(), 1, "{list}");
    // It can end itself.
    let short = text(&post(&relay, TOKEN_PATH, Some(&other), &json!({})), "token");
    assert_eq!(ask(&relay, "DELETE", &current, Some(&short), None).0, 204);
    // What ended long ago is forgotten.
    relay
        .database()
        .sql("UPDATE session_token SET revoked_at = now() - interval '2 days' WHERE revoked_at IS NOT NULL")
        .await;
    let _ = token(&relay.url(), "ada");
    let client = relay.database().client().await;
    let left = client
        .query_one("SELECT count(*) FROM session_token", &[])
        .await;
    assert_eq!(left.unwrap().get::<_, i64>(0), 2);
}

/// Waits until so many of the relay's statements wait for a lock, or `other` is so.
async fn waiting(relay: &RelayProcess, statements: i64, other: impl Fn() -> bool) {
    let client = relay.database().client().await;
    wait::until(
        "the statements wait",
        async || {
            let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                WHERE NOT l.granted AND a.datname = current_database()";
            let row = client.query_one(waiting, &[]).await.unwrap();
            other() || row.get::<_, i64>(0) == statements
        },
        |waits| *waits,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_changed_meanwhile_begins_no_session() {
    let relay = relay_with(&["ada"]).await;
    let mut client = relay.database().client().await;
    let change = client.transaction().await.unwrap();
    change
        .batch_execute("UPDATE account SET password_hash = '!'")
        .await
        .unwrap();
    std::thread::scope(|scope| {
        let login = json!({"name": "ada", "password": password("ada")});
        let relay = &relay;
        let login = scope.spawn(move || post(relay, LOGIN_PATH, None, &login));
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                waiting(relay, 1, || login.is_finished()).await;
                change.commit().await.unwrap();
            });
        });
        refused(&login.join().unwrap(), 401, "bad_credentials");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_first_accounts_one_is_the_admins() {
    let relay = relay_with(&[]).await;
    let mut client = relay.database().client().await;
    let holds = client.transaction().await.unwrap();
    holds
        .batch_execute("LOCK TABLE account IN SHARE MODE")
        .await
        .unwrap();
    std::thread::scope(|scope| {
        let relay = &relay;
        for name in ["ada", "grace", "eve", "bob"] {
            scope.spawn(move || relay.add_user(name));
        }
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                waiting(relay, 4, || false).await;
                holds.commit().await.unwrap();
            });
        });
    });
    let admins = relay.host(&["user", "list"]);
    assert_eq!(admins.matches("admin").count(), 1, "{admins}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_people_take_for_the_same_are_one() {
    let relay = relay_with(&["ada", "\u{c9}va"]).await;
    let ada = token(&relay.url(), "ada");
    let terms = json!({"uses": 99});
    let code = text(&post(&relay, INVITES_PATH, Some(&ada), &terms), "code");
    let register = |name: &str| {
        let body = json!({"name": name, "password": "long enough", "invite": code});
        post(&relay, REGISTER_PATH, None, &body)
    };
    // Capitals beyond ASCII, an accent of its own, wide letters, another script.
    for name in [
        "ADA",
        "\u{e9}va",
        "E\u{301}va",
        "\u{ff41}da",
        "\u{430}da",
        "\u{415}\u{301}va",
    ] {
        refused(&register(name), 409, "name_taken");
    }
    for name in [
        "a\u{200b}da",
        "ada\u{202e}",
        "ada\u{a0}l",
        "ada  l",
        "\u{3164}",
    ] {
        refused(&register(name), 400, "name_invalid");
    }
    assert_eq!(register("modern").0, 200);
    assert_eq!(register("modem").0, 200);
    // Signing in works with all of them.
    for name in ["\u{e9}VA", "E\u{301}va"] {
        let login = json!({"name": name, "password": password("\u{c9}va")});
        let answer = post(&relay, LOGIN_PATH, None, &login);
        assert_eq!(text(&answer, "name"), "\u{c9}va");
    }
}
