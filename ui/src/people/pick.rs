//! Choosing people out of everybody at the relay: a field to find them, a list to tick.

use super::avatar;
use crate::parts::dom;
use crate::rooms::fuzzy;
use crate::text::t;
use model::view::KnownPerson;
use model::{NamedUser, UserId};
use std::rc::Rc;
use web_sys::InputEvent;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// As many as a person looks through; finding more is by their letters.
const SHOWN_MAX: usize = 50;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Everybody.
    pub(crate) known: Rc<Vec<KnownPerson>>,
    /// Who is not to be chosen: they are there already.
    #[prop_or_default]
    pub(crate) without: Rc<Vec<UserId>>,
    /// Who is chosen.
    pub(crate) chosen: Rc<Vec<NamedUser>>,
    /// Others are chosen.
    pub(crate) onchange: Callback<Rc<Vec<NamedUser>>>,
}

/// The choice.
#[component]
pub(crate) fn Pick(props: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(text) = dom::typed(&event) {
                typed.set(text);
            }
        })
    };
    let free = props
        .known
        .iter()
        .filter(|one| !one.me && !props.without.contains(&one.id));
    let mut found = fuzzy::rank(
        &typed,
        free.collect(),
        |person| &person.name,
        |person| i64::from(person.online),
    );
    found.truncate(SHOWN_MAX);
    let line = |person: &&KnownPerson| {
        let (id, name) = (person.id, person.name.clone());
        let is_chosen = props.chosen.iter().any(|one| one.user_id == id);
        let toggle = {
            let (chosen, change, name) =
                (props.chosen.clone(), props.onchange.clone(), name.clone());
            Callback::from(move |_| {
                let mut chosen = (*chosen).clone();
                if is_chosen {
                    chosen.retain(|one| one.user_id != id);
                } else {
                    chosen.push(NamedUser {
                        user_id: id,
                        name: name.clone(),
                    });
                }
                change.emit(Rc::new(chosen));
            })
        };
        html! {
            <li key={id.to_string()}>
                <label class="pick">
                    <input type="checkbox" checked={is_chosen} data-testid="pick-person" data-name={name.clone()} onchange={toggle} />
                    { avatar(id, &name) }
                    <span class="person-name">{ name }</span>
                </label>
            </li>
        }
    };
    html! {
        <div class="people-pick">
            <input type="search" data-autofocus="true" data-testid="pick-search" aria-label={t!("find-people")} placeholder={t!("find-people")}
                autocomplete="off" {oninput} />
            if found.is_empty() {
                <p class="muted">{ t!("nothing-found") }</p>
            }
            <ul class="picks">{ for found.iter().map(line) }</ul>
        </div>
    }
}
