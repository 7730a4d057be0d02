//! A relay in a process of its own, on a port that stays the same when it is killed and brought back.

use crate::database::Database;
use crate::programs;
use crate::wait;
use std::io::Write;
use std::process::{Child, Command, Stdio};

/// A relay.
pub struct RelayProcess {
    database: Database,
    port: u16,
    child: Option<Child>,
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
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self::on_port(database, port).await
    }

    /// Starts a relay on a database and a port that there are.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn on_port(database: Database, port: u16) -> Self {
        let mut relay = Self {
            database,
            port,
            child: None,
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
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Starts it (again) and waits until it is ready.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back(&mut self) {
        let child = Command::new(programs::built("amend-relay"))
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--database-url", &self.database.url])
            .env(
                "AMEND_LOG",
                std::env::var("AMEND_LOG").unwrap_or_else(|_| "error".into()),
            )
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let ready = format!("{}/readyz", self.url());
        wait::until(
            "the relay is ready",
            async || ureq::get(&ready).call().is_ok(),
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

    /// Adds an account, as an admin on the host would. Its password is its name with `-password` behind it.
    ///
    /// # Panics
    /// When the relay's command fails.
    pub fn add_user(&self, name: &str) {
        let mut child = Command::new(programs::built("amend-relay"))
            .args([
                "user",
                "add",
                name,
                "--password-stdin",
                "--database-url",
                &self.database.url,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(password(name).as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
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
