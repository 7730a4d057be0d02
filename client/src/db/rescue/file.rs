//! The rolling backup: two files, written in turn, one JSON value a line with its own crc, so that a damaged line costs that
//! line only and a power cut while writing costs nothing.
//!
//! Invariants: a file appears whole or not at all (written beside, synced, renamed); the one with the higher generation is
//! never the one that is overwritten; only the person can read them.

use super::{Header, Kept, KeptDraft, KeptOp, merge};
use crate::ClientError;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const NAMES: [&str; 2] = ["rescue-0.jsonl", "rescue-1.jsonl"];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Header),
    Op(KeptOp),
    Draft(KeptDraft),
}

/// What the two files hold; damage in them is passed over.
pub(crate) fn read(folder: &Path) -> Kept {
    let [mut first, mut second] = NAMES.map(|name| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        let kept = parse(&bytes);
        (kept.whole || bytes.is_empty(), kept)
    });
    // Of the later one alone if both are whole, as the earlier one may hold what has been sent since. A broken one may be
    // the later one, whatever its header says.
    let whole = first.0 && second.0;
    first.1.whole &= whole;
    second.1.whole &= whole;
    Kept {
        whole,
        ..merge(first.1, second.1)
    }
}

fn parse(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    let mut headers = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        match verified(line) {
            Some(Line::Header(header)) => {
                kept.header = header;
                headers += 1;
            }
            Some(Line::Op(op)) => kept.ops.push(op),
            Some(Line::Draft(draft)) => kept.drafts.push(draft),
            None => {}
        }
    }
    kept.whole = headers == 1 && kept.header.rows == kept.ops.len() + kept.drafts.len();
    kept
}

/// A line is eight hexadecimal digits of crc, a space, and the JSON that it is of.
fn verified(line: &[u8]) -> Option<Line> {
    let (crc, json) = line.split_at_checked(9)?;
    let crc = u32::from_str_radix(str::from_utf8(crc.strip_suffix(b" ")?).ok()?, 16).ok()?;
    if crc != crc32fast::hash(json) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// Writes the backup over the earlier of the two files.
///
/// # Errors
/// An unwritable folder, a full disk; both files are as they were then.
pub(crate) fn write(folder: &Path, kept: Kept) -> Result<(), ClientError> {
    let generation = |name| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        let kept = parse(&bytes);
        (kept.whole, kept.header.generation)
    };
    let [first, second] = NAMES.map(generation);
    let path = folder.join(if first <= second { NAMES[0] } else { NAMES[1] });
    let bytes = encode(kept)?;
    let write = || -> std::io::Result<()> {
        let fresh = path.with_extension("tmp");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        sync_folder(folder)
    };
    write().map_err(|error| ClientError::file(&path, error))
}

fn encode(kept: Kept) -> Result<Vec<u8>, ClientError> {
    let header = Header {
        rows: kept.ops.len() + kept.drafts.len(),
        ..kept.header
    };
    let lines = std::iter::once(Line::Header(header))
        .chain(kept.ops.into_iter().map(Line::Op))
        .chain(kept.drafts.into_iter().map(Line::Draft));
    let mut bytes = Vec::new();
    for line in lines {
        let json =
            serde_json::to_vec(&line).map_err(|error| ClientError::Stored(error.to_string()))?;
        bytes.extend_from_slice(format!("{:08x} ", crc32fast::hash(&json)).as_bytes());
        bytes.extend_from_slice(&json);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// A rename is on the disk when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// There while the database may hold more than its main file: from before the first write until all is checkpointed.
pub(crate) fn open_mark(path: &Path) -> PathBuf {
    path.with_extension("open")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn kept(generation: i64, texts: &[&str]) -> Kept {
        let draft = |(at, text): (usize, &&str)| KeptDraft {
            room_id: Uuid::from_u128(at as u128),
            message_id: None,
            base: None,
            text: (*text).to_owned(),
            changed_at: 1,
        };
        Kept {
            header: Header {
                generation,
                ..Header::default()
            },
            drafts: texts.iter().enumerate().map(draft).collect(),
            whole: true,
            ..Kept::default()
        }
    }

    fn texts(kept: &Kept) -> Vec<&str> {
        kept.drafts
            .iter()
            .map(|draft| draft.text.as_str())
            .collect()
    }

    #[test]
    fn the_later_file_is_read_and_the_earlier_one_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).is_empty());
        for (generation, text) in [(1, "a"), (2, "b"), (3, "c")] {
            write(folder.path(), kept(generation, &[text])).unwrap();
            let found = read(folder.path());
            assert_eq!((texts(&found), found.whole), (vec![text], true));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(NAMES[0]))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_power_cut_while_writing_costs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), kept(1, &["a"])).unwrap();
        std::fs::write(folder.path().join("rescue-1.tmp"), b"0badc0de {\"hea").unwrap();
        assert_eq!(texts(&read(folder.path())), ["a"]);
        // A file system that renames before it writes: half a line at the end of the newer file.
        let mut half = encode(kept(2, &["a", "b", "c"])).unwrap();
        half.truncate(half.len() - 10);
        std::fs::write(folder.path().join(NAMES[1]), &half).unwrap();
        let found = read(folder.path());
        assert_eq!((texts(&found), found.whole), (vec!["a", "b"], false));
        write(folder.path(), kept(3, &["a", "d"])).unwrap();
        assert_eq!(texts(&read(folder.path())), ["a", "d"]);
    }

    #[test]
    fn a_damaged_line_costs_that_line_only() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), kept(7, &["a", "b", "c"])).unwrap();
        let path = folder.path().join(NAMES[0]);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|four| four == b"\"b\",").unwrap() + 1;
        bytes[at] ^= 4;
        std::fs::write(&path, bytes).unwrap();
        let found = read(folder.path());
        assert_eq!((texts(&found), found.whole), (vec!["a", "c"], false));
    }
}
