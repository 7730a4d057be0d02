//! The part of the settings about encryption: on, off, the recovery code, what was set aside, and where the session's token is.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use model::view::{Failure, SetAside, Unsent, VaultView};
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, TargetCast, UseStateHandle, component, html, use_effect_with,
    use_node_ref, use_state_eq,
};

/// What changed here; each makes the section look again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    On { without_keyring: bool },
    Off,
    Renew,
}

/// The section.
#[component]
pub(crate) fn Encryption() -> Html {
    let vault = use_state_eq(|| None::<VaultView>);
    let looks = use_state_eq(|| 0_u32);
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    let code = use_state_eq(|| None::<String>);
    {
        let (vault, failure) = (vault.clone(), failure.clone());
        use_effect_with(*looks, move |_| {
            spawn_local(async move {
                match bridge::vault().await {
                    Ok(found) => vault.set(Some(found)),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        });
    }
    let change = {
        let (busy, failure, code, looks) =
            (busy.clone(), failure.clone(), code.clone(), looks.clone());
        move |change: Change| {
            let (busy, failure, code, looks) =
                (busy.clone(), failure.clone(), code.clone(), looks.clone());
            Callback::from(move |_: web_sys::MouseEvent| {
                let (busy, failure, code, looks) =
                    (busy.clone(), failure.clone(), code.clone(), looks.clone());
                busy.set(true);
                failure.set(None);
                spawn_local(async move {
                    let done = match change {
                        Change::On { without_keyring } => {
                            bridge::encrypt(without_keyring).await.map(Some)
                        }
                        Change::Off => bridge::decrypt().await.map(|()| None),
                        Change::Renew => bridge::renew_recovery_code().await.map(Some),
                    };
                    busy.set(false);
                    match done {
                        Ok(shown) => code.set(shown),
                        Err(reason) => failure.set(Some(reason)),
                    }
                    looks.set(*looks + 1);
                });
            })
        }
    };
    let again = {
        let looks = looks.clone();
        Callback::from(move |()| looks.set(*looks + 1))
    };
    let saved = {
        let (code, again) = (code.clone(), again.clone());
        Callback::from(move |()| {
            code.set(None);
            again.emit(());
        })
    };
    let Some(vault) = (*vault).clone() else {
        return html! { <section class="vault-section" aria-busy="true" /> };
    };
    if let Some(code) = &*code {
        return html! {
            <section class="vault-section" data-testid="encryption" data-state="code" aria-label={t!("encryption")}>
                <Code code={code.clone()} onsaved={saved} {failure} />
            </section>
        };
    }
    let no_keyring = vault.keyring_failure.is_some();
    let state = if vault.encrypted { "on" } else { "off" };
    html! {
        <section class="vault-section" data-testid="encryption" data-state={state} aria-label={t!("encryption")}>
            <p class="muted">{ if vault.encrypted { t!("encryption-is-on") } else { t!("encryption-is-off") } }</p>
            if let Some(reason) = &vault.keyring_failure {
                <p class="vault-note" data-testid="no-keyring">{ reason.clone() }</p>
            }
            if vault.encrypted && !vault.code_saved {
                <p class="vault-note" role="status" data-testid="code-not-saved">{ t!("code-not-saved") }</p>
            }
            if let Some(failure) = &*failure {
                <p class="error" role="alert" data-testid="encryption-error">{ failure.text.clone() }</p>
            }
            <div class="row" aria-busy={busy.to_string()}>
                if vault.encrypted {
                    <button class="button" type="button" data-testid="renew-code" disabled={*busy} onclick={change(Change::Renew)}>{ t!("renew-code") }</button>
                    <button class="button danger" type="button" data-testid="decrypt" disabled={*busy} onclick={change(Change::Off)}>{ t!("decrypt") }</button>
                } else {
                    <button class="button primary" type="button" data-testid="encrypt" disabled={*busy} onclick={change(Change::On { without_keyring: no_keyring })}>
                        { if no_keyring { t!("encrypt-without-keyring") } else { t!("encrypt") } }
                    </button>
                }
                if *busy {
                    <span class="muted" role="status">{ t!("encryption-busy") }</span>
                }
            </div>
            <p class="muted" data-testid="token-place">
                { if vault.token_in_keyring { t!("token-in-keyring") } else { t!("token-in-file") } }
            </p>
            { for vault.set_aside.iter().map(|aside| html! {
                <Aside key={aside.folder.clone()} aside={aside.clone()} ondone={again.clone()} />
            }) }
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct CodeProps {
    code: String,
    /// The person has it.
    onsaved: Callback<()>,
    failure: UseStateHandle<Option<Failure>>,
}

/// The recovery code, shown once.
#[component]
fn Code(props: &CodeProps) -> Html {
    let agreed = use_state_eq(|| false);
    let agree = {
        let agreed = agreed.clone();
        Callback::from(move |event: web_sys::Event| {
            let field: web_sys::HtmlInputElement = event.target_unchecked_into();
            agreed.set(field.checked());
        })
    };
    let done = {
        let (saved, failure) = (props.onsaved.clone(), props.failure.clone());
        Callback::from(move |_| {
            let (saved, failure) = (saved.clone(), failure.clone());
            spawn_local(async move {
                if let Err(reason) = bridge::recovery_code_saved().await {
                    failure.set(Some(reason));
                }
                saved.emit(());
            });
        })
    };
    html! {
        <div class="code-shown" data-testid="recovery-code-shown" role="group" aria-label={t!("recovery-code")}>
            <h3>{ t!("recovery-code") }</h3>
            <p>{ t!("recovery-code-what") }</p>
            <output class="recovery-code" data-testid="recovery-code">{ props.code.clone() }</output>
            <label class="radio-choice">
                <input type="checkbox" data-testid="code-saved" checked={*agreed} onchange={agree} />
                <span>{ t!("code-saved") }</span>
            </label>
            <div class="row end">
                <button class="button primary" type="button" data-testid="code-done" disabled={!*agreed} onclick={done}>{ t!("done") }</button>
            </div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AsideProps {
    aside: SetAside,
    ondone: Callback<()>,
}

/// A database that was set aside, and the way to get back what was unsent in it.
#[component]
fn Aside(props: &AsideProps) -> Html {
    let code = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    let taken = use_state_eq(|| None::<Unsent>);
    let onsubmit = {
        let (code, busy, failure, taken) =
            (code.clone(), busy.clone(), failure.clone(), taken.clone());
        let (folder, done) = (props.aside.folder.clone(), props.ondone.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = Some(dom::value(&code)).filter(|typed| !typed.trim().is_empty());
            let (busy, failure, taken) = (busy.clone(), failure.clone(), taken.clone());
            let (folder, done) = (folder.clone(), done.clone());
            busy.set(true);
            failure.set(None);
            spawn_local(async move {
                match bridge::import_set_aside(&folder, typed.as_deref()).await {
                    Ok(found) => {
                        taken.set(Some(found));
                        done.emit(());
                    }
                    Err(reason) => failure.set(Some(reason)),
                }
                busy.set(false);
            });
        })
    };
    html! {
        <form class="form set-aside" data-testid="set-aside" {onsubmit}>
            <p>
                <strong>{ t!("set-aside", folder = props.aside.folder.clone()) }</strong>
                <span class="muted">{ if props.aside.imported { t!("set-aside-imported") } else { t!("set-aside-what") } }</span>
            </p>
            <label class="field">
                <span>{ t!("recovery-code") }</span>
                <input ref={code} class="code-input" data-testid="set-aside-code" type="text" autocomplete="off" spellcheck="false" />
            </label>
            if let Some(taken) = *taken {
                <p class="vault-note" role="status" data-testid="set-aside-taken">
                    { t!("set-aside-taken", waiting = taken.waiting, recovered = taken.recovered, drafts = taken.drafts) }
                </p>
            }
            if let Some(failure) = &*failure {
                <p class="error" role="alert">{ failure.text.clone() }</p>
            }
            <div class="row">
                <button class="button" type="submit" data-testid="set-aside-import" disabled={*busy}>{ t!("set-aside-import") }</button>
            </div>
        </form>
    }
}
