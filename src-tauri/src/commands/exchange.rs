//! Imports and exports.

use super::Answer;
use crate::accounts::Shell;
use model::view::{ExchangeView, ExportRequest, ImportChoices, ImportPreview};
use std::path::Path;
use tauri::State;

#[tauri::command]
pub(crate) async fn exchanges(shell: State<'_, Shell>) -> Answer<Vec<ExchangeView>> {
    shell.client()?.exchanges().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn import_open(shell: State<'_, Shell>, path: String) -> Answer<i64> {
    let client = shell.client()?;
    let opened = client.import_open(Path::new(&path)).await;
    opened.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn import_preview(shell: State<'_, Shell>, id: i64) -> Answer<ImportPreview> {
    let client = shell.client()?;
    client.import_preview(id).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn import_start(
    shell: State<'_, Shell>,
    id: i64,
    choices: ImportChoices,
) -> Answer<()> {
    let client = shell.client()?;
    let started = client.import_start(id, choices).await;
    started.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn export_start(shell: State<'_, Shell>, request: ExportRequest) -> Answer<i64> {
    let client = shell.client()?;
    client.export_start(request).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn exchange_pause(shell: State<'_, Shell>, id: i64) -> Answer<()> {
    let client = shell.client()?;
    client.exchange_pause(id).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn exchange_resume(shell: State<'_, Shell>, id: i64) -> Answer<()> {
    let client = shell.client()?;
    client.exchange_resume(id).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn exchange_remove(shell: State<'_, Shell>, id: i64) -> Answer<()> {
    let client = shell.client()?;
    client.exchange_remove(id).await.map_err(|e| e.failure())
}
