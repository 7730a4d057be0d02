//! What stands between or beside relays and Postgres: a NATS server and a PgBouncer, in processes of their own.

use crate::wait;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

/// On PATH, or where Debian keeps what only root is meant to start.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed; run `cargo xtask setup`"))
}

async fn listens(port: u16, what: &str) {
    let connect = async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
    };
    wait::until(what, connect, |ok| *ok).await;
}

/// A NATS server that asks who one is, on a port that stays the same.
pub struct Nats {
    port: u16,
    child: Option<Child>,
}

impl Nats {
    /// The user that it knows.
    pub const USER: &str = "amend";
    /// That user's password.
    pub const PASSWORD: &str = "nats-password";

    /// Starts one.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start() -> Self {
        let mut nats = Self {
            port: crate::ports::free(),
            child: None,
        };
        nats.come_back().await;
        nats
    }

    /// How to reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The section of a relay's configuration.
    #[must_use]
    pub fn section(&self) -> String {
        let (url, user, password) = (self.url(), Self::USER, Self::PASSWORD);
        format!(
            "[bus]\nkind = \"nats\"\nurl = \"{url}\"\nuser = \"{user}\"\npassword = \"{password}\"\n"
        )
    }

    /// Starts it (again).
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back(&mut self) {
        let child = Command::new(program("nats-server"))
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["--user", Self::USER, "--pass", Self::PASSWORD])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        listens(self.port, "NATS listens").await;
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it isn't running.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("NATS is running");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// A PgBouncer in transaction mode before the Postgres of a URL. Its few connections are taken in turn, so that what follows each other meets
/// different servers.
pub struct Pooler {
    port: u16,
    child: Child,
    user: String,
    _folder: TempDir,
}

impl Pooler {
    /// Connections to Postgres.
    pub const SERVERS: usize = 3;

    /// Starts one.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(postgres: &str) -> Self {
        let postgres: Config = postgres.parse().unwrap();
        let Host::Unix(sockets) = &postgres.get_hosts()[0] else {
            panic!("the Postgres of the tests listens on a Unix socket");
        };
        let user = postgres.get_user().unwrap().to_owned();
        let folder = tempfile::Builder::new()
            .prefix("amend-pooler-")
            .tempdir()
            .unwrap();
        // Not for root: whoever runs Postgres runs it, and must be able to read its file.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let port = crate::ports::free();
        let file = folder.path().join("pgbouncer.ini");
        let server_port = postgres.get_ports().first().copied().unwrap_or(5432);
        let text = format!(
            "[databases]\n* = host={} port={server_port} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {}\nserver_round_robin = 1\n\
             max_client_conn = 500\nlog_connections = 0\nlog_disconnections = 0\n",
            sockets.display(),
            Self::SERVERS
        );
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(program("pgbouncer"));
        command.arg("-q").arg(&file).stdin(Stdio::null());
        let owner = std::fs::metadata(sockets).unwrap();
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let pooler = Self {
            port,
            child,
            user,
            _folder: folder,
        };
        listens(port, "PgBouncer listens").await;
        pooler
    }

    /// How to reach, through it, the database that this URL reaches directly.
    ///
    /// # Panics
    /// When that is none.
    #[must_use]
    pub fn url(&self, direct: &str) -> String {
        let direct: Config = direct.parse().unwrap();
        let (port, user) = (self.port, &self.user);
        let name = direct.get_dbname().unwrap();
        format!("host=127.0.0.1 port={port} user={user} dbname={name} sslmode=disable")
    }

    /// How many connections to Postgres have served a database.
    ///
    /// # Panics
    /// When PgBouncer does not say.
    pub async fn servers(&self, direct: &str) -> usize {
        let direct: Config = direct.parse().unwrap();
        let console: Config = self.url("user=x dbname=pgbouncer host=x").parse().unwrap();
        let (client, connection) = console.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let rows = client.simple_query("SHOW SERVERS").await.unwrap();
        let of = |row: &tokio_postgres::SimpleQueryRow| row.get("database") == direct.get_dbname();
        rows.iter()
            .filter(|row| matches!(row, tokio_postgres::SimpleQueryMessage::Row(row) if of(row)))
            .count()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A metric of a relay, all its labels together; 0 while it was not counted.
///
/// # Panics
/// When the relay does not tell its metrics.
#[must_use]
pub fn metric(port: u16, name: &str, labels: &str) -> f64 {
    let url = format!("http://127.0.0.1:{port}/metrics");
    let text = ureq::get(url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("amend_relay_")?.strip_prefix(name))
        .filter(|rest| rest.starts_with(['{', ' ']) && rest.contains(labels))
        .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Writes a relay's configuration and returns where its metrics will be.
///
/// # Panics
/// When the disk does not take it.
#[must_use]
pub fn write_config(path: &Path, text: &str) -> u16 {
    let port = crate::ports::free();
    std::fs::write(
        path,
        format!("metrics_listen = \"127.0.0.1:{port}\"\n{text}"),
    )
    .unwrap();
    port
}
