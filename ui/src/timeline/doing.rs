//! Doing what a person asks for on a message.
//!
//! Invariant: nothing here changes while the timeline is on the screen, not even when other messages are shown: what a message is
//! given to call is the same each time, or every message would be drawn again for it.

use super::actions::Action;
use super::message::Open;
use crate::bridge;
use crate::parts::{clipboard, dom};
use crate::store::Store;
use crate::text::t;
use model::MessageId;
use model::view::Failure;
use std::future::Future;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, UseStateSetter};

/// What is done, and where its failure is shown.
#[derive(Clone)]
pub(super) struct Doing {
    pub(super) store: Store,
    pub(super) open: UseStateSetter<Option<(MessageId, Option<Open>)>>,
    pub(super) failure: UseStateSetter<Option<(MessageId, String)>>,
}

impl Doing {
    /// Does it.
    pub(super) fn act(&self, id: MessageId, action: Action) {
        let Some(window) = self.store.window() else {
            return;
        };
        let Some(item) = window.items.iter().find(|item| item.id == id).cloned() else {
            return;
        };
        let room = window.room;
        self.open.set(None);
        self.failure.set(None);
        match action {
            Action::Reply => {
                self.store.begin_reply(&item);
                dom::focus_first("[data-testid=composer]");
            }
            Action::React => self.open.set(Some((id, Some(Open::Picker)))),
            Action::Edit => self.store.begin_edit(&item, None),
            Action::Pin => self.attempt(id, bridge::pin(room, id, true)),
            Action::Unpin => self.attempt(id, bridge::pin(room, id, false)),
            Action::CopyLink => self.copy(id, self.store.link_to_message(room, id), "link"),
            Action::CopyText => self.copy(id, item.body.clone(), "text"),
            Action::Versions => self.store.open_versions(room, id),
            Action::Delete => self.open.set(Some((id, Some(Open::Deleting)))),
        }
        let stays = matches!(
            action,
            Action::Pin | Action::Unpin | Action::CopyLink | Action::CopyText
        );
        if stays {
            dom::focus_message(&id.to_string());
        }
    }

    /// Puts a reaction on a message, or takes it back.
    pub(super) fn react(&self, id: MessageId, emoji: String, on: bool) {
        if let Some(room) = self.store.window().map(|window| window.room) {
            self.attempt(id, async move { bridge::react(room, id, &emoji, on).await });
        }
    }

    /// Deletes a message.
    pub(super) fn delete(&self, id: MessageId) {
        self.open.set(None);
        if let Some(room) = self.store.window().map(|window| window.room) {
            self.attempt(id, bridge::delete(room, id));
        }
        dom::focus_message(&id.to_string());
    }

    /// Does something and shows beside the message why it failed, if it did.
    fn attempt(&self, id: MessageId, action: impl Future<Output = Result<(), Failure>> + 'static) {
        let failure = self.failure.clone();
        spawn_local(async move {
            failure.set(action.await.err().map(|reason| (id, reason.text)));
        });
    }

    fn copy(&self, id: MessageId, text: String, what: &'static str) {
        let (store, failure) = (self.store.clone(), self.failure.clone());
        spawn_local(async move {
            if !clipboard::copy(&text).await {
                failure.set(Some((id, t!("copy-failed"))));
                return;
            }
            store.toast(if what == "link" {
                t!("link-copied")
            } else {
                t!("text-copied")
            });
        });
    }
}

/// What the messages are given to call.
#[derive(Clone, PartialEq)]
pub(super) struct Acts {
    /// Does something.
    pub(super) act: Callback<(MessageId, Action)>,
    /// Opens something, or closes what is open.
    pub(super) set_open: Callback<(MessageId, Option<Open>)>,
    /// Puts a reaction on a message, or takes it back.
    pub(super) react: Callback<(MessageId, String, bool)>,
    /// Deletes a message: the person has said so twice.
    pub(super) delete: Callback<MessageId>,
}

impl Acts {
    /// Those that do it so.
    pub(super) fn of(doing: &Doing) -> Self {
        let (act, react, delete) = (doing.clone(), doing.clone(), doing.clone());
        let open = doing.open.clone();
        Self {
            act: Callback::from(move |(id, action)| act.act(id, action)),
            set_open: Callback::from(move |(id, what): (MessageId, Option<Open>)| {
                open.set(what.map(|what| (id, Some(what))));
            }),
            react: Callback::from(move |(id, emoji, on)| react.react(id, emoji, on)),
            delete: Callback::from(move |id| delete.delete(id)),
        }
    }
}
