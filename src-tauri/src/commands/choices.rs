//! What the person chose on this device, by name.

use super::Answer;
use crate::accounts::Shell;
use std::collections::BTreeMap;
use tauri::State;

#[tauri::command]
pub(crate) async fn choices(shell: State<'_, Shell>) -> Answer<BTreeMap<String, String>> {
    shell.client()?.choices().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn choose(shell: State<'_, Shell>, name: String, value: String) -> Answer<()> {
    let client = shell.client()?;
    client.choose(name, value).await.map_err(|e| e.failure())
}
