//! The files on this device's disk, each under its hash. Whoever wants to keep them otherwise (encrypted) changes this module and no other.
//!
//! Invariants: a file has its name only once it is whole, on the disk, and what its hash says; half a file is beside it, under another one;
//! everything is for this user's eyes only. Every call blocks.

use crate::ClientError;
use crate::profile::make_private_folder;
use model::BlobHash;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that are held at once while a file is copied.
const PIECE: usize = 64 * 1024;

/// The folder.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
}

/// An open file.
#[derive(Debug)]
pub struct Reader(File);

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl Files {
    /// Files in this folder, which is made when the first one comes.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn whole(&self, hash: BlobHash) -> PathBuf {
        self.folder.join("whole").join(hash.to_string())
    }

    fn half(&self, hash: BlobHash) -> PathBuf {
        self.folder.join("half").join(hash.to_string())
    }

    fn small(&self, hash: BlobHash) -> PathBuf {
        self.folder.join("small").join(hash.to_string())
    }

    /// Takes a copy of what is read, at most `max` bytes of it; its hash and length. The same content is kept once.
    ///
    /// # Errors
    /// A source that can't be read, a full disk, more than `max` bytes.
    pub fn import(
        &self,
        mut source: impl Read,
        name: &str,
        max: u64,
    ) -> Result<(BlobHash, u64), ClientError> {
        let path = self
            .folder
            .join("half")
            .join(format!("new-{}", uuid::Uuid::now_v7()));
        let copied = self.copy(&mut source, &path, name, max);
        match copied {
            Ok((hash, bytes)) => {
                self.keep(&path, hash)?;
                Ok((hash, bytes))
            }
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        }
    }

    fn copy(
        &self,
        source: &mut impl Read,
        path: &Path,
        name: &str,
        max: u64,
    ) -> Result<(BlobHash, u64), ClientError> {
        let failed = |error| ClientError::file(path, error);
        let mut target = self.create(path)?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0_u64);
        let mut piece = vec![0; PIECE];
        loop {
            let read = match source.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(ClientError::file(Path::new(name), error)),
            };
            bytes += read as u64;
            if bytes > max {
                return Err(ClientError::FileTooLarge {
                    name: name.to_owned(),
                    bytes,
                    max,
                });
            }
            let part = piece.get(..read).unwrap_or_default();
            hasher.update(part);
            target.write_all(part).map_err(failed)?;
        }
        target.sync_all().map_err(failed)?;
        Ok((BlobHash(hasher.finalize().into()), bytes))
    }

    fn create(&self, path: &Path) -> Result<File, ClientError> {
        if let Some(folder) = path.parent() {
            make_private_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(path)
            .map_err(|error| ClientError::file(path, error))
    }

    /// Gives a whole file its name.
    fn keep(&self, from: &Path, hash: BlobHash) -> Result<(), ClientError> {
        let to = self.whole(hash);
        if let Some(folder) = to.parent() {
            make_private_folder(folder)?;
        }
        std::fs::rename(from, &to).map_err(|error| ClientError::file(&to, error))?;
        // The name too survives a power cut.
        #[cfg(unix)]
        if let Some(folder) = to.parent() {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|error| ClientError::file(folder, error))?;
        }
        Ok(())
    }

    /// The length of a whole file; `None`: it is not here.
    #[must_use]
    pub fn length(&self, hash: BlobHash) -> Option<u64> {
        let found = std::fs::metadata(self.whole(hash)).ok()?;
        found.is_file().then_some(found.len())
    }

    /// Opens a whole file.
    ///
    /// # Errors
    /// It is not here, or can't be read.
    pub fn open(&self, hash: BlobHash) -> Result<Reader, ClientError> {
        let path = self.whole(hash);
        let opened = File::open(&path).map(Reader);
        opened.map_err(|error| ClientError::file(&path, error))
    }

    /// A part of a whole file: fewer bytes than asked for only at its end.
    ///
    /// # Errors
    /// It is not here, or can't be read.
    pub fn read(&self, hash: BlobHash, from: u64, length: u64) -> Result<Vec<u8>, ClientError> {
        let failed = |error| ClientError::file(&self.whole(hash), error);
        let mut reader = self.open(hash)?;
        reader.seek(SeekFrom::Start(from)).map_err(failed)?;
        let mut part = Vec::new();
        reader.take(length).read_to_end(&mut part).map_err(failed)?;
        Ok(part)
    }

    /// How much of a file that is on its way is here.
    #[must_use]
    pub fn received(&self, hash: BlobHash) -> u64 {
        std::fs::metadata(self.half(hash)).map_or(0, |found| found.len())
    }

    /// Puts more of it behind what is here.
    ///
    /// # Errors
    /// A full disk.
    pub fn append(&self, hash: BlobHash, bytes: &[u8]) -> Result<(), ClientError> {
        let path = self.half(hash);
        let failed = |error| ClientError::file(&path, error);
        let mut file = self.create(&path)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        file.write_all(bytes).map_err(failed)
    }

    /// All of it is here: keeps it if it is what its hash says, else forgets it.
    ///
    /// # Errors
    /// [`ClientError::FileDamaged`], or the system's own.
    pub fn finish(&self, hash: BlobHash) -> Result<(), ClientError> {
        let path = self.half(hash);
        let failed = |error| ClientError::file(&path, error);
        // An empty file has had nothing to append.
        let mut file = self.create(&path)?;
        let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
        loop {
            let read = file.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            hasher.update(piece.get(..read).unwrap_or_default());
        }
        if BlobHash(hasher.finalize().into()) != hash {
            self.forget_half(hash);
            return Err(ClientError::FileDamaged);
        }
        file.sync_all().map_err(failed)?;
        self.keep(&path, hash)
    }

    /// Forgets what is here of a file that is on its way.
    pub fn forget_half(&self, hash: BlobHash) {
        let _ = std::fs::remove_file(self.half(hash));
    }

    /// Removes a file and its small image; one that is gone is fine.
    pub fn remove(&self, hash: BlobHash) {
        for path in [self.whole(hash), self.half(hash), self.small(hash)] {
            let _ = std::fs::remove_file(path);
        }
    }

    /// The small image that was made of a file.
    #[must_use]
    pub fn thumbnail(&self, hash: BlobHash) -> Option<Vec<u8>> {
        std::fs::read(self.small(hash)).ok()
    }

    /// Keeps a small image.
    ///
    /// # Errors
    /// A full disk.
    pub fn keep_thumbnail(&self, hash: BlobHash, image: &[u8]) -> Result<(), ClientError> {
        let path = self.small(hash);
        let fresh = path.with_extension("new");
        let mut file = self.create(&fresh)?;
        file.set_len(0)
            .and_then(|()| file.write_all(image))
            .and_then(|()| std::fs::rename(&fresh, &path))
            .map_err(|error| ClientError::file(&path, error))
    }

    /// Removes copies that were cut short by a kill: nobody knows their hash.
    pub fn remove_leftovers(&self) {
        let Ok(entries) = std::fs::read_dir(self.folder.join("half")) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with("new-") {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("blobs"));
        (folder, files)
    }

    #[test]
    fn the_same_content_is_kept_once() {
        let (_folder, files) = files();
        let one = files.import(&b"hello"[..], "a", 10).unwrap();
        let two = files.import(&b"hello"[..], "b", 10).unwrap();
        assert_eq!(one, two);
        assert_eq!(files.length(one.0), Some(5));
        assert_eq!(files.read(one.0, 1, 3).unwrap(), b"ell");
        let kept = std::fs::read_dir(files.folder.join("whole")).unwrap();
        assert_eq!(kept.count(), 1);
    }

    #[test]
    fn what_is_too_large_leaves_nothing_behind() {
        let (_folder, files) = files();
        let error = files.import(&b"hello"[..], "a", 4).unwrap_err();
        assert!(matches!(error, ClientError::FileTooLarge { .. }), "{error}");
        let left = std::fs::read_dir(files.folder.join("half")).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn half_a_file_becomes_a_whole_one_only_if_its_hash_is_right() {
        let (_folder, files) = files();
        let hash = BlobHash(Sha256::digest(b"hello").into());
        files.append(hash, b"hel").unwrap();
        assert_eq!((files.received(hash), files.length(hash)), (3, None));
        files.append(hash, b"lo").unwrap();
        files.finish(hash).unwrap();
        assert_eq!((files.received(hash), files.length(hash)), (0, Some(5)));

        let other = BlobHash([1; 32]);
        files.append(other, b"hello").unwrap();
        assert!(matches!(files.finish(other), Err(ClientError::FileDamaged)));
        assert_eq!((files.received(other), files.length(other)), (0, None));
    }
}
