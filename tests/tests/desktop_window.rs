//! What a desktop has besides windows, with the real window: settings, notifications, the tray, a second start, links, the
//! window's place, newer versions, crashes. Each test has a session bus of its own.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use client::Client;
use fantoccini::key::Key;
use model::RoomId;
use serde_json::{Value, json};
use std::process::Command;
use system_tests::desktop_bus::{Bus, Notifications, Portal, Tray};
use system_tests::http_file::HttpFile;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::window::Window;
use system_tests::{programs, wait};

/// Ada's profile, signed in, with two rooms in which grace is too.
struct Scene {
    _relay: RelayProcess,
    home: Home,
    bus: Bus,
    grace: Client,
    general: RoomId,
    lunch: RoomId,
}

impl Scene {
    async fn set() -> Self {
        let relay = RelayProcess::start().await;
        let home = Home::new();
        for name in ["ada", "grace"] {
            relay.add_user(name);
        }
        let grace = home.client(&relay, "grace", "grace").await;
        let general = grace.create_room("General", "").await.unwrap();
        let lunch = grace.create_room("Lunch", "").await.unwrap();
        sent(&grace).await;
        let ada = home.client(&relay, "ada", "ada").await;
        for room in [general, lunch] {
            wait::until(
                "the room is told of",
                async || {
                    ada.browse().await.unwrap();
                    ada.directory().await.unwrap()
                },
                |rooms| rooms.iter().any(|found| found.id == room),
            )
            .await;
            ada.join(room).await.unwrap();
        }
        sent(&ada).await;
        grace.post(general, "before the window").await.unwrap();
        sent(&grace).await;
        ada.close().await;
        Self {
            _relay: relay,
            home,
            bus: Bus::start(),
            grace,
            general,
            lunch,
        }
    }

    async fn window(&self) -> Window {
        self.window_with(&[]).await
    }

    async fn window_with(&self, args: &[&str]) -> Window {
        let args = [&["--profile", "ada"], args].concat();
        let bus = [
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.address()),
            ("LANG", "C.UTF-8"),
        ];
        Window::open_with(&self.home, &args, &bus).await
    }

    fn settings(&self, text: &Value) {
        std::fs::write(self.home.path().join("settings.json"), text.to_string()).unwrap();
    }

    /// Starts the app again beside the one that runs; says what it printed.
    fn start_again(&self, args: &[&str]) -> String {
        let output = Command::new(programs::built("amend-desktop"))
            .args(["--profile", "ada"])
            .args(args)
            .env("AMEND_HOME", self.home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus.address())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

async fn sent(client: &Client) {
    wait::until(
        "everything is sent",
        async || client.status().await.unwrap(),
        |status| status.waiting == 0,
    )
    .await;
}

/// Waits until a script says so.
async fn until(window: &Window, what: &str, script: &str, wanted: &Value) {
    wait::until(
        what,
        async || window.page.execute(script, Vec::new()).await.unwrap(),
        |seen| seen == wanted,
    )
    .await;
}

async fn until_root(window: &Window, attribute: &str, wanted: &str) {
    let script = format!("return document.documentElement.getAttribute('{attribute}')");
    until(
        window,
        &format!("{attribute} is {wanted}"),
        &script,
        &json!(wanted),
    )
    .await;
}

async fn until_shown(window: &Window, shown: bool) {
    let what = if shown {
        "the window is seen"
    } else {
        "the window is hidden"
    };
    until(window, what, "return !document.hidden", &json!(shown)).await;
}

async fn until_room(window: &Window, room: RoomId) {
    let script =
        format!("return !!document.querySelector('[data-room-id=\"{room}\"][aria-current]')");
    until(window, "the room is open", &script, &json!(true)).await;
}

async fn keys(window: &Window, keys: &str) {
    window
        .page
        .active_element()
        .await
        .unwrap()
        .send_keys(keys)
        .await
        .unwrap();
}

const GROUND: &str = "return getComputedStyle(document.body).backgroundColor";
const WIDTH: &str = "return innerWidth";

#[tokio::test(flavor = "multi_thread")]
async fn settings_show_at_once_and_survive_a_kill() {
    let scene = Scene::set().await;
    let window = scene.window().await;
    window.get("composer").await;
    until_root(&window, "data-theme", "system").await;
    // By keyboard alone: Ctrl+, and then into the sections.
    keys(&window, &format!("{}{}", Key::Control, ",")).await;
    window.get("settings").await;
    window.click("setting-theme-dark").await;
    until_root(&window, "data-theme", "dark").await;
    until(
        &window,
        "the ground is dark",
        GROUND,
        &json!("rgb(23, 23, 29)"),
    )
    .await;
    window.shot("settings-dark").await;
    window.click("setting-contrast-high").await;
    until_root(&window, "data-contrast", "high").await;
    until(
        &window,
        "the ground is black",
        GROUND,
        &json!("rgb(0, 0, 0)"),
    )
    .await;
    window.shot("settings-contrast").await;
    window.click("setting-reduced-motion").await;
    until_root(&window, "data-motion", "reduced").await;
    for section in [
        "language",
        "notifications",
        "start",
        "updates",
        "shortcuts",
        "about",
    ] {
        window.click(&format!("settings-{section}")).await;
        window.shot(&format!("settings-{section}")).await;
    }
    // Two presses, faster than the settings change, are two steps.
    let before = window.page.execute(WIDTH, Vec::new()).await.unwrap();
    keys(&window, &format!("{}{}", Key::Control, "++")).await;
    wait::until(
        "everything is larger",
        async || window.page.execute(WIDTH, Vec::new()).await.unwrap(),
        |now| now.as_f64() < before.as_f64().map(|before| before * 0.85),
    )
    .await;
    window.kill().await;

    let window = scene.window().await;
    // Before the page is up: the shell sets it before the first paint.
    until_root(&window, "data-theme", "dark").await;
    until_root(&window, "data-contrast", "high").await;
    until_root(&window, "data-motion", "reduced").await;
    until(
        &window,
        "the ground is black",
        GROUND,
        &json!("rgb(0, 0, 0)"),
    )
    .await;
    let text = std::fs::read_to_string(scene.home.path().join("settings.json")).unwrap();
    let kept: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(kept["font_size"], 125);
    let width = window.page.execute(WIDTH, Vec::new()).await.unwrap();
    assert!(
        width.as_f64() < before.as_f64().map(|before| before * 0.9),
        "{width} {before}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_that_somebody_edits_is_followed_and_a_broken_one_told() {
    let scene = Scene::set().await;
    scene.settings(&json!({ "theme": "light", "from-a-later-version": 7 }));
    let window = scene.window().await;
    window.get("composer").await;
    until_root(&window, "data-theme", "light").await;
    scene.settings(&json!({ "theme": "dark", "from-a-later-version": 7 }));
    until_root(&window, "data-theme", "dark").await;
    // One bad value costs that one alone.
    scene.settings(&json!({ "theme": "dark", "font_size": "huge" }));
    let said = window.text("settings-notice").await;
    assert!(said.contains("font_size"), "{said}");
    until_root(&window, "data-theme", "dark").await;
    std::fs::write(scene.home.path().join("settings.json"), "{ \"theme\": ").unwrap();
    until_root(&window, "data-theme", "system").await;
    let said = window.text("settings-notice").await;
    assert!(said.contains("could not be read"), "{said}");
    window.shot("settings-broken").await;
    // The next choice sets it aside.
    window.click("settings-button").await;
    window.click("setting-theme-dark").await;
    until_root(&window, "data-theme", "dark").await;
    until(
        &window,
        "nothing is wrong any more",
        "return !document.querySelector('[data-testid=\"settings-notice\"]')",
        &json!(true),
    )
    .await;
    let aside = scene.home.path().join("settings.broken.json");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "{ \"theme\": ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desktops_wishes_are_followed_until_a_person_chooses() {
    let scene = Scene::set().await;
    let portal = Portal::serve(&scene.bus, "color-scheme", 1).await;
    let window = scene.window().await;
    window.get("composer").await;
    until_root(&window, "data-theme", "dark").await;
    until(
        &window,
        "the ground is dark",
        GROUND,
        &json!("rgb(23, 23, 29)"),
    )
    .await;
    portal.set("color-scheme", 2).await;
    until(
        &window,
        "the ground is light",
        GROUND,
        &json!("rgb(255, 255, 255)"),
    )
    .await;
    portal.set("contrast", 1).await;
    until_root(&window, "data-contrast", "high").await;
    scene.settings(&json!({ "theme": "dark", "contrast": "normal" }));
    until_root(&window, "data-contrast", "normal").await;
    until(
        &window,
        "the ground is dark",
        GROUND,
        &json!("rgb(23, 23, 29)"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_told_and_a_click_opens_it() {
    let scene = Scene::set().await;
    let notifications = Notifications::serve(&scene.bus).await;
    let window = scene.window().await;
    window.until_connection("online").await;
    window.get("composer").await;
    assert_eq!(notifications.asked(), 0, "history is no news");

    scene
        .grace
        .post(scene.lunch, "noodles <b>at</b> one?")
        .await
        .unwrap();
    let shown = notifications
        .until("grace's message is told", |shown| shown.len() == 1)
        .await;
    assert_eq!(shown[0].title, "grace in #Lunch");
    assert_eq!(shown[0].body, "noodles &lt;b&gt;at&lt;/b&gt; one?");
    // More of the same room: one notification, that counts.
    scene.grace.post(scene.lunch, "or soup").await.unwrap();
    scene.grace.post(scene.lunch, "or both").await.unwrap();
    let shown = notifications
        .until("it counts", |shown| {
            shown.len() == 1 && shown[0].title == "3 new messages in #Lunch"
        })
        .await;
    assert_eq!(shown[0].body, "grace: or both");
    window.shot("notified").await;

    // A click opens the room, brings the window to the front, and the notification goes.
    notifications.click(shown[0].id).await;
    until_room(&window, scene.lunch).await;
    notifications
        .until("it is withdrawn", <[_]>::is_empty)
        .await;
    let asked = notifications.asked();

    // In the room that is looked at nothing is told; one's own message never is.
    scene.grace.post(scene.lunch, "you are here").await.unwrap();
    window.message("you are here").await;
    window.post("my own").await;
    window.message("my own").await;
    scene.grace.post(scene.general, "elsewhere").await.unwrap();
    let shown = notifications
        .until("elsewhere is told", |shown| shown.len() == 1)
        .await;
    assert_eq!(shown[0].title, "grace in #General");
    assert_eq!(notifications.asked(), asked + 1, "{shown:?}");

    // Nobody is to be disturbed: nothing; and without texts nothing of what was written.
    scene.settings(&json!({ "do_not_disturb": true }));
    window.click("settings-button").await;
    window.click("settings-notifications").await;
    until(
        &window,
        "do not disturb holds",
        "return document.querySelector('[data-testid=\"setting-do-not-disturb\"]')?.checked === true",
        &json!(true),
    )
    .await;
    scene.grace.post(scene.general, "psst").await.unwrap();
    sent(&scene.grace).await;
    scene.settings(&json!({ "notification_text": false }));
    until(
        &window,
        "it does not hold any more",
        "return document.querySelector('[data-testid=\"setting-do-not-disturb\"]')?.checked === false",
        &json!(true),
    )
    .await;
    scene.grace.post(scene.lunch, "a secret").await.unwrap();
    let shown = notifications
        .until("something is told", |shown| {
            shown.iter().any(|note| note.title == "grace in #Lunch")
        })
        .await;
    assert!(
        shown
            .iter()
            .all(|note| !note.body.contains("secret") && !note.body.contains("psst")),
        "{shown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_link_to_the_first() {
    let scene = Scene::set().await;
    let window = scene.window().await;
    window.get("composer").await;
    for room in [scene.lunch, scene.general] {
        let said = scene.start_again(&[&format!("amend://room?room={room}")]);
        assert!(said.contains("running already"), "{said}");
        until_room(&window, room).await;
    }
    // What is no link of ours opens nothing, and hurts nobody.
    for odd in [
        "https://example.org",
        "amend://nonsense",
        "amend://room?room=1",
        "--minimised",
    ] {
        scene.start_again(&[odd]);
    }
    until_room(&window, scene.general).await;
    // After a kill there is no first one: the link opens with the app.
    window.kill().await;
    let link = format!("amend://room?room={}", scene.lunch);
    let window = scene.window_with(&[&link]).await;
    until_room(&window, scene.lunch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_in_the_tray_counts_there_and_comes_when_it_is_called() {
    let scene = Scene::set().await;
    let tray = Tray::serve(&scene.bus).await;
    scene.settings(&json!({ "start_minimised": true, "close_to_tray": true }));
    let window = scene.window().await;
    window.until_connection("online").await;
    until_shown(&window, false).await;
    // The badge is drawn into the picture.
    let plain = tray.picture().await;
    scene.grace.post(scene.lunch, "noodles?").await.unwrap();
    wait::until(
        "the badge is drawn",
        async || tray.picture().await,
        |now| *now != plain,
    )
    .await;
    let picture = tray.picture().await;
    assert!(
        std::fs::metadata(&picture).is_ok_and(|file| file.len() > 0),
        "{picture}"
    );
    // A second start brings it.
    scene.start_again(&[]);
    until_shown(&window, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_the_window_is_not_hidden() {
    let scene = Scene::set().await;
    scene.settings(&json!({ "start_minimised": true, "close_to_tray": true }));
    let window = scene.window().await;
    window.get("composer").await;
    until_shown(&window, true).await;
    window.click("settings-button").await;
    window.click("settings-start").await;
    let said = window.text("no-tray").await;
    assert!(said.contains("no tray"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_comes_back_where_it_was() {
    let scene = Scene::set().await;
    let window = scene.window().await;
    window.get("composer").await;
    window
        .page
        .set_window_rect(137, 71, 903, 641)
        .await
        .unwrap();
    let file = scene.home.profile("ada").join("window.json");
    let kept = wait::until(
        "its place is kept",
        async || -> Value {
            let bytes = std::fs::read(&file).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or_default()
        },
        |place| place["width"] == 903,
    )
    .await;
    window.kill().await;
    let window = scene.window().await;
    window.get("composer").await;
    until(&window, "its width is as it was", WIDTH, &kept["width"]).await;
    until(
        &window,
        "its height is as it was",
        "return innerHeight",
        &kept["height"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_is_told_unless_it_is_switched_off() {
    let scene = Scene::set().await;
    let feed = HttpFile::serve(
        r#"{"version": "99.1.0", "notes": "Everything is better.", "page": "https://example.org/amend"}"#,
    );
    scene.settings(&json!({ "update_check": false, "update_feed": feed.url() }));
    let window = scene.window().await;
    window.until_connection("online").await;
    window.get("composer").await;
    assert_eq!(feed.asked(), 0, "it is switched off");
    scene.settings(&json!({ "update_check": true, "update_feed": feed.url() }));
    let said = window.text("update-notice").await;
    assert!(
        said.contains("99.1.0") && said.contains("https://example.org/amend"),
        "{said}"
    );
    assert_eq!(feed.asked(), 1);
    window.shot("update").await;
    window.kill().await;
    // Known from the last time, without asking: once a day is enough.
    let window = scene.window().await;
    window.text("update-notice").await;
    assert_eq!(feed.asked(), 1);
    window.click("update-later").await;
    // Who asks is answered at once.
    window.click("settings-button").await;
    window.click("settings-updates").await;
    feed.set("no feed");
    window.click("ask-for-updates").await;
    window.text("update-trouble").await;
    assert_eq!(feed.asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_told_at_the_next_start() {
    let scene = Scene::set().await;
    std::fs::write(scene.home.profile("ada").join("crash.txt"), "note").unwrap();
    let window = scene.window().await;
    let said = window.text("crash-notice").await;
    assert!(said.contains("crash-told.txt"), "{said}");
    window.click("crash-read").await;
    until(
        &window,
        "it is read",
        "return !document.querySelector('[data-testid=\"crash-notice\"]')",
        &json!(true),
    )
    .await;
    window.kill().await;
    let window = scene.window().await;
    window.get("composer").await;
    assert!(
        window
            .page
            .find(fantoccini::Locator::Css("[data-testid=\"crash-notice\"]"))
            .await
            .is_err()
    );
}
