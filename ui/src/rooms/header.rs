//! What stands above a room's messages: its name, its topic, how many are there, and what can be done with it.

use super::list::menu_of;
use crate::parts::icon::{Icon, icon};
use crate::parts::menu::{Item, MenuButton};
use crate::people::may;
use crate::store::{Over, Store};
use crate::text::t;
use model::view::{PersonView, RoomView};
use model::{RoomKind, UserId};
use std::rc::Rc;
use yew::{AttrValue, Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For what can be done.
    pub(crate) store: Store,
    /// The room; none before it was read.
    pub(crate) room: Option<RoomView>,
    /// Who is in it.
    pub(crate) people: Rc<Vec<PersonView>>,
    /// Us.
    pub(crate) me: UserId,
    /// Whether anybody's presence is known.
    pub(crate) is_connected: bool,
    /// Whether the list of people is shown, as a drawer.
    pub(crate) shows_people: bool,
    /// Show it, or no more.
    pub(crate) ontoggle: Callback<()>,
    /// How many of its messages are pinned.
    pub(crate) pins: usize,
    /// Whether they are listed.
    pub(crate) lists_pins: bool,
    /// What stands at the beginning: the button of the drawer of rooms.
    pub(crate) children: Html,
}

/// The header.
#[component]
pub(crate) fn RoomHeader(props: &Props) -> Html {
    let online = props.people.iter().filter(|person| person.online).count();
    let Some(room) = &props.room else {
        return html! { <header class="header">{ props.children.clone() }<div class="header-room"><h1 /></div></header> };
    };
    let count = if props.is_connected {
        t!("people-online", count = online)
    } else {
        t!("people-count", count = props.people.len())
    };
    let toggle = props.ontoggle.reform(|_| ());
    let mut items = Vec::new();
    if may::invite(room, props.me) && room.kind == RoomKind::Channel {
        let (store, id) = (props.store.clone(), room.id);
        items.push(Item::new("menu-invite", t!("invite-people"), move || {
            store.show(Some(Over::InviteTo(id)));
        }));
    }
    items.extend(menu_of(&props.store, room));
    let topic: AttrValue = room.topic.clone().into();
    html! {
        <header class="header">
            { props.children.clone() }
            <div class="header-room">
                <h1 data-testid="room-name">
                    if room.kind == RoomKind::Channel {
                        <span class="hash" aria-hidden="true">{ "#" }</span>
                    }
                    { room.name.clone() }
                </h1>
                if !topic.is_empty() {
                    <p class="muted" data-testid="room-topic" title={topic.clone()}>{ topic }</p>
                }
            </div>
            if room.archived {
                <span class="pill" data-testid="archived-mark">{ t!("archived") }</span>
            }
            <span class="online-count" data-testid="online-count" data-count={online.to_string()}>
                <span class={if props.is_connected { "dot online" } else { "dot" }} aria-hidden="true" />
                { count }
            </span>
            { tools(props, room) }
            <button class="icon-button only-medium" type="button" data-testid="people-toggle" aria-label={t!("show-people")}
                title={t!("show-people")} aria-expanded={props.shows_people.to_string()} onclick={toggle}>
                { icon(Icon::People) }
            </button>
            <MenuButton label={t!("room-menu", name = room.name.clone())} {items} testid="room-actions">{ icon(Icon::More) }</MenuButton>
        </header>
    }
}

/// Searching in the room, and its pinned messages.
fn tools(props: &Props, room: &RoomView) -> Html {
    let search = {
        let (store, name) = (props.store.clone(), room.name.clone());
        Callback::from(move |_| store.open_search(Some(&name)))
    };
    let pins = {
        let (store, on) = (props.store.clone(), !props.lists_pins);
        Callback::from(move |_| store.list_pins(on))
    };
    let here = t!("search-here", room = room.name.clone());
    let title = t!("pins");
    let label = match props.pins {
        0 => title.clone(),
        count => t!("pins-listed", count = count),
    };
    html! {
        <>
            <button class="icon-button" type="button" data-testid="search-here" aria-label={here.clone()} aria-keyshortcuts="Control+F"
                title={t!("action-with-key", action = here, key = "Ctrl+F")} onclick={search}>
                { icon(Icon::Search) }
            </button>
            <button class="icon-button" type="button" data-testid="pins-button" aria-label={label} {title} aria-expanded={props.lists_pins.to_string()}
                onclick={pins}>
                { icon(Icon::Pin) }
            </button>
        </>
    }
}
