//! The quick switcher: type some letters of a room or a person and press Enter. The most recent rooms first.
//!
//! Invariant: the keyboard stays in the field; the list is told of by `aria-activedescendant`.

use super::fuzzy;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::people;
use crate::store::{Over, Page, Store};
use crate::text::t;
use model::view::{KnownPerson, RoomView};
use model::{NamedUser, RoomId, RoomKind, UserId};
use std::rc::Rc;
use web_sys::{Element, InputEvent, KeyboardEvent};
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// As many as fit without scrolling for long.
const SHOWN_MAX: usize = 12;

/// Where to go.
#[derive(Clone, Debug, PartialEq)]
enum To {
    Room(RoomId, RoomKind, u32),
    Person(UserId),
    Page(Page),
    Over(Over),
    Link,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    name: String,
    to: To,
    recent: i64,
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For going there.
    pub(crate) store: Store,
    /// Our rooms.
    pub(crate) rooms: Rc<Vec<RoomView>>,
    /// Everybody.
    pub(crate) known: Rc<Vec<KnownPerson>>,
    /// Where we are: it comes last, as nobody goes where they are.
    pub(crate) open: Option<RoomId>,
}

/// What fits what was typed.
fn choices(props: &Props, typed: &str) -> Vec<Choice> {
    let rooms = props.rooms.iter().map(|room| Choice {
        name: room.name.clone(),
        to: To::Room(room.id, room.kind, super::order::for_me(room)),
        recent: match Some(room.id) == props.open {
            true => -1,
            false => room.opened_at.0.max(1),
        },
    });
    let mut all: Vec<Choice> = rooms.collect();
    if !typed.trim().is_empty() {
        // A person whose direct room is there is found by it.
        let has_room = |id: UserId| {
            let mut rooms = props.rooms.iter();
            rooms.any(|room| matches!(room.with.as_slice(), [one] if one.id == id))
        };
        let people = props
            .known
            .iter()
            .filter(|one| !one.me && !has_room(one.id));
        all.extend(people.map(|person| Choice {
            name: person.name.clone(),
            to: To::Person(person.id),
            recent: 0,
        }));
        let action = |name: String, to: To| Choice {
            name,
            to,
            recent: -2,
        };
        all.push(action(t!("new-room"), To::Page(Page::NewRoom)));
        all.push(action(t!("browse-rooms"), To::Page(Page::Browse)));
        all.push(action(t!("new-direct"), To::Over(Over::NewDirect)));
        all.push(action(t!("profile"), To::Over(Over::Profile)));
    }
    // A pasted link is followed, whatever else there is.
    if typed.trim().to_lowercase().starts_with("amend://") {
        return vec![Choice {
            name: typed.trim().to_owned(),
            to: To::Link,
            recent: 0,
        }];
    }
    let mut ranked = fuzzy::rank(typed, all, |choice| &choice.name, |choice| choice.recent);
    ranked.truncate(SHOWN_MAX);
    ranked
}

fn go(store: &Store, choice: &Choice) {
    store.show(None);
    match &choice.to {
        To::Room(room, ..) => store.open(*room),
        To::Person(user_id) => store.write_to(vec![NamedUser {
            user_id: *user_id,
            name: choice.name.clone(),
        }]),
        To::Page(page) => store.go(*page),
        To::Over(over) => store.show(Some(*over)),
        To::Link => store.open_link(&choice.name),
    }
}

fn line_id(at: usize) -> String {
    format!("switcher-{at}")
}

/// The switcher.
#[component]
pub(crate) fn Switcher(props: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let at = use_state_eq(|| 0_usize);
    let list = use_node_ref();
    let found = choices(props, &typed);
    let chosen = (*at).min(found.len().saturating_sub(1));
    {
        let list = list.clone();
        use_effect_with(chosen, move |chosen| {
            let selector = format!("#{}", line_id(*chosen));
            let line = list
                .cast::<Element>()
                .and_then(|list| list.query_selector(&selector).ok().flatten());
            if let Some(line) = line {
                dom::into_sight(&line);
            }
        });
    }
    let oninput = {
        let (typed, at) = (typed.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(text) = dom::typed(&event) {
                typed.set(text);
                at.set(0);
            }
        })
    };
    let onkeydown = {
        let (store, found, at) = (props.store.clone(), found.clone(), at.clone());
        Callback::from(move |event: KeyboardEvent| {
            let last = found.len().saturating_sub(1);
            match event.key().as_str() {
                "ArrowDown" => at.set(if chosen >= last { 0 } else { chosen + 1 }),
                "ArrowUp" => at.set(if chosen == 0 { last } else { chosen - 1 }),
                "Enter" if !event.is_composing() => {
                    if let Some(choice) = found.get(chosen) {
                        go(&store, choice);
                    }
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let line = |(place, choice): (usize, &Choice)| {
        let act = {
            let (store, choice) = (props.store.clone(), choice.clone());
            Callback::from(move |_| go(&store, &choice))
        };
        let (sign, kind, count) = match &choice.to {
            To::Room(_, RoomKind::Channel, count) => (
                html! { <span class="hash">{ "#" }</span> },
                String::new(),
                *count,
            ),
            To::Room(_, RoomKind::Direct, count) => (icon(Icon::Bubble), String::new(), *count),
            To::Person(id) => (people::avatar(*id, &choice.name), t!("switcher-person"), 0),
            To::Link => (icon(Icon::Link), t!("switcher-link"), 0),
            To::Page(_) | To::Over(_) => (icon(Icon::Chevron), t!("switcher-action"), 0),
        };
        html! {
            <li key={format!("{:?}", choice.to)} id={line_id(place)} class="switcher-line" role="option" data-testid="switcher-option"
                aria-selected={(place == chosen).to_string()} onclick={act}>
                <span class="switcher-sign" aria-hidden="true">{ sign }</span>
                <span class="room-name">{ choice.name.clone() }</span>
                <span class="muted">{ kind }</span>
                if count > 0 {
                    <span class="badge" aria-label={t!("unread-for-me", count = count)}>{ super::order::count_text(count) }</span>
                }
            </li>
        }
    };
    html! {
        <Dialog title={t!("switcher")} class="bare switcher" {onclose} testid="switcher">
            <input type="text" role="combobox" aria-expanded="true" aria-controls="switcher-list" aria-autocomplete="list"
                aria-activedescendant={(!found.is_empty()).then(|| line_id(chosen))} aria-label={t!("switcher")} data-autofocus="true"
                data-testid="switcher-input" placeholder={t!("switcher-hint")} autocomplete="off" spellcheck="false" {oninput} {onkeydown} />
            <ul ref={list} id="switcher-list" class="switcher-list" role="listbox" aria-label={t!("rooms")}>
                { for found.iter().enumerate().map(line) }
            </ul>
            if found.is_empty() {
                <p class="muted">{ t!("nothing-found") }</p>
            }
        </Dialog>
    }
}
