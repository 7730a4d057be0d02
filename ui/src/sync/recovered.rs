//! What did not get through: words that the relay refused, or that a restored relay or a damaged database would have lost,
//! each with what can be done.

use super::actions::{attempt, button, copy, what};
use crate::bridge;
use crate::parts::{dom, time};
use crate::store::Store;
use crate::text::t;
use model::view::{OpKind, RecoveredView};
use std::rc::Rc;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// What did not get through, newest first.
    pub(crate) recovered: Rc<Vec<RecoveredView>>,
}

/// The list.
#[component]
pub(crate) fn Recovered(props: &Props) -> Html {
    html! {
        <div data-testid="recovered-page">
            <h2 class="section">{ t!("sync-recovered-title") }</h2>
            if props.recovered.is_empty() {
                <p class="muted" data-testid="nothing-recovered">{ t!("sync-nothing-recovered") }</p>
            }
            <ul>
                { for props.recovered.iter().map(|entry| html! {
                    <Entry key={entry.op_id.to_string()} store={props.store.clone()} entry={entry.clone()} />
                }) }
            </ul>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EntryProps {
    store: Store,
    entry: RecoveredView,
}

/// What the person is about to do with an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Nothing,
    Discarding,
    Writing,
}

#[component]
fn Entry(props: &EntryProps) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let doing = use_state_eq(|| Doing::Nothing);
    let area = use_node_ref();
    let entry = &props.entry;
    let op = entry.op_id;
    {
        let (area, text) = (area.clone(), entry.text.clone().unwrap_or_default());
        use_effect_with(*doing, move |doing| {
            if *doing == Doing::Writing {
                dom::set_text(&area, &text);
                dom::focus_end(&area);
            }
        });
    }
    let go = |to: Doing| {
        let doing = doing.clone();
        Callback::from(move |_: web_sys::MouseEvent| doing.set(to))
    };
    let retry = {
        let failure = failure.clone();
        Callback::from(move |_: web_sys::MouseEvent| attempt(&failure, bridge::retry(op)))
    };
    let discard = {
        let failure = failure.clone();
        Callback::from(move |_: web_sys::MouseEvent| attempt(&failure, bridge::discard(op)))
    };
    let send = {
        let (failure, area) = (failure.clone(), area.clone());
        Callback::from(move |_: web_sys::MouseEvent| {
            let text = dom::text(&area);
            attempt(&failure, async move { bridge::resend(op, &text).await });
        })
    };
    let show = {
        let (store, room, message) = (props.store.clone(), entry.room_id, entry.message_id);
        Callback::from(move |_: web_sys::MouseEvent| match message {
            Some(message) => store.jump_to(room, message),
            None => store.open(room),
        })
    };
    let whose = match &entry.author {
        Some(name) => t!("change-by", what = what(entry.kind), name = name.clone()),
        None => what(entry.kind),
    };
    let ours = entry.author.is_none();
    let has_words = ours && matches!(entry.kind, OpKind::Post | OpKind::Edit);
    html! {
        <li class="refusal recovered" data-testid="recovered-entry">
            <p>
                <strong>{ whose }</strong>
                { t!("sync-where-when", room = entry.room_name.clone(), time = time::moment(entry.at)) }
            </p>
            if let Some(text) = entry.text.as_ref().filter(|_| *doing != Doing::Writing) {
                <blockquote dir="auto" data-testid="recovered-text">{ text.clone() }</blockquote>
            }
            <p class="muted" data-testid="recovered-reason">{ entry.reason.clone() }</p>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="recovered-error">{ text.clone() }</p>
            }
            { match *doing {
                Doing::Discarding => html! {
                    <div class="row confirm" role="group" aria-label={t!("sync-give-up-question")}>
                        <span>{ t!("sync-give-up-question") }</span>
                        { button("confirm-discard-button", t!("sync-give-up"), false, discard) }
                        { button("keep-text-button", t!("sync-keep"), false, go(Doing::Nothing)) }
                    </div>
                },
                Doing::Writing => html! {
                    <>
                        <textarea ref={area} data-testid="resend-input" rows="2" dir="auto" aria-label={t!("sync-edit-and-send")} />
                        <div class="row">
                            { button("resend-button", t!("sync-send-again"), true, send) }
                            { button("keep-text-button", t!("cancel"), false, go(Doing::Nothing)) }
                        </div>
                    </>
                },
                Doing::Nothing => html! {
                    <div class="row">
                        if ours {
                            { button("retry-button", t!("sync-retry"), true, retry) }
                        }
                        if has_words {
                            { button("edit-and-send-button", t!("sync-edit-and-send"), false, go(Doing::Writing)) }
                        }
                        if let Some(text) = &entry.text {
                            { button("copy-button", t!("sync-copy-text"), false, copy(&props.store, text)) }
                        }
                        { button("show-button", t!("sync-show-in-room"), false, show) }
                        { button("discard-button", t!("sync-discard"), false, go(Doing::Discarding)) }
                    </div>
                },
            } }
        </li>
    }
}
