//! How far a person has read, told in a moment: while they scroll, each line would be one change.

use crate::bridge;
use gloo_timers::callback::Timeout;
use model::{RoomId, Seq};
use std::cell::RefCell;
use wasm_bindgen_futures::spawn_local;

/// How long after the first line that was seen the last one is told.
const TELL_AFTER_MS: u32 = 500;

/// What was seen and is still to be told.
#[derive(Default)]
pub(super) struct Seen {
    waiting: RefCell<Option<(RoomId, Seq)>>,
    timer: RefCell<Option<Timeout>>,
}

impl Seen {
    /// Takes a position; one of another room lets the former be told at once.
    pub(super) fn set(self: &std::rc::Rc<Self>, room: RoomId, position: Seq) {
        let before = self.waiting.replace(Some((room, position)));
        match before {
            Some((other, seen)) if other != room => tell(other, seen),
            Some((_, seen)) if seen > position => {
                self.waiting.replace(Some((room, seen)));
            }
            _ => {}
        }
        if self.timer.borrow().is_none() {
            let seen = self.clone();
            let timer = Timeout::new(TELL_AFTER_MS, move || {
                seen.timer.replace(None);
                if let Some((room, position)) = seen.waiting.take() {
                    tell(room, position);
                }
            });
            self.timer.replace(Some(timer));
        }
    }
}

fn tell(room: RoomId, position: Seq) {
    spawn_local(async move {
        // It is told again with the next line that is seen.
        bridge::mark_read(room, position).await.ok();
    });
}
