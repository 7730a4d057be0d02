//! Files of messages.

use super::Answer;
use crate::Shell;
use model::view::{DraftFileView, Failure, FileView};
use model::{Attachment, BlobHash, RoomId};
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Manager, State};

fn wrong(text: &str) -> Failure {
    Failure {
        code: "shell".to_owned(),
        text: text.to_owned(),
    }
}

/// The bytes are the request's body, as they are; the rest is in its headers.
#[tauri::command]
pub(crate) async fn attach(shell: State<'_, Shell>, request: Request<'_>) -> Answer<Attachment> {
    let client = shell.client()?;
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let said = "The file did not reach Amend. Attach it again.";
    let room: Option<RoomId> = header("x-room").and_then(|room| room.parse().ok());
    let name = header("x-name").map(decoded);
    let (Some(room), Some(name), InvokeBody::Raw(bytes)) = (room, name, request.body()) else {
        return Err(wrong(said));
    };
    let attached = client.attach_bytes(room, &name, bytes.clone()).await;
    attached.map_err(|e| e.failure())
}

/// As a page writes it into an address.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tauri::command]
pub(crate) async fn detach(shell: State<'_, Shell>, room: RoomId, hash: BlobHash) -> Answer<()> {
    let client = shell.client()?;
    client.detach(room, hash).await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn draft_files(shell: State<'_, Shell>) -> Answer<Vec<DraftFileView>> {
    let client = shell.client()?;
    client.draft_files().await.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn file_states(
    shell: State<'_, Shell>,
    room: RoomId,
    hashes: Vec<BlobHash>,
) -> Answer<Vec<FileView>> {
    let client = shell.client()?;
    let states = client.file_states(room, hashes).await;
    states.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn fetch_file(
    shell: State<'_, Shell>,
    room: RoomId,
    hash: BlobHash,
    bytes: u64,
) -> Answer<()> {
    let client = shell.client()?;
    let wanted = client.fetch_file(room, hash, bytes).await;
    wanted.map_err(|e| e.failure())
}

#[tauri::command]
pub(crate) async fn stop_fetching(shell: State<'_, Shell>, hash: BlobHash) -> Answer<()> {
    let client = shell.client()?;
    client.stop_fetching(hash).await.map_err(|e| e.failure())
}

/// Into the person's folder for downloads; where it is.
#[tauri::command]
pub(crate) async fn save_file(
    app: AppHandle,
    shell: State<'_, Shell>,
    file: Attachment,
) -> Answer<String> {
    let path = app.path();
    let folder = path.download_dir().or_else(|_| path.home_dir());
    let folder =
        folder.map_err(|error| wrong(&format!("There is no folder to save to ({error}).")))?;
    // There may be a setting for it, and no folder yet; saving says what is wrong.
    let _ = std::fs::create_dir_all(&folder);
    let saved = shell.client()?.save_file(&file, &folder).await;
    let saved = saved.map_err(|e| e.failure())?;
    Ok(saved.display().to_string())
}

/// By the program that the system has for it; it sees a copy, so what is here stays what its hash says.
#[tauri::command]
pub(crate) async fn open_file(
    app: AppHandle,
    shell: State<'_, Shell>,
    file: Attachment,
) -> Answer<()> {
    let cache = app.path().app_cache_dir();
    let cache =
        cache.map_err(|error| wrong(&format!("There is no folder for a copy ({error}).")))?;
    let folder = cache.join("opened").join(file.hash.to_string());
    let failed = |error: std::io::Error| {
        wrong(&format!(
            "The file could not be opened ({error}). Save it, and open it yourself."
        ))
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let place = folder.join(&file.name);
    let saved = shell.client()?.save_file(&file, &place).await;
    let saved = saved.map_err(|e| e.failure())?;
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut child = std::process::Command::new(program)
        .arg(saved)
        .spawn()
        .map_err(failed)?;
    // Whoever started it hears that it has ended.
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn a_name_comes_as_it_was() {
        for (sent, name) in [
            ("a%20b.png", "a b.png"),
            ("%C3%BC%25", "ü%"),
            ("50%", "50%"),
            ("%zz", "%zz"),
        ] {
            assert_eq!(decoded(sent), name);
        }
    }
}
