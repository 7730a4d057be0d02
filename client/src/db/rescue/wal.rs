//! Damage in a write-ahead log, as SQLite itself takes a frame that does not fit for the log's end and says nothing.
//!
//! A torn end is what a crash leaves of a transaction that was not committed, and is no damage. A frame of the same log after
//! one that does not fit is: transactions are written one after the other, each synced before the next begins.

use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Whether the log holds frames that were committed and can't be read any more. No log, or an empty one, holds none.
///
/// # Errors
/// An unreadable file.
pub(crate) fn is_damaged(path: &Path) -> std::io::Result<bool> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut input = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; HEADER];
    if !fill(&mut input, &mut header)? {
        return Ok(false);
    }
    let magic = word(&header, 0, true);
    let big_endian = magic & 1 == 1;
    let page = word(&header, 8, true) as usize;
    let mut sum = checksum(&header[..24], (0, 0), big_endian);
    let right = magic & !1 == 0x377f_0682
        && page.is_power_of_two()
        && (512..=65_536).contains(&page)
        && sum == (word(&header, 24, true), word(&header, 28, true));
    if !right {
        return Ok(true);
    }
    let salts = &header[16..24];
    let mut frame = vec![0; FRAME_HEADER + page];
    let mut broken = false;
    while fill(&mut input, &mut frame)? {
        let of_this_log = &frame[8..16] == salts;
        if broken && of_this_log {
            return Ok(true);
        }
        let next = checksum(&frame[..8], sum, big_endian);
        let next = checksum(&frame[FRAME_HEADER..], next, big_endian);
        if of_this_log && next == (word(&frame, 16, true), word(&frame, 20, true)) {
            sum = next;
        } else {
            broken = true;
        }
    }
    Ok(false)
}

/// Whether there was enough left.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    if big_endian {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    }
}

/// SQLite's: two running sums over pairs of words.
fn checksum(bytes: &[u8], (mut one, mut two): (u32, u32), big_endian: bool) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        one = one
            .wrapping_add(word(pair, 0, big_endian))
            .wrapping_add(two);
        two = two
            .wrapping_add(word(pair, 4, big_endian))
            .wrapping_add(one);
    }
    (one, two)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_flipped_byte_is_damage_and_a_torn_end_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("a.db"), folder.path().join("a.db-wal"));
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);",
            )
            .unwrap();
        let good = std::fs::read(&log).unwrap();
        assert!(!is_damaged(&log).unwrap());
        let copy = folder.path().join("copy");
        let with = |bytes: &[u8]| {
            std::fs::write(&copy, bytes).unwrap();
            is_damaged(&copy).unwrap()
        };
        assert!(!with(&[]) && !with(&good[..good.len() - 7]) && !with(&good[..20]));
        for at in [3, 18, 30, HEADER + 9, HEADER + 18, HEADER + 4000] {
            let mut bad = good.clone();
            bad[at] ^= 16;
            assert!(with(&bad), "at {at}");
        }
        assert!(!is_damaged(&folder.path().join("none")).unwrap());
    }
}
