//! What the relay refused, beside the message that it is about: why, the words, and what can be done with them.
//!
//! Where two edits met there are three ways: mine takes the place of theirs; theirs stays and mine is given up; or both are kept:
//! theirs stays in the message, mine becomes a message of its own that answers it, in one step, so that no text is ever
//! nowhere or there twice.
//!
//! Invariant: words are given up only after the person has said so twice, or by saving others in their place.

use super::versions::difference;
use crate::bridge;
use crate::parts::confirm::{Answer, Confirm};
use crate::parts::icon::{Icon, icon};
use crate::store::Store;
use crate::text::t;
use model::view::{FailedOp, Failure, OpKind, TimelineItem};
use model::{RejectionCode, RoomId};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, MouseEvent, Properties, classes, component, html, use_state_eq};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

fn heading(failed: &FailedOp) -> String {
    match failed.kind {
        OpKind::Edit if failed.code == RejectionCode::Conflict => t!("refused-conflict"),
        OpKind::Edit => t!("refused-edit"),
        OpKind::Delete => t!("refused-delete"),
        OpKind::Pin => t!("refused-pin"),
        _ => t!("refused-post"),
    }
}

type Action = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// The card.
#[component]
pub(crate) fn Refusal(props: &Props) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let confirming = use_state_eq(|| false);
    let (op, item, failed) = (props.failed.op_id, &props.item, &props.failed);
    let kind = kind(failed, item);
    let text = failed.text.clone().filter(|text| *text != item.body);
    let run = |action: fn(model::OpId) -> Action| {
        let failure = failure.setter();
        Callback::from(move |()| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(action(op).await.err().map(|reason| reason.text));
            });
        })
    };
    let clicked = |action: Callback<()>| action.reform(|_: MouseEvent| ());
    let retry = clicked(run(|op| Box::pin(bridge::retry(op))));
    let discard = run(|op| Box::pin(bridge::discard(op)));
    let post_refused = clicked(run(|op| Box::pin(bridge::post_refused(op))));
    let edit_with = |text: String| {
        let (store, item) = (props.store.clone(), item.clone());
        Callback::from(move |_: MouseEvent| store.begin_edit(&item, Some((op, text.clone()))))
    };
    let confirm = |to: bool| {
        let confirming = confirming.clone();
        Callback::from(move |_: MouseEvent| confirming.set(to))
    };
    let keep = {
        let confirming = confirming.clone();
        Callback::from(move |()| confirming.set(false))
    };
    let mine = text.clone().unwrap_or_default();
    let buttons = match kind {
        Kind::Conflict => html! {
            <>
                { button("keep-mine-button", t!("keep-mine"), true, retry) }
                { button("keep-theirs-button", t!("keep-theirs"), false, confirm(true)) }
                { button("keep-both-button", t!("keep-both"), false, post_refused) }
                if !props.editing {
                    { button("edit-both-button", t!("edit-both"), false, edit_with(format!("{}\n{mine}", item.body))) }
                }
            </>
        },
        Kind::Orphan => html! {
            <>
                { button("post-new-button", t!("post-as-new"), true, post_refused) }
                { button("discard-button", t!("discard"), false, confirm(true)) }
            </>
        },
        Kind::Other => html! {
            <>
                { button("retry-button", t!("retry"), true, retry) }
                if failed.kind == OpKind::Post && !props.editing {
                    { button("edit-again-button", t!("edit-again"), false, edit_with(failed.text.clone().unwrap_or_default())) }
                }
                { button("discard-button", t!("discard"), false, confirm(true)) }
            </>
        },
    };
    let sure = match (kind, failed.text.is_some()) {
        (Kind::Conflict, _) => t!("keep-theirs-sure"),
        (_, true) => t!("discard-text-sure"),
        (_, false) => t!("discard-sure"),
    };
    html! {
        <div class={classes!("refusal", (kind == Kind::Conflict).then_some("conflict"))} role="alert" data-testid="failure"
            data-kind={format!("{:?}", failed.kind).to_lowercase()} data-code={failed.code.as_str()}>
            <p>{ icon(Icon::Alert) }<strong>{ heading(failed) }</strong>{ " " }{ failed.reason.clone() }</p>
            if let Some(text) = text {
                if kind == Kind::Conflict {
                    { texts(failed, item, &text) }
                } else {
                    <blockquote data-testid="refused-text">{ text }</blockquote>
                }
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="refusal-error">{ text.clone() }</p>
            }
            if *confirming {
                <Confirm question={sure} yes={Answer { label: t!("give-up").into(), testid: "confirm-discard-button" }}
                    no={Answer { label: t!("keep-text").into(), testid: "keep-text-button" }} onyes={discard} onno={keep} />
            } else {
                <div class="row">{ buttons }</div>
                if kind == Kind::Conflict {
                    <p class="muted hint">{ t!("keep-both-how") }</p>
                }
            }
        </div>
    }
}

/// The texts that met: each with what it changed in the one that both began from, where that is known.
fn texts(failed: &FailedOp, item: &TimelineItem, mine: &str) -> Html {
    let theirs = item
        .edited_by
        .clone()
        .map_or_else(|| t!("theirs"), |name| t!("theirs-by", name = name));
    let text = |after: &str| match &failed.base {
        Some(base) => difference(base, after),
        None => html! { <span>{ after.to_owned() }</span> },
    };
    html! {
        <div class="versions">
            <div><span class="muted">{ theirs }</span><blockquote data-testid="their-text">{ text(&item.body) }</blockquote></div>
            <div><span class="muted">{ t!("yours") }</span><blockquote data-testid="refused-text">{ text(mine) }</blockquote></div>
            if let Some(base) = &failed.base {
                <details data-testid="base-text">
                    <summary class="muted">{ t!("both-began-from") }</summary>
                    <blockquote>{ base.clone() }</blockquote>
                </details>
            }
        </div>
    }
}

fn button(
    testid: &'static str,
    label: String,
    primary: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    let class = if primary {
        "button small primary"
    } else {
        "button small"
    };
    html! { <button {class} type="button" data-testid={testid} {onclick}>{ label }</button> }
}
