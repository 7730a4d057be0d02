//! The app itself: its settings, what it knows of newer versions, what the page is to open, and what it shows.

use super::Answer;
use crate::links::Links;
use crate::notify::Attention;
use crate::updates;
use client::settings::SettingsStore;
use model::RoomId;
use model::view::{DesktopView, Setting, SettingsView};
use tauri::{AppHandle, Manager, State};

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

#[tauri::command]
pub(crate) async fn desktop(app: AppHandle) -> Answer<DesktopView> {
    Ok(updates::view(&app))
}

#[tauri::command]
pub(crate) async fn ask_for_updates(app: AppHandle) -> Answer<()> {
    updates::ask(&app).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn dismiss_crash(app: AppHandle) -> Answer<()> {
    app.state::<updates::Checker>().forget_crash(&app);
    Ok(())
}

#[tauri::command]
pub(crate) async fn take_links(links: State<'_, Links>) -> Answer<Vec<String>> {
    Ok(links.take())
}

#[tauri::command]
pub(crate) async fn looking_at(
    attention: State<'_, Attention>,
    room: Option<RoomId>,
) -> Answer<()> {
    attention.shows(room);
    Ok(())
}
