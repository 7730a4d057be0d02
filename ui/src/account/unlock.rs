//! What is shown when the keyring has lost the key of an encrypted account.

use super::begin_anew;
use super::switcher::OtherAccounts;
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::text::t;
use model::view::Failure;
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What is the matter with the keyring.
    pub(crate) failure: Failure,
}

/// The page.
#[component]
pub(crate) fn Unlock(props: &Props) -> Html {
    let code = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    let asks = use_state_eq(|| false);
    {
        let code = code.clone();
        use_effect_with((), move |()| dom::focus(&code));
    }
    let run = {
        let (busy, failure) = (busy.clone(), failure.clone());
        move |act: Act| {
            if *busy {
                return;
            }
            let (busy, failure) = (busy.clone(), failure.clone());
            busy.set(true);
            failure.set(None);
            spawn_local(async move {
                let done = match &act {
                    Act::Code(typed) => bridge::unlock(Some(typed)).await,
                    Act::Keyring => bridge::unlock(None).await,
                    Act::Fresh => bridge::start_fresh().await,
                };
                busy.set(false);
                match done {
                    Ok(()) => begin_anew(),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        }
    };
    let onsubmit = {
        let (run, code) = (run.clone(), code.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            run(Act::Code(dom::value(&code)));
        })
    };
    let again = {
        let run = run.clone();
        Callback::from(move |_| run(Act::Keyring))
    };
    let ask = {
        let asks = asks.clone();
        Callback::from(move |_| asks.set(true))
    };
    let close = {
        let asks = asks.clone();
        Callback::from(move |()| asks.set(false))
    };
    let fresh = {
        let asks = asks.clone();
        Callback::from(move |_| {
            asks.set(false);
            run(Act::Fresh);
        })
    };
    html! {
        <main class="welcome">
            <div class="welcome-card" data-testid="unlock">
                <h1>{ t!("unlock-title") }</h1>
                <p class="muted" data-testid="unlock-why">{ props.failure.text.clone() }</p>
                <form class="form" {onsubmit}>
                    <label class="field">
                        <span>{ t!("recovery-code") }</span>
                        <input ref={code} class="code-input" data-testid="recovery-code-input" type="text" autocomplete="off" spellcheck="false"
                            autocapitalize="characters" placeholder="XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX" required=true />
                    </label>
                    if let Some(failure) = &*failure {
                        <p class="error" role="alert" data-testid="unlock-error">{ failure.text.clone() }</p>
                    }
                    <button class="button primary" type="submit" data-testid="unlock-button" disabled={*busy}>{ t!("unlock") }</button>
                </form>
                <div class="row">
                    <button class="button" type="button" data-testid="unlock-again" disabled={*busy} onclick={again}>{ t!("ask-keyring-again") }</button>
                    <button class="button" type="button" data-testid="start-fresh" disabled={*busy} onclick={ask}>{ t!("start-fresh") }</button>
                </div>
                <OtherAccounts />
            </div>
            if *asks {
                <Dialog title={t!("start-fresh")} onclose={close} testid="start-fresh-dialog">
                    <p>{ t!("start-fresh-what") }</p>
                    <div class="row end">
                        <button class="button danger" type="button" data-testid="start-fresh-confirm" onclick={fresh}>{ t!("start-fresh-confirm") }</button>
                    </div>
                </Dialog>
            }
        </main>
    }
}

/// What the person wants.
enum Act {
    Code(String),
    Keyring,
    Fresh,
}
