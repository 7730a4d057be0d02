//! The message that the next one of a room answers.

use super::Store;
use model::view::TimelineItem;
use model::{MessageId, RoomId};
use std::rc::Rc;

impl Store {
    /// The next message of the open room answers this one.
    pub(crate) fn begin_reply(&self, item: &Rc<TimelineItem>) {
        if let Some(room) = self.open_room() {
            self.update(|state| {
                Rc::make_mut(&mut state.replies).insert(room, item.clone());
            });
        }
    }

    /// The next message of a room answers nothing.
    pub(crate) fn end_reply(&self, room: RoomId) {
        if self.0.state.borrow().replies.contains_key(&room) {
            self.update(|state| {
                Rc::make_mut(&mut state.replies).remove(&room);
            });
        }
    }

    /// What the next message of a room answers: for posting it.
    pub(crate) fn reply_to(&self, room: RoomId) -> Option<MessageId> {
        let state = self.0.state.borrow();
        state.replies.get(&room).map(|item| item.id)
    }
}
