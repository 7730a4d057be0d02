//! A profile: one folder with one account's database, its token and a lock that keeps a second process out.
//!
//! Invariants: the token is in the operating system's keyring, or where there is none, in a file that its owner alone can
//! read, and never stands in the database or a log; the lock is the operating
//! system's, so it goes with the process however that ends.

use crate::ClientError;
use crate::profiles::About;
use crate::vault::Keyring;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The folder of a profile: below `AMEND_HOME`, else below the platform's folder for data.
///
/// # Errors
/// A name that is none, or no home folder.
pub fn folder(name: &str) -> Result<PathBuf, ClientError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name.len() > 40 || !starts_well || !name.chars().all(plain) {
        return Err(ClientError::ProfileNameInvalid {
            name: name.to_owned(),
        });
    }
    Ok(home()?.join(name))
}

/// The folder of all profiles.
///
/// # Errors
/// No home folder.
pub fn home() -> Result<PathBuf, ClientError> {
    let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty());
    if let Some(home) = set("AMEND_HOME") {
        return Ok(PathBuf::from(home));
    }
    if cfg!(windows) {
        return set("APPDATA")
            .map(|path| PathBuf::from(path).join("amend"))
            .ok_or(ClientError::NoHome);
    }
    if let Some(data) = set("XDG_DATA_HOME") {
        return Ok(PathBuf::from(data).join("amend"));
    }
    let home = set("HOME").map(PathBuf::from).ok_or(ClientError::NoHome)?;
    let below = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/share"
    };
    Ok(home.join(below).join("amend"))
}

/// The session's token, and where it is.
#[derive(Clone)]
struct Token {
    text: Option<Zeroizing<String>>,
}

/// A profile's folder, locked by this process.
pub struct Profile {
    folder: PathBuf,
    keyring: Keyring,
    /// As it was read or written last; asking a keyring takes time.
    token: Mutex<Option<Token>>,
    _lock: File,
}

impl Profile {
    /// Makes the folder if there is none, and locks it.
    ///
    /// # Errors
    /// [`ClientError::ProfileInUse`], or an unusable folder.
    pub fn lock(folder: &Path) -> Result<Self, ClientError> {
        Self::lock_with(folder, Keyring::from_env())
    }

    /// The same, with its secrets in this keyring.
    ///
    /// # Errors
    /// As [`Profile::lock`].
    pub fn lock_with(folder: &Path, keyring: Keyring) -> Result<Self, ClientError> {
        make_private_folder(folder)?;
        let path = folder.join("profile.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| ClientError::file(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                let owner = owner.trim();
                let known = !owner.is_empty() && owner.chars().all(|c| c.is_ascii_digit());
                let by = if known {
                    format!(" (process {owner})")
                } else {
                    String::new()
                };
                return Err(ClientError::ProfileInUse {
                    folder: folder.to_owned(),
                    by,
                });
            }
            Err(TryLockError::Error(error)) => return Err(ClientError::file(&path, error)),
        }
        // Only for the sentence that a second process shows; the lock itself is what counts.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = write!(file, "{}", std::process::id());
        Ok(Self {
            folder: folder.to_owned(),
            keyring,
            token: Mutex::default(),
            _lock: file,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the database is.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join("amend.db")
    }

    /// Where files of messages are.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.folder.join("blobs")
    }

    fn token_path(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Where secrets are kept.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The session's token, if there is one. It may wait for the keyring: not for an async thread.
    ///
    /// # Errors
    /// An unreadable file; a keyring that has it and can't be used.
    pub fn token(&self) -> Result<Option<String>, ClientError> {
        let mut known = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let token = match &*known {
            Some(token) => token.clone(),
            None => known.insert(self.read_token()?).clone(),
        };
        Ok(token.text.map(|text| text.to_string()))
    }

    /// From the keyring, or from the file that there is where there is no keyring; one from before moves into the keyring.
    fn read_token(&self) -> Result<Token, ClientError> {
        let about = About::read(&self.folder);
        if about.token_in_keyring {
            let kept = self.keyring.get(&self.token_entry()?)?;
            if let Some(text) = kept.and_then(|bytes| String::from_utf8(bytes).ok()) {
                self.remove_token_file()?;
                return Ok(Token {
                    text: Some(Zeroizing::new(text)),
                });
            }
        }
        let path = self.token_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(token) => Some(token.trim().to_owned()).filter(|token| !token.is_empty()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(ClientError::file(&path, error)),
        };
        match text {
            Some(text) => self.keep_token(&text),
            None => Ok(Token { text: None }),
        }
    }

    /// Keeps the session's token in the keyring, or where there is none, in a file for this user's eyes only.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn set_token(&self, token: &str) -> Result<(), ClientError> {
        let mut known = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(self.keep_token(token)?);
        Ok(())
    }

    fn keep_token(&self, text: &str) -> Result<Token, ClientError> {
        let in_keyring = match self.keyring.set(&self.token_entry()?, text.as_bytes()) {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(%error, "the session's token is kept in a file");
                write_private(&self.token_path(), text.as_bytes())?;
                false
            }
        };
        let mut about = About::read(&self.folder);
        if about.token_in_keyring != in_keyring {
            about.token_in_keyring = in_keyring;
            about.write(&self.folder)?;
        }
        if in_keyring {
            self.remove_token_file()?;
        }
        Ok(Token {
            text: Some(Zeroizing::new(text.to_owned())),
        })
    }

    /// Whether the token that was last read or written is in the keyring.
    pub(crate) fn token_in_keyring(&self) -> bool {
        About::read(&self.folder).token_in_keyring
    }

    /// Forgets the session's token.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn forget_token(&self) -> Result<(), ClientError> {
        let mut known = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        self.remove_token_file()?;
        let mut about = About::read(&self.folder);
        if about.token_in_keyring {
            if let Err(error) = self.keyring.forget(&self.token_entry()?) {
                // It stays there, and nobody asks for it any more; the relay ends the session.
                tracing::warn!(%error, "the session's token stays in the keyring");
            }
            about.token_in_keyring = false;
            about.write(&self.folder)?;
        }
        *known = Some(Token { text: None });
        Ok(())
    }

    /// The name of the token in the keyring.
    pub(crate) fn token_entry(&self) -> Result<String, ClientError> {
        Ok(format!("session token {}", self.id()?))
    }

    fn remove_token_file(&self) -> Result<(), ClientError> {
        remove_file(&self.token_path())
    }
}

/// Removes a file; that there is none is no error.
pub(crate) fn remove_file(path: &Path) -> Result<(), ClientError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ClientError::file(path, error)),
    }
}

/// Writes a file that only this user can read: whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    };
    write().map_err(|error| ClientError::file(path, error))
}

/// A rename is on the disk when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder that only its owner sees into, if there is none.
pub(crate) fn make_private_folder(folder: &Path) -> Result<(), ClientError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| ClientError::file(folder, error))
}
