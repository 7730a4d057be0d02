//! Ports that stay a test's own while nothing listens on them, as when a relay is down and comes back.
//!
//! Invariant: no two tests, in whatever processes, have the same one: each is held by a locked file until its process ends. They lie below the
//! ports that the system gives to outgoing connections, one of which could take a port in the meantime.

use std::fs::File;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// One that nobody has.
///
/// # Panics
/// When the folder for temporary files does not take the locks, or all are taken.
#[must_use]
pub fn free() -> u16 {
    let folder = std::env::temp_dir().join("amend-test-ports");
    std::fs::create_dir_all(&folder).unwrap();
    let start = fastrand::u16(..COUNT);
    for step in 0..COUNT {
        let port = FIRST + (start + step) % COUNT;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(port.to_string()))
            .unwrap();
        if file.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
            held.push(file);
            return port;
        }
    }
    panic!("all ports are taken");
}
