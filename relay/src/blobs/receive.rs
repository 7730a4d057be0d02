//! A file that is being sent: begun or taken up again, range by range, and looked at when it is whole.
//!
//! Invariants: where the next range begins is in Postgres, after its bytes are in the object store, so a torn connection, another relay or
//! a killed one cost at most the range under way; what is not what its hash says is forgotten, all of it.

use super::{Blobs, content_path, part_path};
use crate::RelayError;
use crate::store::Store;
use crate::store::blobs::{Asked, Upload};
use bytes::Bytes;
use futures_util::StreamExt;
use model::BlobHash;
use model::attachment::{is_media_type, matches_type};
use model::wire::{BlobRequest, BlobResponse};
use object_store::{ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Pieces of a content that are written at the same time.
const WRITES_MAX: usize = 2;

const WHOLE: fn(u64) -> BlobResponse = |offset| BlobResponse {
    offset,
    complete: true,
};

impl Blobs {
    /// A file is going to be sent: where to go on, or that nothing is left to be sent.
    ///
    /// # Errors
    /// Over a limit; not one who may write there; Postgres's own.
    pub async fn begin(
        &self,
        store: &Store,
        asked: Asked,
        request: &BlobRequest,
    ) -> Result<BlobResponse, RelayError> {
        may_write(store, asked).await?;
        self.takes(request)?;
        if store.link_blob(asked, request.bytes).await? {
            return Ok(WHOLE(request.bytes));
        }
        let upload = match store.upload(asked).await? {
            Some(upload) => upload,
            None => {
                let used = store.blob_bytes_of(asked.account).await?;
                let max = self.config.account_max_bytes;
                if used.saturating_add(request.bytes) > max {
                    return Err(RelayError::BlobQuota { used, max });
                }
                store.begin_upload(asked, request.bytes).await?
            }
        };
        if upload.bytes != request.bytes {
            // One of the two lengths is wrong, and only the other file's end would show which.
            self.forget(store, &upload).await?;
            return Err(RelayError::BlobMismatch);
        }
        // Nothing to be sent, or it was cut off between its last range and being looked at.
        if upload.received == upload.bytes {
            return self.finish(store, asked, &upload).await;
        }
        Ok(BlobResponse {
            offset: upload.received,
            complete: false,
        })
    }

    fn takes(&self, request: &BlobRequest) -> Result<(), RelayError> {
        let (bytes, max) = (request.bytes, self.limits.max_bytes);
        if bytes > max {
            return Err(RelayError::BlobTooLarge { bytes, max });
        }
        let taken = |pattern: &String| matches_type(pattern, &request.media_type);
        if !is_media_type(&request.media_type) || !self.limits.types.iter().any(taken) {
            return Err(RelayError::BlobType(self.limits.types.join(", ")));
        }
        Ok(())
    }

    /// A range of it.
    ///
    /// # Errors
    /// A range that does not join on; bytes that are not what the hash says; Postgres's or the object store's own.
    pub async fn receive(
        &self,
        store: &Store,
        asked: Asked,
        offset: u64,
        range: Bytes,
    ) -> Result<BlobResponse, RelayError> {
        may_write(store, asked).await?;
        let upload = store.upload(asked).await?.ok_or(RelayError::BlobOffset)?;
        let length = range.len() as u64;
        if offset != upload.received {
            return Err(RelayError::BlobOffset);
        }
        if length > upload.bytes - upload.received {
            self.forget(store, &upload).await?;
            return Err(RelayError::BlobMismatch);
        }
        let part = Uuid::now_v7();
        let path = part_path(upload.id, part);
        self.objects.put(&path, PutPayload::from(range)).await?;
        let Some(upload) = store.add_part(&upload, length, part).await? else {
            // Another one was first.
            self.remove(&path).await;
            return Err(RelayError::BlobOffset);
        };
        if upload.received < upload.bytes {
            return Ok(BlobResponse {
                offset: upload.received,
                complete: false,
            });
        }
        self.finish(store, asked, &upload).await
    }

    /// It is all here: makes one object of it, if it is what its hash says.
    async fn finish(
        &self,
        store: &Store,
        asked: Asked,
        upload: &Upload,
    ) -> Result<BlobResponse, RelayError> {
        let object = Uuid::now_v7();
        let assembled = match self.assemble(upload, object).await {
            Ok(hash) => hash,
            // Somebody else, who was sending the same, has finished.
            Err(RelayError::NoBlob) if store.link_blob(asked, upload.bytes).await? => {
                return Ok(WHOLE(upload.bytes));
            }
            Err(error) => return Err(error),
        };
        if assembled != asked.hash {
            self.remove(&content_path(object)).await;
            self.forget(store, upload).await?;
            return Err(RelayError::BlobMismatch);
        }
        let is_new = store.finish_upload(asked, upload, object).await?;
        if !is_new {
            self.remove(&content_path(object)).await;
        }
        self.remove_parts(upload).await;
        Ok(WHOLE(upload.bytes))
    }

    /// Copies the parts into one object and returns its hash.
    async fn assemble(&self, upload: &Upload, object: Uuid) -> Result<BlobHash, RelayError> {
        let path = content_path(object);
        let mut hasher = Sha256::new();
        let mut writer = WriteMultipart::new(self.objects.put_multipart(&path).await?);
        let copied = async {
            for part in &upload.parts {
                let found = self.objects.get(&part_path(upload.id, *part)).await;
                let found = found.map_err(|error| match error {
                    object_store::Error::NotFound { .. } => RelayError::NoBlob,
                    other => other.into(),
                })?;
                let mut stream = found.into_stream();
                while let Some(bytes) = stream.next().await {
                    let bytes = bytes?;
                    hasher.update(&bytes);
                    writer.wait_for_capacity(WRITES_MAX).await?;
                    writer.put(bytes);
                }
            }
            Ok(())
        };
        match copied.await {
            Ok(()) => {
                writer.finish().await?;
                Ok(BlobHash(hasher.finalize().into()))
            }
            Err(error) => {
                let _ = writer.abort().await;
                Err(error)
            }
        }
    }

    async fn forget(&self, store: &Store, upload: &Upload) -> Result<(), RelayError> {
        store.drop_upload(upload).await?;
        self.remove_parts(upload).await;
        Ok(())
    }

    async fn remove_parts(&self, upload: &Upload) {
        for part in &upload.parts {
            self.remove(&part_path(upload.id, *part)).await;
        }
    }
}

async fn may_write(store: &Store, asked: Asked) -> Result<(), RelayError> {
    match store.may_write(asked.room, asked.account).await? {
        Some(true) => Ok(()),
        Some(false) => Err(RelayError::BlobForbidden),
        None => Err(RelayError::NoRoom),
    }
}
