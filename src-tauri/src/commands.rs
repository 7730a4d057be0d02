//! What the page may ask for: each command is one call of [`client::Client`].

use crate::Shell;
use model::view::{
    Account, DirectoryView, DraftView, Failure, NoticeView, PersonView, RecoveredView, RoomView,
    Status, Timeline,
};
use model::{MessageId, OpId, Rev, RoomId};
use tauri::State;
use tauri::ipc::Invoke;

type Answer<T> = Result<T, Failure>;

/// All commands, for Tauri.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        startup,
        account,
        sign_in,
        sign_out,
        status,
        rooms,
        directory,
        people,
        timeline,
        create_room,
        join,
        post,
        edit,
        delete,
        retry,
        discard,
        recovered,
        drafts,
        set_draft,
        notices,
        dismiss_notice,
        browse,
        network_changed,
    ]
}

#[tauri::command]
async fn startup(shell: State<'_, Shell>) -> Answer<()> {
    shell.client().map(|_| ())
}

#[tauri::command]
async fn account(shell: State<'_, Shell>) -> Answer<Option<Account>> {
    shell.client()?.account().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn sign_in(
    shell: State<'_, Shell>,
    relay: String,
    name: String,
    password: String,
) -> Answer<Account> {
    let client = shell.client()?;
    client
        .sign_in(&relay, &name, &password)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
async fn sign_out(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.sign_out().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn status(shell: State<'_, Shell>) -> Answer<Status> {
    shell.client()?.status().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn rooms(shell: State<'_, Shell>) -> Answer<Vec<RoomView>> {
    shell.client()?.rooms().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn directory(shell: State<'_, Shell>) -> Answer<Vec<DirectoryView>> {
    shell.client()?.directory().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn people(shell: State<'_, Shell>, room: RoomId) -> Answer<Vec<PersonView>> {
    shell.client()?.people(room).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn timeline(
    shell: State<'_, Shell>,
    room: RoomId,
    before: Option<MessageId>,
    limit: u32,
) -> Answer<Timeline> {
    let client = shell.client()?;
    client
        .timeline(room, before, limit)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
async fn create_room(shell: State<'_, Shell>, name: String, topic: String) -> Answer<RoomId> {
    let client = shell.client()?;
    client
        .create_room(&name, &topic)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
async fn join(shell: State<'_, Shell>, room: RoomId) -> Answer<()> {
    shell.client()?.join(room).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn post(shell: State<'_, Shell>, room: RoomId, body: String) -> Answer<MessageId> {
    let client = shell.client()?;
    client.post(room, &body).await.map_err(|e| e.failure())
}

/// What a person saw when they began an edit.
#[derive(serde::Deserialize)]
pub(crate) struct Base {
    rev: Rev,
    text: String,
}

#[tauri::command]
async fn edit(
    shell: State<'_, Shell>,
    room: RoomId,
    message: MessageId,
    base: Base,
    body: String,
    replaces: Option<OpId>,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .edit(room, message, (base.rev, &base.text), &body, replaces)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
async fn delete(shell: State<'_, Shell>, room: RoomId, message: MessageId) -> Answer<()> {
    let client = shell.client()?;
    client.delete(room, message).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn retry(shell: State<'_, Shell>, op: OpId) -> Answer<()> {
    shell.client()?.retry(op).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn discard(shell: State<'_, Shell>, op: OpId) -> Answer<()> {
    shell.client()?.discard(op).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn recovered(shell: State<'_, Shell>) -> Answer<Vec<RecoveredView>> {
    shell.client()?.recovered().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn drafts(shell: State<'_, Shell>) -> Answer<Vec<DraftView>> {
    shell.client()?.drafts().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn set_draft(shell: State<'_, Shell>, draft: DraftView) -> Answer<()> {
    let client = shell.client()?;
    client.set_draft(draft).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn notices(shell: State<'_, Shell>) -> Answer<Vec<NoticeView>> {
    shell.client()?.notices().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn dismiss_notice(shell: State<'_, Shell>, notice: i64) -> Answer<()> {
    let client = shell.client()?;
    client.dismiss_notice(notice).await.map_err(|e| e.failure())
}

#[tauri::command]
async fn browse(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.browse().await.map_err(|e| e.failure())
}

#[tauri::command]
async fn network_changed(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.network_changed().await;
    Ok(())
}
