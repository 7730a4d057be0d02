//! How far changes have got: the connection, what waits for it, what did not get through, what the person should know.

mod actions;
pub(crate) mod connection;
pub(crate) mod notices;
mod recovered;
mod waiting;

use self::recovered::Recovered;
use self::waiting::Waiting;
use crate::store::Store;
use crate::text::t;
use model::view::{OutboxView, RecoveredView, Status};
use std::rc::Rc;
use yew::{Html, Properties, component, html};

/// What the page is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// The connection and what waits for it.
    pub(crate) status: Option<Rc<Status>>,
    /// What waits, in its order.
    pub(crate) waiting: Rc<Vec<OutboxView>>,
    /// What did not get through, newest first.
    pub(crate) recovered: Rc<Vec<RecoveredView>>,
}

/// The page.
#[component]
pub(crate) fn SyncPage(props: &Props) -> Html {
    html! {
        <section class="directory sync" aria-label={t!("sync-title")} data-testid="sync-page">
            if let Some(status) = &props.status {
                <div class="sync-state" data-testid="sync-state">{ connection::sentences(status) }</div>
            }
            <Waiting store={props.store.clone()} waiting={props.waiting.clone()} />
            <Recovered store={props.store.clone()} recovered={props.recovered.clone()} />
        </section>
    }
}
