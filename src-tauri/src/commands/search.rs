//! Searching what is here.

use super::Answer;
use crate::accounts::Shell;
use model::search::Filter;
use model::view::{SearchPage, SearchRequest};
use tauri::State;

#[tauri::command]
pub(crate) async fn search(shell: State<'_, Shell>, request: SearchRequest) -> Answer<SearchPage> {
    let client = shell.client()?;
    client.search(request).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn search_names(
    shell: State<'_, Shell>,
    filter: Filter,
    typed: String,
) -> Answer<Vec<String>> {
    let client = shell.client()?;
    client
        .search_names(filter, &typed)
        .await
        .map_err(|e| e.failure())
}
