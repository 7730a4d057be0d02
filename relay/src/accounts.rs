//! Passwords (argon2id) and session tokens (random, stored hashed).
//!
//! Invariants: a secret is never stored or logged; an unknown name and a wrong password cost the same time and get the same
//! answer; at most [`CHECKS_MAX`] passwords are checked at once, as each takes tens of megabytes.

use crate::RelayError;
use crate::store::Store;
use crate::store::accounts::Account;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{UserId, limits};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Passwords that are checked at the same time.
const CHECKS_MAX: usize = 2;

/// The shortest password.
const PASSWORD_MIN_CHARS: usize = 8;

/// The longest password that is looked at.
const PASSWORD_MAX_BYTES: usize = 1024;

/// How long a session lasts.
pub const TOKEN_DAYS: u32 = 90;

static CHECKS: Semaphore = Semaphore::const_new(CHECKS_MAX);

/// Adds an account.
///
/// # Errors
/// A name or password that is none, or a name that is taken.
pub async fn add(store: &Store, name: &str, password: &str) -> Result<UserId, RelayError> {
    let chars = name.chars().count();
    let plain = name.trim() == name && !name.chars().any(char::is_control);
    if chars == 0 || chars > limits::USER_NAME_MAX_CHARS || !plain {
        return Err(RelayError::AccountName(name.to_owned()));
    }
    if password.chars().count() < PASSWORD_MIN_CHARS {
        return Err(RelayError::PasswordTooShort);
    }
    let password = password.to_owned();
    let hash = blocking(move || hash(&password)).await?;
    store.add_account(name, &hash).await
}

/// Exchanges a name and a password for a token.
///
/// # Errors
/// [`RelayError::BadCredentials`], or the store's own.
pub async fn log_in(
    store: &Store,
    name: &str,
    password: &str,
) -> Result<(String, Account), RelayError> {
    let name = name.trim();
    // Not text to Postgres, so nobody's name.
    let known = if name.contains('\0') {
        None
    } else {
        store.account(name).await?
    };
    let (account, hash) = match known {
        Some((account, hash)) => (Some(account), hash),
        None => (None, decoy().to_owned()),
    };
    let password = password.to_owned();
    let good = password.len() <= PASSWORD_MAX_BYTES
        && blocking(move || Ok(verify(&password, &hash))).await?;
    match account {
        Some(account) if good => {
            let token = new_token(store, account.id, TOKEN_DAYS).await?;
            Ok((token, account))
        }
        _ => Err(RelayError::BadCredentials),
    }
}

/// Makes a token for an account.
///
/// # Errors
/// The system's randomness, or the store's own.
pub async fn new_token(store: &Store, account: UserId, days: u32) -> Result<String, RelayError> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| RelayError::Secret(error.to_string()))?;
    let token = URL_SAFE_NO_PAD.encode(secret);
    store.add_token(&token_hash(&token), account, days).await?;
    Ok(token)
}

/// Whose token it is.
///
/// # Errors
/// [`RelayError::TokenInvalid`], [`RelayError::TokenExpired`], or the store's own.
pub async fn identify(store: &Store, token: &str) -> Result<Account, RelayError> {
    let row = store
        .token(&token_hash(token))
        .await?
        .ok_or(RelayError::TokenInvalid)?;
    if row.revoked {
        return Err(RelayError::TokenInvalid);
    }
    if row.expired {
        return Err(RelayError::TokenExpired);
    }
    Ok(row.account)
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
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
