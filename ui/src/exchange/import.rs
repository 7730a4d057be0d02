//! The form that begins an import: which file.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{Callback, Html, component, html, use_node_ref, use_state_eq};

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
                // What comes of it is a row, and so is shown below.
                let answer = bridge::import_open(wanted.trim()).await;
                busy.set(false);
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    html! {
        <form class="form" aria-labelledby="import-title" {onsubmit}>
            <h2 id="import-title">{ t!("import-title") }</h2>
            <p class="muted">{ t!("import-what") }</p>
            <label class="field">
                <span>{ t!("import-path") }</span>
                <input ref={path} data-testid="import-path" type="text" autocomplete="off" spellcheck="false" placeholder="/home/ada/slack-export.zip" />
            </label>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="import-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button primary" type="submit" data-testid="import-open" disabled={*busy}>{ t!("import-read") }</button>
            </div>
        </form>
    }
}
