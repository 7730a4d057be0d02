//! What travels about files: the relay's limits, and the answers of `/v1/rooms/ROOM/blobs/HASH`.

use serde::{Deserialize, Serialize};

/// The header of a range that is sent: where in the file it begins.
pub const UPLOAD_OFFSET: &str = "upload-offset";

/// What a relay takes of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobLimits {
    /// Bytes of one file.
    pub max_bytes: u64,
    /// Media types: `*/*`, `image/*` or one type each.
    pub types: Vec<String>,
    /// Bytes of one range; more is sent in the next.
    pub range_max_bytes: u64,
}

/// The body of `POST /v1/rooms/ROOM/blobs/HASH`: this file is going to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRequest {
    /// Its length.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
}

/// The answer to [`BlobRequest`], and to each range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobResponse {
    /// Where the next range begins.
    pub offset: u64,
    /// The whole file is there and is what its hash says.
    pub complete: bool,
}
