//! A link. It has no `href`: nothing in the page can be led away from, and the shell's command asks again whether the
//! address may be opened. One that leads to a place in Amend is followed here; the system's opener would start Amend again.

use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::store::Store;
use crate::text::t;
use model::text::{Address, address};
use wasm_bindgen_futures::spawn_local;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_state_eq};

/// Characters of an address that is written out; the whole of it is in the title.
const MAX_SHOWN_CHARS: usize = 80;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Where it leads.
    pub(crate) address: Address,
    /// Its words without marks.
    pub(crate) text: String,
    /// What its author wants to be read beside it.
    pub(crate) title: String,
    /// It was written as a picture, which is not loaded.
    pub(crate) picture: bool,
    /// Follows what leads to a place in Amend.
    pub(crate) store: Option<Store>,
    /// Its words.
    pub(crate) children: Html,
}

/// The link.
#[component]
pub(crate) fn Link(props: &Props) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let open = {
        let (address, store) = (props.address.clone(), props.store.clone());
        let failure = failure.setter();
        move || {
            if let Some(store) = store.as_ref().filter(|_| address.is_ours()) {
                store.open_link(address.href());
                return;
            }
            let (href, failure) = (address.href().to_owned(), failure.clone());
            spawn_local(async move {
                let opened = bridge::open_link(&href).await;
                failure.set(opened.err().map(|reason| reason.text));
            });
        }
    };
    let onclick = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open();
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            open();
        }
    });
    let href = props.address.href();
    let whole = match props.address.host() {
        Some(host) if !href.contains(host) => format!("{href} ({host})"),
        _ => href.to_owned(),
    };
    let title = if props.title.is_empty() {
        whole
    } else {
        format!("{}\n{whole}", props.title)
    };
    let is_written_out = props.text.len() > MAX_SHOWN_CHARS && props.text == href;
    html! {
        <>
            <span role="link" tabindex="0" class="link" data-testid="link" data-href={href.to_owned()} {title} {onclick} {onkeydown}>
                if props.picture {
                    { icon(Icon::Picture) }
                    <span class="only-read">{ t!("picture") }</span>
                }
                if is_written_out {
                    { address::shortened(&props.text, MAX_SHOWN_CHARS) }
                } else {
                    { props.children.clone() }
                }
            </span>
            if let Some(host) = props.address.warning(&props.text) {
                <bdi class="link-host" data-testid="link-host" title={t!("link-leads-to")}>{ format!(" ({host})") }</bdi>
            }
            if let Some(text) = &*failure {
                <span class="error" role="alert">{ format!(" {text}") }</span>
            }
        </>
    }
}
