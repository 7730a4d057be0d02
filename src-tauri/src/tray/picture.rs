//! The tray's icon with its badge: how many messages are unread, drawn into the picture, because a tray shows nothing else.
//!
//! Invariant: pure; a count that does not fit is "9+"-like, never cut off.

/// A picture of rows of red, green, blue and opacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) rgba: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

const RED: [u8; 4] = [0xd9, 0x2d, 0x3a, 0xff];
const GREY: [u8; 4] = [0x66, 0x66, 0x77, 0xff];
const WHITE: [u8; 4] = [0xff; 4];

/// The digits, and plus, as three columns of five pixels: bit 0 is the topmost.
const SIGNS: [[u8; 3]; 11] = [
    [0b11111, 0b10001, 0b11111],
    [0b10010, 0b11111, 0b10000],
    [0b11101, 0b10101, 0b10111],
    [0b10101, 0b10101, 0b11111],
    [0b00111, 0b00100, 0b11111],
    [0b10111, 0b10101, 0b11101],
    [0b11111, 0b10101, 0b11101],
    [0b00001, 0b00001, 0b11111],
    [0b11111, 0b10101, 0b11111],
    [0b10111, 0b10101, 0b11111],
    [0b00100, 0b01110, 0b00100],
];
const PLUS: usize = 10;

/// What the badge says.
fn signs(count: u32) -> Vec<usize> {
    match usize::try_from(count) {
        Ok(count @ 0..=9) => vec![count],
        Ok(count @ 10..=99) => vec![count / 10, count % 10],
        _ => vec![9, 9, PLUS],
    }
}

/// The icon with a badge; red if somebody names us. None unread: the icon alone.
pub(crate) fn with_badge(icon: &Picture, unread: u32, mentioned: bool) -> Picture {
    let mut picture = icon.clone();
    if unread == 0 || icon.width < 16 || icon.height < 16 {
        return picture;
    }
    let signs = signs(unread);
    let scale = (icon.width / 16).max(1);
    let columns = u32::try_from(signs.len()).unwrap_or(1) * 4 + 1;
    let (width, height) = ((columns * scale).min(icon.width), 7 * scale);
    let (left, top) = (icon.width - width, icon.height - height);
    let ground = if mentioned { RED } else { GREY };
    for y in 0..height {
        for x in 0..width {
            // The corners are left out, so that it looks round.
            let corner = |at: u32, end: u32| at < scale || at >= end - scale;
            if !(corner(x, width) && corner(y, height)) {
                picture.put(left + x, top + y, ground);
            }
        }
    }
    for (place, sign) in signs.iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(0);
        for (column, bits) in SIGNS[*sign].iter().enumerate() {
            let column = u32::try_from(column).unwrap_or(0);
            for row in (0..5).filter(|row| bits & (1 << row) != 0) {
                let x = left + (1 + place * 4 + column) * scale;
                let y = top + (1 + row) * scale;
                for (dx, dy) in (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy))) {
                    picture.put(x + dx, y + dy, WHITE);
                }
            }
        }
    }
    picture
}

impl Picture {
    fn put(&mut self, x: u32, y: u32, colour: [u8; 4]) {
        if x >= self.width || y >= self.height {
            return;
        }
        let start = usize::try_from((y * self.width + x) * 4).unwrap_or(usize::MAX);
        if let Some(pixel) = self.rgba.get_mut(start..start.saturating_add(4)) {
            pixel.copy_from_slice(&colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(side: u32) -> Picture {
        Picture {
            rgba: vec![0; (side * side * 4) as usize],
            width: side,
            height: side,
        }
    }

    /// The badge as text: `#` for a sign's pixel, `.` for the ground, space for the icon.
    fn drawn(picture: &Picture) -> String {
        let rows = picture.rgba.chunks(picture.width as usize * 4);
        let letter = |pixel: &[u8]| match pixel {
            [0xff, 0xff, 0xff, _] => '#',
            [_, _, _, 0] => ' ',
            _ => '.',
        };
        let lines = rows.map(|row| row.chunks(4).map(letter).collect::<String>());
        lines
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn nothing_unread_is_the_icon_alone() {
        assert_eq!(with_badge(&blank(32), 0, true), blank(32));
    }

    #[test]
    fn the_count_can_be_read() {
        let seven = drawn(&with_badge(&blank(16), 7, false));
        let expected = "            ...\n           .###.\n           ...#.\n           ...#.\n           ...#.\n           ...#.\n            ...";
        assert_eq!(seven, expected);
    }

    #[test]
    fn what_does_not_fit_is_said_so() {
        assert_eq!(signs(42), [4, 2]);
        assert_eq!(signs(100), [9, 9, PLUS]);
        assert_eq!(signs(u32::MAX), [9, 9, PLUS]);
        with_badge(&blank(16), 1000, true);
    }

    #[test]
    fn a_mention_is_red() {
        let red = with_badge(&blank(32), 1, true);
        assert!(red.rgba.chunks(4).any(|pixel| pixel == RED));
        assert!(
            !with_badge(&blank(32), 1, false)
                .rgba
                .chunks(4)
                .any(|pixel| pixel == RED)
        );
    }
}
