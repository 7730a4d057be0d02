//! The field, and the names that could be typed into a filter.

use crate::bridge;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::store::{Page, Search, Store};
use crate::text::t;
use model::search::{Completing, Filter, Has, completing, quoted};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::{
    Callback, Html, NodeRef, Properties, component, html, use_effect_with, use_mut_ref,
    use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For searching.
    pub(crate) store: Store,
    /// What is searched.
    pub(crate) search: Rc<Search>,
    /// To the next hit (`true`) or the one before.
    pub(crate) onmove: Callback<bool>,
    /// Opens the chosen hit.
    pub(crate) onopen: Callback<()>,
    /// The id of the chosen hit, if there is one.
    pub(crate) chosen: Option<String>,
}

/// What is offered: for what is being typed, and which one is chosen.
#[derive(Clone, Debug, PartialEq)]
struct Offer {
    completing: Completing,
    names: Vec<String>,
    chosen: usize,
}

/// The cursor, in bytes of the text.
fn cursor(field: &HtmlInputElement, text: &str) -> usize {
    let units = field.selection_start().ok().flatten().unwrap_or(u32::MAX);
    let mut left = usize::try_from(units).unwrap_or(usize::MAX);
    for (at, c) in text.char_indices() {
        if left < c.len_utf16() {
            return at;
        }
        left -= c.len_utf16();
    }
    text.len()
}

/// The text with the value of a filter that was being typed, and the cursor's place in it (UTF-16).
fn completed(text: &str, completing: &Completing, name: &str) -> (String, u32) {
    let before = text.get(..completing.from).unwrap_or_default();
    let behind = text.get(completing.to..).unwrap_or_default().trim_start();
    let start = format!("{before}{} ", quoted(name));
    let place = u32::try_from(start.encode_utf16().count()).unwrap_or(u32::MAX);
    (format!("{start}{behind}"), place)
}

fn put(field: &NodeRef, text: &str, place: u32) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        field.set_value(text);
        field.focus().ok();
        field.set_selection_range(place, place).ok();
    }
}

/// The field.
#[component]
pub(crate) fn Field(props: &Props) -> Html {
    let field = use_node_ref();
    let offer = use_state_eq(|| None::<Offer>);
    let asked = use_mut_ref(|| 0_u32);
    {
        // Typed elsewhere: a chip, a shortcut.
        let (field, text) = (field.clone(), props.search.text.clone());
        use_effect_with(props.search.set, move |_| {
            let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
            put(&field, &text, end);
        });
    }
    let look = {
        let (offer, asked) = (offer.setter(), asked);
        move |text: String, at: usize| {
            let this = {
                let mut asked = asked.borrow_mut();
                *asked += 1;
                *asked
            };
            let Some(completing) = completing(&text, at) else {
                offer.set(None);
                return;
            };
            let (offer, asked) = (offer.clone(), asked.clone());
            spawn_local(async move {
                let names = names(&completing).await;
                // What was typed since counts.
                if *asked.borrow() == this {
                    offer.set((!names.is_empty()).then_some(Offer {
                        completing,
                        names,
                        chosen: 0,
                    }));
                }
            });
        }
    };
    let oninput = {
        let (store, field, look) = (props.store.clone(), field.clone(), look);
        Callback::from(move |_: yew::InputEvent| {
            let text = dom::value(&field);
            if let Some(input) = field.cast::<HtmlInputElement>() {
                look(text.clone(), cursor(&input, &text));
            }
            store.search(text);
        })
    };
    let choose = {
        let (store, field, offer) = (props.store.clone(), field.clone(), offer.clone());
        Callback::from(move |at: usize| {
            let Some(now) = offer.as_ref() else { return };
            let Some(name) = now.names.get(at) else {
                return;
            };
            let (text, place) = completed(&dom::value(&field), &now.completing, name);
            put(&field, &text, place);
            store.search(text);
            offer.set(None);
        })
    };
    let onkeydown = {
        let (offer, choose, props) = (offer.clone(), choose.clone(), props.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            let key = event.key();
            let handled = match (&*offer, key.as_str()) {
                (Some(now), "ArrowDown" | "ArrowUp") => {
                    let last = now.names.len().saturating_sub(1);
                    let chosen = if key == "ArrowDown" {
                        (now.chosen + 1).min(last)
                    } else {
                        now.chosen.saturating_sub(1)
                    };
                    offer.set(Some(Offer {
                        chosen,
                        ..now.clone()
                    }));
                    true
                }
                (Some(now), "Enter" | "Tab") => {
                    choose.emit(now.chosen);
                    true
                }
                (Some(_), "Escape") => {
                    offer.set(None);
                    true
                }
                (None, "ArrowDown" | "ArrowUp") => {
                    props.onmove.emit(key == "ArrowDown");
                    true
                }
                (None, "Enter") => {
                    props.onopen.emit(());
                    true
                }
                (None, "Escape") => {
                    props.store.go(Page::Room);
                    true
                }
                _ => false,
            };
            if handled {
                event.prevent_default();
            }
        })
    };
    let active = match &*offer {
        Some(now) => Some(format!("search-name-{}", now.chosen)),
        None => props.chosen.clone(),
    };
    let list = if offer.is_some() {
        "search-names"
    } else {
        "search-results"
    };
    html! {
        <div class="search-field">
            { icon(Icon::Search) }
            <input ref={field} type="text" data-testid="search-input" role="combobox" aria-label={t!("search-field")}
                aria-expanded="true" aria-controls={list} aria-activedescendant={active} aria-autocomplete="list"
                autocomplete="off" spellcheck="false" placeholder={t!("search-placeholder")} {oninput} {onkeydown} />
            if let Some(now) = &*offer {
                { names_list(now, &choose) }
            }
        </div>
    }
}

async fn names(completing: &Completing) -> Vec<String> {
    match completing.filter {
        Filter::From | Filter::In => {
            bridge::search_names(completing.filter, completing.typed.clone())
                .await
                .unwrap_or_default()
        }
        Filter::Has => Has::ALL
            .iter()
            .map(|has| has.word().to_owned())
            .filter(|word| word.starts_with(&completing.typed) && *word != completing.typed)
            .collect(),
        Filter::Before | Filter::After | Filter::On => Vec::new(),
    }
}

fn names_list(offer: &Offer, choose: &Callback<usize>) -> Html {
    let entry = |(at, name): (usize, &String)| {
        let choose = choose.clone();
        // Before the field loses the keyboard.
        let onmousedown = Callback::from(move |event: web_sys::MouseEvent| {
            event.prevent_default();
            choose.emit(at);
        });
        html! {
            <li key={name.clone()} id={format!("search-name-{at}")} role="option" data-testid="search-name"
                aria-selected={(at == offer.chosen).to_string()} {onmousedown}>{ name.clone() }</li>
        }
    };
    html! {
        <ul id="search-names" class="search-names" role="listbox" aria-label={t!("search-names")}>
            { for offer.names.iter().enumerate().map(entry) }
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_name_takes_the_place_of_what_was_typed_of_it() {
        let text = "ü from:gr then";
        let at = text.find(" then").expect("there");
        let found = completing(text, at).expect("a filter");
        assert_eq!(
            completed(text, &found, "Grace Hopper"),
            ("ü from:\"Grace Hopper\" then".to_owned(), 22)
        );
    }
}
