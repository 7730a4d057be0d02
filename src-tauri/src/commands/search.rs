//! Searching what is here.

use super::Answer;
use crate::accounts::Shell;
use model::search::Filter;
use model::view::{SearchPage, SearchRequest};
use tauri::State;

#[tauri::command]
pub(crate) async fn search(
    shell: State<'_, Shell>,
    number: u64,
    request: SearchRequest,
) -> Answer<SearchPage> {
    let client = shell.client()?;
    client
        .search_as(number, request)
        .await
        .map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn give_up_searches(shell: State<'_, Shell>, up_to: u64) -> Answer<()> {
    shell.client()?.give_up_searches(up_to);
    Ok(())
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
