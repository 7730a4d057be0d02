//! When the timeline moves, and when it must not.
//!
//! Invariant: a new message moves the timeline only for a person who was at its end, or who wrote it here; an edit
//! never does. In every other case what the person looks at stays where it is.

use crate::timeline::window::Window;
use model::MessageId;
use model::view::TimelineItem;
use std::collections::HashSet;

/// This near to the end counts as being there: less than two lines.
const END_PIXELS: i32 = 40;

/// This near to an edge of what is loaded, the next page is read: more than a screen ahead.
const PAGE_PIXELS: i32 = 1400;

/// So many new messages at once are a crowd, or a room that is just being filled: they are counted, not read out.
pub(crate) const READ_OUT_MAX: usize = 5;

/// What the timeline does after it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// To where a jump leads.
    ToAim,
    /// To the end.
    ToEnd,
    /// What is looked at stays.
    Stay,
}

/// What was on the screen before, as far as scrolling cares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    jump: u32,
    oldest: Option<MessageId>,
    at_newest: bool,
    ids: HashSet<MessageId>,
}

impl Shown {
    /// What a window shows.
    pub(crate) fn new(window: &Window) -> Self {
        Self {
            jump: window.jump,
            oldest: window.items.first().map(|item| item.id),
            at_newest: !window.has_newer,
            ids: window.items.iter().map(|item| item.id).collect(),
        }
    }

    /// Nothing was shown: what comes now is the room, and no news.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Decides from what was shown and what is shown now. `at_end`: the person was at the end; `wrote_here`: a message
/// of this window is expected.
pub(crate) fn decide(before: Option<&Shown>, now: &Window, at_end: bool, wrote_here: bool) -> Move {
    let Some(before) = before.filter(|before| before.jump == now.jump) else {
        return Move::ToAim;
    };
    let arrived = arrivals(before, now);
    if arrived.is_empty() {
        return Move::Stay;
    }
    if at_end || (wrote_here && arrived.iter().any(|item| item.mine)) {
        return Move::ToEnd;
    }
    Move::Stay
}

/// Messages that came in after what was shown. A page that was scrolled to is none, in either direction.
pub(crate) fn arrivals<'a>(before: &Shown, now: &'a Window) -> Vec<&'a TimelineItem> {
    if !before.at_newest || before.jump != now.jump {
        return Vec::new();
    }
    let start = before
        .oldest
        .and_then(|oldest| now.items.iter().position(|item| item.id == oldest))
        .unwrap_or(0);
    now.items[start..]
        .iter()
        .filter(|item| !before.ids.contains(&item.id))
        .map(std::convert::AsRef::as_ref)
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
    /// How much is hidden below.
    pub(crate) fn below(self) -> i32 {
        self.whole - self.top - self.seen
    }

    fn near_end(self) -> bool {
        self.below() < END_PIXELS
    }

    /// It is time for the next older page.
    pub(crate) fn wants_older(self) -> bool {
        self.top < PAGE_PIXELS
    }

    /// It is time for the next newer page.
    pub(crate) fn wants_newer(self) -> bool {
        self.below() < PAGE_PIXELS
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
    use crate::timeline::window::Aim;
    use crate::timeline::window::tests::{id, item};
    use model::view::{Abilities, Timeline};
    use std::rc::Rc;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn window(numbers: &[u32]) -> Window {
        let page = Timeline {
            room_id: id(9),
            items: numbers.iter().map(|n| item(*n)).collect(),
            has_older: false,
            has_newer: false,
            backfilling: false,
            target: None,
            span: None,
            read_to: None,
            unread: 0,
            may: Abilities::default(),
        };
        Window::new(page, 1, Aim::End)
    }

    fn with_own(numbers: &[u32], own: u32) -> Window {
        let mut window = window(numbers);
        let mut mine = item(own);
        mine.mine = true;
        window.items.push(Rc::new(mine));
        window
    }

    #[test]
    fn a_room_opens_where_it_is_to_open() {
        assert_eq!(decide(None, &window(&[1, 2]), false, false), Move::ToAim);
        let before = Shown::new(&window(&[1, 2]));
        let mut jumped = window(&[1, 2]);
        jumped.jump = 2;
        assert_eq!(decide(Some(&before), &jumped, true, true), Move::ToAim);
    }

    #[test]
    fn a_new_message_is_followed_only_from_the_end() {
        let before = Shown::new(&window(&[1, 2]));
        let now = window(&[1, 2, 3]);
        assert_eq!(decide(Some(&before), &now, true, false), Move::ToEnd);
        assert_eq!(decide(Some(&before), &now, false, false), Move::Stay);
    }

    #[test]
    fn an_edit_never_scrolls() {
        let before = Shown::new(&window(&[1, 2]));
        let mut now = window(&[1, 2]);
        let mut edited = item(2);
        edited.body = "much longer".to_owned();
        now.items[1] = Rc::new(edited);
        for at_end in [true, false] {
            assert_eq!(decide(Some(&before), &now, at_end, true), Move::Stay);
        }
    }

    #[test]
    fn a_page_is_no_arrival() {
        let before = Shown::new(&window(&[3, 4]));
        let older = window(&[1, 2, 3, 4]);
        assert_eq!(decide(Some(&before), &older, true, false), Move::Stay);
        let mut behind = window(&[3, 4]);
        behind.has_newer = true;
        let newer = window(&[3, 4, 5, 6]);
        assert!(arrivals(&Shown::new(&behind), &newer).is_empty());
    }

    #[test]
    fn an_own_message_is_followed_from_anywhere_if_written_here() {
        let before = Shown::new(&window(&[1]));
        let now = with_own(&[1], 2);
        assert_eq!(decide(Some(&before), &now, false, true), Move::ToEnd);
        assert_eq!(decide(Some(&before), &now, false, false), Move::Stay);
    }

    #[test]
    fn a_message_before_a_pending_one_is_an_arrival() {
        let before = Shown::new(&window(&[1, 9]));
        let now = window(&[1, 2, 9]);
        let found: Vec<_> = arrivals(&before, &now).iter().map(|item| item.id).collect();
        assert_eq!(found, [id(2)]);
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
