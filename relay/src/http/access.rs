//! One line a request, and its id: taken from `X-Request-Id` where a proxy has given one, and told in the answer.
//!
//! Invariant: the path is told as its template, never with what stands in it or behind it.

use crate::metrics::metrics;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of an id that is taken over.
const ID_MAX_CHARS: usize = 64;

/// A request's id; a WebSocket's session has the one of its request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

impl RequestId {
    fn of(request: &Request) -> Self {
        let given = request
            .headers()
            .get(HEADER)
            .filter(|id| is_well_formed(id));
        let made = || HeaderValue::from_str(&Uuid::now_v7().simple().to_string());
        let id = given.cloned().or_else(|| made().ok());
        Self(id.unwrap_or_else(|| HeaderValue::from_static("none")))
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

fn is_well_formed(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    !bytes.is_empty() && bytes.len() <= ID_MAX_CHARS && bytes.iter().all(good)
}

/// The middleware.
pub(super) async fn log(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(&request);
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("http.request", request = id.text(), %method, path);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    metrics().requested(status);
    response.headers_mut().insert(HEADER, id.0);
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        // What asks all the time whether we are there is not worth a line.
        if ["/healthz", "/readyz"].contains(&path) && status < 400 {
            tracing::debug!(status, ms, "answered");
        } else {
            tracing::info!(status, ms, "answered");
        }
    });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_id_is_taken_over() {
        let long = "a".repeat(65);
        for (id, good) in [
            ("0192-abc_D.1", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            (long.as_str(), false),
        ] {
            let id = HeaderValue::from_str(id).unwrap();
            assert_eq!(is_well_formed(&id), good, "{id:?}");
        }
    }
}
