//! The window of someone who is signed in: rooms at the left, the main part, people at the right. In a narrow window
//! the two sides are drawers.

use crate::composer::Composer;
use crate::parts::icon::{Icon, icon};
use crate::people::People;
use crate::rooms::browse::Browse;
use crate::rooms::list::{Failed, RoomList};
use crate::rooms::new_room::NewRoom;
use crate::store::{Page, State, Store};
use crate::sync::connection::{Connection, SignInAgain};
use crate::sync::notices::Notices;
use crate::sync::recovered::Recovered;
use crate::timeline::Timeline;
use crate::timeline::reply::ReplyBar;
use crate::{bridge, people};
use model::view::{Account, RoomView};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{
    Callback, Html, Properties, UseStateHandle, classes, component, html, use_effect_with,
    use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For all that a person can do.
    pub(crate) store: Store,
    /// What is on the screen.
    pub(crate) state: State,
    /// Who is signed in.
    pub(crate) account: Rc<Account>,
}

/// Which side is drawn over the main part of a narrow window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawer {
    Closed,
    Rooms,
    People,
}

/// The window.
#[component]
pub(crate) fn Shell(props: &Props) -> Html {
    let Props {
        store,
        state,
        account,
    } = props;
    let drawer = use_state_eq(|| Drawer::Closed);
    {
        let drawer = drawer.clone();
        use_effect_with((state.open, state.page), move |_| {
            drawer.set(Drawer::Closed);
        });
    }
    let sign_out_failure = use_state_eq(|| None::<String>);
    let sign_out = {
        let failure = sign_out_failure.clone();
        Callback::from(move |_| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(bridge::sign_out().await.err().map(|reason| reason.text));
            });
        })
    };
    let class = match *drawer {
        Drawer::Closed => None,
        Drawer::Rooms => Some("show-rooms"),
        Drawer::People => Some("show-people"),
    };
    let has_people = state.page == Page::Room && state.open.is_some();
    html! {
        <div class={classes!("shell", class, (!has_people).then_some("without-people"))}>
            <aside class="sidebar" aria-label="Rooms and account">
                <div class="account">
                    { people::avatar(account.user_id, &account.name) }
                    <div class="account-who">
                        <strong>{ account.name.clone() }</strong>
                        <span class="muted">{ host(&account.relay) }</span>
                    </div>
                    <button class="icon-button" type="button" data-testid="sign-out-button" aria-label="Sign out" title="Sign out" onclick={sign_out}>
                        { icon(Icon::Leave) }
                    </button>
                </div>
                if let Some(text) = &*sign_out_failure {
                    <p class="error" role="alert">{ text.clone() }</p>
                }
                <Connection store={store.clone()} status={state.status.clone()} />
                <RoomList store={store.clone()} rooms={state.rooms.clone()} open={state.open} page={state.page} />
            </aside>
            <div class="scrim" onclick={toggle(&drawer, Drawer::Closed)} />
            <main class="main">
                <SignInAgain status={state.status.clone()} account={account.clone()} />
                if let Some(failure) = &state.trouble {
                    <p class="banner error" role="alert">{ failure.text.clone() }</p>
                }
                <Notices notices={state.notices.clone()} />
                { main_part(store, state, &drawer) }
            </main>
            if has_people {
                <People people={state.people.clone()} />
            }
        </div>
    }
}

fn host(relay: &str) -> String {
    let host = relay.split_once("://").map_or(relay, |(_, host)| host);
    host.trim_end_matches('/').to_owned()
}

/// Opens a drawer, or closes it if it is open.
fn toggle(drawer: &UseStateHandle<Drawer>, wanted: Drawer) -> Callback<web_sys::MouseEvent> {
    let drawer = drawer.clone();
    Callback::from(move |_| {
        drawer.set(if *drawer == wanted {
            Drawer::Closed
        } else {
            wanted
        });
    })
}

fn rooms_toggle(drawer: &UseStateHandle<Drawer>) -> Html {
    html! {
        <button class="icon-button only-narrow" type="button" data-testid="rooms-toggle" aria-label="Show rooms"
            aria-expanded={(**drawer == Drawer::Rooms).to_string()} onclick={toggle(drawer, Drawer::Rooms)}>
            { icon(Icon::Menu) }
        </button>
    }
}

fn main_part(store: &Store, state: &State, drawer: &UseStateHandle<Drawer>) -> Html {
    let titled = |title: &str, content: Html| {
        html! {
            <>
                <header class="header">
                    { rooms_toggle(drawer) }
                    <div class="header-room"><h1>{ title.to_owned() }</h1></div>
                </header>
                { content }
            </>
        }
    };
    let rooms = state.rooms.as_ref();
    match (state.page, state.open) {
        (Page::NewRoom, _) => titled("New room", html! { <NewRoom store={store.clone()} /> }),
        (Page::Browse, _) => titled(
            "Browse rooms",
            html! { <Browse store={store.clone()} directory={state.directory.clone()} /> },
        ),
        (Page::Recovered, _) => titled(
            "Not sent",
            html! { <Recovered store={store.clone()} recovered={state.recovered.clone()} /> },
        ),
        (Page::Room, Some(open)) => {
            let room = rooms.and_then(|rooms| rooms.iter().find(|room| room.id == open));
            html! {
                <>
                    { room_header(state, room, drawer) }
                    if let Some(failed) = room.and_then(|room| room.failed.clone()) {
                        <Failed {failed} />
                    }
                    <Timeline store={store.clone()} state={state.clone()} />
                    <ReplyBar store={store.clone()} room={open} item={state.replies.get(&open).cloned()} />
                    <Composer store={store.clone()} room={open} name={room.map(|room| room.name.clone()).unwrap_or_default()} />
                </>
            }
        }
        (Page::Room, None) if rooms.is_some_and(|rooms| rooms.is_empty()) => titled(
            "Welcome",
            html! {
                <div class="empty">
                    { icon(Icon::Bubble) }
                    <h2>{ "You are in no room yet" }</h2>
                    <p class="muted">{ "Make one for your team, or browse the rooms that are there. Rooms are at the left; in a narrow window, behind the menu button." }</p>
                </div>
            },
        ),
        (Page::Room, None) => titled("", Html::default()),
    }
}

fn room_header(state: &State, room: Option<&RoomView>, drawer: &UseStateHandle<Drawer>) -> Html {
    let online = state.people.iter().filter(|person| person.online).count();
    let name = room.map(|room| room.name.clone()).unwrap_or_default();
    let topic = room.map(|room| room.topic.clone()).unwrap_or_default();
    html! {
        <header class="header">
            { rooms_toggle(drawer) }
            <div class="header-room">
                <h1><span class="hash" aria-hidden="true">{ "#" }</span>{ name }</h1>
                if !topic.is_empty() {
                    <p class="muted" title={topic.clone()}>{ topic.clone() }</p>
                }
            </div>
            <span class="online-count" data-testid="online-count" data-count={online.to_string()}>
                <span class="dot online" aria-hidden="true" />
                { format!("{online} online") }
            </span>
            <button class="icon-button only-medium" type="button" data-testid="people-toggle" aria-label="Show people"
                aria-expanded={(**drawer == Drawer::People).to_string()} onclick={toggle(drawer, Drawer::People)}>
                { icon(Icon::People) }
            </button>
        </header>
    }
}
