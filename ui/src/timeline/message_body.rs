//! What a message says. The one place where a message's text becomes nodes.

use crate::markdown::Markdown;
use yew::{Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The text as it was written.
    pub(crate) text: String,
}

/// The text.
#[component]
pub(crate) fn Body(props: &Props) -> Html {
    html! { <Markdown text={props.text.clone()} /> }
}
