//! What this device keeps of the list of rooms, who there is, and who types.

use super::Answer;
use crate::accounts::Shell;
use model::RoomId;
use model::view::KnownPerson;
use tauri::State;

#[tauri::command]
pub(crate) async fn set_muted(shell: State<'_, Shell>, room: RoomId, muted: bool) -> Answer<()> {
    let client = shell.client()?;
    client.set_muted(room, muted).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_favourite(
    shell: State<'_, Shell>,
    room: RoomId,
    favourite: bool,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .set_favourite(room, favourite)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn opened(shell: State<'_, Shell>, room: RoomId) -> Answer<()> {
    shell.client()?.opened(room).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn fold(shell: State<'_, Shell>, section: String, folded: bool) -> Answer<()> {
    let client = shell.client()?;
    client.fold(&section, folded).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn folded(shell: State<'_, Shell>) -> Answer<Vec<String>> {
    shell.client()?.folded().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn typing(shell: State<'_, Shell>, room: RoomId, on: bool) -> Answer<()> {
    shell.client()?.typing(room, on);
    Ok(())
}

#[tauri::command]
pub(crate) async fn known_people(shell: State<'_, Shell>) -> Answer<Vec<KnownPerson>> {
    let client = shell.client()?;
    client.known_people().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn ask_for_people(shell: State<'_, Shell>) -> Answer<()> {
    let client = shell.client()?;
    client.ask_for_people().await.map_err(|e| e.failure())
}
