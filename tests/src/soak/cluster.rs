//! A Postgres of the relay's own making, that can be killed with -9 and comes back with what it had committed.

use crate::programs;
use std::path::PathBuf;
use std::process::Command;

/// The cluster; stopped when dropped.
pub struct Cluster {
    data: PathBuf,
    /// For relays and for plain SQL.
    pub url: String,
}

impl Cluster {
    /// A fresh one in a folder.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(data: PathBuf) -> Self {
        let url = start(&data);
        Self { data, url }
    }

    /// Kills every process of it, and starts it again.
    ///
    /// # Panics
    /// When it was not running, or does not come up.
    pub fn kill_and_come_back(&self) {
        let pid = find_pid(&self.data).expect("a running Postgres has a postmaster.pid");
        // Its children end with it, as they notice that it is gone.
        assert!(
            Command::new("kill")
                .args(["-9", &pid])
                .status()
                .unwrap()
                .success()
        );
        bury(&pid, &self.data);
        start(&self.data);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = command(&self.data, "stop").output();
    }
}

fn command(data: &PathBuf, what: &str) -> Command {
    let mut command = Command::new(programs::built("amend-relay"));
    command.args(["postgres", what, "--data"]).arg(data);
    command
}

fn start(data: &PathBuf) -> String {
    // Postgres keeps the standard output, so it is a file: a pipe would never end.
    let path = data.with_extension("url");
    let begun = std::time::Instant::now();
    loop {
        let file = std::fs::File::create(&path).unwrap();
        let log = std::fs::File::create(data.with_extension("log")).unwrap();
        let status = command(data, "start")
            .stdout(file)
            .stderr(log)
            .status()
            .unwrap();
        if status.success() {
            return std::fs::read_to_string(path)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .to_owned();
        }
        // The orphans of a killed Postgres hold its memory for a moment, and it is not started beside them.
        let log = std::fs::read_to_string(data.with_extension("log")).unwrap_or_default();
        assert!(
            begun.elapsed() < crate::wait::DEADLINE,
            "Postgres did not come up: {log}"
        );
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

/// Waits until the process is gone. Where nobody reaps orphans (a container without an init) a killed process stays as a
/// zombie, which Postgres takes for a running one: then its file goes too.
pub(crate) fn bury(pid: &str, data: &PathBuf) {
    let begun = std::time::Instant::now();
    loop {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
            return;
        };
        if stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim().starts_with('Z'))
        {
            break;
        }
        assert!(
            begun.elapsed() < crate::wait::DEADLINE,
            "{pid} does not die"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    if let Some(file) = pid_file(data) {
        std::fs::remove_file(file).unwrap();
    }
}

pub(crate) fn find_pid(data: &PathBuf) -> Option<String> {
    let text = std::fs::read_to_string(pid_file(data)?).ok()?;
    text.lines().next().map(|pid| pid.trim().to_owned())
}

fn pid_file(data: &PathBuf) -> Option<PathBuf> {
    for entry in std::fs::read_dir(data).ok()?.flatten() {
        let path = entry.path();
        let file = if path.is_dir() {
            path.join("postmaster.pid")
        } else {
            path
        };
        if file.ends_with("postmaster.pid") && file.exists() {
            return Some(file);
        }
    }
    None
}
