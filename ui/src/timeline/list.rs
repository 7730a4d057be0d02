//! The messages of a window as nodes, with what stands between them: days, and the line above the unread ones.
//!
//! Invariant: they are drawn again only when one of the [`Props`] changed, and of the messages only those that it is about: scrolling
//! within what is loaded changes none of them.

use super::doing::Acts;
use super::message::{Message, Open};
use super::window::{self, Window};
use crate::parts::time;
use crate::store::{Edit, Store, Target};
use crate::text::t;
use model::{MessageId, Seq};
use std::collections::BTreeMap;
use std::rc::Rc;
use yew::{Callback, Html, Properties, component, html};

/// What the messages are drawn with.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub(super) store: Store,
    pub(super) window: Rc<Window>,
    /// What was read when the person came.
    pub(super) unread_from: Option<Seq>,
    /// The message that the last jump led to.
    pub(super) jumped_to: Option<Target>,
    /// The edits under way.
    pub(super) edits: Rc<BTreeMap<MessageId, Rc<Edit>>>,
    /// The message that has the mouse.
    pub(super) pointed: Option<MessageId>,
    /// The message that has, or last had, the keyboard.
    pub(super) focused: Option<MessageId>,
    /// The keyboard is in the messages now.
    pub(super) has_keyboard: bool,
    /// What is open.
    pub(super) open: Option<(MessageId, Option<Open>)>,
    /// What failed.
    pub(super) failure: Option<(MessageId, String)>,
    /// What the messages call.
    pub(super) acts: Acts,
    /// Opens the calendar.
    pub(super) choose_day: Callback<yew::MouseEvent>,
}

/// The messages.
#[component]
pub(super) fn Messages(props: &Props) -> Html {
    let window = &*props.window;
    let unread = window.unread_from(props.unread_from);
    let placings = window::place(&window.items, time::day, unread);
    let newest_own = window
        .items
        .iter()
        .rev()
        .find(|item| item.mine)
        .map(|item| item.id)
        .filter(|_| !window.has_newer);
    let reachable = props
        .focused
        .filter(|id| window.items.iter().any(|item| item.id == *id))
        .or(window.items.last().map(|item| item.id));
    let mut nodes = Vec::with_capacity(window.items.len() + 8);
    for (item, placing) in window.items.iter().zip(placings) {
        let id = item.id;
        if placing.new_day {
            nodes.push(day(props, id, item.created_at));
        }
        if unread == Some(id) {
            nodes.push(html! {
                <div key={format!("unread-{id}")} class="unread-line" role="separator" data-testid="unread-line"><span>{ t!("unread-line") }</span></div>
            });
        }
        let target = props.jumped_to.filter(|target| target.message == id);
        let of = |(message, open): (MessageId, Option<Open>)| open.filter(|_| message == id);
        let open = props.open.and_then(of);
        let focused = props.has_keyboard && props.focused == Some(id);
        let failure = props
            .failure
            .as_ref()
            .filter(|(message, _)| *message == id)
            .map(|(_, text)| text.clone());
        let acts = &props.acts;
        nodes.push(html! {
            <Message key={id.to_string()} store={props.store.clone()} room={window.room} item={item.clone()}
                continued={placing.continued} newest_own={newest_own == Some(id)} edit={props.edits.get(&id).cloned()}
                may={window.may} active={focused || props.pointed == Some(id) || open.is_some()} reachable={reachable == Some(id)}
                target={target.map(|target| target.number)} {open} {failure}
                act={acts.act.clone()} set_open={acts.set_open.clone()} react={acts.react.clone()} delete={acts.delete.clone()} />
        });
    }
    nodes.into_iter().collect()
}

fn day(props: &Props, before: MessageId, at: model::Millis) -> Html {
    html! {
        <div key={format!("day-{before}")} class="day">
            <button class="day-button" type="button" data-testid="day-button" tabindex="-1" title={t!("jump-to-date")} onclick={props.choose_day.clone()}>
                { time::day_name(at) }
            </button>
        </div>
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
