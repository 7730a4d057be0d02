//! The app's settings: one small JSON file beside the profiles, shared by all processes that use that folder.
//!
//! - [`file`]: reading it with forgiveness, and writing it so that a kill -9 leaves the old one or the new one.
//! - [`watch`]: hearing that somebody changed it, be it this process, another one or an editor.
//!
//! Invariants: what holds is what the file says, as last read: [`SettingsStore::set`] writes the file and reads it again, and
//! nothing else changes a setting. What a later version or a person wrote and we do not know stays in the file.

mod file;
mod watch;

use crate::ClientError;
use file::SettingsFile;
use model::view::{Setting, SettingsView};
use std::path::Path;
use std::sync::Arc;

pub use file::write_whole;
pub use watch::watch_folder;

/// The settings of a folder of profiles. Cheap to clone.
#[derive(Clone)]
pub struct SettingsStore(Arc<Inner>);

struct Inner {
    file: SettingsFile,
    held: tokio::sync::watch::Sender<SettingsView>,
}

impl SettingsStore {
    /// Reads the settings below `home` and goes on watching them. A file that can't be read means defaults, and
    /// [`SettingsView::trouble`] says so.
    #[must_use]
    pub fn open(home: &Path) -> Self {
        let file = SettingsFile::in_folder(home);
        let (held, _) = tokio::sync::watch::channel(file.read());
        let store = Self(Arc::new(Inner { file, held }));
        let weak = Arc::downgrade(&store.0);
        watch_folder(home, move || {
            let Some(inner) = weak.upgrade() else {
                return false;
            };
            Self(inner).read_again();
            true
        });
        store
    }

    /// What holds.
    #[must_use]
    pub fn current(&self) -> SettingsView {
        self.0.held.borrow().clone()
    }

    /// What holds now, and each time that it is something else.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<SettingsView> {
        self.0.held.subscribe()
    }

    /// Chooses.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn set(&self, setting: &Setting) -> Result<(), ClientError> {
        self.0.file.write(setting)?;
        self.read_again();
        Ok(())
    }

    fn read_again(&self) {
        let found = self.0.file.read();
        self.0.held.send_if_modified(|held| {
            let other = *held != found;
            *held = found;
            other
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::view::{SettingsTrouble, Theme};

    #[test]
    fn what_is_set_holds_here_and_after_a_restart() {
        let home = tempfile::tempdir().expect("a folder");
        let store = SettingsStore::open(home.path());
        store.set(&Setting::Theme(Theme::Dark)).expect("written");
        assert_eq!(store.current().settings.theme, Theme::Dark);
        let again = SettingsStore::open(home.path());
        assert_eq!(again.current().settings.theme, Theme::Dark);
        assert_eq!(again.current().trouble, None);
    }

    #[tokio::test]
    async fn what_somebody_else_writes_is_heard() {
        let home = tempfile::tempdir().expect("a folder");
        let store = SettingsStore::open(home.path());
        let mut changes = store.changes();
        let other = SettingsStore::open(home.path());
        other.set(&Setting::Theme(Theme::Light)).expect("written");
        changes
            .wait_for(|view| view.settings.theme == Theme::Light)
            .await
            .expect("a change");
        std::fs::write(home.path().join("settings.json"), "{ not JSON").expect("written");
        changes
            .wait_for(|view| matches!(view.trouble, Some(SettingsTrouble::Unreadable { .. })))
            .await
            .expect("a change");
        assert_eq!(store.current().settings, Default::default());
    }
}
