//! What came of an import or export, as a text file: what was taken, what was left out and why. Nothing is dropped silently.

use super::Working;
use super::job::Job;
use crate::ClientError;
use model::view::ExchangeKind;
use std::fmt::Write;

/// Writes it; returns where it is.
pub(super) fn write(work: &Working, job: &Job) -> Result<String, ClientError> {
    let path = work.report(job.id);
    std::fs::write(&path, text(job)).map_err(|error| ClientError::file(&path, error))?;
    Ok(path.to_string_lossy().into_owned())
}

/// The report.
#[must_use]
pub fn text(job: &Job) -> String {
    let data = &job.data;
    let mut out = String::new();
    let what = match job.kind {
        ExchangeKind::Import => "Import of",
        ExchangeKind::Export => "Export to",
    };
    // Writing to a String does not fail.
    let _ = writeln!(out, "{what} {}", data.path);
    if !data.reason.is_empty() {
        let _ = writeln!(out, "{}", data.reason);
    }
    let counts = data.counts;
    let (people, new) = match job.kind {
        ExchangeKind::Import => ("new accounts", "new "),
        ExchangeKind::Export => ("people", ""),
    };
    let _ = writeln!(out, "\n{:>9} {people}", counts.people);
    let _ = writeln!(out, "{:>9} {new}rooms", counts.rooms);
    let _ = writeln!(out, "{:>9} {new}messages", counts.messages);
    let _ = writeln!(out, "{:>9} {new}reactions", counts.reactions);
    if job.kind == ExchangeKind::Import {
        let _ = writeln!(out, "{:>9} changed since an earlier import", counts.changed);
        let _ = writeln!(
            out,
            "{:>9} rooms and messages were there already",
            counts.same
        );
    }
    let skipped = job.skipped();
    let _ = match skipped.is_empty() {
        true => writeln!(out, "\nNothing was left out."),
        false => writeln!(out, "\nLeft out:"),
    };
    for left in skipped {
        let _ = writeln!(
            out,
            "{:>9} {} (such as {})",
            left.count, left.reason, left.example
        );
    }
    out
}
