//! HTTP for accounts: signing in and up, sessions, passwords, invites, short-lived tokens.
//!
//! Invariant: every endpoint but login and registration first asks whose token it is; what it then does is about that account only.

use crate::RelayError;
use crate::accounts::{self, Bearer};
use crate::config::Registration;
use crate::front::{Visitor, wire};
use crate::session::shell::Shared;
use crate::store::accounts::{Account, TokenRow};
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Extension, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use model::wire::{
    ACCOUNT_PATH, AccountResponse, ErrorCode, INVITES_PATH, InviteList, InviteRequest,
    InviteResponse, LOGIN_PATH, LoginRequest, LoginResponse, PASSWORD_PATH, PEOPLE_PATH,
    PasswordRequest, PeopleResponse, REGISTER_PATH, RegisterRequest, SESSIONS_PATH, SessionList,
    TOKEN_PATH, TokenResponse, WireError,
};
use uuid::Uuid;

/// The routes of this module.
pub(super) fn routes() -> Router<Shared> {
    let one_invite = format!("{INVITES_PATH}/{{id}}");
    let one_session = format!("{SESSIONS_PATH}/{{id}}");
    Router::new()
        .route(LOGIN_PATH, post(login))
        .route(REGISTER_PATH, post(register))
        .route(SESSIONS_PATH, get(sessions))
        .route(&one_session, delete(end_session))
        .route(PASSWORD_PATH, post(password))
        .route(INVITES_PATH, post(invite))
        .route(INVITES_PATH, get(invites))
        .route(&one_invite, delete(revoke_invite))
        .route(TOKEN_PATH, post(token))
        .route(ACCOUNT_PATH, get(account))
        .route(PEOPLE_PATH, get(people))
}

/// Why a request was not served.
pub(super) struct Refusal(StatusCode, WireError);

impl Refusal {
    /// What was sent can't be understood.
    pub(super) fn malformed(text: &str) -> Self {
        Self(
            StatusCode::BAD_REQUEST,
            wire(ErrorCode::Malformed, text, None),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        super::respond(self.0, self.1)
    }
}

impl From<RelayError> for Refusal {
    fn from(error: RelayError) -> Self {
        let wire = error.to_wire();
        let status = match wire.code {
            ErrorCode::BadCredentials | ErrorCode::TokenInvalid | ErrorCode::TokenExpired => {
                StatusCode::UNAUTHORIZED
            }
            ErrorCode::AccountDeactivated
            | ErrorCode::Forbidden
            | ErrorCode::RegistrationClosed
            | ErrorCode::InviteInvalid => StatusCode::FORBIDDEN,
            ErrorCode::NameTaken => StatusCode::CONFLICT,
            ErrorCode::NameInvalid | ErrorCode::PasswordInvalid | ErrorCode::Malformed => {
                StatusCode::BAD_REQUEST
            }
            ErrorCode::HistoryGone => StatusCode::GONE,
            ErrorCode::BlobOffset => StatusCode::CONFLICT,
            ErrorCode::BlobMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::BlobRefused => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::NotFound | ErrorCode::ChannelNotFound | ErrorCode::RoomNotFound => {
                StatusCode::NOT_FOUND
            }
            _ => {
                tracing::warn!(%error, "a request about an account was not served");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self(status, wire)
    }
}

pub(super) type Served<T> = Result<Json<T>, Refusal>;
pub(super) type Body<T> = Result<Json<T>, JsonRejection>;

/// The body, or a sentence on what it must be.
pub(super) fn body<T>(sent: Body<T>, fields: &str) -> Result<T, Refusal> {
    sent.map(|Json(body)| body).map_err(|rejection| {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
            _ => ErrorCode::Malformed,
        };
        let text = format!("Send a JSON object with {fields}, and Content-Type: application/json.");
        let status = match code {
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        let error = WireError {
            code,
            text,
            retry_after_ms: None,
            room: None,
        };
        Refusal(status, error)
    })
}

/// The token in `Authorization`.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Bearer, RelayError> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Bearer::of(token.trim()))
        .ok_or(RelayError::TokenInvalid)
}

/// Whoever asks, by the token in `Authorization`.
pub(super) struct Asking(pub(super) TokenRow);

impl FromRequestParts<Shared> for Asking {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        let token = bearer(&parts.headers)?;
        Ok(Self(
            accounts::use_token(&shared.store, shared.identity.as_deref(), &token).await?,
        ))
    }
}

fn signed_in((token, account): (String, Account)) -> Json<LoginResponse> {
    Json(LoginResponse {
        token,
        user: account.id,
        name: account.name,
    })
}

async fn login(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    request: Body<LoginRequest>,
) -> Served<LoginResponse> {
    shared.gate.login(visitor.client)?;
    let request = body(request, "\"name\" and \"password\"")?;
    let LoginRequest {
        name,
        password,
        label,
    } = request;
    shared.gate.try_password(&name, visitor.client)?;
    let signed = accounts::log_in(&shared.store, &name, &password, &label).await;
    // Whoever knows the password of a deactivated account guesses no more.
    if matches!(signed, Ok(_) | Err(RelayError::Deactivated)) {
        shared.gate.password_was_right(&name, visitor.client);
    }
    Ok(signed_in(signed?))
}

async fn register(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    request: Body<RegisterRequest>,
) -> Served<LoginResponse> {
    shared.gate.login(visitor.client)?;
    let request = body(request, "\"name\", \"password\" and \"invite\"")?;
    let open = shared.registration == Registration::Open;
    let registered = accounts::register(
        &shared.store,
        open,
        &request.name,
        &request.password,
        request.invite.as_deref(),
        &request.label,
    )
    .await?;
    Ok(signed_in(registered))
}

async fn sessions(State(shared): State<Shared>, Asking(who): Asking) -> Served<SessionList> {
    let store = &shared.store;
    let sessions = store.sessions(who.account.id, who.session).await?;
    Ok(Json(SessionList { sessions }))
}

async fn end_session(
    State(shared): State<Shared>,
    Asking(who): Asking,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let Path(id) = id.map_err(|_| RelayError::NoSession)?;
    let id = match id.as_str() {
        "current" => who.session,
        id => id.parse::<Uuid>().ok(),
    };
    if id != who.session {
        accounts::full(&who)?;
    }
    let id = id.ok_or(RelayError::NoSession)?;
    if !shared.store.revoke_session(who.account.id, id).await? {
        return Err(RelayError::NoSession.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn password(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Asking(who): Asking,
    request: Body<PasswordRequest>,
) -> Result<StatusCode, Refusal> {
    let PasswordRequest { old, new } = body(request, "\"old\" and \"new\"")?;
    let name = who.account.name.clone();
    shared.gate.try_password(&name, visitor.client)?;
    let changed = accounts::change_password(&shared.store, &who, &old, &new).await;
    if changed.is_ok() {
        shared.gate.password_was_right(&name, visitor.client);
    }
    changed?;
    Ok(StatusCode::NO_CONTENT)
}

async fn invite(
    State(shared): State<Shared>,
    Asking(who): Asking,
    request: Body<InviteRequest>,
) -> Served<InviteResponse> {
    admin(&who)?;
    let InviteRequest { uses, days, claims } = body(request, "\"uses\" and \"days\"")?;
    let by = Some(who.account.id);
    let (code, expires_at) = accounts::invite(&shared.store, by, uses, days, claims).await?;
    Ok(Json(InviteResponse { code, expires_at }))
}

/// Whoever asks, if they may make invites.
fn admin(who: &TokenRow) -> Result<(), RelayError> {
    if accounts::full(who)?.is_admin {
        Ok(())
    } else {
        Err(RelayError::Forbidden)
    }
}

async fn invites(State(shared): State<Shared>, Asking(who): Asking) -> Served<InviteList> {
    admin(&who)?;
    let invites = shared.store.invites().await?;
    Ok(Json(InviteList { invites }))
}

async fn revoke_invite(
    State(shared): State<Shared>,
    Asking(who): Asking,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    admin(&who)?;
    let Path(id) = id.map_err(|_| RelayError::NoInvite)?;
    let id = id.parse::<Uuid>().map_err(|_| RelayError::NoInvite)?;
    if !shared.store.revoke_invite(id).await? {
        return Err(RelayError::NoInvite.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn token(State(shared): State<Shared>, Asking(who): Asking) -> Served<TokenResponse> {
    let (token, expires_at) = accounts::short_token(&shared.store, &who).await?;
    Ok(Json(TokenResponse { token, expires_at }))
}

async fn account(Asking(who): Asking) -> Json<AccountResponse> {
    Json(AccountResponse {
        user: who.account.id,
        name: who.account.name,
        is_admin: who.is_admin,
    })
}

async fn people(State(shared): State<Shared>, Asking(_): Asking) -> Served<PeopleResponse> {
    let people = shared.store.people().await?;
    Ok(Json(PeopleResponse { people }))
}
