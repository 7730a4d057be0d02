//! A real keyring (GNOME Keyring, which speaks Secret Service) on a session bus of its own, so that a test can lose it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A bus with a keyring; both end with the value.
pub struct Keyring {
    folder: TempDir,
    bus: Child,
    address: String,
    daemon: Option<Child>,
}

impl Keyring {
    /// A bus with an unlocked, empty keyring on it.
    ///
    /// # Panics
    /// When one of the two does not come up.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("amend-keyring-")
            .tempdir()
            .unwrap();
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon runs (Debian: dbus-daemon)");
        let mut address = String::new();
        let stdout = bus.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut address).unwrap();
        let mut keyring = Self {
            folder,
            bus,
            address: address.trim().to_owned(),
            daemon: None,
        };
        keyring.come_back().await;
        keyring
    }

    /// What a program needs in its environment to find it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address.clone()),
            ("AMEND_KEYRING".to_owned(), "system".to_owned()),
        ]
    }

    /// The daemon is there (again), with what is in its folder.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn come_back(&mut self) {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("XDG_DATA_HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("HOME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon runs (Debian: gnome-keyring)");
        daemon
            .stdin
            .take()
            .unwrap()
            .write_all(b"a password")
            .unwrap();
        self.daemon = Some(daemon);
        crate::wait::until(
            "the keyring is on the bus",
            async || self.is_there(),
            |there| *there,
        )
        .await;
    }

    /// Whether somebody answers for it, without starting anybody.
    fn is_there(&self) -> bool {
        let asked = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .args(["--print-reply", "--dest=org.freedesktop.DBus", "/"])
            .arg("org.freedesktop.DBus.NameHasOwner")
            .arg("string:org.freedesktop.secrets")
            .output()
            .unwrap();
        String::from_utf8_lossy(&asked.stdout).contains("boolean true")
    }

    /// Everything in it is lost, and an empty one has its place.
    ///
    /// # Panics
    /// When that can't be done.
    pub async fn lose(&mut self) {
        self.stop();
        crate::wait::until(
            "the keyring has left the bus",
            async || self.is_there(),
            |there| !there,
        )
        .await;
        std::fs::remove_dir_all(self.folder.path().join("keyrings")).unwrap();
        self.come_back().await;
    }

    fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.stop();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}
