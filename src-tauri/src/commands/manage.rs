//! What a person does with rooms and the people in them.

use super::Answer;
use crate::accounts::Shell;
use model::{EditPolicy, NamedUser, Role, RoomId};
use tauri::State;

#[tauri::command]
pub(crate) async fn rename_room(shell: State<'_, Shell>, room: RoomId, name: String) -> Answer<()> {
    let client = shell.client()?;
    client
        .rename_room(room, &name)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_topic(shell: State<'_, Shell>, room: RoomId, topic: String) -> Answer<()> {
    let client = shell.client()?;
    client
        .set_topic(room, &topic)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_edit_policy(
    shell: State<'_, Shell>,
    room: RoomId,
    policy: EditPolicy,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .set_edit_policy(room, policy)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn archive(shell: State<'_, Shell>, room: RoomId, archived: bool) -> Answer<()> {
    let client = shell.client()?;
    client
        .archive(room, archived)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn leave(shell: State<'_, Shell>, room: RoomId) -> Answer<()> {
    shell.client()?.leave(room).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn invite_to_room(
    shell: State<'_, Shell>,
    room: RoomId,
    who: NamedUser,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .invite_to_room(room, &who)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn remove_from_room(
    shell: State<'_, Shell>,
    room: RoomId,
    who: NamedUser,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .remove_from_room(room, &who)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_role(
    shell: State<'_, Shell>,
    room: RoomId,
    who: NamedUser,
    role: Role,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .set_role(room, &who, role)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn open_direct(shell: State<'_, Shell>, with: Vec<NamedUser>) -> Answer<RoomId> {
    let client = shell.client()?;
    client.open_direct(with).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn mark_all_read(shell: State<'_, Shell>, room: RoomId) -> Answer<()> {
    let client = shell.client()?;
    client.mark_all_read(room).await.map_err(|e| e.failure())
}
