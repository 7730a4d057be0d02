//! The messages that are on the screen: which, and where the person stands among them.
//!
//! Invariant: what is on the screen is one stretch of the room. Rows that changed cause the same stretch to be read again; only
//! the person, or a new message for somebody at the end, moves it.

use super::Store;
use super::refresh::Part;
use crate::bridge;
use crate::timeline::window::{Aim, MAX, PAGE, Window};
use model::view::{Ask, Failure, Timeline};
use model::{RoomId, Seq};
use std::rc::Rc;

/// What the next reading is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Want {
    /// The same stretch.
    #[default]
    Same,
    /// One page more towards the beginning.
    Older,
    /// One page more towards the end.
    Newer,
    /// Another place.
    Jump(Ask, Stand),
}

/// Where on the screen the message stands that a jump leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// It is no message, but the end.
    End,
    /// It is the beginning of the room.
    Beginning,
    /// In the middle.
    Middle,
    /// So many pixels below the upper edge.
    Below(i32),
}

/// Below the date, with a little of what was before.
pub(super) const BELOW_DATE: Stand = Stand::Below(72);

impl Stand {
    fn aim(self, page: &Timeline) -> Aim {
        match (self, page.target) {
            (Self::Beginning, _) => Aim::Beginning,
            (Self::Middle, Some(id)) => Aim::Middle(id),
            (Self::Below(pixels), Some(id)) => Aim::Below(id, pixels),
            (Self::End, _) | (_, None) => Aim::End,
        }
    }
}

impl Store {
    /// Reads what is wanted of a room's messages.
    pub(super) async fn read_timeline(&self, room: RoomId) -> Result<(), Failure> {
        let shown = self.0.state.borrow().window.clone();
        let shown = shown.filter(|window| window.room == room);
        let dirty = self.0.dirty.replace(false);
        let want = self.0.want.take();
        self.0.loading.set(want);
        let read = match (want, shown) {
            (Want::Jump(ask, stand), shown) => self.read_jump(room, ask, stand, shown).await,
            (_, None) => self.read_opening(room).await,
            (want, Some(shown)) => self.read_on(&shown, want, dirty).await,
        };
        self.0.loading.take();
        let window = match read {
            Ok(window) => window,
            Err(failure) => {
                self.0.dirty.set(dirty);
                return Err(failure);
            }
        };
        if self.open_room() == Some(room) {
            let read_to = window.read_to;
            let fresh = self.0.unread_room.replace(Some(room)) != Some(room);
            self.update(|state| {
                if fresh {
                    state.unread_from = read_to;
                }
                state.window = Some(Rc::new(window));
            });
            self.look_for_awaited();
        }
        Ok(())
    }

    /// Reads on from what is shown, in one direction or in place.
    async fn read_on(&self, shown: &Window, want: Want, dirty: bool) -> Result<Window, Failure> {
        let mut window = if dirty || want == Want::Same {
            self.read_again(shown).await?
        } else {
            shown.clone()
        };
        match want {
            Want::Older if window.has_older => {
                if let Some(first) = window.items.first() {
                    let ask = Ask::Before(first.mark());
                    window.prepend(bridge::timeline(window.room, ask, PAGE).await?);
                }
            }
            Want::Newer if window.has_newer => {
                if let Some(last) = window.items.last() {
                    let ask = Ask::After(last.mark());
                    window.append(bridge::timeline(window.room, ask, PAGE).await?);
                }
            }
            _ => {}
        }
        Ok(window)
    }

    /// The same stretch with what changed in it; for a person at the end the newest messages.
    async fn read_again(&self, shown: &Window) -> Result<Window, Failure> {
        let room = shown.room;
        if self.0.writing.get() && shown.has_newer {
            // What was written here is to be seen, wherever the person was.
            let page = bridge::timeline(room, Ask::Newest, 2 * PAGE).await?;
            return Ok(Window::new(page, self.next_jump(), Aim::End));
        }
        let len = u32::try_from(shown.items.len()).unwrap_or(PAGE);
        let (ask, limit) = match shown.items.first() {
            Some(first) if shown.has_newer => (Ask::From(first.mark()), len),
            Some(first) if !self.0.at_end.get() => {
                (Ask::From(first.mark()), u32::try_from(MAX).unwrap_or(len))
            }
            _ => (Ask::Newest, len.max(PAGE)),
        };
        let page = bridge::timeline(room, ask, limit).await?;
        Ok(shown.again(page))
    }

    async fn read_jump(
        &self,
        room: RoomId,
        ask: Ask,
        stand: Stand,
        shown: Option<Rc<Window>>,
    ) -> Result<Window, Failure> {
        match bridge::timeline(room, ask, 2 * PAGE).await {
            Ok(page) => {
                let aim = stand.aim(&page);
                self.0.at_end.set(aim == Aim::End);
                Ok(Window::new(page, self.next_jump(), aim))
            }
            Err(failure) if failure.code == "message_not_found" => {
                self.await_target();
                match shown {
                    Some(shown) => self.read_again(&shown).await,
                    None => self.read_opening(room).await,
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Where the person was when they left the room, or else where the unread messages begin.
    async fn read_opening(&self, room: RoomId) -> Result<Window, Failure> {
        if let Some((message, offset)) = self.place_in(room) {
            match bridge::timeline(room, Ask::Around(message), 2 * PAGE).await {
                Ok(page) => {
                    self.0.at_end.set(false);
                    let aim = Aim::Below(message, offset);
                    return Ok(Window::new(page, self.next_jump(), aim));
                }
                // It is gone: an own message that was given up.
                Err(failure) if failure.code == "message_not_found" => {}
                Err(failure) => return Err(failure),
            }
        }
        let page = bridge::timeline(room, Ask::Unread, 2 * PAGE).await?;
        let aim = BELOW_DATE.aim(&page);
        self.0.at_end.set(aim == Aim::End);
        Ok(Window::new(page, self.next_jump(), aim))
    }

    fn next_jump(&self) -> u32 {
        let next = self.0.jumps.get().wrapping_add(1);
        self.0.jumps.set(next);
        next
    }

    pub(super) fn want(&self, want: Want) {
        self.0.want.set(want);
        self.read(Part::Timeline);
    }

    /// One more page of older messages.
    pub(crate) fn load_older(&self) {
        self.load(Want::Older);
    }

    /// One more page of newer messages.
    pub(crate) fn load_newer(&self) {
        self.load(Want::Newer);
    }

    fn load(&self, want: Want) {
        // A jump goes before, and the same page is asked for once.
        let taken = |other: Want| other == want || matches!(other, Want::Jump(..));
        if !taken(self.0.want.get()) && !taken(self.0.loading.get()) {
            self.want(want);
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

    /// What was read by now was read: new messages from here on stand below the line.
    pub(crate) fn begin_unread(&self) {
        let read_to = {
            let state = self.0.state.borrow();
            state.window.as_ref().and_then(|window| window.read_to)
        };
        if let Some(read_to) = read_to {
            self.update(|state| state.unread_from = Some(read_to));
        }
    }

    /// The person has seen the messages through this position.
    pub(crate) fn seen(&self, room: RoomId, position: Seq) {
        let read_to = {
            let state = self.0.state.borrow();
            let window = state.window.as_ref().filter(|window| window.room == room);
            match window {
                Some(window) => window.read_to,
                None => return,
            }
        };
        if read_to.is_none_or(|read_to| position > read_to) {
            self.0.seen.set(room, position);
        }
    }
}
