//! Encryption of the local database, a lost keyring, and signing out with everything.

use super::Answer;
use crate::accounts::{self, Shell};
use client::vault::{Keyring, RecoveryCode};
use client::{Client, ClientError, profile};
use model::view::{Unsent, VaultView};
use std::path::PathBuf;
use tauri::{AppHandle, State};

#[tauri::command]
pub(crate) async fn vault(shell: State<'_, Shell>) -> Answer<VaultView> {
    shell.client()?.vault().await.map_err(|e| e.failure())
}

/// Gives the recovery code, which the page shows once.
#[tauri::command]
pub(crate) async fn encrypt(shell: State<'_, Shell>, without_keyring: bool) -> Answer<String> {
    let client = shell.client()?;
    let code = client.encrypt(without_keyring).await;
    code.map(|code| code.shown()).map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn decrypt(shell: State<'_, Shell>) -> Answer<()> {
    shell.client()?.decrypt().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn renew_recovery_code(shell: State<'_, Shell>) -> Answer<String> {
    let code = shell.client()?.renew_recovery_code().await;
    code.map(|code| code.shown()).map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn recovery_code_saved(shell: State<'_, Shell>) -> Answer<()> {
    let client = shell.client()?;
    client.recovery_code_saved().await.map_err(|e| e.failure())
}

/// Opens the selected account, whose key the keyring has lost, by the recovery code; without one, asks the keyring again.
#[tauri::command]
pub(crate) async fn unlock(
    app: AppHandle,
    shell: State<'_, Shell>,
    code: Option<String>,
) -> Answer<()> {
    let name = shell.selected();
    let code = match code {
        Some(typed) => {
            Some(RecoveryCode::parse(&typed).map_err(|e| ClientError::from(e).failure())?)
        }
        None => None,
    };
    let client = Client::open_with(&folder(&name)?, Keyring::from_env(), code).await;
    accounts::opened(&app, &name, client.map_err(|e| e.failure())?);
    Ok(())
}

/// Sets what is encrypted in the selected account aside, and opens an empty one in its place.
#[tauri::command]
pub(crate) async fn start_fresh(app: AppHandle, shell: State<'_, Shell>) -> Answer<()> {
    let name = shell.selected();
    let client = Client::start_fresh(&folder(&name)?, Keyring::from_env()).await;
    accounts::opened(&app, &name, client.map_err(|e| e.failure())?);
    Ok(())
}

#[tauri::command]
pub(crate) async fn import_set_aside(
    shell: State<'_, Shell>,
    folder: String,
    code: Option<String>,
) -> Answer<Unsent> {
    let code = match code {
        Some(typed) => {
            Some(RecoveryCode::parse(&typed).map_err(|e| ClientError::from(e).failure())?)
        }
        None => None,
    };
    let taken = shell.client()?.import_set_aside(&folder, code).await;
    taken.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn unsent(shell: State<'_, Shell>) -> Answer<Unsent> {
    shell.client()?.unsent().await.map_err(|e| e.failure())
}

/// Signs the selected account out, removes everything of it from this device, and shows another one.
#[tauri::command]
pub(crate) async fn wipe_account(app: AppHandle, shell: State<'_, Shell>) -> Answer<()> {
    accounts::wipe(&app, &shell.selected()).await
}

fn folder(name: &str) -> Answer<PathBuf> {
    profile::folder(name).map_err(|e| e.failure())
}
