//! The text area: what stands in it and what is selected, in bytes; changes that the person can undo.
//!
//! Invariant: a change goes through the browser's own editing, so that Ctrl+Z takes it back and an `input` event tells of it.

use super::change::{Change, Selected};
use crate::parts::dom;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};
use yew::NodeRef;

/// Where the person stands in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    start: u32,
    end: u32,
    scroll: i32,
}

/// A handle to the element.
#[derive(Clone, PartialEq)]
pub(crate) struct Area(pub(crate) NodeRef);

impl Area {
    fn element(&self) -> Option<HtmlTextAreaElement> {
        self.0.cast::<HtmlTextAreaElement>()
    }

    /// What stands in it.
    pub(crate) fn text(&self) -> String {
        dom::text(&self.0)
    }

    /// Calls `look` with the text and the selection.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Selected<'_>) -> T) -> Option<T> {
        let element = self.element()?;
        let text = element.value();
        let at = |offset: Option<u32>| bytes(&text, offset.unwrap_or(0));
        let start = at(element.selection_start().ok()?);
        let end = at(element.selection_end().ok()?).max(start);
        Some(look(&Selected {
            text: &text,
            start,
            end,
        }))
    }

    /// Makes a change.
    pub(crate) fn make(&self, change: &Change) {
        let Some(element) = self.element() else {
            return;
        };
        let before = element.value();
        let (from, to) = (units(&before, change.from), units(&before, change.to));
        element.focus().ok();
        // Away and back: what was typed before and the change are taken back one after the other, not at once.
        let elsewhere = if from == 0 { u32::MAX } else { 0 };
        element.set_selection_range(elsewhere, elsewhere).ok();
        element.set_selection_range(from, to).ok();
        if from != to || !change.put.is_empty() {
            insert(&element, &change.put, (from, to));
        }
        let after = element.value();
        let (start, end) = change.select;
        element
            .set_selection_range(units(&after, start), units(&after, end))
            .ok();
        dom::fit(&self.0);
    }

    /// Puts another text in the place of all, as if it had been typed.
    pub(crate) fn fill(&self, text: &str) {
        dom::set_text(&self.0, text);
        if let Some(element) = self.element() {
            tell(&element);
        }
    }

    /// Puts a text at the caret.
    pub(crate) fn put(&self, text: &str) {
        let change = self.with(|selected| {
            let caret = selected.start + text.len();
            Change {
                from: selected.start,
                to: selected.end,
                put: text.to_owned(),
                select: (caret, caret),
            }
        });
        if let Some(change) = change {
            self.make(&change);
        }
    }

    /// Where the person stands.
    pub(crate) fn place(&self) -> Place {
        let Some(element) = self.element() else {
            return Place::default();
        };
        let offset = |found: Result<Option<u32>, _>| found.ok().flatten().unwrap_or(0);
        Place {
            start: offset(element.selection_start()),
            end: offset(element.selection_end()),
            scroll: element.scroll_top(),
        }
    }

    /// Stands there again.
    pub(crate) fn stand(&self, place: Place) {
        if let Some(element) = self.element() {
            element.set_selection_range(place.start, place.end).ok();
            element.set_scroll_top(place.scroll);
        }
    }
}

fn insert(element: &HtmlTextAreaElement, put: &str, (from, to): (u32, u32)) {
    let document = element
        .owner_document()
        .and_then(|document| document.dyn_into::<HtmlDocument>().ok());
    let done = document.is_some_and(|document| {
        if put.is_empty() {
            document.exec_command("delete").unwrap_or(false)
        } else {
            document
                .exec_command_with_show_ui_and_value("insertText", false, put)
                .unwrap_or(false)
        }
    });
    if !done {
        // Where the browser does not edit for us: the text all the same, without undo.
        element
            .set_range_text_with_start_and_end(put, from, to)
            .ok();
        tell(element);
    }
}

/// Tells the field that its text is another one.
fn tell(element: &HtmlTextAreaElement) {
    let init = web_sys::InputEventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = web_sys::InputEvent::new_with_event_init_dict("input", &init) {
        element.dispatch_event(&event).ok();
    }
}

/// The byte at an offset of the browser, which counts UTF-16 units.
fn bytes(text: &str, units: u32) -> usize {
    let mut left = usize::try_from(units).unwrap_or(usize::MAX);
    for (at, char) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(char.len_utf16());
    }
    text.len()
}

fn units(text: &str, bytes: usize) -> u32 {
    let count = text.get(..bytes).unwrap_or(text).encode_utf16().count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_the_browser_are_those_of_the_text() {
        let text = "aé👍b";
        for (unit, byte) in [(0, 0), (1, 1), (2, 3), (4, 7), (5, 8), (9, 8)] {
            assert_eq!(bytes(text, unit), byte);
        }
        for (byte, unit) in [(0, 0), (1, 1), (3, 2), (7, 4), (8, 5)] {
            assert_eq!(units(text, byte), unit);
        }
    }
}
