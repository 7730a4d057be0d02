//! The page: what a person sees and touches. It runs in the desktop shell's web view and talks to nothing else.
//!
//! In the order in which a change meets them:
//!
//! - [`bridge`]: the shell's commands and its one event, typed.
//! - [`store`]: the one place for state; reads again when rows changed or the person went elsewhere.
//! - [`app`], [`shell`], [`startup_error`]: which face the window has.
//! - [`account`], [`rooms`], [`timeline`], [`composer`], [`people`], [`sync`], [`exchange`]: the components, named as what they are on the screen.
//! - [`parts`]: what all of these use; [`text`]: every text that a person reads.
//!
//! Invariant: content on the screen changes only because a row event arrived, never because a command succeeded.

mod account;
mod app;
mod bridge;
mod composer;
mod exchange;
mod parts;
mod people;
mod rooms;
mod shell;
mod startup_error;
mod store;
mod sync;
mod text;
mod timeline;

/// Speaks the language that the person's system does, as far as we know it.
fn choose_language() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let wished: Vec<String> = window
        .navigator()
        .languages()
        .iter()
        .filter_map(|tag| tag.as_string())
        .collect();
    let language = text::negotiate(wished.iter().map(String::as_str));
    text::speak(language);
    let root = window
        .document()
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        let direction = if text::is_right_to_left(language) {
            "rtl"
        } else {
            "ltr"
        };
        root.set_attribute("lang", language).ok();
        root.set_attribute("dir", direction).ok();
    }
}

fn main() {
    choose_language();
    yew::Renderer::<app::App>::new().render();
}
