//! The pinned messages of a room: the last one in a bar above the messages, all of them in a list.

use super::reply::line;
use crate::bridge;
use crate::parts::focus::use_focus_inside;
use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::store::Store;
use crate::text::t;
use model::view::PinView;
use model::{MessageId, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::KeyboardEvent;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For jumping.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// The pinned messages, the last pinned first.
    pub(crate) pins: Rc<Vec<PinView>>,
    /// All of them are listed.
    pub(crate) open: bool,
    /// We may unpin.
    pub(crate) may: bool,
}

/// The bar, and the list under it.
#[component]
pub(crate) fn Pins(props: &Props) -> Html {
    let list = use_node_ref();
    use_focus_inside(&list, props.open);
    let failure = use_state_eq(|| None::<String>);
    {
        let failure = failure.setter();
        use_effect_with(props.room, move |_| failure.set(None));
    }
    let last = props.pins.first();
    if last.is_none() && !props.open {
        return Html::default();
    }
    let jump = |id: MessageId| {
        let (store, room) = (props.store.clone(), props.room);
        Callback::from(move |_: yew::MouseEvent| {
            store.list_pins(false);
            store.jump_to(room, id);
        })
    };
    let unpin = |id: MessageId| {
        let (store, room, failure) = (props.store.clone(), props.room, failure.setter());
        let is_last = props.pins.len() == 1;
        Callback::from(move |_: yew::MouseEvent| {
            let (store, failure) = (store.clone(), failure.clone());
            spawn_local(async move {
                let done = bridge::pin(room, id, false).await;
                if done.is_ok() && is_last {
                    store.list_pins(false);
                }
                failure.set(done.err().map(|reason| reason.text));
            });
        })
    };
    let toggle = {
        let (store, open) = (props.store.clone(), props.open);
        Callback::from(move |_: yew::MouseEvent| store.list_pins(!open))
    };
    let onkeydown = {
        let store = props.store.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                store.list_pins(false);
            }
        })
    };
    let pin = |pin: &PinView| {
        html! {
            <li key={pin.id.to_string()} class="pin" data-testid="pin">
                <button class="pin-jump" type="button" data-testid="pin-jump" onclick={jump(pin.id)}>
                    <span class="muted"><strong>{ pin.excerpt.author_name.clone() }</strong>{ " · " }{ time::moment(pin.created_at) }</span>
                    <span>{ line(&pin.excerpt) }</span>
                </button>
                if props.may {
                    <button class="icon-button" type="button" data-testid="pin-remove" aria-label={t!("message-unpin")} title={t!("message-unpin")} onclick={unpin(pin.id)}>
                        { icon(Icon::Close) }
                    </button>
                }
            </li>
        }
    };
    html! {
        <section class="pins" aria-label={t!("pins")}>
            if let Some(last) = last {
                <div class="pins-bar">
                    { icon(Icon::Pin) }
                    <button class="pins-last" type="button" data-testid="pins-last" title={t!("reply-jump")} onclick={jump(last.id)}>
                        <strong>{ last.excerpt.author_name.clone() }</strong>{ " " }{ line(&last.excerpt) }
                    </button>
                    <button class="button small" type="button" data-testid="pins-toggle" aria-expanded={props.open.to_string()} onclick={toggle}>
                        { t!("pins-count", count = props.pins.len()) }
                    </button>
                </div>
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            if props.open {
                <div ref={list} class="pins-list" data-testid="pins-list" role="group" aria-label={t!("pins")} tabindex="-1" {onkeydown}>
                    if last.is_none() {
                        <p class="muted pins-none" data-testid="pins-none">{ t!("pins-none") }</p>
                    }
                    <ul>{ for props.pins.iter().map(pin) }</ul>
                </div>
            }
        </section>
    }
}
