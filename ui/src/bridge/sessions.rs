//! Signing up by invite, and what a person does with their account at the relay.

use super::{Nothing, call};
use model::view::{Account, Failure};
use model::wire::{InviteEntry, InviteResponse, SessionEntry};
use serde::Serialize;
use uuid::Uuid;

/// Makes an account and signs in to it. The screen changes when the account's row does.
pub(crate) async fn register(
    relay: &str,
    name: &str,
    password: &str,
    invite: Option<&str>,
) -> Result<Account, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        relay: &'a str,
        name: &'a str,
        password: &'a str,
        invite: Option<&'a str>,
    }
    let arguments = Arguments {
        relay,
        name,
        password,
        invite,
    };
    call("register", &arguments).await
}

/// The account's sessions, newest first.
pub(crate) async fn sessions() -> Result<Vec<SessionEntry>, Failure> {
    call("sessions", &Nothing {}).await
}

#[derive(Serialize)]
struct ById {
    id: Uuid,
}

/// Signs another device out.
pub(crate) async fn end_session(id: Uuid) -> Result<(), Failure> {
    call("end_session", &ById { id }).await
}

/// Sets a new password; all other sessions end.
pub(crate) async fn change_password(old: &str, new: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        old: &'a str,
        new: &'a str,
    }
    call("change_password", &Arguments { old, new }).await
}

/// Whether we may make invites.
pub(crate) async fn is_admin() -> Result<bool, Failure> {
    call("is_admin", &Nothing {}).await
}

/// Makes an invite to the relay.
pub(crate) async fn make_invite(uses: u32, days: u32) -> Result<InviteResponse, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        uses: u32,
        days: u32,
    }
    call("make_invite", &Arguments { uses, days }).await
}

/// The invites that can still be used.
pub(crate) async fn invites() -> Result<Vec<InviteEntry>, Failure> {
    call("invites", &Nothing {}).await
}

/// Takes an invite back.
pub(crate) async fn revoke_invite(id: Uuid) -> Result<(), Failure> {
    call("revoke_invite", &ById { id }).await
}
