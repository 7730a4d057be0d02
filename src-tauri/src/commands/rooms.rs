//! Rooms and their people.

use super::Answer;
use crate::accounts::Shell;
use model::RoomId;
use model::view::{DirectoryView, PersonView, RoomView};
use tauri::State;

#[tauri::command]
pub(crate) async fn rooms(shell: State<'_, Shell>) -> Answer<Vec<RoomView>> {
    shell.client()?.rooms().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn directory(shell: State<'_, Shell>) -> Answer<Vec<DirectoryView>> {
    shell.client()?.directory().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn people(shell: State<'_, Shell>, room: RoomId) -> Answer<Vec<PersonView>> {
    shell.client()?.people(room).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn create_room(
    shell: State<'_, Shell>,
    name: String,
    topic: String,
) -> Answer<RoomId> {
    let client = shell.client()?;
    client
        .create_room(&name, &topic)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn join(shell: State<'_, Shell>, room: RoomId) -> Answer<()> {
    shell.client()?.join(room).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn browse(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.browse().await.map_err(|e| e.failure())
}
