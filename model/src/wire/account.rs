//! The bodies of the HTTP endpoints for accounts. Each answer that is none of these is a [`super::WireError`]. Paths other than
//! login and registration want `Authorization: Bearer TOKEN`.

use crate::id::{Millis, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST`: a name and a password become a token.
pub const LOGIN_PATH: &str = "/v1/login";

/// `POST` [`RegisterRequest`]: a new account; answers [`LoginResponse`].
pub const REGISTER_PATH: &str = "/v1/register";

/// `GET`: [`SessionList`]; `DELETE` of `/v1/sessions/ID` ends one, `DELETE` of `/v1/sessions/current` the one that asks.
pub const SESSIONS_PATH: &str = "/v1/sessions";

/// `POST` [`PasswordRequest`]: a new password; ends all other sessions.
pub const PASSWORD_PATH: &str = "/v1/password";

/// For admins. `POST` [`InviteRequest`]: an invite; answers [`InviteResponse`]. `GET`: [`InviteList`]; `DELETE` of `/v1/invites/ID` takes
/// one back.
pub const INVITES_PATH: &str = "/v1/invites";

/// `POST`: a token that lasts [`SHORT_TOKEN_SECONDS`], for another front end; answers [`TokenResponse`].
pub const TOKEN_PATH: &str = "/v1/token";

/// `GET`: whose token it is; answers [`AccountResponse`].
pub const ACCOUNT_PATH: &str = "/v1/account";

/// `GET`: everybody who has an account; answers [`PeopleResponse`].
pub const PEOPLE_PATH: &str = "/v1/people";

/// How long a short-lived token lasts.
pub const SHORT_TOKEN_SECONDS: u32 = 600;

/// The body of `POST /v1/login`.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoginRequest {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What its owner will know the session by, such as the device's name; at most 100 characters are kept.
    #[serde(default)]
    pub label: String,
}

/// The answer to [`LoginRequest`] and [`RegisterRequest`].
#[derive(Clone, Serialize, Deserialize)]
pub struct LoginResponse {
    /// For `Hello`.
    pub token: String,
    /// Whose it is.
    pub user: UserId,
    /// That account's name, as its owner writes it.
    pub name: String,
}

/// The answer to `GET /v1/account`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountResponse {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// May make invites.
    pub is_admin: bool,
}

/// The answer to `GET /v1/people`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeopleResponse {
    /// By name.
    pub people: Vec<crate::op::NamedUser>,
}

/// The body of `POST /v1/register`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// The new account's name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// An invite's code; not needed where registration is open.
    #[serde(default)]
    pub invite: Option<String>,
    /// As in [`LoginRequest`].
    #[serde(default)]
    pub label: String,
}

/// The answer to `GET /v1/sessions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionList {
    /// Newest first.
    pub sessions: Vec<SessionEntry>,
}

/// A session that is neither ended nor expired.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionEntry {
    /// For ending it.
    pub id: Uuid,
    /// What it was called at its beginning.
    pub label: String,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// When it ends by itself.
    pub expires_at: Millis,
    /// It is the one that asked.
    pub current: bool,
}

/// The body of `POST /v1/password`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordRequest {
    /// The present one.
    pub old: String,
    /// The one to come.
    pub new: String,
}

/// The body of `POST /v1/invites`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteRequest {
    /// How many people may use it: 1 to 1,000.
    #[serde(default = "one")]
    pub uses: u32,
    /// How long it is good: 1 to 365 days.
    #[serde(default = "week")]
    pub days: u32,
    /// Somebody whose words were imported and whose account is nobody's yet: the invite, of one use, gives that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<UserId>,
}

fn one() -> u32 {
    1
}

fn week() -> u32 {
    7
}

/// The answer to [`InviteRequest`].
#[derive(Clone, Serialize, Deserialize)]
pub struct InviteResponse {
    /// To be passed on to the people invited.
    pub code: String,
    /// Until when.
    pub expires_at: Millis,
}

/// The answer to `GET /v1/invites`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteList {
    /// Those that can still be used, newest first.
    pub invites: Vec<InviteEntry>,
}

/// An invite that can still be used; its code is known to nobody but whom it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteEntry {
    /// For taking it back.
    pub id: Uuid,
    /// The name of the admin who made it; `None`: the host, or somebody who is gone.
    pub by: Option<String>,
    /// How many people may still use it.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Millis,
    /// Until when it is good.
    pub expires_at: Millis,
}

/// The answer to `POST /v1/token`.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenResponse {
    /// For `Hello`.
    pub token: String,
    /// Until when.
    pub expires_at: Millis,
}
