//! The page of what did not get through: words that the relay refused, or that a restored relay or a damaged database would
//! have lost, each with what can be done.

use crate::bridge;
use crate::parts::time;
use crate::store::Store;
use model::view::{Failure, OpKind, RecoveredView};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// What did not get through, newest first.
    pub(crate) recovered: Rc<Vec<RecoveredView>>,
}

/// The page.
#[component]
pub(crate) fn Recovered(props: &Props) -> Html {
    html! {
        <section class="directory" aria-label="What was not sent" data-testid="recovered-page">
            if props.recovered.is_empty() {
                <p class="muted">{ "Everything that you wrote has got through." }</p>
            }
            <ul>
                { for props.recovered.iter().map(|entry| html! {
                    <Entry key={entry.op_id.to_string()} store={props.store.clone()} entry={entry.clone()} />
                }) }
            </ul>
        </section>
    }
}

/// A command of the shell under way.
type Running = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

#[derive(Clone, PartialEq, Properties)]
struct EntryProps {
    store: Store,
    entry: RecoveredView,
}

fn what(kind: OpKind) -> &'static str {
    match kind {
        OpKind::Post => "Message",
        OpKind::Edit => "Edit",
        OpKind::Delete => "Deletion",
        OpKind::CreateRoom => "New room",
        OpKind::Join => "Joining",
        OpKind::Leave => "Leaving",
        OpKind::Pin => "Pin",
        OpKind::React => "Reaction",
        OpKind::MarkRead => "Reading",
        OpKind::SetRoom => "Room settings",
        OpKind::SetMember => "Change of a member",
        OpKind::OpenDirect => "Direct room",
    }
}

#[component]
fn Entry(props: &EntryProps) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let confirming = use_state_eq(|| false);
    let entry = &props.entry;
    let op = entry.op_id;
    let run = |action: fn(model::OpId) -> Running| {
        let failure = failure.setter();
        Callback::from(move |_: web_sys::MouseEvent| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(action(op).await.err().map(|reason| reason.text));
            });
        })
    };
    let confirm = |to: bool| {
        let confirming = confirming.clone();
        Callback::from(move |_: web_sys::MouseEvent| confirming.set(to))
    };
    let show = {
        let (store, room) = (props.store.clone(), entry.room_id);
        Callback::from(move |_: web_sys::MouseEvent| store.open(room))
    };
    let whose = match &entry.author {
        Some(name) => format!("{} by {name}", what(entry.kind)),
        None => what(entry.kind).to_owned(),
    };
    html! {
        <li class="refusal recovered" data-testid="recovered-entry">
            <p><strong>{ whose }</strong>{ format!(" in #{} · {}", entry.room_name, time::moment(entry.at)) }</p>
            if let Some(text) = &entry.text {
                <blockquote data-testid="recovered-text">{ text.clone() }</blockquote>
            }
            <p class="muted">{ entry.reason.clone() }</p>
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            if *confirming {
                <div class="row confirm" role="group" aria-label="Give it up?">
                    <span>{ "Give it up for good?" }</span>
                    <button class="button small" type="button" data-testid="confirm-discard-button" onclick={run(|op| Box::pin(bridge::discard(op)))}>{ "Give up" }</button>
                    <button class="button small" type="button" onclick={confirm(false)}>{ "Keep" }</button>
                </div>
            } else {
                <div class="row">
                    if entry.author.is_none() {
                        <button class="button small primary" type="button" data-testid="retry-button" onclick={run(|op| Box::pin(bridge::retry(op)))}>{ "Try again" }</button>
                    }
                    <button class="button small" type="button" onclick={show}>{ "Show room" }</button>
                    <button class="button small" type="button" data-testid="discard-button" onclick={confirm(true)}>{ "Discard" }</button>
                </div>
            }
        </li>
    }
}
