//! Coming by an invite: a link, pasted or opened, or a relay's address and a code; then a name and a password.
//!
//! Invariant: what was typed stays until it was accepted; the password goes to the relay that is shown, and nowhere else.

use super::strength::{self, Strength};
use crate::bridge;
use crate::parts::dom;
use crate::store::Store;
use crate::text::t;
use model::Link;
use model::view::Failure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{InputEvent, SubmitEvent};
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the room that the invite leads to.
    pub(crate) store: Store,
    /// The invite that was opened.
    pub(crate) invite: Option<Link>,
}

/// The relay, the code and the link itself, of what was pasted.
fn read(pasted: &str) -> Option<(String, String, Link)> {
    let link = Link::parse(pasted)?;
    match &link {
        Link::Join { relay, code, .. } => Some((relay.clone(), code.clone(), link)),
        Link::Room { .. } | Link::Message { .. } => None,
    }
}

pub(crate) fn strength_word(strength: Strength) -> (&'static str, String) {
    match strength {
        Strength::TooShort => ("short", t!("password-short", min = strength::SHORTEST)),
        Strength::Weak => ("weak", t!("password-weak")),
        Strength::Fair => ("fair", t!("password-fair")),
        Strength::Strong => ("strong", t!("password-strong")),
    }
}

/// The form.
#[component]
pub(crate) fn JoinRelay(props: &Props) -> Html {
    let (link, relay, code) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (name, password) = (use_node_ref(), use_node_ref());
    let busy = use_state_eq(|| false);
    let by_hand = use_state_eq(|| false);
    let known = use_state_eq(|| None::<Link>);
    let is_wrong = use_state_eq(|| false);
    let strength = use_state_eq(|| None::<Strength>);
    let failure = use_state_eq(|| None::<Failure>);
    {
        let (link, known, name) = (link.clone(), known.clone(), name.clone());
        use_effect_with(props.invite.clone(), move |invite| match invite {
            Some(invite) => {
                dom::set_value(&link, &invite.to_string());
                known.set(Some(invite.clone()));
                dom::focus(&name);
            }
            None => dom::focus(&link),
        });
    }
    let pasted = {
        let (known, is_wrong) = (known.clone(), is_wrong.clone());
        Callback::from(move |event: InputEvent| {
            let text = dom::typed(&event).unwrap_or_default();
            let found = read(&text);
            is_wrong.set(found.is_none() && !text.trim().is_empty());
            known.set(found.map(|(.., link)| link));
        })
    };
    let weighed = {
        let (strength, name) = (strength.clone(), name.clone());
        Callback::from(move |event: InputEvent| {
            let text = dom::typed(&event).unwrap_or_default();
            strength.set((!text.is_empty()).then(|| strength::of(&text, &dom::value(&name))));
        })
    };
    let onsubmit = {
        let (relay, code, name, password) = (relay, code, name.clone(), password.clone());
        let (relay_field, code_field) = (relay.clone(), code.clone());
        let (busy, failure, known, by_hand) = (
            busy.clone(),
            failure.clone(),
            known.clone(),
            by_hand.clone(),
        );
        let store = props.store.clone();
        let submit = Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let invited = if *by_hand {
                Some(Link::Join {
                    relay: dom::value(&relay).trim().to_owned(),
                    code: dom::value(&code).trim().to_owned(),
                    room: None,
                })
            } else {
                (*known).clone()
            };
            let Some(Link::Join { relay, code, room }) = invited else {
                return;
            };
            if *busy {
                return;
            }
            busy.set(true);
            failure.set(None);
            let (busy, failure, store) = (busy.clone(), failure.clone(), store.clone());
            let (who, secret) = (dom::value(&name), dom::value(&password));
            let password = password.clone();
            // Followed as soon as the account is there.
            let waits = Link::Join {
                relay: relay.clone(),
                code: code.clone(),
                room,
            };
            spawn_local(async move {
                let code = (!code.is_empty()).then_some(code.as_str());
                store.accept_invite(room.map(|_| waits));
                let answer = bridge::register(&relay, who.trim(), &secret, code).await;
                busy.set(false);
                match answer {
                    Ok(_) => dom::set_value(&password, ""),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        });
        (submit, relay_field, code_field)
    };
    let (onsubmit, relay, code) = onsubmit;
    let toggle = {
        let by_hand = by_hand.clone();
        Callback::from(move |_| by_hand.set(!*by_hand))
    };
    let weighed_word = strength.map(strength_word);
    let invited_to = match &*known {
        Some(Link::Join { relay, .. }) => Some(relay.clone()),
        _ => None,
    };
    html! {
        <form class="form" {onsubmit}>
            <label class="field" hidden={*by_hand}>
                <span>{ t!("invite-link") }</span>
                <input ref={link} data-testid="invite-link" type="text" placeholder="amend://join?…" autocomplete="off" spellcheck="false" oninput={pasted} />
            </label>
            if *by_hand {
                <label class="field">
                    <span>{ t!("relay") }</span>
                    <input ref={relay} data-testid="join-relay" type="text" inputmode="url" placeholder="https://chat.example.org" spellcheck="false" required=true />
                </label>
                <label class="field">
                    <span>{ t!("invite-code") }</span>
                    <input ref={code} data-testid="join-code" type="text" autocomplete="off" spellcheck="false" />
                </label>
            } else if let Some(relay) = invited_to {
                <p class="muted" data-testid="invited-to">{ t!("invited-to", relay = relay) }</p>
            } else if *is_wrong {
                <p class="error" role="alert" data-testid="invite-link-error">{ t!("invite-link-wrong") }</p>
            }
            <button class="link" type="button" data-testid="join-by-hand" onclick={toggle}>
                { if *by_hand { t!("have-link") } else { t!("have-code") } }
            </button>
            <label class="field">
                <span>{ t!("your-name") }</span>
                <input ref={name} data-testid="join-name" type="text" autocomplete="username" spellcheck="false" autocapitalize="none" required=true />
            </label>
            <label class="field">
                <span>{ t!("password") }</span>
                <input ref={password} data-testid="join-password" type="password" autocomplete="new-password" required=true
                    aria-describedby="join-strength" oninput={weighed} />
            </label>
            <p id="join-strength" class="strength hint" aria-live="polite" data-testid="strength"
                data-strength={weighed_word.as_ref().map(|(name, _)| *name)}>
                { weighed_word.map(|(_, word)| word).unwrap_or_else(|| t!("password-hint")) }
            </p>
            if let Some(failure) = &*failure {
                <p class="error" role="alert" data-testid="join-error">{ failure.text.clone() }</p>
            }
            <button class="button primary" type="submit" data-testid="join-account"
                disabled={*busy || (known.is_none() && !*by_hand)}>
                { if *busy { t!("making-account") } else { t!("make-account") } }
            </button>
        </form>
    }
}
