//! The files of an export: those of a folder, or of a zip archive that is read where it is.
//!
//! Invariants: nothing is unpacked to the disk; a name is only ever compared, or opened if the listing of the folder gave it; links in a
//! folder are not followed; what is read of a file ends where its size says.

use super::ReadError;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Files of one export: more are no export's.
const FILES_MAX: usize = 2_000_000;

/// The proportion to which exports (JSON in many small files) are packed at best, several times over.
const RATIO_MAX: u64 = 200;

/// What may be unpacked whatever the proportion.
const UNPACKED_FREE: u64 = 64 * 1024 * 1024;

/// How deep a folder is looked into: team/channel/day and a little more.
const DEPTH_MAX: usize = 6;

/// The files.
pub struct Tree {
    path: PathBuf,
    /// Name within the export, and how it is opened.
    files: BTreeMap<String, Entry>,
    zip: Option<zip::ZipArchive<BufReader<File>>>,
}

struct Entry {
    index: usize,
    path: PathBuf,
    bytes: u64,
}

/// Opens a file to be read.
///
/// # Errors
/// The system's own.
pub fn open_file(path: &Path) -> Result<File, ReadError> {
    File::open(path).map_err(|source| ReadError::File {
        path: path.to_owned(),
        source,
    })
}

/// Whether a file is a zip archive.
///
/// # Errors
/// The system's own.
pub fn is_zip(path: &Path) -> Result<bool, ReadError> {
    let mut magic = [0; 4];
    let mut file = open_file(path)?;
    Ok(file.read_exact(&mut magic).is_ok() && magic == *b"PK\x03\x04")
}

impl Tree {
    /// Lists a folder or an archive.
    ///
    /// # Errors
    /// The system's own, an archive that is none or that unpacks out of all proportion.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let mut tree = Self {
            path: path.to_owned(),
            files: BTreeMap::new(),
            zip: None,
        };
        if path.is_dir() {
            tree.list(path, "", 0)?;
        } else {
            tree.list_zip(path)?;
        }
        Ok(tree)
    }

    fn list(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), ReadError> {
        let failed = |source| ReadError::File {
            path: folder.to_owned(),
            source,
        };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let name = format!("{prefix}{name}");
            if kind.is_dir() && depth < DEPTH_MAX {
                self.list(&entry.path(), &format!("{name}/"), depth + 1)?;
            } else if kind.is_file() && self.files.len() < FILES_MAX {
                let bytes = entry.metadata().map_or(0, |data| data.len());
                let path = entry.path();
                let index = 0;
                self.files.insert(name, Entry { index, path, bytes });
            }
        }
        Ok(())
    }

    fn list_zip(&mut self, path: &Path) -> Result<(), ReadError> {
        let broken = |error: zip::result::ZipError| ReadError::Archive(error.to_string());
        let file = open_file(path)?;
        let packed = file.metadata().map_or(0, |data| data.len());
        let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(broken)?;
        if zip.len() > FILES_MAX {
            return Err(ReadError::Archive("it holds too many files".to_owned()));
        }
        let mut unpacked = 0_u64;
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(broken)?;
            if entry.is_dir() {
                continue;
            }
            unpacked = unpacked.saturating_add(entry.size());
            let Ok(name) = std::str::from_utf8(entry.name_raw()) else {
                continue;
            };
            let bytes = entry.size();
            let path = PathBuf::new();
            self.files
                .insert(name.to_owned(), Entry { index, path, bytes });
        }
        if unpacked > UNPACKED_FREE.saturating_add(packed.saturating_mul(RATIO_MAX)) {
            return Err(ReadError::Bomb { unpacked, packed });
        }
        self.zip = Some(zip);
        Ok(())
    }

    /// The names of all files, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is a file of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Bytes of a file.
    #[must_use]
    pub fn bytes_of(&self, name: &str) -> u64 {
        self.files.get(name).map_or(0, |entry| entry.bytes)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|entry| entry.bytes).sum()
    }

    /// Opens a file; `None`: there is none of this name.
    ///
    /// # Errors
    /// The system's own, an archive that is damaged here.
    pub fn file(&mut self, name: &str) -> Result<Option<Box<dyn Read + '_>>, ReadError> {
        let Some(entry) = self.files.get(name) else {
            return Ok(None);
        };
        let bytes = entry.bytes;
        let read: Box<dyn Read> = match &mut self.zip {
            None => Box::new(open_file(&entry.path)?),
            Some(zip) => Box::new(
                zip.by_index(entry.index)
                    .map_err(|error| ReadError::Archive(error.to_string()))?,
            ),
        };
        Ok(Some(Box::new(BufReader::new(read.take(bytes)))))
    }

    /// The archive or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
