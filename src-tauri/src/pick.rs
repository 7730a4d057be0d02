//! Choosing a file or a folder by the system's own dialog. The page gets the path that a person chose and can look at nothing else.
//!
//! Invariant: the dialog is made on the main thread, as GTK and macOS want it, and nobody blocks there while it is open.

use crate::texts::Texts;
use crate::window;
use client::settings::SettingsStore;
use model::view::Failure;
use rfd::{AsyncFileDialog, FileHandle};
use std::future::Future;
use std::path::PathBuf;
use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

/// What is asked for.
pub(crate) enum Pick {
    /// A file to read, of one of these kinds.
    File(&'static [&'static str]),
    /// A folder to read.
    Folder,
    /// A file to write: where the dialog begins, and the name that it suggests.
    Save(Option<PathBuf>, String),
    /// A folder to write into.
    SaveFolder,
}

impl Pick {
    /// What stands above the dialog.
    fn title(&self) -> &'static str {
        match self {
            Self::File(_) => "pick-file",
            Self::Folder => "pick-folder",
            Self::Save(..) => "pick-save",
            Self::SaveFolder => "pick-save-folder",
        }
    }
}

/// Asks the person; none: they chose nothing.
pub(crate) async fn ask(app: &AppHandle, pick: Pick) -> Result<Option<PathBuf>, Failure> {
    let dialog = dialog(app, &pick);
    match pick {
        Pick::File(_) => show(app, dialog, |dialog| dialog.pick_file()).await,
        Pick::Folder | Pick::SaveFolder => show(app, dialog, |dialog| dialog.pick_folder()).await,
        Pick::Save(..) => show(app, dialog, |dialog| dialog.save_file()).await,
    }
}

fn dialog(app: &AppHandle, pick: &Pick) -> AsyncFileDialog {
    let language = app.state::<SettingsStore>().current().settings.language;
    let texts = Texts::of(&language);
    let dialog = AsyncFileDialog::new().set_title(texts.text(pick.title()));
    match pick {
        Pick::File(kinds) => dialog
            .add_filter(texts.text("pick-kinds"), kinds)
            .add_filter(texts.text("pick-all"), &["*"]),
        Pick::Save(Some(folder), name) => dialog.set_file_name(name).set_directory(folder),
        Pick::Save(None, name) => dialog.set_file_name(name),
        Pick::Folder | Pick::SaveFolder => dialog,
    }
}

async fn show<F>(
    app: &AppHandle,
    dialog: AsyncFileDialog,
    open: impl FnOnce(AsyncFileDialog) -> F + Send + 'static,
) -> Result<Option<PathBuf>, Failure>
where
    F: Future<Output = Option<FileHandle>> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let parent = app.get_webview_window(window::MAIN);
    let shown = app.run_on_main_thread(move || {
        let dialog = match &parent {
            Some(parent) => dialog.set_parent(parent),
            None => dialog,
        };
        let chosen = open(dialog);
        tauri::async_runtime::spawn(async move {
            let chosen = chosen.await.map(|file| file.path().to_owned());
            // Who asked may be gone by now, with their window.
            answer.send(chosen).ok();
        });
    });
    shown.map_err(|error| failed(&error.to_string()))?;
    answered
        .await
        .map_err(|_| failed("it was closed with the window"))
}

fn failed(why: &str) -> Failure {
    Failure {
        code: "not_picked".to_owned(),
        text: format!("The system's dialog could not be shown ({why}). Write the path yourself."),
    }
}
