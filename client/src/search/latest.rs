//! Giving up a search that nobody waits for any more: who types on asks for something else.
//!
//! Invariant: nothing but a search is interrupted. Its handle is here only while its statements run, and is taken away, under the
//! lock that interrupting takes, before its connection goes back to the others.

use crate::ClientError;
use rusqlite::{Connection, ErrorCode, InterruptHandle};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The searches that run, with the numbers that they were asked under.
#[derive(Default)]
pub(crate) struct Latest(Mutex<Vec<(u64, InterruptHandle)>>);

impl Latest {
    /// Runs a search's statements; [`ClientError::GivenUp`] if they were interrupted.
    ///
    /// # Errors
    /// What `act` says.
    pub(super) fn run<T>(
        &self,
        number: u64,
        connection: &Connection,
        act: impl FnOnce() -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let handle = connection.get_interrupt_handle();
        self.held().push((number, handle));
        let done = act();
        let mut held = self.held();
        if let Some(at) = held.iter().position(|(other, _)| *other == number) {
            held.swap_remove(at);
        }
        drop(held);
        done.map_err(|error| match error {
            ClientError::Database(rusqlite::Error::SqliteFailure(why, _))
                if why.code == ErrorCode::OperationInterrupted =>
            {
                ClientError::GivenUp
            }
            other => other,
        })
    }

    /// Interrupts what runs under this number or an earlier one.
    pub(super) fn give_up(&self, up_to: u64) {
        for (number, handle) in self.held().iter() {
            if *number <= up_to {
                handle.interrupt();
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<(u64, InterruptHandle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;

    /// Never ends by itself.
    const ENDLESS: &str =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

    fn endless(
        latest: &Arc<Latest>,
        number: u64,
    ) -> std::thread::JoinHandle<Result<i64, ClientError>> {
        let (latest, (begun, is_begun)) = (Arc::clone(latest), mpsc::channel());
        let running = std::thread::spawn(move || {
            let connection = Connection::open_in_memory().unwrap();
            let found = latest.run(number, &connection, || {
                let mut statement = connection.prepare(ENDLESS)?;
                begun.send(()).unwrap();
                Ok(statement.query_row([], |row| row.get(0))?)
            });
            // The connection is as good as before.
            let one: i64 = connection
                .query_row("SELECT 1", [], |row| row.get(0))
                .unwrap();
            assert_eq!(one, 1);
            found
        });
        is_begun.recv().unwrap();
        running
    }

    #[test]
    fn what_was_asked_before_ends_and_what_is_asked_now_goes_on() {
        let latest = Arc::new(Latest::default());
        let (old, new) = (endless(&latest, 3), endless(&latest, 4));
        // The statement may not have made its first step when it is first interrupted, and then nothing happens.
        while !old.is_finished() {
            latest.give_up(3);
            std::thread::yield_now();
        }
        assert!(matches!(old.join().unwrap(), Err(ClientError::GivenUp)));
        assert!(!new.is_finished());
        while !new.is_finished() {
            latest.give_up(u64::MAX);
            std::thread::yield_now();
        }
        assert!(matches!(new.join().unwrap(), Err(ClientError::GivenUp)));
        assert!(latest.held().is_empty());
    }
}
