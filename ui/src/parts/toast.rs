//! A sentence that goes by itself, such as "Link copied". What a person must act on is a notice or an error beside
//! what failed, never this. Shown by `Store::toast`.

use super::icon::{Icon, icon};
use crate::text::t;
use gloo_timers::callback::Timeout;
use yew::{AttrValue, Callback, Html, Properties, component, html, use_effect_with};

/// How long it stays.
const STAYS_MS: u32 = 5000;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    /// Counts up.
    pub(crate) id: u32,
    /// The sentence.
    pub(crate) text: AttrValue,
}

/// What they are told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The present one, if there is one.
    pub(crate) toast: Option<Toast>,
    /// It has been long enough.
    pub(crate) ongone: Callback<u32>,
}

/// Where they appear: always there, so that a screen reader hears what comes.
#[component]
pub(crate) fn Toasts(props: &Props) -> Html {
    let gone = props.ongone.clone();
    use_effect_with(props.toast.clone(), move |toast| {
        let timeout = toast.as_ref().map(|toast| {
            let id = toast.id;
            Timeout::new(STAYS_MS, move || gone.emit(id))
        });
        move || drop(timeout)
    });
    let shown = props.toast.as_ref().map(|toast| {
        let (gone, id) = (props.ongone.clone(), toast.id);
        let dismiss = Callback::from(move |_| gone.emit(id));
        html! {
            <div class="toast" data-testid="toast">
                <span>{ toast.text.clone() }</span>
                <button class="icon-button" type="button" aria-label={t!("close")} onclick={dismiss}>{ icon(Icon::Close) }</button>
            </div>
        }
    });
    html! { <div class="toasts" role="status" aria-live="polite">{ shown.unwrap_or_default() }</div> }
}
