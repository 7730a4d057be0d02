//! Where backups are: a folder of files whose names say when they were made; whole ones only.
//!
//! Invariant: nothing is removed but files that have the name of a backup, and only once a newer one is there.

use super::BackupError;
use crate::clock;
use crate::cluster::is_root;
use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the names of regular backups begin with, and all names end with.
const BEGIN: &str = "amend-";
const END: &str = ".backup";

/// A file that has not got its name for so long never will.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// The name of a backup that was made at a time (20261124T161201Z).
#[must_use]
pub fn name(made: &str) -> String {
    format!("{BEGIN}{made}{END}")
}

/// The name of a backup that was made before the database was migrated from a version.
#[must_use]
pub fn name_before(version: i32, made: &str) -> String {
    format!("before-migration-of-{version}-{made}{END}")
}

/// A file that gets its name when it is whole. Readable by its owner alone: it holds everything, password hashes too.
pub(super) struct Unfinished {
    path: PathBuf,
    done: bool,
}

impl Unfinished {
    /// In a folder, which is made if there is none.
    pub(super) fn create(folder: &Path) -> Result<(Self, BufWriter<File>), BackupError> {
        let fresh = !folder.is_dir();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| BackupError::file(folder, error))?;
        if let Some(parent) = folder.parent().filter(|_| fresh) {
            give(folder, parent);
        }
        remove_abandoned(folder);
        let unique = uuid::Uuid::now_v7().simple();
        let path = folder.join(format!(".{unique}.part"));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| BackupError::file(&path, error))?;
        give(&path, folder);
        Ok((Self { path, done: false }, BufWriter::new(file)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name. The name is on the disk too when this returns.
    pub(super) fn name(mut self, path: &Path) -> Result<(), BackupError> {
        let wrong = |error| BackupError::file(path, error);
        std::fs::rename(&self.path, path).map_err(wrong)?;
        self.done = true;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(wrong)?;
        folder.sync_all().map_err(wrong)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What root makes in a service's folder is that service's: it must get at it too. Where that can't be done, root's own it stays.
fn give(path: &Path, like: &Path) {
    if let Ok(owner) = std::fs::metadata(like)
        && is_root()
        && owner.uid() != 0
    {
        let _ = chown(path, Some(owner.uid()), Some(owner.gid()));
    }
}

/// What a killed backup left behind goes a day later: until then it may be another one that is being written.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let ours = named(&path)
            .and_then(|name| name.strip_prefix('.')?.strip_suffix(".part"))
            .is_some_and(|id| id.parse::<uuid::Uuid>().is_ok());
        let written = entry.metadata().and_then(|data| data.modified());
        if ours && written.is_ok_and(|at| age(at) > ABANDONED) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// How long ago that was.
#[must_use]
pub fn age(at: SystemTime) -> Duration {
    let since_1970 = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_millis(u64::try_from(clock::now().0).unwrap_or(0));
    now.saturating_sub(since_1970)
}

/// Removes all regular backups of a folder but the newest `keep`; returns which.
///
/// # Errors
/// A folder or file that can't be used.
pub fn rotate(folder: &Path, keep: usize) -> Result<Vec<PathBuf>, BackupError> {
    let mut regular: Vec<PathBuf> = backups(folder)?
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| named(path).is_some_and(|name| name.starts_with(BEGIN)))
        .collect();
    // Their names are in the order of time.
    regular.sort();
    regular.truncate(regular.len().saturating_sub(keep));
    for path in &regular {
        std::fs::remove_file(path).map_err(|error| BackupError::file(path, error))?;
    }
    Ok(regular)
}

/// When the newest backup of a folder was written; `None` without one.
///
/// # Errors
/// A folder that can't be read.
pub fn newest(folder: &Path) -> Result<Option<(PathBuf, SystemTime)>, BackupError> {
    if !folder.exists() {
        return Ok(None);
    }
    Ok(backups(folder)?.into_iter().max_by_key(|(_, at)| *at))
}

fn backups(folder: &Path) -> Result<Vec<(PathBuf, SystemTime)>, BackupError> {
    let wrong = |error| BackupError::file(folder, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let written = entry.metadata().and_then(|data| data.modified());
        if named(&entry.path()).is_some_and(|name| name.ends_with(END)) {
            found.push((entry.path(), written.map_err(wrong)?));
        }
    }
    Ok(found)
}

fn named(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_regular_backups_go() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            name("20261120T000000Z"),
            name("20261121T000000Z"),
            name("20261122T000000Z"),
            name_before(6, "20261101T000000Z"),
            "amend-notes.txt".to_owned(),
        ];
        for name in &names {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let gone = rotate(folder.path(), 2).unwrap();
        assert_eq!(gone, [folder.path().join(&names[0])]);
        for name in &names[1..] {
            assert!(folder.path().join(name).exists(), "{name}");
        }
        assert!(rotate(folder.path(), 2).unwrap().is_empty());
    }

    #[test]
    fn what_a_killed_backup_left_behind_goes_in_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let left = |days: u64, name: &str| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            let hour_more = Duration::from_secs(days * 86_400 + 3600);
            file.set_modified(UNIX_EPOCH + age(UNIX_EPOCH) - hour_more)
                .unwrap();
            path
        };
        let part = || format!(".{}.part", uuid::Uuid::now_v7().simple());
        let (old, young) = (left(1, &part()), left(0, &part()));
        let mine = left(9, ".mine.part");
        let _ = Unfinished::create(folder.path()).unwrap();
        assert_eq!(
            (old.exists(), young.exists(), mine.exists()),
            (false, true, true)
        );
    }

    #[test]
    fn what_root_makes_in_a_services_folder_is_the_services() {
        let data = tempfile::tempdir().unwrap();
        if is_root() {
            chown(data.path(), Some(1234), Some(1234)).unwrap();
        }
        let service = std::fs::metadata(data.path()).unwrap().uid();
        let folder = data.path().join("backups");
        let (unfinished, _) = Unfinished::create(&folder).unwrap();
        for path in [folder.as_path(), unfinished.path()] {
            assert_eq!(std::fs::metadata(path).unwrap().uid(), service, "{path:?}");
        }
    }

    #[test]
    fn what_was_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (unfinished, _) = Unfinished::create(folder.path()).unwrap();
        assert!(unfinished.path().exists());
        drop(unfinished);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
