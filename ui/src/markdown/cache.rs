//! Texts that were parsed lately. A message that is scrolled out of sight and back is not parsed again.
//!
//! Invariant: bounded, by number and by the bytes of the texts; when one is too much, the older half goes.

use super::tree::{self, Document};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Some screens of messages.
const MAX_TEXTS: usize = 600;
const MAX_BYTES: usize = 1024 * 1024;

#[derive(Default)]
struct Cache {
    of: HashMap<String, (u64, Rc<Document>)>,
    bytes: usize,
    /// Counts uses; the least lately used have the lowest.
    clock: u64,
    parsed: usize,
}

impl Cache {
    fn document(&mut self, text: &str) -> Rc<Document> {
        self.clock += 1;
        if let Some((used, document)) = self.of.get_mut(text) {
            *used = self.clock;
            return Rc::clone(document);
        }
        let document = Rc::new(tree::read(text));
        self.parsed += 1;
        self.bytes += text.len();
        self.of
            .insert(text.to_owned(), (self.clock, Rc::clone(&document)));
        while self.of.len() > MAX_TEXTS || (self.bytes > MAX_BYTES && !self.of.is_empty()) {
            self.drop_older_half();
        }
        document
    }

    fn drop_older_half(&mut self) {
        let mut uses: Vec<u64> = self.of.values().map(|(used, _)| *used).collect();
        uses.sort_unstable();
        let middle = uses[uses.len() / 2];
        self.of.retain(|_, (used, _)| *used > middle);
        self.bytes = self.of.keys().map(String::len).sum();
    }
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
}

/// The text, read.
pub(super) fn document(text: &str) -> Rc<Document> {
    CACHE.with(|cache| cache.borrow_mut().document(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_once() {
        let mut cache = Cache::default();
        let first = cache.document("*a*");
        let again = cache.document("*a*");
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(cache.parsed, 1);
        cache.document("*b*");
        assert_eq!(cache.parsed, 2);
    }

    #[test]
    fn what_was_used_lately_stays_and_all_is_bounded() {
        let mut cache = Cache::default();
        let kept = cache.document("kept");
        for n in 0..3 * MAX_TEXTS {
            cache.document(&format!("text {n}"));
            cache.document("kept");
            assert!(cache.of.len() <= MAX_TEXTS);
        }
        assert!(Rc::ptr_eq(&kept, &cache.document("kept")));
        for n in 0..10 {
            cache.document(&format!("{n}{}", "x".repeat(300_000)));
            assert!(cache.bytes <= MAX_BYTES);
        }
    }
}
