//! The form for a new room. It works offline: the room is here at once and reaches the relay later.

use super::policy::policy_field;
use crate::bridge;
use crate::parts::dom;
use crate::people::pick::Pick;
use crate::store::{Page, Store};
use crate::text::t;
use model::view::{Failure, KnownPerson};
use model::{EditPolicy, NamedUser, RoomId};
use std::rc::Rc;
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
    /// Everybody, for the first members.
    pub(crate) known: Rc<Vec<KnownPerson>>,
}

async fn make(
    name: &str,
    topic: &str,
    policy: EditPolicy,
    people: &[NamedUser],
) -> Result<RoomId, Failure> {
    let room = bridge::create_room(name.trim(), topic.trim()).await?;
    if policy != EditPolicy::Author {
        bridge::set_edit_policy(room, policy).await?;
    }
    for who in people {
        bridge::invite_to_room(room, who).await?;
    }
    Ok(room)
}

/// The form.
#[component]
pub(crate) fn NewRoom(props: &Props) -> Html {
    let (name, topic) = (use_node_ref(), use_node_ref());
    let busy = use_state_eq(|| false);
    let policy = use_state_eq(|| EditPolicy::Author);
    let chosen = use_state_eq(Rc::<Vec<NamedUser>>::default);
    let failure = use_state_eq(|| None::<String>);
    {
        let (name, store) = (name.clone(), props.store.clone());
        use_effect_with((), move |()| {
            dom::focus(&name);
            store.ask_for_people();
        });
    }
    let onsubmit = {
        let (name, topic, policy, chosen) =
            (name.clone(), topic.clone(), policy.clone(), chosen.clone());
        let (busy, failure, store) = (busy.clone(), failure.clone(), props.store.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let (busy, failure, store) = (busy.clone(), failure.clone(), store.clone());
            let (name, topic) = (dom::value(&name), dom::value(&topic));
            let (policy, people) = (*policy, (*chosen).clone());
            busy.set(true);
            spawn_local(async move {
                let answer = make(&name, &topic, policy, &people).await;
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
    let set_policy = {
        let policy = policy.clone();
        Callback::from(move |chosen| policy.set(chosen))
    };
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |people| chosen.set(people))
    };
    html! {
        <form class="form page-form" {onsubmit}>
            <p class="muted">{ t!("new-room-what") }</p>
            <label class="field">
                <span>{ t!("name") }</span>
                <input ref={name} data-testid="new-room-name" type="text" autocomplete="off" placeholder="release-planning" />
            </label>
            <label class="field">
                <span>{ t!("topic") }{ " " }<span class="muted">{ t!("optional") }</span></span>
                <input ref={topic} data-testid="new-room-topic" type="text" autocomplete="off" placeholder={t!("topic-hint")} />
            </label>
            { policy_field(*policy, false, set_policy) }
            <fieldset class="field">
                <legend>{ t!("first-members") }{ " " }<span class="muted">{ t!("optional") }</span></legend>
                <Pick known={props.known.clone()} chosen={(*chosen).clone()} {onchange} />
            </fieldset>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="new-room-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button primary" type="submit" data-testid="new-room-create" disabled={*busy}>{ t!("create-room") }</button>
                <button class="button" type="button" onclick={cancel}>{ t!("cancel") }</button>
            </div>
        </form>
    }
}
