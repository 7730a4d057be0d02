//! What the entries of the page have in common: their words, their buttons, and what went wrong with one.

use crate::bridge;
use crate::store::Store;
use crate::text::t;
use model::view::{Failure, OpKind};
use std::future::Future;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, UseStateHandle, html};

/// What a change is, in words.
pub(super) fn what(kind: OpKind) -> String {
    match kind {
        OpKind::Post => t!("change-post"),
        OpKind::Edit => t!("change-edit"),
        OpKind::Delete => t!("change-delete"),
        OpKind::CreateRoom => t!("change-create-room"),
        OpKind::Join => t!("change-join"),
        OpKind::Leave => t!("change-leave"),
        OpKind::Pin => t!("change-pin"),
        OpKind::React => t!("change-react"),
        OpKind::MarkRead => t!("change-mark-read"),
        OpKind::SetRoom => t!("change-set-room"),
        OpKind::SetMember => t!("change-set-member"),
        OpKind::OpenDirect => t!("change-open-direct"),
    }
}

/// Does something and shows why it failed, if it did. What it changed is seen in its rows.
pub(super) fn attempt<T: 'static>(
    failure: &UseStateHandle<Option<String>>,
    action: impl Future<Output = Result<T, Failure>> + 'static,
) {
    let failure = failure.setter();
    spawn_local(async move {
        failure.set(action.await.err().map(|reason| reason.text));
    });
}

/// Puts words on the clipboard, and says so.
pub(super) fn copy(store: &Store, text: &str) -> Callback<web_sys::MouseEvent> {
    let (store, text) = (store.clone(), text.to_owned());
    Callback::from(move |_| {
        let (store, text) = (store.clone(), text.clone());
        spawn_local(async move {
            let Some(window) = web_sys::window() else {
                return;
            };
            let written = window.navigator().clipboard().write_text(&text);
            let done = wasm_bindgen_futures::JsFuture::from(written).await.is_ok();
            store.toast(if done {
                t!("sync-copied")
            } else {
                t!("sync-not-copied")
            });
        });
    })
}

/// A button.
pub(super) fn button(
    testid: &'static str,
    label: String,
    primary: bool,
    onclick: Callback<web_sys::MouseEvent>,
) -> Html {
    let class = if primary {
        "button small primary"
    } else {
        "button small"
    };
    html! { <button {class} type="button" data-testid={testid} {onclick}>{ label }</button> }
}

/// Tries to connect now. Whether it helped is seen in the connection's row.
pub(super) fn try_now() -> Callback<web_sys::MouseEvent> {
    Callback::from(|_| {
        spawn_local(async {
            bridge::network_changed().await.ok();
        });
    })
}
