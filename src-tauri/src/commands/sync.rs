//! The connection, the outbox and what was refused.

use super::Answer;
use crate::accounts::Shell;
use model::OpId;
use model::view::{NoticeView, RecoveredView, Status};
use tauri::State;

#[tauri::command]
pub(crate) async fn status(shell: State<'_, Shell>) -> Answer<Status> {
    shell.client()?.status().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn retry(shell: State<'_, Shell>, op: OpId) -> Answer<()> {
    shell.client()?.retry(op).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn discard(shell: State<'_, Shell>, op: OpId) -> Answer<()> {
    shell.client()?.discard(op).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn recovered(shell: State<'_, Shell>) -> Answer<Vec<RecoveredView>> {
    shell.client()?.recovered().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn notices(shell: State<'_, Shell>) -> Answer<Vec<NoticeView>> {
    shell.client()?.notices().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn dismiss_notice(shell: State<'_, Shell>, notice: i64) -> Answer<()> {
    let client = shell.client()?;
    client.dismiss_notice(notice).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn network_changed(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.network_changed().await;
    Ok(())
}
