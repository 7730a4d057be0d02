//! Going from room to room, links that open Amend, what lies over the page, and telling others that we type.

use super::{Page, Store};
use crate::bridge;
use crate::parts::clipboard;
use crate::rooms::order;
use crate::text::t;
use model::{Link, MessageId, NamedUser, RoomId};
use wasm_bindgen_futures::spawn_local;

/// Typing is said again after this: the relay forgets it after six seconds.
const TYPING_EVERY_MS: f64 = 3000.0;

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The quick switcher.
    Switcher,
    /// Whom to write to.
    NewDirect,
    /// A room's settings.
    RoomSettings(RoomId),
    /// Whom to bring into a room.
    InviteTo(RoomId),
    /// A room to be left.
    Leave(RoomId),
    /// A room that a link leads to and that we are not in.
    Join(RoomId),
    /// Our own account.
    Profile,
}

impl Store {
    /// Lays something over the page, or takes it away.
    pub(crate) fn show(&self, over: Option<Over>) {
        self.update(|state| state.over = over);
        if matches!(
            over,
            Some(Over::Switcher | Over::NewDirect | Over::InviteTo(_))
        ) {
            self.ask_for_people();
        }
    }

    /// Asks the relay who there is; without it those who are known are shown.
    pub(crate) fn ask_for_people(&self) {
        spawn_local(async {
            bridge::ask_for_people().await.ok();
        });
    }

    /// Goes to the room above or below in the list; `unread_only`: to one that calls.
    pub(crate) fn step(&self, is_forward: bool, unread_only: bool) {
        let to = {
            let state = self.0.state.borrow();
            // Not behind what lies over the page.
            let rooms = state.rooms.as_ref().filter(|_| state.over.is_none());
            rooms.and_then(|rooms| order::next(rooms, state.open, is_forward, unread_only))
        };
        if let Some(room) = to {
            self.open(room);
        }
    }

    /// Opens the direct room with some people.
    pub(crate) fn write_to(&self, with: Vec<NamedUser>) {
        let store = self.clone();
        spawn_local(async move {
            match bridge::open_direct(&with).await {
                Ok(room) => {
                    store.show(None);
                    store.open(room);
                }
                Err(failure) => store.toast(failure.text),
            }
        });
    }

    /// Opens what a link leads to: an invite, a room, a message. It may come before anybody is signed in.
    pub(crate) fn open_link(&self, url: &str) {
        match Link::parse(url) {
            None => self.toast(t!("link-unknown")),
            Some(link) => {
                self.update(|state| state.link = Some(link));
                self.follow_link();
            }
        }
    }

    /// The invite whose room is joined as soon as the account is there: whoever takes an invite has agreed to its room.
    pub(crate) fn accept_invite(&self, invite: Option<Link>) {
        self.0.accepted.set(invite.is_some());
        self.update(|state| state.link = invite);
    }

    /// Follows the link that waits, as soon as somebody is signed in and the rooms are known.
    pub(super) fn follow_link(&self) {
        let (link, account) = {
            let state = self.0.state.borrow();
            if state.rooms.is_none() {
                return;
            }
            let (Some(link), Some(account)) = (state.link.clone(), state.account.clone()) else {
                return;
            };
            (link, account)
        };
        if let (
            true,
            Link::Join {
                room: Some(room), ..
            },
        ) = (self.0.accepted.get(), &link)
        {
            // The relay tells of its rooms in a moment.
            let is_told = {
                let state = self.0.state.borrow();
                state.directory.iter().any(|one| one.id == *room)
            };
            if is_told {
                self.0.accepted.set(false);
                self.update(|state| state.link = None);
                self.join(*room);
            }
            return;
        }
        self.update(|state| state.link = None);
        let (relay, room, message) = match link {
            Link::Join { relay, room, .. } => (Some(relay), room, None),
            Link::Room { relay, room } => (relay, Some(room), None),
            Link::Message {
                relay,
                room,
                message,
            } => (relay, Some(room), Some(message)),
        };
        if let Some(relay) = relay.filter(|relay| !is_same(relay, &account.relay)) {
            self.toast(t!("link-elsewhere", relay = relay));
            return;
        }
        let Some(room) = room else {
            self.toast(t!("link-known", name = account.name.clone()));
            return;
        };
        let known = {
            let state = self.0.state.borrow();
            let rooms = state.rooms.as_ref();
            rooms.is_some_and(|rooms| rooms.iter().any(|one| one.id == room))
        };
        if !known {
            spawn_local(async {
                bridge::browse().await.ok();
            });
            self.show(Some(Over::Join(room)));
        } else if let Some(message) = message {
            self.jump_to(room, message);
        } else {
            self.open(room);
        }
    }

    /// Joins a channel and shows it.
    pub(crate) fn join(&self, room: RoomId) {
        let store = self.clone();
        spawn_local(async move {
            match bridge::join(room).await {
                Ok(()) => {
                    store.show(None);
                    store.open(room);
                }
                Err(failure) => store.toast(failure.text),
            }
        });
    }

    /// The person changed the text of a new message: tells the others at most every few seconds, and that it is over at once.
    pub(super) fn typed(&self, room: RoomId, is_typing: bool) {
        let now = js_sys::Date::now();
        let told = self.0.typing_told.get();
        let on = match told {
            Some((other, _)) if other == room && !is_typing => false,
            Some((other, at)) if other == room && now - at < TYPING_EVERY_MS => return,
            _ if is_typing => true,
            _ => return,
        };
        self.0.typing_told.set(on.then_some((room, now)));
        spawn_local(async move {
            // Said again with the next key.
            bridge::typing(room, on).await.ok();
        });
    }

    /// A room's link, for others.
    pub(crate) fn copy_link(&self, room: RoomId) {
        let relay = self.relay();
        self.copy(&Link::Room { relay, room }.to_string());
    }

    /// A message's link, for others.
    pub(crate) fn link_to_message(&self, room: RoomId, message: MessageId) -> String {
        let relay = self.relay();
        let link = Link::Message {
            relay,
            room,
            message,
        };
        link.to_string()
    }

    fn relay(&self) -> Option<String> {
        let state = self.0.state.borrow();
        state.account.as_ref().map(|account| account.relay.clone())
    }

    /// Puts a text into the clipboard and says so.
    pub(crate) fn copy(&self, text: &str) {
        let (store, text) = (self.clone(), text.to_owned());
        spawn_local(async move {
            store.toast(if clipboard::copy(&text).await {
                t!("copied")
            } else {
                t!("copy-failed")
            });
        });
    }

    /// The room of the open page, if it is one.
    pub(crate) fn leave_for_good(&self, room: RoomId) {
        let store = self.clone();
        spawn_local(async move {
            match bridge::leave(room).await {
                Ok(()) => {
                    store.show(None);
                    if store.open_room() == Some(room) {
                        store.close_room();
                    }
                }
                Err(failure) => {
                    store.show(None);
                    store.toast(failure.text);
                }
            }
        });
    }

    fn close_room(&self) {
        let next = {
            let state = self.0.state.borrow();
            let rooms = state.rooms.as_ref();
            rooms.and_then(|rooms| order::next(rooms, state.open, true, false))
        };
        match next {
            Some(room) => self.open(room),
            None => self.update(|state| {
                state.open = None;
                state.window = None;
                state.page = Page::Room;
            }),
        }
    }
}

/// Whether two addresses are the same relay's, however they were typed.
fn is_same(one: &str, other: &str) -> bool {
    let bare = |address: &str| {
        let address = address.trim().trim_end_matches('/').to_lowercase();
        let rest = address.split_once("://").map(|(_, rest)| rest.to_owned());
        rest.unwrap_or(address)
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn addresses_are_compared_as_people_type_them() {
        assert!(is_same(
            "https://Chat.example.org/",
            "https://chat.example.org"
        ));
        assert!(is_same("chat.example.org", "https://chat.example.org"));
        assert!(!is_same(
            "https://chat.example.org",
            "https://chat.example.net"
        ));
    }
}
