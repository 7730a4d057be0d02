//! Small images of large ones.
//!
//! Invariant: whatever an image says of itself, decoding it takes no more memory than [`DECODED_MAX_BYTES`], or it fails.

use super::files::Files;
use crate::ClientError;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use model::BlobHash;
use std::io::{BufReader, Cursor, Read, Seek};

/// The longer side of a small image, on a screen with two pixels to one.
const SIDE_MAX: u32 = 960;

/// Bytes that decoding may take: 50 megapixels with transparency.
const DECODED_MAX_BYTES: u64 = 200 * 1024 * 1024;

/// Pixels of a side.
const IMAGE_SIDE_MAX: u32 = 30_000;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_MAX_BYTES);
    limits.max_image_width = Some(IMAGE_SIDE_MAX);
    limits.max_image_height = Some(IMAGE_SIDE_MAX);
    limits
}

fn none(error: impl std::fmt::Display) -> ClientError {
    ClientError::NoThumbnail(error.to_string())
}

fn decoder<R: Read + Seek + 'static>(
    source: R,
) -> Result<(impl ImageDecoder, image::metadata::Orientation), ClientError> {
    let mut reader = ImageReader::new(BufReader::new(source))
        .with_guessed_format()
        .map_err(none)?;
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(none)?;
    let orientation = decoder.orientation().map_err(none)?;
    Ok((decoder, orientation))
}

/// Width and height as it is to be shown; `None`: it is no image that we can show.
pub(crate) fn size(source: impl Read + Seek + 'static) -> Option<(u32, u32)> {
    use image::metadata::Orientation;
    let (decoder, orientation) = decoder(source).ok()?;
    let (width, height) = decoder.dimensions();
    let lies = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    Some(if lies {
        (height, width)
    } else {
        (width, height)
    })
}

/// The small image of a file that is here: made once, and kept.
///
/// # Errors
/// [`ClientError::NoThumbnail`], or the system's own.
pub(crate) fn thumbnail(files: &Files, hash: BlobHash) -> Result<Vec<u8>, ClientError> {
    if let Some(kept) = files.thumbnail(hash) {
        return Ok(kept);
    }
    let small = make(files.open(hash)?)?;
    // It can be made again.
    if let Err(error) = files.keep_thumbnail(hash, &small) {
        tracing::warn!(code = error.code(), "a small image could not be kept");
    }
    Ok(small)
}

fn make(source: impl Read + Seek + 'static) -> Result<Vec<u8>, ClientError> {
    let (decoder, orientation) = decoder(source)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(none)?;
    if image.width() > SIDE_MAX || image.height() > SIDE_MAX {
        image = image.thumbnail(SIDE_MAX, SIDE_MAX);
    }
    image.apply_orientation(orientation);
    let mut out = Cursor::new(Vec::new());
    if image.color().has_alpha() {
        let image = DynamicImage::ImageRgba8(image.into_rgba8());
        image.write_to(&mut out, ImageFormat::Png).map_err(none)?;
    } else {
        let image = DynamicImage::ImageRgb8(image.into_rgb8());
        image.write_to(&mut out, ImageFormat::Jpeg).map_err(none)?;
    }
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let image = DynamicImage::new_rgb8(width, height);
        image.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_large_image_becomes_a_small_one_of_the_same_shape() {
        let large = png(2000, 1000);
        assert_eq!(size(Cursor::new(large.clone())), Some((2000, 1000)));
        let small = make(Cursor::new(large.clone())).unwrap();
        assert_eq!(size(Cursor::new(small)), Some((960, 480)));
    }

    #[test]
    fn an_image_that_would_fill_the_memory_is_none() {
        // What it says of its size, changed behind the rest: a few bytes that want gigabytes.
        let mut bomb = png(8, 8);
        bomb.splice(16..24, [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = crc32fast::hash(&bomb[12..29]);
        bomb.splice(29..33, crc.to_be_bytes());
        let error = make(Cursor::new(bomb)).unwrap_err();
        assert!(matches!(error, ClientError::NoThumbnail(_)), "{error}");
        for nonsense in [&b""[..], b"GIF89a", b"\x89PNG\r\n\x1a\n", &[0xff; 100]] {
            assert!(make(Cursor::new(nonsense)).is_err());
            assert_eq!(size(Cursor::new(nonsense)), None);
        }
    }
}
