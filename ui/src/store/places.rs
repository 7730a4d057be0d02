//! Where the person is in each room, at hand while the app runs, and on the disk a moment after they stopped scrolling.

use super::Store;
use crate::bridge;
use gloo_timers::callback::Timeout;
use model::view::PlaceView;
use model::{MessageId, RoomId};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen_futures::spawn_local;

/// How long after the last scroll a place is written to the disk.
const WRITE_AFTER_MS: u32 = 400;

/// The places.
#[derive(Default)]
pub(super) struct Places {
    known: RefCell<HashMap<RoomId, PlaceView>>,
    /// Those that are still to be written; a dropped timeout never fires.
    waiting: RefCell<HashMap<RoomId, Timeout>>,
}

impl Store {
    /// Where the person was before the last end of the program. The room where they were last is opened at once, before
    /// anything else is known.
    pub(super) async fn load_places(&self) {
        // Without them each room opens at its end.
        let places = bridge::places().await.unwrap_or_default();
        let last = places.first().map(|place| place.room_id);
        self.0.places.known.replace(
            places
                .into_iter()
                .map(|place| (place.room_id, place))
                .collect(),
        );
        if let Some(room) = last {
            self.0.restored.set(true);
            self.update(|state| state.open = Some(room));
        }
    }

    /// The message that was the first in sight in a room, and how far below the upper edge; none for the end.
    pub(super) fn place_in(&self, room: RoomId) -> Option<(MessageId, i32)> {
        let known = self.0.places.known.borrow();
        let place = known.get(&room)?;
        Some((place.message_id?, place.offset))
    }

    /// The room is the one where the person is now.
    pub(super) fn enter(&self, room: RoomId) {
        let known = self.0.places.known.borrow().get(&room).copied();
        let place = known.unwrap_or(PlaceView {
            room_id: room,
            message_id: None,
            offset: 0,
        });
        self.keep(place);
    }

    /// The person stands here now: at the end (`None`), or with this message as the first in sight.
    pub(crate) fn stand(&self, room: RoomId, anchor: Option<(MessageId, i32)>) {
        let place = PlaceView {
            room_id: room,
            message_id: anchor.map(|(message, _)| message),
            offset: anchor.map_or(0, |(_, offset)| offset),
        };
        if self.0.places.known.borrow().get(&room) != Some(&place) {
            self.keep(place);
        }
    }

    fn keep(&self, place: PlaceView) {
        let room = place.room_id;
        self.0.places.known.borrow_mut().insert(room, place);
        let write = Timeout::new(WRITE_AFTER_MS, move || {
            spawn_local(async move {
                // The next scroll tries again.
                bridge::set_place(place).await.ok();
            });
        });
        self.0.places.waiting.borrow_mut().insert(room, write);
    }

    /// Forgets all: they were another account's.
    pub(super) fn forget_places(&self) {
        self.0.places.known.borrow_mut().clear();
        self.0.places.waiting.borrow_mut().clear();
    }
}
