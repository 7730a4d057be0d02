//! A question or a form above everything else: the keyboard stays inside, Escape and a click beside it close it, and the keyboard
//! goes back to where it was. `data-autofocus` on an element says where it begins.

use super::focus::{keep_within, use_focus_inside};
use super::icon::{Icon, icon};
use super::popover::body;
use crate::text::t;
use web_sys::{Element, KeyboardEvent, MouseEvent};
use yew::{
    AttrValue, Callback, Children, Classes, Html, Properties, TargetCast, classes, component,
    create_portal, html, use_node_ref,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Its title, and its accessible name.
    pub(crate) title: AttrValue,
    /// The person wants it closed.
    pub(crate) onclose: Callback<()>,
    /// More classes: `wide`, `bare` (without its title on the screen).
    #[prop_or_default]
    pub(crate) class: Classes,
    /// For tests.
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    /// What is in it.
    pub(crate) children: Children,
}

/// The dialog.
#[component]
pub(crate) fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    use_focus_inside(&node, true);
    let onkeydown = {
        let (node, close) = (node.clone(), props.onclose.clone());
        Callback::from(move |event: KeyboardEvent| {
            // What is behind it hears no keys.
            event.stop_propagation();
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                close.emit(());
            } else if let Some(node) = node.cast::<Element>() {
                keep_within(&event, &node);
            }
        })
    };
    let beside = {
        let (node, close) = (node.clone(), props.onclose.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>();
            let inside = node
                .cast::<Element>()
                .is_some_and(|node| node.contains(target.as_ref().map(AsRef::as_ref)));
            if !inside {
                close.emit(());
            }
        })
    };
    let close = {
        let close = props.onclose.clone();
        Callback::from(move |_| close.emit(()))
    };
    let Some(host) = body() else {
        return Html::default();
    };
    let bare = props.class.contains("bare");
    let content = html! {
        <div class="dialog-ground" onmousedown={beside}>
            <div ref={node} class={classes!("dialog", props.class.clone())} role="dialog" aria-modal="true" aria-label={props.title.clone()}
                data-testid={props.testid.clone()} tabindex="-1" {onkeydown}>
                if !bare {
                    <header class="dialog-head">
                        <h2>{ props.title.clone() }</h2>
                        <button class="icon-button" type="button" data-testid="dialog-close" aria-label={t!("close")} title={t!("close")} onclick={close}>
                            { icon(Icon::Close) }
                        </button>
                    </header>
                }
                { for props.children.iter() }
            </div>
        </div>
    };
    create_portal(content, host)
}
