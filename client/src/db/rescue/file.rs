//! The rolling backup: two files, written in turn, one JSON value a line with its own crc, so that a damaged line costs that
//! line only and a power cut while writing costs nothing.
//!
//! Invariants: a file appears whole or not at all (written beside, synced, renamed); the one with the higher generation is
//! never the one that is overwritten; only the person can read them.

use super::{Header, Kept, KeptDraft, KeptOp, merge};
use crate::ClientError;
use crate::profile::write_private;
use crate::vault::Key;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const NAMES: [&str; 2] = ["rescue-0.jsonl", "rescue-1.jsonl"];

/// Begins a line of an encrypted profile.
const SEALED: &[u8] = b"sealed ";

/// What a line is sealed as.
const WHAT: &[u8] = b"amend rescue line";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Header),
    Op(KeptOp),
    Draft(KeptDraft),
}

/// What the two files hold; damage in them is passed over.
pub(crate) fn read(folder: &Path, key: Option<&Key>) -> Kept {
    let [mut first, mut second] = NAMES.map(|name| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        let kept = parse(&bytes, key);
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

fn parse(bytes: &[u8], key: Option<&Key>) -> Kept {
    let mut kept = Kept::default();
    let mut headers = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        match verified(line, key) {
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

/// A line is eight hexadecimal digits of crc, a space, and the JSON that it is of; or, of an encrypted database, the same word
/// always, and the sealed JSON in base 64.
fn verified(line: &[u8], key: Option<&Key>) -> Option<Line> {
    if let Some(sealed) = line.strip_prefix(SEALED) {
        let json = key?.open(WHAT, &STANDARD.decode(sealed).ok()?)?;
        return serde_json::from_slice(&json).ok();
    }
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
pub(crate) fn write(folder: &Path, kept: Kept, key: Option<&Key>) -> Result<(), ClientError> {
    let generation = |name| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        let kept = parse(&bytes, key);
        (kept.whole, kept.header.generation)
    };
    let [first, second] = NAMES.map(generation);
    let path = folder.join(if first <= second { NAMES[0] } else { NAMES[1] });
    write_private(&path, &encode(kept, key)?)
}

/// Writes each of the two files again, for another key or for none, and removes what a power cut left of them.
///
/// # Errors
/// As [`write`]; each file is as it was or as it should be.
pub(crate) fn reseal(
    folder: &Path,
    from: Option<&Key>,
    to: Option<&Key>,
) -> Result<(), ClientError> {
    for name in NAMES {
        let path = folder.join(name);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(ClientError::file(&path, error)),
        };
        // One that is resealed already reads with the new key; what neither reads is damaged, and no use.
        let old = parse(&bytes, from);
        let new = parse(&bytes, to);
        let kept = if new.whole || old.is_empty() {
            new
        } else {
            old
        };
        write_private(&path, &encode(kept, to)?)?;
    }
    Ok(())
}

/// Whether the files can only be read with a key.
pub(crate) fn is_sealed(folder: &Path) -> bool {
    NAMES
        .iter()
        .any(|name| std::fs::read(folder.join(name)).is_ok_and(|bytes| bytes.starts_with(SEALED)))
}

fn encode(kept: Kept, key: Option<&Key>) -> Result<Vec<u8>, ClientError> {
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
        match key {
            Some(key) => {
                bytes.extend_from_slice(SEALED);
                bytes.extend_from_slice(STANDARD.encode(key.seal(WHAT, &json)?).as_bytes());
            }
            None => {
                bytes.extend_from_slice(format!("{:08x} ", crc32fast::hash(&json)).as_bytes());
                bytes.extend_from_slice(&json);
            }
        }
        bytes.push(b'\n');
    }
    Ok(bytes)
}

pub(crate) use crate::profile::sync_folder;

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
        assert!(read(folder.path(), None).is_empty());
        for (generation, text) in [(1, "a"), (2, "b"), (3, "c")] {
            write(folder.path(), kept(generation, &[text]), None).unwrap();
            let found = read(folder.path(), None);
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
        write(folder.path(), kept(1, &["a"]), None).unwrap();
        std::fs::write(folder.path().join("rescue-1.jsonl.new"), b"0badc0de {\"hea").unwrap();
        assert_eq!(texts(&read(folder.path(), None)), ["a"]);
        // A file system that renames before it writes: half a line at the end of the newer file.
        let mut half = encode(kept(2, &["a", "b", "c"]), None).unwrap();
        half.truncate(half.len() - 10);
        std::fs::write(folder.path().join(NAMES[1]), &half).unwrap();
        let found = read(folder.path(), None);
        assert_eq!((texts(&found), found.whole), (vec!["a", "b"], false));
        write(folder.path(), kept(3, &["a", "d"]), None).unwrap();
        assert_eq!(texts(&read(folder.path(), None)), ["a", "d"]);
    }

    #[test]
    fn a_damaged_line_costs_that_line_only() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), kept(7, &["a", "b", "c"]), None).unwrap();
        let path = folder.path().join(NAMES[0]);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|four| four == b"\"b\",").unwrap() + 1;
        bytes[at] ^= 4;
        std::fs::write(&path, bytes).unwrap();
        let found = read(folder.path(), None);
        assert_eq!((texts(&found), found.whole), (vec!["a", "c"], false));
    }

    #[test]
    fn with_a_key_no_word_is_readable_and_a_damaged_line_still_costs_that_line_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::random().unwrap();
        write(folder.path(), kept(7, &["alpha", "beta", "gamma"]), None).unwrap();
        reseal(folder.path(), None, Some(&key)).unwrap();
        reseal(folder.path(), None, Some(&key)).unwrap();
        let path = folder.path().join(NAMES[0]);
        let mut bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(5).any(|five| five == b"alpha"));
        let found = read(folder.path(), Some(&key));
        assert_eq!(
            (texts(&found), found.whole),
            (vec!["alpha", "beta", "gamma"], true)
        );
        assert!(read(folder.path(), None).is_empty());
        assert!(read(folder.path(), Some(&Key::random().unwrap())).is_empty());
        assert!(is_sealed(folder.path()));
        let third = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .nth(1)
            .unwrap()
            .0;
        bytes[third + 40] = if bytes[third + 40] == b'A' {
            b'B'
        } else {
            b'A'
        };
        std::fs::write(&path, &bytes).unwrap();
        let found = read(folder.path(), Some(&key));
        assert_eq!(
            (texts(&found), found.whole),
            (vec!["alpha", "gamma"], false)
        );
        reseal(folder.path(), Some(&key), None).unwrap();
        assert_eq!(texts(&read(folder.path(), None)), ["alpha", "gamma"]);
    }
}
