//! Code as a block: its language, a button that copies it, its colours. Long lines scroll inside.

use super::code::{self, Token};
use super::view::revealed;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

/// How long the button says that it has copied.
const COPIED_MS: u32 = 2000;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// As it was written; may be empty.
    pub(crate) language: String,
    /// The code.
    pub(crate) code: String,
    /// The parts that have a colour.
    pub(crate) tokens: Vec<Token>,
}

/// The block.
#[component]
pub(crate) fn CodeBlock(props: &Props) -> Html {
    let copied = use_state_eq(|| None::<bool>);
    {
        let copied = copied.clone();
        use_effect_with(*copied, move |now| {
            let back = now
                .is_some()
                .then(|| Timeout::new(COPIED_MS, move || copied.set(None)));
            move || drop(back)
        });
    }
    let copy = {
        let (code, copied) = (props.code.clone(), copied.clone());
        Callback::from(move |_| {
            let (code, copied) = (code.clone(), copied.clone());
            spawn_local(async move {
                let Some(window) = web_sys::window() else {
                    return;
                };
                let written = window.navigator().clipboard().write_text(&code);
                copied.set(Some(JsFuture::from(written).await.is_ok()));
            });
        })
    };
    let label = match *copied {
        None => t!("copy-code"),
        Some(true) => t!("copied"),
        Some(false) => t!("not-copied"),
    };
    let language = code::label(&props.language);
    let region = if language.is_empty() {
        t!("code")
    } else {
        t!("code-in", language = language.clone())
    };
    html! {
        <div class="code-block" data-testid="code-block">
            <div class="code-head">
                <span class="code-language" data-testid="code-language">{ language }</span>
                <button type="button" class="icon-button code-copy" data-testid="copy-code" title={label.clone()} onclick={copy}>
                    { icon(Icon::Copy) }<span aria-live="polite">{ label }</span>
                </button>
            </div>
            <pre tabindex="0" role="group" aria-label={region} dir="ltr"><code>{ coloured(&props.code, &props.tokens) }</code></pre>
        </div>
    }
}

fn coloured(code: &str, tokens: &[Token]) -> Html {
    let mut parts = Vec::with_capacity(2 * tokens.len() + 1);
    let mut at = 0;
    for token in tokens {
        if at < token.start {
            parts.push(html! { { revealed(&code[at..token.start]) } });
        }
        parts.push(html! { <span class={token.class.css()}>{ revealed(&code[token.start..token.end]) }</span> });
        at = token.end;
    }
    if at < code.len() {
        parts.push(html! { { revealed(&code[at..]) } });
    }
    parts.into_iter().collect()
}
