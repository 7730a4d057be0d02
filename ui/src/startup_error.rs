//! What is shown when the profile could not be opened.

use crate::account::switcher::OtherAccounts;
use crate::text::t;
use model::view::Failure;
use yew::{Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Why.
    pub(crate) failure: Failure,
}

/// The sentence that says what to do.
#[component]
pub(crate) fn StartupError(props: &Props) -> Html {
    html! {
        <main class="welcome">
            <div class="welcome-card" role="alert">
                <h1>{ t!("startup-failed") }</h1>
                <p data-testid="startup-error">{ props.failure.text.clone() }</p>
            </div>
            <OtherAccounts />
        </main>
    }
}
