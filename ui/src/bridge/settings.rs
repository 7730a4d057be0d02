//! The app itself: its settings, what it knows of newer versions, what it asks the page to open.

use super::{Nothing, call, listen};
use model::RoomId;
use model::view::{DesktopView, Failure, Setting, SettingsView};
use serde::Serialize;

/// The settings as they hold.
pub(crate) async fn settings() -> Result<SettingsView, Failure> {
    call("settings", &Nothing {}).await
}

/// Chooses. The screen changes when the settings have.
pub(crate) async fn set_setting(setting: Setting) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        setting: Setting,
    }
    call("set_setting", &Arguments { setting }).await
}

/// The app itself.
pub(crate) async fn desktop() -> Result<DesktopView, Failure> {
    call("desktop", &Nothing {}).await
}

/// Asks now whether there is a newer version.
pub(crate) async fn ask_for_updates() -> Result<(), Failure> {
    call("ask_for_updates", &Nothing {}).await
}

/// The person has read of the crash.
pub(crate) async fn dismiss_crash() -> Result<(), Failure> {
    call("dismiss_crash", &Nothing {}).await
}

/// What is to be opened, each once.
pub(crate) async fn take_links() -> Result<Vec<String>, Failure> {
    call("take_links", &Nothing {}).await
}

/// Calls `handler` when there is something to be opened.
pub(crate) async fn on_links(handler: impl Fn() + 'static) -> Result<(), Failure> {
    listen("links", move |_| handler()).await
}

/// The room on the screen: nobody needs to be told of what comes there.
pub(crate) async fn looking_at(room: Option<RoomId>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: Option<RoomId>,
    }
    call("looking_at", &Arguments { room }).await
}
