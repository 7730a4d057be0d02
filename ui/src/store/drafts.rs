//! Text that is not written yet: at hand while the app runs, and on the disk a moment after a key was pressed.
//!
//! Invariants: an edit's draft and a room's draft never touch each other; what is typed is on its way to the disk at most
//! [`WRITE_AFTER_MS`] later, however long a person goes on typing; one writing of a draft at a time, so that what is read
//! back is what was typed last; none while the draft is being sent, as the transaction that writes the message also takes the draft away.

use crate::bridge;
use crate::composer::area::Place;
use gloo_timers::future::TimeoutFuture;
use model::view::DraftView;
use model::{MessageId, RoomId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
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
    /// It is on its way to the disk.
    writing: bool,
    /// It is being sent.
    held: bool,
    /// Who waits until nothing is on its way.
    settled: Option<Waker>,
}

/// What is to be written next of a draft; none: this one has nothing more to do.
fn next(waiting: &RefCell<HashMap<Draft, Waiting>>, draft: Draft) -> Option<DraftView> {
    let mut waiting = waiting.borrow_mut();
    let entry = waiting.get_mut(&draft)?;
    let view = if entry.held {
        None
    } else {
        entry.newest.take()
    };
    entry.writing = view.is_some();
    if view.is_none() {
        entry.busy = false;
        if !entry.held {
            waiting.remove(&draft);
        }
    }
    view
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
            if entry.busy || entry.held {
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
                let Some(view) = next(&waiting, draft) else {
                    return;
                };
                // A draft that can't be written is still at hand; the next key tries again.
                bridge::set_draft(view).await.ok();
                let mut waiting = waiting.borrow_mut();
                let entry = waiting.entry(draft).or_default();
                entry.writing = false;
                if let Some(settled) = entry.settled.take() {
                    settled.wake();
                }
            }
        });
    }

    /// A draft is being sent: nothing of it goes to the disk from now on, and nothing is on its way there any more when this returns.
    pub(crate) async fn hold(&self, draft: Draft) {
        poll_fn(|context| {
            let mut waiting = self.waiting.borrow_mut();
            let entry = waiting.entry(draft).or_default();
            entry.held = true;
            if entry.writing {
                entry.settled = Some(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }

    /// It has been sent, or not; what is left of it is to be [`Drafts::set`] next.
    pub(crate) fn release(&self, draft: Draft) {
        if let Some(entry) = self.waiting.borrow_mut().get_mut(&draft) {
            entry.held = false;
            entry.newest = None;
        }
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
