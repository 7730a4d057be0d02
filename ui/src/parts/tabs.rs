//! One of several panels: arrows go from tab to tab, in the direction of the text. The panel itself is the caller's, inside of [`panel`].

use super::dom::is_right_to_left;
use super::focus::all;
use super::menu::step;
use web_sys::{Element, KeyboardEvent};
use yew::{AttrValue, Callback, Html, Properties, component, html, use_node_ref};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The accessible name of all.
    pub(crate) label: AttrValue,
    /// Each with a name for programs (also its test id, `tab-NAME`) and one for people.
    pub(crate) tabs: Vec<(AttrValue, AttrValue)>,
    /// The name of the one that is shown.
    pub(crate) selected: AttrValue,
    /// Another one is wanted.
    pub(crate) onselect: Callback<AttrValue>,
}

/// The row of tabs.
#[component]
pub(crate) fn Tabs(props: &Props) -> Html {
    let list = use_node_ref();
    let onkeydown = {
        let (list, tabs, selected) = (list.clone(), props.tabs.clone(), props.selected.clone());
        let select = props.onselect.clone();
        Callback::from(move |event: KeyboardEvent| {
            let (forward, back) = if is_right_to_left() {
                ("ArrowLeft", "ArrowRight")
            } else {
                ("ArrowRight", "ArrowLeft")
            };
            let key = match event.key().as_str() {
                key if key == forward => "ArrowDown",
                key if key == back => "ArrowUp",
                "Home" => "Home",
                "End" => "End",
                _ => return,
            };
            let at = tabs.iter().position(|(name, _)| *name == selected);
            let labels: Vec<String> = tabs.iter().map(|(_, label)| label.to_string()).collect();
            let Some(to) = step(&labels, at, key) else {
                return;
            };
            event.prevent_default();
            if let Some((name, _)) = tabs.get(to) {
                select.emit(name.clone());
            }
            let buttons = list.cast::<Element>().map(|list| all(&list, "button"));
            if let Some(button) = buttons.as_ref().and_then(|buttons| buttons.get(to)) {
                button.focus().ok();
            }
        })
    };
    let tab = |(name, label): &(AttrValue, AttrValue)| {
        let is_selected = *name == props.selected;
        let choose = {
            let (select, name) = (props.onselect.clone(), name.clone());
            Callback::from(move |_| select.emit(name.clone()))
        };
        html! {
            <button key={name.to_string()} type="button" role="tab" class="tab" id={format!("tab-{name}")} data-testid={format!("tab-{name}")}
                aria-selected={is_selected.to_string()} aria-controls={format!("panel-{name}")}
                tabindex={if is_selected { "0" } else { "-1" }} onclick={choose}>
                { label.clone() }
            </button>
        }
    };
    html! {
        <div ref={list} class="tabs" role="tablist" aria-label={props.label.clone()} {onkeydown}>
            { for props.tabs.iter().map(tab) }
        </div>
    }
}

/// The panel of the tab with this name.
pub(crate) fn panel(name: &str, content: Html) -> Html {
    html! {
        <div class="tab-panel" role="tabpanel" id={format!("panel-{name}")} aria-labelledby={format!("tab-{name}")}>{ content }</div>
    }
}
