//! A device's process, as the run sees it: a folder, a line, and a child that may be gone at any moment.

use crate::programs;
use crate::proxy::Proxy;
use crate::relay_process::password;
use model::{MessageId, RoomId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

/// What a person does on a device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Writes.
    Post {
        /// Where.
        room: RoomId,
        /// What.
        text: String,
    },
    /// Puts a word into the message so far back from the newest.
    Edit {
        /// Where.
        room: RoomId,
        /// Which.
        back: usize,
        /// The word.
        token: String,
    },
    /// Deletes the message so far back.
    Delete {
        /// Where.
        room: RoomId,
        /// Which.
        back: usize,
    },
    /// Reacts to the message so far back.
    React {
        /// Where.
        room: RoomId,
        /// Which.
        back: usize,
        /// On or off.
        on: bool,
    },
    /// Has read all.
    MarkRead {
        /// Where.
        room: RoomId,
    },
    /// Joins.
    Join {
        /// What.
        room: RoomId,
    },
    /// Makes a room.
    CreateRoom {
        /// Its name.
        name: String,
    },
    /// The network may be back.
    Wake,
}

/// What became of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// It is in the local database.
    pub written: bool,
    /// The message (or room) that it is about.
    pub message: Option<MessageId>,
}

struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// A device.
pub struct Device {
    /// For sentences.
    pub name: String,
    /// Whose.
    pub person: String,
    /// Its profile's folder.
    pub folder: PathBuf,
    /// Its line.
    pub line: Proxy,
    running: Option<Running>,
}

impl Device {
    /// A device that is not started yet.
    #[must_use]
    pub fn new(name: &str, person: &str, folder: PathBuf, line: Proxy) -> Self {
        Self {
            name: name.to_owned(),
            person: person.to_owned(),
            folder,
            line,
            running: None,
        }
    }

    /// Starts the process, if it isn't running.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let mut child = tokio::process::Command::new(programs::built("soak-device"))
            .arg(&self.folder)
            .args([&self.line.url(), &self.person, &password(&self.person)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        self.running = Some(Running {
            child,
            stdin,
            stdout,
        });
    }

    /// Asks it to do something; `None`: it is gone, or went meanwhile.
    pub async fn ask(&mut self, command: &Command) -> Option<Answer> {
        let running = self.running.as_mut()?;
        let line = serde_json::to_string(command).ok()? + "\n";
        let asked = async {
            running.stdin.write_all(line.as_bytes()).await.ok()?;
            let line = running.stdout.next_line().await.ok()??;
            serde_json::from_str(&line).ok()
        };
        let answer = tokio::time::timeout(crate::wait::DEADLINE, asked).await;
        match answer {
            Ok(Some(answer)) => Some(answer),
            // It could not even start (its relay was down when it first signed in), or is stuck: it starts again.
            Ok(None) | Err(_) => {
                self.kill().await;
                None
            }
        }
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill().await;
        }
    }
}
