//! The key of an encrypted profile, and what is sealed with it beside the database.
//!
//! Invariants: a key is random and never leaves memory but into the keyring or wrapped by the recovery code; it is wiped from
//! memory when dropped and never shown by `Debug`; each sealing derives a key of its own, so that none is used twice.

use super::VaultError;
use ring::{aead, hkdf};
use zeroize::Zeroizing;

/// The cipher's key and the salt that stands at the head of the database: given explicitly, so that a damaged head costs
/// nothing but itself.
const LEN: usize = 48;

/// Of each sealing.
const SALT: usize = 16;

/// A profile's key. Cheap to clone.
#[derive(Clone)]
pub struct Key(std::sync::Arc<Zeroizing<[u8; LEN]>>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.check() == other.check()
    }
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// No randomness.
    pub fn random() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; LEN]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
        Ok(Self(std::sync::Arc::new(bytes)))
    }

    /// From what [`Key::bytes`] gave; `None` if that is none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; LEN] = bytes.try_into().ok()?;
        Some(Self(std::sync::Arc::new(Zeroizing::new(bytes))))
    }

    /// For the keyring.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// As SQLCipher takes it: a raw key with its salt, nothing is derived from it.
    #[must_use]
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        use std::fmt::Write;
        let mut text = Zeroizing::new(String::with_capacity(2 * LEN + 3));
        text.push_str("x'");
        for byte in self.0.iter() {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\'');
        text
    }

    /// Tells this key from another and nothing else about it.
    #[must_use]
    pub fn check(&self) -> String {
        let mut out = [0; 8];
        derive(self.bytes(), &[], b"amend check", &mut out);
        out.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Encrypts a few bytes so that a change of them is noticed.
    ///
    /// # Errors
    /// No randomness.
    pub(crate) fn seal(&self, what: &[u8], bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(self.bytes(), what, bytes)
    }

    /// What was sealed; `None` if it was sealed with another key, for something else, or is damaged.
    pub(crate) fn open(&self, what: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open(self.bytes(), what, sealed)
    }
}

/// AES-256-GCM under a key derived from the secret and a fresh salt, which stands first.
pub(super) fn seal(secret: &[u8], what: &[u8], bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut sealed = vec![0; SALT];
    getrandom::fill(&mut sealed).map_err(|_| VaultError::NoRandomness)?;
    let mut body = bytes.to_vec();
    cipher(secret, &sealed, what)
        .seal_in_place_append_tag(nonce(), aead::Aad::from(what), &mut body)
        .map_err(|_| VaultError::NoRandomness)?;
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

pub(super) fn open(secret: &[u8], what: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, body) = sealed.split_at_checked(SALT)?;
    let mut body = Zeroizing::new(body.to_vec());
    let len = cipher(secret, salt, what)
        .open_in_place(nonce(), aead::Aad::from(what), body.as_mut_slice())
        .ok()?
        .len();
    body.truncate(len);
    Some(body)
}

/// The key is used once, so its nonce need not differ.
fn nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

fn cipher(secret: &[u8], salt: &[u8], what: &[u8]) -> aead::LessSafeKey {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let info = [what];
    // Fixed lengths, far below what HKDF can give: neither of the two can fail.
    let key = prk
        .expand(&info, &aead::AES_256_GCM)
        .map(aead::UnboundKey::from);
    aead::LessSafeKey::new(key.unwrap_or_else(|_| unreachable!("32 bytes of HKDF")))
}

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(secret: &[u8], salt: &[u8], what: &[u8], out: &mut [u8]) {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let info = [what];
    let filled = prk
        .expand(&info, Len(out.len()))
        .and_then(|okm| okm.fill(out));
    debug_assert!(filled.is_ok(), "a few bytes of HKDF");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_purpose_unchanged_and_never_else() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let sealed = key.seal(b"line", b"some words").unwrap();
        assert!(!sealed.windows(5).any(|five| five == b"words"));
        assert_eq!(
            key.open(b"line", &sealed).unwrap().as_slice(),
            b"some words"
        );
        assert!(other.open(b"line", &sealed).is_none());
        assert!(key.open(b"code", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(key.open(b"line", &bad).is_none(), "a changed byte at {at}");
        }
        assert!(key.open(b"line", &sealed[..10]).is_none());
        assert_ne!(sealed, key.seal(b"line", b"some words").unwrap());
    }

    #[test]
    fn a_key_is_known_by_its_check_and_not_shown() {
        let key = Key::random().unwrap();
        let same = Key::from_bytes(key.bytes()).unwrap();
        assert_eq!(key, same);
        assert_ne!(key, Key::random().unwrap());
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert!(Key::from_bytes(b"short").is_none());
        assert_eq!(key.pragma().len(), 99);
    }
}
