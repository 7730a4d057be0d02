//! Answers: the message that another one answers, in short, above it; and above the composer what the next one will answer.

use crate::markdown;
use crate::parts::icon::{Icon, icon};
use crate::store::Store;
use crate::text::t;
use model::view::{Excerpt, ReplyView};
use model::{MessageId, RoomId};
use std::rc::Rc;
use yew::{Callback, Html, Properties, component, html};

/// What of a message stands in one line.
pub(crate) fn line(excerpt: &Excerpt) -> String {
    if excerpt.deleted {
        t!("message-deleted")
    } else {
        markdown::plain(&excerpt.text)
    }
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What is answered.
    pub(crate) reply: ReplyView,
    /// Shows it.
    pub(crate) jump: Callback<MessageId>,
}

/// The line above an answer: whom and what it answers; a click goes there.
#[component]
pub(crate) fn ReplyPreview(props: &Props) -> Html {
    let id = props.reply.id;
    let jump = {
        let jump = props.jump.clone();
        Callback::from(move |_: yew::MouseEvent| jump.emit(id))
    };
    let content = match &props.reply.found {
        Some(found) => html! {
            <><strong>{ found.author_name.clone() }</strong>{ " " }<span>{ line(found) }</span></>
        },
        None => html! { <span>{ t!("reply-not-here") }</span> },
    };
    html! {
        <button class="reply-preview muted" type="button" data-testid="reply-preview" title={t!("reply-jump")} onclick={jump}>
            { icon(Icon::Reply) }{ content }
        </button>
    }
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BarProps {
    /// For giving it up.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// What the next message answers, if it answers one.
    pub(crate) reply: Option<Rc<ReplyView>>,
}

/// The bar above the composer.
#[component]
pub(crate) fn ReplyBar(props: &BarProps) -> Html {
    let Some(reply) = &props.reply else {
        return Html::default();
    };
    let (store, room) = (props.store.clone(), props.room);
    let cancel = Callback::from(move |_: yew::MouseEvent| store.end_reply(room));
    let what = match &reply.found {
        Some(found) => html! {
            <>
                <strong>{ t!("replying-to", name = found.author_name.clone()) }</strong>{ " " }
                <span class="muted">{ line(found) }</span>
            </>
        },
        None => html! { <span class="muted">{ t!("reply-not-here") }</span> },
    };
    html! {
        <div class="reply-bar" role="status" data-testid="reply-bar">
            { icon(Icon::Reply) }
            <span class="reply-bar-text">{ what }</span>
            <button class="icon-button" type="button" data-testid="cancel-reply" aria-label={t!("reply-cancel")} title={t!("reply-cancel")} onclick={cancel}>
                { icon(Icon::Close) }
            </button>
        </div>
    }
}
