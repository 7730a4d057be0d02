//! The connection's state and what waits for it; and the way back in when the relay no longer wants our token.

use super::actions::{button, try_now};
use crate::account::sign_in::SignIn;
use crate::parts::time;
use crate::store::{Page, Store};
use crate::text::t;
use model::view::{self, Account, Status};
use std::rc::Rc;
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
    let page = {
        let store = props.store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.go(Page::Sync))
    };
    let is_offline = matches!(&status.connection, view::Connection::Offline { .. });
    html! {
        <div class="connection" data-testid="connection" data-state={state} role="status">
            if let Some(progress) = progress(status) {
                <span class="muted" data-testid="sync-progress">{ progress }</span>
            }
            if status.changes() > 0 {
                <span class="muted" data-testid="waiting-count">{ waiting(status) }</span>
            }
            if status.failed > 0 {
                <button class="link connection-failed" type="button" data-testid="failed-count" onclick={page.clone()}>
                    { t!("changes-refused", count = status.failed) }
                </button>
            }
            if is_offline {
                <p class="muted connection-reason">
                    { reason(status) }{ " " }
                    <button class="link" type="button" data-testid="try-now" onclick={try_now()}>{ t!("try-now") }</button>
                </p>
            }
            // The last, at the foot: what comes and goes above it must not move it from under the pointer.
            <button class="pill" type="button" data-testid="sync-button" aria-label={t!("sync-open", state = label.clone())}
                title={t!("sync-since", time = time::moment(status.since))} onclick={page.clone()}>
                <span class="dot" aria-hidden="true" />{ label }
            </button>
        </div>
    }
}

fn reason(status: &Status) -> String {
    match &status.connection {
        view::Connection::Offline { reason } | view::Connection::SignedOut { reason } => {
            reason.clone()
        }
        _ => String::new(),
    }
}

/// How many wait, and since when.
fn waiting(status: &Status) -> String {
    match status.waiting_since {
        Some(since) => t!(
            "changes-waiting-since",
            count = status.changes(),
            time = time::near(since)
        ),
        None => t!("changes-waiting", count = status.changes()),
    }
}

/// How far catching up and fetching have got, as far as that is known.
fn progress(status: &Status) -> Option<String> {
    match (status.catching_up, status.fetching) {
        (Some(behind), _) => Some(t!(
            "rooms-level",
            level = behind.level,
            rooms = behind.rooms
        )),
        (None, Some(fetching)) if status.connection == view::Connection::Online => {
            Some(t!("fetching-older", percent = fetching.percent))
        }
        _ => None,
    }
}

/// The same in whole sentences.
pub(super) fn sentences(status: &Status) -> Html {
    let (_, label) = word(&status.connection);
    let in_step = match (&status.connection, status.in_step_at) {
        (view::Connection::Online, _) if status.changes() == 0 => Some(t!("in-step-now")),
        (view::Connection::Online, _) => None,
        (_, Some(at)) => Some(t!("in-step-at", time = time::moment(at))),
        (_, None) => None,
    };
    let fetching = status.fetching.map(|fetching| {
        t!(
            "fetching-sentence",
            rooms = fetching.rooms,
            percent = fetching.percent
        )
    });
    let wants_try = matches!(&status.connection, view::Connection::Offline { .. });
    html! {
        <>
            <p><strong>{ label }</strong>{ " · " }{ t!("sync-since", time = time::moment(status.since)) }</p>
            if !reason(status).is_empty() {
                <p>{ reason(status) }</p>
            }
            if let Some(behind) = status.catching_up {
                <p>{ t!("rooms-level", level = behind.level, rooms = behind.rooms) }</p>
            }
            if let Some(text) = in_step {
                <p class="muted" data-testid="in-step">{ text }</p>
            }
            if let Some(text) = fetching {
                <p class="muted">{ text }</p>
            }
            if status.changes() > 0 {
                <p data-testid="sync-waiting">{ waiting(status) }</p>
            }
            if status.reading > 0 {
                <p class="muted" data-testid="sync-reading">{ t!("sync-reading-waits", rooms = status.reading) }</p>
            }
            if wants_try {
                <div class="row">{ button("sync-try-now", t!("try-now"), true, try_now()) }</div>
            }
        </>
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
        <section class="banner again" aria-label={t!("sign-in-again")}>
            <p>{ reason.clone() }</p>
            if status.changes() > 0 {
                <p class="muted">{ t!("changes-waiting-kept", count = status.changes()) }</p>
            }
            <SignIn again={props.account.clone()} />
        </section>
    }
}
