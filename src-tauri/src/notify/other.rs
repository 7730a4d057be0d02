//! Notifications by macOS and Windows: shown; which room one is about is in its title. (Clicking brings the app to the front as the
//! system does it; withdrawing is the person's.)

use super::{About, Shown};
use tauri::AppHandle;

/// Shows notifications.
pub(crate) struct Notifier;

impl Notifier {
    pub(crate) fn new(_app: AppHandle) -> Self {
        Self
    }

    /// Shows it.
    pub(crate) async fn show(&self, shown: Shown) {
        tracing::debug!(about = ?shown.about.1, action = shown.action, link = shown.link, "a notification");
        let done = tauri::async_runtime::spawn_blocking(move || {
            notify_rust::Notification::new()
                .appname("Amend")
                .summary(&shown.title)
                .body(&shown.body)
                .show()
                .map(|_| ())
        })
        .await;
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "no notification was shown"),
            Err(error) => tracing::warn!(%error, "no notification was shown"),
        }
    }

    /// The system's centre keeps it until the person clears it.
    pub(crate) async fn withdraw(&self, _about: &About) {}
}
