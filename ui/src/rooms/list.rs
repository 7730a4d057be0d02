//! The rooms we are in, and the ways to more of them.

use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::store::{Page, Store};
use crate::text::t;
use model::RoomId;
use model::view::{FailedOp, RoomView};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, classes, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// The rooms; none before they were read.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
    /// The open one.
    pub(crate) open: Option<RoomId>,
    /// What the main part shows.
    pub(crate) page: Page,
}

/// The list.
#[component]
pub(crate) fn RoomList(props: &Props) -> Html {
    let go = |page: Page| {
        let store = props.store.clone();
        Callback::from(move |_| store.go(page))
    };
    let current = |page: Page| (props.page == page).then_some("page");
    let rooms = props.rooms.as_ref().map(|rooms| rooms.as_slice());
    html! {
        <nav class="rooms" aria-label="Rooms">
            <h2 class="section">{ "Rooms" }</h2>
            if rooms.is_some_and(<[_]>::is_empty) {
                <p class="muted rooms-none">{ "None yet. Make one or browse." }</p>
            }
            <ul>
                { for rooms.unwrap_or_default().iter().map(|room| entry(props, room)) }
            </ul>
            <button class="room" type="button" data-testid="new-room-button" aria-current={current(Page::NewRoom)} onclick={go(Page::NewRoom)}>
                { icon(Icon::Plus) }{ "New room" }
            </button>
            <button class="room" type="button" data-testid="browse-button" aria-current={current(Page::Browse)} onclick={go(Page::Browse)}>
                { icon(Icon::Search) }{ "Browse rooms" }
            </button>
            <button class="room" type="button" data-testid="exchange-button" aria-current={current(Page::Exchange)} onclick={go(Page::Exchange)}>
                { icon(Icon::Down) }{ t!("exchange-title") }
            </button>
        </nav>
    }
}

fn entry(props: &Props, room: &RoomView) -> Html {
    let id = room.id;
    let open = {
        let store = props.store.clone();
        Callback::from(move |_| store.open(id))
    };
    let here = props.page == Page::Room && props.open == Some(id);
    let failed = room.failed.as_ref().map(|failed| failed.reason.clone());
    html! {
        <li key={id.to_string()}>
            <button class={classes!("room", room.pending.then_some("pending"))} type="button" data-testid="room"
                data-room-id={id.to_string()} aria-current={here.then_some("page")} onclick={open}>
                <span class="hash" aria-hidden="true">{ "#" }</span>
                <span class="room-name">{ room.name.clone() }</span>
                if let Some(reason) = failed {
                    <span class="mark failed" title={reason} role="img" aria-label="not accepted">{ icon(Icon::Alert) }</span>
                } else if room.pending {
                    <span class="mark" title="Waiting for the relay" role="img" aria-label="waiting for the relay">{ icon(Icon::Clock) }</span>
                }
            </button>
        </li>
    }
}

/// What a refusal is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FailedProps {
    /// What was refused.
    pub(crate) failed: FailedOp,
}

/// A room, or our place in it, that the relay refused.
#[component]
pub(crate) fn Failed(props: &FailedProps) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let op = props.failed.op_id;
    let act = |discard: bool| {
        let failure = failure.clone();
        Callback::from(move |_| {
            let failure = failure.clone();
            spawn_local(async move {
                let answer = if discard {
                    bridge::discard(op).await
                } else {
                    bridge::retry(op).await
                };
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    html! {
        <section class="banner error" role="alert" data-testid="room-failure">
            <p>{ props.failed.reason.clone() }</p>
            if let Some(text) = &*failure {
                <p>{ text.clone() }</p>
            }
            <div class="row">
                <button class="button small" type="button" data-testid="room-retry" onclick={act(false)}>{ "Retry" }</button>
                <button class="button small" type="button" data-testid="room-discard" onclick={act(true)}>{ "Discard" }</button>
            </div>
        </section>
    }
}
