//! The messages that are on the screen: which, and where the person stands among them.

use super::Store;
use super::refresh::Part;
use crate::bridge;
use crate::timeline::window::{PAGE, Window};
use model::RoomId;
use model::view::Failure;
use std::rc::Rc;

impl Store {
    /// Reads the newest messages, back to the oldest that is on the screen; and one page more if the person wants it.
    /// A person at the end needs the newest page only.
    pub(super) async fn read_timeline(&self, room: RoomId) -> Result<(), Failure> {
        let shown = self.0.state.borrow().window.clone();
        let shown = shown.filter(|window| window.room == room);
        let older_wanted = self.0.older_wanted.take();
        let start = match &shown {
            Some(window) if older_wanted || !self.0.at_end.get() => window.oldest(),
            _ => None,
        };
        let mut window = Window::new(bridge::timeline(room, None, PAGE).await?);
        if let Some(start) = start {
            while !window.contains(start) && window.has_older {
                self.read_older(&mut window).await?;
            }
            window.start_at(start);
        }
        if older_wanted && window.has_older {
            self.read_older(&mut window).await?;
        }
        if let Some(shown) = &shown {
            window.reuse(shown);
        }
        if self.open_room() == Some(room) {
            self.update(|state| state.window = Some(Rc::new(window)));
        }
        Ok(())
    }

    async fn read_older(&self, window: &mut Window) -> Result<(), Failure> {
        let page = bridge::timeline(window.room, window.oldest(), PAGE).await?;
        if page.items.is_empty() {
            window.has_older = false;
        } else {
            window.prepend(page);
        }
        Ok(())
    }

    /// One more page of older messages.
    pub(crate) fn load_older(&self) {
        if !self.0.older_wanted.replace(true) {
            self.read(Part::Timeline);
        }
    }

    /// The person is at the end of the timeline, or has left it.
    pub(crate) fn set_at_end(&self, at_end: bool) {
        self.0.at_end.set(at_end);
    }

    /// A message was written here and will arrive as a row.
    pub(crate) fn set_writing(&self, writing: bool) {
        self.0.writing.set(writing);
    }

    /// Whether a message that was written here is still to arrive.
    pub(crate) fn is_writing(&self) -> bool {
        self.0.writing.get()
    }
}
