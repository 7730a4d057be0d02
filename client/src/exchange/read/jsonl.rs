//! Our own JSON Lines: each line one [`Record`].

use super::{ReadError, Sink, lines};
use crate::exchange::record::{Header, Record, VERSION};
use std::io::Read;

/// Reads a file to its end.
///
/// # Errors
/// A file that can't be read, one of a newer version, or a sink that takes no more.
pub fn read(file: impl Read, to: &mut dyn Sink) -> Result<(), ReadError> {
    let mut has_begun = false;
    lines::each(file, to, |line, number, to| {
        let record = match serde_json::from_str(line) {
            Ok(record) => record,
            Err(error) => {
                let reason = match error.classify() {
                    serde_json::error::Category::Data => "a line that is no record",
                    _ => "a line that is no JSON",
                };
                return to.skip(reason, &format!("line {number}: {error}"));
            }
        };
        match record {
            Record::Amend(header) if header.version > VERSION => {
                let (found, known) = (header.version, VERSION);
                return Err(ReadError::Newer { found, known });
            }
            Record::Amend(header) if !has_begun => {
                has_begun = true;
                return to.begin(header);
            }
            Record::Amend(_) => {
                return to.skip("a second header", &format!("line {number}"));
            }
            _ => {}
        }
        if !std::mem::replace(&mut has_begun, true) {
            to.begin(Header {
                version: VERSION,
                ..Header::default()
            })?;
        }
        to.record(record)
    })
}
