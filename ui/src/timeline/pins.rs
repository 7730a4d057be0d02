//! The pinned messages of a room: the last one in a bar above the messages, all of them in a list.

use super::reply::line;
use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::store::Store;
use crate::text::t;
use model::view::PinView;
use model::{MessageId, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For jumping.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// The pinned messages, the last pinned first.
    pub(crate) pins: Rc<Vec<PinView>>,
    /// We may unpin.
    pub(crate) may: bool,
}

/// The bar, and the list under it.
#[component]
pub(crate) fn Pins(props: &Props) -> Html {
    let open = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    {
        let (open, failure) = (open.setter(), failure.setter());
        use_effect_with(props.room, move |_| {
            open.set(false);
            failure.set(None);
        });
    }
    let Some(last) = props.pins.first() else {
        return Html::default();
    };
    let jump = |id: MessageId| {
        let (store, room, open) = (props.store.clone(), props.room, open.setter());
        Callback::from(move |_: yew::MouseEvent| {
            open.set(false);
            store.jump_to(room, id);
        })
    };
    let unpin = |id: MessageId| {
        let (room, failure) = (props.room, failure.setter());
        Callback::from(move |_: yew::MouseEvent| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(bridge::pin(room, id, false).await.err().map(|f| f.text));
            });
        })
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: yew::MouseEvent| open.set(!*open))
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
            <div class="pins-bar">
                { icon(Icon::Pin) }
                <button class="pins-last" type="button" data-testid="pins-last" title={t!("reply-jump")} onclick={jump(last.id)}>
                    <strong>{ last.excerpt.author_name.clone() }</strong>{ " " }{ line(&last.excerpt) }
                </button>
                <button class="button small" type="button" data-testid="pins-toggle" aria-expanded={(*open).to_string()} onclick={toggle}>
                    { t!("pins-count", count = props.pins.len()) }
                </button>
            </div>
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            if *open {
                <ul class="pins-list" data-testid="pins-list">{ for props.pins.iter().map(pin) }</ul>
            }
        </section>
    }
}
