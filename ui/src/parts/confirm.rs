//! A question in its place, before something that can't be undone: the keyboard comes to the answer that changes nothing, and
//! Escape is that answer.

use super::focus::use_focus_inside;
use web_sys::KeyboardEvent;
use yew::{AttrValue, Callback, Html, Properties, component, html, use_node_ref};

/// An answer: what it says, and its test id.
#[derive(Clone, PartialEq)]
pub(crate) struct Answer {
    /// For people.
    pub(crate) label: AttrValue,
    /// For tests.
    pub(crate) testid: &'static str,
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The question.
    pub(crate) question: AttrValue,
    /// Does it.
    pub(crate) yes: Answer,
    /// Changes nothing.
    pub(crate) no: Answer,
    /// The person has said yes.
    pub(crate) onyes: Callback<()>,
    /// The person has said no.
    pub(crate) onno: Callback<()>,
}

/// The question.
#[component]
pub(crate) fn Confirm(props: &Props) -> Html {
    let node = use_node_ref();
    use_focus_inside(&node, true);
    let onkeydown = {
        let no = props.onno.clone();
        Callback::from(move |event: KeyboardEvent| {
            // What is around it has keys of its own.
            event.stop_propagation();
            if event.key() == "Escape" {
                event.prevent_default();
                no.emit(());
            }
        })
    };
    let yes = props.onyes.reform(|_: yew::MouseEvent| ());
    let no = props.onno.reform(|_: yew::MouseEvent| ());
    html! {
        <div ref={node} class="row confirm" role="group" aria-label={props.question.clone()} {onkeydown}>
            <span>{ props.question.clone() }</span>
            <button class="button small danger" type="button" data-testid={props.yes.testid} onclick={yes}>{ props.yes.label.clone() }</button>
            <button class="button small" type="button" data-autofocus="true" data-testid={props.no.testid} onclick={no}>{ props.no.label.clone() }</button>
        </div>
    }
}
