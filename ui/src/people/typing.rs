//! Who is writing something in the open room at this moment.

use crate::text::t;
use model::view::PersonView;
use std::rc::Rc;
use yew::{Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The people of the room.
    pub(crate) people: Rc<Vec<PersonView>>,
}

/// The line under the messages; always there, so that nothing jumps.
#[component]
pub(crate) fn Typing(props: &Props) -> Html {
    let names: Vec<&str> = props
        .people
        .iter()
        .filter(|person| person.typing)
        .map(|person| person.name.as_str())
        .collect();
    let text = match names.as_slice() {
        [] => String::new(),
        [one] => t!("typing-one", name = (*one).to_owned()),
        [one, two] => t!(
            "typing-two",
            name = (*one).to_owned(),
            other = (*two).to_owned()
        ),
        many => t!("typing-many", count = many.len()),
    };
    html! {
        <p class="typing muted" data-testid="typing" data-count={names.len().to_string()} aria-live="polite">{ text }</p>
    }
}
