//! One app for a profile: a second start hands what it was asked to the first one and ends.
//!
//! The first holds a lock in the profile's folder, listens on this machine only, and has written beside the lock where, with a secret
//! that only the folder's owner can read. The same on every system, whatever the length of the folder's path.
//!
//! Invariants: the lock is the operating system's, so it goes with the process however that ends; what comes in is checked before it is
//! believed, bounded in length and time; and whatever fails here, the app starts: the profile's own lock is what protects the data.

use client::settings::write_whole;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a second start looks for the first one, which may be coming up itself.
const FIND_MAX: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How long the one that is talked to may take.
const TALK_MAX: Duration = Duration::from_secs(2);
/// A line is longer than the longest link.
const LINE_MAX: u64 = 16 * 1024;
const DONE: &str = "done\n";

/// What a start was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// To open this.
    pub(crate) link: Option<String>,
}

/// Where the first one listens.
#[derive(Serialize, Deserialize)]
struct Door {
    port: u16,
    secret: String,
}

#[derive(Serialize, Deserialize)]
struct Knock {
    secret: String,
    asked: Asked,
}

/// Whether we are the first.
pub(crate) enum Turn {
    /// We are.
    First(First),
    /// We are not, and the first one has taken over what we were asked.
    Handed,
    /// It can't be told; the app starts all the same.
    Unknown,
}

/// The right to be the one.
pub(crate) struct First {
    listener: TcpListener,
    secret: String,
    _lock: File,
}

/// Becomes the first one, or hands over.
pub(crate) fn take(folder: &Path, asked: &Asked) -> Turn {
    let lock = match lock(folder) {
        Ok(Some(lock)) => lock,
        Ok(None) => {
            return if hand_over(folder, asked) {
                Turn::Handed
            } else {
                tracing::warn!("another Amend has this profile and does not answer");
                Turn::Unknown
            };
        }
        Err(error) => {
            tracing::warn!(%error, "cannot tell whether this is the only Amend");
            return Turn::Unknown;
        }
    };
    match listen(folder, lock) {
        Ok(first) => Turn::First(first),
        Err(error) => {
            tracing::warn!(%error, "a second start will not find this one");
            Turn::Unknown
        }
    }
}

/// The lock, if nobody has it.
fn lock(folder: &Path) -> std::io::Result<Option<File>> {
    std::fs::create_dir_all(folder)?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("desktop.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn listen(folder: &Path, lock: File) -> std::io::Result<First> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let door = Door {
        port: listener.local_addr()?.port(),
        secret: secret.clone(),
    };
    write_whole(&folder.join("desktop.json"), &serde_json::to_vec(&door)?)?;
    Ok(First {
        listener,
        secret,
        _lock: lock,
    })
}

impl First {
    /// Calls `asked` with what later starts were asked, for as long as the process lives.
    pub(crate) fn serve(self, asked: impl Fn(Asked) + Send + 'static) {
        let thread = std::thread::Builder::new().name("amend-instance".to_owned());
        let spawned = thread.spawn(move || {
            // All of it: a closure that names only some fields drops the others, and with them the lock.
            let first = self;
            for stream in first.listener.incoming() {
                let heard = stream.and_then(|stream| hear(&stream, &first.secret));
                match heard {
                    Ok(Some(what)) => asked(what),
                    Ok(None) => tracing::warn!("somebody knocked who may not"),
                    Err(error) => tracing::info!(%error, "a knock that said nothing"),
                }
            }
        });
        if let Err(error) = spawned {
            tracing::warn!(%error, "nobody listens for a second start");
        }
    }
}

/// What a knock asks; none if it does not know the secret.
fn hear(stream: &TcpStream, secret: &str) -> std::io::Result<Option<Asked>> {
    stream.set_read_timeout(Some(TALK_MAX))?;
    stream.set_write_timeout(Some(TALK_MAX))?;
    let mut line = String::new();
    BufReader::new(stream.take(LINE_MAX)).read_line(&mut line)?;
    let knock: Knock = serde_json::from_str(&line)?;
    if knock.secret != secret {
        return Ok(None);
    }
    let mut stream = stream;
    stream.write_all(DONE.as_bytes())?;
    Ok(Some(knock.asked))
}

/// Whether the first one took it.
fn hand_over(folder: &Path, asked: &Asked) -> bool {
    let deadline = Instant::now() + FIND_MAX;
    loop {
        match knock(folder, asked) {
            Ok(()) => return true,
            Err(error) if Instant::now() >= deadline => {
                tracing::warn!(%error, "the other Amend was not found");
                return false;
            }
            Err(_) => std::thread::sleep(LOOK_AGAIN),
        }
    }
}

fn knock(folder: &Path, asked: &Asked) -> std::io::Result<()> {
    let door: Door = serde_json::from_slice(&std::fs::read(folder.join("desktop.json"))?)?;
    let address = (Ipv4Addr::LOCALHOST, door.port).into();
    let mut stream = TcpStream::connect_timeout(&address, TALK_MAX)?;
    stream.set_read_timeout(Some(TALK_MAX))?;
    stream.set_write_timeout(Some(TALK_MAX))?;
    let knock = Knock {
        secret: door.secret,
        asked: asked.clone(),
    };
    let mut line = serde_json::to_vec(&knock)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    stream.take(DONE.len() as u64).read_to_string(&mut answer)?;
    if answer == DONE {
        Ok(())
    } else {
        Err(std::io::Error::other("it did not take it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn first(folder: &Path) -> First {
        match take(folder, &Asked::default()) {
            Turn::First(first) => first,
            Turn::Handed | Turn::Unknown => panic!("nobody else is there"),
        }
    }

    #[test]
    fn a_second_start_hands_over_and_a_third_begins_anew_after_a_death() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sender, asked) = mpsc::channel();
        first(folder.path()).serve(move |what| sender.send(what).expect("a receiver"));
        let wanted = Asked {
            link: Some("amend://room?room=1".to_owned()),
        };
        assert!(matches!(take(folder.path(), &wanted), Turn::Handed));
        assert_eq!(asked.recv().expect("something"), wanted);
    }

    #[test]
    fn what_a_dead_one_left_is_no_hindrance() {
        let folder = tempfile::tempdir().expect("a folder");
        // As after a kill -9: the file names a port that nobody listens on, and nobody holds the lock.
        drop(first(folder.path()));
        assert!(folder.path().join("desktop.json").exists());
        first(folder.path());
    }

    #[test]
    fn who_does_not_know_the_secret_is_not_heard() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sender, asked) = mpsc::channel();
        first(folder.path()).serve(move |what| sender.send(what).expect("a receiver"));
        let path = folder.path().join("desktop.json");
        let mut door: Door =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("a door");
        let right = std::mem::replace(&mut door.secret, "guessed".to_owned());
        std::fs::write(&path, serde_json::to_vec(&door).expect("JSON")).expect("written");
        assert!(knock(folder.path(), &Asked::default()).is_err());
        // Nonsense does not stop it from listening either.
        TcpStream::connect((Ipv4Addr::LOCALHOST, door.port))
            .and_then(|mut stream| stream.write_all(b"GET / HTTP/1.1\r\n\r\n"))
            .expect("sent");
        door.secret = right;
        std::fs::write(&path, serde_json::to_vec(&door).expect("JSON")).expect("written");
        knock(folder.path(), &Asked::default()).expect("heard");
        assert_eq!(asked.recv().expect("something"), Asked::default());
        assert!(asked.try_recv().is_err(), "only one was heard");
    }
}
