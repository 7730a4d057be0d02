//! The form that begins an import: which file, chosen in the system's dialog or written as a path.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MouseEvent, SubmitEvent};
use yew::{Callback, Html, component, html, use_node_ref, use_state_eq};

/// Begins to read a file. What comes of it is a row, and so is shown below.
async fn read(path: &str) -> Result<(), String> {
    let opened = bridge::import_open(path).await;
    opened.map(|_| ()).map_err(|reason| reason.text)
}

/// The form.
#[component]
pub(crate) fn Import() -> Html {
    let path = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    let onsubmit = {
        let (path, busy, failure) = (path.clone(), busy.clone(), failure.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let wanted = dom::value(&path);
            if *busy || wanted.trim().is_empty() {
                return;
            }
            let (busy, failure) = (busy.clone(), failure.clone());
            busy.set(true);
            spawn_local(async move {
                let answer = read(wanted.trim()).await;
                busy.set(false);
                failure.set(answer.err());
            });
        })
    };
    let pick = |folder: bool| {
        let (path, busy, failure) = (path.clone(), busy.clone(), failure.clone());
        Callback::from(move |_: MouseEvent| {
            if *busy {
                return;
            }
            let (path, busy, failure) = (path.clone(), busy.clone(), failure.clone());
            busy.set(true);
            spawn_local(async move {
                let answer = match bridge::pick_import(folder).await {
                    Ok(None) => Ok(()),
                    Ok(Some(chosen)) => {
                        dom::set_value(&path, &chosen);
                        read(&chosen).await
                    }
                    Err(reason) => Err(reason.text),
                };
                busy.set(false);
                failure.set(answer.err());
            });
        })
    };
    html! {
        <form class="form" aria-labelledby="import-title" {onsubmit}>
            <h2 id="import-title">{ t!("import-title") }</h2>
            <p class="muted">{ t!("import-what") }</p>
            <div class="row">
                <button class="button primary" type="button" data-testid="import-pick-file" disabled={*busy} onclick={pick(false)}>{ t!("import-pick-file") }</button>
                <button class="button" type="button" data-testid="import-pick-folder" disabled={*busy} onclick={pick(true)}>{ t!("import-pick-folder") }</button>
            </div>
            <label class="field">
                <span>{ t!("import-or") }</span>
                <input ref={path} data-testid="import-path" type="text" dir="ltr" autocomplete="off" spellcheck="false" placeholder="/home/ada/slack-export.zip" />
            </label>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="import-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button" type="submit" data-testid="import-open" disabled={*busy}>{ t!("import-read") }</button>
            </div>
        </form>
    }
}
