//! The whole page: which of its three faces is shown.

use crate::account::unlock::Unlock;
use crate::account::welcome::Welcome;
use crate::parts::toast::Toasts;
use crate::parts::undo;
use crate::shell::Shell;
use crate::startup_error::StartupError;
use crate::store::{Phase, State, Store};
use crate::{attachments, bridge};
use model::view::Connection;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::{ContextProvider, Html, component, html, use_effect_with, use_memo, use_state_eq};

/// Tries to connect as soon as the system says that there is a network again.
fn listen_for_network() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let online = Closure::<dyn Fn()>::new(|| {
        spawn_local(async {
            // It only shortens a wait that ends by itself.
            bridge::network_changed().await.ok();
        });
    });
    let handler = online.into_js_value();
    window
        .add_event_listener_with_callback("online", handler.unchecked_ref())
        .ok();
}

/// The whole page.
#[component]
pub(crate) fn App() -> Html {
    let state = use_state_eq(State::default);
    let setter = state.setter();
    let store = use_memo((), |()| {
        Store::new(yew::Callback::from(move |state| setter.set(state)))
    });
    {
        let store = (*store).clone();
        use_effect_with((), move |()| {
            crate::settings::keys::listen(store.clone());
            store.start();
            listen_for_network();
            let undo = undo::keys();
            move || drop(undo)
        });
    }
    let store = (*store).clone();
    let gone = {
        let store = store.clone();
        yew::Callback::from(move |id| store.toast_gone(id))
    };
    html! {
        <>
            { face(store, &state) }
            <Toasts toast={state.toast.clone()} ongone={gone} />
        </>
    }
}

fn face(store: Store, state: &State) -> Html {
    // Another language is another page: every text is drawn again.
    let language = state
        .settings
        .as_ref()
        .map(|view| view.settings.language.clone());
    let language = language.unwrap_or_default();
    match &state.phase {
        Phase::Starting => match &state.trouble {
            Some(failure) => html! { <StartupError failure={failure.clone()} /> },
            None => html! { <main class="starting" aria-busy="true" /> },
        },
        Phase::Broken(failure) if failure.code == "locked" => {
            html! { <Unlock failure={failure.clone()} /> }
        }
        Phase::Broken(failure) => html! { <StartupError failure={failure.clone()} /> },
        Phase::Running => match &state.account {
            None => html! {
                <Welcome {store} link={state.link.clone()} />
            },
            Some(account) => {
                let files = attachments::Context {
                    store: store.clone(),
                    files: state.files.clone(),
                    drafts: state.draft_files.clone(),
                    online: state.status.as_ref().is_some_and(|status| {
                        matches!(
                            status.connection,
                            Connection::Online | Connection::CatchingUp
                        )
                    }),
                };
                html! {
                    <ContextProvider<attachments::Context> context={files}>
                        <Shell key={language} {store} state={state.clone()} account={account.clone()} />
                    </ContextProvider<attachments::Context>>
                }
            }
        },
    }
}
