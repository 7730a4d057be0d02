//! Encryption, a lost keyring, several accounts and wiping, in the real window with a real keyring.

#![allow(clippy::unwrap_used)]

use fantoccini::Locator;
use system_tests::keyring::Keyring;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

const WORDS: &str = "heliotrope and alizarin";

async fn sign_in(window: &Window, relay: &RelayProcess, name: &str) {
    window.sign_in(&relay.url(), name, &password(name)).await;
    window.until_connection("online").await;
}

async fn make_room(window: &Window, name: &str) {
    window.click("new-room-button").await;
    window.type_into("new-room-name", name).await;
    window.click("new-room-create").await;
    open_room(window).await;
}

/// Opens the one room, clicked as often as that takes: the page may just be coming up, or closing a dialog.
async fn open_room(window: &Window) {
    let composer = Locator::Css("[data-testid=\"composer\"]");
    wait::until(
        "the room is open",
        async || {
            let there = window.page.find(composer).await.is_ok();
            if !there {
                window.click("room").await;
            }
            there
        },
        |there| *there,
    )
    .await;
}

/// Chooses from the menu of accounts, which is opened as often as that takes: the page may just be coming up.
async fn choose(window: &Window, item: &str) {
    let selector = format!("[data-testid=\"{item}\"]");
    wait::until(
        &format!("{item} can be chosen"),
        async || {
            let found = window.page.find(Locator::Css(&selector)).await;
            match found {
                Ok(found) => found.click().await.is_ok(),
                Err(_) => {
                    window.click("accounts-button").await;
                    false
                }
            }
        },
        |chosen| *chosen,
    )
    .await;
}

/// Opens the encryption dialog.
async fn encryption(window: &Window) {
    choose(window, "open-encryption").await;
    window.get("encryption").await;
}

async fn until_encryption(window: &Window, state: &str) {
    let script = r#"const e = document.querySelector('[data-testid="encryption"]'); return e ? e.dataset.state : null;"#;
    wait::until(
        &format!("encryption is {state}"),
        async || window.page.execute(script, Vec::new()).await.unwrap(),
        |seen| seen.as_str() == Some(state),
    )
    .await;
}

/// The files below a folder whose bytes hold the words.
fn readable(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(readable(&path));
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            bytes
                .windows(WORDS.len())
                .any(|window| window == WORDS.as_bytes())
        }) {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_in_the_window_and_the_keyring_lost_the_code_brings_everything_back() {
    let mut keyring = Keyring::start().await;
    let kept = keyring.environment();
    let environment: Vec<(&str, &str)> = kept
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let open = async || Window::open_with(&home, &["--profile", "ada"], &environment).await;
    let ada = open().await;
    sign_in(&ada, &relay, "ada").await;
    assert!(
        !home.profile("ada").join("token").exists(),
        "the token is in the keyring"
    );
    make_room(&ada, "General").await;
    ada.post("sent").await;
    ada.until("it is sent", |shown| {
        shown.len() == 1 && shown.iter().all(|m| m.delivery == "sent")
    })
    .await;
    relay.kill();
    ada.until_connection("offline").await;
    ada.post(WORDS).await;
    ada.message(WORDS).await;
    assert!(!readable(&home.profile("ada")).is_empty());

    encryption(&ada).await;
    ada.shot("vault-01-off").await;
    ada.click("encrypt").await;
    let code = ada.text("recovery-code").await;
    ada.shot("vault-02-code").await;
    ada.click("code-saved").await;
    ada.click("code-done").await;
    until_encryption(&ada, "on").await;
    ada.shot("vault-03-on").await;
    assert_eq!(
        readable(&home.profile("ada")),
        Vec::<std::path::PathBuf>::new()
    );
    drop(ada);

    // Restarted, nobody is asked for anything.
    let ada = open().await;
    open_room(&ada).await;
    ada.message(WORDS).await;
    drop(ada);

    keyring.lose().await;
    let ada = open().await;
    let why = ada.text("unlock-why").await;
    assert!(why.contains("keyring"), "{why}");
    ada.shot("vault-04-locked").await;
    ada.type_into("recovery-code-input", "not the code").await;
    ada.click("unlock-button").await;
    let said = ada.text("unlock-error").await;
    assert!(said.contains("recovery code"), "{said}");
    ada.type_into("recovery-code-input", &code).await;
    ada.click("unlock-button").await;
    open_room(&ada).await;
    ada.message(WORDS).await;
    // The session was lost with the keyring: signed in again, what was unsent goes out.
    relay.come_back().await;
    ada.until_connection("signed_out").await;
    ada.shot("vault-05-unlocked").await;
    ada.type_into("password-input", &password("ada")).await;
    ada.click("sign-in-button").await;
    ada.until("everything is sent", |shown| {
        shown.len() == 2 && shown.iter().all(|m| m.delivery == "sent")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_are_both_in_sync_and_wiping_one_leaves_the_other() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    relay.add_user("grace");
    let home = Home::new();
    let window = Window::open_with(&home, &[], &[]).await;
    sign_in(&window, &relay, "ada").await;
    make_room(&window, "General").await;
    window.post("from ada").await;
    window.message("from ada").await;

    choose(&window, "add-account").await;
    window.get("relay-input").await;
    window.shot("vault-06-second-account").await;
    sign_in(&window, &relay, "grace").await;
    window.click("browse-button").await;
    window.click("join-button").await;
    open_room(&window).await;
    window.message("from ada").await;
    window.post("from grace").await;
    window.message("from grace").await;

    // Both are in sync, whichever is shown; nothing of the one is left in the other.
    window.click("accounts-button").await;
    window.shot("vault-07-switcher").await;
    choose(&window, "account-default").await;
    wait::until(
        "ada is shown",
        async || window.text("account-name").await,
        |name| name == "ada",
    )
    .await;
    open_room(&window).await;
    window.message("from grace").await;
    window.until_connection("online").await;

    // A name of one's own, and the same account again after a restart.
    choose(&window, "rename-account").await;
    window.type_into("rename-input", "Work").await;
    window.click("rename-save").await;
    wait::until(
        "the name is there",
        async || window.text("account-name").await,
        |name| name == "Work",
    )
    .await;
    drop(window);
    let window = Window::open_with(&home, &[], &[]).await;
    wait::until(
        "the name is there again",
        async || window.text("account-name").await,
        |name| name == "Work",
    )
    .await;

    // Gone with everything; the other one is shown, untouched.
    window.click("sign-out-button").await;
    window.shot("vault-08-sign-out").await;
    window.click("sign-out-wipe").await;
    window.click("sign-out-confirm").await;
    wait::until(
        "grace is shown",
        async || window.text("account-name").await,
        |name| name == "grace",
    )
    .await;
    open_room(&window).await;
    window.message("from ada").await;
    let left: Vec<_> = std::fs::read_dir(home.profile("default"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["profile.lock"]);
    assert!(
        !home
            .amend("account-2", &["profile", "list"])
            .contains("default")
    );
}
