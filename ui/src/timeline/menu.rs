//! The menu of a message: all that can be done with it, at the mouse or beside the message.

use super::actions::Action;
use crate::parts::dom;
use crate::parts::icon::icon;
use crate::text::t;
use model::MessageId;
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, HtmlElement, KeyboardEvent};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_node_ref};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message.
    pub(crate) message: MessageId,
    /// What is offered.
    pub(crate) actions: Vec<Action>,
    /// Where, in pixels from the frame's upper left corner.
    pub(crate) at: (i32, i32),
    /// Does something.
    pub(crate) act: Callback<(MessageId, Action)>,
    /// The person is done; `true`: the keyboard goes back to the message.
    pub(crate) close: Callback<bool>,
}

fn items(menu: &HtmlElement) -> Vec<HtmlElement> {
    let mut found = Vec::new();
    let mut next = menu.first_element_child();
    while let Some(element) = next {
        next = element.next_element_sibling();
        found.extend(element.dyn_into::<HtmlElement>());
    }
    found
}

fn focus_next(menu: &HtmlElement, key: &str) {
    let items = items(menu);
    let active = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.active_element());
    let at = items
        .iter()
        .position(|item| Some(item.unchecked_ref::<web_sys::Element>()) == active.as_ref());
    let last = items.len().saturating_sub(1);
    let to = match (key, at) {
        ("Home", _) | ("ArrowDown", None) => 0,
        ("End", _) | ("ArrowUp", None | Some(0)) => last,
        ("ArrowUp", Some(at)) => at - 1,
        (_, Some(at)) if at == last => 0,
        (_, Some(at)) => at + 1,
        _ => 0,
    };
    if let Some(item) = items.get(to) {
        item.focus().ok();
    }
}

/// Puts the menu where it was asked for, as far as the frame has room there.
fn put(menu: &HtmlElement, (x, y): (i32, i32)) {
    let Some(frame) = menu
        .offset_parent()
        .and_then(|parent| parent.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let x = x.min(frame.client_width() - menu.offset_width() - 8).max(8);
    let y = y
        .min(frame.client_height() - menu.offset_height() - 8)
        .max(8);
    dom::set_place(menu, &format!("{x}px"), &format!("{y}px"));
}

/// The menu.
#[component]
pub(crate) fn Menu(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((props.message, props.at), move |(_, at)| {
            if let Some(menu) = node.cast::<HtmlElement>() {
                put(&menu, *at);
                focus_next(&menu, "Home");
            }
        });
    }
    let onkeydown = {
        let (node, close) = (node.clone(), props.close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            match key.as_str() {
                "Escape" | "Tab" => {
                    event.prevent_default();
                    close.emit(true);
                }
                "ArrowUp" | "ArrowDown" | "Home" | "End" => {
                    event.prevent_default();
                    if let Some(menu) = node.cast::<HtmlElement>() {
                        focus_next(&menu, &key);
                    }
                }
                _ => {}
            }
            event.stop_propagation();
        })
    };
    let onfocusout = {
        let (node, close) = (node.clone(), props.close.clone());
        Callback::from(move |event: FocusEvent| {
            let into = event
                .related_target()
                .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let inside = node
                .cast::<HtmlElement>()
                .is_some_and(|menu| into.is_some() && menu.contains(into.as_ref()));
            if !inside {
                close.emit(false);
            }
        })
    };
    let item = |action: Action| {
        let (act, message) = (props.act.clone(), props.message);
        let onclick = Callback::from(move |_: yew::MouseEvent| act.emit((message, action)));
        html! {
            <button class="menu-item" type="button" role="menuitem" tabindex="-1" data-testid={format!("menu-{}", action.test_id())} {onclick}>
                { icon(action.icon()) }<span>{ action.label() }</span><kbd>{ action.key() }</kbd>
            </button>
        }
    };
    html! {
        <div ref={node} class="menu" role="menu" data-testid="message-menu" aria-label={t!("message-actions")} {onkeydown} {onfocusout}>
            { for props.actions.iter().copied().map(item) }
        </div>
    }
}
