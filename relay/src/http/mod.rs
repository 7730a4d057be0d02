//! HTTP on the relay's one port: accounts ([`account`]), health, and the upgrade to a WebSocket.

pub(crate) mod access;
mod account;
pub(crate) mod blobs;
mod channels;
mod history;
pub(crate) mod import;

use crate::drain::Stage;
use crate::error::{shutting_down, store_unavailable};
use crate::front::{Visitor, wire};
use crate::limits::Limit;
use crate::metrics::metrics;
use crate::session::shell::{self, Shared};
use crate::store::health::Standing;
use access::RequestId;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::wire::{Codec, ErrorCode, SYNC_PATH, WireError};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// All routes.
pub fn routes(shared: Shared) -> Router {
    Router::new()
        .merge(account::routes())
        .merge(blobs::routes())
        .merge(channels::routes())
        .merge(history::routes())
        .merge(import::routes())
        .route(SYNC_PATH, get(sync))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(async || {
            let text = "There is nothing at this address. See docs/protocol.md for what there is.";
            refuse(StatusCode::NOT_FOUND, ErrorCode::NotFound, text)
        })
        .method_not_allowed_fallback(async || {
            let text =
                "This address does not take that method. See docs/protocol.md for what it takes.";
            refuse(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::Malformed, text)
        })
        // Bodies have their limit in front of all routes.
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn(access::log))
        .with_state(shared)
}

fn refuse(status: StatusCode, code: ErrorCode, text: &str) -> Response {
    respond(status, wire(code, text, None))
}

/// Any refusal: the error as its body, and in a header when trying again makes sense.
pub(crate) fn respond(status: StatusCode, error: WireError) -> Response {
    let retry = error
        .retry_after_ms
        .map(|ms| HeaderValue::from(ms.div_ceil(1000)));
    let mut response = (status, Json(error)).into_response();
    if let Some(retry) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, retry);
    }
    response
}

/// Ready means: whoever connects is served. A database that takes no writes is no reason to send people away, as they can read; the
/// answer says so.
async fn ready(State(shared): State<Shared>) -> Response {
    if *shared.stage.borrow() != Stage::Serving {
        return respond(StatusCode::SERVICE_UNAVAILABLE, shutting_down(1000));
    }
    if shared.store.ping().await.is_err() {
        shared.store.health().look_soon();
        return respond(StatusCode::SERVICE_UNAVAILABLE, store_unavailable());
    }
    // Without its bus a relay is slower, not less ready.
    let trouble = shared.bus.trouble();
    match shared.store.health().standing() {
        Standing::ReadOnly => {
            format!("degraded: the database takes no writes\n{trouble}").into_response()
        }
        Standing::Up | Standing::Down => format!("ready\n{trouble}").into_response(),
    }
}

async fn sync(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let (key, codec) = match handshake(&request) {
        Ok(agreed) => agreed,
        Err(response) => return *response,
    };
    let id = request.extensions().get::<RequestId>();
    let span = shell::span(id.map_or("none", RequestId::text));
    // The front takes the connection over when this answer is sent.
    if let Err(error) = visitor.upgrade(&shared.gate, codec, span) {
        metrics().refused(Limit::AddressConnections);
        return respond(StatusCode::TOO_MANY_REQUESTS, error);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    let protocol = HeaderValue::from_static(codec.subprotocol());
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    response
}

/// RFC 6455, 4.2: the accept key and the codec, or why not.
fn handshake(request: &Request) -> Result<(HeaderValue, Codec), Box<Response>> {
    let headers = request.headers();
    // A header that comes several times is a list, as if its values stood behind each other.
    let words = |name: HeaderName| -> Vec<&str> {
        let values = headers.get_all(name).into_iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .collect()
    };
    let has = |name, word: &str| words(name).iter().any(|one| one.eq_ignore_ascii_case(word));
    let bad = |what| Box::new(refuse(StatusCode::BAD_REQUEST, ErrorCode::Malformed, what));
    let upgrades = has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket");
    if request.version() < Version::HTTP_11 || !headers.contains_key(header::HOST) || !upgrades {
        return Err(bad(
            "This address speaks WebSocket over HTTP/1.1. Connect with a WebSocket client.",
        ));
    }
    if words(header::SEC_WEBSOCKET_VERSION) != ["13"] {
        let mut response = bad("Only version 13 of WebSocket is spoken here.");
        let version = HeaderValue::from_static("13");
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_VERSION, version);
        return Err(response);
    }
    let offered = words(header::SEC_WEBSOCKET_PROTOCOL).join(",");
    let codec = Codec::negotiate(&offered).ok_or_else(|| {
        bad("Offer one of the subprotocols amend.v1.msgpack and amend.v1.json in Sec-WebSocket-Protocol.")
    })?;
    let key = match words(header::SEC_WEBSOCKET_KEY)[..] {
        [key] if STANDARD.decode(key).is_ok_and(|key| key.len() == 16) => key,
        _ => {
            return Err(bad(
                "The header Sec-WebSocket-Key must be there once and hold 16 bytes in base64.",
            ));
        }
    };
    let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| bad("The header Sec-WebSocket-Key can't be used."))?;
    Ok((accept, codec))
}
