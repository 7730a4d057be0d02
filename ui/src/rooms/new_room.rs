//! The form for a new room. It works offline: the room is here at once and reaches the relay later.

use crate::bridge;
use crate::parts::dom;
use crate::store::{Page, Store};
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening the room.
    pub(crate) store: Store,
}

/// The form.
#[component]
pub(crate) fn NewRoom(props: &Props) -> Html {
    let name = use_node_ref();
    let topic = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    {
        let name = name.clone();
        use_effect_with((), move |()| dom::focus(&name));
    }
    let onsubmit = {
        let (name, topic) = (name.clone(), topic.clone());
        let (busy, failure) = (busy.clone(), failure.clone());
        let store = props.store.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let (busy, failure, store) = (busy.clone(), failure.clone(), store.clone());
            let (name, topic) = (dom::value(&name), dom::value(&topic));
            busy.set(true);
            spawn_local(async move {
                let answer = bridge::create_room(name.trim(), topic.trim()).await;
                busy.set(false);
                match answer {
                    Ok(room) => store.open(room),
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    let cancel = {
        let store = props.store.clone();
        Callback::from(move |_| store.go(Page::Room))
    };
    html! {
        <form class="form page-form" {onsubmit}>
            <p class="muted">{ "Everyone on this relay can find the room and join it." }</p>
            <label class="field">
                <span>{ "Name" }</span>
                <input ref={name} data-testid="new-room-name" type="text" autocomplete="off" placeholder="release-planning" />
            </label>
            <label class="field">
                <span>{ "Topic " }<span class="muted">{ "(optional)" }</span></span>
                <input ref={topic} data-testid="new-room-topic" type="text" autocomplete="off" placeholder="What it is about" />
            </label>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="new-room-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button primary" type="submit" data-testid="new-room-create" disabled={*busy}>{ "Create room" }</button>
                <button class="button" type="button" onclick={cancel}>{ "Cancel" }</button>
            </div>
        </form>
    }
}
