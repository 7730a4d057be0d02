//! Accounts, sessions and invites: what their owners, admins and the host may do with them.
//!
//! Invariants: a secret (password, token, invite) is never stored or logged, only its hash; an unknown name, a wrong password and a
//! deactivated account with a wrong password get the same answer in the same time; a session is its token's, and ends with it; a
//! short-lived token ends with the session that made it, and can't change who may sign in.

mod identity;
mod name;
mod password;

pub use identity::{Identity, IdentityConfig};
pub(crate) use name::{check as check_name, shown as shown_name};
pub use name::{folded, is_alike};
pub use password::{MAX_BYTES as PASSWORD_MAX_BYTES, MIN_CHARS as PASSWORD_MIN_CHARS};

use crate::RelayError;
use crate::store::Store;
use crate::store::accounts::{Account, NewAccount, NewToken, TokenRow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::wire::SHORT_TOKEN_SECONDS;
use model::{Millis, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a session lasts.
pub const TOKEN_DAYS: u32 = 90;

/// People that one invite may bring, and days that it may last.
pub const INVITE_USES_MAX: u32 = 1000;
/// See [`INVITE_USES_MAX`].
pub const INVITE_DAYS_MAX: u32 = 365;

/// Characters of a session's label that are kept.
const LABEL_MAX_CHARS: usize = 100;

const DAY_SECONDS: f64 = 86_400.0;

/// Adds an account on the host's behalf; the first one is the admin's, which is what is returned.
///
/// # Errors
/// A name or password that is none, or a name that is taken.
pub async fn add(store: &Store, name: &str, password: &str) -> Result<bool, RelayError> {
    name::check(name)?;
    let password_hash = &password::choose(password).await?;
    let new = NewAccount {
        name,
        password_hash,
        by_host: true,
        invite: None,
    };
    Ok(store.add_account(new).await?.1)
}

/// Adds an account for somebody who came by themselves and signs them in. Without an invite, registration must be `open`.
///
/// # Errors
/// [`RelayError::RegistrationClosed`], [`RelayError::InviteInvalid`], and those of [`add`].
pub async fn register(
    store: &Store,
    open: bool,
    name: &str,
    password: &str,
    invite: Option<&str>,
    label: &str,
) -> Result<(String, Account), RelayError> {
    if invite.is_none() && !open {
        return Err(RelayError::RegistrationClosed);
    }
    let name = name.trim();
    name::check(name)?;
    password::check(password)?;
    let invite = invite.map(|code| secret_hash(code.trim()));
    // A hash costs much, and whoever guesses invites shall not make the relay compute one each time.
    if let Some(hash) = &invite
        && !store.invite_is_good(hash).await?
    {
        return Err(RelayError::InviteInvalid);
    }
    let password_hash = &password::choose(password).await?;
    let new = NewAccount {
        name,
        password_hash,
        by_host: false,
        invite: invite.as_deref(),
    };
    let (account, _) = store.add_account(new).await?;
    let token = session(store, account.id, label, TOKEN_DAYS).await?;
    Ok((token, account))
}

/// Exchanges a name and a password for a token.
///
/// # Errors
/// [`RelayError::BadCredentials`], [`RelayError::Deactivated`], or the store's own.
pub async fn log_in(
    store: &Store,
    name: &str,
    password: &str,
    label: &str,
) -> Result<(String, Account), RelayError> {
    let known = store.credentials(name.trim()).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    let good = password::fits(password, hash).await?;
    let Some(known) = known.filter(|_| good) else {
        return Err(RelayError::BadCredentials);
    };
    if known.deactivated {
        return Err(RelayError::Deactivated);
    }
    let begin = Begin {
        account: known.account.id,
        label,
        seconds: f64::from(TOKEN_DAYS) * DAY_SECONDS,
        short: false,
        parent: None,
        // A password that is changed at this moment begins no session.
        password_hash: Some(&known.password_hash),
    };
    let (token, _) = begin.now(store).await?;
    Ok((token, known.account))
}

/// Begins a session of so many days; returns its token.
///
/// # Errors
/// The system's randomness, or the store's own.
pub async fn session(
    store: &Store,
    account: UserId,
    label: &str,
    days: u32,
) -> Result<String, RelayError> {
    let begin = Begin {
        account,
        label,
        seconds: f64::from(days) * DAY_SECONDS,
        short: false,
        parent: None,
        password_hash: None,
    };
    Ok(begin.now(store).await?.0)
}

/// A token of some minutes, for another front end of the same person, and until when it is good: no longer than what it is made with.
///
/// # Errors
/// [`RelayError::ShortToken`], and as [`session`].
pub async fn short_token(store: &Store, who: &TokenRow) -> Result<(String, Millis), RelayError> {
    let begin = Begin {
        account: full(who)?.account.id,
        label: "short-lived token",
        seconds: f64::from(SHORT_TOKEN_SECONDS).min(who.seconds_left),
        short: true,
        parent: who.session,
        password_hash: None,
    };
    begin.now(store).await
}

/// Whoever asks, unless by a short-lived token.
///
/// # Errors
/// [`RelayError::ShortToken`].
pub fn full(who: &TokenRow) -> Result<&TokenRow, RelayError> {
    if who.short {
        return Err(RelayError::ShortToken);
    }
    Ok(who)
}

/// A session that is to begin; see [`NewToken`].
struct Begin<'a> {
    account: UserId,
    label: &'a str,
    seconds: f64,
    short: bool,
    parent: Option<Uuid>,
    password_hash: Option<&'a str>,
}

impl Begin<'_> {
    async fn now(self, store: &Store) -> Result<(String, Millis), RelayError> {
        let token = secret()?;
        let label = self.label.chars().filter(|char| !char.is_control());
        let label: String = label.take(LABEL_MAX_CHARS).collect();
        let new = NewToken {
            hash: &secret_hash(&token),
            account: self.account,
            label: &label,
            seconds: self.seconds,
            short: self.short,
            parent: self.parent,
            password_hash: self.password_hash,
        };
        let until = store.add_token(new).await?;
        Ok((token, until.ok_or(RelayError::BadCredentials)?))
    }
}

/// What somebody shows to say who they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Bearer {
    /// The hash of a token of ours: what the store knows it by.
    Session(Vec<u8>),
    /// The identity provider's token.
    Jwt(String),
}

impl Bearer {
    /// What a token is.
    #[must_use]
    pub fn of(token: &str) -> Self {
        if identity::is_jwt(token) {
            Self::Jwt(token.to_owned())
        } else {
            Self::Session(secret_hash(token))
        }
    }
}

/// Whose token it is, now.
///
/// # Errors
/// [`RelayError::TokenInvalid`], [`RelayError::TokenExpired`], [`RelayError::Deactivated`], or the store's own.
pub async fn identify(
    store: &Store,
    provider: Option<&Identity>,
    bearer: &Bearer,
) -> Result<TokenRow, RelayError> {
    let hash = match bearer {
        Bearer::Session(hash) => hash,
        Bearer::Jwt(token) => {
            let provider = provider.ok_or(RelayError::TokenInvalid)?;
            return provider.identify(store, token).await;
        }
    };
    let row = store.token(hash).await?.ok_or(RelayError::TokenInvalid)?;
    if row.deactivated {
        return Err(RelayError::Deactivated);
    }
    if row.revoked {
        return Err(RelayError::TokenInvalid);
    }
    if row.expired {
        return Err(RelayError::TokenExpired);
    }
    Ok(row)
}

/// As [`identify`], and notes that the token is in use.
///
/// # Errors
/// As [`identify`].
pub async fn use_token(
    store: &Store,
    provider: Option<&Identity>,
    bearer: &Bearer,
) -> Result<TokenRow, RelayError> {
    let row = identify(store, provider, bearer).await?;
    if let Bearer::Session(hash) = bearer
        && let Err(error) = store.token_used(hash).await
    {
        // A database that can't be written to can still be read.
        tracing::debug!(%error, "the use of a token was not noted");
    }
    Ok(row)
}

/// Sets a new password for somebody who knows the present one; ends their other sessions.
///
/// # Errors
/// [`RelayError::BadCredentials`], [`RelayError::ShortToken`], a password that is none, or the store's own.
pub async fn change_password(
    store: &Store,
    who: &TokenRow,
    old: &str,
    new: &str,
) -> Result<(), RelayError> {
    let known = store.credentials(&full(who)?.account.name).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    if !password::fits(old, hash).await? {
        return Err(RelayError::BadCredentials);
    }
    let hash = password::choose(new).await?;
    store.set_password(who.account.id, &hash, who.session).await
}

/// Sets a new password on the host's behalf; ends all sessions of the account.
///
/// # Errors
/// A password that is none, or the store's own.
pub async fn reset_password(
    store: &Store,
    account: UserId,
    password: &str,
) -> Result<(), RelayError> {
    let hash = password::choose(password).await?;
    store.set_password(account, &hash, None).await
}

/// Makes an invite; returns its code and until when it is good. `by`: an admin, or the host. `claims`: somebody whose words were imported
/// and who has no password yet: the invite gives their account, once.
///
/// # Errors
/// [`RelayError::InviteTerms`], [`RelayError::NotClaimable`], the system's randomness, or the store's own.
pub async fn invite(
    store: &Store,
    by: Option<UserId>,
    uses: u32,
    days: u32,
    claims: Option<UserId>,
) -> Result<(String, Millis), RelayError> {
    if !(1..=INVITE_USES_MAX).contains(&uses) || !(1..=INVITE_DAYS_MAX).contains(&days) {
        return Err(RelayError::InviteTerms);
    }
    if let Some(account) = claims {
        if uses != 1 {
            return Err(RelayError::InviteTerms);
        }
        if !store.is_placeholder(account).await? {
            return Err(RelayError::NotClaimable);
        }
    }
    let code = secret()?;
    let until = store
        .add_invite(&secret_hash(&code), by, uses, days, claims)
        .await?;
    Ok((code, until))
}

/// 256 random bits: needs no slow hash.
fn secret() -> Result<String, RelayError> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| RelayError::Secret(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(secret))
}

fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
