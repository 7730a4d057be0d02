//! A person: who they are, whether they are there, and what we may do with them here.

use super::{avatar, may, role_word};
use crate::bridge;
use crate::composer::area::put_into_composer;
use crate::parts::popover::{Anchor, Popover};
use crate::store::Store;
use crate::text::t;
use gloo_timers::callback::Timeout;
use model::view::{Failure, PersonView, RoomView};
use model::{NamedUser, Role, UserId};
use std::future::Future;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlSelectElement;
use yew::{Callback, Event, Html, Properties, TargetCast, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For writing to them.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomView,
    /// Who.
    pub(crate) person: PersonView,
    /// Us.
    pub(crate) me: UserId,
    /// Whether their presence is known.
    pub(crate) is_connected: bool,
    /// What it stands beside.
    pub(crate) anchor: Anchor,
    /// The person wants it closed.
    pub(crate) onclose: Callback<()>,
    /// The person goes on in the composer.
    pub(crate) onmention: Callback<()>,
}

/// Whether they are there, as far as it is known.
pub(crate) fn presence_word(person: &PersonView, is_connected: bool) -> String {
    if !is_connected {
        t!("presence-unknown")
    } else if person.online {
        t!("presence-online")
    } else {
        t!("presence-offline")
    }
}

/// The card.
#[component]
pub(crate) fn Card(props: &Props) -> Html {
    let person = &props.person;
    let failure = use_state_eq(|| None::<String>);
    let asks = use_state_eq(|| false);
    let who = NamedUser {
        user_id: person.id,
        name: person.name.clone(),
    };
    let write = {
        let (store, who, close) = (props.store.clone(), who.clone(), props.onclose.clone());
        Callback::from(move |_| {
            close.emit(());
            store.write_to(vec![who.clone()]);
        })
    };
    let mention = {
        let (name, go) = (person.name.clone(), props.onmention.clone());
        Callback::from(move |_| {
            go.emit(());
            let text = format!("@{name} ");
            // After what is closing has given the keyboard back.
            Timeout::new(0, move || put_into_composer(&text)).forget();
        })
    };
    let roles = may::roles(&props.room, props.me, person);
    let room = props.room.id;
    let set_role = {
        let (who, failure) = (who.clone(), failure.clone());
        Callback::from(move |event: Event| {
            let field = event.target_dyn_into::<HtmlSelectElement>();
            let role = field.and_then(|field| Role::parse(&field.value()));
            if let Some(role) = role {
                let who = who.clone();
                run(failure.clone(), None, async move {
                    bridge::set_role(room, &who, role).await
                });
            }
        })
    };
    let ask = {
        let asks = asks.clone();
        Callback::from(move |_| asks.set(true))
    };
    let remove = {
        let (who, failure, close) = (who, failure.clone(), props.onclose.clone());
        Callback::from(move |_| {
            let who = who.clone();
            run(failure.clone(), Some(close.clone()), async move {
                bridge::remove_from_room(room, &who).await
            });
        })
    };
    let option =
        |role: &Role| html! { <option value={role.as_str()}>{ role_word(*role) }</option> };
    html! {
        <Popover anchor={props.anchor.clone()} onclose={props.onclose.clone()} label={person.name.clone()} class="card" testid="card">
            <div class="card-head">
                { avatar(person.id, &person.name) }
                <div class="card-who">
                    <strong>{ person.name.clone() }</strong>
                    <span class="muted">{ role_word(person.role) }{ " · " }{ presence_word(person, props.is_connected) }</span>
                </div>
            </div>
            <div class="row">
                if !person.me {
                    <button class="button primary" type="button" data-testid="card-message" onclick={write}>{ t!("write-to") }</button>
                }
                if may::post(&props.room, props.me) {
                    <button class="button" type="button" data-testid="card-mention" onclick={mention}>{ t!("mention") }</button>
                }
            </div>
            if !roles.is_empty() {
                <label class="field">
                    <span>{ t!("role") }</span>
                    <select data-testid="card-role" onchange={set_role}>
                        <option value={person.role.as_str()} selected=true>{ role_word(person.role) }</option>
                        { for roles.iter().map(option) }
                    </select>
                </label>
            }
            if may::remove(&props.room, props.me, person) {
                if *asks {
                    <p>{ t!("remove-what", name = person.name.clone()) }</p>
                    <button class="button danger" type="button" data-testid="card-remove-confirm" onclick={remove}>{ t!("remove-person") }</button>
                } else {
                    <button class="button danger" type="button" data-testid="card-remove" onclick={ask}>{ t!("remove-person") }</button>
                }
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
        </Popover>
    }
}

fn run(
    failure: yew::UseStateHandle<Option<String>>,
    done: Option<Callback<()>>,
    act: impl Future<Output = Result<(), Failure>> + 'static,
) {
    spawn_local(async move {
        match act.await {
            Ok(()) => {
                if let Some(done) = done {
                    done.emit(());
                }
            }
            Err(reason) => failure.set(Some(reason.text)),
        }
    });
}
