//! Passwords, by argon2id with its library's defaults (19 MiB, two passes).
//!
//! Invariants: a password is never stored or logged; a name that nobody has, and an account that has no password, cost as much time as
//! a real one; at most [`CHECKS_MAX`] passwords are hashed at once, as each takes tens of megabytes, whoever has gone away meanwhile;
//! at most [`WAITING_MAX`] wait, and the next one is told to come back.

use crate::RelayError;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Passwords that are hashed at the same time.
const CHECKS_MAX: usize = 2;

/// The shortest password.
pub const MIN_CHARS: usize = 8;

/// The longest password.
pub const MAX_BYTES: usize = 1024;

/// Passwords that wait for their turn: some seconds of work. More are a flood, and would only be answered when nobody waits any more.
const WAITING_MAX: usize = 64;

static CHECKS: Semaphore = Semaphore::const_new(CHECKS_MAX);
static WAITING: Semaphore = Semaphore::const_new(CHECKS_MAX + WAITING_MAX);

/// The hash of a password that is being chosen, in PHC format.
///
/// # Errors
/// [`RelayError::PasswordTooShort`], [`RelayError::PasswordTooLong`].
pub(crate) async fn choose(password: &str) -> Result<String, RelayError> {
    check(password)?;
    let password = password.to_owned();
    blocking(move || hash(&password)).await
}

/// Whether it may be somebody's password: what can be said without a hash.
///
/// # Errors
/// As [`choose`].
pub(crate) fn check(password: &str) -> Result<(), RelayError> {
    if password.chars().count() < MIN_CHARS {
        return Err(RelayError::PasswordTooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(RelayError::PasswordTooLong);
    }
    Ok(())
}

/// Whether a password fits a hash; `None`: nobody's hash, and the same time.
pub(crate) async fn fits(password: &str, hash: Option<&str>) -> Result<bool, RelayError> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let hash = hash.map(str::to_owned);
    let password = password.to_owned();
    blocking(move || Ok(verify(&password, hash.as_deref()))).await
}

fn hash(password: &str) -> Result<String, RelayError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| RelayError::Secret(error.to_string()))
}

/// Also takes its time for a hash that is none: people of an identity provider have no password here.
fn verify(password: &str, hash: Option<&str>) -> bool {
    let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let fits = |hash: &PasswordHash| {
        let argon2 = Argon2::default();
        argon2.verify_password(password.as_bytes(), hash).is_ok()
    };
    match known {
        Some(hash) => fits(&hash),
        None => {
            let _ = PasswordHash::new(decoy()).is_ok_and(|hash| fits(&hash));
            false
        }
    }
}

/// A hash for names that nobody has: checking it takes as long as checking a real one.
fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hash("nobody's password").unwrap_or_default())
}

/// The permits go with the work, which goes on when whoever asked has gone away.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, RelayError> + Send + 'static,
) -> Result<T, RelayError> {
    let failed = |error: &dyn std::fmt::Display| RelayError::Secret(error.to_string());
    let waiting = WAITING.try_acquire().map_err(|_| RelayError::Busy)?;
    let permit = CHECKS.acquire().await.map_err(|error| failed(&error))?;
    let work = move || {
        let _permits = (waiting, permit);
        act()
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| failed(&error))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    #[test]
    fn a_hash_fits_its_password_only_and_differs_each_time() {
        let first = hash("correct horse").unwrap();
        assert!(first.starts_with("$argon2id$"), "{first}");
        assert!(verify("correct horse", Some(&first)) && !verify("correct hors", Some(&first)));
        assert_ne!(first, hash("correct horse").unwrap());
        assert!(!verify("anything", Some("not a hash")) && !verify("nobody's password", None));
    }

    #[test]
    fn nobody_and_an_account_without_a_password_cost_the_time_of_a_check() {
        let real = hash("correct horse").unwrap();
        let best = |known: Option<&str>| {
            let time = |_| {
                let began = Instant::now();
                assert!(!verify("wrong", known));
                began.elapsed()
            };
            (0..3).map(time).min().unwrap_or_default()
        };
        let _ = decoy();
        // Without the work they take a thousandth.
        let least = best(Some(&real)) / 10;
        assert!(best(None) > least && best(Some("!")) > least);
    }

    /// One test, as the permits are the process's.
    #[tokio::test]
    async fn those_who_went_away_do_not_make_more_be_hashed_at_once_and_a_flood_is_told_to_come_back()
     {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let work = || {
            let now = NOW.fetch_add(1, Ordering::SeqCst) + 1;
            MOST.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            NOW.fetch_sub(1, Ordering::SeqCst);
            DONE.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        for _ in 0..10 {
            let one = tokio::spawn(blocking(work));
            while DONE.load(Ordering::SeqCst) + NOW.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
            one.abort();
        }
        let flood: Vec<_> = (0..200).map(|_| tokio::spawn(blocking(work))).collect();
        let mut turned_away = 0;
        for one in flood {
            turned_away += usize::from(matches!(one.await.unwrap(), Err(RelayError::Busy)));
        }
        assert!(
            turned_away >= 200 - CHECKS_MAX - WAITING_MAX,
            "{turned_away}"
        );
        assert!(MOST.load(Ordering::SeqCst) <= CHECKS_MAX);
    }
}
