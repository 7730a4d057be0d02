//! What a file is, by its name and by how it begins.

use model::attachment::{IMAGE_TYPES, is_file_name};

/// What is known by a file name's end; everything else is bytes.
const BY_NAME: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("avif", "image/avif"),
    ("heic", "image/heic"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("flac", "audio/flac"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("mov", "video/quicktime"),
    ("mkv", "video/x-matroska"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("tar", "application/x-tar"),
    ("7z", "application/x-7z-compressed"),
    ("json", "application/json"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
];

const BYTES: &str = "application/octet-stream";

/// The media type of a file that is called so and begins so.
pub(crate) fn media_type(name: &str, begins: &[u8]) -> String {
    let seen = image::guess_format(begins).ok();
    let seen = seen.map(|format| format.to_mime_type());
    if let Some(seen) = seen.filter(|seen| IMAGE_TYPES.contains(seen)) {
        return seen.to_owned();
    }
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let end = end.to_ascii_lowercase();
    let known = BY_NAME.iter().find(|(of, _)| *of == end);
    // What is called an image and does not begin like one is none that anybody could show.
    let known = known.map(|(_, kind)| *kind);
    known
        .filter(|kind| !IMAGE_TYPES.contains(kind))
        .unwrap_or(BYTES)
        .to_owned()
}

/// A name that every system takes, as close to the given one as can be.
pub(crate) fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).collect();
    let plain = plain.trim();
    let count = plain.chars().count();
    let max = model::limits::FILE_NAME_MAX_CHARS;
    // Its end says what it is.
    let short: String = plain.chars().skip(count.saturating_sub(max)).collect();
    if is_file_name(&short) {
        short
    } else {
        "file".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_seen_or_else_named() {
        let png = b"\x89PNG\r\n\x1a\n";
        for (name, begins, kind) in [
            ("a.txt", &png[..], "image/png"),
            ("a.PDF", b"%PDF", "application/pdf"),
            ("a.png", b"no image", BYTES),
            ("a", b"", BYTES),
            ("a.tar.gz", b"", "application/gzip"),
        ] {
            assert_eq!(media_type(name, begins), kind, "{name}");
        }
    }

    #[test]
    fn a_name_is_made_plain() {
        for (given, plain) in [
            ("/home/ada/a.png", "a.png"),
            ("C:\\a\\b.png", "b.png"),
            ("..", "file"),
            ("", "file"),
            ("a\nb", "ab"),
        ] {
            assert_eq!(file_name(given), plain, "{given}");
        }
        let long = format!("{}.png", "x".repeat(400));
        assert!(file_name(&long).ends_with(".png") && is_file_name(&file_name(&long)));
    }
}
