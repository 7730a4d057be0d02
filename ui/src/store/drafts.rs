//! Text that is not written yet: at hand while the app runs, and on the disk a moment after a key was pressed.
//!
//! Invariants: an edit's draft and a room's draft never touch each other; what is read back is what was typed last.

use crate::bridge;
use gloo_timers::callback::Timeout;
use model::view::DraftView;
use model::{MessageId, RoomId};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen_futures::spawn_local;

/// How long after the last key a draft is written to the disk.
const WRITE_AFTER_MS: u32 = 400;

/// Text that is not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Draft {
    /// Of a new message.
    Post(RoomId),
    /// Of an edit.
    Edit(MessageId),
}

/// All of them.
#[derive(Default)]
pub(crate) struct Drafts {
    texts: RefCell<HashMap<Draft, String>>,
    /// Those that are still to be written; a dropped timeout never fires.
    waiting: RefCell<HashMap<Draft, Timeout>>,
}

impl Drafts {
    /// The text of a draft.
    pub(crate) fn text(&self, draft: Draft) -> String {
        self.texts.borrow().get(&draft).cloned().unwrap_or_default()
    }

    /// Takes a text that needs not be written.
    pub(crate) fn load(&self, draft: Draft, text: String) {
        let mut texts = self.texts.borrow_mut();
        if text.is_empty() {
            texts.remove(&draft);
        } else {
            texts.insert(draft, text);
        }
    }

    /// Takes a text and writes it in a moment; an empty one at once, as its words are somewhere else by now.
    pub(crate) fn set(&self, draft: Draft, view: DraftView) {
        self.load(draft, view.text.clone());
        let at_once = view.text.is_empty();
        let write = move || {
            spawn_local(async move {
                // A draft that can't be written is still at hand; the next key tries again.
                bridge::set_draft(view).await.ok();
            });
        };
        let mut waiting = self.waiting.borrow_mut();
        if at_once {
            waiting.remove(&draft);
            write();
        } else {
            waiting.insert(draft, Timeout::new(WRITE_AFTER_MS, write));
        }
    }

    /// Forgets all: they were another account's.
    pub(crate) fn forget(&self) {
        self.texts.borrow_mut().clear();
        self.waiting.borrow_mut().clear();
    }
}
