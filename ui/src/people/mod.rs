//! The people of the open room, and who of them is online.

use model::UserId;
use model::view::PersonView;
use std::rc::Rc;
use yew::{Html, Properties, classes, component, html};

/// How many colours the style sheet has for people.
const HUES: u8 = 8;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The people.
    pub(crate) people: Rc<Vec<PersonView>>,
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

/// The panel.
#[component]
pub(crate) fn People(props: &Props) -> Html {
    let person = |person: &PersonView| {
        html! {
            <li key={person.id.to_string()} class={classes!("person", (!person.online).then_some("away"))}
                data-testid="person" data-online={person.online.to_string()}>
                <span class="person-picture">
                    { avatar(person.id, &person.name) }
                    <span class={classes!("dot", person.online.then_some("online"))} role="img"
                        aria-label={if person.online { "online" } else { "offline" }} />
                </span>
                <span class="person-name">{ person.name.clone() }</span>
                if person.me {
                    <span class="muted">{ "you" }</span>
                }
            </li>
        }
    };
    let (online, offline): (Vec<_>, Vec<_>) = props.people.iter().partition(|person| person.online);
    html! {
        <aside class="people" aria-label="People in this room">
            <h2 class="section">{ format!("People · {}", props.people.len()) }</h2>
            <ul>{ for online.into_iter().chain(offline).map(person) }</ul>
        </aside>
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
