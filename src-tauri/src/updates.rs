//! Asking whether there is a newer version, while the settings allow it; and what the page shows of the app itself.

use crate::tray;
use crate::window::look;
use crate::window::system::System;
use client::settings::SettingsStore;
use client::updates::{Updates, feed};
use model::view::DesktopView;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::{AppHandle, Manager};

/// How often it is looked whether a day has passed: a machine sleeps, and its clock is set.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// What is known of newer versions and of the last crash.
pub(crate) struct Checker {
    updates: Updates,
    crash: Mutex<Option<PathBuf>>,
}

impl Checker {
    pub(crate) fn new(home: &Path, crash: Option<PathBuf>) -> anyhow::Result<Self> {
        Ok(Self {
            updates: Updates::new(home, env!("CARGO_PKG_VERSION"))?,
            crash: Mutex::new(crash),
        })
    }

    /// The person has read of the crash.
    pub(crate) fn forget_crash(&self, app: &AppHandle) {
        *self.crash.lock().unwrap_or_else(PoisonError::into_inner) = None;
        look::tell(app);
    }
}

/// The app itself, for the page.
pub(crate) fn view(app: &AppHandle) -> DesktopView {
    let settings = app.state::<SettingsStore>().current().settings;
    let wishes = app.state::<System>().wishes();
    let checker = app.state::<Checker>();
    let crash = checker.crash.lock().unwrap_or_else(PoisonError::into_inner);
    DesktopView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tray: app.state::<tray::Tray>().is_present(),
        theme: wishes.theme,
        contrast: wishes.contrast,
        updates: checker.updates.view(&settings.update_feed),
        crash: crash.as_ref().map(|path| path.display().to_string()),
    }
}

/// Asks now.
pub(crate) async fn ask(app: &AppHandle) -> Result<(), client::ClientError> {
    let settings = app.state::<SettingsStore>().current().settings;
    let Some(address) = feed(&settings.update_feed) else {
        return Ok(());
    };
    let updates = app.state::<Checker>().updates.clone();
    let asked = tauri::async_runtime::spawn_blocking(move || updates.ask(&address)).await;
    look::tell(app);
    asked.unwrap_or(Err(client::ClientError::Closed))
}

/// Asks once a day while it is wanted, until the app ends.
pub(crate) async fn follow(app: AppHandle) {
    let mut changes = app.state::<SettingsStore>().changes();
    loop {
        let settings = changes.borrow_and_update().settings.clone();
        let updates = app.state::<Checker>().updates.clone();
        let wanted = settings.update_check && feed(&settings.update_feed).is_some();
        if wanted
            && updates.are_due(client::clock::now())
            && let Err(error) = ask(&app).await
        {
            tracing::warn!(%error, "what is known of newer versions could not be kept");
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
