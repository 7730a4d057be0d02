//! The page: what a person sees and touches. It runs in the desktop shell's web view and talks to nothing else.
//!
//! In the order in which a change meets them:
//!
//! - [`bridge`]: the shell's commands and its one event, typed.
//! - [`refresh`]: which parts of the screen a row event concerns (pure).
//! - [`store`]: the one place for state; reads again when rows changed or the person went elsewhere.
//! - [`drafts`]: text that is not written yet.
//! - [`window`]: the slice of a timeline that is on the screen, and how it is grouped (pure).
//! - [`scroll`]: when the timeline moves and when it must not (pure).
//! - the components, named as what they are on the screen: [`app`], [`sign_in`], [`startup_error`], [`shell`],
//!   [`connection`], [`room_list`], [`new_room`], [`browse`], [`timeline`], [`message`], [`edit_box`],
//!   [`refusal`], [`composer`], [`people`], [`recovered`], [`notices`].
//!
//! Invariant: content on the screen changes only because a row event arrived, never because a command succeeded.

mod app;
mod bridge;
mod browse;
mod composer;
mod connection;
mod dom;
mod drafts;
mod edit_box;
mod icon;
mod message;
mod new_room;
mod notices;
mod people;
mod recovered;
mod refresh;
mod refusal;
mod room_list;
mod scroll;
mod shell;
mod sign_in;
mod startup_error;
mod store;
mod time;
mod timeline;
mod window;

fn main() {
    yew::Renderer::<app::App>::new().render();
}
