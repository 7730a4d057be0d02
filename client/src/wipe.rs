//! Signing out with everything: database, backups, what was set aside, downloaded files, token and keys.
//!
//! Invariants: a mark is set before the first file goes and removed after the last one, and whoever opens the profile next
//! finishes what was begun; the key goes first, so that what is left of an encrypted profile is noise from then on.

use crate::account::blocking;
use crate::profile::{Profile, remove_file, sync_folder, write_private};
use crate::profiles::About;
use crate::vault::{self, Keyring};
use crate::{Client, ClientError};
use model::view::Unsent;
use std::path::Path;
use std::sync::Arc;

/// Set while a profile is wiped.
const MARK: &str = "wiping";

/// Held by this process until the end.
const LOCK: &str = "profile.lock";

impl Client {
    /// What is only on this device.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn unsent(&self) -> Result<Unsent, ClientError> {
        let waiting = self.status().await?.changes().into();
        let recovered = self.recovered().await?.len() as u64;
        let drafts = self.drafts().await?.len() as u64;
        Ok(Unsent {
            waiting,
            recovered,
            drafts,
        })
    }

    /// Signs out and removes everything of this profile from the device. Nothing is left to be opened.
    ///
    /// # Errors
    /// An unwritable folder: the rest goes at the next start.
    pub async fn sign_out_and_wipe(self) -> Result<(), ClientError> {
        let profile = Arc::clone(&self.0.profile);
        {
            let profile = Arc::clone(&profile);
            blocking(move || mark(profile.folder())).await?;
        }
        if let Err(error) = self.sign_out().await {
            tracing::warn!(
                code = error.code(),
                "the session may still be open at the relay"
            );
        }
        self.stop().await;
        self.0.db.shut().await?;
        blocking(move || finish(&profile)).await
    }
}

/// Removes a profile that can't be opened, or nobody wants to open.
///
/// # Errors
/// A profile in use, an unwritable folder: the rest goes at the next start.
pub async fn wipe(folder: &Path, keyring: Keyring) -> Result<(), ClientError> {
    let folder = folder.to_owned();
    blocking(move || {
        let profile = Profile::lock_with(&folder, keyring)?;
        mark(profile.folder())?;
        finish(&profile)
    })
    .await
}

/// Whether a wiping of this folder was begun and not finished.
#[must_use]
pub fn is_half_done(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

fn mark(folder: &Path) -> Result<(), ClientError> {
    write_private(&folder.join(MARK), b"")
}

/// Does what is left to be done of a wiping, if one was begun. The folder stays, empty but for its lock.
pub(crate) fn finish(profile: &Profile) -> Result<(), ClientError> {
    let folder = profile.folder();
    if !is_half_done(folder) {
        return Ok(());
    }
    let mut entries = vault::entries(folder);
    if About::read(folder).id.is_some() {
        entries.push(profile.token_entry()?);
    }
    for name in entries {
        if let Err(error) = profile.keyring().forget(&name) {
            // Without the files it opens nothing.
            tracing::warn!(%error, "a wiped profile's secret stays in the keyring");
        }
    }
    for name in ["vault.key", "vault.json", "vault-copy.json", "token"] {
        remove_file(&folder.join(name))?;
    }
    let list = std::fs::read_dir(folder).map_err(|error| ClientError::file(folder, error))?;
    for entry in list.flatten() {
        let name = entry.file_name();
        if name == MARK || name == LOCK {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let removed = if is_folder {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.map_err(|error| ClientError::file(&path, error))?;
    }
    sync_folder(folder).map_err(|error| ClientError::file(folder, error))?;
    profile.forget_token()?;
    remove_file(&folder.join("profile.json"))?;
    remove_file(&folder.join(MARK))
}
