//! Steps with a header, a time each, and a table at the end.
//!
//! A failed step does not hide the later ones: each is run that can be, and [`Steps::finish`] names
//! the ones that failed.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Skipped,
}

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, End, Duration)>,
}

impl Steps {
    /// Prints a header, runs the step, notes how it ended and how long it took. Returns whether it
    /// went well.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) -> bool {
        if process::interrupted() {
            self.skip(name, "stopped by a signal");
            return false;
        }
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        let end = match result {
            Ok(()) => End::Passed,
            Err(error) => {
                eprintln!("error: {name}: {error:#}");
                End::Failed
            }
        };
        eprintln!("    {name}: {}", seconds(took));
        self.done.push((name.to_owned(), end, took));
        end == End::Passed
    }

    /// Notes a step that could not be run.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        eprintln!("\n==> {name}: not run: {why}");
        self.done
            .push((name.to_owned(), End::Skipped, Duration::ZERO));
    }

    /// Prints the table; fails if any step failed or could not be run.
    pub(crate) fn finish(self) -> Result<()> {
        eprint!("\n{}", self.table());
        let bad: Vec<&str> = self
            .done
            .iter()
            .filter(|(_, end, _)| *end != End::Passed)
            .map(|(name, ..)| name.as_str())
            .collect();
        if !bad.is_empty() {
            bail!("failed or not run: {}", bad.join(", "));
        }
        Ok(())
    }

    fn table(&self) -> String {
        let width = self.done.iter().map(|(name, ..)| name.len()).max();
        let width = width.unwrap_or(0).max("total".len());
        let mut table = String::new();
        for (name, end, took) in &self.done {
            let end = match end {
                End::Passed => "ok",
                End::Failed => "FAILED",
                End::Skipped => "not run",
            };
            table.push_str(&format!("{name:width$}  {:>9}  {end}\n", seconds(*took)));
        }
        let total = self.done.iter().map(|(.., took)| *took).sum();
        table.push_str(&format!("{:width$}  {:>9}\n", "total", seconds(total)));
        table
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named_and_the_later_ones_still_run() {
        let mut steps = Steps::default();
        assert!(steps.run("one", || Ok(())));
        assert!(!steps.run("two", || bail!("no")));
        assert!(steps.run("three", || Ok(())));
        steps.skip("four", "two failed");
        let error = steps.finish().expect_err("a step failed");
        assert_eq!(error.to_string(), "failed or not run: two, four");
    }

    #[test]
    fn the_table_has_a_line_a_step_and_the_sum() {
        let steps = Steps {
            done: vec![
                ("build".into(), End::Passed, Duration::from_millis(1500)),
                ("unit tests".into(), End::Failed, Duration::from_secs(2)),
            ],
        };
        assert_eq!(
            steps.table(),
            "build           1.5 s  ok\nunit tests      2.0 s  FAILED\ntotal           3.5 s\n"
        );
    }
}
