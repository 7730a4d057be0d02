//! When the timeline moves, and when it must not.
//!
//! Invariant: a new message moves the timeline only for a person who was at its end, or who wrote it here; an edit
//! never does. In every other case what the person looks at stays where it is.

use model::MessageId;
use model::view::TimelineItem;
use std::collections::HashSet;
use std::rc::Rc;

/// This near to the end counts as being there: less than two lines.
const END_PIXELS: i32 = 40;

/// This near to the beginning, the next older page is fetched: about one screen ahead.
const OLDER_PIXELS: i32 = 600;

/// What the timeline does after it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// To the end.
    ToEnd,
    /// What is looked at stays; `unseen` new messages are below.
    Stay {
        /// New messages came in below.
        unseen: bool,
    },
}

/// What was on the screen before, as far as scrolling cares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    oldest: Option<MessageId>,
    ids: HashSet<MessageId>,
}

impl Shown {
    /// What `items` show.
    pub(crate) fn new(items: &[Rc<TimelineItem>]) -> Self {
        Self {
            oldest: items.first().map(|item| item.id),
            ids: items.iter().map(|item| item.id).collect(),
        }
    }
}

/// Decides from what was shown and what is shown now. `at_end`: the person was at the end; `wrote_here`: a message
/// of this window is expected.
pub(crate) fn decide(
    before: Option<&Shown>,
    now: &[Rc<TimelineItem>],
    at_end: bool,
    wrote_here: bool,
) -> Move {
    let Some(before) = before else {
        return Move::ToEnd;
    };
    let arrived = arrivals(before, now);
    if arrived.is_empty() {
        return Move::Stay { unseen: false };
    }
    if at_end || (wrote_here && arrived.iter().any(|item| item.mine)) {
        return Move::ToEnd;
    }
    Move::Stay { unseen: true }
}

/// Messages that came in after what was shown; an older page is none.
fn arrivals<'a>(before: &Shown, now: &'a [Rc<TimelineItem>]) -> Vec<&'a TimelineItem> {
    let start = before
        .oldest
        .and_then(|oldest| now.iter().position(|item| item.id == oldest))
        .unwrap_or(0);
    now[start..]
        .iter()
        .filter(|item| !before.ids.contains(&item.id))
        .map(Rc::as_ref)
        .collect()
}

/// Where the timeline stands, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// How much is hidden above.
    pub(crate) top: i32,
    /// How much is seen.
    pub(crate) seen: i32,
    /// How much there is.
    pub(crate) whole: i32,
}

impl Place {
    fn near_end(self) -> bool {
        self.whole - self.top - self.seen < END_PIXELS
    }

    /// It is time for the next older page.
    pub(crate) fn near_beginning(self) -> bool {
        self.top < OLDER_PIXELS
    }

    /// Whether the person is at the end after a scroll from `from`. Only going up takes them away from it: text that
    /// grew below them does not.
    pub(crate) fn at_end(self, from: i32, before: bool) -> bool {
        self.near_end() || (before && self.top >= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::window::tests::item;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn items(numbers: &[u32]) -> Vec<Rc<TimelineItem>> {
        numbers.iter().map(|n| Rc::new(item(*n))).collect()
    }

    fn mine(n: u32) -> Rc<TimelineItem> {
        let mut own = item(n);
        own.mine = true;
        Rc::new(own)
    }

    #[test]
    fn a_room_opens_at_its_end() {
        assert_eq!(decide(None, &items(&[1, 2]), false, false), Move::ToEnd);
    }

    #[test]
    fn a_new_message_is_followed_only_from_the_end() {
        let before = Shown::new(&items(&[1, 2]));
        let now = items(&[1, 2, 3]);
        assert_eq!(decide(Some(&before), &now, true, false), Move::ToEnd);
        assert_eq!(
            decide(Some(&before), &now, false, false),
            Move::Stay { unseen: true }
        );
    }

    #[test]
    fn an_edit_never_scrolls() {
        let before = Shown::new(&items(&[1, 2]));
        let mut edited = item(2);
        edited.body = "much longer".to_owned();
        let now = vec![Rc::new(item(1)), Rc::new(edited)];
        for at_end in [true, false] {
            assert_eq!(
                decide(Some(&before), &now, at_end, true),
                Move::Stay { unseen: false }
            );
        }
    }

    #[test]
    fn an_older_page_is_no_arrival() {
        let before = Shown::new(&items(&[3, 4]));
        let now = items(&[1, 2, 3, 4]);
        assert_eq!(
            decide(Some(&before), &now, true, false),
            Move::Stay { unseen: false }
        );
    }

    #[test]
    fn an_own_message_is_followed_from_anywhere_if_written_here() {
        let before = Shown::new(&items(&[1]));
        let now = vec![Rc::new(item(1)), mine(2)];
        assert_eq!(decide(Some(&before), &now, false, true), Move::ToEnd);
        assert_eq!(
            decide(Some(&before), &now, false, false),
            Move::Stay { unseen: true }
        );
    }

    #[test]
    fn a_message_before_a_pending_one_is_an_arrival() {
        let before = Shown::new(&items(&[1, 9]));
        assert_eq!(
            decide(Some(&before), &items(&[1, 2, 9]), false, false),
            Move::Stay { unseen: true }
        );
    }

    #[test]
    fn only_going_up_leaves_the_end() {
        let grown = Place {
            top: 500,
            seen: 400,
            whole: 1200,
        };
        assert!(grown.at_end(500, true));
        assert!(!grown.at_end(500, false));
        assert!(!grown.at_end(600, true));
        let end = Place { top: 800, ..grown };
        assert!(end.at_end(900, false));
    }
}
