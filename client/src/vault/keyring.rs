//! The operating system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! Invariants: asking never blocks for ever (a keyring may wait for a person to unlock it, or be stuck) and never on a thread
//! of the async runtime; "there is no such entry" and "there is no keyring to ask" are told apart.

use super::VaultError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Under which all entries are filed.
const SERVICE: &str = "amend";

/// How long a keyring may take: a person may have to type its password.
const PATIENCE: Duration = Duration::from_secs(45);

/// `AMEND_KEYRING=none`: for machines without one, and for tests.
const VARIABLE: &str = "AMEND_KEYRING";

/// Where secrets are kept.
#[derive(Clone, Debug)]
pub enum Keyring {
    /// The operating system's.
    System,
    /// Nowhere: every call says so.
    None,
    /// In memory, for tests; shared by its clones.
    Memory(Arc<Mutex<HashMap<String, Vec<u8>>>>),
}

impl Keyring {
    /// The system's, unless the environment says that there is none.
    #[must_use]
    pub fn from_env() -> Self {
        match std::env::var(VARIABLE) {
            Ok(word) if word.eq_ignore_ascii_case("none") => Self::None,
            _ => Self::System,
        }
    }

    /// An empty one in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// The entry; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`VaultError::NoKeyring`].
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        match self {
            Self::System => {
                let name = name.to_owned();
                ask(
                    move || match keyring::v1::Entry::new(SERVICE, &name)?.get_secret() {
                        Ok(secret) => Ok(Some(secret)),
                        Err(keyring::v1::Error::NoEntry) => Ok(None),
                        Err(error) => Err(error),
                    },
                )
            }
            Self::None => Err(none()),
            Self::Memory(entries) => Ok(lock(entries).get(name).cloned()),
        }
    }

    /// Keeps an entry, and looks that it is really there.
    ///
    /// # Errors
    /// As [`Keyring::get`].
    pub fn set(&self, name: &str, secret: &[u8]) -> Result<(), VaultError> {
        match self {
            Self::System => {
                let (name, secret) = (name.to_owned(), zeroize::Zeroizing::new(secret.to_vec()));
                let kept = ask(move || {
                    let entry = keyring::v1::Entry::new(SERVICE, &name)?;
                    entry.set_secret(&secret)?;
                    Ok(entry.get_secret()? == *secret)
                })?;
                if kept {
                    Ok(())
                } else {
                    Err(VaultError::NoKeyring(
                        "it did not keep what it was given".to_owned(),
                    ))
                }
            }
            Self::None => Err(none()),
            Self::Memory(entries) => {
                lock(entries).insert(name.to_owned(), secret.to_vec());
                Ok(())
            }
        }
    }

    /// Forgets an entry; that there is none is no error.
    ///
    /// # Errors
    /// As [`Keyring::get`].
    pub fn forget(&self, name: &str) -> Result<(), VaultError> {
        match self {
            Self::System => {
                let name = name.to_owned();
                ask(
                    move || match keyring::v1::Entry::new(SERVICE, &name)?.delete_credential() {
                        Ok(()) | Err(keyring::v1::Error::NoEntry) => Ok(()),
                        Err(error) => Err(error),
                    },
                )
            }
            Self::None => Err(none()),
            Self::Memory(entries) => {
                lock(entries).remove(name);
                Ok(())
            }
        }
    }
}

fn none() -> VaultError {
    VaultError::NoKeyring(format!("{VARIABLE}=none turns it off"))
}

fn lock(
    entries: &Mutex<HashMap<String, Vec<u8>>>,
) -> std::sync::MutexGuard<'_, HashMap<String, Vec<u8>>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On a thread of its own: the D-Bus library brings its own way of waiting.
fn ask<T: Send + 'static>(
    act: impl FnOnce() -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, VaultError> {
    let (reply, answer) = mpsc::channel();
    let asked = std::thread::Builder::new()
        .name("amend-keyring".to_owned())
        .spawn(move || {
            let _ = reply.send(act());
        });
    asked.map_err(|error| VaultError::NoKeyring(error.to_string()))?;
    match answer.recv_timeout(PATIENCE) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(VaultError::NoKeyring(why(&error))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(VaultError::NoKeyring(format!(
            "it did not answer within {} seconds",
            PATIENCE.as_secs()
        ))),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(VaultError::NoKeyring("asking it failed".to_owned()))
        }
    }
}

/// The innermost reason, which is the one that helps.
fn why(error: &keyring::v1::Error) -> String {
    if let keyring::v1::Error::NoDefaultStore = error {
        return match keyring::v1::Entry::store_status() {
            Err(reason) => innermost(reason),
            Ok(()) => error.to_string(),
        };
    }
    innermost(error)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        said = inner.to_string();
        next = inner.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_and_forgets_and_none_says_so() {
        let ring = Keyring::in_memory();
        assert_eq!(ring.get("a").unwrap(), None);
        ring.set("a", b"x").unwrap();
        assert_eq!(ring.clone().get("a").unwrap().as_deref(), Some(&b"x"[..]));
        ring.forget("a").unwrap();
        ring.forget("a").unwrap();
        assert_eq!(ring.get("a").unwrap(), None);
        for said in [
            Keyring::None.get("a").map(|_| ()),
            Keyring::None.set("a", b"x"),
            Keyring::None.forget("a"),
        ] {
            assert!(matches!(said, Err(VaultError::NoKeyring(_))));
        }
    }
}
