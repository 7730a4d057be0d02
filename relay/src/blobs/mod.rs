//! Files of messages: kept by their content, sent in ranges, read by ranges.
//!
//! - [`config`]: where, and what is taken.
//! - [`receive`]: a file that is being sent.
//! - [`collect`]: removes what nobody needs.
//!
//! The bytes are in an object store (a folder, an S3); Postgres says what is whose, so that any number of relays serve the same files.
//!
//! Invariants:
//! - Nobody reads a file by knowing its hash: only what a message of a room that they are in has, or what they have sent themselves.
//! - A content is there for anybody only once its bytes are what its hash says.
//! - An object's name is made anew each time and never used again: whoever removes one removes nothing newer.

pub mod collect;
pub mod config;
pub mod receive;

pub use config::BlobsConfig;

use crate::RelayError;
use crate::config::Config;
use crate::store::blobs::Content;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::wire::BlobLimits;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// The relay's files.
#[derive(Clone, Debug)]
pub struct Blobs {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) limits: BlobLimits,
    pub(crate) config: BlobsConfig,
}

impl Blobs {
    /// As the configuration has it; `None`: no files are taken.
    ///
    /// # Errors
    /// A folder or settings that can't be used.
    pub fn open(config: &Config) -> Result<Option<Self>, RelayError> {
        let blobs = &config.blobs;
        let Some(limits) = blobs.limits() else {
            return Ok(None);
        };
        let by_itself = blobs.folder.is_none() && blobs.kind == config::Kind::Disk;
        let opened = if by_itself {
            config.data_folder().and_then(|data| blobs.open(&data))
        } else {
            blobs.open(std::path::Path::new(""))
        };
        let opened = match opened {
            // Nobody asked for this folder, and messages go on without files.
            Err(error) if by_itself => {
                tracing::warn!(%error, "no files are taken; set [blobs] folder in the configuration");
                return Ok(None);
            }
            opened => opened?,
        };
        Ok(opened.map(|objects| Self {
            objects,
            limits,
            config: blobs.clone(),
        }))
    }

    /// The same for whoever only looks: a folder is not made.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_there(config: &Config) -> Result<Option<Self>, RelayError> {
        let blobs = &config.blobs;
        let folder = match (&blobs.folder, blobs.kind) {
            (_, config::Kind::S3 | config::Kind::None) => return Self::open(config),
            (Some(folder), config::Kind::Disk) => folder.clone(),
            (None, config::Kind::Disk) => blobs.place(&config.data_folder()?),
        };
        if folder.is_dir() {
            Self::open(config)
        } else {
            Ok(None)
        }
    }

    /// The bytes of a range, as they come.
    ///
    /// # Errors
    /// [`RelayError::NoBlob`] where the object is gone, or the object store's own.
    pub async fn read(
        &self,
        content: Content,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, RelayError>>, RelayError> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let path = content_path(content.object);
        let found = self.objects.get_opts(&path, options).await;
        let found = found.map_err(|error| match error {
            object_store::Error::NotFound { .. } => RelayError::NoBlob,
            other => other.into(),
        })?;
        Ok(found
            .into_stream()
            .map(|part| part.map_err(Into::into))
            .boxed())
    }

    /// Removes an object that nobody knows any more; one that is gone is fine.
    pub(crate) async fn remove(&self, path: &Path) {
        match self.objects.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            // The sweep finds it again.
            Err(error) => {
                tracing::warn!(%error, "an object of the blob store could not be removed")
            }
        }
    }

    /// All contents that there are, with their lengths.
    ///
    /// # Errors
    /// The object store's own.
    pub async fn stored(&self) -> Result<std::collections::HashMap<Uuid, u64>, RelayError> {
        let mut list = self.objects.list(Some(&Path::from(CONTENTS)));
        let mut found = std::collections::HashMap::new();
        while let Some(meta) = list.next().await {
            let meta = meta?;
            if let Some(object) = object_of(&meta.location) {
                found.insert(object, meta.size);
            }
        }
        Ok(found)
    }
}

const CONTENTS: &str = "contents";
const PARTS: &str = "parts";

/// Spread over folders, so that none holds all.
pub(crate) fn content_path(object: Uuid) -> Path {
    let name = object.simple().to_string();
    let folder = name.get(name.len().saturating_sub(2)..).unwrap_or_default();
    Path::from_iter([CONTENTS, folder, &name])
}

pub(crate) fn part_path(upload: Uuid, part: Uuid) -> Path {
    let (upload, part) = (upload.simple().to_string(), part.simple().to_string());
    Path::from_iter([PARTS, upload.as_str(), part.as_str()])
}

/// Which object a path is of.
pub(crate) fn object_of(path: &Path) -> Option<Uuid> {
    path.filename()?.parse().ok()
}
