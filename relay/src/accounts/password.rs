//! Passwords, by argon2id with its library's defaults (19 MiB, two passes).
//!
//! Invariants: a password is never stored or logged; a name that nobody has costs as much time as a real one; at most
//! [`CHECKS_MAX`] passwords are hashed at once, as each takes tens of megabytes.

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

static CHECKS: Semaphore = Semaphore::const_new(CHECKS_MAX);

/// The hash of a password that is being chosen, in PHC format.
///
/// # Errors
/// [`RelayError::PasswordTooShort`], [`RelayError::PasswordTooLong`].
pub(crate) async fn choose(password: &str) -> Result<String, RelayError> {
    if password.chars().count() < MIN_CHARS {
        return Err(RelayError::PasswordTooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(RelayError::PasswordTooLong);
    }
    let password = password.to_owned();
    blocking(move || hash(&password)).await
}

/// Whether a password fits a hash; `None`: nobody's hash, and the same time.
pub(crate) async fn fits(password: &str, hash: Option<&str>) -> Result<bool, RelayError> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| decoy()).to_owned();
    let password = password.to_owned();
    Ok(blocking(move || Ok(verify(&password, &hash))).await? && known)
}

fn hash(password: &str) -> Result<String, RelayError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| RelayError::Secret(error.to_string()))
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

/// A hash that no password fits, for names that nobody has: checking it takes as long as checking a real one.
fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hash("nobody's password").unwrap_or_default())
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, RelayError> + Send + 'static,
) -> Result<T, RelayError> {
    let _permit = CHECKS
        .acquire()
        .await
        .map_err(|error| RelayError::Secret(error.to_string()))?;
    tokio::task::spawn_blocking(act)
        .await
        .map_err(|error| RelayError::Secret(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_only_and_differs_each_time() {
        let first = hash("correct horse").unwrap();
        assert!(first.starts_with("$argon2id$"), "{first}");
        assert!(verify("correct horse", &first) && !verify("correct hors", &first));
        assert_ne!(first, hash("correct horse").unwrap());
        assert!(!verify("anything", "not a hash"));
    }
}
