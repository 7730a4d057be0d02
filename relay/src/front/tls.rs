//! TLS by rustls: the certificate's files, and their reloading.
//!
//! Invariants: a certificate is taken into use only with the key that fits it; files that can't be used leave the certificate that is in use;
//! open connections keep theirs.

use crate::{RelayError, clock};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use webpki::{EndEntityCert, KeyUsage};

/// How soon changed files are seen. They are small, and links that are switched over are followed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// `[tls]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate and those between it and the authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// The bytes of both files.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Certificate(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&held))
    }
}

/// Whether the files can be used, now.
///
/// # Errors
/// [`RelayError::Tls`]: a file that can't be read or is none, a key that does not fit, a certificate that has expired or is not valid yet.
pub fn check(config: &TlsConfig) -> Result<(), RelayError> {
    let certified = certified(config, &read(config)?)?;
    match trouble(&certified) {
        Some(reason) => Err(bad(&config.certificate, reason)),
        None => Ok(()),
    }
}

/// Loads the files for a relay that starts; an expired certificate is warned of, as a relay that does not start helps nobody.
pub(crate) fn open(config: &TlsConfig) -> Result<(TlsAcceptor, Reload), RelayError> {
    let files = read(config)?;
    let key = certified(config, &files)?;
    if let Some(trouble) = trouble(&key) {
        tracing::warn!(trouble, "clients will refuse the certificate");
    }
    let certificate = Arc::new(Certificate(RwLock::new(Arc::new(key))));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(&config.certificate, error.to_string()))?;
    let mut server = versions
        .with_no_client_auth()
        .with_cert_resolver(certificate.clone());
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    let reload = Reload {
        config: config.clone(),
        files,
        certificate,
    };
    Ok((TlsAcceptor::from(Arc::new(server)), reload))
}

/// Takes changed files into use.
pub(crate) struct Reload {
    config: TlsConfig,
    /// As last looked at, good or not.
    files: Files,
    certificate: Arc<Certificate>,
}

impl Reload {
    /// Looks every few seconds, and at once on SIGHUP.
    pub(crate) async fn run(mut self) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => Some(hangup),
            Err(error) => {
                tracing::warn!(%error, "SIGHUP is not listened to");
                None
            }
        };
        let mut unreadable = false;
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => false,
                () = next(hangup.as_mut()) => true,
            };
            match read(&self.config) {
                Ok(files) => {
                    unreadable = false;
                    if asked || files != self.files {
                        self.take(files);
                    }
                }
                Err(error) => {
                    // Once, and whenever somebody asks.
                    if asked || !std::mem::replace(&mut unreadable, true) {
                        tracing::error!(%error, "the former certificate stays in use");
                    }
                }
            }
        }
    }

    fn take(&mut self, files: Files) {
        let new = certified(&self.config, &files).and_then(|key| match trouble(&key) {
            Some(reason) => Err(bad(&self.config.certificate, reason)),
            None => Ok(key),
        });
        self.files = files;
        match new {
            Ok(key) => {
                let mut held = self
                    .certificate
                    .0
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *held = Arc::new(key);
                tracing::info!("a new certificate is in use");
            }
            Err(error) => tracing::error!(%error, "the former certificate stays in use"),
        }
    }
}

/// Without TLS there is nothing to reload; a service that is asked to must not die of it. A person's own terminal that closes ends the relay.
pub(crate) async fn nothing_to_reload() {
    use std::io::IsTerminal;
    if std::io::stdin().is_terminal() {
        return;
    }
    if let Ok(mut hangup) = signal(SignalKind::hangup()) {
        while hangup.recv().await.is_some() {
            tracing::info!("there is nothing to reload: the configuration has no [tls]");
        }
    }
}

async fn next(hangup: Option<&mut tokio::signal::unix::Signal>) {
    if let Some(hangup) = hangup
        && hangup.recv().await.is_some()
    {
        return;
    }
    std::future::pending().await
}

fn read(config: &TlsConfig) -> Result<Files, RelayError> {
    let file = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| bad(path, format!("it can't be read ({error})")))
    };
    Ok(Files {
        certificate: file(&config.certificate)?,
        key: file(&config.key)?,
    })
}

fn certified(config: &TlsConfig, files: &Files) -> Result<CertifiedKey, RelayError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&files.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| bad(&config.certificate, format!("it is no PEM ({error})")))?;
    if chain.is_empty() {
        return Err(bad(
            &config.certificate,
            "it holds no certificate".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(&files.key)
        .map_err(|error| bad(&config.key, format!("it holds no private key ({error})")))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let what = format!("it is not for the key {}", config.key.display());
            bad(&config.certificate, what)
        }
        error => bad(&config.certificate, error.to_string()),
    })
}

/// Why clients will not take a certificate at this time.
fn trouble(key: &CertifiedKey) -> Option<String> {
    let certificate = key.end_entity_cert().ok()?;
    let parsed = match EndEntityCert::try_from(certificate) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("it is no certificate ({error})")),
    };
    let now = Duration::from_millis(u64::try_from(clock::now().0).unwrap_or_default());
    let now = UnixTime::since_unix_epoch(now);
    let algorithms = webpki::ALL_VERIFICATION_ALGS;
    let usage = KeyUsage::server_auth();
    // Who signed it is the clients' to judge; but its own times are looked at first.
    let verified = parsed.verify_for_usage(algorithms, &[], &[], now, usage, None, None);
    match verified.err()? {
        webpki::Error::CertExpired { .. } => {
            Some("it has expired; get a new one from your authority".to_owned())
        }
        webpki::Error::CertNotValidYet { .. } => {
            Some("it is not valid yet; check the clock of this machine".to_owned())
        }
        _ => None,
    }
}

fn bad(path: &std::path::Path, reason: String) -> RelayError {
    RelayError::Tls {
        path: path.to_owned(),
        reason,
    }
}
