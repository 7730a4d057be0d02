//! The rooms that could be joined. The relay is asked when the page opens; its answer arrives as rows.

use crate::bridge;
use crate::store::Store;
use model::view::DirectoryView;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
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
    {
        let failure = failure.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                failure.set(bridge::browse().await.err().map(|reason| reason.text));
            });
        });
    }
    let entry = |room: &DirectoryView| {
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
        let people = if room.members == 1 {
            "1 person".to_owned()
        } else {
            format!("{} people", room.members)
        };
        let testid = if joined { "open-button" } else { "join-button" };
        html! {
            <li key={id.to_string()} class="directory-room" data-testid="directory-room" data-room-id={id.to_string()}>
                <div class="directory-text">
                    <strong><span class="hash" aria-hidden="true">{ "#" }</span>{ room.name.clone() }</strong>
                    <span class="muted">{ people }{ if room.topic.is_empty() { String::new() } else { format!(" · {}", room.topic) } }</span>
                </div>
                <button class={if joined { "button small" } else { "button small primary" }} type="button" data-testid={testid}
                    aria-label={format!("{} {}", if joined { "Open" } else { "Join" }, room.name)} onclick={act}>
                    { if joined { "Open" } else { "Join" } }
                </button>
            </li>
        }
    };
    html! {
        <section class="directory" aria-label="Rooms on this relay">
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="browse-error">{ text.clone() }</p>
            }
            if props.directory.is_empty() {
                <p class="muted">{ "No rooms are known yet. They appear as soon as the relay has answered; or make the first one." }</p>
            }
            <ul>{ for props.directory.iter().map(entry) }</ul>
        </section>
    }
}
