//! The shortcuts that hold everywhere: for the settings and the size of things. And the list of all shortcuts.
//!
//! Invariant: a key that is no shortcut of ours is left alone.

use crate::store::{Page, Store};
use model::view::FontSize;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::KeyboardEvent;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Settings,
    Larger,
    Smaller,
    NormalSize,
}

/// What this key with these modifiers asks for. Command is a Mac's Control.
fn asked(key: &str, control: bool, alt: bool) -> Option<Asked> {
    if !control || alt {
        return None;
    }
    match key {
        "," => Some(Asked::Settings),
        "+" | "=" => Some(Asked::Larger),
        "-" => Some(Asked::Smaller),
        "0" => Some(Asked::NormalSize),
        _ => None,
    }
}

/// Listens for as long as the page lives.
pub(crate) fn listen(store: Store) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    let pressed = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let control = event.ctrl_key() || event.meta_key();
        let Some(asked) = asked(&event.key(), control, event.alt_key()) else {
            return;
        };
        event.prevent_default();
        match asked {
            Asked::Settings => store.go(Page::Settings),
            Asked::Larger => store.resize(FontSize::larger),
            Asked::Smaller => store.resize(FontSize::smaller),
            Asked::NormalSize => store.resize(|_| FontSize::NORMAL),
        }
    });
    let handler = pressed.into_js_value();
    document
        .add_event_listener_with_callback("keydown", handler.unchecked_ref())
        .ok();
}

/// The keys of each shortcut and the message that says what it does, as the settings list them.
pub(super) const LIST: &[(&str, &str)] = &[
    ("Ctrl+K", "shortcut-switcher"),
    ("Ctrl+F", "shortcut-search-here"),
    ("Ctrl+Shift+F", "shortcut-search"),
    ("Ctrl+,", "shortcut-settings"),
    ("Ctrl++", "shortcut-larger"),
    ("Ctrl+-", "shortcut-smaller"),
    ("Ctrl+0", "shortcut-normal-size"),
    ("Enter", "shortcut-send"),
    ("Shift+Enter", "shortcut-new-line"),
    ("↑", "shortcut-edit-last"),
    ("Esc", "shortcut-cancel"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_keys_are_taken() {
        assert_eq!(asked(",", true, false), Some(Asked::Settings));
        assert_eq!(asked("=", true, false), Some(Asked::Larger));
        assert_eq!(asked(",", false, false), None);
        assert_eq!(asked("-", true, true), None, "AltGr writes with Ctrl+Alt");
        assert_eq!(asked("v", true, false), None);
    }
}
