//! Small things that are done to elements directly. Text fields keep their text themselves, so that drawing
//! the screen again never touches what a person is typing.

use wasm_bindgen::JsCast;
use web_sys::{
    Element, FocusOptions, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent,
    MouseEvent,
};
use yew::NodeRef;

/// What stands in a one-line field.
pub(crate) fn value(field: &NodeRef) -> String {
    field
        .cast::<HtmlInputElement>()
        .map(|field| field.value())
        .unwrap_or_default()
}

/// What stands in the field that was typed into.
pub(crate) fn typed(event: &web_sys::InputEvent) -> Option<String> {
    let field: HtmlInputElement = event.target()?.dyn_into().ok()?;
    Some(field.value())
}

/// Scrolls what holds it as little as possible until it is seen.
pub(crate) fn into_sight(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Scrolls what holds it until it begins at the top.
pub(crate) fn to_top(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Start);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Fills a one-line field.
pub(crate) fn set_value(field: &NodeRef, text: &str) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        field.set_value(text);
    }
}

/// What stands in a text area.
pub(crate) fn text(area: &NodeRef) -> String {
    area.cast::<HtmlTextAreaElement>()
        .map(|area| area.value())
        .unwrap_or_default()
}

/// Fills a text area and fits its height.
pub(crate) fn set_text(area: &NodeRef, text: &str) {
    if let Some(field) = area.cast::<HtmlTextAreaElement>() {
        field.set_value(text);
    }
    fit(area);
}

/// Makes a text area as high as its text; the style sheet sets the bounds.
pub(crate) fn fit(area: &NodeRef) {
    let Some(area) = area.cast::<HtmlTextAreaElement>() else {
        return;
    };
    let style = area.style();
    // The style object is not an inline style: the content security policy allows it. It cannot fail on known names.
    if style.set_property("height", "auto").is_ok() {
        let height = area.scroll_height() + 2;
        style.set_property("height", &format!("{height}px")).ok();
    }
}

/// Moves the keyboard there, without scrolling.
pub(crate) fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        focus_element(&element);
    }
}

/// Moves the keyboard there, without scrolling.
pub(crate) fn focus_element(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    element.focus_with_options(&options).ok();
}

/// Moves the keyboard to the end of a text area.
pub(crate) fn focus_end(area: &NodeRef) {
    if let Some(area) = area.cast::<HtmlTextAreaElement>() {
        let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(u32::MAX);
        area.focus().ok();
        area.set_selection_range(end, end).ok();
    }
}

/// The children of `parent` that are messages, with their ids, in order.
pub(crate) fn messages(parent: &HtmlElement) -> impl Iterator<Item = (String, HtmlElement)> {
    let mut next = parent.first_element_child();
    std::iter::from_fn(move || {
        let element = next.take()?;
        next = element.next_element_sibling();
        Some(element)
    })
    .filter_map(|element| {
        let id = element.get_attribute("data-message-id")?;
        Some((id, element.dyn_into::<HtmlElement>().ok()?))
    })
}

/// The child of `parent` that is the message with this id.
pub(crate) fn message(parent: &HtmlElement, id: &str) -> Option<HtmlElement> {
    messages(parent)
        .find(|(other, _)| other == id)
        .map(|(_, element)| element)
}

/// The id of the message that something belongs to.
pub(crate) fn message_of(element: &Element) -> Option<String> {
    let message = element.closest("[data-message-id]").ok().flatten()?;
    message.get_attribute("data-message-id")
}

/// Makes an element so many pixels high.
pub(crate) fn set_height(element: &HtmlElement, pixels: i32) {
    // It cannot fail on known names.
    element
        .style()
        .set_property("block-size", &format!("{pixels}px"))
        .ok();
}

/// Puts an element somewhere: CSS lengths for its place from the start of the line and from above.
pub(crate) fn set_place(element: &HtmlElement, inline: &str, block: &str) {
    let style = element.style();
    style.set_property("left", inline).ok();
    style.set_property("inset-block-start", block).ok();
}

/// Puts an element so far below the upper edge: a CSS length.
pub(crate) fn set_block_start(element: &HtmlElement, length: &str) {
    element
        .style()
        .set_property("inset-block-start", length)
        .ok();
}

/// Whether somebody is in this window, with the keyboard or the mouse.
pub(crate) fn has_focus() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.has_focus().unwrap_or(false))
}

/// Where a mouse event was, in pixels from the upper left corner of the timeline's frame.
pub(crate) fn in_frame(event: &MouseEvent) -> (i32, i32) {
    let frame = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|target| target.closest(".timeline-frame").ok().flatten());
    let Some(frame) = frame else {
        return (0, 0);
    };
    let corner = frame.get_bounding_client_rect();
    #[allow(clippy::cast_possible_truncation)] // pixels of a screen
    let (left, top) = (corner.left() as i32, corner.top() as i32);
    // A menu that the keyboard asks for comes without a place: beside what has the focus.
    if event.client_x() == 0
        && event.client_y() == 0
        && let Some(target) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
    {
        let at = target.get_bounding_client_rect();
        #[allow(clippy::cast_possible_truncation)]
        return (at.left() as i32 - left + 60, at.bottom() as i32 - top);
    }
    (event.client_x() - left, event.client_y() - top)
}

/// Whether an event comes from within what a selector names.
pub(crate) fn is_within(event: &KeyboardEvent, selector: &str) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|target| target.closest(selector).ok().flatten().is_some())
}

/// Whether the page is laid out from right to left.
pub(crate) fn is_right_to_left() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element())
        .and_then(|root| root.get_attribute("dir"))
        .is_some_and(|direction| direction == "rtl")
}

/// Moves the keyboard to the first element of the page that a selector names, without scrolling.
pub(crate) fn focus_first(selector: &str) {
    let found = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(selector).ok().flatten())
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = found {
        focus_element(&element);
    }
}

/// Moves the keyboard to a message.
pub(crate) fn focus_message(id: &str) {
    focus_first(&format!("[data-message-id=\"{id}\"]"));
}
