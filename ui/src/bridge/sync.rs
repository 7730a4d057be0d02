//! The connection, the outbox and what was refused.

use super::{Nothing, call};
use model::OpId;
use model::view::{Failure, NoticeView, OutboxView, RecoveredView, Status, TakeBack};
use serde::Serialize;

/// The connection and what waits for it.
pub(crate) async fn status() -> Result<Status, Failure> {
    call("status", &Nothing {}).await
}

/// Sends a refused operation again.
pub(crate) async fn retry(op: OpId) -> Result<(), Failure> {
    call("retry", &OfOp { op }).await
}

/// Gives a refused operation up.
pub(crate) async fn discard(op: OpId) -> Result<(), Failure> {
    call("discard", &OfOp { op }).await
}

#[derive(Serialize)]
struct OfOp {
    op: OpId,
}

/// What was refused or saved, with its words.
pub(crate) async fn recovered() -> Result<Vec<RecoveredView>, Failure> {
    call("recovered", &Nothing {}).await
}

/// What the person should read once.
pub(crate) async fn notices() -> Result<Vec<NoticeView>, Failure> {
    call("notices", &Nothing {}).await
}

/// The person has read it.
pub(crate) async fn dismiss_notice(notice: i64) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        notice: i64,
    }
    call("dismiss_notice", &Arguments { notice }).await
}

/// Tries to connect now.
pub(crate) async fn network_changed() -> Result<(), Failure> {
    call("network_changed", &Nothing {}).await
}

/// What waits for the relay.
pub(crate) async fn waiting() -> Result<Vec<OutboxView>, Failure> {
    call("waiting", &Nothing {}).await
}

/// Takes a waiting change back, as far as that can be done.
pub(crate) async fn take_back(op: OpId) -> Result<TakeBack, Failure> {
    call("take_back", &OfOp { op }).await
}

/// Sends a refused change with other words.
pub(crate) async fn resend(op: OpId, body: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        op: OpId,
        body: &'a str,
    }
    call("resend", &Arguments { op, body }).await
}
