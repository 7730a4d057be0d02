//! Our own account: who we are at which relay, a new password, the devices that are signed in, invites for admins.
//!
//! What is about the account is asked of the relay, as nothing of it is kept here; without a network the page says so.

use super::invites::Invites;
use super::join::strength_word;
use super::strength;
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::parts::tabs::{Tabs, panel};
use crate::parts::time;
use crate::people::avatar;
use crate::store::Store;
use crate::text::t;
use model::view::Account;
use model::wire::SessionEntry;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{InputEvent, SubmitEvent};
use yew::{
    AttrValue, Callback, Html, Properties, UseStateHandle, component, html, use_effect_with,
    use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For closing it.
    pub(crate) store: Store,
    /// Us.
    pub(crate) account: Rc<Account>,
}

/// The dialog.
#[component]
pub(crate) fn Profile(props: &Props) -> Html {
    let tab = use_state_eq(|| AttrValue::from("devices"));
    let is_admin = use_state_eq(|| false);
    {
        let is_admin = is_admin.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                is_admin.set(bridge::is_admin().await.unwrap_or(false));
            });
        });
    }
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let onselect = {
        let tab = tab.clone();
        Callback::from(move |name| tab.set(name))
    };
    let mut tabs: Vec<(AttrValue, AttrValue)> = vec![
        ("devices".into(), t!("devices").into()),
        ("password".into(), t!("password").into()),
    ];
    if *is_admin {
        tabs.push(("invites".into(), t!("invites").into()));
    }
    let content = match tab.as_str() {
        "password" => html! { <NewPassword account={props.account.clone()} /> },
        "invites" => {
            html! { <Invites store={props.store.clone()} account={props.account.clone()} /> }
        }
        _ => html! { <Devices /> },
    };
    html! {
        <Dialog title={t!("profile")} {onclose} class="wide" testid="profile">
            <div class="card-head">
                { avatar(props.account.user_id, &props.account.name) }
                <div class="card-who">
                    <strong data-testid="profile-name">{ props.account.name.clone() }</strong>
                    <span class="muted">{ props.account.relay.clone() }</span>
                </div>
            </div>
            <p class="muted hint">{ t!("name-by-host") }</p>
            <Tabs label={t!("profile")} {tabs} selected={(*tab).clone()} {onselect} />
            { panel(&tab, content) }
        </Dialog>
    }
}

fn load(
    sessions: UseStateHandle<Option<Rc<Vec<Session>>>>,
    failure: UseStateHandle<Option<String>>,
) {
    spawn_local(async move {
        match bridge::sessions().await {
            Ok(found) => {
                failure.set(None);
                sessions.set(Some(Rc::new(found.into_iter().map(Session).collect())));
            }
            Err(reason) => failure.set(Some(reason.text)),
        }
    });
}

/// A session; the same one if it is told in the same words.
#[derive(Clone)]
struct Session(SessionEntry);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id && self.0.last_used_at == other.0.last_used_at
    }
}

#[component]
fn Devices() -> Html {
    let sessions = use_state_eq(|| None::<Rc<Vec<Session>>>);
    let failure = use_state_eq(|| None::<String>);
    {
        let (sessions, failure) = (sessions.clone(), failure.clone());
        use_effect_with((), move |()| load(sessions, failure));
    }
    let line = |Session(session): &Session| {
        let id = session.id;
        let end = {
            let (sessions, failure) = (sessions.clone(), failure.clone());
            Callback::from(move |_| {
                let (sessions, failure) = (sessions.clone(), failure.clone());
                spawn_local(async move {
                    match bridge::end_session(id).await {
                        Ok(()) => load(sessions, failure),
                        Err(reason) => failure.set(Some(reason.text)),
                    }
                });
            })
        };
        let used = session.last_used_at.unwrap_or(session.created_at);
        html! {
            <li key={id.to_string()} class="directory-room" data-testid="session" data-current={session.current.to_string()}>
                <div class="directory-text">
                    <strong>{ session.label.clone() }</strong>
                    <span class="muted">{ t!("session-used", at = time::moment(used), until = time::moment(session.expires_at)) }</span>
                </div>
                if session.current {
                    <span class="pill">{ t!("this-device") }</span>
                } else {
                    <button class="button small" type="button" data-testid="session-end" onclick={end}>{ t!("sign-out") }</button>
                }
            </li>
        }
    };
    html! {
        <>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="devices-error">{ text.clone() }</p>
            }
            if let Some(sessions) = &*sessions {
                <ul>{ for sessions.iter().map(line) }</ul>
            }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct PasswordProps {
    account: Rc<Account>,
}

#[component]
fn NewPassword(props: &PasswordProps) -> Html {
    let (old, new) = (use_node_ref(), use_node_ref());
    let strength = use_state_eq(|| None::<strength::Strength>);
    let answer = use_state_eq(|| None::<Result<(), String>>);
    let weighed = {
        let (strength, name) = (strength.clone(), props.account.name.clone());
        Callback::from(move |event: InputEvent| {
            let text = dom::typed(&event).unwrap_or_default();
            strength.set((!text.is_empty()).then(|| strength::of(&text, &name)));
        })
    };
    let onsubmit = {
        let (old, new, answer) = (old.clone(), new.clone(), answer.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (old, new, answer) = (old.clone(), new.clone(), answer.clone());
            spawn_local(async move {
                let told = bridge::change_password(&dom::value(&old), &dom::value(&new)).await;
                if told.is_ok() {
                    dom::set_value(&old, "");
                    dom::set_value(&new, "");
                }
                answer.set(Some(told.map_err(|reason| reason.text)));
            });
        })
    };
    html! {
        <form class="form" {onsubmit}>
            <input type="text" class="hidden-name" autocomplete="username" value={props.account.name.clone()} readonly=true tabindex="-1" aria-hidden="true" />
            <label class="field">
                <span>{ t!("password-old") }</span>
                <input ref={old} type="password" data-testid="password-old" autocomplete="current-password" required=true />
            </label>
            <label class="field">
                <span>{ t!("password-new") }</span>
                <input ref={new} type="password" data-testid="password-new" autocomplete="new-password" required=true oninput={weighed} />
            </label>
            <p class="muted hint" aria-live="polite">{ strength.map_or_else(|| t!("password-hint"), |strength| strength_word(strength).1) }</p>
            if let Some(Err(text)) = &*answer {
                <p class="error" role="alert" data-testid="password-error">{ text.clone() }</p>
            } else if answer.is_some() {
                <p role="status" data-testid="password-done">{ t!("password-done") }</p>
            }
            <button class="button primary" type="submit" data-testid="password-save">{ t!("password-save") }</button>
        </form>
    }
}
