//! What was found, for people and for programs.

use super::room::Found;
use serde::Serialize;
use std::fmt;
use system_tests::frames::Frames;

/// Both rooms, side by side.
#[derive(Serialize)]
pub(crate) struct Table {
    build: &'static str,
    short: Found,
    long: Found,
}

impl Table {
    /// Of these.
    pub(crate) fn new(build: &'static str, short: Found, long: Found) -> Self {
        Self { build, short, long }
    }

    /// All numbers, and each single time.
    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap();
        text.push('\n');
        text
    }

    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        what: &str,
        of: impl Fn(&Found) -> f64,
    ) -> fmt::Result {
        let (short, long) = (of(&self.short), of(&self.long));
        write!(f, "{what:<46}{short:>12.1}{long:>12.1}")?;
        if short > 0.0 {
            writeln!(f, "{:>9.2}", long / short)
        } else {
            writeln!(f)
        }
    }

    fn times(
        &self,
        f: &mut fmt::Formatter<'_>,
        what: &str,
        of: impl Fn(&Found) -> &[f64],
    ) -> fmt::Result {
        for (name, percent) in [("median", 50), ("p95", 95), ("p99", 99)] {
            let what = format!("{what}, {name}");
            self.line(f, &what, |found| Frames::percentile(of(found), percent))?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    #[expect(clippy::cast_precision_loss, reason = "sizes of a table for people")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (short, long) = (self.short.messages, self.long.messages);
        writeln!(
            f,
            "{:<46}{short:>12}{long:>12}{:>9}",
            "messages in the room", "ratio"
        )?;
        self.line(f, "database (MiB)", |found| found.database_mib as f64)?;
        self.times(f, "start -> page begun (ms)", |found| &found.page_ms)?;
        self.times(f, "start -> first painted message (ms)", |found| {
            &found.first_message_ms
        })?;
        self.times(f, "key press -> painted letter (ms)", |found| &found.key_ms)?;
        self.times(f, "scrolling, work a frame (ms)", |found| {
            &found.scroll_work_ms
        })?;
        self.times(f, "the same messages, dead (ms)", |found| {
            &found.still_work_ms
        })?;
        self.line(f, "scrolling, frames over 16.7 ms (%)", |found| {
            found.scroll_over * 100.0
        })?;
        self.line(f, "the same messages, dead (%)", |found| {
            found.still_over * 100.0
        })?;
        self.line(f, "scrolling, frames missed (%)", |found| {
            found.scroll_late * 100.0
        })?;
        self.line(f, "the same messages, dead (%)", |found| {
            found.still_late * 100.0
        })?;
        self.line(f, "memory of all processes (MiB)", |found| {
            found.memory_mib as f64
        })?;
        for (n, (name, mib)) in self.long.processes.iter().enumerate() {
            let short = self.short.processes.get(n).map_or(0, |(_, mib)| *mib);
            writeln!(f, "    {name:<42}{short:>12}{mib:>12}")?;
        }
        for (n, round) in self.long.rounds.iter().enumerate() {
            writeln!(
                f,
                "after round {} of scrolling: {} MiB, of that made by us {} MiB; {} elements; the page's program {} KiB and {} things held",
                n + 1,
                round.memory_mib,
                round.own_mib,
                round.elements,
                round.program_kib,
                round.things
            )?;
        }
        Ok(())
    }
}
