//! Reading windows of a timeline, and what hangs on its messages.

use super::Answer;
use crate::accounts::Shell;
use model::view::{Ask, PinView, PlaceView, Timeline, VersionsView};
use model::{MessageId, OpId, RoomId, Seq};
use tauri::State;

#[tauri::command]
pub(crate) async fn timeline(
    shell: State<'_, Shell>,
    room: RoomId,
    ask: Ask,
    limit: u32,
) -> Answer<Timeline> {
    let client = shell.client()?;
    client
        .window(room, ask, limit)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn react(
    shell: State<'_, Shell>,
    room: RoomId,
    message: MessageId,
    emoji: String,
    on: bool,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .react(room, message, &emoji, on)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn pin(
    shell: State<'_, Shell>,
    room: RoomId,
    message: MessageId,
    on: bool,
) -> Answer<()> {
    let client = shell.client()?;
    client.pin(room, message, on).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn pins(shell: State<'_, Shell>, room: RoomId) -> Answer<Vec<PinView>> {
    shell.client()?.pins(room).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn mark_read(shell: State<'_, Shell>, room: RoomId, position: Seq) -> Answer<()> {
    let client = shell.client()?;
    client
        .mark_read(room, position)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn versions(
    shell: State<'_, Shell>,
    room: RoomId,
    message: MessageId,
) -> Answer<VersionsView> {
    let client = shell.client()?;
    client
        .known_versions(room, message)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn fetch_versions(shell: State<'_, Shell>, message: MessageId) -> Answer<()> {
    let client = shell.client()?;
    client
        .fetch_versions(message)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn post_refused(shell: State<'_, Shell>, op: OpId) -> Answer<()> {
    let client = shell.client()?;
    client.post_refused(op).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn places(shell: State<'_, Shell>) -> Answer<Vec<PlaceView>> {
    shell.client()?.places().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_place(shell: State<'_, Shell>, place: PlaceView) -> Answer<()> {
    let client = shell.client()?;
    client.set_place(place).await.map_err(|e| e.failure())
}
