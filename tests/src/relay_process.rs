//! A relay in a process of its own, on a port that stays the same when it is killed and brought back.

use crate::database::Database;
use crate::wait;
use crate::{ports, programs};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A relay.
pub struct RelayProcess {
    database: Database,
    port: u16,
    child: Option<Child>,
    /// The configuration file; none without it, whatever the machine has.
    config: std::path::PathBuf,
    /// Where its whole log goes, if it is wanted.
    log: Option<std::path::PathBuf>,
    /// How it reaches the database, if not directly.
    reach: Option<String>,
}

impl RelayProcess {
    /// Starts a relay on a fresh database.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start() -> Self {
        Self::on(Database::create().await).await
    }

    /// Starts a relay on a database that there is.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn on(database: Database) -> Self {
        Self::on_port(database, ports::free()).await
    }

    /// Starts a relay on a database and a port that there are.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn on_port(database: Database, port: u16) -> Self {
        Self::begin(database, port, Path::new("/dev/null")).await
    }

    /// Starts a relay with a configuration file on a fresh database.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn configured(config: &Path) -> Self {
        Self::begin(Database::create().await, ports::free(), config).await
    }

    /// Starts a relay with a configuration file on a database that there is.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn configured_on(database: Database, config: &Path) -> Self {
        Self::begin(database, ports::free(), config).await
    }

    /// Starts a relay on a fresh database that lets one address do far more than a person does, for what comes behind those limits.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn roomy() -> Self {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/roomy.toml");
        Self::configured(Path::new(config)).await
    }

    /// Starts another relay on another's database, with the same configuration.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn beside(other: &Self) -> Self {
        Self::begin(other.database.clone(), ports::free(), &other.config).await
    }

    /// Starts a relay whose whole log, at the finest level, goes into a file.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn logging(database: Database, config: &Path, log: &Path) -> Self {
        let mut relay = Self {
            database,
            port: ports::free(),
            child: None,
            config: config.to_owned(),
            log: Some(log.to_owned()),
            reach: None,
        };
        relay.come_back().await;
        relay
    }

    /// Starts a relay with a configuration file on a database that there is; `reach`: the URL by which it gets there, if not directly.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn reaching(database: Database, config: &Path, reach: Option<String>) -> Self {
        let mut relay = Self {
            database,
            port: ports::free(),
            child: None,
            config: config.to_owned(),
            log: None,
            reach,
        };
        relay.come_back().await;
        relay
    }

    async fn begin(database: Database, port: u16, config: &Path) -> Self {
        let mut relay = Self {
            database,
            port,
            child: None,
            config: config.to_owned(),
            log: None,
            reach: None,
        };
        relay.come_back().await;
        relay
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        let tls = std::fs::read_to_string(&self.config).is_ok_and(|text| text.contains("[tls]"));
        let scheme = if tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Its process.
    ///
    /// # Panics
    /// When it isn't running.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the relay is running").id()
    }

    /// Bytes of memory that it holds, as the system counts them.
    ///
    /// # Panics
    /// When it isn't running.
    #[must_use]
    pub fn memory(&self) -> usize {
        let pid = self.child.as_ref().expect("the relay is running").id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<usize>().unwrap() * 1024
    }

    /// How many files and sockets it has open.
    ///
    /// # Panics
    /// When it isn't running.
    #[must_use]
    pub fn files(&self) -> usize {
        let pid = self.child.as_ref().expect("the relay is running").id();
        std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .count()
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Starts it again on another database.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back_on(&mut self, database: Database) {
        self.database = database;
        self.come_back().await;
    }

    fn reach(&self) -> &str {
        self.reach.as_deref().unwrap_or(&self.database.url)
    }

    /// Starts it (again) and waits until it is ready.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back(&mut self) {
        let mut command = Command::new(programs::built("amend-relay"));
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--database-url", self.reach()])
            .arg("--config")
            .arg(&self.config)
            .env("AMEND_BLOBS__FOLDER", self.database.files())
            .env(
                "AMEND_LOG",
                std::env::var("AMEND_LOG").unwrap_or_else(|_| "error".into()),
            )
            .stdout(Stdio::null());
        if let Some(log) = &self.log {
            let log = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log);
            command.env("AMEND_LOG", "trace").stderr(log.unwrap());
        }
        self.child = Some(command.spawn().unwrap());
        let ready = format!("{}/readyz", self.url());
        // A test's certificate is signed by nobody.
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .tls_config(
                ureq::tls::TlsConfig::builder()
                    .disable_verification(true)
                    .build(),
            )
            .build()
            .into();
        wait::until(
            "the relay is ready",
            async || agent.get(&ready).call().is_ok(),
            |ok| *ok,
        )
        .await;
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it isn't running.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the relay is running");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends it a signal, as whoever runs it does.
    ///
    /// # Panics
    /// When it isn't running.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// When it wasn't running.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.as_mut().unwrap().try_wait().unwrap()
    }

    /// SIGTERM, and waits until it has stopped.
    ///
    /// # Panics
    /// When it isn't running, or does not stop well.
    pub fn terminate(&mut self) {
        let mut child = self.child.take().expect("the relay is running");
        let sent = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        assert!(
            child.wait().unwrap().success(),
            "the relay did not stop well"
        );
    }

    /// Adds an account, as an admin on the host would. Its password is its name with `-password` behind it.
    ///
    /// # Panics
    /// When the relay's command fails.
    pub fn add_user(&self, name: &str) {
        let _ = self.host_with(&["user", "add", name, "--password-stdin"], &password(name));
    }

    /// Runs one of the host's commands, which must succeed, and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn host(&self, args: &[&str]) -> String {
        self.host_with(args, "")
    }

    /// As [`Self::host`], with something on its standard input.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn host_with(&self, args: &[&str], input: &str) -> String {
        let output = self.host_output(args, input);
        assert!(output.status.success(), "amend-relay {args:?} failed");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// As [`Self::host`] for a command that must fail; returns all that it printed.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn host_fails(&self, args: &[&str]) -> String {
        let output = self.host_output(args, "");
        assert!(
            !output.status.success(),
            "amend-relay {args:?} should have failed"
        );
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8(said).unwrap().trim().to_owned()
    }

    /// Runs a command that wants no database; whether it succeeded, and all that it printed.
    ///
    /// # Panics
    /// When it can't be run at all.
    #[must_use]
    pub fn host_alone(&self, args: &[&str]) -> (bool, String) {
        let output = Command::new(programs::built("amend-relay"))
            .args(args)
            .arg("--config")
            .arg(&self.config)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    fn host_output(&self, args: &[&str], input: &str) -> std::process::Output {
        let mut child = Command::new(programs::built("amend-relay"))
            .args(args)
            .args(["--database-url", self.reach()])
            .arg("--config")
            .arg(&self.config)
            .env("AMEND_BLOBS__FOLDER", self.database.files())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks for nothing does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

/// The password of an account of the tests.
#[must_use]
pub fn password(name: &str) -> String {
    format!("{name}-password")
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
