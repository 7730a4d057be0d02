//! Reads all of a backup, checks every checksum and counts the rows.

use super::BackupError;
use super::format::{Header, Reader};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a whole backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is of.
    pub header: Header,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Its length.
    pub bytes: u64,
}

/// Checks a file; `progress` hears how far it is.
///
/// # Errors
/// [`BackupError`]: no backup, a newer one, a damaged one, a cut one.
pub fn verify(path: &Path, progress: impl FnMut(u64)) -> Result<Found, BackupError> {
    let file = File::open(path).map_err(|error| BackupError::file(path, error))?;
    read_all(file, progress)
}

/// Checks what can be read from anything.
///
/// # Errors
/// As [`verify`].
pub fn read_all(from: impl Read, mut progress: impl FnMut(u64)) -> Result<Found, BackupError> {
    let (mut reader, header) = Reader::new(std::io::BufReader::new(from))?;
    while reader.read_block()?.is_some() {
        progress(reader.position());
    }
    Ok(Found {
        header,
        rows: reader.counted().clone(),
        bytes: reader.position(),
    })
}
