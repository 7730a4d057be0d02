//! The form to sign in with: on the first page, and again when the relay no longer wants our token.
//!
//! Invariant: what was typed stays until it was accepted.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use model::view::{Account, Failure};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What an address looks like. One without its scheme is taken for https, except on this machine.
const RELAY_HINT: &str = "https://chat.example.org";

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The account to sign in to again.
    #[prop_or_default]
    pub(crate) again: Option<Rc<Account>>,
}

/// The form.
#[component]
pub(crate) fn SignIn(props: &Props) -> Html {
    let relay = use_node_ref();
    let name = use_node_ref();
    let password = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    {
        let (relay, name, password) = (relay.clone(), name.clone(), password.clone());
        use_effect_with(props.again.clone(), move |again| match again {
            Some(account) => {
                dom::set_value(&relay, &account.relay);
                dom::set_value(&name, &account.name);
                dom::focus(&password);
            }
            None => dom::focus(&relay),
        });
    }
    let onsubmit = {
        let (relay, name, password) = (relay.clone(), name.clone(), password.clone());
        let (busy, failure) = (busy.clone(), failure.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let (busy, failure, password) = (busy.clone(), failure.clone(), password.clone());
            let relay = relay.clone();
            let (at, who) = (dom::value(&relay), dom::value(&name));
            busy.set(true);
            failure.set(None);
            spawn_local(async move {
                let answer = bridge::sign_in(at.trim(), who.trim(), &dom::value(&password)).await;
                busy.set(false);
                match answer {
                    Ok(_) => dom::set_value(&password, ""),
                    Err(reason) => {
                        let is_password = reason.code == "bad_credentials";
                        failure.set(Some(reason));
                        dom::focus(if is_password { &password } else { &relay });
                    }
                }
            });
        })
    };
    html! {
        <form class="form" {onsubmit}>
            <label class="field">
                <span>{ t!("relay") }</span>
                <input ref={relay} data-testid="relay-input" type="text" inputmode="url" autocomplete="url" placeholder={RELAY_HINT} spellcheck="false" required=true />
            </label>
            <label class="field">
                <span>{ t!("name") }</span>
                <input ref={name} data-testid="name-input" type="text" autocomplete="username" spellcheck="false" autocapitalize="none" required=true />
            </label>
            <label class="field">
                <span>{ t!("password") }</span>
                <input ref={password} data-testid="password-input" type="password" autocomplete="current-password" required=true />
            </label>
            if let Some(failure) = &*failure {
                <p class="error" role="alert" data-testid="sign-in-error">{ failure.text.clone() }</p>
            }
            <button class="button primary" type="submit" data-testid="sign-in-button" disabled={*busy}>
                { if *busy { t!("signing-in") } else if props.again.is_some() { t!("sign-in-again") } else { t!("sign-in") } }
            </button>
        </form>
    }
}
