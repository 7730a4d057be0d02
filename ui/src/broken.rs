//! A page that fails says so: nobody is left before a window that does not answer.
//!
//! Invariant: what is shown and logged holds no text of a message: only where it happened.

use std::panic::PanicHookInfo;

/// Shows every panic from now on.
pub(crate) fn watch() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let place = info
            .location()
            .map(|place| format!("{}:{}", place.file(), place.line()))
            .unwrap_or_default();
        web_sys::console::error_1(&format!("the page failed in {place}").into());
        show(&place);
    }));
}

/// Not by way of a component, a text or a setting: any of them may be what failed.
fn show(place: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let part = |tag: &str, text: &str| {
        let element = document.create_element(tag).ok()?;
        element.set_text_content(Some(text));
        Some(element)
    };
    let cover = part("div", "")?;
    cover.set_class_name("not-up failed");
    cover.set_attribute("role", "alert").ok()?;
    let again = part("a", "Show the page again")?;
    again.set_attribute("href", "/").ok()?;
    let parts = [
        part("h1", "Amend's page has failed")?,
        part("p", "Your messages are safe on this device.")?,
        part("p", place)?,
        again,
    ];
    for part in parts {
        cover.append_child(&part).ok()?;
    }
    document.body()?.append_child(&cover).ok()?;
    Some(())
}
