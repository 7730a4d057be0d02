//! HTTP for a room: `GET /v1/rooms/ROOM/messages`, `GET /v1/rooms/ROOM/messages/MESSAGE/versions` and `GET /v1/rooms/ROOM/presence`.
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
use model::wire::{
    HistoryQuery, HistoryResponse, PresenceResponse, RelayFrame, VersionsQuery, VersionsResponse,
};
use model::{MessageId, RoomId, Seq, limits};

/// The routes of this module.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/rooms/{room}/messages", get(messages))
        .route(
            "/v1/rooms/{room}/messages/{message}/versions",
            get(versions),
        )
        .route("/v1/rooms/{room}/presence", get(presence))
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
    query: Result<Query<VersionsQuery>, QueryRejection>,
) -> Served<VersionsResponse> {
    let Path((room, message)) = path.map_err(|_| RelayError::NoRoom)?;
    let Query(query) = query.map_err(|_| Refusal::malformed(ON))?;
    let room: RoomId = room.parse().map_err(|_| RelayError::NoRoom)?;
    let message: MessageId = message.parse().map_err(|_| RelayError::NoRoom)?;
    let versions = shared
        .store
        .versions(
            who.account.id,
            room,
            message,
            query.after.unwrap_or(Seq::ZERO),
        )
        .await?
        .ok_or(RelayError::NoRoom)?;
    Ok(Json(versions))
}

const ON: &str = "Give after (a number) as the answer before said, or nothing.";

async fn presence(
    State(shared): State<Shared>,
    Asking(who): Asking,
    path: Result<Path<String>, PathRejection>,
) -> Served<PresenceResponse> {
    let Path(room) = path.map_err(|_| RelayError::NoRoom)?;
    let room: RoomId = room.parse().map_err(|_| RelayError::NoRoom)?;
    if !shared.store.is_member(room, who.account.id).await? {
        return Err(RelayError::NoRoom.into());
    }
    let told = shared.hub.presence(room);
    let RelayFrame::Presence {
        online,
        typing,
        count,
        ..
    } = told.frame.frame.clone()
    else {
        return Ok(Json(PresenceResponse::default()));
    };
    Ok(Json(PresenceResponse {
        online,
        typing,
        count,
    }))
}
