//! The frame around what is shown: a section with a title, and a specimen with the name of its state.

use yew::{AttrValue, Children, Html, Properties, component, html};

/// What both are told.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// What it is.
    pub(super) title: AttrValue,
    /// The components.
    pub(super) children: Children,
}

/// Components of one kind.
#[component]
pub(super) fn Section(props: &Props) -> Html {
    html! {
        <section class="gallery-section" data-testid="gallery-section">
            <h2>{ props.title.clone() }</h2>
            { props.children.clone() }
        </section>
    }
}

/// A component in one state.
#[component]
pub(super) fn Specimen(props: &Props) -> Html {
    html! {
        <div class="specimen" data-testid="specimen">
            <p class="muted hint">{ props.title.clone() }</p>
            <div class="specimen-body">{ props.children.clone() }</div>
        </div>
    }
}
