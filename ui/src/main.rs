//! The page: what a person sees and touches. It runs in the desktop shell's web view and talks to nothing else.
//!
//! In the order in which a change meets them:
//!
//! - [`bridge`]: the shell's commands and its one event, typed.
//! - [`store`]: the one place for state; reads again when rows changed or the person went elsewhere.
//! - [`app`], [`shell`], [`startup_error`], [`broken`]: which face the window has.
//! - [`attachments`]: files of messages.
//! - [`account`], [`rooms`], [`timeline`], [`composer`], [`markdown`], [`people`], [`search`], [`sync`], [`settings`], [`exchange`]: the components,
//!   named as what they are on the screen.
//! - `gallery`: all of these at once, for those who work on them (feature `gallery`).
//! - [`parts`]: what all of these use; [`text`]: every text that a person reads.
//!
//! Invariant: content on the screen changes only because a row event arrived, never because a command succeeded.

mod account;
mod app;
mod attachments;
mod bridge;
mod broken;
mod composer;
mod exchange;
#[cfg(feature = "gallery")]
mod gallery;
mod markdown;
mod parts;
mod people;
mod rooms;
mod search;
mod settings;
mod shell;
mod startup_error;
mod store;
mod sync;
mod text;
mod timeline;

fn main() {
    broken::watch();
    settings::apply::choose_language("system");
    #[cfg(feature = "gallery")]
    if gallery::is_asked() {
        yew::Renderer::<gallery::Gallery>::new().render();
        return;
    }
    yew::Renderer::<app::App>::new().render();
}
