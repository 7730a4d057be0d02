//! The window: made here and not by Tauri's configuration, because it is to look right at the first paint, to stand where it
//! stood, or not to be seen at first.
//!
//! - [`look`]: what of the settings is the window's: its theme and its size; and telling the page that settings changed.
//! - [`place`]: where it stands, kept. [`system`]: what the desktop wishes of every app.

pub(crate) mod look;
pub(crate) mod place;
pub(crate) mod system;

use client::settings::SettingsStore;
use model::view::Settings;
use tauri::{AppHandle, Manager, WebviewWindow, WebviewWindowBuilder};

/// The one window's name.
pub(crate) const MAIN: &str = "main";

const FIRST: &str = include_str!("first.js");

/// How it comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// As a window in front.
    Shown,
    /// In the list of windows alone.
    Minimised,
    /// Not at all: the tray's icon brings it.
    Hidden,
}

/// Makes it.
pub(crate) fn open(app: &AppHandle, first: First) -> tauri::Result<WebviewWindow> {
    let mut settings = app.state::<SettingsStore>().current().settings;
    settings.theme = look::theme(app);
    let place = app.state::<place::Keeper>().read();
    #[cfg(debug_assertions)]
    let page = crate::page::start();
    #[cfg(not(debug_assertions))]
    let page = tauri::WebviewUrl::default();
    let mut builder = WebviewWindowBuilder::new(app, MAIN, page)
        .title("Amend")
        .inner_size(1100.0, 760.0)
        .min_inner_size(360.0, 480.0)
        // Files that are dropped are the page's to take.
        .disable_drag_drop_handler()
        .initialization_script(script(
            &settings,
            app.state::<system::System>().wishes().contrast,
        )?)
        .visible(false)
        .focused(first == First::Shown);
    if let Some(theme) = look::of_window(settings.theme) {
        builder = builder.theme(Some(theme));
    }
    let window = builder.build()?;
    look::resize(&window, settings.font_size);
    if let Some(place) = place {
        place::restore(&window, &place);
    }
    match first {
        First::Shown => window.show()?,
        First::Minimised => {
            window.show()?;
            window.minimize()?;
        }
        First::Hidden => {}
    }
    Ok(window)
}

fn script(settings: &Settings, more_contrast: bool) -> tauri::Result<String> {
    let settings = format!("= {};", serde_json::to_string(settings)?);
    let contrast = format!("= {more_contrast};");
    Ok(FIRST
        .replace("= SETTINGS;", &settings)
        .replace("= MORE_CONTRAST;", &contrast))
}

/// Brings it to the front, from wherever it is.
pub(crate) fn bring(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let brought = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = brought {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_script_holds_the_settings() {
        let settings = Settings {
            theme: model::view::Theme::Dark,
            ..Settings::default()
        };
        let script = script(&settings, true).expect("a script");
        assert!(script.contains(r#""theme":"dark""#) && script.contains("= true;"));
        assert!(!script.contains("SETTINGS;") && !script.contains("CONTRAST;"));
    }
}
