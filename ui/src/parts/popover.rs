//! A box beside what opened it: closed by Escape, by a click elsewhere, and by going elsewhere with the keyboard.
//! The keyboard goes in when it opens and back when it closes.

use super::focus::{keep_within, use_focus_inside};
use super::listen::Listener;
use super::place::{Edges, place};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, Node};
use yew::{
    AttrValue, Callback, Children, Classes, Html, NodeRef, Properties, classes, component,
    create_portal, html, use_effect_with, use_node_ref,
};

/// What it stands beside.
#[derive(Clone, PartialEq)]
pub(crate) enum Anchor {
    /// An element, mostly a button.
    Node(NodeRef),
    /// An element as it is now, where the list that it is in is drawn again and again.
    Element(Element),
    /// A place in the window, such as the mouse's.
    Point(f64, f64),
}

impl Anchor {
    fn edges(&self) -> Option<Edges> {
        match self {
            Self::Point(x, y) => Some(Edges {
                left: *x,
                top: *y,
                right: *x,
                bottom: *y,
            }),
            Self::Node(node) => node.cast::<Element>().map(|element| edges_of(&element)),
            Self::Element(element) => Some(edges_of(element)),
        }
    }

    fn holds(&self, node: Option<&Node>) -> bool {
        match self {
            Self::Point(..) => false,
            Self::Element(anchor) => anchor.contains(node),
            Self::Node(anchor) => anchor
                .cast::<Element>()
                .is_some_and(|anchor| anchor.contains(node)),
        }
    }
}

fn edges_of(element: &Element) -> Edges {
    let rect = element.get_bounding_client_rect();
    Edges {
        left: rect.left(),
        top: rect.top(),
        right: rect.right(),
        bottom: rect.bottom(),
    }
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What it stands beside.
    pub(crate) anchor: Anchor,
    /// The person wants it closed.
    pub(crate) onclose: Callback<()>,
    /// Its accessible name.
    pub(crate) label: AttrValue,
    /// Its role; a menu says `menu`.
    #[prop_or(AttrValue::Static("dialog"))]
    pub(crate) role: AttrValue,
    /// More classes.
    #[prop_or_default]
    pub(crate) class: Classes,
    /// For tests.
    #[prop_or_default]
    pub(crate) testid: Option<AttrValue>,
    /// What is in it.
    pub(crate) children: Children,
}

/// Where the page itself is, for boxes above everything.
pub(crate) fn body() -> Option<Element> {
    web_sys::window()?.document()?.body().map(Into::into)
}

fn settle(node: &NodeRef, anchor: &Anchor) {
    let (Some(window), Some(element)) = (web_sys::window(), node.cast::<HtmlElement>()) else {
        return;
    };
    let Some(edges) = anchor.edges() else {
        return;
    };
    let length = |value: Result<wasm_bindgen::JsValue, _>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
    };
    let view = (length(window.inner_width()), length(window.inner_height()));
    let size = (
        f64::from(element.offset_width()),
        f64::from(element.offset_height()),
    );
    let root = window.document().and_then(|page| page.document_element());
    let is_right_to_left = root
        .and_then(|root| root.get_attribute("dir"))
        .is_some_and(|dir| dir == "rtl");
    let (left, top) = place(edges, size, view, is_right_to_left);
    let style = element.style();
    // The style object is not an inline style; it cannot fail on known names. These are places on the glass, not in a text.
    style.set_property("left", &format!("{left}px")).ok();
    style.set_property("top", &format!("{top}px")).ok();
}

/// The box.
#[component]
pub(crate) fn Popover(props: &Props) -> Html {
    let node = use_node_ref();
    use_focus_inside(&node, true);
    {
        let node = node.clone();
        use_effect_with(props.anchor.clone(), move |anchor| settle(&node, anchor));
    }
    {
        let (node, anchor, close) = (node.clone(), props.anchor.clone(), props.onclose.clone());
        use_effect_with((), move |()| {
            let gone = close.clone();
            let pressed = Listener::window("pointerdown", move |event| {
                let target: Option<Node> = event.target().and_then(|it| it.dyn_into().ok());
                let inside = node
                    .cast::<Element>()
                    .is_some_and(|node| node.contains(target.as_ref()));
                // A click on what opened it is that one's business: it closes what is open.
                if !inside && !anchor.holds(target.as_ref()) {
                    gone.emit(());
                }
            });
            let resized = Listener::window("resize", move |_| close.emit(()));
            move || drop((pressed, resized))
        });
    }
    let onkeydown = {
        let (node, close) = (node.clone(), props.onclose.clone());
        Callback::from(move |event: KeyboardEvent| {
            // What it lies over hears no keys.
            event.stop_propagation();
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(());
            } else if let Some(node) = node.cast::<Element>() {
                keep_within(&event, &node);
            }
        })
    };
    let Some(host) = body() else {
        return Html::default();
    };
    let content = html! {
        <div ref={node} class={classes!("popover", props.class.clone())} role={props.role.clone()} aria-label={props.label.clone()}
            data-testid={props.testid.clone()} tabindex="-1" {onkeydown}>
            { for props.children.iter() }
        </div>
    };
    create_portal(content, host)
}
