//! Files beside the database that hold words too: the rolling backup, copies made before a migration, databases that were
//! damaged and set aside. When encryption is turned on they are sealed, and when it is turned off unsealed.
//!
//! Invariant: a file is there sealed or unsealed at each moment, whole; the plain one goes only after the sealed one is on the
//! disk.

use super::{Key, VaultError};
use crate::ClientError;
use crate::db::rescue;
use crate::profile::sync_folder;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Begins a sealed file.
const MAGIC: &[u8] = b"AMEND SEALED 1\n";

/// Of the plain file; each piece is sealed for itself, so that a large file never has to be in memory.
const PIECE: usize = 1 << 20;

const SUFFIX: &str = ".sealed";

/// Seals all but the rolling backup, which is the writer's while a database is open.
pub(super) fn seal_copies(folder: &Path, key: &Key) -> Result<(), ClientError> {
    let _ = std::fs::remove_dir_all(folder.join("amend.salvage"));
    for path in others(folder)? {
        if !path.to_string_lossy().ends_with(SUFFIX) {
            let sealed = rescue::check::beside(&path, SUFFIX);
            seal_file(&path, &sealed, key)?;
            remove(&path)?;
        }
    }
    Ok(())
}

/// Unseals them. What is damaged stays sealed.
pub(super) fn unseal_copies(folder: &Path, key: &Key) -> Result<(), ClientError> {
    for path in others(folder)? {
        let name = path.to_string_lossy().into_owned();
        let Some(plain) = name.strip_suffix(SUFFIX) else {
            continue;
        };
        if unseal_file(&path, Path::new(plain), key)? {
            remove(&path)?;
        } else {
            tracing::warn!("a sealed file can't be read and stays as it is");
        }
    }
    Ok(())
}

/// The copies of whole databases: those from before a migration, and damaged ones.
fn others(folder: &Path) -> Result<Vec<PathBuf>, ClientError> {
    let list = |folder: &Path| -> Result<Vec<PathBuf>, ClientError> {
        let entries =
            std::fs::read_dir(folder).map_err(|error| ClientError::file(folder, error))?;
        Ok(entries.flatten().map(|entry| entry.path()).collect())
    };
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let mut found = Vec::new();
    for path in list(folder)? {
        let called = name(&path);
        let bare = called.strip_suffix(SUFFIX).unwrap_or(&called);
        if path.is_file() && bare.starts_with("amend.") && bare.ends_with(".backup") {
            found.push(path);
        } else if path.is_dir() && called.starts_with("damaged-") {
            found.extend(list(&path)?.into_iter().filter(|path| path.is_file()));
        }
    }
    Ok(found)
}

/// Writes a sealed copy of a file: whole or not at all.
///
/// # Errors
/// An unreadable or unwritable file, a full disk.
pub fn seal_file(from: &Path, to: &Path, key: &Key) -> Result<(), ClientError> {
    let mut input = BufReader::new(File::open(from).map_err(|e| ClientError::file(from, e))?);
    whole(to, |output| {
        output.write_all(MAGIC)?;
        let mut number = 0_u64;
        loop {
            let mut piece = Vec::new();
            (&mut input).take(PIECE as u64).read_to_end(&mut piece)?;
            let last = piece.len() < PIECE;
            let sealed = key
                .seal(&place(number, last), &piece)
                .map_err(std::io::Error::other)?;
            let len = u32::try_from(sealed.len()).map_err(std::io::Error::other)?;
            output.write_all(&len.to_le_bytes())?;
            output.write_all(&sealed)?;
            if last {
                return Ok(true);
            }
            number += 1;
        }
    })
    .map(|_| ())
}

/// Writes what a sealed file holds; `false` if it is damaged or was sealed with another key: then nothing is written.
///
/// # Errors
/// As [`seal_file`].
pub fn unseal_file(from: &Path, to: &Path, key: &Key) -> Result<bool, ClientError> {
    let mut input = BufReader::new(File::open(from).map_err(|e| ClientError::file(from, e))?);
    whole(to, |output| {
        let mut magic = [0; MAGIC.len()];
        if !fill(&mut input, &mut magic)? || magic != MAGIC {
            return Ok(false);
        }
        let mut number = 0;
        loop {
            let mut len = [0; 4];
            if !fill(&mut input, &mut len)? {
                return Ok(false);
            }
            let len = u32::from_le_bytes(len) as usize;
            if len > PIECE + 1024 {
                return Ok(false);
            }
            let mut sealed = vec![0; len];
            if !fill(&mut input, &mut sealed)? {
                return Ok(false);
            }
            if let Some(piece) = key.open(&place(number, false), &sealed) {
                output.write_all(&piece)?;
            } else if let Some(piece) = key.open(&place(number, true), &sealed) {
                output.write_all(&piece)?;
                return Ok(true);
            } else {
                return Ok(false);
            }
            number += 1;
        }
    })
}

/// A piece opens in its own place only, and the last one only as the last.
fn place(number: u64, last: bool) -> Vec<u8> {
    let mut what = b"amend file piece ".to_vec();
    what.extend_from_slice(&number.to_le_bytes());
    what.push(u8::from(last));
    what
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a file beside its place, and moves it there when it is whole.
fn whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<bool>,
) -> Result<bool, ClientError> {
    let fresh = rescue::check::beside(path, ".new");
    let all = || -> std::io::Result<bool> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut output = BufWriter::new(options.open(&fresh)?);
        if !write(&mut output)? {
            drop(output);
            std::fs::remove_file(&fresh)?;
            return Ok(false);
        }
        output
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&fresh, path)?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok(true)
    };
    all().map_err(|error| ClientError::file(path, error))
}

fn remove(path: &Path) -> Result<(), ClientError> {
    std::fs::remove_file(path).map_err(|error| ClientError::file(path, error))
}

impl From<VaultError> for std::io::Error {
    fn from(error: VaultError) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_comes_back_byte_for_byte_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        for len in [0, 5, PIECE - 1, PIECE, 2 * PIECE + 77] {
            let bytes: Vec<u8> = b"some words "[..]
                .iter()
                .copied()
                .cycle()
                .take(len)
                .collect();
            std::fs::write(at("plain"), &bytes).unwrap();
            seal_file(&at("plain"), &at("sealed"), &key).unwrap();
            let sealed = std::fs::read(at("sealed")).unwrap();
            assert!(!sealed.windows(5).any(|five| five == b"words"));
            assert!(unseal_file(&at("sealed"), &at("back"), &key).unwrap());
            assert_eq!(std::fs::read(at("back")).unwrap(), bytes, "{len}");
            std::fs::remove_file(at("back")).unwrap();
            assert!(!unseal_file(&at("sealed"), &at("back"), &other).unwrap());
            std::fs::write(at("cut"), &sealed[..sealed.len() - 1]).unwrap();
            assert!(!unseal_file(&at("cut"), &at("back"), &key).unwrap());
            if len == PIECE {
                // Without its last piece, which holds nothing.
                let first = MAGIC.len() + 4 + PIECE + 32;
                std::fs::write(at("cut"), &sealed[..first]).unwrap();
                assert!(!unseal_file(&at("cut"), &at("back"), &key).unwrap());
            }
            assert!(!at("back").exists());
        }
    }
}
