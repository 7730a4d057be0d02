//! The list of what a word could name. The keyboard stays in the field; the field says which line is chosen.

use super::completion::Suggestion;
use crate::text::t;
use yew::{Callback, Html, MouseEvent, Properties, classes, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The list's id in the document.
    pub(crate) id: String,
    /// The lines.
    pub(crate) list: Vec<Suggestion>,
    /// Which is chosen.
    pub(crate) chosen: usize,
    /// One was clicked.
    pub(crate) onpick: Callback<usize>,
}

/// The id of a line, for the field.
pub(crate) fn option_id(list: &str, at: usize) -> String {
    format!("{list}-{at}")
}

/// The list.
#[component]
pub(crate) fn Suggestions(props: &Props) -> Html {
    let line = |(at, one): (usize, &Suggestion)| {
        let chosen = at == props.chosen;
        // On mousedown, or the field would lose the keyboard before.
        let onmousedown = props.onpick.reform(move |event: MouseEvent| {
            event.prevent_default();
            at
        });
        html! {
            <li id={option_id(&props.id, at)} role="option" aria-selected={chosen.to_string()} data-testid="suggestion"
                class={classes!("suggestion", chosen.then_some("chosen"))} {onmousedown}>
                <span class="suggestion-sign" aria-hidden="true">{ one.sign.clone() }</span>
                <bdi>{ one.name.clone() }</bdi>
                if one.online == Some(true) {
                    <span class="dot online" role="img" aria-label={t!("suggestion-online")} />
                }
            </li>
        }
    };
    html! {
        <ul id={props.id.clone()} class="suggestions" role="listbox" aria-label={t!("suggestions")} data-testid="suggestions">
            { for props.list.iter().enumerate().map(|(at, one)| line((at, one))) }
        </ul>
    }
}
