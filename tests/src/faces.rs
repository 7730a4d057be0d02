//! Every face of the window, by name: one list for the pictures in `docs/screens/` and for the accessibility checks, so that
//! what is checked is what is looked at, and a new part of the page is entered once.
//!
//! Each face is reached by a person's steps from the open room, and left again, so they may be visited in any order.

use crate::wait;
use crate::window::Window;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

/// What a person does on the way.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Clicks what has this test id; in a narrow window it opens the drawer first in which that is.
    Click(&'static str),
    /// Clicks the first unless the second is there, which it opens.
    Unless(&'static str, &'static str),
    /// Clicks something on the message whose text begins so.
    Act(&'static str, &'static str),
    /// Types into what has this test id.
    Type(&'static str, &'static str),
    /// Presses Ctrl and a key.
    Control(char),
    /// Opens the drawer in which this test id is, if the window has drawers.
    Reach(&'static str),
    /// Waits for what has this test id.
    See(&'static str),
}

/// A face of the window.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// Its name, as the picture's file has it.
    pub name: &'static str,
    /// The way to it.
    pub way: &'static [Step],
}

use Step::{Act, Click, Control, Reach, See, Type, Unless};

const fn face(name: &'static str, way: &'static [Step]) -> Face {
    Face { name, way }
}

/// All that a person who is signed in can bring before themselves.
pub const FACES: &[Face] = &[
    face("room", &[See("composer")]),
    face(
        "message-menu",
        &[Act("Found the bug", "more-button"), See("message-menu")],
    ),
    face(
        "reactions",
        &[Act("Found the bug", "react-button"), See("reaction-picker")],
    ),
    face(
        "delete",
        &[Act("Thank you all", "delete-button"), See("confirm-delete")],
    ),
    face(
        "edit",
        &[Act("Thank you all", "edit-button"), See("edit-input")],
    ),
    face("versions", &[Act("Please no", "edited"), See("version")]),
    face(
        "reply",
        &[
            Act("Found the bug", "reply-button"),
            See("reply-bar"),
            Type("composer", "A **moth**? In `panel F`?"),
            Unless("format-button", "tool-preview"),
            Click("tool-preview"),
            See("preview"),
        ],
    ),
    face("mention", &[Type("composer", "Ask @g"), See("suggestion")]),
    face(
        "shortcode",
        &[Type("composer", "Well done :but"), See("suggestion")],
    ),
    face("emoji", &[Click("emoji-button"), See("picker-emoji")]),
    face("pins", &[Click("pins-toggle"), See("pins-list")]),
    face("calendar", &[Click("day-button"), See("calendar-day")]),
    face("room-menu", &[Click("room-actions"), See("menu-settings")]),
    face(
        "room-settings",
        &[
            Click("room-actions"),
            Click("menu-settings"),
            See("settings-topic"),
        ],
    ),
    face(
        "invite",
        &[
            Click("room-actions"),
            Click("menu-invite"),
            See("invite-to"),
        ],
    ),
    face(
        "leave",
        &[
            Click("room-actions"),
            Click("menu-leave"),
            See("leave-confirm"),
        ],
    ),
    face("people", &[Reach("person")]),
    face("card", &[Click("person"), See("card")]),
    face("rooms", &[Reach("room")]),
    face("switcher", &[Control('k'), See("switcher-option")]),
    face("browse", &[Click("browse-button"), See("browse-search")]),
    face(
        "new-room",
        &[Click("new-room-button"), See("new-room-name")],
    ),
    face(
        "new-direct",
        &[Click("new-direct-button"), See("pick-person")],
    ),
    face(
        "search",
        &[
            Click("search-button"),
            Type("search-input", "the"),
            See("hit"),
        ],
    ),
    face(
        "search-nothing",
        &[
            Click("search-button"),
            Type("search-input", "zeppelin from:grace"),
            See("search-empty"),
        ],
    ),
    face("sync", &[Click("sync-button"), See("nothing-waits")]),
    face("profile", &[Click("profile-button"), See("profile-name")]),
    face("accounts", &[Click("accounts-button"), See("add-account")]),
    face(
        "encryption",
        &[
            Click("accounts-button"),
            Click("open-encryption"),
            See("encryption"),
        ],
    ),
    face(
        "sign-out",
        &[Click("sign-out-button"), See("sign-out-dialog")],
    ),
    face(
        "settings",
        &[Click("settings-button"), See("setting-theme")],
    ),
    face(
        "settings-language",
        &[Click("settings-button"), Click("settings-language")],
    ),
    face(
        "settings-notifications",
        &[Click("settings-button"), Click("settings-notifications")],
    ),
    face(
        "settings-start",
        &[Click("settings-button"), Click("settings-start")],
    ),
    face(
        "settings-updates",
        &[Click("settings-button"), Click("settings-updates")],
    ),
    face(
        "settings-shortcuts",
        &[Click("settings-button"), Click("settings-shortcuts")],
    ),
    face(
        "settings-about",
        &[
            Click("settings-button"),
            Click("settings-about"),
            See("about-version"),
        ],
    ),
    face(
        "exchange",
        &[
            Click("settings-button"),
            Click("settings-exchange"),
            Click("exchange-button"),
            See("exchange-page"),
        ],
    ),
];

/// What is before a person when the relay is away, after [`Scenery::disagree`](crate::scenery::Scenery::disagree).
pub const OFFLINE: &[Face] = &[
    face(
        "offline",
        &[
            Type("composer", "Written on the train"),
            Click("send-button"),
            See("pending"),
        ],
    ),
    face("conflict", &[See("failure")]),
    face(
        "offline-sync",
        &[
            Click("sync-button"),
            See("waiting-entry"),
            See("recovered-entry"),
        ],
    ),
];

/// The face with this name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn named(name: &str) -> &'static Face {
    FACES
        .iter()
        .find(|face| face.name == name)
        .unwrap_or_else(|| panic!("no face is named {name:?}"))
}

/// Which drawer an element is in that is out of sight, or null.
const DRAWER: &str = r"
    const e = document.querySelector(arguments[0]);
    if (!e || getComputedStyle(e).visibility === 'visible') return null;
    return e.closest('[data-testid=sidebar]') ? 'rooms-toggle' : e.closest('[data-testid=people]') ? 'people-toggle' : null;";

/// The id of the message whose text begins so, once its beginning is in sight; it is brought there first.
const MESSAGE: &str = r#"
    const all = Array.from(document.querySelectorAll('[data-testid="message"]'));
    const found = all.find(m => (m.querySelector('[data-testid="body"]')?.textContent ?? '').startsWith(arguments[0]));
    if (!found) return null;
    const [list, at] = [document.querySelector('[data-testid="timeline"]'), found].map(e => e.getBoundingClientRect());
    // Below the pill with the day, and with room for the buttons above it.
    if (at.top > list.top + 60 && Math.min(at.bottom, at.top + 120) < list.bottom) return found.dataset.messageId;
    found.scrollIntoView({ block: at.height + 160 < list.height ? 'center' : 'start' });
    document.querySelector('[data-testid="timeline"]').scrollBy(0, at.height + 160 < list.height ? 0 : -80);
    return null;"#;

/// Whether nothing lies over the room, and nothing is written.
const BARE: &str = r#"
    const over = document.querySelector('[role=dialog]:not([data-testid=sidebar]), [role=menu], [data-testid="suggestion"], [data-testid="edit-input"], [data-testid="confirm-delete"], [data-testid="emoji-picker"], [data-testid="reaction-picker"], .show-rooms, .show-people');
    return over ? (over.dataset.testid || over.className || over.tagName) : '';"#;

impl Window {
    /// Goes to a face from the open room.
    ///
    /// # Panics
    /// When a step can't be taken.
    pub async fn face(&self, face: &Face) {
        for step in face.way {
            self.step(*step).await;
        }
    }

    async fn step(&self, step: Step) {
        match step {
            Click(testid) => {
                self.reach(testid).await;
                self.click(testid).await;
            }
            Unless(testid, what) => {
                let at = format!("[data-testid=\"{what}\"]");
                if self.page.find(Locator::Css(&at)).await.is_err() {
                    self.click(testid).await;
                }
            }
            Act(text, testid) => {
                let asked = async || self.page.execute(MESSAGE, vec![json!(text)]).await.unwrap();
                let id = wait::until(&format!("a message begins with {text:?}"), asked, |id| {
                    !id.is_null()
                })
                .await;
                self.act(id.as_str().unwrap(), testid).await;
            }
            Type(testid, text) => self.type_into(testid, text).await,
            Control(key) => self.keys(&format!("{}{key}", Key::Control)).await,
            Reach(testid) => self.reach(testid).await,
            See(testid) => drop(self.get(testid).await),
        }
    }

    /// Opens the drawer in which an element is, if it is in one that is closed.
    async fn reach(&self, testid: &str) {
        self.get(testid).await;
        let at = json!(format!("[data-testid=\"{testid}\"]"));
        let drawer = self.page.execute(DRAWER, vec![at.clone()]).await.unwrap();
        if let Some(toggle) = drawer.as_str() {
            self.click(toggle).await;
            wait::until(
                "the drawer is open",
                async || self.page.execute(DRAWER, vec![at.clone()]).await.unwrap(),
                serde_json::Value::is_null,
            )
            .await;
        }
    }

    /// Opens the room with this name.
    ///
    /// # Panics
    /// When there is none.
    pub async fn enter(&self, room: &str) {
        let click = r#"const row = Array.from(document.querySelectorAll('[data-testid="room"]')).find(row => row.textContent.includes(arguments[0]));
            row?.click(); return !!row && document.querySelector('[data-testid="room-name"]')?.textContent.includes(arguments[0]);"#;
        wait::until(
            &format!("{room} is open"),
            async || self.page.execute(click, vec![json!(room)]).await.unwrap(),
            |open| open.as_bool() == Some(true),
        )
        .await;
        self.get("message").await;
    }

    /// Gives the window a size.
    ///
    /// # Panics
    /// When it does not get it.
    pub async fn resize(&self, width: u32, height: u32) {
        self.page.set_window_size(width, height).await.unwrap();
        wait::until(
            "the window has its size",
            async || {
                self.page
                    .execute("return [innerWidth, innerHeight];", Vec::new())
                    .await
                    .unwrap()
            },
            |seen| *seen == json!([width, height]),
        )
        .await;
    }

    /// Leaves whatever is before the person, and is in the open room again, with an empty composer.
    ///
    /// # Panics
    /// When that can't be done by a person's means: Escape, and a click on the room `General`.
    pub async fn back(&self) {
        // These stay until their own button is pressed.
        for (there, button) in [
            ("reply-bar", "cancel-reply"),
            ("preview", "tool-preview"),
            ("pins-list", "pins-toggle"),
        ] {
            let at = format!("[data-testid=\"{there}\"]");
            if self.page.find(Locator::Css(&at)).await.is_ok() {
                self.click(button).await;
            }
        }
        wait::until(
            "nothing lies over the room",
            async || {
                let over = self.page.execute(BARE, Vec::new()).await.unwrap();
                if over.as_str() != Some("") {
                    self.keys(&Key::Escape.to_string()).await;
                }
                over
            },
            |over| over.as_str() == Some(""),
        )
        .await;
        self.enter("General").await;
        // By keys: what WebDriver clears it clears without telling the page.
        let focus = "document.querySelector('[data-testid=composer]').focus();";
        self.page.execute(focus, Vec::new()).await.unwrap();
        self.keys(&format!("{}a", Key::Control)).await;
        self.keys(&Key::Backspace.to_string()).await;
        self.until_script(
            "the composer is empty",
            "return document.querySelector('[data-testid=composer]').value;",
            |text| *text == json!(""),
        )
        .await;
    }
}
