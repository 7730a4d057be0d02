//! Lines of a text file of any size, each with a limit.

use super::{ReadError, Sink};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// Bytes of the longest line that is read: a message with a thousand replies has a few megabytes.
pub const LINE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Reads lines; each is given to `take` with its number, without its end.
///
/// # Errors
/// The system's own, what `take` says, or that the sink wants no more.
pub fn each(
    file: impl Read,
    to: &mut dyn Sink,
    mut take: impl FnMut(&str, u64, &mut dyn Sink) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut file = BufReader::with_capacity(256 * 1024, file);
    let (mut line, mut number, mut bytes) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        number += 1;
        let limit = LINE_MAX_BYTES as u64 + 1;
        let read = (&mut file).take(limit).read_until(b'\n', &mut line);
        let read = read.map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        bytes += read as u64;
        if line.len() > LINE_MAX_BYTES {
            bytes += pass_over(&mut file)?;
            let example = format!("line {number}");
            to.skip("a line of more than 16 MB", &example)?;
        } else if let Ok(text) = std::str::from_utf8(&line) {
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                take(text, number, to)?;
            }
        } else {
            to.skip("a line that is not UTF-8 text", &format!("line {number}"))?;
        }
        if !to.progress(bytes) {
            return Err(ReadError::Stopped);
        }
    }
}

/// Reads on to the end of a line without keeping it.
fn pass_over(file: &mut impl BufRead) -> Result<u64, ReadError> {
    let mut bytes = 0;
    loop {
        let buffer = file.fill_buf().map_err(failed)?;
        if buffer.is_empty() {
            return Ok(bytes);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        file.consume(used);
        bytes += used as u64;
        if end.is_some() {
            return Ok(bytes);
        }
    }
}

fn failed(source: std::io::Error) -> ReadError {
    ReadError::File {
        path: PathBuf::from("The export"),
        source,
    }
}
