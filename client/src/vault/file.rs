//! `vault.json`: that the profile is encrypted, its key wrapped by the recovery code, and how far turning it on or off has come.
//!
//! Invariants: there are two copies, written one after the other, and either is enough; nothing in them opens the database
//! without the recovery code.

use super::{Key, RecoveryCode, VaultError};
use crate::ClientError;
use crate::profile::{remove_file, sync_folder, write_private};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::path::Path;

const NAMES: [&str; 2] = ["vault.json", "vault-copy.json"];

/// See [`VaultFile::unconfirmed_key`].
const UNCONFIRMED: &str = "vault.key";

/// The version of the file.
const FORMAT: u32 = 1;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// The database is being encrypted, or was a moment ago.
    TurningOn,
    /// All is encrypted.
    On,
    /// The database is being decrypted, or was a moment ago.
    TurningOff,
}

/// What is in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VaultFile {
    format: u32,
    /// Of two copies that differ, the one that counts.
    revision: u64,
    pub(crate) state: State,
    /// Names the key's entry in the keyring.
    id: uuid::Uuid,
    /// Tells the key from another: [`Key::check`].
    check: String,
    /// The key, wrapped by the recovery code.
    wrapped: String,
    /// The person said that they wrote the code down.
    pub(crate) code_saved: bool,
}

impl VaultFile {
    pub(crate) fn new(state: State, key: &Key, code: &RecoveryCode) -> Result<Self, VaultError> {
        Ok(Self {
            format: FORMAT,
            revision: 0,
            state,
            id: crate::clock::profile_id(),
            check: key.check(),
            wrapped: STANDARD.encode(code.wrap(key)?),
            code_saved: false,
        })
    }

    /// Wraps the same key by another code; the earlier one opens nothing any more.
    pub(crate) fn renew(&mut self, key: &Key, code: &RecoveryCode) -> Result<(), VaultError> {
        self.wrapped = STANDARD.encode(code.wrap(key)?);
        self.code_saved = false;
        Ok(())
    }

    /// Under which the key is in the keyring.
    pub(crate) fn entry(&self) -> String {
        format!("database key {}", self.id)
    }

    /// Whether the key is this database's.
    pub(crate) fn is_of(&self, key: &Key) -> bool {
        self.check == key.check()
    }

    /// The key, by its code.
    ///
    /// # Errors
    /// [`VaultError::CodeWrong`].
    pub(crate) fn unwrap(&self, code: &RecoveryCode) -> Result<Key, VaultError> {
        let wrapped = STANDARD
            .decode(&self.wrapped)
            .map_err(|_| VaultError::CodeWrong)?;
        let key = code.unwrap(&wrapped).ok_or(VaultError::CodeWrong)?;
        if self.is_of(&key) {
            Ok(key)
        } else {
            Err(VaultError::CodeWrong)
        }
    }

    /// The copy that counts; `None` if there is none that can be read.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, ClientError> {
        let mut found: Option<Self> = None;
        for path in NAMES.map(|name| folder.join(name)) {
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(ClientError::file(&path, error)),
            };
            let Ok(read) = serde_json::from_slice::<Self>(&bytes) else {
                continue;
            };
            if read.format > FORMAT {
                return Err(VaultError::Newer(path).into());
            }
            if found
                .as_ref()
                .is_none_or(|known| known.revision < read.revision)
            {
                found = Some(read);
            }
        }
        Ok(found)
    }

    /// Writes both copies.
    pub(crate) fn write(&mut self, folder: &Path) -> Result<(), ClientError> {
        self.revision += 1;
        let bytes =
            serde_json::to_vec_pretty(self).map_err(|e| ClientError::Stored(e.to_string()))?;
        for name in NAMES {
            write_private(&folder.join(name), &bytes)?;
        }
        Ok(())
    }

    /// Removes both copies: the profile is not encrypted any more.
    pub(crate) fn remove(folder: &Path) -> Result<(), ClientError> {
        for name in NAMES {
            remove_file(&folder.join(name))?;
        }
        Self::confirmed(folder)?;
        sync_folder(folder).map_err(|error| ClientError::file(folder, error))
    }

    /// The key itself, while there is no keyring and nobody has confirmed yet to have the code: a crash before the code was
    /// shown must not cost everything.
    pub(crate) fn unconfirmed_key(&self, folder: &Path) -> Option<Key> {
        let key = Key::from_bytes(&std::fs::read(folder.join(UNCONFIRMED)).ok()?)?;
        self.is_of(&key).then_some(key)
    }

    /// Keeps it.
    pub(crate) fn keep_unconfirmed(folder: &Path, key: &Key) -> Result<(), ClientError> {
        write_private(&folder.join(UNCONFIRMED), key.bytes())
    }

    /// Somebody has the code, or the keyring the key.
    pub(crate) fn confirmed(folder: &Path) -> Result<(), ClientError> {
        remove_file(&folder.join(UNCONFIRMED))
    }

    /// The names of the files.
    pub(crate) fn names() -> [&'static str; 2] {
        NAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_copy_is_enough_and_the_later_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(VaultFile::read(folder.path()).unwrap(), None);
        let (key, code) = (Key::random().unwrap(), RecoveryCode::random().unwrap());
        let mut vault = VaultFile::new(State::TurningOn, &key, &code).unwrap();
        vault.write(folder.path()).unwrap();
        let earlier = std::fs::read(folder.path().join(NAMES[1])).unwrap();
        vault.state = State::On;
        vault.write(folder.path()).unwrap();
        // A power cut between the two.
        std::fs::write(folder.path().join(NAMES[1]), earlier).unwrap();
        assert_eq!(
            VaultFile::read(folder.path()).unwrap().unwrap().state,
            State::On
        );
        for name in NAMES {
            vault.write(folder.path()).unwrap();
            std::fs::write(folder.path().join(name), b"{ torn").unwrap();
            let read = VaultFile::read(folder.path()).unwrap().unwrap();
            assert_eq!(read.unwrap(&code).unwrap(), key);
        }
        VaultFile::remove(folder.path()).unwrap();
        assert_eq!(VaultFile::read(folder.path()).unwrap(), None);
    }

    #[test]
    fn a_renewed_code_puts_the_earlier_one_out_of_use() {
        let (key, first) = (Key::random().unwrap(), RecoveryCode::random().unwrap());
        let mut vault = VaultFile::new(State::On, &key, &first).unwrap();
        vault.code_saved = true;
        let second = RecoveryCode::random().unwrap();
        vault.renew(&key, &second).unwrap();
        assert!(!vault.code_saved);
        assert_eq!(vault.unwrap(&second).unwrap(), key);
        assert!(matches!(vault.unwrap(&first), Err(VaultError::CodeWrong)));
    }
}
