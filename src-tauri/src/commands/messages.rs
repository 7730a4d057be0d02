//! Reading and writing messages, and drafts of them.

use super::Answer;
use crate::accounts::Shell;
use model::view::{DraftReplyView, DraftView, Failure};
use model::{MessageId, OpId, Rev, RoomId};
use tauri::State;

/// What a person typed, and what of it is posted.
#[derive(serde::Deserialize)]
pub(crate) struct Written {
    typed: String,
    body: String,
}

#[tauri::command]
pub(crate) async fn post(
    shell: State<'_, Shell>,
    room: RoomId,
    written: Written,
    reply_to: Option<MessageId>,
) -> Answer<MessageId> {
    let client = shell.client()?;
    client
        .send_draft(room, &written.typed, &written.body, reply_to)
        .await
        .map_err(|e| e.failure())
}

/// What a person saw when they began an edit.
#[derive(serde::Deserialize)]
pub(crate) struct Base {
    rev: Rev,
    text: String,
}

#[tauri::command]
pub(crate) async fn edit(
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
pub(crate) async fn delete(
    shell: State<'_, Shell>,
    room: RoomId,
    message: MessageId,
) -> Answer<()> {
    let client = shell.client()?;
    client.delete(room, message).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn drafts(shell: State<'_, Shell>) -> Answer<Vec<DraftView>> {
    shell.client()?.drafts().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_draft(shell: State<'_, Shell>, draft: DraftView) -> Answer<()> {
    let client = shell.client()?;
    client.set_draft(draft).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn draft_replies(shell: State<'_, Shell>) -> Answer<Vec<DraftReplyView>> {
    let client = shell.client()?;
    client.draft_replies().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn set_draft_reply(
    shell: State<'_, Shell>,
    room: RoomId,
    message: Option<MessageId>,
) -> Answer<()> {
    let client = shell.client()?;
    let kept = client.set_draft_reply(room, message).await;
    kept.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn why_not_post(shell: State<'_, Shell>, room: RoomId) -> Answer<Option<Failure>> {
    let client = shell.client()?;
    let found = client.why_not_post(room).await.map_err(|e| e.failure())?;
    Ok(found.map(|rejection| Failure {
        code: rejection.code().as_str().to_owned(),
        text: rejection.to_string(),
    }))
}
