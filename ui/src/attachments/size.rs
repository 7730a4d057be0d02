//! How long a file is, in words; and how large its image is shown.

/// The longer sides of an image in a message.
const SHOWN_WIDTH: u32 = 360;
const SHOWN_HEIGHT: u32 = 280;

/// Smaller ones are shown with a ground of this side.
const SHOWN_MIN: u32 = 24;

/// `999 B`, `1.5 kB`, `12 MB`: with two digits at most, as nobody compares more.
pub(crate) fn words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (u128::from(bytes) * 10, 0);
    while tenths >= 9_995 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 || tenths >= 100 {
        format!("{} {name}", (tenths + 5) / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// Of so many bytes so many are there, in hundredths.
pub(crate) fn percent(part: u64, whole: u64) -> u32 {
    if whole == 0 {
        return 100;
    }
    u32::try_from(u128::from(part.min(whole)) * 100 / u128::from(whole)).unwrap_or(100)
}

/// How large an image is shown in a message: within bounds, never larger than it is.
pub(crate) fn shown(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (max_width, max_height) = (u64::from(SHOWN_WIDTH), u64::from(SHOWN_HEIGHT));
    let (fit_width, fit_height) = if width <= max_width && height <= max_height {
        (width, height)
    } else if width * max_height > height * max_width {
        (max_width, height * max_width / width)
    } else {
        (width * max_height / height, max_height)
    };
    let side = |side: u64| u32::try_from(side).unwrap_or(SHOWN_MIN).max(SHOWN_MIN);
    (side(fit_width), side(fit_height))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn sizes_in_words() {
        for (bytes, said) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_500, "1.5 kB"),
            (15_000, "15 kB"),
            (999_999, "1.0 MB"),
            (104_857_600, "105 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(words(bytes), said, "{bytes}");
        }
    }

    #[test]
    fn an_image_keeps_its_shape_within_bounds() {
        for ((width, height), fits) in [
            ((100, 50), (100, 50)),
            ((3600, 1400), (360, 140)),
            ((1400, 2800), (140, 280)),
            ((1, 1), (24, 24)),
            ((30_000, 1), (360, 24)),
            ((0, 0), (24, 24)),
        ] {
            assert_eq!(shown(width, height), fits, "{width}×{height}");
        }
    }

    #[test]
    fn hundredths() {
        assert_eq!(
            (percent(1, 3), percent(0, 0), percent(9, 3)),
            (33, 100, 100)
        );
    }
}
