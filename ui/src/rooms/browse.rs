//! The rooms that could be joined. The relay is asked when the page opens; its answer arrives as rows.

use super::fuzzy;
use crate::bridge;
use crate::parts::dom;
use crate::store::Store;
use crate::text::t;
use model::view::DirectoryView;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::InputEvent;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// The rooms, as far as they are known.
    pub(crate) directory: Rc<Vec<DirectoryView>>,
}

/// The page.
#[component]
pub(crate) fn Browse(props: &Props) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let typed = use_state_eq(String::new);
    {
        let failure = failure.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                failure.set(bridge::browse().await.err().map(|reason| reason.text));
            });
        });
    }
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(text) = dom::typed(&event) {
                typed.set(text);
            }
        })
    };
    let found = fuzzy::rank(
        &typed,
        props.directory.iter().collect(),
        |room| &room.name,
        |_| 0,
    );
    let entry = |room: &&DirectoryView| {
        let id = room.id;
        let joined = room.joined;
        let act = {
            let (store, failure) = (props.store.clone(), failure.clone());
            Callback::from(move |_| {
                if joined {
                    store.open(id);
                    return;
                }
                let (store, failure) = (store.clone(), failure.clone());
                spawn_local(async move {
                    match bridge::join(id).await {
                        Ok(()) => store.open(id),
                        Err(reason) => failure.set(Some(reason.text)),
                    }
                });
            })
        };
        let testid = if joined { "open-button" } else { "join-button" };
        let label = if joined {
            t!("open-room", name = room.name.clone())
        } else {
            t!("join-title", name = room.name.clone())
        };
        html! {
            <li key={id.to_string()} class="directory-room" data-testid="directory-room" data-room-id={id.to_string()}>
                <div class="directory-text">
                    <strong><span class="hash" aria-hidden="true">{ "#" }</span>{ room.name.clone() }</strong>
                    <span class="muted">
                        { t!("people-count", count = room.members) }
                        { if room.topic.is_empty() { String::new() } else { format!(" · {}", room.topic) } }
                    </span>
                </div>
                <button class={if joined { "button small" } else { "button small primary" }} type="button" data-testid={testid}
                    aria-label={label} onclick={act}>
                    { if joined { t!("open") } else { t!("join") } }
                </button>
            </li>
        }
    };
    html! {
        <section class="directory" aria-label={t!("browse-rooms")}>
            <input type="search" data-testid="browse-search" aria-label={t!("find-rooms")} placeholder={t!("find-rooms")} autocomplete="off" {oninput} />
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="browse-error">{ text.clone() }</p>
            }
            if props.directory.is_empty() {
                <p class="muted">{ t!("browse-none") }</p>
            } else if found.is_empty() {
                <p class="muted">{ t!("nothing-found") }</p>
            }
            <ul>{ for found.iter().map(entry) }</ul>
        </section>
    }
}
