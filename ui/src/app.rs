//! The whole page: which of its three faces is shown.

use crate::account::sign_in::SignIn;
use crate::bridge;
use crate::parts::toast::Toasts;
use crate::shell::Shell;
use crate::startup_error::StartupError;
use crate::store::{Phase, State, Store};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::{Html, component, html, use_effect_with, use_memo, use_state_eq};

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
            store.start();
            listen_for_network();
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
    match &state.phase {
        Phase::Starting => match &state.trouble {
            Some(failure) => html! { <StartupError failure={failure.clone()} /> },
            None => html! { <main class="starting" aria-busy="true" /> },
        },
        Phase::Broken(failure) => html! { <StartupError failure={failure.clone()} /> },
        Phase::Running => match &state.account {
            None => html! {
                <main class="welcome">
                    <div class="welcome-card">
                        <h1>{ "Sign in to Amend" }</h1>
                        <p class="muted">{ "Your messages stay on this device and are in step with your team's relay." }</p>
                        <SignIn />
                    </div>
                </main>
            },
            Some(account) => html! {
                <Shell {store} state={state.clone()} account={account.clone()} />
            },
        },
    }
}
