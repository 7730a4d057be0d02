//! Images of files for the page: `amend-file://localhost/HASH-small` and `HASH-whole`.
//!
//! Invariant: only what is an image by its own bytes is given out, under that type, so that nothing that somebody sent is ever a page.

use crate::Shell;
use client::{Client, ClientError};
use model::BlobHash;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{AppHandle, Manager, UriSchemeResponder};

/// The scheme.
pub(crate) const SCHEME: &str = "amend-file";

/// Bytes of an image that the page is given as it is; of a larger one it gets the small one.
const WHOLE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Answers one request.
pub(crate) fn answer(app: &AppHandle, request: &Request<Vec<u8>>, responder: UriSchemeResponder) {
    let wanted = wanted(request.uri().path());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let image = match (app.state::<Shell>().client(), wanted) {
            (Ok(client), Some((hash, small))) => image(&client, hash, small).await.ok(),
            _ => None,
        };
        responder.respond(response(image));
    });
}

fn wanted(path: &str) -> Option<(BlobHash, bool)> {
    let name = path.rsplit(['/', '\\']).next()?;
    let (hash, size) = name.split_once('-')?;
    let small = match size {
        "small" => true,
        "whole" => false,
        _ => return None,
    };
    Some((hash.parse().ok()?, small))
}

async fn image(client: &Client, hash: BlobHash, small: bool) -> Result<Vec<u8>, ClientError> {
    let length = client.file_length(hash).unwrap_or(0);
    if small || length > WHOLE_MAX_BYTES {
        return client.thumbnail(hash).await;
    }
    client.file_part(hash, 0, WHOLE_MAX_BYTES).await
}

/// What an image is, by how it begins.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}

fn response(image: Option<Vec<u8>>) -> Response<Vec<u8>> {
    let known = image.and_then(|bytes| kind(&bytes).map(|kind| (kind, bytes)));
    let mut response = Response::new(Vec::new());
    let Some((kind, bytes)) = known else {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    *response.body_mut() = bytes;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A hash is always the same content.
        (
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        ),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_by_their_hash() {
        let hash = "ab".repeat(32);
        assert!(wanted(&format!("/{hash}-small")).is_some_and(|(_, small)| small));
        assert!(wanted(&format!("/{hash}-whole")).is_some_and(|(_, small)| !small));
        for path in [
            "/",
            "/x-small",
            &format!("/{hash}"),
            &format!("/{hash}-page"),
        ] {
            assert!(wanted(path).is_none(), "{path}");
        }
        assert_eq!(response(Some(b"<html>".to_vec())).status(), 404);
        assert_eq!(response(Some(b"GIF89a".to_vec())).status(), 200);
    }
}
