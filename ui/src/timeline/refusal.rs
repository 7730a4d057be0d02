//! What the relay refused, beside the message that it is about: why, the words, and what can be done with them.
//!
//! Invariant: words are given up only after the person has said so twice, or by saving others in their place.

use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::store::Store;
use model::view::{FailedOp, Failure, OpKind, TimelineItem};
use model::{RejectionCode, RoomId};
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For editing again.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// The message as it is now.
    pub(crate) item: Rc<TimelineItem>,
    /// What was refused.
    pub(crate) failed: FailedOp,
    /// The message is being edited.
    pub(crate) editing: bool,
}

/// What a person may do about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Two texts of one message.
    Conflict,
    /// A text of a message that is gone.
    Orphan,
    /// Anything else.
    Other,
}

fn kind(failed: &FailedOp, item: &TimelineItem) -> Kind {
    match (failed.kind, failed.code) {
        (OpKind::Edit, _) if item.deleted => Kind::Orphan,
        (OpKind::Edit, RejectionCode::MessageDeleted | RejectionCode::MessageNotFound) => {
            Kind::Orphan
        }
        (OpKind::Edit, _) => Kind::Conflict,
        _ => Kind::Other,
    }
}

fn heading(failed: &FailedOp) -> &'static str {
    match failed.kind {
        OpKind::Edit if failed.code == RejectionCode::Conflict => "Two edits met",
        OpKind::Edit => "Your edit was not accepted",
        OpKind::Delete => "Not deleted",
        OpKind::Pin => "Not pinned",
        _ => "Not sent",
    }
}

/// The card.
#[component]
pub(crate) fn Refusal(props: &Props) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let confirming = use_state_eq(|| false);
    let (op, item, failed) = (props.failed.op_id, &props.item, &props.failed);
    let kind = kind(failed, item);
    let text = failed.text.clone().filter(|text| *text != item.body);
    let attempt = {
        let failure = failure.setter();
        move |action: std::pin::Pin<Box<dyn Future<Output = Result<(), Failure>>>>| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(action.await.err().map(|reason| reason.text));
            });
        }
    };
    let retry = {
        let attempt = attempt.clone();
        Callback::from(move |_: web_sys::MouseEvent| attempt(Box::pin(bridge::retry(op))))
    };
    let discard = {
        let attempt = attempt.clone();
        Callback::from(move |_: web_sys::MouseEvent| attempt(Box::pin(bridge::discard(op))))
    };
    let post_new = {
        let (attempt, room, text) = (
            attempt.clone(),
            props.room,
            failed.text.clone().unwrap_or_default(),
        );
        Callback::from(move |_: web_sys::MouseEvent| {
            let text = text.clone();
            attempt(Box::pin(async move {
                bridge::post(room, &text).await?;
                bridge::discard(op).await
            }));
        })
    };
    let edit_with = |text: String| {
        let (store, item) = (props.store.clone(), item.clone());
        Callback::from(move |_: web_sys::MouseEvent| {
            store.begin_edit(&item, Some((op, text.clone())))
        })
    };
    let confirm = |to: bool| {
        let confirming = confirming.clone();
        Callback::from(move |_: web_sys::MouseEvent| confirming.set(to))
    };
    let mine = text.clone().unwrap_or_default();
    let buttons = match kind {
        Kind::Conflict => html! {
            <>
                { button("keep-mine-button", "Keep mine", true, retry) }
                { button("keep-theirs-button", "Keep theirs", false, confirm(true)) }
                if !props.editing {
                    { button("edit-both-button", "Edit both", false, edit_with(format!("{}\n{mine}", item.body))) }
                }
            </>
        },
        Kind::Orphan => html! {
            <>
                { button("post-new-button", "Post as new", true, post_new) }
                { button("discard-button", "Discard", false, confirm(true)) }
            </>
        },
        Kind::Other => html! {
            <>
                { button("retry-button", "Retry", true, retry) }
                if failed.kind == OpKind::Post && !props.editing {
                    { button("edit-again-button", "Edit again", false, edit_with(failed.text.clone().unwrap_or_default())) }
                }
                { button("discard-button", "Discard", false, confirm(true)) }
            </>
        },
    };
    let sure = match (kind, failed.text.is_some()) {
        (Kind::Conflict, _) => "Keep theirs and give up your text?",
        (_, true) => "Give up your text?",
        (_, false) => "Give this change up?",
    };
    html! {
        <div class="refusal" role="alert" data-testid="failure" data-kind={format!("{:?}", failed.kind).to_lowercase()}>
            <p>{ icon(Icon::Alert) }<strong>{ heading(failed) }</strong>{ ". " }{ failed.reason.clone() }</p>
            if let Some(text) = text {
                if kind == Kind::Conflict {
                    <div class="versions">
                        <div><span class="muted">{ "Theirs" }</span><blockquote data-testid="their-text">{ item.body.clone() }</blockquote></div>
                        <div><span class="muted">{ "Yours" }</span><blockquote data-testid="refused-text">{ text }</blockquote></div>
                    </div>
                } else {
                    <blockquote data-testid="refused-text">{ text }</blockquote>
                }
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="refusal-error">{ text.clone() }</p>
            }
            if *confirming {
                <div class="row confirm" role="group" aria-label={sure}>
                    <span>{ sure }</span>
                    { button("confirm-discard-button", "Give up", false, discard) }
                    { button("keep-text-button", "Keep", false, confirm(false)) }
                </div>
            } else {
                <div class="row">{ buttons }</div>
            }
        </div>
    }
}

fn button(
    testid: &'static str,
    label: &'static str,
    primary: bool,
    onclick: Callback<web_sys::MouseEvent>,
) -> Html {
    let class = if primary {
        "button small primary"
    } else {
        "button small"
    };
    html! { <button {class} type="button" data-testid={testid} {onclick}>{ label }</button> }
}
