//! What the index holds of a message, as two SQL functions that the triggers of migration 0007 call.
//!
//! Invariant: what they say of a row depends on that row alone and never changes within a [`VERSION`]: an entry is taken
//! out of the index by saying the same once more.

use model::Attachment;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use std::borrow::Cow;

/// Raise it with every change of what [`spaced`] or [`scope`] say: databases that were indexed otherwise are indexed anew.
pub(crate) const VERSION: i64 = 1;

/// Stands between signs that are words of their own; the tokenizer passes over it, and nobody types it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The word that every message has.
pub(crate) const EVERY: &str = "x";

/// Makes the functions known to a connection.
///
/// # Errors
/// SQLite's own.
pub(crate) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("spaced", 2, flags, |context| {
        let (body, attachments) = (text(context, 0), text(context, 1));
        let whole = whole(&body, &attachments);
        Ok(spaced(&whole).into_owned())
    })?;
    connection.create_scalar_function("scope", 6, flags, |context| {
        Ok(scope(
            &bytes(context, 0),
            &bytes(context, 1),
            &text(context, 2),
            !matches!(context.get_raw(3), ValueRef::Null),
            &files(&text(context, 4)),
            context.get::<bool>(5)?,
        ))
    })
}

fn text<'a>(context: &'a Context<'_>, index: usize) -> Cow<'a, str> {
    match context.get_raw(index) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
        _ => Cow::Borrowed(""),
    }
}

fn bytes(context: &Context<'_>, index: usize) -> Vec<u8> {
    match context.get_raw(index) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}

/// The files of a message, from their column; none from one that can't be read.
fn files(column: &str) -> Vec<Attachment> {
    if column.is_empty() {
        return Vec::new();
    }
    serde_json::from_str(column).unwrap_or_default()
}

/// What is searched of a message: its text, and the names of its files below it.
pub(crate) fn whole<'a>(body: &'a str, attachments: &str) -> Cow<'a, str> {
    let files = files(attachments);
    if files.is_empty() {
        return Cow::Borrowed(body);
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let gap = if body.is_empty() { "" } else { "\n" };
    Cow::Owned(format!("{body}{gap}{}", names.join("\n")))
}

/// The text with a separator around each sign of a script that is written without spaces, and around each picture, so that a
/// word of such signs is found wherever it stands.
pub(crate) fn spaced(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(stands_alone) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut before = false;
    for c in text.chars() {
        let alone = stands_alone(c);
        if alone || before {
            out.push(SEPARATOR);
        }
        out.push(c);
        before = alone;
    }
    Cow::Owned(out)
}

/// Signs of Han, Kana, Hangul's neighbours, Thai, Lao, Khmer, Burmese, and pictures.
pub(crate) fn stands_alone(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff
        | 0x2190..=0x2bff
        | 0x2e80..=0x2fff | 0x3000..=0x312f | 0x3190..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff
        | 0xff66..=0xff9f
        | 0x1f000..=0x1faff | 0x20000..=0x3ffff)
}

/// The words by which a message is filtered: in which room, by whom, with what.
pub(crate) fn scope(
    room: &[u8],
    author: &[u8],
    body: &str,
    is_pinned: bool,
    files: &[Attachment],
    is_reacted: bool,
) -> String {
    let mut words = format!("{EVERY} {} {}", room_word(room), author_word(author));
    let mut add = |word: &str, has: bool| {
        if has {
            words.push(' ');
            words.push_str(word);
        }
    };
    add(LINK, has_link(body));
    add(CODE, body.contains('`'));
    add(PIN, is_pinned);
    add(REACTION, is_reacted);
    add(FILE, !files.is_empty());
    let is_image = |file: &Attachment| file.media_type.starts_with("image/");
    add(IMAGE, files.iter().any(is_image));
    words
}

pub(crate) const LINK: &str = "hlink";
pub(crate) const CODE: &str = "hcode";
pub(crate) const PIN: &str = "hpin";
pub(crate) const REACTION: &str = "hreaction";
pub(crate) const FILE: &str = "hfile";
pub(crate) const IMAGE: &str = "himage";

/// The word of a room.
pub(crate) fn room_word(room: &[u8]) -> String {
    hex('r', room)
}

/// The word of an author.
pub(crate) fn author_word(author: &[u8]) -> String {
    hex('a', author)
}

fn hex(first: char, bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let mut word = String::from(first);
    for byte in bytes {
        word.push(digit(byte >> 4));
        word.push(digit(byte & 15));
    }
    word
}

fn has_link(body: &str) -> bool {
    ["http://", "https://", "www."].iter().any(|start| {
        body.match_indices(start).any(|(at, _)| {
            let behind = body[at + start.len()..].chars().next();
            behind.is_some_and(char::is_alphanumeric)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_without_spaces_are_words_of_their_own() {
        assert_eq!(spaced("plain ascii"), "plain ascii");
        assert_eq!(spaced("Grüße"), "Grüße");
        assert_eq!(
            spaced("日本go🎉!"),
            "\u{1f}日\u{1f}本\u{1f}go\u{1f}🎉\u{1f}!"
        );
    }

    #[test]
    fn the_scope_names_room_author_and_what_is_in_it() {
        let words = scope(
            &[0x0a, 0xff],
            &[1],
            "see https://example.org `now`",
            true,
            &[],
            false,
        );
        assert_eq!(words, "x r0aff a01 hlink hcode hpin");
        assert_eq!(
            scope(&[], &[], "http:// www. no", false, &[], true),
            "x r a hreaction"
        );
    }
}
