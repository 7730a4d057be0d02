//! What of the settings is the window's: its theme (the frame's, and what the page takes for the system's) and the size of
//! everything. And the event that tells the page to look at them again.

use super::system::System;
use crate::rows;
use client::settings::SettingsStore;
use model::view::{FontSize, RowEvent, Table, Theme};
use tauri::{AppHandle, Manager, WebviewWindow};

/// The theme that holds: the one that a person chose, else the one that the desktop wishes.
pub(super) fn theme(app: &AppHandle) -> Theme {
    match app.state::<SettingsStore>().current().settings.theme {
        Theme::System => app.state::<System>().wishes().theme,
        chosen => chosen,
    }
}

/// The same in the window's words; none: as the web view finds it.
pub(super) fn of_window(theme: Theme) -> Option<tauri::Theme> {
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
    let mut size = changes.borrow_and_update().settings.font_size;
    while changes.changed().await.is_ok() {
        let now = changes.borrow_and_update().settings.font_size;
        if now != size
            && let Some(window) = app.get_webview_window(super::MAIN)
        {
            resize(&window, now);
        }
        size = now;
        again(&app);
    }
}

/// Looks as it should by now, and tells the page to.
pub(crate) fn again(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(super::MAIN) {
        let theme = of_window(theme(app));
        let other = window.theme().ok() != theme;
        if other && let Err(error) = window.set_theme(theme) {
            tracing::warn!(%error, "the theme could not be changed");
        }
    }
    tell(app);
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
