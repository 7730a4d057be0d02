//! Signing up by invite, and what a person does with their account at the relay.

use super::Answer;
use crate::accounts::Shell;
use model::view::Account;
use model::wire::{InviteEntry, InviteResponse, SessionEntry};
use tauri::State;
use uuid::Uuid;

#[tauri::command]
pub(crate) async fn register(
    shell: State<'_, Shell>,
    relay: String,
    name: String,
    password: String,
    invite: Option<String>,
) -> Answer<Account> {
    let client = shell.client()?;
    client
        .register(&relay, &name, &password, invite.as_deref())
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn sessions(shell: State<'_, Shell>) -> Answer<Vec<SessionEntry>> {
    shell.client()?.sessions().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn end_session(shell: State<'_, Shell>, id: Uuid) -> Answer<()> {
    let client = shell.client()?;
    client.end_session(id).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn change_password(
    shell: State<'_, Shell>,
    old: String,
    new: String,
) -> Answer<()> {
    let client = shell.client()?;
    client
        .change_password(&old, &new)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn is_admin(shell: State<'_, Shell>) -> Answer<bool> {
    shell.client()?.is_admin().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn make_invite(
    shell: State<'_, Shell>,
    uses: u32,
    days: u32,
) -> Answer<InviteResponse> {
    let client = shell.client()?;
    client.invite(uses, days).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn invites(shell: State<'_, Shell>) -> Answer<Vec<InviteEntry>> {
    shell.client()?.invites().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn revoke_invite(shell: State<'_, Shell>, id: Uuid) -> Answer<()> {
    let client = shell.client()?;
    client.revoke_invite(id).await.map_err(|e| e.failure())
}
