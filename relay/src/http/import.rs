//! HTTP for an import: `POST /v1/import`, in the name of an admin.
//!
//! Invariant: only an admin puts words into other people's mouths, with a token of their own and not a short-lived one.

use super::account::{Asking, Body, Refusal, Served, body};
use crate::session::shell::Shared;
use crate::{RelayError, accounts, clock};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use model::wire::{IMPORT_MAX_ITEMS, IMPORT_PATH, ImportRequest, ImportResponse};

/// The routes of this module.
pub(super) fn routes() -> Router<Shared> {
    Router::new().route(IMPORT_PATH, post(import))
}

async fn import(
    State(shared): State<Shared>,
    Asking(who): Asking,
    request: Body<ImportRequest>,
) -> Served<ImportResponse> {
    if !accounts::full(&who)?.is_admin {
        return Err(RelayError::Forbidden.into());
    }
    let ImportRequest { items } = body(request, "\"items\", a list of what is to be imported")?;
    if items.len() > IMPORT_MAX_ITEMS {
        let text = format!("Send at most {IMPORT_MAX_ITEMS} items at once.");
        return Err(Refusal::malformed(&text));
    }
    let outcomes = shared.store.import(&items, clock::now()).await?;
    // Who wrote in other people's names is worth a line.
    tracing::info!(by = %who.account.id, items = items.len(), "imported");
    Ok(Json(ImportResponse { outcomes }))
}

/// Whether these headers are of somebody who may send as much as an import takes: asked before any of it is read.
pub(crate) async fn is_admins(shared: &Shared, headers: &HeaderMap) -> bool {
    let Ok(token) = super::account::bearer(headers) else {
        return false;
    };
    let who = accounts::use_token(&shared.store, shared.identity.as_deref(), &token).await;
    who.is_ok_and(|who| who.is_admin && !who.short)
}
