//! What waits for the relay, each with how far it has got and what can be done.

use super::actions::{attempt, button, copy, what};
use crate::bridge;
use crate::parts::time;
use crate::store::Store;
use crate::text::t;
use model::view::{OutboxState, OutboxView, TakeBack};
use std::rc::Rc;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// What waits, in its order.
    pub(crate) waiting: Rc<Vec<OutboxView>>,
}

/// The list.
#[component]
pub(crate) fn Waiting(props: &Props) -> Html {
    html! {
        <>
            <h2 class="section">{ t!("sync-waiting-title") }</h2>
            if props.waiting.is_empty() {
                <p class="muted" data-testid="nothing-waits">{ t!("sync-nothing-waits") }</p>
            }
            <ul>
                { for props.waiting.iter().map(|entry| html! {
                    <Entry key={entry.op_id.to_string()} store={props.store.clone()} entry={entry.clone()} />
                }) }
            </ul>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EntryProps {
    store: Store,
    entry: OutboxView,
}

/// How far it has got, and why it waits.
fn state(state: OutboxState) -> (&'static str, String) {
    match state {
        OutboxState::Waiting => ("waiting", t!("state-waiting")),
        OutboxState::Sent => ("sent", t!("state-sent")),
        OutboxState::Accepted => ("accepted", t!("state-accepted")),
    }
}

#[component]
fn Entry(props: &EntryProps) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let confirming = use_state_eq(|| false);
    let entry = &props.entry;
    let take_back = {
        let (failure, confirming, op) = (failure.clone(), confirming.clone(), entry.op_id);
        Callback::from(move |_: web_sys::MouseEvent| {
            confirming.set(false);
            attempt(&failure, bridge::take_back(op));
        })
    };
    let confirm = |to: bool| {
        let confirming = confirming.clone();
        Callback::from(move |_: web_sys::MouseEvent| confirming.set(to))
    };
    let show = {
        let (store, room, message) = (props.store.clone(), entry.room_id, entry.message_id);
        Callback::from(move |_: web_sys::MouseEvent| match message {
            Some(message) => store.jump_to(room, message),
            None => store.open(room),
        })
    };
    let (word, said) = state(entry.state);
    let question = match entry.take_back {
        TakeBack::Forget => Some(t!("take-back-forget")),
        TakeBack::Delete => Some(t!("take-back-delete")),
        TakeBack::LaterFirst | TakeBack::TooLate => None,
    };
    html! {
        <li class="refusal waiting-entry" data-testid="waiting-entry" data-state={word}>
            <p>
                <strong>{ what(entry.kind) }</strong>
                { t!("sync-where-when", room = entry.room_name.clone(), time = time::moment(entry.at)) }
            </p>
            if let Some(text) = &entry.text {
                <blockquote dir="auto" data-testid="waiting-text">{ text.clone() }</blockquote>
            }
            <p class="muted" data-testid="waiting-state">{ said }</p>
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            if let Some(question) = question.filter(|_| *confirming) {
                <div class="row confirm" role="group" aria-label={question.clone()}>
                    <span>{ question }</span>
                    { button("confirm-take-back", t!("take-back"), false, take_back) }
                    { button("keep-waiting", t!("sync-keep"), false, confirm(false)) }
                </div>
            } else {
                <div class="row">
                    if matches!(entry.take_back, TakeBack::Forget | TakeBack::Delete) {
                        { button("take-back-button", t!("take-back"), false, confirm(true)) }
                    } else {
                        <span class="muted hint">
                            { if entry.take_back == TakeBack::LaterFirst { t!("take-back-later-first") } else { t!("take-back-too-late") } }
                        </span>
                    }
                    if let Some(text) = &entry.text {
                        { button("copy-button", t!("sync-copy-text"), false, copy(&props.store, text)) }
                    }
                    { button("show-button", t!("sync-show-in-room"), false, show) }
                </div>
            }
        </li>
    }
}
