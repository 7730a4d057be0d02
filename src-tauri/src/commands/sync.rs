//! The connection, the outbox and what was refused.

use super::Answer;
use crate::accounts::Shell;
use model::OpId;
use model::view::{NoticeView, OutboxView, RecoveredView, Status, TakeBack};
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

#[tauri::command]
pub(crate) async fn waiting(shell: State<'_, Shell>) -> Answer<Vec<OutboxView>> {
    shell.client()?.waiting().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn take_back(shell: State<'_, Shell>, op: OpId) -> Answer<TakeBack> {
    shell.client()?.take_back(op).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn resend(shell: State<'_, Shell>, op: OpId, body: String) -> Answer<()> {
    let client = shell.client()?;
    client.resend(op, &body).await.map_err(|e| e.failure())
}
