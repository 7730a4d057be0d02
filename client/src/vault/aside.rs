//! An encrypted profile whose key is lost: set aside untouched, so that a fresh start is possible; and, when the code turns up
//! after all, what was unsent in it is taken into the present one.
//!
//! Invariants: nothing that is set aside is ever changed or deleted, but by wiping the profile; its `vault.json` is copied there
//! first and leaves its old place last, so that it can be opened by the code at every moment; taking over twice changes nothing.

use super::file::VaultFile;
use super::{Key, RecoveryCode, VaultError};
use crate::account::blocking;
use crate::db::rescue::{self, Kept, KeptDraft, rebuild, salvage};
use crate::profile::{Profile, sync_folder, write_private};
use crate::{Client, ClientError, clock, views};
use model::view::Unsent;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PREFIX: &str = "locked-";

/// Says in a set-aside folder that it was taken over.
const IMPORTED: &str = "imported";

/// What stays where it is; attached files are kept by their content, whoever asks for them.
const STAYS: [&str; 6] = [
    "blobs",
    "profile.lock",
    "profile.json",
    "token",
    "vault.json",
    "vault-copy.json",
];

/// Sets all that is encrypted aside. The profile is empty then, and not encrypted.
pub(super) fn set_aside(profile: &Profile) -> Result<PathBuf, ClientError> {
    let folder = profile.folder();
    let aside = begun(folder)?.map_or_else(|| make(folder), Ok)?;
    let act = || -> std::io::Result<()> {
        for name in VaultFile::names() {
            if folder.join(name).exists() {
                std::fs::copy(folder.join(name), aside.join(name))?;
            }
        }
        sync_folder(&aside)?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            let name = entry.file_name();
            let called = name.to_string_lossy();
            if !STAYS.contains(&called.as_ref()) && !called.starts_with(PREFIX) {
                std::fs::rename(entry.path(), aside.join(&name))?;
            }
        }
        sync_folder(&aside)?;
        sync_folder(folder)
    };
    act().map_err(|error| ClientError::file(&aside, error))?;
    VaultFile::remove(folder)?;
    profile.forget_token()?;
    Ok(aside)
}

/// One that a crash left half done: its vault is the present one.
fn begun(folder: &Path) -> Result<Option<PathBuf>, ClientError> {
    let present = VaultFile::read(folder)?;
    for (name, ..) in list(folder)? {
        let aside = folder.join(name);
        if present.is_some() && VaultFile::read(&aside)? == present {
            return Ok(Some(aside));
        }
    }
    Ok(None)
}

fn make(folder: &Path) -> Result<PathBuf, ClientError> {
    let mut stamp = clock::now().0;
    loop {
        let aside = folder.join(format!("{PREFIX}{stamp}"));
        match std::fs::create_dir(&aside) {
            Ok(()) => return Ok(aside),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => stamp += 1,
            Err(error) => return Err(ClientError::file(&aside, error)),
        }
    }
}

/// Those that there are: name, when, and whether it was taken over; the oldest first.
pub(super) fn list(folder: &Path) -> Result<Vec<(String, i64, bool)>, ClientError> {
    let entries = std::fs::read_dir(folder).map_err(|error| ClientError::file(folder, error))?;
    let mut found: Vec<(String, i64, bool)> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let at = name.strip_prefix(PREFIX)?.parse().ok()?;
            Some((name, at, entry.path().join(IMPORTED).exists()))
        })
        .collect();
    found.sort_by_key(|(_, at, _)| *at);
    Ok(found)
}

/// The keyring's entries of all that is set aside, for wiping.
pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let folders = list(folder).unwrap_or_default().into_iter();
    folders
        .map(|(name, ..)| folder.join(name))
        .chain([folder.to_owned()])
        .filter_map(|folder| VaultFile::read(&folder).ok().flatten())
        .map(|vault| vault.entry())
        .collect()
}

/// Everything in a set-aside folder that only it has.
fn unsent_in(aside: &Path, key: &Key) -> salvage::Salvaged {
    let mut found = salvage::salvage(&aside.join("amend.db"), Some(key));
    let backup = rescue::file::read(aside, Some(key));
    found.kept = rescue::merge(std::mem::take(&mut found.kept), backup);
    found
}

/// In numbers.
fn count(kept: &Kept) -> Unsent {
    let refused = kept.ops.iter().filter(|op| op.refused.is_some()).count();
    Unsent {
        waiting: (kept.ops.len() - refused) as u64,
        recovered: refused as u64,
        drafts: kept.drafts.len() as u64,
    }
}

impl Client {
    /// Sets an encrypted profile that can't be opened aside, untouched, and opens an empty one in its place.
    ///
    /// # Errors
    /// A profile in use, an unwritable folder.
    pub async fn start_fresh(folder: &Path, keyring: super::Keyring) -> Result<Self, ClientError> {
        let profile = Profile::lock_with(folder, keyring.clone())?;
        blocking(move || {
            if VaultFile::read(profile.folder())?.is_none() {
                return Err(VaultError::NotOn.into());
            }
            set_aside(&profile)
        })
        .await?;
        Self::open_with(folder, keyring, None).await
    }

    /// Takes what was unsent in a set-aside database into this one: outbox, refused texts and drafts. The key comes from the
    /// keyring, if it is there again, else from the code.
    ///
    /// # Errors
    /// No such folder, no key and no code, a wrong code, somebody else's data.
    pub async fn import_set_aside(
        &self,
        name: &str,
        code: Option<RecoveryCode>,
    ) -> Result<Unsent, ClientError> {
        let (profile, name) = (Arc::clone(&self.0.profile), name.to_owned());
        let (aside, found) = blocking(move || {
            let known = list(profile.folder())?
                .into_iter()
                .any(|(known, ..)| known == name);
            let aside = profile.folder().join(&name);
            let vault = VaultFile::read(&aside)?.filter(|_| known);
            let vault = vault.ok_or(VaultError::NothingAside(name))?;
            let kept = profile.keyring().get(&vault.entry()).ok().flatten();
            let key = kept
                .and_then(|bytes| Key::from_bytes(&bytes))
                .filter(|key| vault.is_of(key));
            let key = match (key, code) {
                (Some(key), _) => key,
                (None, Some(code)) => vault.unwrap(&code)?,
                (None, None) => {
                    let why = "the keyring does not hold it.".to_owned();
                    return Err(VaultError::Locked(why).into());
                }
            };
            let found = unsent_in(&aside, &key);
            Ok((aside, found))
        })
        .await?;
        let counted = count(&found.kept);
        self.write_and_push(move |tx| {
            if let (Some(row), Some(theirs)) = (views::account(tx)?, &found.kept.header.account)
                && row.account.user_id.0 != theirs.user_id
            {
                return Err(ClientError::OtherAccount {
                    name: theirs.name.clone(),
                    relay: theirs.relay.clone(),
                });
            }
            rebuild::add(tx, found)
        })
        .await?;
        blocking(move || write_private(&aside.join(IMPORTED), b"")).await?;
        Ok(counted)
    }
}

/// Two texts in one place: nobody's words are lost.
pub(crate) fn both(here: Option<&str>, draft: KeptDraft) -> Option<KeptDraft> {
    match here {
        None => Some(draft),
        Some(here) if here.contains(&draft.text) => None,
        Some(here) => Some(KeptDraft {
            text: format!("{here}\n\n{}", draft.text),
            ..draft
        }),
    }
}
