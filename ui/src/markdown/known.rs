//! The names that count as people and rooms in the texts on the screen. Given once, around all of them.

use crate::store::Store;
use model::text::Names;
use model::view::{PersonView, RoomView};
use model::{RoomId, UserId};
use std::rc::Rc;

/// What a text may name.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Known {
    /// The people of the room.
    pub(crate) people: Rc<Names<UserId>>,
    /// The rooms that we are in.
    pub(crate) rooms: Rc<Names<RoomId>>,
    /// Whose name is marked.
    pub(crate) me: Option<UserId>,
    /// To go to a room, or where a link leads.
    pub(crate) store: Option<Store>,
}

impl Known {
    /// Of what is on the screen.
    pub(crate) fn new(
        store: &Store,
        me: UserId,
        people: &[PersonView],
        rooms: &[RoomView],
    ) -> Self {
        Self {
            people: Rc::new(Names::new(
                people
                    .iter()
                    .map(|person| (person.name.as_str(), person.id)),
            )),
            rooms: Rc::new(Names::new(
                rooms.iter().map(|room| (room.name.as_str(), room.id)),
            )),
            me: Some(me),
            store: Some(store.clone()),
        }
    }
}
