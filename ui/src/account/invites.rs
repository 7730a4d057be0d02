//! Invites to the relay, for its admins: make one as a link, see those that are open, take one back.

use crate::bridge;
use crate::parts::time;
use crate::store::Store;
use crate::text::t;
use model::Link;
use model::view::Account;
use model::wire::InviteEntry;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{
    Callback, Html, Properties, UseStateHandle, component, html, use_effect_with, use_state_eq,
};

/// How many people a link is for, and for how many days.
const TERMS: (u32, u32) = (1, 7);

/// What they are told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the clipboard.
    pub(crate) store: Store,
    /// Us: the relay that the link names.
    pub(crate) account: Rc<Account>,
}

type Open = UseStateHandle<Option<Rc<Vec<InviteEntry>>>>;
type Trouble = UseStateHandle<Option<String>>;

fn load(open: Open, failure: Trouble) {
    spawn_local(async move {
        match bridge::invites().await {
            Ok(found) => open.set(Some(Rc::new(found))),
            Err(reason) => failure.set(Some(reason.text)),
        }
    });
}

/// The panel.
#[component]
pub(crate) fn Invites(props: &Props) -> Html {
    let open = use_state_eq(|| None::<Rc<Vec<InviteEntry>>>);
    let link = use_state_eq(|| None::<String>);
    let failure = use_state_eq(|| None::<String>);
    {
        let (open, failure) = (open.clone(), failure.clone());
        use_effect_with((), move |()| load(open, failure));
    }
    let make = {
        let (open, link, failure) = (open.clone(), link.clone(), failure.clone());
        let relay = props.account.relay.clone();
        Callback::from(move |_| {
            let (open, link, failure) = (open.clone(), link.clone(), failure.clone());
            let relay = relay.clone();
            spawn_local(async move {
                match bridge::make_invite(TERMS.0, TERMS.1).await {
                    Ok(made) => {
                        let code = made.code;
                        let room = None;
                        link.set(Some(Link::Join { relay, code, room }.to_string()));
                        load(open, failure);
                    }
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    let copy = {
        let (store, link) = (props.store.clone(), link.clone());
        Callback::from(move |_| {
            if let Some(link) = &*link {
                store.copy(link);
            }
        })
    };
    let line = |invite: &InviteEntry| {
        let id = invite.id;
        let revoke = {
            let (open, failure) = (open.clone(), failure.clone());
            Callback::from(move |_| {
                let (open, failure) = (open.clone(), failure.clone());
                spawn_local(async move {
                    match bridge::revoke_invite(id).await {
                        Ok(()) => load(open, failure),
                        Err(reason) => failure.set(Some(reason.text)),
                    }
                });
            })
        };
        let by = invite.by.clone().unwrap_or_else(|| t!("the-host"));
        html! {
            <li key={id.to_string()} class="directory-room" data-testid="invite">
                <div class="directory-text">
                    <strong>{ t!("invite-left", count = invite.uses_left) }</strong>
                    <span class="muted">{ t!("invite-until", by = by, until = time::moment(invite.expires_at)) }</span>
                </div>
                <button class="button small danger" type="button" data-testid="invite-revoke" onclick={revoke}>{ t!("invite-revoke") }</button>
            </li>
        }
    };
    html! {
        <div class="form">
            <p class="muted">{ t!("invites-what", count = TERMS.0, days = TERMS.1) }</p>
            if let Some(link) = &*link {
                <div class="row">
                    <input type="text" readonly=true data-testid="invite-made" aria-label={t!("invite-link")} value={link.clone()} />
                    <button class="button" type="button" onclick={copy}>{ t!("copy-link") }</button>
                </div>
                <p class="muted hint">{ t!("invite-once") }</p>
            }
            <button class="button primary" type="button" data-testid="invite-make" onclick={make}>{ t!("invite-make") }</button>
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            if let Some(open) = &*open {
                <ul>{ for open.iter().map(line) }</ul>
            }
        </div>
    }
}
