//! The encrypted profile: everything in its folder that holds words is unreadable without its key.
//!
//! - [`key`]: the key, and sealing what stands beside the database.
//! - [`code`]: the recovery code, which a person writes down.
//! - [`keyring`]: where the key and the session's token are kept.
//! - [`file`]: `vault.json`, which says that the profile is encrypted.
//! - [`side`]: files beside the database that hold words too.
//! - [`turn`]: turning encryption on and off.
//! - [`aside`]: an encrypted database whose key is lost, set aside and, when the code turns up, got back.
//!
//! Invariants: `vault.json` is there before the first encrypted byte and until after the last one, so an encrypted database is
//! never taken for a damaged one; without the key, nothing encrypted is changed or deleted; a crash at any step leaves a profile
//! that opens with all its rows, and what was left undone is done then.

mod aside;
mod code;
mod file;
mod key;
mod keyring;
mod side;
mod turn;

pub(crate) use aside::{both, entries};
pub use code::RecoveryCode;
pub use key::Key;
pub use keyring::Keyring;
pub use side::{seal_file, unseal_file};

pub use crate::db::cipher::Steps;

use crate::ClientError;
use crate::db::{cipher, rescue};
use crate::profile::Profile;
use file::{State, VaultFile};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a call about the vault failed.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The system gives no random bytes.
    #[error("The system gives no random numbers. Restart the computer and try again.")]
    NoRandomness,
    /// Not what a recovery code looks like.
    #[error(
        "That is no recovery code: it has 32 letters and digits, and these do not fit together. Compare it with what you wrote down, letter by letter."
    )]
    CodeMistyped,
    /// A code of another database, or one that was renewed.
    #[error(
        "This recovery code does not open this database. It may be another account's, or an earlier one that was renewed since."
    )]
    CodeWrong,
    /// There is no keyring, or it does not answer.
    #[error(
        "The system's keyring can't be used ({0}). Start or unlock it (on Linux: GNOME Keyring, KWallet or KeePassXC with Secret Service), then try again."
    )]
    NoKeyring(String),
    /// The key can't be had.
    #[error(
        "The messages on this device are encrypted, and their key can't be had: {0} Enter the recovery code to open them, or start fresh: what is encrypted is then set aside untouched."
    )]
    Locked(String),
    /// It is on, or on its way.
    #[error("The messages on this device are encrypted already.")]
    AlreadyOn,
    /// It is off.
    #[error("The messages on this device are not encrypted. There is nothing to do.")]
    NotOn,
    /// A later version's file.
    #[error("{path} was written by a newer Amend. Nothing was changed. Update Amend.", path = .0.display())]
    Newer(PathBuf),
    /// Nothing of this name was set aside.
    #[error(
        "There is no set-aside database \"{0}\" in this profile. List them with `amend profile list`."
    )]
    NothingAside(String),
}

impl VaultError {
    /// The error's name, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRandomness => "no_randomness",
            Self::CodeMistyped => "code_mistyped",
            Self::CodeWrong => "code_wrong",
            Self::NoKeyring(_) => "no_keyring",
            Self::Locked(_) => "locked",
            Self::AlreadyOn => "already_encrypted",
            Self::NotOn => "not_encrypted",
            Self::Newer(_) => "newer_database",
            Self::NothingAside(_) => "nothing_aside",
        }
    }
}

/// Finds the key of a profile, by the keyring or by the recovery code, and does what a crash left undone.
///
/// # Errors
/// [`VaultError::Locked`], a code that is none or a wrong one.
pub(crate) fn unlock(
    profile: &Profile,
    code: Option<&RecoveryCode>,
) -> Result<Option<Key>, ClientError> {
    let (folder, database) = (profile.folder(), profile.database());
    let plain = cipher::is_plain(&database)?;
    let Some(mut vault) = VaultFile::read(folder)? else {
        if plain != Some(true) && rescue::file::is_sealed(folder) {
            let why = format!("{} is gone.", folder.join(VaultFile::names()[0]).display());
            return Err(VaultError::Locked(why).into());
        }
        cipher::remove_fresh(&database)?;
        return Ok(None);
    };
    let keyring = profile.keyring();
    match (vault.state, plain) {
        // It had not begun yet, or had ended already: the database is the plain one.
        (State::TurningOn | State::TurningOff, Some(true)) => {
            turn::finish_off(folder, &vault, keyring)?;
            return Ok(None);
        }
        (State::On | State::TurningOn | State::TurningOff, _) => {}
    }
    let key = match vault.unconfirmed_key(folder) {
        Some(key) => key,
        None => find(&vault, keyring, code)?,
    };
    cipher::remove_fresh(&database)?;
    if vault.state != State::On {
        rescue::file::reseal(folder, None, Some(&key))?;
        turn::finish_on(folder, &mut vault, &key)?;
    }
    Ok(Some(key))
}

fn find(
    vault: &VaultFile,
    keyring: &Keyring,
    code: Option<&RecoveryCode>,
) -> Result<Key, ClientError> {
    let why = match keyring.get(&vault.entry()) {
        Ok(Some(bytes)) => match Key::from_bytes(&bytes).filter(|key| vault.is_of(key)) {
            Some(key) => return Ok(key),
            None => "the keyring holds another key under its name.".to_owned(),
        },
        Ok(None) => "the keyring does not hold it any more.".to_owned(),
        Err(VaultError::NoKeyring(why)) => format!("the keyring can't be used ({why})."),
        Err(other) => return Err(other.into()),
    };
    let Some(code) = code else {
        return Err(VaultError::Locked(why).into());
    };
    let key = vault.unwrap(code)?;
    if let Err(error) = keyring.set(&vault.entry(), key.bytes()) {
        tracing::warn!(%error, "the key is not in the keyring; the code is asked for again");
    }
    Ok(key)
}

/// Whether the profile in this folder is encrypted.
///
/// # Errors
/// An unreadable file.
pub fn is_encrypted(folder: &Path) -> Result<bool, ClientError> {
    Ok(VaultFile::read(folder)?.is_some())
}
