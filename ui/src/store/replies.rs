//! The message that the next one of a room answers: on the screen at once, and on the disk beside the draft.

use super::Store;
use crate::bridge;
use model::view::{Excerpt, ReplyView, TimelineItem};
use model::{MessageId, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Characters of the answered message that are kept on the screen; it shows one line.
const EXCERPT_CHARS: usize = 200;

impl Store {
    /// What was to be answered before the last end of the program.
    pub(super) async fn load_replies(&self) {
        // Without them a draft answers nothing, and the person sees that it does not.
        let found = bridge::draft_replies().await.unwrap_or_default();
        let found = found.into_iter();
        let replies = found.map(|one| (one.room_id, Rc::new(one.reply))).collect();
        self.update(|state| state.replies = Rc::new(replies));
    }

    /// The next message of the open room answers this one.
    pub(crate) fn begin_reply(&self, item: &Rc<TimelineItem>) {
        let Some(room) = self.open_room() else {
            return;
        };
        let reply = ReplyView {
            id: item.id,
            found: Some(Excerpt {
                author_name: item.author_name.clone(),
                text: item.body.chars().take(EXCERPT_CHARS).collect(),
                deleted: item.deleted,
            }),
        };
        self.update(|state| {
            Rc::make_mut(&mut state.replies).insert(room, Rc::new(reply));
        });
        keep(room, Some(item.id));
    }

    /// The next message of a room answers nothing.
    pub(crate) fn end_reply(&self, room: RoomId) {
        self.forget_reply(room);
        keep(room, None);
    }

    /// A message of a room has answered `message`: the next one answers nothing, unless the person has chosen another one meanwhile.
    pub(crate) fn replied(&self, room: RoomId, message: Option<MessageId>) {
        if message.is_some() && self.reply_to(room) == message {
            self.forget_reply(room);
        }
    }

    fn forget_reply(&self, room: RoomId) {
        if self.reply_to(room).is_some() {
            self.update(|state| {
                Rc::make_mut(&mut state.replies).remove(&room);
            });
        }
    }

    /// What the next message of a room answers: for posting it.
    pub(crate) fn reply_to(&self, room: RoomId) -> Option<MessageId> {
        let state = self.0.state.borrow();
        state.replies.get(&room).map(|reply| reply.id)
    }
}

/// Writes it down beside the draft.
fn keep(room: RoomId, message: Option<MessageId>) {
    spawn_local(async move {
        // Where it can't be kept it holds all the same, until the program ends.
        bridge::set_draft_reply(room, message).await.ok();
    });
}
