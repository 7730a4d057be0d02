//! Two real windows, one relay, one Postgres: write, edit, go offline, come back.
//!
//! Each test opens its own windows under the display that `cargo xtask test` provides.

#![allow(clippy::unwrap_used)]

use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::window::{Shown, Window};

const ROOM: &str = "General";

/// A relay with two people in one room, and a window of each of them, signed in through the form.
struct Scene {
    relay: RelayProcess,
    home: Home,
    ada: Window,
    grace: Window,
}

impl Scene {
    async fn set() -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let ada = Window::open(&home, "ada").await;
        ada.shot("01-sign-in").await;
        ada.sign_in(&relay.url(), "ada", &password("ada")).await;
        ada.until_connection("online").await;
        ada.shot("02-no-rooms").await;
        ada.click("new-room-button").await;
        ada.type_into("new-room-name", ROOM).await;
        ada.click("new-room-create").await;
        ada.get("room").await;
        ada.click("room").await;
        let grace = Window::open(&home, "grace").await;
        grace
            .sign_in(&relay.url(), "grace", &password("grace"))
            .await;
        grace.until_connection("online").await;
        grace.click("browse-button").await;
        grace.shot("03-browse").await;
        grace.click("join-button").await;
        grace.get("room").await;
        grace.click("room").await;
        grace.get("composer").await;
        ada.get("composer").await;
        Self {
            relay,
            home,
            ada,
            grace,
        }
    }
}

fn has(messages: &[Shown], body: &str) -> bool {
    messages.iter().any(|message| message.body == body)
}

fn all_sent(messages: &[Shown]) -> bool {
    messages.iter().all(|message| message.delivery == "sent")
}

/// What must be equal everywhere. The author is left out: a window may show it once for several messages in a row.
fn timeline(messages: &[Shown]) -> Vec<(String, String, bool, bool)> {
    messages
        .iter()
        .map(|m| (m.id.clone(), m.body.clone(), m.edited, m.deleted))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_write_edit_go_offline_and_come_back() {
    let Scene {
        mut relay,
        home: _home,
        ada,
        grace,
    } = Scene::set().await;

    // A posts, B sees it; A edits, B sees the edit.
    ada.post("good morning").await;
    grace.message("good morning").await;
    ada.edit("good morning", "good morning, all").await;
    let seen = grace
        .until("grace sees the edit", |shown| {
            has(shown, "good morning, all")
        })
        .await;
    assert!(
        seen.iter()
            .any(|m| m.body == "good morning, all" && m.edited),
        "{seen:?}"
    );
    grace.post("hello ada").await;
    grace.post("this one I shall delete").await;
    ada.message("this one I shall delete").await;
    ada.until("everything is sent", all_sent).await;
    ada.shot("04-online").await;

    // The relay dies. Both go on working on their own messages, and see it at once.
    relay.kill();
    ada.until_connection("offline").await;
    grace.until_connection("offline").await;
    ada.post("written offline").await;
    ada.message("written offline").await;
    ada.edit("written offline", "written and edited offline")
        .await;
    ada.until("the offline edit shows", |shown| {
        has(shown, "written and edited offline")
    })
    .await;
    ada.post("never mind").await;
    ada.delete("never mind").await;
    ada.until("the offline deletion shows", |shown| {
        !has(shown, "never mind")
    })
    .await;
    ada.edit("good morning, all", "good morning, everyone")
        .await;
    let offline = ada
        .until("the old message is edited", |s| {
            has(s, "good morning, everyone")
        })
        .await;
    assert!(
        offline.iter().any(|m| m.delivery == "pending"),
        "{offline:?}"
    );
    grace.delete("this one I shall delete").await;
    grace
        .until("grace's deletion shows", |s| s.iter().any(|m| m.deleted))
        .await;
    grace.edit("hello ada", "hello ada (edited offline)").await;
    grace
        .until("grace's edit shows", |s| {
            has(s, "hello ada (edited offline)")
        })
        .await;
    grace.post("grace, offline").await;
    grace.message("grace, offline").await;
    ada.shot("05-offline-ada").await;
    grace.shot("06-offline-grace").await;

    // It returns: both converge to the same timeline, nothing twice.
    relay.come_back().await;
    ada.until_connection("online").await;
    grace.until_connection("online").await;
    let complete = |shown: &[Shown]| {
        all_sent(shown)
            && has(shown, "written and edited offline")
            && has(shown, "grace, offline")
            && has(shown, "hello ada (edited offline)")
            && has(shown, "good morning, everyone")
            && shown.iter().filter(|m| m.deleted).count() == 2
    };
    let at_ada = ada.until("ada has everything", complete).await;
    let at_grace = grace.until("grace has everything", complete).await;
    assert_eq!(timeline(&at_ada), timeline(&at_grace));
    assert_eq!(at_ada.len(), 6, "each message once: {at_ada:#?}");
    ada.shot("07-converged").await;

    // Plain SQL reaches both windows.
    relay
        .database()
        .sql("UPDATE message SET body = 'rewritten in psql' WHERE body = 'grace, offline'")
        .await;
    for window in [&ada, &grace] {
        let seen = window
            .until("the SQL change shows", |s| has(s, "rewritten in psql"))
            .await;
        assert!(
            seen.iter()
                .any(|m| m.body == "rewritten in psql" && m.edited),
            "{seen:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_app_loses_nothing_that_was_not_acknowledged() {
    let Scene {
        mut relay,
        home,
        ada,
        grace,
    } = Scene::set().await;
    ada.post("first").await;
    grace.message("first").await;
    ada.until("it is sent", all_sent).await;
    relay.kill();
    ada.until_connection("offline").await;
    ada.post("between writing and acknowledgement").await;
    ada.message("between writing and acknowledgement").await;
    ada.edit("first", "first, edited").await;
    ada.until("the edit shows", |shown| has(shown, "first, edited"))
        .await;
    ada.kill().await;

    // A new process on the same profile shows both, offline.
    let ada = Window::open(&home, "ada").await;
    ada.click("room").await;
    ada.until("what was written is still there", |shown| {
        has(shown, "between writing and acknowledgement") && has(shown, "first, edited")
    })
    .await;
    relay.come_back().await;
    let seen = grace
        .until("grace gets both", |shown| {
            has(shown, "between writing and acknowledgement") && has(shown, "first, edited")
        })
        .await;
    assert_eq!(seen.len(), 2, "each message once: {seen:#?}");
    ada.until("ada's are sent", |shown| {
        shown.len() == 2 && all_sent(shown)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_what_is_wrong_and_what_to_do() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let window = Window::open(&home, "ada").await;
    window
        .sign_in(&relay.url(), "ada", "not the password")
        .await;
    let said = window.text("sign-in-error").await;
    assert!(said.contains("password"), "{said}");
    window.shot("08-wrong-password").await;
    window
        .sign_in("http://127.0.0.1:1", "ada", &password("ada"))
        .await;
    system_tests::wait::until(
        "the window says that the relay cannot be reached",
        async || window.text("sign-in-error").await,
        |said| said.contains("cannot be reached"),
    )
    .await;

    // A window on a profile that another process has says so and changes nothing. (A second start of the app itself would hand
    // over to the first: desktop_window.rs.)
    let _held = client::profile::Profile::lock(&home.profile("held")).unwrap();
    let second = Window::open(&home, "held").await;
    let said = second.text("startup-error").await;
    assert!(said.contains("in use"), "{said}");
    second.shot("09-profile-in-use").await;
    drop(second);

    window.sign_in(&relay.url(), "ada", &password("ada")).await;
    window.until_connection("online").await;
    window.click("new-room-button").await;
    window.type_into("new-room-name", ROOM).await;
    window.click("new-room-create").await;
    window.click("room").await;
    // A message over the limit stays in the composer, with the reason.
    let long = "x".repeat(model::limits::BODY_MAX_BYTES + 1);
    let set = r#"const e = document.querySelector('[data-testid="composer"]'); e.value = arguments[0];
        e.dispatchEvent(new Event('input', { bubbles: true }));"#;
    window.get("composer").await;
    window
        .page
        .execute(set, vec![serde_json::json!(long)])
        .await
        .unwrap();
    window.click("send-button").await;
    let said = window.text("composer-error").await;
    assert!(said.contains("Shorten"), "{said}");
    let kept = window
        .get("composer")
        .await
        .prop("value")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.len(), long.len());
    assert!(window.messages().await.is_empty());

    // The session is revoked while the window is open: it says so, and keeps what is written.
    window.type_into("composer", "before").await;
    window.click("send-button").await;
    window
        .until("it is sent", |shown| shown.len() == 1 && all_sent(shown))
        .await;
    relay
        .database()
        .sql("UPDATE session_token SET expires_at = now() - interval '1 hour'")
        .await;
    drop(window);
    let window = Window::open(&home, "ada").await;
    window.until_connection("signed_out").await;
    window.shot("10-token-expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_a_newer_version_is_refused_untouched() {
    let home = Home::new();
    let folder = home.profile("ada");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("amend.db");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer
        .execute_batch("CREATE TABLE future (word TEXT); PRAGMA user_version = 999;")
        .unwrap();
    drop(newer);
    let before = std::fs::read(&path).unwrap();
    let window = Window::open(&home, "ada").await;
    let said = window.text("startup-error").await;
    assert!(said.contains("newer Amend"), "{said}");
    drop(window);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
