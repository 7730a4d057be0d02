//! The app's settings.

use super::{Nothing, call};
use model::view::{Failure, Setting, SettingsView};
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
