//! A room's settings, for whoever may change them; the others see how they stand.
//!
//! Invariant: the rows are what is shown: a field that could not be saved says so and keeps what was typed.

use super::policy::policy_field;
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::people::may;
use crate::store::{Over, Store};
use crate::text::t;
use model::view::RoomView;
use model::{EditPolicy, UserId, limits};
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What they are told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For closing and leaving.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomView,
    /// Us.
    pub(crate) me: UserId,
}

/// The settings.
#[component]
pub(crate) fn RoomSettings(props: &Props) -> Html {
    let room = props.room.clone();
    let id = room.id;
    let allowed = may::settings(&room, props.me);
    let (name, topic) = (use_node_ref(), use_node_ref());
    let failure = use_state_eq(|| None::<String>);
    {
        let (name, topic) = (name.clone(), topic.clone());
        let shown = (room.name.clone(), room.topic.clone());
        use_effect_with((), move |()| {
            dom::set_value(&name, &shown.0);
            dom::set_value(&topic, &shown.1);
        });
    }
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let onsubmit = {
        let (name, topic, failure) = (name.clone(), topic.clone(), failure.clone());
        let (store, before) = (props.store.clone(), (room.name.clone(), room.topic.clone()));
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (name, topic) = (dom::value(&name), dom::value(&topic));
            let (store, failure, before) = (store.clone(), failure.clone(), before.clone());
            spawn_local(async move {
                let saved = async {
                    if name.trim() != before.0 {
                        bridge::rename_room(id, &name).await?;
                    }
                    if topic.trim() != before.1 {
                        bridge::set_topic(id, &topic).await?;
                    }
                    Ok::<(), model::view::Failure>(())
                };
                match saved.await {
                    Ok(()) => store.show(None),
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    let set_policy = {
        let failure = failure.clone();
        Callback::from(move |policy: EditPolicy| {
            let failure = failure.clone();
            spawn_local(async move {
                let answer = bridge::set_edit_policy(id, policy).await;
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    let archive = {
        let (failure, archived) = (failure.clone(), room.archived);
        Callback::from(move |_| {
            let failure = failure.clone();
            spawn_local(async move {
                let answer = bridge::archive(id, !archived).await;
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    let leave = {
        let store = props.store.clone();
        Callback::from(move |_| store.show(Some(Over::Leave(id))))
    };
    html! {
        <Dialog title={t!("settings-of", name = room.name.clone())} {onclose} testid="room-settings">
            if !allowed.words && !allowed.archive {
                <p class="muted">{ t!("settings-not-yours") }</p>
            }
            <form class="form" {onsubmit}>
                <label class="field">
                    <span>{ t!("name") }</span>
                    <input ref={name} type="text" data-testid="settings-name" maxlength={limits::ROOM_NAME_MAX_CHARS.to_string()}
                        readonly={!allowed.words} autocomplete="off" />
                </label>
                <label class="field">
                    <span>{ t!("topic") }</span>
                    <input ref={topic} type="text" data-testid="settings-topic" maxlength={limits::TOPIC_MAX_CHARS.to_string()}
                        readonly={!allowed.words} autocomplete="off" />
                </label>
                { policy_field(room.edit_policy, !allowed.policy, set_policy) }
                if let Some(text) = &*failure {
                    <p class="error" role="alert" data-testid="settings-error">{ text.clone() }</p>
                }
                if allowed.words {
                    <button class="button primary" type="submit" data-testid="settings-save">{ t!("save") }</button>
                }
            </form>
            <div class="row">
                if allowed.archive {
                    <button class="button" type="button" data-testid="settings-archive" onclick={archive}>
                        { if room.archived { t!("unarchive") } else { t!("archive") } }
                    </button>
                }
                <button class="button danger" type="button" data-testid="settings-leave" onclick={leave}>{ t!("leave-room") }</button>
            </div>
        </Dialog>
    }
}
