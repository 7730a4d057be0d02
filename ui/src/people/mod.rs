//! The people of the open room, and who of them is online.

pub(crate) mod card;
pub(crate) mod may;
pub(crate) mod pick;
pub(crate) mod typing;

use self::card::Card;
use crate::parts::dom;
use crate::parts::focus::{keep_within, use_focus_inside};
use crate::parts::icon::{Icon, icon};
use crate::parts::popover::Anchor;
use crate::rooms::fuzzy;
use crate::store::{Over, Store};
use crate::text::t;
use model::view::{PersonView, RoomView};
use model::{Role, RoomKind, UserId};
use std::rc::Rc;
use web_sys::{Element, InputEvent, KeyboardEvent};
use yew::{
    Callback, Html, NodeRef, Properties, UseStateHandle, classes, component, html, use_node_ref,
    use_state_eq,
};

/// How many colours the style sheet has for people.
const HUES: u8 = 8;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For what can be done.
    pub(crate) store: Store,
    /// The people.
    pub(crate) people: Rc<Vec<PersonView>>,
    /// Their room; none before it was read.
    pub(crate) room: Option<RoomView>,
    /// Us.
    pub(crate) me: UserId,
    /// Whether anybody's presence is known.
    pub(crate) is_connected: bool,
    /// It is drawn over the page.
    pub(crate) is_drawer: bool,
    /// The drawer is to be closed.
    pub(crate) onclose: Callback<()>,
}

/// The initials in the person's colour.
pub(crate) fn avatar(id: UserId, name: &str) -> Html {
    let hue =
        id.0.as_bytes()
            .iter()
            .fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte))
            % HUES;
    html! {
        <span class={classes!("avatar", format!("hue-{hue}"))} aria-hidden="true">{ initials(name) }</span>
    }
}

fn initials(name: &str) -> String {
    let mut words = name
        .split([' ', '-', '_', '.'])
        .filter_map(|word| word.chars().next());
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

/// What a role is called.
pub(crate) fn role_word(role: Role) -> String {
    match role {
        Role::Owner => t!("role-owner"),
        Role::Moderator => t!("role-moderator"),
        Role::Member => t!("role-member"),
        Role::Reader => t!("role-reader"),
        Role::Removed => t!("role-removed"),
    }
}

/// From this many on one needs help to find somebody.
const SEARCH_FROM: usize = 8;

/// The panel.
#[component]
pub(crate) fn People(props: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let card = use_state_eq(|| None::<(UserId, Element)>);
    let panel = use_node_ref();
    use_focus_inside(&panel, props.is_drawer);
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(text) = dom::typed(&event) {
                typed.set(text);
            }
        })
    };
    let onkeydown = {
        let (panel, close, is_drawer) = (panel.clone(), props.onclose.clone(), props.is_drawer);
        Callback::from(move |event: KeyboardEvent| {
            let Some(panel) = panel.cast::<Element>().filter(|_| is_drawer) else {
                return;
            };
            if event.key() == "Escape" {
                close.emit(());
            } else {
                keep_within(&event, &panel);
            }
        })
    };
    let invite = props
        .room
        .as_ref()
        .filter(|room| room.kind == RoomKind::Channel && may::invite(room, props.me));
    let invite = invite.map(|room| {
        let (store, id) = (props.store.clone(), room.id);
        Callback::from(move |_| store.show(Some(Over::InviteTo(id))))
    });
    let mut found = fuzzy::rank(
        &typed,
        props.people.iter().collect(),
        |person| &person.name,
        |_| 0,
    );
    // Those who are there first; within that as they are found.
    found.sort_by_key(|person| !person.online);
    let close = {
        let card = card.clone();
        Callback::from(move |()| card.set(None))
    };
    let to_composer = {
        let (card, drawer) = (card.clone(), props.onclose.clone());
        Callback::from(move |()| {
            card.set(None);
            drawer.emit(());
        })
    };
    let shown = card.as_ref().and_then(|(id, anchor)| {
        let person = props.people.iter().find(|person| person.id == *id)?;
        Some((person.clone(), props.room.clone()?, anchor.clone()))
    });
    let close_drawer = props.onclose.reform(|_| ());
    html! {
        <div ref={panel} class="people" aria-label={t!("people")} role={if props.is_drawer { "dialog" } else { "complementary" }}
            aria-modal={props.is_drawer.then_some("true")} data-testid="people" tabindex="-1" {onkeydown}>
            <div class="people-head">
                <h2 class="section">{ t!("people-count", count = props.people.len()) }</h2>
                if let Some(onclick) = invite {
                    <button class="icon-button" type="button" data-testid="invite-button" aria-label={t!("invite-people")} title={t!("invite-people")} {onclick}>
                        { icon(Icon::PersonAdd) }
                    </button>
                }
                <button class="icon-button only-medium" type="button" data-testid="people-close" aria-label={t!("close")} onclick={close_drawer}>
                    { icon(Icon::Close) }
                </button>
            </div>
            if !props.is_connected {
                <p class="muted hint">{ t!("presence-unknown-all") }</p>
            }
            if props.people.len() >= SEARCH_FROM {
                <input type="search" data-testid="people-search" aria-label={t!("find-people")} placeholder={t!("find-people")} autocomplete="off" {oninput} />
            }
            <ul>{ for found.iter().map(|person| line(props, person, &card)) }</ul>
            if let Some((person, room, anchor)) = shown {
                <Card store={props.store.clone()} {room} {person} me={props.me} is_connected={props.is_connected}
                    anchor={Anchor::Element(anchor)} onclose={close} onmention={to_composer} />
            }
        </div>
    }
}

fn line(
    props: &Props,
    person: &PersonView,
    card: &UseStateHandle<Option<(UserId, Element)>>,
) -> Html {
    let node = NodeRef::default();
    let id = person.id;
    let open = {
        let (card, node) = (card.clone(), node.clone());
        Callback::from(move |_| {
            let is_open = card.as_ref().is_some_and(|(open, _)| *open == id);
            let anchor = node.cast::<Element>().filter(|_| !is_open);
            card.set(anchor.map(|anchor| (id, anchor)));
        })
    };
    let is_away = !person.online || !props.is_connected;
    html! {
        <li key={id.to_string()}>
            <button ref={node} class={classes!("person", is_away.then_some("away"))} type="button" data-testid="person" data-name={person.name.clone()}
                data-role={person.role.as_str()} data-online={person.online.to_string()} aria-haspopup="dialog" onclick={open}>
                <span class="person-picture">
                    { avatar(id, &person.name) }
                    if props.is_connected {
                        <span class={classes!("dot", person.online.then_some("online"))} role="img"
                            aria-label={card::presence_word(person, true)} />
                    }
                </span>
                <span class="person-name">{ person.name.clone() }</span>
                if person.me {
                    <span class="muted">{ t!("you") }</span>
                }
                if matches!(person.role, Role::Owner | Role::Moderator | Role::Reader) {
                    <span class="muted role">{ role_word(person.role) }</span>
                }
            </button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials(""), "");
    }
}
