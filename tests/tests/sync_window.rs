//! The truth about what waits and what was refused, in the real window.

#![allow(clippy::unwrap_used)]

use serde_json::json;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

async fn scene() -> (RelayProcess, Home, Window) {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let ada = Window::open(&home, "ada").await;
    ada.sign_in(&relay.url(), "ada", &password("ada")).await;
    ada.until_connection("online").await;
    ada.click("new-room-button").await;
    ada.type_into("new-room-name", "General").await;
    ada.click("new-room-create").await;
    ada.click("room").await;
    ada.get("composer").await;
    (relay, home, ada)
}

fn plain(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

/// The texts of all elements with a test id.
async fn all(window: &Window, testid: &str) -> Vec<String> {
    let script =
        "return Array.from(document.querySelectorAll(arguments[0])).map(e => e.textContent);";
    let selector = format!("[data-testid=\"{testid}\"]");
    let found = window
        .page
        .execute(script, vec![json!(selector)])
        .await
        .unwrap();
    found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| plain(one.as_str().unwrap()))
        .collect()
}

async fn until_all(window: &Window, testid: &str, wanted: &[&str]) {
    let what = format!("{testid}: {wanted:?}");
    wait::until(
        &what,
        async || all(window, testid).await,
        |found| found == wanted,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_said_and_can_be_taken_back_as_long_as_it_is_here() {
    let (mut relay, _home, ada) = scene().await;
    ada.post("before").await;
    ada.until("it is sent", |shown| {
        shown.iter().any(|one| one.delivery == "sent")
    })
    .await;
    relay.kill();
    ada.until_connection("offline").await;
    ada.post("written offline").await;
    ada.post("and regretted").await;
    ada.message("and regretted").await;
    wait::until(
        "it says how many wait and since when",
        async || all(&ada, "waiting-count").await,
        |said| {
            said.first()
                .is_some_and(|said| said.starts_with("2 changes waiting since "))
        },
    )
    .await;
    ada.shot("sync-01-offline").await;

    // The page: each of them, that it has not left, and since when we are out of step.
    ada.click("sync-button").await;
    until_all(&ada, "waiting-text", &["written offline", "and regretted"]).await;
    assert!(
        all(&ada, "waiting-state")
            .await
            .iter()
            .all(|said| said.starts_with("It has not left this device."))
    );
    assert!(ada.text("in-step").await.starts_with("Last up to date"));
    ada.shot("sync-02-waiting").await;
    let last = r#"const all = document.querySelectorAll('[data-testid="take-back-button"]'); all[all.length - 1].click();"#;
    ada.page.execute(last, Vec::new()).await.unwrap();
    ada.click("confirm-take-back").await;
    until_all(&ada, "waiting-text", &["written offline"]).await;

    relay.come_back().await;
    ada.click("sync-try-now").await;
    ada.until_connection("online").await;
    ada.get("nothing-waits").await;
    assert!(ada.text("in-step").await.starts_with("Everything is sent"));
    ada.click("room").await;
    let shown = ada
        .until("the other one is sent", |shown| {
            shown.len() == 2 && shown.iter().all(|one| one.delivery == "sent")
        })
        .await;
    assert_eq!(shown[1].body, "written offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_with_the_relay_is_deleted_there_and_not_called_unsent() {
    let (mut relay, _home, ada) = scene().await;
    // The relay stands still: what is pushed to it has left this device, and is not answered.
    relay.signal("STOP");
    ada.post("on its way").await;
    ada.click("sync-button").await;
    until_all(&ada, "waiting-text", &["on its way"]).await;
    assert!(
        ada.text("waiting-state")
            .await
            .starts_with("It may have reached the relay")
    );
    relay.signal("CONT");
    ada.get("nothing-waits").await;
    relay.kill();
    ada.until_connection("offline").await;
    ada.click("room").await;
    ada.message("on its way").await;
}

/// Every message of ada's that is offered from now on is refused.
async fn refuse(relay: &RelayProcess) {
    relay
        .database()
        .sql("UPDATE room SET archived_at = now() WHERE name = 'General'")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_can_be_sent_again_rewritten_copied_or_given_up() {
    let (mut relay, _home, ada) = scene().await;
    relay.kill();
    ada.until_connection("offline").await;
    for text in ["first", "second", "third"] {
        ada.post(text).await;
        ada.message(text).await;
    }
    refuse(&relay).await;
    relay.come_back().await;
    ada.until_connection("online").await;
    wait::until(
        "the refusals are counted",
        async || all(&ada, "failed-count").await,
        |said| said == &["3 changes not accepted"],
    )
    .await;
    ada.click("failed-count").await;
    wait::until(
        "all are listed",
        async || all(&ada, "recovered-text").await.len(),
        |n| *n == 3,
    )
    .await;
    assert!(ada.text("recovered-reason").await.contains("archived"));
    ada.shot("sync-03-refused").await;

    ada.click("copy-button").await;
    ada.get("toast").await;
    relay
        .database()
        .sql("UPDATE room SET archived_at = NULL WHERE name = 'General'")
        .await;
    let first_listed = all(&ada, "recovered-text").await[0].clone();
    ada.click("edit-and-send-button").await;
    ada.type_into("resend-input", "rewritten").await;
    // Until the room's change has come, the rules say no, and the words stay.
    let press =
        r#"const b = document.querySelector('[data-testid="resend-button"]'); if (b) b.click();"#;
    wait::until(
        "it is sent",
        async || {
            ada.page.execute(press, Vec::new()).await.unwrap();
            all(&ada, "recovered-text").await
        },
        |left| left.len() == 2 && !left.contains(&first_listed),
    )
    .await;
    // The lists move while others come and go: the one that is meant is pressed, wherever it stands now.
    let next = all(&ada, "recovered-text").await[0].clone();
    let press = r#"const of = text => Array.from(document.querySelectorAll('[data-testid="recovered-entry"]'))
            .find(entry => entry.querySelector('[data-testid="recovered-text"]')?.textContent === text);
        of(arguments[0])?.querySelector('[data-testid="retry-button"]')?.click();"#;
    wait::until(
        "another is sent",
        async || {
            let at = vec![serde_json::json!(next)];
            ada.page.execute(press, at).await.unwrap();
            all(&ada, "recovered-text").await
        },
        |left| left.len() == 1 && !left.contains(&next),
    )
    .await;
    ada.click("discard-button").await;
    ada.click("confirm-discard-button").await;
    ada.get("nothing-recovered").await;
    ada.click("room").await;
    let shown = ada
        .until("two are there", |shown| {
            shown.len() == 2 && shown.iter().all(|one| one.delivery == "sent")
        })
        .await;
    assert!(shown.iter().any(|one| one.body == "rewritten"), "{shown:?}");
}
