//! Files of a message: what its row says of them. Their bytes are kept and travel apart, named by their hash.
//!
//! Invariant: a hash is that of the content and of nothing else, so the same file is kept once, whoever sends it and however it is called.

use crate::limits;
use crate::rejection::Rejection;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a file's content. As a text: 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobHash({self})")
    }
}

/// A text that is no [`BlobHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A file's hash is its SHA-256 in 64 hexadecimal digits, in lower case. Copy it again.")]
pub struct NoHash;

impl FromStr for BlobHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NoHash),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(NoHash);
        }
        let mut hash = [0; 32];
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for BlobHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Which content.
    pub hash: BlobHash,
    /// What the file is called.
    pub name: String,
    /// Its media type, as its sender's device knows it.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Of an image: its width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of an image: its height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl Attachment {
    /// Whether it can be shown as an image, and how large it is.
    #[must_use]
    pub fn image_size(&self) -> Option<(u32, u32)> {
        let shown = IMAGE_TYPES.contains(&self.media_type.as_str());
        Some((self.width?, self.height?))
            .filter(|(width, height)| shown && *width > 0 && *height > 0)
    }
}

/// Media types of images that every device can show.
pub const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a media type is one of those that a pattern stands for: `*/*`, `image/*` or one type.
#[must_use]
pub fn matches_type(pattern: &str, media_type: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => media_type.split('/').next() == Some(kind),
        None => pattern == media_type,
    }
}

/// What a message's files must be, whatever a relay allows beyond that.
pub(crate) fn check(attachments: &[Attachment]) -> Result<(), Rejection> {
    if attachments.len() > limits::ATTACHMENTS_MAX {
        return Err(Rejection::TooManyAttachments {
            count: attachments.len(),
        });
    }
    let sized = |size: Option<u32>| size.is_none_or(|size| size > 0);
    let good = |one: &Attachment| {
        is_file_name(&one.name)
            && is_media_type(&one.media_type)
            && i64::try_from(one.bytes).is_ok()
            && one.width.is_some() == one.height.is_some()
            && sized(one.width)
            && sized(one.height)
    };
    let twice = |(at, one): (usize, &Attachment)| {
        attachments
            .iter()
            .take(at)
            .any(|before| before.hash == one.hash)
    };
    if !attachments.iter().all(good) || attachments.iter().enumerate().any(twice) {
        return Err(Rejection::AttachmentInvalid);
    }
    Ok(())
}

/// Whether a text can be a file's name on every system: one line, no path.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    !name.trim().is_empty()
        && name.chars().count() <= limits::FILE_NAME_MAX_CHARS
        && !name.chars().any(odd)
        && !matches!(name, "." | "..")
}

/// Whether a text is a media type without parameters.
#[must_use]
pub fn is_media_type(text: &str) -> bool {
    let word = |word: &str| {
        let good =
            |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"!#$&-^_.+".contains(&c);
        !word.is_empty() && word.bytes().all(good)
    };
    text.len() <= limits::MEDIA_TYPE_MAX_BYTES
        && text
            .split_once('/')
            .is_some_and(|(kind, of)| word(kind) && word(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Attachment {
        Attachment {
            hash: BlobHash([7; 32]),
            name: name.to_owned(),
            media_type: "image/png".to_owned(),
            bytes: 12,
            width: Some(3),
            height: Some(4),
        }
    }

    #[test]
    fn a_hash_is_its_text_and_nothing_else_is() {
        let hash = BlobHash(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or(0)));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<BlobHash>(&json).unwrap(), hash);
        let long = format!("{hash}00");
        let upper = hash.to_string().to_uppercase();
        for text in ["", "00", long.as_str(), upper.as_str(), &"é".repeat(32)] {
            assert_eq!(text.parse::<BlobHash>(), Err(NoHash), "{text}");
        }
    }

    #[test]
    fn a_name_is_no_path() {
        for (name, good) in [
            ("a.png", true),
            ("ein Bild – 2.jpeg", true),
            ("", false),
            (" ", false),
            ("..", false),
            ("../a", false),
            ("a\\b", false),
            ("a\nb", false),
            (&"x".repeat(256), false),
        ] {
            assert_eq!(check(&[file(name)]).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn what_an_attachment_says_must_make_sense() {
        let changed = |change: fn(&mut Attachment)| {
            let mut one = file("a");
            change(&mut one);
            check(&[one])
        };
        for change in [
            (|one| one.media_type = "png".to_owned()) as fn(&mut Attachment),
            |one| one.media_type = "image/png; a=b".to_owned(),
            |one| one.bytes = u64::MAX,
            |one| one.width = None,
            |one| one.height = Some(0),
        ] {
            assert_eq!(changed(change), Err(Rejection::AttachmentInvalid));
        }
        assert_eq!(
            check(&[file("a"), file("b")]),
            Err(Rejection::AttachmentInvalid)
        );
        let many: Vec<_> = (0..=limits::ATTACHMENTS_MAX)
            .map(|at| Attachment {
                hash: BlobHash([u8::try_from(at).unwrap_or(0); 32]),
                ..file("a")
            })
            .collect();
        assert!(check(&many[1..]).is_ok());
        let count = many.len();
        assert_eq!(check(&many), Err(Rejection::TooManyAttachments { count }));
    }

    #[test]
    fn patterns_of_types() {
        for (pattern, media_type, good) in [
            ("*/*", "a/b", true),
            ("image/*", "image/png", true),
            ("image/*", "imagex/png", false),
            ("image/png", "image/png", true),
            ("image/png", "image/jpeg", false),
        ] {
            assert_eq!(
                matches_type(pattern, media_type),
                good,
                "{pattern} {media_type}"
            );
        }
    }
}
