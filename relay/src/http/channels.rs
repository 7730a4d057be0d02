//! HTTP for channels: `GET /v1/channels/CHANNEL/events`. Here a row may be of any size.

use super::account::{Asking, Refusal, Served};
use crate::RelayError;
use crate::session::shell::Shared;
use crate::watch::number::{self, For};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use model::wire::{EventsQuery, EventsResponse};

/// The routes of this module.
pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v1/channels/{channel}/events", get(events))
}

async fn events(
    State(shared): State<Shared>,
    Asking(who): Asking,
    channel: Result<Path<String>, PathRejection>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Served<EventsResponse> {
    let Path(channel) = channel.map_err(|_| RelayError::NoChannel)?;
    let Query(EventsQuery { after }) = query.map_err(|_| {
        Refusal::malformed("Give after: the position of the last event that you have.")
    })?;
    if !shared.admits(&channel, &who.account.name, who.is_admin) {
        return Err(RelayError::NoChannel.into());
    }
    let page = number::read(&shared.store, &channel, after, For::Http).await?;
    let page = page.ok_or(RelayError::HistoryGone)?;
    Ok(Json(EventsResponse {
        events: page.events,
        through: page.through,
        more: page.more,
    }))
}
