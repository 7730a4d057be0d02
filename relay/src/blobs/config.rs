//! `[blobs]`: where files are kept, and what is taken.

use crate::RelayError;
use model::attachment::is_media_type;
use model::wire::BlobLimits;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of one range: what a relay holds in memory of a file that is being sent.
const RANGE_MAX_BYTES: u64 = 1024 * 1024;

/// Where files are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// In a folder. Relays that serve one database need the same one.
    #[default]
    Disk,
    /// In a bucket of an S3.
    S3,
    /// Nowhere: no files are taken.
    None,
}

/// `[blobs]` of the configuration.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobsConfig {
    /// Where files are kept.
    pub kind: Kind,
    /// The folder; without it `blobs` in the data folder.
    pub folder: Option<PathBuf>,
    /// The bucket.
    pub bucket: Option<String>,
    /// What the objects' names begin with.
    pub prefix: Option<String>,
    /// The S3's address, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// The S3's region.
    pub region: String,
    /// The key's name; without it as the environment says (`AWS_…`).
    pub access_key_id: Option<String>,
    /// The key.
    pub secret_access_key: Option<String>,
    /// Bytes of one file.
    pub max_bytes: u64,
    /// Bytes of all files of one account.
    pub account_max_bytes: u64,
    /// Media types that are taken.
    pub types: Vec<String>,
    /// Seconds that a file may be without its message, and half of one without its rest.
    pub wait_seconds: u32,
    /// Seconds that a file is kept after its last message was deleted, so that a restored backup finds it.
    pub keep_seconds: u32,
    /// Seconds between two looks at what nobody needs.
    pub collect_seconds: u32,
}

impl Default for BlobsConfig {
    fn default() -> Self {
        Self {
            kind: Kind::Disk,
            folder: None,
            bucket: None,
            prefix: None,
            endpoint: None,
            region: "us-east-1".to_owned(),
            access_key_id: None,
            secret_access_key: None,
            max_bytes: 100 * 1024 * 1024,
            account_max_bytes: 10 * 1024 * 1024 * 1024,
            types: vec!["*/*".to_owned()],
            wait_seconds: 24 * 3600,
            keep_seconds: 30 * 24 * 3600,
            collect_seconds: 300,
        }
    }
}

impl std::fmt::Debug for BlobsConfig {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.secret_access_key.as_ref().map(|_| "…");
        to.debug_struct("BlobsConfig")
            .field("kind", &self.kind)
            .field("folder", &self.folder)
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .field("secret_access_key", &key)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

impl BlobsConfig {
    /// What clients are told; `None`: no files are taken.
    #[must_use]
    pub fn limits(&self) -> Option<BlobLimits> {
        (self.kind != Kind::None).then(|| BlobLimits {
            max_bytes: self.max_bytes,
            types: self.types.clone(),
            range_max_bytes: RANGE_MAX_BYTES,
        })
    }

    /// Looks at what parsing does not show.
    ///
    /// # Errors
    /// What can't be used, and why.
    pub fn check(&self) -> Result<(), RelayError> {
        let bad = |what: String| Err(RelayError::Setting(format!("[blobs]: {what}")));
        let is_pattern = |text: &&String| {
            let of = text.strip_suffix("/*");
            of.map_or_else(
                || is_media_type(text),
                |of| of == "*" || is_media_type(&format!("{of}/x")),
            )
        };
        if let Some(odd) = self.types.iter().find(|text| !is_pattern(text)) {
            return bad(format!(
                "types: \"{odd}\" is none; write \"*/*\", \"image/*\" or \"image/png\""
            ));
        }
        if self.max_bytes == 0 || i64::try_from(self.max_bytes).is_err() {
            return bad("max_bytes must be more than 0".to_owned());
        }
        if self.kind == Kind::S3 {
            self.s3()?;
        }
        Ok(())
    }

    fn s3(&self) -> Result<Arc<dyn ObjectStore>, RelayError> {
        let bad = |why: String| RelayError::Setting(format!("[blobs]: {why}"));
        let bucket = self.bucket.as_deref();
        let bucket = bucket.ok_or_else(|| bad("bucket is missing".to_owned()))?;
        // TLS as everywhere else; whoever was first decides for the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_region(&self.region);
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(id) = &self.access_key_id {
            builder = builder.with_access_key_id(id);
        }
        if let Some(key) = &self.secret_access_key {
            builder = builder.with_secret_access_key(key);
        }
        let store = builder.build().map_err(|error| bad(error.to_string()))?;
        Ok(match &self.prefix {
            Some(prefix) => Arc::new(object_store::prefix::PrefixStore::new(
                store,
                prefix.as_str(),
            )),
            None => Arc::new(store),
        })
    }

    /// Opens the store; a folder is made if there is none.
    ///
    /// # Errors
    /// A folder or settings that can't be used.
    pub fn open(&self, data: &Path) -> Result<Option<Arc<dyn ObjectStore>>, RelayError> {
        match self.kind {
            Kind::None => Ok(None),
            Kind::S3 => Ok(Some(self.s3()?)),
            Kind::Disk => {
                let folder = self.place(data);
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(true);
                #[cfg(unix)]
                std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
                builder
                    .create(&folder)
                    .map_err(|error| RelayError::file(&folder, error))?;
                let store = LocalFileSystem::new_with_prefix(&folder)
                    .map_err(|error| RelayError::Blobs(error.to_string()))?
                    .with_automatic_cleanup(true)
                    .with_fsync(true);
                Ok(Some(Arc::new(store)))
            }
        }
    }

    /// The folder of files on disk.
    #[must_use]
    pub fn place(&self, data: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| data.join("blobs"))
    }
}
