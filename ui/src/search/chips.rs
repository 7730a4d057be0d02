//! The filters: those that hold, each with a way to take it back, and those that could be added.

use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::store::{Search, Store};
use crate::text::t;
use model::search::{Filter, Piece, What};
use std::rc::Rc;
use yew::{Callback, Html, html};

/// The chips.
pub(crate) fn chips(store: &Store, search: &Rc<Search>) -> Html {
    let pieces = search.pieces();
    let set = pieces.iter().filter_map(|piece| {
        let label = label(piece)?;
        Some(chip(store, &search.text, piece, label))
    });
    let more = [Filter::From, Filter::In, Filter::Before, Filter::After, Filter::Has].map(|filter| {
        let (store, text) = (store.clone(), with(&search.text, filter));
        let add = Callback::from(move |_| store.search_for(text.clone()));
        html! {
            <button key={filter.word()} class="chip add" type="button" data-testid={format!("add-{}", filter.word())} onclick={add}>
                { icon(Icon::Plus) }{ format!("{}:", filter.word()) }
            </button>
        }
    });
    html! {
        <div class="chips" role="group" aria-label={t!("search-filters")}>
            { for set }
            { for more }
        </div>
    }
}

fn chip(store: &Store, text: &str, piece: &Piece, label: String) -> Html {
    let (store, without) = (store.clone(), without(text, piece));
    let remove = Callback::from(move |_| store.search_for(without.clone()));
    let unclear = matches!(piece.what, What::Unclear { .. });
    let class = if unclear { "chip unclear" } else { "chip" };
    html! {
        <span key={piece.from} {class} data-testid="search-chip">
            { label.clone() }
            <button class="chip-remove" type="button" data-testid="search-chip-remove"
                aria-label={t!("search-remove-filter", filter = label)} onclick={remove}>{ icon(Icon::Close) }</button>
        </span>
    }
}

/// What a filter says, in words; none for a word to search.
fn label(piece: &Piece) -> Option<String> {
    let text = match (&piece.what, piece.not) {
        (What::Word(_), _) => return None,
        (What::From(name), false) => t!("search-from", name = name.clone()),
        (What::From(name), true) => t!("search-not-from", name = name.clone()),
        (What::In(name), false) => t!("search-in", name = name.clone()),
        (What::In(name), true) => t!("search-not-in", name = name.clone()),
        (What::Has(has), false) => t!("search-has", what = has.word()),
        (What::Has(has), true) => t!("search-has-not", what = has.word()),
        (What::Days { filter, first, .. }, not) => {
            let day = time::date_name(time::start(*first));
            match (filter, not) {
                (Filter::On, _) => t!("search-on", day = day),
                (Filter::Before, false) | (Filter::After, true) => t!("search-before", day = day),
                _ => t!("search-after", day = day),
            }
        }
        (What::Unclear { filter, .. }, _) => t!("search-unclear", filter = filter.word()),
    };
    Some(text)
}

/// The text without a piece.
fn without(text: &str, piece: &Piece) -> String {
    let before = text.get(..piece.from).unwrap_or_default();
    let behind = text.get(piece.to..).unwrap_or_default().trim_start();
    format!("{before}{behind}")
}

/// The text with the beginning of another filter.
fn with(text: &str, filter: Filter) -> String {
    let gap = if text.is_empty() || text.ends_with(char::is_whitespace) {
        ""
    } else {
        " "
    };
    format!("{text}{gap}{}:", filter.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::search::{Day, pieces};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_filter_is_taken_out_and_put_in() {
        let text = "roll in:\"Team room\" back";
        let found = pieces(text, Day::new(2026, 1, 1).expect("a day"));
        assert_eq!(without(text, &found[1]), "roll back");
        assert_eq!(with("roll", Filter::Has), "roll has:");
        assert_eq!(with("", Filter::In), "in:");
    }
}
