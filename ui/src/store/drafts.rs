//! Text that is not written yet: at hand while the app runs, and on the disk a moment after a key was pressed.
//!
//! Invariants: an edit's draft and a room's draft never touch each other; what is typed is on its way to the disk at most
//! [`WRITE_AFTER_MS`] later, however long a person goes on typing; one writing of a draft at a time, so that what is read
//! back is what was typed last.

use crate::bridge;
use crate::composer::area::Place;
use gloo_timers::future::TimeoutFuture;
use model::view::DraftView;
use model::{MessageId, RoomId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// How long a letter may be only in memory.
pub(crate) const WRITE_AFTER_MS: u32 = 250;

/// Text that is not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Draft {
    /// Of a new message.
    Post(RoomId),
    /// Of an edit.
    Edit(MessageId),
}

/// What is to be written of a draft.
#[derive(Default)]
struct Waiting {
    newest: Option<DraftView>,
    /// Somebody waits to write it, or is writing.
    busy: bool,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Drafts {
    texts: RefCell<HashMap<Draft, String>>,
    places: RefCell<HashMap<Draft, Place>>,
    waiting: Rc<RefCell<HashMap<Draft, Waiting>>>,
}

impl Drafts {
    /// The text of a draft.
    pub(crate) fn text(&self, draft: Draft) -> String {
        self.texts.borrow().get(&draft).cloned().unwrap_or_default()
    }

    /// Where the person stood in it, if they were there since the start.
    pub(crate) fn place(&self, draft: Draft) -> Option<Place> {
        self.places.borrow().get(&draft).copied()
    }

    /// The person stands there.
    pub(crate) fn set_place(&self, draft: Draft, place: Place) {
        self.places.borrow_mut().insert(draft, place);
    }

    /// Takes a text that needs not be written.
    pub(crate) fn load(&self, draft: Draft, text: String) {
        let mut texts = self.texts.borrow_mut();
        if text.is_empty() {
            texts.remove(&draft);
            self.places.borrow_mut().remove(&draft);
        } else {
            texts.insert(draft, text);
        }
    }

    /// Takes a text and writes it in a moment; an empty one at once, as its words are somewhere else by now.
    pub(crate) fn set(&self, draft: Draft, view: DraftView) {
        self.load(draft, view.text.clone());
        let wait = if view.text.is_empty() {
            0
        } else {
            WRITE_AFTER_MS
        };
        {
            let mut waiting = self.waiting.borrow_mut();
            let entry = waiting.entry(draft).or_default();
            entry.newest = Some(view);
            if entry.busy {
                return;
            }
            entry.busy = true;
        }
        let waiting = Rc::clone(&self.waiting);
        spawn_local(async move {
            if wait > 0 {
                TimeoutFuture::new(wait).await;
            }
            loop {
                let view = waiting
                    .borrow_mut()
                    .get_mut(&draft)
                    .and_then(|entry| entry.newest.take());
                let Some(view) = view else {
                    waiting.borrow_mut().remove(&draft);
                    return;
                };
                // A draft that can't be written is still at hand; the next key tries again.
                bridge::set_draft(view).await.ok();
            }
        });
    }

    /// Forgets all: they were another account's.
    pub(crate) fn forget(&self) {
        self.texts.borrow_mut().clear();
        self.places.borrow_mut().clear();
        for entry in self.waiting.borrow_mut().values_mut() {
            entry.newest = None;
        }
    }
}
