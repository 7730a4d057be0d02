//! Somebody at their window, in a room, writing: what the tests of the composer begin with, and what their keys are.

use crate::people::Home;
use crate::relay_process::RelayProcess;
use crate::wait;
use crate::window::Window;
use fantoccini::key::Key;
use serde_json::{Value, json};

/// The room's name.
pub const ROOM: &str = "General";

/// A relay, and ada's window in a room of hers.
pub struct Desk {
    /// The relay.
    pub relay: RelayProcess,
    /// The profiles.
    pub home: Home,
    /// Her window.
    pub ada: Window,
}

impl Desk {
    /// Opens it all; with these variables in the window's environment.
    ///
    /// # Panics
    /// When something of it does not come up.
    pub async fn set(environment: &[(&str, &str)]) -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let setting = home.client(&relay, "ada", "ada").await;
        setting.create_room(ROOM, "").await.unwrap();
        setting.close().await;
        let ada = Window::open_with(&home, &["--profile", "ada"], environment).await;
        ada.click("room").await;
        ada.get("composer").await;
        Self { relay, home, ada }
    }
}

/// Keys that are held down together.
#[must_use]
pub fn chord(keys: &[Key], last: &str) -> String {
    let held: String = keys.iter().map(|key| char::from(*key)).collect();
    format!("{held}{last}{}", char::from(Key::Null))
}

/// A key as what is typed.
#[must_use]
pub fn key(key: Key) -> String {
    char::from(key).to_string()
}

/// Types where the keyboard is.
///
/// # Panics
/// When the window is gone.
pub async fn keys(window: &Window, text: &str) {
    let active = window.page.active_element().await.unwrap();
    active.send_keys(text).await.unwrap();
}

/// What a script says.
///
/// # Panics
/// When the window is gone.
pub async fn eval(window: &Window, script: &str) -> Value {
    window.page.execute(script, Vec::new()).await.unwrap()
}

/// What stands in a field.
///
/// # Panics
/// When the window is gone.
pub async fn value(window: &Window, testid: &str) -> String {
    let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`); return e ? e.value : null;"#;
    let found = window
        .page
        .execute(script, vec![json!(testid)])
        .await
        .unwrap();
    found.as_str().unwrap_or("(no field)").to_owned()
}

/// Waits until a field says this.
///
/// # Panics
/// When it does not get so.
pub async fn until_value(window: &Window, testid: &str, expected: &str) {
    wait::until(
        &format!("{testid} says {expected:?}"),
        async || value(window, testid).await,
        |found| found == expected,
    )
    .await;
}

/// Waits until a script says `true`.
///
/// # Panics
/// When it does not get so.
pub async fn until_true(window: &Window, what: &str, script: &str) {
    wait::until(
        what,
        async || eval(window, script).await,
        |found| found.as_bool() == Some(true),
    )
    .await;
}

/// Waits until the keyboard is in the element with this test id.
///
/// # Panics
/// When it does not get so.
pub async fn until_focus(window: &Window, testid: &str) {
    let script = format!("return document.activeElement?.dataset.testid === {testid:?}");
    until_true(window, &format!("the keyboard is in {testid}"), &script).await;
}
