//! The page for imports and exports: a form for each, and what is under way or was done, newest first.

mod choices;
mod export;
mod import;
mod job;
mod preview;

use crate::text::t;
use model::view::{ExchangeView, RoomView};
use std::rc::Rc;
use yew::{Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What is under way or was done, newest first.
    pub(crate) exchanges: Rc<Vec<ExchangeView>>,
    /// The rooms that could be exported.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
}

/// The page.
#[component]
pub(crate) fn Exchange(props: &Props) -> Html {
    html! {
        <div class="exchange" data-testid="exchange-page">
            <div class="exchange-forms">
                <import::Import />
                <export::Export rooms={props.rooms.clone()} />
            </div>
            if !props.exchanges.is_empty() {
                <section aria-labelledby="exchange-list-title">
                    <h2 id="exchange-list-title">{ t!("exchange-list") }</h2>
                    <ul class="exchange-list">
                        { for props.exchanges.iter().map(|exchange| html! {
                            <job::Job key={exchange.id} exchange={exchange.clone()} />
                        }) }
                    </ul>
                </section>
            }
        </div>
    }
}
