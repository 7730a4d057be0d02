//! The search in the real window: as one types, with marks, by filters and by keyboard, to the message; offline.

#![allow(clippy::unwrap_used)]

use fantoccini::key::Key;
use serde_json::json;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::window::Window;

/// A relay with ada and grace in two rooms, ada's window open; the relay is gone before she searches.
struct Scene {
    relay: RelayProcess,
    home: Home,
    ada: Window,
}

impl Scene {
    async fn set() -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let ada = home.client(&relay, "ada", "ada").await;
        let grace = home.client(&relay, "grace", "grace").await;
        let general = ada.create_room("General", "").await.unwrap();
        let team = ada.create_room("Team room", "").await.unwrap();
        settled(&ada).await;
        for room in [general, team] {
            grace.browse().await.unwrap();
            wait::until(
                "grace can join",
                async || grace.join(room).await.is_ok(),
                |ok| *ok,
            )
            .await;
        }
        ada.post(general, "the rollback of the deployment went well")
            .await
            .unwrap();
        for number in 1..=250 {
            ada.post(general, &format!("small talk {number}"))
                .await
                .unwrap();
        }
        ada.post(team, "please deploy `make release` today")
            .await
            .unwrap();
        // Hers is the newest only once what ada wrote is through.
        settled(&ada).await;
        grace
            .post(team, "deployed, see https://example.org/build")
            .await
            .unwrap();
        settled(&ada).await;
        settled(&grace).await;
        let found = "ada has grace's message";
        wait::until(
            found,
            async || ada.timeline(team, None, 9).await.unwrap().items.len(),
            |n| *n == 2,
        )
        .await;
        ada.close().await;
        grace.close().await;
        let ada = Window::open(&home, "ada").await;
        ada.until_connection("online").await;
        ada.get("composer").await;
        Self { relay, home, ada }
    }
}

async fn settled(client: &client::Client) {
    wait::until(
        "everything is sent",
        async || client.status().await.unwrap(),
        |status| status.waiting == 0 && status.connection == model::view::Connection::Online,
    )
    .await;
}

/// What the window shows of each hit: the room, the text with its marks, and whether it is chosen.
async fn hits(window: &Window) -> Vec<String> {
    let script = r#"
        return Array.from(document.querySelectorAll('[data-testid="hit"]')).map(hit => {
            const text = Array.from(hit.querySelector('[data-testid="hit-text"]').childNodes)
                .map(n => n.nodeName === 'MARK' ? `[${n.textContent}]` : n.textContent).join('');
            const room = hit.closest('.search-group').getAttribute('aria-label');
            return `${hit.getAttribute('aria-selected') === 'true' ? '> ' : ''}${room}: ${text}`;
        });"#;
    let found = window.page.execute(script, Vec::new()).await.unwrap();
    found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

async fn until_hits(window: &Window, what: &str, wanted: &[&str]) {
    wait::until(what, async || hits(window).await, |found| found == wanted).await;
}

async fn keys(window: &Window, keys: &str) {
    let active = window.page.active_element().await.unwrap();
    active.send_keys(keys).await.unwrap();
}

async fn press(window: &Window, key: &str, shift: bool) {
    let script = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
        { key: arguments[0], ctrlKey: true, shiftKey: arguments[1], bubbles: true, cancelable: true }));";
    window
        .page
        .execute(script, vec![json!(key), json!(shift)])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_finds_a_message_by_keyboard_offline_and_goes_there() {
    let Scene {
        mut relay,
        home: _home,
        ada,
    } = Scene::set().await;
    relay.kill();
    ada.until_connection("offline").await;

    // Ctrl+Shift+F from wherever; as one types, with marks, the newest first.
    press(&ada, "F", true).await;
    ada.get("search-input").await;
    assert!(ada.text("search-empty").await.contains("device"));
    ada.shot("search-01-empty").await;
    keys(&ada, "depl").await;
    until_hits(
        &ada,
        "three messages are found as one types",
        &[
            "> Team room: [deployed], see https://example.org/build",
            "Team room: please [deploy] `make release` today",
            "General: the rollback of the [deployment] went well",
        ],
    )
    .await;
    assert_eq!(
        ada.text("search-count")
            .await
            .replace(['\u{2068}', '\u{2069}'], ""),
        "3 messages"
    );
    ada.shot("search-02-found").await;

    // A filter, its name completed from what is known, as a chip that can be taken back.
    keys(&ada, " from:gr").await;
    assert_eq!(ada.text("search-name").await, "grace");
    ada.shot("search-03-completion").await;
    keys(&ada, &char::from(Key::Enter).to_string()).await;
    until_hits(
        &ada,
        "grace's message alone is found",
        &["> Team room: [deployed], see https://example.org/build"],
    )
    .await;
    assert!(ada.text("search-chip").await.contains("grace"));
    ada.click("search-chip-remove").await;
    ada.type_into("search-input", "deploy has:code").await;
    until_hits(
        &ada,
        "the message with code is found",
        &["> Team room: please [deploy] `make release` today"],
    )
    .await;
    ada.type_into("search-input", "in:nowhere x").await;
    assert!(ada.text("search-unknown").await.contains("nowhere"));
    assert!(ada.text("search-empty").await.contains("Nothing found"));

    // Down to the third, and there: 250 messages back in another room.
    ada.type_into("search-input", "depl").await;
    wait::until(
        "all are found again",
        async || hits(&ada).await.len(),
        |n| *n == 3,
    )
    .await;
    keys(&ada, &char::from(Key::Down).to_string()).await;
    keys(&ada, &char::from(Key::Down).to_string()).await;
    wait::until(
        "the third is chosen",
        async || hits(&ada).await,
        |found| found.get(2).is_some_and(|hit| hit.starts_with("> General")),
    )
    .await;
    keys(&ada, &char::from(Key::Enter).to_string()).await;
    ada.message("the rollback of the deployment went well")
        .await;
    let in_sight = r"
        const m = Array.from(document.querySelectorAll('[data-testid=message]')).find(m => m.textContent.includes('rollback'));
        if (!m || m.dataset.target !== 'true') return false;
        const at = m.getBoundingClientRect(), list = document.querySelector('[data-testid=timeline]').getBoundingClientRect();
        return at.top >= list.top - 1 && at.bottom <= list.bottom + 1;";
    wait::until(
        "the message is in sight and marked",
        async || ada.page.execute(in_sight, Vec::new()).await.unwrap(),
        |seen| seen == &json!(true),
    )
    .await;
    ada.shot("search-04-jumped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_or_deleted_vanishes_from_what_was_found() {
    let Scene { relay, home, ada } = Scene::set().await;
    // Ctrl+F: in the open room.
    ada.click("room").await;
    press(&ada, "f", false).await;
    ada.get("search-input").await;
    assert!(ada.text("search-chip").await.contains("General"));
    press(&ada, "F", true).await;
    ada.type_into("search-input", "deployed").await;
    until_hits(
        &ada,
        "the message is found",
        &["> Team room: [deployed], see https://example.org/build"],
    )
    .await;
    let grace = home.client(&relay, "grace", "grace").await;
    let rooms = grace.rooms().await.unwrap();
    let team = rooms
        .iter()
        .find(|room| room.name == "Team room")
        .unwrap()
        .id;
    let items = grace.timeline(team, None, 9).await.unwrap().items;
    let message = items.last().unwrap();
    grace
        .edit(
            team,
            message.id,
            (message.rev, &message.body),
            "deployed twice",
            None,
        )
        .await
        .unwrap();
    until_hits(&ada, "the edit shows", &["> Team room: [deployed] twice"]).await;
    grace.delete(team, message.id).await.unwrap();
    until_hits(&ada, "the deletion shows", &[]).await;
    assert!(ada.text("search-empty").await.contains("Nothing found"));
    grace.close().await;

    // On the command line, on the same database.
    ada.kill().await;
    // The process is over when its last thread is; only then is the profile anybody else's.
    wait::until(
        "the profile is free",
        async || home.amend_with("ada", &["search", "rollback"], "").status,
        |ended| ended.success(),
    )
    .await;
    let said = home.amend("ada", &["search", "rollback"]);
    assert!(
        said.contains("#General") && said.contains("rollback of the deployment"),
        "{said}"
    );
    assert_eq!(home.amend("ada", &["search", "deployed"]), "");
    let json: serde_json::Value =
        serde_json::from_str(&home.amend("ada", &["search", "--json", "in:team", "please"]))
            .unwrap();
    assert_eq!(json["room_name"], "Team room");
    assert!(
        home.amend("ada", &["doctor"])
            .contains("says what the messages say")
    );
}
