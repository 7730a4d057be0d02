//! What a person's hands do in a window beside what all window tests do: keys, menus, choices.

use crate::duo::of_room;
use crate::wait;
use crate::window::Window;
use model::RoomId;
use serde_json::{Value, json};

/// The keys that have no letter, as WebDriver calls them.
pub mod key {
    /// Held until [`RELEASE`].
    pub const CONTROL: char = '\u{E009}';
    /// Held until [`RELEASE`].
    pub const ALT: char = '\u{E00A}';
    /// Enter.
    pub const ENTER: char = '\u{E007}';
    /// Escape.
    pub const ESCAPE: char = '\u{E00C}';
    /// The arrow.
    pub const DOWN: char = '\u{E015}';
    /// Tab.
    pub const TAB: char = '\u{E004}';
    /// Lets go of all that is held.
    pub const RELEASE: char = '\u{E000}';
}

impl Window {
    /// What a script says.
    ///
    /// # Panics
    /// When it fails.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute(script, arguments).await.unwrap()
    }

    /// Clicks something within something else, once it is there.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn click_in(&self, within: &str, testid: &str) {
        let selector = format!("{within} [data-testid=\"{testid}\"]");
        let script =
            "const e = document.querySelector(arguments[0]); if (e) e.click(); return !!e;";
        self.until_says(
            &format!("{selector} is clicked"),
            script,
            vec![json!(selector)],
            json!(true),
        )
        .await;
    }

    /// Waits until the first element with a test id says something.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until_text(&self, testid: &str, text: &str) {
        let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
            return !!e && e.textContent.replace(/[\u2066-\u2069]/g, '').includes(arguments[1]);"#;
        self.until_says(
            &format!("{testid} says {text:?}"),
            script,
            vec![json!(testid), json!(text)],
            json!(true),
        )
        .await;
    }

    /// Waits until a script says this.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until_says(&self, what: &str, script: &str, arguments: Vec<Value>, wanted: Value) {
        wait::until(
            what,
            async || self.script(script, arguments.clone()).await,
            |seen| *seen == wanted,
        )
        .await;
    }

    /// Presses keys wherever the keyboard is.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn keys(&self, keys: &str) {
        let active = self.page.active_element().await.unwrap();
        active.send_keys(keys).await.unwrap();
    }

    /// Chooses from the menu of a room in the list.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn menu(&self, room: RoomId, item: &str) {
        let line = format!("li:has({})", of_room("room", room));
        self.click_in(&line, "room-menu").await;
        self.click(item).await;
    }

    /// Waits until a room of the list has this attribute.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until_room(&self, room: RoomId, attribute: &str, value: &str) {
        let script = "const e = document.querySelector(arguments[0]); return e ? e.getAttribute(arguments[1]) : null;";
        self.until_says(
            &format!("{attribute} of the room is {value}"),
            script,
            vec![json!(of_room("room", room)), json!(attribute)],
            json!(value),
        )
        .await;
    }

    /// Chooses in a drop-down list, as a person's click does.
    ///
    /// # Panics
    /// When there is no such choice.
    pub async fn choose(&self, testid: &str, value: &str) {
        self.get(testid).await;
        let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
            e.value = arguments[1]; e.dispatchEvent(new Event('change', { bubbles: true })); return e.value;"#;
        let chosen = self.script(script, vec![json!(testid), json!(value)]).await;
        assert_eq!(chosen, json!(value));
    }

    /// Opens somebody's card.
    ///
    /// # Panics
    /// When they are not in the list.
    pub async fn person(&self, name: &str) {
        let script = r#"const e = document.querySelector(`[data-testid="person"][data-name="${arguments[0]}"]`);
            if (e) e.click(); return !!e;"#;
        self.until_says(
            &format!("{name} is in the list"),
            script,
            vec![json!(name)],
            json!(true),
        )
        .await;
        self.get("card").await;
    }
}
