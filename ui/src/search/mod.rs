//! The search: a field, what could be typed into it, and what was found, by keyboard throughout.
//!
//! The field keeps its text itself; the store searches what it says, and everything else is read from there.

pub(crate) mod chips;
mod field;
mod results;

use self::field::Field;
use self::results::Results;
use crate::parts::listen::Listener;
use crate::store::{Search, Store};
use crate::text::t;
use model::view::SearchOrder;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, component, hook, html, use_effect_with, use_state_eq};

/// What the page is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For searching and for opening what was found.
    pub(crate) store: Store,
    /// What is searched, and what was found.
    pub(crate) search: Rc<Search>,
}

/// The page.
#[component]
pub(crate) fn SearchPage(props: &Props) -> Html {
    let Props { store, search } = props;
    let chosen = use_state_eq(|| 0_usize);
    {
        let chosen = chosen.setter();
        use_effect_with(search.text.clone(), move |_| chosen.set(0));
    }
    let count = search.found.hits.len();
    let at = (*chosen).min(count.saturating_sub(1));
    let onmove = {
        let chosen = chosen.setter();
        Callback::from(move |down: bool| {
            let last = count.saturating_sub(1);
            chosen.set(if down {
                (at + 1).min(last)
            } else {
                at.saturating_sub(1)
            });
        })
    };
    let onopen = {
        let (store, search) = (store.clone(), search.clone());
        Callback::from(move |()| {
            let order = search.groups();
            let hit = order.iter().flat_map(|(_, _, hits)| hits).nth(at);
            if let Some(hit) = hit.filter(|_| search.asked.as_ref() == Some(&search.text)) {
                store.jump_to(hit.room_id, hit.message_id);
            }
        })
    };
    html! {
        <section class="search" aria-label={t!("search")} data-testid="search-page">
            <Field store={store.clone()} search={search.clone()} {onmove} {onopen}
                chosen={(count > 0).then(|| results::id(at))} />
            { chips::chips(store, search) }
            { summary(store, search) }
            <Results store={store.clone()} search={search.clone()} chosen={at} />
        </section>
    }
}

/// How many there are, in which order, and what could not be searched.
fn summary(store: &Store, search: &Rc<Search>) -> Html {
    let found = &search.found;
    let asked = search.asked.is_some() && !search.pieces().is_empty();
    let count = if found.more {
        t!("search-count-more", count = found.count)
    } else {
        t!("search-count", count = found.count)
    };
    let order = |order: SearchOrder, testid: &'static str, label: String| {
        let store = store.clone();
        let pressed = search.order == order;
        html! {
            <button class="button small" type="button" data-testid={testid} aria-pressed={pressed.to_string()}
                onclick={Callback::from(move |_| store.order_search(order))}>{ label }</button>
        }
    };
    html! {
        <>
            if asked {
                <div class="search-summary row">
                    <p class="muted" role="status" data-testid="search-count">{ count }</p>
                    <span class="row" role="group" aria-label={t!("search-order")}>
                        { order(SearchOrder::Newest, "search-newest", t!("search-newest")) }
                        { order(SearchOrder::Best, "search-best", t!("search-best")) }
                    </span>
                </div>
            }
            { for found.unknown.iter().map(|one| html! {
                <p class="muted search-note" data-testid="search-unknown">{ t!("search-unknown", name = one.name.clone()) }</p>
            }) }
            if let Some(indexing) = found.indexing {
                <p class="muted search-note" data-testid="search-indexing">
                    { t!("search-indexing", percent = percent(indexing.done, indexing.total)) }
                </p>
            }
            if !found.fetching.is_empty() {
                <p class="muted search-note" data-testid="search-fetching">
                    { t!("search-fetching", rooms = found.fetching.join(", ")) }
                </p>
            }
        </>
    }
}

/// In whole percent, and 100 only when it is all.
fn percent(done: u64, total: u64) -> u32 {
    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    u32::try_from(percent.min(100)).unwrap_or(100)
}

/// Ctrl+F searches the open room, Ctrl+Shift+F everything.
#[hook]
pub(crate) fn use_search_keys(store: &Store, room: Option<String>) {
    let store = store.clone();
    use_effect_with(room, move |room| {
        let room = room.clone();
        let listener = Listener::window("keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
                return;
            };
            let ours = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
            if ours && event.key().eq_ignore_ascii_case("f") {
                event.prevent_default();
                let room = room.as_deref().filter(|_| !event.shift_key());
                store.open_search(room);
            }
        });
        move || drop(listener)
    });
}

#[cfg(test)]
mod tests {
    use super::percent;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_hundred_percent_is_all() {
        assert_eq!(percent(999, 1000), 99);
        assert_eq!((percent(0, 0), percent(5, 5)), (100, 100));
    }
}
