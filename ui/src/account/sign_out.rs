//! The question before signing out: what is unsent, and whether what is here stays.

use super::begin_anew;
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::text::t;
use model::view::{Failure, Unsent};
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, TargetCast, component, html, use_effect_with, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The person stays.
    pub(crate) onclose: Callback<()>,
}

/// The dialog.
#[component]
pub(crate) fn SignOut(props: &Props) -> Html {
    let unsent = use_state_eq(|| None::<Unsent>);
    let wipes = use_state_eq(|| false);
    let agreed = use_state_eq(|| false);
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    {
        let (unsent, failure) = (unsent.clone(), failure.clone());
        use_effect_with((), move |()| {
            spawn_local(async move {
                match bridge::unsent().await {
                    Ok(found) => unsent.set(Some(found)),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        });
    }
    let choose = |wanted: bool| {
        let wipes = wipes.clone();
        Callback::from(move |_| wipes.set(wanted))
    };
    let agree = {
        let agreed = agreed.clone();
        Callback::from(move |event: web_sys::Event| {
            let field: web_sys::HtmlInputElement = event.target_unchecked_into();
            agreed.set(field.checked());
        })
    };
    let lost = unsent.filter(|unsent| !unsent.is_nothing());
    let may = !*busy && (!*wipes || unsent.is_some_and(|unsent| unsent.is_nothing()) || *agreed);
    let leave = {
        let (busy, failure, wipes) = (busy.clone(), failure.clone(), wipes.clone());
        let close = props.onclose.clone();
        Callback::from(move |_| {
            let (busy, failure, close) = (busy.clone(), failure.clone(), close.clone());
            let wipe = *wipes;
            busy.set(true);
            spawn_local(async move {
                let done = if wipe {
                    bridge::wipe_account().await
                } else {
                    bridge::sign_out().await
                };
                busy.set(false);
                match done {
                    Ok(()) if wipe => begin_anew(),
                    Ok(()) => close.emit(()),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        })
    };
    let stay = {
        let close = props.onclose.clone();
        Callback::from(move |_| close.emit(()))
    };
    html! {
        <Dialog title={t!("sign-out")} onclose={props.onclose.clone()} testid="sign-out-dialog">
            if let Some(lost) = lost {
                <p class="vault-note" data-testid="unsent" data-waiting={lost.waiting.to_string()}>
                    { t!("sign-out-unsent", waiting = lost.waiting, recovered = lost.recovered, drafts = lost.drafts) }
                </p>
            }
            <fieldset class="radio-choices" aria-label={t!("sign-out")}>

                <label class="radio-choice">
                    <input type="radio" name="sign-out" data-testid="sign-out-keep" checked={!*wipes} onchange={choose(false)} />
                    <span><strong>{ t!("sign-out-keep") }</strong><span class="muted">{ t!("sign-out-keep-what") }</span></span>
                </label>
                <label class="radio-choice">
                    <input type="radio" name="sign-out" data-testid="sign-out-wipe" checked={*wipes} onchange={choose(true)} />
                    <span><strong>{ t!("sign-out-wipe") }</strong><span class="muted">{ t!("sign-out-wipe-what") }</span></span>
                </label>
            </fieldset>
            if *wipes && lost.is_some() {
                <label class="radio-choice">
                    <input type="checkbox" data-testid="sign-out-agree" checked={*agreed} onchange={agree} />
                    <span>{ t!("sign-out-agree") }</span>
                </label>
            }
            if let Some(failure) = &*failure {
                <p class="error" role="alert">{ failure.text.clone() }</p>
            }
            <div class="row end">
                <button class="button" type="button" onclick={stay}>{ t!("cancel") }</button>
                <button class={if *wipes { "button danger" } else { "button primary" }} type="button" data-testid="sign-out-confirm" disabled={!may} onclick={leave}>
                    { if *wipes { t!("sign-out-wipe") } else { t!("sign-out") } }
                </button>
            </div>
        </Dialog>
    }
}
