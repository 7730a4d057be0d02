//! Coming up, signing in and out.

use super::Answer;
use crate::accounts::Shell;
use model::view::Account;
use tauri::State;

#[tauri::command]
pub(crate) async fn startup(shell: State<'_, Shell>) -> Answer<()> {
    shell.client().map(|_| ())
}

#[tauri::command]
pub(crate) async fn account(shell: State<'_, Shell>) -> Answer<Option<Account>> {
    shell.client()?.account().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn sign_in(
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
pub(crate) async fn sign_out(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.sign_out().await.map_err(|e| e.failure())
}
