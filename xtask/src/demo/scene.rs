//! The demo's surroundings: a relay, two accounts that are signed in, a room that both are in.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, Service, TempDir};
use crate::{build, page};

/// Who is there; their profiles have the same names.
pub(super) const PEOPLE: [&str; 2] = ["ada", "grace"];
/// Where they talk.
pub(super) const ROOM: &str = "General";
/// The first start makes a database cluster.
const START: Duration = Duration::from_secs(90);

/// The password of a person of the demo.
pub(super) fn password(person: &str) -> String {
    format!("{person}-password")
}

/// All of it; stops and vanishes with the value.
#[derive(Debug)]
pub(super) struct Scene {
    relay: Option<Service>,
    port: u16,
    folder: TempDir,
}

impl Scene {
    /// Starts the relay, adds the people, signs them in, makes the room.
    pub(super) fn start() -> Result<Self> {
        let mut scene = Self {
            relay: None,
            port: free_port()?,
            folder: TempDir::new("demo")?,
        };
        eprintln!(
            "demo: starting a relay at {} (data in {})",
            scene.url(),
            scene.data().display()
        );
        scene.start_relay()?;
        for person in PEOPLE {
            let mut command =
                process::command(build::programs(page::Profile::Dev).join("amend-relay"));
            command
                .args(["user", "add", person, "--password-stdin", "--data"])
                .arg(scene.data())
                .env_remove("AMEND_DATABASE_URL");
            process::output(&mut command, &password(person), "adding an account")?;
        }
        let url = scene.url();
        for (person, way_in) in PEOPLE.into_iter().zip(["create", "join"]) {
            eprintln!("demo: signing in {person}");
            let login = [
                "login",
                "--relay",
                &url,
                "--name",
                person,
                "--password-stdin",
            ];
            scene.amend_with(person, &login, &password(person))?;
            scene.amend(person, &["rooms", way_in, ROOM])?;
        }
        Ok(scene)
    }

    /// The relay's address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the profiles are.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("relay")
    }

    /// Starts the relay (again) and waits until it is ready.
    pub(super) fn start_relay(&mut self) -> Result<()> {
        let mut command = process::command(build::programs(page::Profile::Dev).join("amend-relay"));
        command
            .args([
                "serve",
                "--listen",
                &format!("127.0.0.1:{}", self.port),
                "--data",
            ])
            .arg(self.data())
            .env_remove("AMEND_DATABASE_URL");
        self.relay = Some(Service::start(&mut command, "the relay")?);
        let port = self.port;
        process::until("the relay's start", START, || {
            self.check_relay()?;
            Ok(is_ready(port))
        })
    }

    /// Fails if the relay ended by itself.
    pub(super) fn check_relay(&mut self) -> Result<()> {
        if let Some(relay) = &mut self.relay
            && let Some(status) = relay.ended()?
        {
            bail!("the relay ended ({status}); its output is above");
        }
        Ok(())
    }

    /// Ends the relay as a crash would.
    pub(super) fn kill_relay(&mut self) {
        if let Some(relay) = self.relay.take() {
            relay.kill();
        }
    }

    /// Runs the command-line client as a person; returns what it printed.
    pub(super) fn amend(&self, person: &str, arguments: &[&str]) -> Result<String> {
        self.amend_with(person, arguments, "")
    }

    fn amend_with(&self, person: &str, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = process::command(build::programs(page::Profile::Dev).join("amend"));
        command
            .args(["--profile", person])
            .args(arguments)
            .env("AMEND_HOME", self.home());
        let what = format!("amend --profile {person} {}", arguments[0]);
        Ok(process::output(&mut command, input, &what)?
            .trim()
            .to_owned())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        eprintln!("demo: stopping");
        // Gently, so that the relay stops its Postgres too. One that was killed left it running.
        let crashed = self.relay.take().is_none();
        if crashed && self.data().exists() {
            let mut command =
                std::process::Command::new(build::programs(page::Profile::Dev).join("amend-relay"));
            command
                .args(["postgres", "stop", "--data"])
                .arg(self.data());
            process::succeeds(&mut command);
        }
    }
}

/// The system picks; it won't give the same one again soon.
fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind(("127.0.0.1", 0)).context("there is no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// Whether the relay answers `GET /readyz` with 200.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    ask().is_ok_and(|answer| answer == "HTTP/1.1 200")
}
