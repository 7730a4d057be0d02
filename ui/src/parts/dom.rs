//! Small things that are done to elements directly. Text fields keep their text themselves, so that drawing
//! the screen again never touches what a person is typing.

use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};
use yew::NodeRef;

/// What stands in a one-line field.
pub(crate) fn value(field: &NodeRef) -> String {
    field
        .cast::<HtmlInputElement>()
        .map(|field| field.value())
        .unwrap_or_default()
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
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        element.focus_with_options(&options).ok();
    }
}

/// Moves the keyboard to the end of a text area.
pub(crate) fn focus_end(area: &NodeRef) {
    if let Some(area) = area.cast::<HtmlTextAreaElement>() {
        let end = u32::try_from(area.value().encode_utf16().count()).unwrap_or(u32::MAX);
        area.focus().ok();
        area.set_selection_range(end, end).ok();
    }
}

/// Enter as "done": not with Shift, which makes a new line, and not while an input method composes a word.
pub(crate) fn is_submit(event: &KeyboardEvent) -> bool {
    event.key() == "Enter" && !event.shift_key() && !event.is_composing()
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
