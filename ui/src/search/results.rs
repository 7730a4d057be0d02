//! What was found, grouped by room. Texts are nodes with marks, never HTML.

use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::people;
use crate::store::{Search, Store};
use crate::text::t;
use model::view::{SearchHit, Segment};
use std::rc::Rc;
use web_sys::Element;
use yew::{Callback, Html, Properties, classes, component, html, use_effect_with};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening.
    pub(crate) store: Store,
    /// What was found.
    pub(crate) search: Rc<Search>,
    /// The number of the chosen hit.
    pub(crate) chosen: usize,
}

/// The id of a hit on the page.
pub(crate) fn id(at: usize) -> String {
    format!("hit-{at}")
}

/// The hits, or why there are none.
#[component]
pub(crate) fn Results(props: &Props) -> Html {
    use_effect_with(props.chosen, |chosen| {
        if let Some(element) = element(&id(*chosen)) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let search = &props.search;
    if search.pieces().is_empty() {
        return nothing(t!("search-begin"), t!("search-help"));
    }
    if search.found.hits.is_empty() {
        return if search.asked.as_ref() == Some(&search.text) {
            nothing(t!("search-nothing"), t!("search-nothing-help"))
        } else {
            Html::default()
        };
    }
    let mut number = 0;
    let groups = search.groups().into_iter().map(|(room, name, hits)| {
        let hits: Vec<Html> = hits
            .into_iter()
            .map(|hit| {
                let at = number;
                number += 1;
                entry(props, hit, at)
            })
            .collect();
        html! {
            <div key={room.to_string()} class="search-group" role="group" aria-label={name.clone()}>
                <div class="section" aria-hidden="true"><span class="hash">{ "#" }</span>{ name }</div>
                { for hits }
            </div>
        }
    });
    let groups: Vec<Html> = groups.collect();
    let more = {
        let store = props.store.clone();
        Callback::from(move |_| store.search_more())
    };
    html! {
        <div class="search-scroll">
            <div id="search-results" class="search-results" role="listbox" aria-label={t!("search-results")} data-testid="search-results">
                { for groups }
            </div>
            if search.found.next.is_some() {
                <button class="button small" type="button" data-testid="search-more" onclick={more}>{ t!("search-more") }</button>
            }
        </div>
    }
}

fn element(id: &str) -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

fn nothing(title: String, text: String) -> Html {
    html! {
        <div class="empty" data-testid="search-empty">
            { icon(Icon::Search) }
            <h2>{ title }</h2>
            <p class="muted">{ text }</p>
        </div>
    }
}

fn entry(props: &Props, hit: &SearchHit, at: usize) -> Html {
    let open = {
        let (store, room, message) = (props.store.clone(), hit.room_id, hit.message_id);
        Callback::from(move |_: web_sys::MouseEvent| store.jump_to(room, message))
    };
    let chosen = at == props.chosen;
    html! {
        <div key={hit.message_id.to_string()} id={id(at)} class={classes!("hit", chosen.then_some("chosen"))} role="option"
            data-testid="hit" data-hit-id={hit.message_id.to_string()} aria-selected={chosen.to_string()} onclick={open}>
            { people::avatar(hit.author_id, &hit.author_name) }
            <div class="hit-main">
                <div class="hit-head">
                    <strong data-testid="hit-author">{ hit.author_name.clone() }</strong>
                    <time class="muted">{ time::moment(hit.at) }</time>
                    if hit.edited {
                        <span class="muted">{ t!("search-edited") }</span>
                    }
                    if hit.pending {
                        <span class="muted">{ icon(Icon::Clock) }{ t!("search-pending") }</span>
                    }
                </div>
                <p class="hit-text" dir="auto" data-testid="hit-text">{ for hit.snippet.iter().map(segment) }</p>
            </div>
        </div>
    }
}

fn segment(segment: &Segment) -> Html {
    if segment.marked {
        html! { <mark>{ segment.text.clone() }</mark> }
    } else {
        html! { { segment.text.clone() } }
    }
}
