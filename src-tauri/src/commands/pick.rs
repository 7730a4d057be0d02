//! Files and folders that a person chooses by the system's dialog; none where they chose nothing.

use super::Answer;
use crate::accounts::Shell;
use crate::pick::{self, Pick};
use model::Attachment;
use model::view::ExchangeFormat;
use tauri::{AppHandle, Manager, State};

/// What an import can be read from.
const IMPORTS: &[&str] = &["zip", "jsonl", "json"];

fn shown(path: Option<std::path::PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

/// What to import.
#[tauri::command]
pub(crate) async fn pick_import(app: AppHandle, folder: bool) -> Answer<Option<String>> {
    let pick = match folder {
        true => Pick::Folder,
        false => Pick::File(IMPORTS),
    };
    Ok(shown(pick::ask(&app, pick).await?))
}

/// Where to export to.
#[tauri::command]
pub(crate) async fn pick_export(app: AppHandle, format: ExchangeFormat) -> Answer<Option<String>> {
    let save = |name: &str| Pick::Save(app.path().document_dir().ok(), name.to_owned());
    let pick = match format {
        ExchangeFormat::Markdown => Pick::SaveFolder,
        ExchangeFormat::Sqlite => save("amend.db"),
        _ => save("amend.jsonl"),
    };
    Ok(shown(pick::ask(&app, pick).await?))
}

/// A copy of a file that is here, where the person wants it; where that is.
#[tauri::command]
pub(crate) async fn save_file_as(
    app: AppHandle,
    shell: State<'_, Shell>,
    file: Attachment,
) -> Answer<Option<String>> {
    let client = shell.client()?;
    let pick = Pick::Save(app.path().download_dir().ok(), file.name.clone());
    let Some(place) = pick::ask(&app, pick).await? else {
        return Ok(None);
    };
    let saved = client.save_file(&file, &place).await;
    Ok(Some(saved.map_err(|e| e.failure())?.display().to_string()))
}
