//! Taking back what was typed. WebKitGTK can undo and has no key for it, so the page has: the same keys on every system.

use super::focus;
use super::listen::Listener;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDocument, KeyboardEvent};

/// Hears the keys in any field until it is dropped.
pub(crate) fn keys() -> Option<Listener> {
    Listener::window("keydown", |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
        if !is_command || event.is_composing() {
            return;
        }
        let command = match (event.key().to_lowercase().as_str(), event.shift_key()) {
            ("z", false) => "undo",
            ("z", true) | ("y", false) => "redo",
            _ => return,
        };
        let is_field = focus::active()
            .is_some_and(|active| matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA"));
        let document = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.dyn_into::<HtmlDocument>().ok());
        if let Some(document) = document.filter(|_| is_field) {
            event.prevent_default();
            // Nothing to take back is no failure.
            document.exec_command(command).ok();
        }
    })
}
