//! `ui/dist` on disk: writing only what changed, and telling whether it is still fresh.
//!
//! The stamp is kept in the target folder, as everything in `ui/dist` is embedded into the desktop
//! program. It also holds what the files look like, so that a `ui/dist` written by somebody else
//! (Trunk, a build into another target folder) is not taken for ours.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Files to be in `ui/dist`, by path below it.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    /// All files below a folder.
    pub(super) fn below(folder: &Path) -> Result<Self> {
        let mut files = Self::default();
        walk(folder, &mut |path, bytes| {
            files.0.insert(path.to_owned(), bytes.to_vec());
        })?;
        Ok(files)
    }

    /// One more.
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.into(), bytes);
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Makes the folder hold exactly these; returns how many files were written or removed.
    pub(super) fn write(&self, folder: &Path) -> Result<usize> {
        let mut changed = 0;
        let mut stale = Vec::new();
        if folder.exists() {
            walk(folder, &mut |path, _| {
                if !self.0.contains_key(path) {
                    stale.push(folder.join(path));
                }
            })?;
        }
        for file in stale {
            std::fs::remove_file(&file)
                .with_context(|| format!("cannot remove {}", file.display()))?;
            changed += 1;
        }
        for (path, bytes) in &self.0 {
            let file = folder.join(path);
            if std::fs::read(&file).is_ok_and(|there| there == *bytes) {
                continue;
            }
            let parent = file.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&file, bytes))
                .with_context(|| format!("cannot write {}", file.display()))?;
            changed += 1;
        }
        Ok(changed)
    }
}

/// Whether the folder is what [`stamp`] saw, made of the same inputs.
pub(super) fn is_fresh(stamp: &Path, inputs: u64, folder: &Path) -> bool {
    std::fs::read_to_string(stamp)
        .is_ok_and(|then| looks(inputs, folder).is_ok_and(|now| now == then))
}

/// Remembers what the folder looks like and what it was made of.
pub(super) fn stamp(stamp: &Path, inputs: u64, folder: &Path) -> Result<()> {
    let text = looks(inputs, folder)?;
    let parent = stamp.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(stamp, text))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

fn looks(inputs: u64, folder: &Path) -> Result<String> {
    use std::hash::{DefaultHasher, Hasher};
    let mut text = format!("inputs {inputs:016x}\n");
    walk(folder, &mut |path, bytes| {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        writeln!(text, "{} {:016x}", path.display(), hasher.finish()).ok();
    })?;
    Ok(text)
}

/// Calls `see` with path and content of every file below a folder, in a fixed order. What is made
/// there (`dist`, `target`) and hidden files are left out.
pub(super) fn walk(folder: &Path, see: &mut dyn FnMut(&Path, &[u8])) -> Result<()> {
    walk_below(folder, Path::new(""), see)
        .with_context(|| format!("cannot read the files in {}", folder.display()))
}

fn walk_below(base: &Path, below: &Path, see: &mut dyn FnMut(&Path, &[u8])) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(base.join(below))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        if hidden || name == OsStr::new("dist") || name == OsStr::new("target") {
            continue;
        }
        let path = below.join(&name);
        if entry.file_type()?.is_dir() {
            walk_below(base, &path, see)?;
        } else {
            see(&path, &std::fs::read(base.join(&path))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::TempDir;

    #[test]
    fn only_changed_files_are_written_and_strangers_go() {
        let temp = TempDir::new("dist-test").expect("a folder");
        let folder = temp.path().join("out");
        let mut files = Files::default();
        files.add("index.html", b"<p>".to_vec());
        files.add("fonts/a.woff2", b"font".to_vec());
        assert_eq!(files.write(&folder).expect("written"), 2);
        assert_eq!(files.write(&folder).expect("nothing to write"), 0);

        let stamp_file = temp.path().join("stamp");
        stamp(&stamp_file, 7, &folder).expect("stamped");
        assert!(is_fresh(&stamp_file, 7, &folder));
        assert!(!is_fresh(&stamp_file, 8, &folder), "other inputs");

        std::fs::write(folder.join("old.js"), "old").expect("written");
        assert!(!is_fresh(&stamp_file, 7, &folder), "somebody wrote there");
        files.add("index.html", b"<p>new".to_vec());
        assert_eq!(files.write(&folder).expect("one written, one removed"), 2);
        assert!(!folder.join("old.js").exists());
    }
}
