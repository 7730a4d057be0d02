//! What of the settings is the window's: its theme (the frame's, and what the page takes for the system's) and the size of
//! everything. And the event that tells the page to look at them again.

use crate::rows;
use client::settings::SettingsStore;
use model::view::{FontSize, RowEvent, Settings, Table, Theme};
use tauri::{AppHandle, Manager, WebviewWindow};

/// The theme that a person chose, if they did not leave it to the system.
pub(crate) fn chosen(theme: Theme) -> Option<tauri::Theme> {
    match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    }
}

/// Makes everything on the page so large.
pub(crate) fn resize(window: &WebviewWindow, size: FontSize) {
    if let Err(error) = window.set_zoom(f64::from(size.percent()) / 100.0) {
        tracing::warn!(%error, "the size could not be changed");
    }
}

/// Follows the settings until the app ends.
pub(crate) async fn follow(app: AppHandle) {
    let mut changes = app.state::<SettingsStore>().changes();
    let mut shown = changes.borrow_and_update().settings.clone();
    while changes.changed().await.is_ok() {
        let settings = changes.borrow_and_update().settings.clone();
        show(&app, &shown, &settings);
        shown = settings;
        tell(&app);
    }
}

/// Tells the page that what it knows of the settings and the app is old.
pub(crate) fn tell(app: &AppHandle) {
    rows::emit(
        app,
        &RowEvent {
            tables: vec![Table::Setting],
            ..RowEvent::default()
        },
    );
}

fn show(app: &AppHandle, before: &Settings, now: &Settings) {
    let Some(window) = app.get_webview_window(super::MAIN) else {
        return;
    };
    if before.theme != now.theme
        && let Err(error) = window.set_theme(chosen(now.theme))
    {
        tracing::warn!(%error, "the theme could not be changed");
    }
    if before.font_size != now.font_size {
        resize(&window, now.font_size);
    }
}
