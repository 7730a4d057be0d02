//! The profiles of this machine: one folder each, below one home; which of them a screen shows; and what the person calls them.
//!
//! Invariants: the list is what is on the disk, there is no second one to disagree with it; a name that is handed out is free.

use crate::profile::{self, Profile};
use crate::vault::Keyring;
use crate::{ClientError, wipe};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Names the selected one, in the home.
const SELECTED: &str = "selected";

/// The profile of whoever never chose one.
pub const DEFAULT: &str = "default";

/// What a profile's folder says of itself, beside its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Its entries in the keyring are told apart by this; made when it is first needed.
    pub id: Option<uuid::Uuid>,
    /// What the person calls it.
    pub label: Option<String>,
    /// The session's token is in the keyring, under the id.
    pub token_in_keyring: bool,
}

impl About {
    fn path(folder: &Path) -> PathBuf {
        folder.join("profile.json")
    }

    /// Reads it; a file that is none says nothing.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        std::fs::read(Self::path(folder))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes it.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn write(&self, folder: &Path) -> Result<(), ClientError> {
        let bytes =
            serde_json::to_vec_pretty(self).map_err(|e| ClientError::Stored(e.to_string()))?;
        profile::write_private(&Self::path(folder), &bytes)
    }
}

/// The profiles that there are, by name; the default one first.
///
/// # Errors
/// No home, an unreadable one.
pub fn list() -> Result<Vec<String>, ClientError> {
    list_in(&profile::home()?)
}

fn list_in(home: &Path) -> Result<Vec<String>, ClientError> {
    let entries = match std::fs::read_dir(home) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ClientError::file(home, error)),
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| is_profile(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| profile::folder(name).is_ok())
        .collect();
    names.sort_by_key(|name| (name != DEFAULT, name.clone()));
    Ok(names)
}

/// A folder that holds somebody's data; of a wiped one nothing but the lock is left.
fn is_profile(folder: &Path) -> bool {
    ["amend.db", "profile.json", "vault.json"]
        .iter()
        .any(|name| folder.join(name).is_file())
}

/// Finishes the wipings that a crash broke off.
pub async fn finish_wipes() {
    for name in list().unwrap_or_default() {
        let Ok(folder) = profile::folder(&name) else {
            continue;
        };
        if wipe::is_half_done(&folder)
            && let Err(error) = wipe::wipe(&folder, Keyring::from_env()).await
        {
            tracing::error!(
                code = error.code(),
                "a profile could not be wiped to the end"
            );
        }
    }
}

/// The one that a screen shows: the one shown last, if it is still there, else the first.
///
/// # Errors
/// As [`list`].
pub fn selected() -> Result<String, ClientError> {
    let names = list()?;
    let kept = std::fs::read_to_string(profile::home()?.join(SELECTED)).unwrap_or_default();
    let kept = kept.trim();
    Ok(names
        .iter()
        .find(|name| *name == kept)
        .or(names.first())
        .cloned()
        .unwrap_or_else(|| DEFAULT.to_owned()))
}

/// Shows this one at the next start too.
///
/// # Errors
/// A name that is none, an unwritable home.
pub fn select(name: &str) -> Result<(), ClientError> {
    profile::folder(name)?;
    let home = profile::home()?;
    profile::make_private_folder(&home)?;
    profile::write_private(&home.join(SELECTED), name.as_bytes())
}

/// A name for one more.
///
/// # Errors
/// As [`list`].
pub fn free_name() -> Result<String, ClientError> {
    let names = list()?;
    if names.is_empty() {
        return Ok(DEFAULT.to_owned());
    }
    let mut number = 2_u32;
    loop {
        let name = format!("account-{number}");
        // Also not the name of a folder that is something else.
        if !names.contains(&name) && !profile::folder(&name)?.exists() {
            return Ok(name);
        }
        number += 1;
    }
}

/// Calls a profile something; an empty word takes the name away again.
///
/// # Errors
/// An unwritable folder.
pub fn rename(folder: &Path, label: &str) -> Result<(), ClientError> {
    let label = label.trim();
    let mut about = About::read(folder);
    about.label = Some(label.chars().take(60).collect::<String>()).filter(|text| !text.is_empty());
    about.write(folder)
}

impl Profile {
    /// The id that tells this profile's secrets apart from others'.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn id(&self) -> Result<uuid::Uuid, ClientError> {
        let mut about = About::read(self.folder());
        if let Some(id) = about.id {
            return Ok(id);
        }
        let id = crate::clock::profile_id();
        about.id = Some(id);
        about.write(self.folder())?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_disk_is_the_list() {
        let home = tempfile::tempdir().unwrap();
        assert!(list_in(&home.path().join("none")).unwrap().is_empty());
        for (name, file) in [
            ("work", "vault.json"),
            ("default", "amend.db"),
            ("home", "profile.json"),
            ("pictures", "cat.jpg"),
            ("wiped", "profile.lock"),
            ("-odd", "amend.db"),
        ] {
            let folder = home.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(file), b"").unwrap();
        }
        std::fs::write(home.path().join(SELECTED), b"work").unwrap();
        assert_eq!(list_in(home.path()).unwrap(), ["default", "home", "work"]);
    }

    #[test]
    fn a_label_is_kept_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        rename(folder.path(), "  Work ").unwrap();
        assert_eq!(About::read(folder.path()).label.as_deref(), Some("Work"));
        rename(folder.path(), " ").unwrap();
        assert_eq!(About::read(folder.path()).label, None);
    }
}
