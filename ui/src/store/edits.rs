//! Text that is not written yet, and the edits that are under way.

use super::{Draft, Edit, Store};
use crate::bridge;
use crate::composer::area::Place;
use model::view::{DraftView, TimelineItem};
use model::{MessageId, OpId, Rev, RoomId};
use std::rc::Rc;

impl Store {
    /// What was typed before the last end of the program, and the edits that were under way.
    pub(super) async fn load_drafts(&self) {
        // Without them the app works all the same; what is typed now is kept again.
        for draft in bridge::drafts().await.unwrap_or_default() {
            let key = match draft.message_id {
                None => Draft::Post(draft.room_id),
                Some(message) => {
                    let edit = Edit {
                        room: draft.room_id,
                        base_rev: Rev::FIRST,
                        original: draft.base.unwrap_or_default(),
                        replaces: None,
                    };
                    self.update(|state| {
                        Rc::make_mut(&mut state.edits).insert(message, Rc::new(edit));
                    });
                    Draft::Edit(message)
                }
            };
            self.0.drafts.load(key, draft.text);
        }
        self.load_replies().await;
    }

    /// The draft of a room is being sent.
    pub(crate) async fn hold_draft(&self, room: RoomId) {
        self.0.drafts.hold(Draft::Post(room)).await;
    }

    /// It has been sent, or not; what is left of it is to be [`Store::set_draft`] next.
    pub(crate) fn release_draft(&self, room: RoomId) {
        self.0.drafts.release(Draft::Post(room));
    }

    /// The text of a draft.
    pub(crate) fn draft(&self, draft: Draft) -> String {
        self.0.drafts.text(draft)
    }

    /// Where the person stood in a draft.
    pub(crate) fn place(&self, draft: Draft) -> Option<Place> {
        self.0.drafts.place(draft)
    }

    /// The person stands there in a draft.
    pub(crate) fn set_place(&self, draft: Draft, place: Place) {
        self.0.drafts.set_place(draft, place);
    }

    /// Whether an edit has another text than it began from.
    pub(crate) fn is_changed(&self, message: MessageId) -> bool {
        let state = self.0.state.borrow();
        let edit = state.edits.get(&message);
        edit.is_some_and(|edit| edit.original != self.draft(Draft::Edit(message)))
    }

    /// Keeps the text of a draft, on the disk too; an empty one is none.
    pub(crate) fn set_draft(&self, draft: Draft, text: String) {
        let (room_id, message_id, base) = match draft {
            Draft::Post(room) => (room, None, None),
            Draft::Edit(message) => match self.0.state.borrow().edits.get(&message) {
                Some(edit) => (edit.room, Some(message), Some(edit.original.clone())),
                None => return,
            },
        };
        if message_id.is_none() {
            self.typed(room_id, !text.trim().is_empty());
        }
        let view = DraftView {
            room_id,
            message_id,
            base,
            text,
        };
        self.0.drafts.set(draft, view);
    }

    /// Begins an edit; `refused` is an operation whose text it takes up.
    pub(crate) fn begin_edit(&self, item: &TimelineItem, refused: Option<(OpId, String)>) {
        let (replaces, text) = match refused {
            Some((op, text)) => (Some(op), text),
            None => (None, item.body.clone()),
        };
        let Some(room) = self.open_room() else {
            return;
        };
        let edit = Edit {
            room,
            base_rev: item.rev,
            original: item.body.clone(),
            replaces,
        };
        let id = item.id;
        self.0.drafts.load(Draft::Edit(id), text);
        self.update(|state| {
            Rc::make_mut(&mut state.edits).insert(id, Rc::new(edit));
        });
    }

    /// Begins to edit the newest own message that is on the screen.
    pub(crate) fn edit_last(&self) {
        let window = self.0.state.borrow().window.clone();
        let last = window.and_then(|window| {
            let mut items = window.items.iter().rev();
            items.find(|item| item.mine && !item.deleted).cloned()
        });
        if let Some(item) = last {
            self.begin_edit(&item, None);
        }
    }

    /// Whether a message is being edited.
    pub(crate) fn is_editing(&self, message: MessageId) -> bool {
        self.0.state.borrow().edits.contains_key(&message)
    }

    /// Ends an edit, saved or given up.
    pub(crate) fn end_edit(&self, message: MessageId) {
        self.set_draft(Draft::Edit(message), String::new());
        self.update(|state| {
            Rc::make_mut(&mut state.edits).remove(&message);
        });
    }
}
