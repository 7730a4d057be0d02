//! A Postgres that a test has for itself and breaks: stopped, killed, full, read-only, followed by a standby.

use crate::database::Database;
use crate::programs;
use crate::soak::cluster::{bury, find_pid};
use crate::wait::DEADLINE;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The server; stopped when dropped.
pub struct Postgres {
    /// Holds the folder, unless it is somebody else's.
    _folder: Option<TempDir>,
    data: PathBuf,
}

impl Postgres {
    /// A fresh one that runs, made as the relay makes its own.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start() -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        Self::start_in(data, Some(folder))
    }

    /// As [`Self::start`], in a folder that is given.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start_at(data: PathBuf) -> Self {
        Self::start_in(data, None)
    }

    fn start_in(data: PathBuf, folder: Option<TempDir>) -> Self {
        // The server keeps what it inherits: a pipe would never end.
        let said = tempfile::NamedTempFile::new().unwrap();
        let status = Command::new(programs::built("amend-relay"))
            .args(["postgres", "start", "--config", "/dev/null", "--data"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(said.reopen().unwrap())
            .status()
            .unwrap();
        let said = std::fs::read_to_string(said.path()).unwrap();
        assert!(status.success(), "Postgres did not come up: {said}");
        Self {
            _folder: folder,
            data,
        }
    }

    /// A streaming standby of another that runs.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    pub fn standby_of(primary: &Self) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        let (uid, gid) = primary.owner();
        for path in [data.clone(), data.join("run")] {
            std::fs::create_dir(&path).unwrap();
            std::os::unix::fs::chown(&path, Some(uid), Some(gid)).unwrap();
        }
        let standby = Self {
            _folder: Some(folder),
            data,
        };
        let pg = standby.data.join("pg");
        let from = primary.sockets();
        let args = ["-R", "-c", "fast", "-U", "amend", "-h"];
        let said = primary.run("pg_basebackup", |command| {
            command.args(args).arg(&from).arg("-D").arg(&pg);
        });
        assert!(said.status.success(), "{said:?}");
        standby.come_back();
        standby
    }

    /// Where its socket is.
    #[must_use]
    pub fn sockets(&self) -> PathBuf {
        self.data.join("run")
    }

    /// For relays and for plain SQL.
    #[must_use]
    pub fn database(&self) -> Database {
        Database {
            url: format!("host={} user=amend dbname=amend", self.sockets().display()),
        }
    }

    /// Stops it in order; its clients are cut off.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        let said = self.pg_ctl(&["stop", "-w", "-m", "fast"]);
        assert!(said.status.success(), "{said:?}");
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it isn't running.
    pub fn kill(&self) {
        let pid = find_pid(&self.data).expect("a running Postgres has a postmaster.pid");
        let killed = Command::new("kill").args(["-9", &pid]).status().unwrap();
        assert!(killed.success());
        bury(&pid, &self.data);
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn come_back(&self) {
        let begun = std::time::Instant::now();
        // The orphans of a killed one hold its memory for a moment.
        while !self.try_to_come_back() {
            let log = std::fs::read_to_string(self.data.join("run/server.log"));
            assert!(begun.elapsed() < DEADLINE, "did not come up: {log:?}");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    }

    fn try_to_come_back(&self) -> bool {
        let options = format!("-k '{}' -c listen_addresses=''", self.sockets().display());
        let log = self.data.join("run/server.log");
        let log = log.to_string_lossy();
        let said = self.pg_ctl(&["start", "-w", "-l", &log, "-o", &options]);
        said.status.success()
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.pg_ctl(&["status"]).status.success()
    }

    /// Makes a standby the primary.
    ///
    /// # Panics
    /// When it can't be.
    pub fn promote(&self) {
        let said = self.pg_ctl(&["promote", "-w"]);
        assert!(said.status.success(), "{said:?}");
    }

    /// Sets something for all sessions from now on.
    ///
    /// # Panics
    /// When Postgres refuses it.
    pub async fn set(&self, setting: &str) {
        let database = self.database();
        // Not in a transaction, so one by one.
        database.sql(&format!("ALTER SYSTEM SET {setting}")).await;
        database.sql("SELECT pg_reload_conf()").await;
    }

    /// A file of its folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.data.join("pg").join(name)
    }

    fn owner(&self) -> (u32, u32) {
        let pg = std::fs::metadata(self.data.join("pg"));
        let data = pg.or_else(|_| std::fs::metadata(&self.data));
        let data = data.unwrap();
        (data.uid(), data.gid())
    }

    fn pg_ctl(&self, args: &[&str]) -> Output {
        let pg = self.data.join("pg");
        self.run("pg_ctl", |command| {
            command.args(args).arg("-D").arg(&pg);
        })
    }

    fn run(&self, program: &str, with: impl FnOnce(&mut Command)) -> Output {
        let mut command = Command::new(programs().join(program));
        with(&mut command);
        let (uid, gid) = self.owner();
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(uid).gid(gid);
        }
        // The server keeps what it inherits: a pipe would never end.
        let said = tempfile::NamedTempFile::new().unwrap();
        let mut output = Output {
            status: command
                .current_dir("/")
                .stdin(Stdio::null())
                .stdout(said.reopen().unwrap())
                .stderr(said.reopen().unwrap())
                .status()
                .unwrap(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        output.stdout = std::fs::read(said.path()).unwrap();
        output
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.pg_ctl(&["stop", "-m", "immediate"]);
    }
}

/// Where Postgres's own programs are: beside the server that runs for the tests, or where Debian puts them.
fn programs() -> PathBuf {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    told.into_iter()
        .chain(debian.into_iter().rev())
        .find(|folder| folder.join("pg_ctl").exists())
        .expect("Postgres is installed")
}

/// One that the server's user may pass through.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("amend-pg-")
        .tempdir_in("/tmp")
        .unwrap();
    open(folder.path());
    folder
}

/// Lets other users pass through a folder.
///
/// # Panics
/// When it isn't ours.
pub fn open(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
