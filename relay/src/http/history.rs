//! HTTP for a room's history: `GET /v1/rooms/ROOM/messages` and `GET /v1/rooms/ROOM/messages/MESSAGE/versions`.
//!
//! Invariant: a room that the person is not in gets the same answer as one that does not exist, and so does a text that is no id.

use super::account::{Asking, Refusal, Served};
use crate::RelayError;
use crate::session::shell::Shared;
use crate::store::history::Place;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use model::wire::{HistoryQuery, HistoryResponse, VersionsResponse};
use model::{MessageId, RoomId, Seq, limits};

/// The routes of this module.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/rooms/{room}/messages", get(messages))
        .route(
            "/v1/rooms/{room}/messages/{message}/versions",
            get(versions),
        )
}

async fn messages(
    State(shared): State<Shared>,
    Asking(who): Asking,
    room: Result<Path<String>, PathRejection>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Served<HistoryResponse> {
    let Query(query) = query.map_err(|_| Refusal::malformed(WHERE))?;
    let places = [
        query.before.map(Place::Before),
        query.after.map(Place::After),
        query.around.map(Place::Around),
        query.since.map(Place::Since),
    ];
    let mut places = places.into_iter().flatten();
    let place = places.next().unwrap_or(Place::Before(Seq(i64::MAX)));
    if places.next().is_some() {
        return Err(Refusal::malformed(WHERE));
    }
    let Path(room) = room.map_err(|_| RelayError::NoRoom)?;
    let room: RoomId = room.parse().map_err(|_| RelayError::NoRoom)?;
    let limit = query.limit.unwrap_or(limits::FIRST_PAGE_ROWS);
    let page = shared
        .store
        .history(who.account.id, room, place, limit)
        .await?;
    Ok(Json(page.ok_or(RelayError::NoRoom)?))
}

const WHERE: &str = "Give at most one of before, after (positions), around (a message's id) and since (milliseconds since 1970), and limit (a number).";

async fn versions(
    State(shared): State<Shared>,
    Asking(who): Asking,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Served<VersionsResponse> {
    let Path((room, message)) = path.map_err(|_| RelayError::NoRoom)?;
    let room: RoomId = room.parse().map_err(|_| RelayError::NoRoom)?;
    let message: MessageId = message.parse().map_err(|_| RelayError::NoRoom)?;
    let versions = shared
        .store
        .versions(who.account.id, room, message)
        .await?
        .ok_or(RelayError::NoRoom)?;
    Ok(Json(VersionsResponse { versions }))
}
