//! Going to a place in a room: a message, a day, the end. By a link, a search, a reply, a pin or the calendar.

use super::messages::{BELOW_DATE, Stand, Want};
use super::{Page, Store};
use crate::bridge;
use crate::parts::dom;
use crate::timeline::window::Window;
use model::view::Ask;
use model::{MessageId, Millis, RoomId, Seq};
use wasm_bindgen_futures::spawn_local;

/// The message that a jump leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The message.
    pub(crate) message: MessageId,
    /// Counts the jumps, so that the same message can be jumped to twice.
    pub(crate) number: u32,
}

/// Why a jump has not arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Older messages are still being fetched; the jump is made as soon as the message is here.
    Fetching,
    /// The whole room is here, and the message is not.
    Gone,
    /// We are not in the room.
    NoRoom,
}

impl Store {
    /// Shows a message of a room, in the middle of the screen and marked; fetches what is around it. Where it is not on this
    /// device the screen says so, and goes there once it has been fetched.
    pub(crate) fn jump_to(&self, room: RoomId, message: MessageId) {
        let known = {
            let state = self.0.state.borrow();
            let rooms = state.rooms.as_ref();
            rooms.is_none_or(|rooms| rooms.iter().any(|one| one.id == room))
        };
        if !known {
            self.update(|state| state.missing = Some(Missing::NoRoom));
            return;
        }
        let number = self.0.targets.get().wrapping_add(1);
        self.0.targets.set(number);
        self.0.awaited.set(None);
        self.update(|state| {
            state.missing = None;
            state.target = Some(Target { message, number });
        });
        self.jump(room, Ask::Around(message), Stand::Middle);
    }

    /// Shows the first message of a time or later.
    pub(crate) fn jump_to_time(&self, at: Millis) {
        self.jump_here(Ask::Since(at), BELOW_DATE);
    }

    /// Shows a position, for the scrollbar.
    pub(crate) fn jump_to_position(&self, position: Seq) {
        self.jump_here(Ask::At(position), BELOW_DATE);
    }

    /// Shows the first message that is on this device.
    pub(crate) fn jump_to_beginning(&self) {
        self.jump_here(Ask::At(Seq(i64::MIN)), Stand::Beginning);
    }

    /// Shows the newest message.
    pub(crate) fn jump_to_newest(&self) {
        self.jump_here(Ask::Newest, Stand::End);
    }

    fn jump_here(&self, ask: Ask, stand: Stand) {
        if let Some(room) = self.open_room() {
            self.forget_target();
            self.jump(room, ask, stand);
        }
    }

    fn jump(&self, room: RoomId, ask: Ask, stand: Stand) {
        self.show_room(room);
        self.want(Want::Jump(ask, stand));
    }

    /// A jump was drawn: the keyboard goes on from the message that it leads to.
    pub(crate) fn arrived(&self, window: &Window) {
        let target = self.0.state.borrow().target;
        if let Some(target) = target
            && window.items.iter().any(|item| item.id == target.message)
        {
            dom::focus_message(&target.message.to_string());
        }
    }

    /// The person goes on from where a jump led.
    pub(crate) fn forget_target(&self) {
        self.0.awaited.set(None);
        let set = {
            let state = self.0.state.borrow();
            state.target.is_some() || state.missing.is_some()
        };
        if set {
            self.update(|state| {
                state.target = None;
                state.missing = None;
            });
        }
    }

    /// The message that was jumped to is not here.
    pub(super) fn await_target(&self) {
        let target = self.0.state.borrow().target;
        self.0.awaited.set(target.map(|target| target.message));
    }

    /// After each reading: says why the awaited message is not here, or goes there when it has come.
    pub(super) fn look_for_awaited(&self) {
        let Some(message) = self.0.awaited.get() else {
            return;
        };
        let (room, backfilling, before) = {
            let state = self.0.state.borrow();
            let Some(window) = &state.window else {
                return;
            };
            (window.room, window.backfilling, state.missing)
        };
        let now = if backfilling {
            Missing::Fetching
        } else {
            Missing::Gone
        };
        if before != Some(now) {
            self.update(|state| state.missing = Some(now));
        }
        let store = self.clone();
        spawn_local(async move {
            let here = bridge::timeline(room, Ask::Around(message), 1).await;
            if here.is_ok() && store.0.awaited.get() == Some(message) {
                store.jump_to(room, message);
            }
        });
    }

    fn show_room(&self, room: RoomId) {
        let page = self.0.state.borrow().page;
        if self.open_room() != Some(room) {
            self.open_for_jump(room);
        } else if page != Page::Room {
            self.update(|state| state.page = Page::Room);
        }
    }
}
