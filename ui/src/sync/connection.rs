//! The connection's state and what waits for it; and the way back in when the relay no longer wants our token.

use crate::account::sign_in::SignIn;
use crate::bridge;
use crate::parts::time;
use crate::store::{Page, Store};
use crate::text::t;
use model::view::{self, Account, Status};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html};

/// What the state is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the page of what did not get through.
    pub(crate) store: Store,
    /// The connection and what waits for it.
    pub(crate) status: Option<Rc<Status>>,
}

fn word(connection: &view::Connection) -> (&'static str, String) {
    match connection {
        view::Connection::Offline { .. } => ("offline", t!("offline")),
        view::Connection::Connecting => ("connecting", t!("connecting")),
        view::Connection::CatchingUp => ("catching_up", t!("catching-up")),
        view::Connection::Online => ("online", t!("online")),
        view::Connection::SignedOut { .. } => ("signed_out", t!("signed-out")),
    }
}

/// The state.
#[component]
pub(crate) fn Connection(props: &Props) -> Html {
    let Some(status) = &props.status else {
        return html! { <div class="connection" aria-busy="true" /> };
    };
    let (state, label) = word(&status.connection);
    let reason = match &status.connection {
        view::Connection::Offline { reason } if !reason.is_empty() => Some(reason.clone()),
        _ => None,
    };
    let try_now = Callback::from(|_| {
        spawn_local(async {
            // Whether it helped is seen in the connection's row.
            bridge::network_changed().await.ok();
        });
    });
    let not_sent = {
        let store = props.store.clone();
        Callback::from(move |_| store.go(Page::Recovered))
    };
    html! {
        <div class="connection" data-testid="connection" data-state={state} role="status">
            <span class="pill" title={format!("Since {}", time::moment(status.since))}>
                <span class="dot" aria-hidden="true" />{ label }
            </span>
            if status.waiting > 0 {
                <span class="muted" data-testid="waiting-count">{ t!("changes-waiting", count = status.waiting) }</span>
            }
            if status.failed > 0 {
                <button class="link connection-failed" type="button" data-testid="failed-count" onclick={not_sent}>
                    { t!("changes-refused", count = status.failed) }
                </button>
            }
            if let Some(reason) = reason {
                <p class="muted connection-reason">
                    { reason }{ " " }
                    <button class="link" type="button" onclick={try_now}>{ t!("try-now") }</button>
                </p>
            }
        </div>
    }
}

/// What the way back in is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AgainProps {
    /// The connection and what waits for it.
    pub(crate) status: Option<Rc<Status>>,
    /// Who to sign in as.
    pub(crate) account: Rc<Account>,
}

/// The way back in: shown only when the relay does not want us. What waits is kept.
#[component]
pub(crate) fn SignInAgain(props: &AgainProps) -> Html {
    let Some(status) = &props.status else {
        return Html::default();
    };
    let view::Connection::SignedOut { reason } = &status.connection else {
        return Html::default();
    };
    html! {
        <section class="banner again" aria-label="Sign in again">
            <p>{ reason.clone() }</p>
            if status.waiting > 0 {
                <p class="muted">{ format!("{}; nothing is lost.", t!("changes-waiting", count = status.waiting)) }</p>
            }
            <SignIn again={props.account.clone()} />
        </section>
    }
}
