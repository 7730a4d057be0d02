//! The file: eight bytes that say what it is, then blocks, each with its lengths and a checksum, the last one with a checksum of the
//! whole and the number of rows of each table.
//!
//!     magic    "AMENDBK" and the format's number
//!     block    kind (1 byte), stored length, true length, CRC-32 (4 bytes each, little-endian), the stored bytes (deflate)
//!     order    Header, then for each table Table, Rows…, Counted; at last End
//!
//! Invariants: the CRC covers kind, lengths, the block's number and its bytes, so no flipped byte and no swapped block goes unnoticed;
//! without an End, or with anything behind it, a file is refused; no block is larger than [`BLOCK_MAX`], whatever a file claims.

use super::BackupError;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};

const MAGIC: &[u8; 7] = b"AMENDBK";

/// The format that this program writes and reads.
pub const FORMAT: u8 = 1;

/// The most that a block holds, as data and as stored.
pub const BLOCK_MAX: usize = 1 << 20;

/// What deflate may add to data that does not get smaller.
const STORED_MAX: usize = BLOCK_MAX + (BLOCK_MAX >> 8) + 64;

const HEAD_BYTES: usize = 13;

/// What a file is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The schema's version.
    pub schema_version: i32,
    /// The store's epoch, as clients knew it.
    pub epoch: String,
    /// When its snapshot was taken, in milliseconds since 1970.
    pub made_at: i64,
    /// The same, for people: 20261124T161201Z.
    pub made: String,
    /// The amend-relay that made it.
    pub program: String,
    /// The Postgres that it was made on.
    pub postgres: String,
    /// The counters of identity columns, so that no number is given out twice.
    pub counters: Vec<Counter>,
}

/// Where an identity column's counter stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Whose.
    pub table: String,
    /// Which column's.
    pub column: String,
    /// The last number.
    pub last: i64,
    /// Whether that was given out.
    pub called: bool,
}

/// The rows that follow are this table's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableStart {
    /// Its name.
    pub name: String,
    /// The columns, in the order of the rows' fields.
    pub columns: Vec<String>,
}

/// The end of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Of all bytes before this block, in hexadecimal digits.
    pub sha256: String,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the file is of; the first.
    Header(Header),
    /// A table begins.
    Table(TableStart),
    /// Some of its rows, as COPY writes them in its text format; cut anywhere.
    Rows(Vec<u8>),
    /// A table ends: how many rows it had.
    Counted(u64),
    /// The last.
    End(End),
}

/// Writes a file.
pub struct Writer<W: Write> {
    to: W,
    hash: Sha256,
    blocks: u64,
    /// Rows that do not fill a block yet.
    pending: Vec<u8>,
    table: Option<String>,
    rows: u64,
    counted: BTreeMap<String, u64>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What `to` says.
    pub fn new(to: W, header: &Header) -> std::io::Result<Self> {
        let mut writer = Self {
            to,
            hash: Sha256::new(),
            blocks: 0,
            pending: Vec::with_capacity(BLOCK_MAX),
            table: None,
            rows: 0,
            counted: BTreeMap::new(),
        };
        writer.put(MAGIC)?;
        writer.put(&[FORMAT])?;
        writer.block(b'H', &serde_json::to_vec(header)?)?;
        Ok(writer)
    }

    /// Begins a table.
    ///
    /// # Errors
    /// What the file says.
    pub fn table(&mut self, table: &TableStart) -> std::io::Result<()> {
        self.end_table()?;
        self.table = Some(table.name.clone());
        self.block(b'T', &serde_json::to_vec(table)?)
    }

    /// Takes more of the table's rows.
    ///
    /// # Errors
    /// What the file says.
    pub fn rows(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        self.rows += lines(bytes);
        while !bytes.is_empty() {
            let room = BLOCK_MAX - self.pending.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == BLOCK_MAX {
                self.flush_rows()?;
            }
        }
        Ok(())
    }

    /// Ends the file; returns what it was written to and how many rows it holds.
    ///
    /// # Errors
    /// What the file says.
    pub fn finish(mut self) -> std::io::Result<(W, BTreeMap<String, u64>)> {
        self.end_table()?;
        let end = End {
            sha256: hex(&self.hash.clone().finalize()),
            rows: self.counted.clone(),
        };
        self.block(b'E', &serde_json::to_vec(&end)?)?;
        self.to.flush()?;
        Ok((self.to, self.counted))
    }

    fn end_table(&mut self) -> std::io::Result<()> {
        let Some(name) = self.table.take() else {
            return Ok(());
        };
        self.flush_rows()?;
        let rows = std::mem::take(&mut self.rows);
        self.counted.insert(name, rows);
        self.block(b'C', &rows.to_le_bytes())
    }

    fn flush_rows(&mut self) -> std::io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut pending = std::mem::take(&mut self.pending);
        self.block(b'R', &pending)?;
        pending.clear();
        self.pending = pending;
        Ok(())
    }

    fn block(&mut self, kind: u8, data: &[u8]) -> std::io::Result<()> {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
        deflate.write_all(data)?;
        let stored = deflate.finish()?;
        let head = Head {
            kind,
            stored: length(stored.len())?,
            data: length(data.len())?,
        };
        let crc = head.crc(self.blocks, &stored);
        self.blocks += 1;
        self.put(&head.bytes())?;
        self.put(&crc.to_le_bytes())?;
        self.put(&stored)
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.to.write_all(bytes)
    }
}

/// Reads a file, block by block, and checks each.
pub struct Reader<R: Read> {
    from: R,
    hash: Sha256,
    at: u64,
    blocks: u64,
    table: Option<String>,
    rows: u64,
    counted: BTreeMap<String, u64>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read; returns what the file is of.
    ///
    /// # Errors
    /// [`BackupError`]: no backup, a newer one, a damaged one, a cut one.
    pub fn new(from: R) -> Result<(Self, Header), BackupError> {
        let mut reader = Self {
            from,
            hash: Sha256::new(),
            at: 0,
            blocks: 0,
            table: None,
            rows: 0,
            counted: BTreeMap::new(),
            ended: false,
        };
        let mut magic = [0_u8; 8];
        reader.fill(&mut magic)?;
        if magic[..7] != MAGIC[..] {
            return Err(BackupError::NotABackup);
        }
        if magic[7] != FORMAT {
            return Err(BackupError::NewerFormat {
                found: magic[7],
                known: FORMAT,
            });
        }
        match reader.read()? {
            Block::Header(header) => Ok((reader, header)),
            _ => Err(reader.damaged("it does not begin with a header")),
        }
    }

    /// The next block; `None` after the End, when the file was whole.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn read_block(&mut self) -> Result<Option<Block>, BackupError> {
        if self.ended {
            return Ok(None);
        }
        let block = self.read()?;
        match &block {
            Block::Header(_) => return Err(self.damaged("a second header")),
            Block::Table(table) => {
                let again = self.counted.contains_key(&table.name);
                if again || self.table.replace(table.name.clone()).is_some() {
                    return Err(self.damaged("a table in the wrong place"));
                }
            }
            Block::Rows(rows) if self.table.is_some() => self.rows += lines(rows),
            Block::Rows(_) => return Err(self.damaged("rows of no table")),
            Block::Counted(rows) => {
                let read = std::mem::take(&mut self.rows);
                match self.table.take() {
                    Some(table) if read == *rows => self.counted.insert(table, read),
                    _ => return Err(self.damaged("a table has not the rows that it should")),
                };
            }
            Block::End(end) => {
                if self.table.is_some() || end.rows != self.counted {
                    return Err(self.damaged("not all tables are there"));
                }
                self.ended = true;
                let mut more = [0_u8; 1];
                if self.read_some(&mut more)? != 0 {
                    return Err(self.damaged("something follows its end"));
                }
            }
        }
        Ok(Some(block))
    }

    /// Rows by table, so far.
    #[must_use]
    pub fn counted(&self) -> &BTreeMap<String, u64> {
        &self.counted
    }

    /// How far it was read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.at
    }

    fn read(&mut self) -> Result<Block, BackupError> {
        let begin = self.at;
        let before = self.hash.clone();
        let damaged = |what: &str| BackupError::Damaged {
            at: begin,
            what: what.to_owned(),
        };
        let mut bytes = [0_u8; HEAD_BYTES];
        self.fill(&mut bytes)?;
        let (head, crc) = Head::parse(&bytes);
        let (stored, data) = (head.stored as usize, head.data as usize);
        if stored > STORED_MAX || data > BLOCK_MAX {
            return Err(damaged("a block is too large"));
        }
        let mut body = vec![0; stored];
        self.fill(&mut body)?;
        if head.crc(self.blocks, &body) != crc {
            return Err(damaged("a checksum does not fit"));
        }
        self.blocks += 1;
        let mut bytes = Vec::with_capacity(data);
        // One more than it should be is enough to know.
        let limit = u64::try_from(data + 1).unwrap_or(u64::MAX);
        let inflated = DeflateDecoder::new(body.as_slice())
            .take(limit)
            .read_to_end(&mut bytes);
        if inflated.is_err() || bytes.len() != data {
            return Err(damaged("a block can't be unpacked"));
        }
        let parsed = |error: serde_json::Error| damaged(&error.to_string());
        match head.kind {
            b'H' => serde_json::from_slice(&bytes)
                .map(Block::Header)
                .map_err(parsed),
            b'T' => serde_json::from_slice(&bytes)
                .map(Block::Table)
                .map_err(parsed),
            b'R' => Ok(Block::Rows(bytes)),
            b'C' => match bytes.try_into() {
                Ok(rows) => Ok(Block::Counted(u64::from_le_bytes(rows))),
                Err(_) => Err(damaged("a number of rows is none")),
            },
            b'E' => {
                let end: End = serde_json::from_slice(&bytes).map_err(parsed)?;
                if end.sha256 != hex(&before.finalize()) {
                    return Err(damaged("the checksum of the whole does not fit"));
                }
                Ok(Block::End(end))
            }
            _ => Err(damaged("a block of an unknown kind")),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), BackupError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(&mut buffer[filled..])? {
                0 => return Err(BackupError::CutOff { at: self.at }),
                read => filled += read,
            }
        }
        self.hash.update(&*buffer);
        Ok(())
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, BackupError> {
        loop {
            match self.from.read(buffer) {
                Ok(read) => {
                    self.at += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(&format!("it can't be read: {error}"))),
            }
        }
    }

    fn damaged(&self, what: &str) -> BackupError {
        BackupError::Damaged {
            at: self.at,
            what: what.to_owned(),
        }
    }
}

struct Head {
    kind: u8,
    stored: u32,
    data: u32,
}

impl Head {
    fn bytes(&self) -> [u8; 9] {
        let mut bytes = [0; 9];
        bytes[0] = self.kind;
        bytes[1..5].copy_from_slice(&self.stored.to_le_bytes());
        bytes[5..9].copy_from_slice(&self.data.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEAD_BYTES]) -> (Self, u32) {
        let number = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let head = Self {
            kind: bytes[0],
            stored: number(1),
            data: number(5),
        };
        (head, number(9))
    }

    fn crc(&self, block: u64, stored: &[u8]) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.bytes());
        crc.update(&block.to_le_bytes());
        crc.update(stored);
        crc.finalize()
    }
}

/// Rows: COPY's text format has a line feed at the end of each and nowhere else.
fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn length(bytes: usize) -> std::io::Result<u32> {
    u32::try_from(bytes).map_err(std::io::Error::other)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
