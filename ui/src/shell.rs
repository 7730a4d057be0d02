//! The window of someone who is signed in: rooms at the left, the main part, people at the right. In a narrow window
//! the two sides are drawers.

use crate::account::profile::Profile;
use crate::account::switcher::AccountHead;
use crate::composer::Composer;
use crate::exchange::Exchange;
use crate::markdown::Known;
use crate::parts::focus::{keep_within, use_focus_inside};
use crate::parts::icon::{Icon, icon};
use crate::parts::listen::Listener;
use crate::people::People;
use crate::people::typing::Typing;
use crate::rooms::browse::Browse;
use crate::rooms::direct::{InviteTo, NewDirect};
use crate::rooms::header::RoomHeader;
use crate::rooms::join::Join;
use crate::rooms::leave::Leave;
use crate::rooms::list::{Failed, RoomList};
use crate::rooms::new_room::NewRoom;
use crate::rooms::settings::RoomSettings;
use crate::rooms::switcher::Switcher;
use crate::search::{SearchPage, use_search_keys};
use crate::settings::news::AppNews;
use crate::settings::page::SettingsPage;
use crate::store::{Over, Page, State, Store};
use crate::sync::SyncPage;
use crate::sync::connection::{Connection, SignInAgain};
use crate::sync::notices::Notices;
use crate::text::t;
use crate::timeline::Timeline;
use crate::timeline::reply::ReplyBar;
use model::RoomId;
use model::view::{self, Account, RoomView};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};
use yew::{
    Callback, ContextProvider, Html, Properties, UseStateHandle, classes, component, html,
    use_effect_with, use_memo, use_node_ref, use_state_eq,
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

/// Keys that work wherever the keyboard is, unless something lies over the page.
fn shortcuts(store: &Store) -> Option<Listener> {
    let store = store.clone();
    Listener::window("keydown", move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let key = event.key();
        let is_control =
            (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if is_control && key.eq_ignore_ascii_case("k") {
            store.show(Some(Over::Switcher));
        } else if event.alt_key()
            && !event.ctrl_key()
            && matches!(key.as_str(), "ArrowUp" | "ArrowDown")
        {
            store.step(key == "ArrowDown", event.shift_key());
        } else {
            return;
        }
        event.prevent_default();
        // It is nobody else's: a field that has the keyboard must not take it for one of its own.
        event.stop_propagation();
    })
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
    let sidebar = use_node_ref();
    {
        let drawer = drawer.clone();
        use_effect_with((state.open, state.page), move |_| {
            drawer.set(Drawer::Closed);
        });
    }
    {
        let (store, drawer) = (store.clone(), drawer.setter());
        use_effect_with((), move |()| {
            let keys = shortcuts(&store);
            // In a wide window there are no drawers.
            let resized = Listener::window("resize", move |_| drawer.set(Drawer::Closed));
            move || drop((keys, resized))
        });
    }
    use_focus_inside(&sidebar, *drawer == Drawer::Rooms);
    let close = {
        let drawer = drawer.clone();
        Callback::from(move |()| drawer.set(Drawer::Closed))
    };
    let onkeydown = {
        let (sidebar, close, is_drawer) =
            (sidebar.clone(), close.clone(), *drawer == Drawer::Rooms);
        Callback::from(move |event: KeyboardEvent| {
            let Some(sidebar) = sidebar.cast::<Element>().filter(|_| is_drawer) else {
                return;
            };
            if event.key() == "Escape" {
                close.emit(());
            } else {
                keep_within(&event, &sidebar);
            }
        })
    };
    let room_name = {
        let rooms = state.rooms.as_ref();
        let open = rooms.and_then(|rooms| rooms.iter().find(|room| Some(room.id) == state.open));
        open.filter(|_| state.page == Page::Room)
            .map(|room| room.name.clone())
    };
    use_search_keys(store, room_name);
    let class = match *drawer {
        Drawer::Closed => None,
        Drawer::Rooms => Some("show-rooms"),
        Drawer::People => Some("show-people"),
    };
    let is_connected = is_connected(state);
    let has_people = state.page == Page::Room && state.open.is_some();
    let known = {
        let (store, me) = (store.clone(), account.user_id);
        let of = (state.people.clone(), state.rooms.clone());
        use_memo(of, move |(people, rooms)| {
            let rooms = rooms.as_ref().map_or(&[][..], |rooms| rooms.as_slice());
            Known::new(&store, me, people, rooms)
        })
    };
    let rooms_are_drawer = *drawer == Drawer::Rooms;
    html! {
        <ContextProvider<Known> context={(*known).clone()}>
        <div class={classes!("shell", class, (!has_people).then_some("without-people"))}>
            <div ref={sidebar} class="sidebar" aria-label={t!("rooms-and-account")} role={if rooms_are_drawer { "dialog" } else { "complementary" }}
                aria-modal={rooms_are_drawer.then_some("true")} data-testid="sidebar" tabindex="-1" {onkeydown}>
                <AccountHead store={store.clone()} page={state.page} account={account.clone()} />
                <RoomList store={store.clone()} rooms={state.rooms.clone()} open={state.open} page={state.page}
                    folded={state.folded.clone()} {is_connected} onchosen={close.clone()} />
                // Below the list: it grows and shrinks with what waits, and no room may slip away from under the pointer.
                <Connection store={store.clone()} status={state.status.clone()} />
            </div>
            <div class="scrim" data-testid="scrim" onclick={close.reform(|_| ())} />
            <main class="main">
                <SignInAgain status={state.status.clone()} account={account.clone()} />
                if let Some(failure) = &state.trouble {
                    <p class="banner error" role="alert">{ failure.text.clone() }</p>
                }
                <AppNews store={store.clone()} settings={state.settings.clone()} desktop={state.desktop.clone()} />
                <Notices notices={state.notices.clone()} />
                { main_part(store, state, account, &drawer) }
            </main>
            if has_people {
                <People store={store.clone()} people={state.people.clone()} room={open_room(state)} me={account.user_id}
                    {is_connected} is_drawer={*drawer == Drawer::People} onclose={close} />
            }
            { over(store, state, account) }
        </div>
        </ContextProvider<Known>>
    }
}

/// Whether anybody's presence is known.
fn is_connected(state: &State) -> bool {
    let connection = state.status.as_ref().map(|status| &status.connection);
    matches!(
        connection,
        Some(view::Connection::Online | view::Connection::CatchingUp)
    )
}

fn room_of(state: &State, id: RoomId) -> Option<RoomView> {
    let rooms = state.rooms.as_ref()?;
    rooms.iter().find(|room| room.id == id).cloned()
}

fn open_room(state: &State) -> Option<RoomView> {
    room_of(state, state.open?)
}

/// What lies over the page.
fn over(store: &Store, state: &State, account: &Rc<Account>) -> Html {
    let store = store.clone();
    let known = state.known.clone();
    let content = match state.over {
        None => return Html::default(),
        Some(Over::Switcher) => Some(html! {
            <Switcher {store} rooms={state.rooms.clone().unwrap_or_default()} {known} open={state.open} />
        }),
        Some(Over::NewDirect) => Some(html! { <NewDirect {store} {known} /> }),
        Some(Over::Profile) => Some(html! { <Profile {store} account={account.clone()} /> }),
        Some(Over::RoomSettings(room)) => room_of(state, room)
            .map(|room| html! { <RoomSettings {store} {room} me={account.user_id} /> }),
        Some(Over::InviteTo(room)) => room_of(state, room).map(|one| {
            html! { <InviteTo {store} {room} name={one.name} people={state.people.clone()} {known} relay={account.relay.clone()} /> }
        }),
        Some(Over::Leave(room)) => room_of(state, room).map(|room| html! { <Leave {store} {room} /> }),
        Some(Over::Join(room)) => {
            let entry = state.directory.iter().find(|one| one.id == room).cloned();
            Some(html! { <Join {store} {room} {entry} /> })
        }
    };
    content.unwrap_or_default()
}

fn rooms_toggle(drawer: &UseStateHandle<Drawer>) -> Html {
    let toggle = {
        let drawer = drawer.clone();
        Callback::from(move |_| drawer.set(Drawer::Rooms))
    };
    html! {
        <button class="icon-button only-narrow" type="button" data-testid="rooms-toggle" aria-label={t!("show-rooms")}
            title={t!("show-rooms")} aria-expanded={(**drawer == Drawer::Rooms).to_string()} onclick={toggle}>
            { icon(Icon::Menu) }
        </button>
    }
}

fn main_part(
    store: &Store,
    state: &State,
    account: &Rc<Account>,
    drawer: &UseStateHandle<Drawer>,
) -> Html {
    let titled = |title: String, content: Html| {
        html! {
            <>
                <header class="header">
                    { rooms_toggle(drawer) }
                    <div class="header-room"><h1>{ title }</h1></div>
                </header>
                { content }
            </>
        }
    };
    match (state.page, state.open) {
        (Page::NewRoom, _) => titled(
            t!("new-room"),
            html! { <NewRoom store={store.clone()} known={state.known.clone()} /> },
        ),
        (Page::Browse, _) => titled(
            t!("browse-rooms"),
            html! { <Browse store={store.clone()} directory={state.directory.clone()} /> },
        ),
        (Page::Exchange, _) => titled(
            t!("exchange-title"),
            html! { <Exchange exchanges={state.exchanges.clone()} rooms={state.rooms.clone()} /> },
        ),
        (Page::Sync, _) => titled(
            t!("sync-title"),
            html! {
                <SyncPage store={store.clone()} status={state.status.clone()} waiting={state.waiting.clone()}
                    recovered={state.recovered.clone()} />
            },
        ),
        (Page::Search, _) => titled(
            t!("search"),
            html! { <SearchPage store={store.clone()} search={state.search.clone()} /> },
        ),
        (Page::Settings, _) => titled(
            t!("settings"),
            html! { <SettingsPage store={store.clone()} view={state.settings.clone()} desktop={state.desktop.clone()} /> },
        ),
        (Page::Room, Some(open)) => {
            let room = open_room(state);
            let people = {
                let drawer = drawer.clone();
                Callback::from(move |()| drawer.set(Drawer::People))
            };
            html! {
                <>
                    <RoomHeader store={store.clone()} room={room.clone()} people={state.people.clone()} me={account.user_id}
                        is_connected={is_connected(state)} shows_people={**drawer == Drawer::People} ontoggle={people}
                        pins={state.pins.len()} lists_pins={state.lists_pins}>
                        { rooms_toggle(drawer) }
                    </RoomHeader>
                    if let Some(failed) = room.as_ref().and_then(|room| room.failed.clone()) {
                        <Failed {failed} />
                    }
                    <Timeline store={store.clone()} state={state.clone()} />
                    <Typing people={state.people.clone()} />
                    <Composer store={store.clone()} room={open} name={room.map(|room| room.name.clone()).unwrap_or_default()} closed={state.closed.clone()}
                        above={html! { <ReplyBar store={store.clone()} room={open} reply={state.replies.get(&open).cloned()} /> }} />
                </>
            }
        }
        (Page::Room, None) if state.rooms.as_ref().is_some_and(|rooms| rooms.is_empty()) => titled(
            t!("welcome"),
            html! {
                <div class="empty">
                    { icon(Icon::Bubble) }
                    <h2>{ t!("no-rooms") }</h2>
                    <p class="muted">{ t!("no-rooms-what") }</p>
                </div>
            },
        ),
        (Page::Room, None) => titled(String::new(), Html::default()),
    }
}
