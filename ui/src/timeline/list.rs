//! The messages of a window as nodes, with what stands between them: days, and the line above the unread ones.

use super::actions::Action;
use super::message::{Message, Open};
use super::window::{self, Window};
use crate::parts::time;
use crate::store::{State, Store};
use crate::text::t;
use model::MessageId;
use yew::{Callback, Html, html};

/// What the messages are drawn with.
pub(super) struct Drawn<'a> {
    pub(super) store: &'a Store,
    pub(super) state: &'a State,
    /// The message that has the mouse.
    pub(super) pointed: Option<MessageId>,
    /// The message that has, or last had, the keyboard.
    pub(super) focused: Option<MessageId>,
    /// The keyboard is in the messages now.
    pub(super) has_keyboard: bool,
    /// What is open.
    pub(super) open: Option<(MessageId, Option<Open>)>,
    /// What failed.
    pub(super) failure: Option<&'a (MessageId, String)>,
    pub(super) act: Callback<(MessageId, Action)>,
    pub(super) set_open: Callback<(MessageId, Option<Open>)>,
    pub(super) react: Callback<(MessageId, String, bool)>,
    pub(super) delete: Callback<MessageId>,
    /// Opens the calendar.
    pub(super) choose_day: Callback<yew::MouseEvent>,
}

impl Drawn<'_> {
    /// The nodes.
    pub(super) fn messages(&self, window: &Window) -> Html {
        let unread = window.unread_from(self.state.unread_from);
        let placings = window::place(&window.items, time::day, unread);
        let newest_own = window
            .items
            .iter()
            .rev()
            .find(|item| item.mine)
            .map(|item| item.id)
            .filter(|_| !window.has_newer);
        let reachable = self
            .focused
            .filter(|id| window.items.iter().any(|item| item.id == *id))
            .or(window.items.last().map(|item| item.id));
        let mut nodes = Vec::with_capacity(window.items.len() + 8);
        for (item, placing) in window.items.iter().zip(placings) {
            let id = item.id;
            if placing.new_day {
                nodes.push(self.day(id, item.created_at));
            }
            if unread == Some(id) {
                nodes.push(html! {
                    <div key={format!("unread-{id}")} class="unread-line" role="separator" data-testid="unread-line"><span>{ t!("unread-line") }</span></div>
                });
            }
            let target = self.state.target.filter(|target| target.message == id);
            let of = |(message, open): (MessageId, Option<Open>)| open.filter(|_| message == id);
            let open = self.open.and_then(of);
            let focused = self.has_keyboard && self.focused == Some(id);
            nodes.push(html! {
                <Message key={id.to_string()} store={self.store.clone()} room={window.room} item={item.clone()}
                    continued={placing.continued} newest_own={newest_own == Some(id)} edit={self.state.edits.get(&id).cloned()}
                    may={window.may} active={focused || self.pointed == Some(id) || open.is_some()} reachable={reachable == Some(id)}
                    target={target.map(|target| target.number)} {open}
                    failure={self.failure.filter(|(message, _)| *message == id).map(|(_, text)| text.clone())}
                    act={self.act.clone()} set_open={self.set_open.clone()} react={self.react.clone()} delete={self.delete.clone()} />
            });
        }
        nodes.into_iter().collect()
    }

    fn day(&self, before: MessageId, at: model::Millis) -> Html {
        html! {
            <div key={format!("day-{before}")} class="day">
                <button class="day-button" type="button" data-testid="day-button" tabindex="-1" title={t!("jump-to-date")} onclick={self.choose_day.clone()}>
                    { time::day_name(at) }
                </button>
            </div>
        }
    }
}

/// What stands before the first message.
pub(super) fn beginning(window: &Window) -> Html {
    let text = if window.has_older {
        t!("older-loading")
    } else if window.backfilling {
        t!("older-fetching")
    } else if window.items.is_empty() {
        t!("room-empty")
    } else {
        t!("room-begins")
    };
    html! { <p key="beginning" class="beginning muted" data-testid="beginning">{ text }</p> }
}
