//! Where a box fits beside what opened it. Pure.

/// A box's edges in the window, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Edges {
    /// The left one.
    pub(crate) left: f64,
    /// The upper one.
    pub(crate) top: f64,
    /// The right one.
    pub(crate) right: f64,
    /// The lower one.
    pub(crate) bottom: f64,
}

/// Between the box and what opened it.
const GAP: f64 = 4.0;

/// Between the box and the window's edge.
const MARGIN: f64 = 8.0;

/// The left upper corner of a box of `size` in a window of `view`: below what opened it, or above where there is more room,
/// beginning where that begins, and inside of the window in any case.
pub(crate) fn place(
    anchor: Edges,
    size: (f64, f64),
    view: (f64, f64),
    is_right_to_left: bool,
) -> (f64, f64) {
    let (width, height) = size;
    let wanted = if is_right_to_left {
        anchor.right - width
    } else {
        anchor.left
    };
    let left = wanted.min(view.0 - width - MARGIN).max(MARGIN);
    let below = anchor.bottom + GAP;
    let above = anchor.top - GAP - height;
    let fits_below = below + height + MARGIN <= view.1;
    let more_above = anchor.top > view.1 - anchor.bottom;
    let wanted = if fits_below || !more_above {
        below
    } else {
        above
    };
    let top = wanted.min(view.1 - height - MARGIN).max(MARGIN);
    (left, top)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: (f64, f64) = (400.0, 300.0);

    fn at(left: f64, top: f64) -> Edges {
        Edges {
            left,
            top,
            right: left + 20.0,
            bottom: top + 20.0,
        }
    }

    #[test]
    fn it_hangs_below_and_turns_where_there_is_no_room() {
        assert_eq!(
            place(at(50.0, 50.0), (100.0, 80.0), VIEW, false),
            (50.0, 74.0)
        );
        assert_eq!(
            place(at(50.0, 260.0), (100.0, 80.0), VIEW, false),
            (50.0, 176.0)
        );
        assert_eq!(
            place(at(390.0, 50.0), (100.0, 80.0), VIEW, false),
            (292.0, 74.0)
        );
        assert_eq!(
            place(at(200.0, 50.0), (100.0, 80.0), VIEW, true),
            (120.0, 74.0)
        );
    }

    #[test]
    fn one_that_fits_nowhere_begins_inside() {
        assert_eq!(
            place(at(10.0, 150.0), (500.0, 500.0), VIEW, false),
            (8.0, 8.0)
        );
    }
}
