//! HTTP for files: `POST`, `PATCH` and `GET` of `/v1/rooms/ROOM/blobs/HASH`.
//!
//! Invariants: a room that the person is not in, and a file that they may not read there, get the same answer as one that does not exist;
//! what is sent as a file is never shown by a browser as anything else than bytes.

use super::account::{Asking, Refusal, Served, bearer};
use crate::RelayError;
use crate::accounts;
use crate::blobs::Blobs;
use crate::session::shell::Shared;
use crate::store::blobs::Asked;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use model::wire::{BlobRequest, BlobResponse, UPLOAD_OFFSET};
use std::ops::Range;

/// The routes of this module.
#[rustfmt::skip]
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/rooms/{room}/blobs/{hash}", post(begin).patch(receive).get(read))
}

/// Whether a request carries a range of a file: its body is longer than others', and what came of it counts.
pub(crate) fn is_range(parts: &Parts) -> bool {
    parts.method == Method::PATCH && parts.uri.path().contains("/blobs/")
}

/// Asks whose token it is before anything of the body is read.
pub(crate) async fn admit(shared: &Shared, headers: &HeaderMap) -> Result<(), Response> {
    let who = async {
        let token = bearer(headers)?;
        accounts::use_token(&shared.store, shared.identity.as_deref(), &token).await
    };
    match who.await {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::from(error).into_response()),
    }
}

type Place = Result<Path<(String, String)>, PathRejection>;

fn asked(path: Place, who: &crate::store::accounts::TokenRow) -> Result<Asked, Refusal> {
    let Path((room, hash)) = path.map_err(|_| RelayError::NoRoom)?;
    Ok(Asked {
        room: room.parse().map_err(|_| RelayError::NoRoom)?,
        hash: hash.parse().map_err(|_| RelayError::NoBlob)?,
        account: who.account.id,
    })
}

fn files(shared: &Shared) -> Result<&Blobs, Refusal> {
    let blobs = shared.blobs.as_ref();
    blobs.ok_or_else(|| RelayError::NoBlobs.into())
}

async fn begin(
    State(shared): State<Shared>,
    Asking(who): Asking,
    path: Place,
    request: Result<Json<BlobRequest>, JsonRejection>,
) -> Served<BlobResponse> {
    let asked = asked(path, &who)?;
    let Json(request) = request.map_err(|_| Refusal::malformed(ABOUT))?;
    let begun = files(&shared)?
        .begin(&shared.store, asked, &request)
        .await?;
    Ok(Json(begun))
}

const ABOUT: &str =
    "Send a JSON object with \"bytes\" and \"media_type\", and Content-Type: application/json.";

async fn receive(
    State(shared): State<Shared>,
    Asking(who): Asking,
    path: Place,
    headers: HeaderMap,
    range: Bytes,
) -> Served<BlobResponse> {
    let asked = asked(path, &who)?;
    let offset = headers.get(UPLOAD_OFFSET).and_then(|at| at.to_str().ok());
    let offset = offset.and_then(|at| at.parse().ok());
    let offset = offset.ok_or_else(|| Refusal::malformed(WHERE))?;
    if range.is_empty() {
        return Err(Refusal::malformed(WHERE));
    }
    let blobs = files(&shared)?;
    let received = blobs.receive(&shared.store, asked, offset, range).await?;
    Ok(Json(received))
}

const WHERE: &str = "Send the bytes of a range, and say in Upload-Offset where in the file it begins: a POST to the same address says where that is.";

async fn read(
    State(shared): State<Shared>,
    Asking(who): Asking,
    path: Place,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asked = asked(path, &who)?;
    let blobs = files(&shared)?;
    let content = shared.store.readable_blob(asked).await?;
    let content = content.ok_or(RelayError::NoBlob)?;
    let wanted = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let (status, range) = match wanted {
        None => (StatusCode::OK, 0..content.bytes),
        Some(text) => match range_of(text, content.bytes) {
            Some(range) => (StatusCode::PARTIAL_CONTENT, range),
            None => {
                let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
                let all = format!("bytes */{}", content.bytes);
                set(response.headers_mut(), header::CONTENT_RANGE, &all);
                return Ok(response);
            }
        },
    };
    let bytes = blobs.read(content, range.clone()).await?;
    let mut response = Response::new(Body::from_stream(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let length = (range.end - range.start).to_string();
    set(headers, header::CONTENT_LENGTH, &length);
    if status == StatusCode::PARTIAL_CONTENT {
        let of = format!("bytes {}-{}/{}", range.start, range.end - 1, content.bytes);
        set(headers, header::CONTENT_RANGE, &of);
    }
    for (name, value) in [
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// `bytes=FROM-` or `bytes=FROM-LAST` of a file; one range, as nobody needs several.
fn range_of(text: &str, length: u64) -> Option<Range<u64>> {
    let (from, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let from: u64 = from.trim().parse().ok()?;
    let end = match last.trim() {
        "" => length,
        last => last.parse::<u64>().ok()?.checked_add(1)?.min(length),
    };
    (from < end).then_some(from..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_a_file() {
        for (text, range) in [
            ("bytes=0-", Some(0..10)),
            ("bytes=3-5", Some(3..6)),
            ("bytes=3-99", Some(3..10)),
            ("bytes=10-", None),
            ("bytes=5-3", None),
            ("bytes=-3", None),
            ("bytes=1-2,4-5", None),
            ("lines=1-2", None),
            ("bytes=0-18446744073709551615", None),
        ] {
            assert_eq!(range_of(text, 10), range, "{text}");
        }
        assert_eq!(range_of("bytes=0-", 0), None);
    }
}
