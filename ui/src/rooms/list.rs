//! The rooms we are in, and the ways to more of them.

use super::order::{self, Section};
use crate::parts::focus::{active, all};
use crate::parts::icon::{Icon, icon};
use crate::parts::menu::{Item, Menu, step};
use crate::parts::popover::Anchor;
use crate::store::{Over, Page, Store};
use crate::text::t;
use crate::{bridge, people};
use model::view::{FailedOp, RoomView};
use model::{RoomId, RoomKind};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, KeyboardEvent, MouseEvent};
use yew::{
    Callback, Html, NodeRef, Properties, UseStateHandle, classes, component, html, use_node_ref,
    use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening rooms.
    pub(crate) store: Store,
    /// The rooms; none before they were read.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
    /// The open one.
    pub(crate) open: Option<RoomId>,
    /// What the main part shows.
    pub(crate) page: Page,
    /// The sections that are folded up.
    pub(crate) folded: Rc<Vec<String>>,
    /// Whether anybody's presence is known.
    pub(crate) is_connected: bool,
}

/// Where a menu of a room was asked for.
#[derive(Clone, PartialEq)]
struct Asked {
    room: RoomId,
    at: Anchor,
}

/// The list.
#[component]
pub(crate) fn RoomList(props: &Props) -> Html {
    let menu = use_state_eq(|| None::<Asked>);
    let nav = use_node_ref();
    let go = |page: Page| {
        let store = props.store.clone();
        Callback::from(move |_| store.go(page))
    };
    let over = |over: Over| {
        let store = props.store.clone();
        Callback::from(move |_| store.show(Some(over)))
    };
    let current = |page: Page| (props.page == page).then_some("page");
    let rooms = props.rooms.as_ref().map(|rooms| rooms.as_slice());
    let arranged = order::arrange(rooms.unwrap_or_default());
    let first = arranged
        .iter()
        .find_map(|(_, rooms)| rooms.first())
        .map(|room| room.id);
    let shown = props.open.filter(|open| {
        rooms
            .unwrap_or_default()
            .iter()
            .any(|room| room.id == *open)
    });
    let reached = shown.or(first);
    let close = {
        let menu = menu.clone();
        Callback::from(move |()| menu.set(None))
    };
    let asked = menu.as_ref().and_then(|asked| {
        let room = rooms?.iter().find(|room| room.id == asked.room)?;
        Some((asked.at.clone(), room.clone()))
    });
    html! {
        <nav ref={nav.clone()} class="rooms" aria-label={t!("rooms")} onkeydown={arrows(&nav)}>
            <button class="room find" type="button" data-testid="switcher-button" onclick={over(Over::Switcher)}>
                { icon(Icon::Bubble) }<span class="room-name">{ t!("switcher") }</span><kbd>{ "Ctrl+K" }</kbd>
            </button>
            <button class="room find" type="button" data-testid="search-button" aria-current={current(Page::Search)}
                aria-keyshortcuts="Control+F Control+Shift+F" onclick={go(Page::Search)}>
                { icon(Icon::Search) }<span class="room-name">{ t!("search") }</span><kbd aria-hidden="true">{ t!("search-shortcut") }</kbd>
            </button>
            if rooms.is_some_and(<[_]>::is_empty) {
                <p class="muted rooms-none">{ t!("rooms-none") }</p>
            }
            { for arranged.iter().map(|(section, rooms)| self::section(props, *section, rooms, reached, &menu)) }
            <div class="rooms-more">
                <button class="room" type="button" data-testid="new-room-button" aria-current={current(Page::NewRoom)} onclick={go(Page::NewRoom)}>
                    { icon(Icon::Plus) }{ t!("new-room") }
                </button>
                <button class="room" type="button" data-testid="browse-button" aria-current={current(Page::Browse)} onclick={go(Page::Browse)}>
                    { icon(Icon::Search) }{ t!("browse-rooms") }
                </button>
                <button class="room" type="button" data-testid="new-direct-button" onclick={over(Over::NewDirect)}>
                    { icon(Icon::Bubble) }{ t!("new-direct") }
                </button>
            </div>
            if let Some((anchor, room)) = asked {
                <Menu {anchor} label={room.name.clone()} items={menu_of(&props.store, &room)} onclose={close} />
            }
        </nav>
    }
}

/// Arrows go from room to room, whatever section they are in.
fn arrows(nav: &NodeRef) -> Callback<KeyboardEvent> {
    let nav = nav.clone();
    Callback::from(move |event: KeyboardEvent| {
        let plain = !event.alt_key() && !event.ctrl_key() && !event.meta_key();
        let known = matches!(
            event.key().as_str(),
            "ArrowDown" | "ArrowUp" | "Home" | "End"
        );
        let Some(root) = nav.cast::<Element>().filter(|_| plain && known) else {
            return;
        };
        let rooms = all(&root, "[data-testid='room']");
        let labels = vec![String::new(); rooms.len()];
        let now = active();
        let at = rooms.iter().position(|room| now.as_ref() == Some(room));
        if at.is_none() {
            return;
        }
        if let Some(to) = step(&labels, at, &event.key()) {
            event.prevent_default();
            if let Some(room) = rooms.get(to) {
                room.focus().ok();
            }
        }
    })
}

fn section_title(section: Section) -> String {
    match section {
        Section::Favourites => t!("section-favourites"),
        Section::Rooms => t!("section-rooms"),
        Section::Direct => t!("section-direct"),
        Section::Archived => t!("section-archived"),
    }
}

fn section(
    props: &Props,
    section: Section,
    rooms: &[&RoomView],
    reached: Option<RoomId>,
    menu: &UseStateHandle<Option<Asked>>,
) -> Html {
    let is_folded = props.folded.iter().any(|name| name == section.name());
    let toggle = Callback::from(move |_| {
        spawn_local(async move {
            // It folds when the row says so; one that could not be written stays as it is.
            bridge::fold(section.name(), !is_folded).await.ok();
        });
    });
    // What calls is seen in a folded section too, and so is where one is.
    let is_shown =
        |room: &&&RoomView| !is_folded || order::calls(room) || Some(room.id) == props.open;
    let id = format!("section-{}", section.name());
    html! {
        <div key={section.name()} class="rooms-section" data-testid={id.clone()} data-folded={is_folded.to_string()}>
            <h2 class="section">
                <button type="button" class="section-toggle" aria-expanded={(!is_folded).to_string()} aria-controls={id.clone()}
                    data-testid={format!("fold-{}", section.name())} onclick={toggle}>
                    <span class={classes!("chevron", (!is_folded).then_some("down"))}>{ icon(Icon::Chevron) }</span>
                    { section_title(section) }
                </button>
            </h2>
            <ul {id}>
                { for rooms.iter().filter(is_shown).map(|room| entry(props, room, reached == Some(room.id), menu)) }
            </ul>
        </div>
    }
}

/// What stands before a room's name: a hash, a lock, or the person.
fn sign(room: &RoomView, is_connected: bool) -> Html {
    match room.with.as_slice() {
        [person] => html! {
            <span class="room-person" aria-hidden="true">
                { people::avatar(person.id, &person.name) }
                if is_connected {
                    <span class={classes!("dot", person.online.then_some("online"))} />
                }
            </span>
        },
        [] if room.archived => {
            html! { <span class="hash" aria-hidden="true">{ icon(Icon::Archive) }</span> }
        }
        [] => html! { <span class="hash" aria-hidden="true">{ "#" }</span> },
        [_, _, ..] => html! { <span class="hash" aria-hidden="true">{ icon(Icon::People) }</span> },
    }
}

fn entry(
    props: &Props,
    room: &RoomView,
    is_reached: bool,
    menu: &UseStateHandle<Option<Asked>>,
) -> Html {
    let id = room.id;
    let open = {
        let store = props.store.clone();
        Callback::from(move |_| store.open(id))
    };
    let here = props.page == Page::Room && props.open == Some(id);
    let failed = room.failed.as_ref().map(|failed| failed.reason.clone());
    let button = NodeRef::default();
    let ask = {
        let (menu, button) = (menu.clone(), button.clone());
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            // The keyboard's menu key has no place of its own.
            let at = if (x, y) == (0.0, 0.0) {
                button.cast::<Element>().map(Anchor::Element)
            } else {
                Some(Anchor::Point(x, y))
            };
            menu.set(at.map(|at| Asked { room: id, at }));
        })
    };
    let more = {
        let (menu, button) = (menu.clone(), button.clone());
        Callback::from(move |_| {
            let at = button.cast::<Element>().map(Anchor::Element);
            menu.set(at.map(|at| Asked { room: id, at }));
        })
    };
    let for_me = order::for_me(room);
    let class = classes!(
        "room",
        room.pending.then_some("pending"),
        order::calls(room).then_some("unread"),
        room.muted.then_some("muted-room")
    );
    html! {
        <li key={id.to_string()} class="room-line" oncontextmenu={ask}>
            <button ref={button} {class} type="button" data-testid="room" data-room-id={id.to_string()} data-unread={room.unread.to_string()}
                data-mentions={room.mentions.to_string()} data-muted={room.muted.to_string()} data-favourite={room.favourite.to_string()}
                tabindex={if is_reached { "0" } else { "-1" }} aria-current={here.then_some("page")} onclick={open}>
                { sign(room, props.is_connected) }
                <span class="room-name">{ room.name.clone() }</span>
                if let Some(reason) = failed {
                    <span class="mark failed" title={reason} role="img" aria-label={t!("room-failed")}>{ icon(Icon::Alert) }</span>
                } else if room.pending {
                    <span class="mark" title={t!("room-waiting")} role="img" aria-label={t!("room-waiting")}>{ icon(Icon::Clock) }</span>
                }
                if room.draft && !here {
                    <span class="mark" title={t!("room-draft")} role="img" aria-label={t!("room-draft")} data-testid="room-draft">{ icon(Icon::Pencil) }</span>
                }
                if room.muted {
                    <span class="mark" role="img" title={t!("muted")} aria-label={t!("muted")}>{ icon(Icon::BellOff) }</span>
                }
                if for_me > 0 {
                    <span class="badge" data-testid="room-mentions" aria-label={t!("unread-for-me", count = for_me)}>{ order::count_text(for_me) }</span>
                } else if room.unread > 0 {
                    <span class="unread-count" data-testid="room-unread" aria-label={t!("unread-count", count = room.unread)}>{ order::count_text(room.unread) }</span>
                }
            </button>
            <button class="icon-button room-menu" type="button" tabindex="-1" data-testid="room-menu" aria-haspopup="menu"
                aria-label={t!("room-menu", name = room.name.clone())} onclick={more}>
                { icon(Icon::More) }
            </button>
        </li>
    }
}

/// What there is to do with a room.
pub(crate) fn menu_of(store: &Store, room: &RoomView) -> Vec<Item> {
    let id = room.id;
    let (muted, favourite) = (room.muted, room.favourite);
    let act = |act: fn(Store, RoomId)| {
        let store = store.clone();
        move || act(store.clone(), id)
    };
    let mut items = Vec::new();
    if room.unread > 0 {
        items.push(Item::new("menu-mark-read", t!("mark-read"), move || {
            spawn_local(async move {
                bridge::mark_all_read(id).await.ok();
            });
        }));
    }
    items.push(
        Item::new("menu-favourite", t!("favourite"), move || {
            spawn_local(async move {
                bridge::set_favourite(id, !favourite).await.ok();
            });
        })
        .checked(favourite),
    );
    items.push(
        Item::new("menu-mute", t!("mute"), move || {
            spawn_local(async move {
                bridge::set_muted(id, !muted).await.ok();
            });
        })
        .checked(muted),
    );
    items.push(Item::new(
        "menu-copy-link",
        t!("copy-link"),
        act(|store, room| store.copy_link(room)),
    ));
    if room.kind == RoomKind::Channel {
        let settings = act(|store, room| store.show(Some(Over::RoomSettings(room))));
        items.push(Item::new("menu-settings", t!("room-settings"), settings));
    }
    let leave = act(|store, room| store.show(Some(Over::Leave(room))));
    items.push(Item::new("menu-leave", t!("leave-room"), leave).dangerous());
    items
}

/// What a refusal is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FailedProps {
    /// What was refused.
    pub(crate) failed: FailedOp,
}

/// A room, or our place in it, that the relay refused.
#[component]
pub(crate) fn Failed(props: &FailedProps) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let op = props.failed.op_id;
    let act = |discard: bool| {
        let failure = failure.clone();
        Callback::from(move |_| {
            let failure = failure.clone();
            spawn_local(async move {
                let answer = if discard {
                    bridge::discard(op).await
                } else {
                    bridge::retry(op).await
                };
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    html! {
        <section class="banner error" role="alert" data-testid="room-failure">
            <p>{ props.failed.reason.clone() }</p>
            if let Some(text) = &*failure {
                <p>{ text.clone() }</p>
            }
            <div class="row">
                <button class="button small" type="button" data-testid="room-retry" onclick={act(false)}>{ t!("retry-room") }</button>
                <button class="button small" type="button" data-testid="room-discard" onclick={act(true)}>{ t!("discard-room") }</button>
            </div>
        </section>
    }
}
