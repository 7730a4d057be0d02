//! The app's settings.

use super::Answer;
use client::settings::SettingsStore;
use model::view::{Setting, SettingsView};
use tauri::State;

#[tauri::command]
pub(crate) async fn settings(store: State<'_, SettingsStore>) -> Answer<SettingsView> {
    Ok(store.current())
}

#[tauri::command]
pub(crate) async fn set_setting(store: State<'_, SettingsStore>, setting: Setting) -> Answer<()> {
    let store = store.inner().clone();
    let written = tauri::async_runtime::spawn_blocking(move || store.set(&setting)).await;
    match written {
        Ok(result) => result.map_err(|e| e.failure()),
        Err(_) => Err(client::ClientError::Closed.failure()),
    }
}
