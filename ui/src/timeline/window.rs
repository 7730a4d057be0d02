//! The slice of a timeline that is on the screen: how pages join, what is kept, how messages group.
//!
//! Invariant: each message stands in a window once, and a message that did not change keeps its allocation, so that
//! nothing is drawn again for it.

use model::view::{Timeline, TimelineItem};
use model::{MessageId, Millis, RoomId};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Messages of one page: a few screens, read and drawn within a frame.
pub(crate) const PAGE: u32 = 100;

/// Messages of one author stand under one name if they are closer than this.
const GROUP_MILLIS: i64 = 5 * 60 * 1000;

/// A contiguous slice of a room's timeline, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    /// The room.
    pub(crate) room: RoomId,
    /// The messages.
    pub(crate) items: Vec<Rc<TimelineItem>>,
    /// The local database holds older ones.
    pub(crate) has_older: bool,
    /// The relay holds older ones that are still to be fetched.
    pub(crate) backfilling: bool,
}

impl Window {
    /// The window that shows just `page`.
    pub(crate) fn new(page: Timeline) -> Self {
        let mut window = Self {
            room: page.room_id,
            items: Vec::new(),
            has_older: false,
            backfilling: false,
        };
        window.prepend(page);
        window
    }

    /// Its oldest message.
    pub(crate) fn oldest(&self) -> Option<MessageId> {
        self.items.first().map(|item| item.id)
    }

    /// Whether the message is in it.
    pub(crate) fn contains(&self, id: MessageId) -> bool {
        self.items.iter().any(|item| item.id == id)
    }

    /// Joins the next older page. A message that moved between the two readings is kept where it was read last.
    pub(crate) fn prepend(&mut self, page: Timeline) {
        let known: HashSet<MessageId> = self.items.iter().map(|item| item.id).collect();
        let older = page
            .items
            .into_iter()
            .filter(|item| !known.contains(&item.id))
            .map(Rc::new);
        self.items.splice(0..0, older);
        self.has_older = page.has_older;
        self.backfilling = page.backfilling;
    }

    /// Drops what is older than `id`, if it is here at all.
    pub(crate) fn start_at(&mut self, id: MessageId) {
        if let Some(index) = self.items.iter().position(|item| item.id == id)
            && index > 0
        {
            self.items.drain(..index);
            self.has_older = true;
        }
    }

    /// Takes over the allocations of `before` for messages that are the same.
    pub(crate) fn reuse(&mut self, before: &Self) {
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
}

/// How a message stands below the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placing {
    /// A new day begins with it.
    pub(crate) new_day: bool,
    /// It goes on under the same name.
    pub(crate) continued: bool,
}

/// How each message stands below the one before it; `day` numbers the days of the reader's calendar.
pub(crate) fn place(items: &[Rc<TimelineItem>], day: impl Fn(Millis) -> i64) -> Vec<Placing> {
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
            deleted: false,
            delivery: Delivery::Sent,
        }
    }

    fn page(range: std::ops::Range<u32>, has_older: bool) -> Timeline {
        Timeline {
            room_id: id(9),
            items: range.map(item).collect(),
            has_older,
            backfilling: false,
        }
    }

    fn numbers(window: &Window) -> Vec<i64> {
        window
            .items
            .iter()
            .filter_map(|item| item.position.map(|seq| seq.0))
            .collect()
    }

    #[test]
    fn older_pages_join_without_doubles() {
        let mut window = Window::new(page(5..8, true));
        window.prepend(page(2..6, false));
        assert_eq!(numbers(&window), [2, 3, 4, 5, 6, 7]);
        assert!(!window.has_older);
    }

    #[test]
    fn what_is_cut_off_can_be_loaded_again() {
        let mut window = Window::new(page(1..8, false));
        window.start_at(id(4));
        assert_eq!(numbers(&window), [4, 5, 6, 7]);
        assert!(window.has_older);
        window.start_at(id(99));
        assert_eq!(numbers(&window).len(), 4);
    }

    #[test]
    fn unchanged_messages_keep_their_allocation() {
        let before = Window::new(page(1..4, false));
        let mut after = Window::new(page(1..5, false));
        let mut changed = item(2);
        changed.body = "edited".to_owned();
        after.items[1] = Rc::new(changed);
        after.reuse(&before);
        assert!(Rc::ptr_eq(&after.items[0], &before.items[0]));
        assert!(!Rc::ptr_eq(&after.items[1], &before.items[1]));
        assert!(Rc::ptr_eq(&after.items[2], &before.items[2]));
        assert_eq!(after.items.len(), 4);
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
        let placings = place(&items, |at| i64::from(at.0 >= GROUP_MILLIS + 4000));
        let continued: Vec<bool> = placings.iter().map(|p| p.continued).collect();
        let new_day: Vec<bool> = placings.iter().map(|p| p.new_day).collect();
        assert_eq!(continued, [false, true, false, false, false]);
        assert_eq!(new_day, [true, false, false, false, true]);
    }
}
