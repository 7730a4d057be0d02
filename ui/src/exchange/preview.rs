//! What is in a file that was read: which rooms to import, and who of its people is who here. Nothing is sent before the person says so.

use super::choices::{self, NEW, SKIP};
use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use model::view::{Failure, ImportChoices, ImportPerson, ImportPreview, ImportRoom};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlInputElement, HtmlSelectElement, MouseEvent};
use yew::{
    Callback, Html, Properties, TargetCast, UseStateHandle, component, html, use_effect_with,
    use_node_ref, use_state, use_state_eq,
};

/// People whose choice is shown: those who wrote most. The others become what is suggested.
const PEOPLE_SHOWN: usize = 200;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The import.
    pub(crate) id: i64,
}

type Answer = Option<Result<Rc<ImportPreview>, Failure>>;

/// The choices.
#[component]
pub(crate) fn Preview(props: &Props) -> Html {
    let id = props.id;
    let answer = use_state_eq(|| None as Answer);
    let chosen = use_state(ImportChoices::default);
    let failure = use_state_eq(|| None::<String>);
    let busy = use_state_eq(|| false);
    let node = use_node_ref();
    {
        // It is below the forms: whoever has just chosen a file would look for it.
        let node = node.clone();
        use_effect_with(matches!(&*answer, Some(Ok(_))), move |is_here| {
            if let Some(element) = node.cast::<Element>().filter(|_| *is_here) {
                let job = element.closest(".exchange-job").ok().flatten();
                dom::to_top(&job.unwrap_or(element));
            }
        });
    }
    let ask = {
        let answer = answer.setter();
        move || {
            let answer = answer.clone();
            spawn_local(async move {
                answer.set(Some(bridge::import_preview(id).await.map(Rc::new)));
            });
        }
    };
    {
        let ask = ask.clone();
        use_effect_with(id, move |_| ask());
    }
    let start = {
        let (chosen, failure, busy) = (chosen.clone(), failure.clone(), busy.clone());
        Callback::from(move |_: MouseEvent| {
            let (choices, failure, busy) = ((*chosen).clone(), failure.clone(), busy.clone());
            busy.set(true);
            spawn_local(async move {
                let answer = bridge::import_start(id, choices).await;
                busy.set(false);
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    match &*answer {
        None => html! { <p class="muted" aria-busy="true">{ t!("import-looking") }</p> },
        Some(Err(reason)) => html! {
            <>
                <p class="error" role="alert" data-testid="import-refused">{ reason.text.clone() }</p>
                <div class="row">
                    <button class="button small" type="button" onclick={Callback::from(move |_: MouseEvent| ask())}>{ t!("import-ask-again") }</button>
                </div>
            </>
        },
        Some(Ok(preview)) => html! {
            <div ref={node} data-testid="import-preview">
                <p>{ t!("import-holds", messages = preview.messages, reactions = preview.reactions) }</p>
                <fieldset class="import-choices">
                    <legend>{ t!("import-rooms") }</legend>
                    if preview.rooms.iter().any(|room| room.private) {
                        <p class="muted">{ t!("import-private") }</p>
                    }
                    <ul>{ for preview.rooms.iter().map(|room| room_choice(room, &chosen)) }</ul>
                </fieldset>
                <fieldset class="import-choices">
                    <legend>{ t!("import-people") }</legend>
                    <p class="muted">{ t!("import-people-what") }</p>
                    <ul>{ for preview.people.iter().take(PEOPLE_SHOWN).map(|person| person_choice(person, preview, &chosen)) }</ul>
                    if preview.people.len() > PEOPLE_SHOWN {
                        <p class="muted">{ t!("import-people-more", count = preview.people.len() - PEOPLE_SHOWN) }</p>
                    }
                </fieldset>
                if let Some(text) = &*failure {
                    <p class="error" role="alert">{ text.clone() }</p>
                }
                <div class="row">
                    <button class="button primary" type="button" data-testid="import-start" disabled={*busy} onclick={start}>{ t!("import-start") }</button>
                </div>
            </div>
        },
    }
}

fn room_choice(room: &ImportRoom, chosen: &UseStateHandle<ImportChoices>) -> Html {
    let onchange = {
        let (room, chosen) = (room.clone(), chosen.clone());
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut choices = (*chosen).clone();
                choices::toggle(&mut choices, &room, input.checked());
                chosen.set(choices);
            }
        })
    };
    let kind = match (room.direct, room.private) {
        (true, _) => Some(t!("import-room-direct")),
        (_, true) => Some(t!("import-room-private")),
        _ => None,
    };
    html! {
        <li key={room.id.clone()}>
            <label class="import-choice">
                <input type="checkbox" data-testid="import-room" checked={chosen.takes(&room.id, room.private)} {onchange} />
                <bdi class="import-name">{ room.name.clone() }</bdi>
                if let Some(kind) = kind {
                    <span class="tag">{ kind }</span>
                }
                <span class="muted">{ t!("import-messages", count = room.messages) }</span>
            </label>
        </li>
    }
}

fn person_choice(
    person: &ImportPerson,
    preview: &ImportPreview,
    chosen: &UseStateHandle<ImportChoices>,
) -> Html {
    let now = chosen.people.get(&person.id).copied();
    let now = choices::value(now.unwrap_or(person.becomes));
    let onchange = {
        let (id, chosen) = (person.id.clone(), chosen.clone());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            if let Some(becomes) = select.and_then(|select| choices::becomes(&select.value())) {
                let mut choices = (*chosen).clone();
                choices.people.insert(id.clone(), becomes);
                chosen.set(choices);
            }
        })
    };
    let option = |value: String, shown: String| {
        html! { <option selected={value == now} value={value.clone()}>{ shown }</option> }
    };
    html! {
        <li key={person.id.clone()}>
            <label class="import-choice">
                <bdi class="import-name">{ person.name.clone() }</bdi>
                if let Some(email) = &person.email {
                    <span class="muted"><bdi>{ email.clone() }</bdi></span>
                }
                <span class="muted">{ t!("import-messages", count = person.messages) }</span>
                <select data-testid="import-person" {onchange}>
                    { option(NEW.to_owned(), t!("import-person-new")) }
                    { option(SKIP.to_owned(), t!("import-person-skip")) }
                    { for preview.accounts.iter().map(|account| option(account.user_id.to_string(), account.name.clone())) }
                </select>
            </label>
        </li>
    }
}
