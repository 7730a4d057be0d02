//! The slice of a timeline that is on the screen: how pages join, what is kept, how messages group.
//!
//! Invariants: each message stands in a window once; a window never holds more than [`MAX`] messages after it was trimmed, so
//! what the document holds does not depend on the room; and a message that did not change keeps its allocation, so that
//! nothing is drawn again for it.

use model::view::{Abilities, Timeline, TimelineItem};
use model::{MessageId, Millis, RoomId, Seq};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Messages of one page: more than a screen, read and drawn within a frame or two.
pub(crate) const PAGE: u32 = 40;

/// Messages that a window holds at most: three pages, so that there is always one beyond either edge of the screen.
pub(crate) const MAX: usize = 120;

/// Messages of one author stand under one name if they are closer than this.
const GROUP_MILLIS: i64 = 5 * 60 * 1000;

/// Where the timeline stands after a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// At the newest message.
    End,
    /// At the first message of the room.
    Beginning,
    /// A message in the middle of the screen.
    Middle(MessageId),
    /// A message so many pixels below the upper edge.
    Below(MessageId, i32),
}

/// A contiguous slice of a room's timeline, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The room.
    pub(crate) room: RoomId,
    /// The messages.
    pub(crate) items: Vec<Rc<TimelineItem>>,
    /// The local database holds older ones.
    pub(crate) has_older: bool,
    /// The local database holds newer ones.
    pub(crate) has_newer: bool,
    /// The relay holds older ones that are still to be fetched.
    pub(crate) backfilling: bool,
    /// The first and the last position that the local database holds.
    pub(crate) span: Option<(Seq, Seq)>,
    /// Through which position we have read.
    pub(crate) read_to: Option<Seq>,
    /// How many messages of others are behind that.
    pub(crate) unread: u32,
    /// What we may do in the room.
    pub(crate) may: Abilities,
    /// Which jump brought us here.
    pub(crate) jump: u32,
    /// Where that jump leads.
    pub(crate) aim: Aim,
}

impl Window {
    /// The window that shows just `page`, after a jump.
    pub(crate) fn new(page: Timeline, jump: u32, aim: Aim) -> Self {
        Self {
            room: page.room_id,
            has_older: page.has_older,
            has_newer: page.has_newer,
            backfilling: page.backfilling,
            span: page.span,
            read_to: page.read_to,
            unread: page.unread,
            may: page.may,
            jump,
            aim,
            items: page.items.into_iter().map(Rc::new).collect(),
        }
    }

    /// The same place, read again.
    pub(crate) fn again(&self, page: Timeline) -> Self {
        let mut window = Self::new(page, self.jump, self.aim);
        window.reuse(self);
        window
    }

    /// Joins the next older page, and lets go of what is far below. A message that moved between the two readings is kept
    /// where it was read last.
    pub(crate) fn prepend(&mut self, page: Timeline) {
        let known: HashSet<MessageId> = self.items.iter().map(|item| item.id).collect();
        self.has_older = page.has_older && !page.items.is_empty();
        self.take_facts(&page);
        let older = page
            .items
            .into_iter()
            .filter(|item| !known.contains(&item.id))
            .map(Rc::new);
        self.items.splice(0..0, older);
        if self.items.len() > MAX {
            self.items.truncate(MAX);
            self.has_newer = true;
        }
    }

    /// Joins the next newer page, and lets go of what is far above.
    pub(crate) fn append(&mut self, page: Timeline) {
        let new: HashSet<MessageId> = page.items.iter().map(|item| item.id).collect();
        self.has_newer = page.has_newer && !page.items.is_empty();
        self.take_facts(&page);
        self.items.retain(|item| !new.contains(&item.id));
        self.items.extend(page.items.into_iter().map(Rc::new));
        if self.items.len() > MAX {
            self.items.drain(..self.items.len() - MAX);
            self.has_older = true;
        }
    }

    fn take_facts(&mut self, page: &Timeline) {
        self.backfilling = page.backfilling;
        self.span = page.span;
        self.read_to = page.read_to;
        self.unread = page.unread;
        self.may = page.may;
    }

    /// Takes over the allocations of `before` for messages that are the same.
    fn reuse(&mut self, before: &Self) {
        let known: HashMap<MessageId, &Rc<TimelineItem>> =
            before.items.iter().map(|item| (item.id, item)).collect();
        for item in &mut self.items {
            if let Some(same) = known.get(&item.id)
                && **same == *item
            {
                *item = Rc::clone(same);
            }
        }
    }

    /// How far down in the room a message is, from 0 to 1, as far as positions tell.
    pub(crate) fn fraction(&self, id: MessageId) -> f64 {
        let Some((Seq(first), Seq(last))) = self.span.filter(|(first, last)| last > first) else {
            return 1.0;
        };
        let at = self.items.iter().position(|item| item.id == id);
        let position = at.and_then(|at| self.items[at].position);
        #[allow(clippy::cast_precision_loss)] // it is for a scrollbar
        position.map_or(1.0, |Seq(position)| {
            ((position - first) as f64 / (last - first) as f64).clamp(0.0, 1.0)
        })
    }

    /// The position that is so far down in the room.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // it is for a scrollbar
    pub(crate) fn position_at(&self, fraction: f64) -> Option<Seq> {
        let (Seq(first), Seq(last)) = self.span?;
        Some(Seq(
            first + ((last - first) as f64 * fraction.clamp(0.0, 1.0)) as i64
        ))
    }

    /// The message above which the unread ones begin, if that line is in this window. `read_to` is what was read when the person
    /// came.
    pub(crate) fn unread_from(&self, read_to: Option<Seq>) -> Option<MessageId> {
        let read_to = read_to?;
        let is_new = |item: &Rc<TimelineItem>| {
            !item.mine && item.position.is_some_and(|position| position > read_to)
        };
        let first = self.items.iter().position(is_new)?;
        // The first message of a window may follow others that are unread as well.
        let above = first > 0 || !self.has_older;
        above.then(|| self.items[first].id)
    }
}

/// How a message stands below the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placing {
    /// A new day begins with it.
    pub(crate) new_day: bool,
    /// It goes on under the same name.
    pub(crate) continued: bool,
}

/// How each message stands below the one before it; `day` numbers the days of the reader's calendar, `apart` is the message above
/// which a line is drawn.
pub(crate) fn place(
    items: &[Rc<TimelineItem>],
    day: impl Fn(Millis) -> i64,
    apart: Option<MessageId>,
) -> Vec<Placing> {
    let mut placings = Vec::with_capacity(items.len());
    let mut before: Option<(&TimelineItem, i64)> = None;
    for item in items {
        let today = day(item.created_at);
        let placing = match before {
            None => Placing {
                new_day: true,
                continued: false,
            },
            Some((last, last_day)) => Placing {
                new_day: last_day != today,
                continued: last_day == today
                    && last.author_id == item.author_id
                    && item.reply.is_none()
                    && apart != Some(item.id)
                    && (item.created_at.0 - last.created_at.0).abs() < GROUP_MILLIS,
            },
        };
        placings.push(placing);
        before = Some((item, today));
    }
    placings
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::view::Delivery;
    use model::{Rev, Seq};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    pub(crate) fn id<T: std::str::FromStr>(n: u32) -> T {
        match format!("00000000-0000-7000-8000-{n:012x}").parse() {
            Ok(id) => id,
            Err(_) => panic!("an id"),
        }
    }

    pub(crate) fn item(n: u32) -> TimelineItem {
        TimelineItem {
            id: id(n),
            position: Some(Seq(i64::from(n))),
            author_id: id(1),
            author_name: "Ada".to_owned(),
            mine: false,
            body: format!("message {n}"),
            rev: Rev::FIRST,
            created_at: Millis(i64::from(n) * 1000),
            edited_at: None,
            edited_by: None,
            deleted: false,
            pinned: false,
            reply: None,
            reactions: Vec::new(),
            delivery: Delivery::Sent,
            attachments: Vec::new(),
        }
    }

    /// A page of a room that holds the messages 1 to `last`.
    fn page(range: std::ops::Range<u32>, last: u32) -> Timeline {
        Timeline {
            room_id: id(9),
            has_older: range.start > 1,
            has_newer: range.end <= last,
            items: range.map(item).collect(),
            backfilling: false,
            target: None,
            span: Some((Seq(1), Seq(i64::from(last)))),
            read_to: None,
            unread: 0,
            may: Abilities::default(),
        }
    }

    fn window(range: std::ops::Range<u32>, last: u32) -> Window {
        Window::new(page(range, last), 1, Aim::End)
    }

    fn numbers(window: &Window) -> Vec<i64> {
        window
            .items
            .iter()
            .filter_map(|item| item.position.map(|seq| seq.0))
            .collect()
    }

    #[test]
    fn pages_join_on_both_sides_without_doubles() {
        let mut window = window(5..8, 20);
        window.prepend(page(2..6, 20));
        assert_eq!(numbers(&window), [2, 3, 4, 5, 6, 7]);
        assert!(window.has_older && window.has_newer);
        window.append(page(7..21, 20));
        assert_eq!(numbers(&window), (2..21).collect::<Vec<i64>>());
        assert!(!window.has_newer);
        window.prepend(page(1..2, 20));
        assert!(!window.has_older);
    }

    /// Whatever way a person goes, the window is a gapless stretch of the room, no longer than it may be, and says rightly what
    /// lies beyond it.
    #[test]
    fn any_walk_leaves_a_gapless_bounded_window() {
        let last = 1000;
        let mut window = window(961..1001, last);
        let mut random = 12_345_u32;
        for _ in 0..2000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let numbers = numbers(&window);
            let (first, end) = (numbers[0] as u32, numbers[numbers.len() - 1] as u32);
            // More often up than down, so that both ends are reached.
            if random >> 16 & 3 != 0 {
                window.prepend(page(first.saturating_sub(PAGE).max(1)..first, last));
            } else {
                window.append(page(end + 1..(end + 1 + PAGE).min(last + 1), last));
            }
            let now = self::numbers(&window);
            assert!(now.len() <= MAX);
            assert!(now.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{now:?}");
            assert_eq!(window.has_older, now[0] > 1, "{now:?}");
            let end = now[now.len() - 1];
            assert_eq!(window.has_newer, end < i64::from(last), "{now:?}");
        }
    }

    #[test]
    fn unchanged_messages_keep_their_allocation() {
        let before = window(1..4, 3);
        let mut changed = page(1..5, 4);
        changed.items[1].body = "edited".to_owned();
        let after = before.again(changed);
        assert!(Rc::ptr_eq(&after.items[0], &before.items[0]));
        assert!(!Rc::ptr_eq(&after.items[1], &before.items[1]));
        assert!(Rc::ptr_eq(&after.items[2], &before.items[2]));
        assert_eq!(after.items.len(), 4);
    }

    #[test]
    fn the_scrollbar_tells_how_far_down_one_is() {
        let window = window(41..61, 101);
        assert!((window.fraction(id(51)) - 0.5).abs() < 1e-9);
        assert_eq!(window.position_at(0.5), Some(Seq(51)));
        assert_eq!(window.position_at(7.0), Some(Seq(101)));
        assert_eq!(window.position_at(0.0), Some(Seq(1)));
    }

    #[test]
    fn the_unread_line_stands_above_the_first_message_of_somebody_else() {
        let mut window = window(1..6, 5);
        let mut own = item(3);
        own.mine = true;
        window.items[2] = Rc::new(own);
        assert_eq!(window.unread_from(Some(Seq(2))), Some(id(4)));
        assert_eq!(window.unread_from(Some(Seq(5))), None);
        assert_eq!(window.unread_from(None), None);
        assert_eq!(window.unread_from(Some(Seq(0))), Some(id(1)));
        // Where it begins above the window, the line is not there.
        window.has_older = true;
        assert_eq!(window.unread_from(Some(Seq(0))), None);
    }

    #[test]
    fn messages_group_by_author_time_and_day() {
        let mut other = item(3);
        other.author_id = id(2);
        let mut late = item(4);
        late.author_id = id(2);
        late.created_at = Millis(GROUP_MILLIS + 3000);
        let mut tomorrow = item(5);
        tomorrow.author_id = id(2);
        tomorrow.created_at = Millis(GROUP_MILLIS + 4000);
        let items: Vec<_> = [item(1), item(2), other, late, tomorrow]
            .into_iter()
            .map(Rc::new)
            .collect();
        let day = |at: Millis| i64::from(at.0 >= GROUP_MILLIS + 4000);
        let placings = place(&items, day, None);
        let continued: Vec<bool> = placings.iter().map(|p| p.continued).collect();
        let new_day: Vec<bool> = placings.iter().map(|p| p.new_day).collect();
        assert_eq!(continued, [false, true, false, false, false]);
        assert_eq!(new_day, [true, false, false, false, true]);
        assert!(!place(&items, day, Some(id(2)))[1].continued);
    }
}
