//! Tokens of the host's own identity provider: JWTs signed with EdDSA or RS256.
//!
//! Invariants: the algorithm is the configuration's to choose, never the token's; issuer, audience and expiry are always checked; a
//! person of the provider is known by issuer and subject, so a name can't take over somebody's account.

use super::name::shown;
use crate::RelayError;
use crate::store::Store;
use crate::store::accounts::{ExternalAccount, TokenRow};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Keys are fetched again when a token names an unknown one, but not more often than this.
const FETCH_PAUSE: Duration = Duration::from_secs(3);

/// Keys are fetched again after this long, so that one that was withdrawn is good no longer.
const FETCH_EVERY: Duration = Duration::from_secs(600);

/// How long the provider may take to give its keys.
const FETCH_MAX: Duration = Duration::from_secs(5);

/// The longest token: with its certificates a provider's has some kilobytes.
const TOKEN_MAX_BYTES: usize = 16 * 1024;

/// How far the provider's clock may be off.
const LEEWAY_SECONDS: u64 = 30;

/// `[identity]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// The claim `iss` must be this.
    pub issuer: String,
    /// The claim `aud` must be or hold this.
    pub audience: String,
    /// A JWKS or a PEM public key.
    #[serde(default)]
    pub keys_file: Option<PathBuf>,
    /// Where the provider publishes its JWKS.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// The claim that says who, for ever.
    #[serde(default = "subject")]
    pub id_claim: String,
    /// The claim that holds the name to show.
    #[serde(default = "preferred_username")]
    pub name_claim: String,
    /// The claim that makes an admin: `true`, or a list that holds `admin_value`.
    #[serde(default)]
    pub admin_claim: Option<String>,
    /// See `admin_claim`.
    #[serde(default)]
    pub admin_value: Option<String>,
    /// Whether somebody who comes for the first time gets an account.
    #[serde(default = "yes")]
    pub create_accounts: bool,
}

fn subject() -> String {
    "sub".to_owned()
}

fn preferred_username() -> String {
    "preferred_username".to_owned()
}

fn yes() -> bool {
    true
}

/// The provider as the relay knows it.
pub struct Identity {
    config: IdentityConfig,
    keys: RwLock<Arc<Keys>>,
    /// When the keys were last fetched, or tried to be.
    fetched: Mutex<Option<Instant>>,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

type Keys = Vec<Key>;

/// What a good token says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claims {
    subject: String,
    name: String,
    is_admin: Option<bool>,
    /// `iat`, or where the provider leaves that out `exp`, which grows with it.
    said_at: f64,
    seconds_left: f64,
}

/// Whether a token has the shape of a JWT: our own have no dots.
#[must_use]
pub(super) fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

impl Identity {
    /// A provider; its keys are read from the file now, or from the URL when they are first needed.
    ///
    /// # Errors
    /// [`RelayError::IdentityKeys`].
    pub fn new(config: IdentityConfig) -> Result<Self, RelayError> {
        let keys = match (&config.keys_file, &config.jwks_url) {
            (Some(path), None) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    RelayError::IdentityKeys(format!("{}: {error}", path.display()))
                })?;
                read_keys(&text)?
            }
            (None, Some(url)) if url.starts_with("https://") || is_local(url) => Keys::new(),
            (None, Some(_)) => {
                let why = "jwks_url must begin with https:// unless it is on this machine";
                return Err(RelayError::IdentityKeys(why.to_owned()));
            }
            _ => {
                let why = "[identity] needs one of keys_file and jwks_url";
                return Err(RelayError::IdentityKeys(why.to_owned()));
            }
        };
        Ok(Self {
            config,
            keys: RwLock::new(Arc::new(keys)),
            fetched: Mutex::new(None),
        })
    }

    /// Whose token it is, now; makes the account of somebody new if the host wants that.
    ///
    /// # Errors
    /// [`RelayError::TokenInvalid`], [`RelayError::TokenExpired`], [`RelayError::Deactivated`], the provider's or the store's own.
    pub async fn identify(&self, store: &Store, token: &str) -> Result<TokenRow, RelayError> {
        let claims = self.verify(token).await?;
        let person = ExternalAccount {
            issuer: &self.config.issuer,
            subject: &claims.subject,
            name: &claims.name,
            is_admin: claims.is_admin,
            said_at: claims.said_at,
            create: self.config.create_accounts,
        };
        let known = store.external_account(person).await?;
        let (account, is_admin, deactivated) = known.ok_or(RelayError::RegistrationClosed)?;
        if deactivated {
            return Err(RelayError::Deactivated);
        }
        Ok(TokenRow {
            account,
            session: None,
            expired: false,
            revoked: false,
            is_admin,
            deactivated,
            seconds_left: claims.seconds_left,
            short: false,
        })
    }

    async fn verify(&self, token: &str) -> Result<Claims, RelayError> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(RelayError::TokenInvalid);
        }
        let header = decode_header(token).map_err(|_| RelayError::TokenInvalid)?;
        self.refresh(false).await;
        let mut keys = self.present();
        if !fits(&keys, header.kid.as_deref()) {
            self.refresh(true).await;
            keys = self.present();
        }
        if keys.is_empty() {
            return Err(RelayError::IdentityUnavailable);
        }
        let mut expired = false;
        for key in keys.iter().filter(|key| {
            let named = header.kid.is_none() || key.id.is_none() || key.id == header.kid;
            named && key.algorithm == header.alg
        }) {
            match self.check(token, key) {
                Ok(claims) => return Ok(claims),
                Err(RelayError::TokenExpired) => expired = true,
                Err(_) => {}
            }
        }
        Err(if expired {
            RelayError::TokenExpired
        } else {
            RelayError::TokenInvalid
        })
    }

    fn check(&self, token: &str, key: &Key) -> Result<Claims, RelayError> {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let decoded = decode::<Map<String, Value>>(token, &key.key, &validation);
        let claims = decoded.map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::ExpiredSignature => RelayError::TokenExpired,
            _ => RelayError::TokenInvalid,
        })?;
        self.mapped(&claims.claims)
    }

    fn mapped(&self, claims: &Map<String, Value>) -> Result<Claims, RelayError> {
        let text = |name: &str| match claims.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let subject = text(&self.config.id_claim).ok_or(RelayError::TokenInvalid)?;
        let name = text(&self.config.name_claim).unwrap_or_else(|| subject.clone());
        let is_admin = self.config.admin_claim.as_ref().map(|claim| {
            let wanted = self.config.admin_value.as_deref();
            match claims.get(claim) {
                Some(Value::Bool(yes)) => *yes && wanted.is_none(),
                Some(Value::String(one)) => wanted == Some(one),
                Some(Value::Array(many)) => {
                    wanted.is_some_and(|wanted| many.iter().any(|one| one == wanted))
                }
                _ => false,
            }
        });
        let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
        let expires = seconds("exp").unwrap_or(0.0);
        let now = crate::clock::now();
        Ok(Claims {
            subject,
            name: shown(&name),
            is_admin,
            said_at: seconds("iat").unwrap_or(expires),
            seconds_left: expires - now.0 as f64 / 1000.0,
        })
    }

    fn present(&self) -> Arc<Keys> {
        let keys = self
            .keys
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// Fetches the keys if they are old, or at once when one is missing. Keys that can't be fetched leave the former ones.
    async fn refresh(&self, missing: bool) {
        let Some(url) = &self.config.jwks_url else {
            return;
        };
        let mut fetched = match self.fetched.try_lock() {
            Ok(fetched) => fetched,
            // Somebody else is fetching, and the keys that are here are good enough for a token that names one of them.
            Err(_) if !missing => return,
            Err(_) => self.fetched.lock().await,
        };
        let pause = if missing { FETCH_PAUSE } else { FETCH_EVERY };
        if fetched.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        *fetched = Some(Instant::now());
        let url = url.clone();
        let read = tokio::task::spawn_blocking(move || fetch(&url)).await;
        match read
            .map_err(|error| error.to_string())
            .and_then(|read| read)
        {
            Ok(keys) => {
                let mut present = self
                    .keys
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                *present = Arc::new(keys);
            }
            Err(error) => {
                tracing::warn!(%error, "the identity provider's keys could not be fetched");
            }
        }
    }
}

fn is_local(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|local| {
            url.strip_prefix(local)
                .is_some_and(|rest| rest.starts_with([':', '/']))
        })
}

fn fits(keys: &Keys, id: Option<&str>) -> bool {
    match id {
        Some(id) => keys.iter().any(|key| key.id.as_deref() == Some(id)),
        None => !keys.is_empty(),
    }
}

fn fetch(url: &str) -> Result<Keys, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(FETCH_MAX))
        .build()
        .into();
    let mut answer = agent.get(url).call().map_err(|error| error.to_string())?;
    let text = answer
        .body_mut()
        .read_to_string()
        .map_err(|error| error.to_string())?;
    read_keys(&text).map_err(|error| error.to_string())
}

/// A JWKS whose keys may be of kinds that nobody here knows.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// A JWKS, or a PEM public key of either kind. Keys of other kinds in a set are passed over.
fn read_keys(text: &str) -> Result<Keys, RelayError> {
    if text.trim_start().starts_with("-----BEGIN") {
        let pem = text.as_bytes();
        let ed = DecodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key));
        let rsa = || DecodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key));
        let (algorithm, key) = ed
            .or_else(|_| rsa())
            .map_err(|error| RelayError::IdentityKeys(error.to_string()))?;
        return Ok(vec![Key {
            id: None,
            algorithm,
            key,
        }]);
    }
    let set: KeySet = serde_json::from_str(text)
        .map_err(|error| RelayError::IdentityKeys(format!("neither PEM nor JWKS: {error}")))?;
    let known = set.keys.into_iter();
    let known = known.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let keys: Keys = known.filter_map(|key| read_key(&key)).collect();
    if keys.is_empty() {
        let why = "no key for EdDSA or RS256 is in the set";
        return Err(RelayError::IdentityKeys(why.to_owned()));
    }
    Ok(keys)
}

/// A key that the provider signs with, as far as it says what a key is for.
fn read_key(jwk: &Jwk) -> Option<Key> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let purpose = jwk.common.public_key_use.as_ref();
    if purpose.is_some_and(|purpose| *purpose != PublicKeyUse::Signature)
        || jwk.common.key_algorithm.is_some_and(|said| said != name)
    {
        return None;
    }
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(jwk).ok()?,
    })
}
