//! A profile: one folder with one account's database, its token and a lock that keeps a second process out.
//!
//! Invariants: the token is readable by its owner only and never stands in the database or a log; the lock is the operating
//! system's, so it goes with the process however that ends.

use crate::ClientError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

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

/// A profile's folder, locked by this process.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
    _lock: File,
}

impl Profile {
    /// Makes the folder if there is none, and locks it.
    ///
    /// # Errors
    /// [`ClientError::ProfileInUse`], or an unusable folder.
    pub fn lock(folder: &Path) -> Result<Self, ClientError> {
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

    /// The session's token, if there is one.
    ///
    /// # Errors
    /// An unreadable file.
    pub fn token(&self) -> Result<Option<String>, ClientError> {
        let path = self.token_path();
        match std::fs::read_to_string(&path) {
            Ok(token) => Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ClientError::file(&path, error)),
        }
    }

    /// Keeps the session's token, for this user's eyes only.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn set_token(&self, token: &str) -> Result<(), ClientError> {
        write_private(&self.token_path(), token.as_bytes())
    }

    /// Forgets the session's token.
    ///
    /// # Errors
    /// An unwritable folder.
    pub fn forget_token(&self) -> Result<(), ClientError> {
        let path = self.token_path();
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(ClientError::file(&path, error)),
        }
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
