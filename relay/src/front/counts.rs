//! How many of something each key has at once.
//!
//! Invariant: a key with none is not remembered, so memory follows what is counted.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The counts. Cheap to clone.
#[derive(Debug)]
pub struct Counts<K: Eq + Hash + Copy>(Arc<Mutex<HashMap<K, u32>>>);

/// One of them; given back when dropped.
#[derive(Debug)]
pub struct Counted<K: Eq + Hash + Copy> {
    counts: Counts<K>,
    key: K,
}

impl<K: Eq + Hash + Copy> Default for Counts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Copy> Counts<K> {
    /// One more, if there are fewer than `max`.
    #[must_use]
    pub fn take(&self, key: K, max: u32) -> Option<Counted<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&key).copied().unwrap_or_default();
        if count >= max {
            return None;
        }
        counts.insert(key, count + 1);
        let counts = Self(Arc::clone(&self.0));
        Some(Counted { counts, key })
    }
}

impl<K: Eq + Hash + Copy> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
        // A storm that has passed leaves no table behind.
        if counts.capacity() > 1024 && counts.len() < counts.capacity() / 8 {
            counts.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again_and_nothing_is_kept() {
        let counts = Counts::default();
        let first = counts.take(1, 2).unwrap();
        let second = counts.take(1, 2).unwrap();
        assert!(counts.take(1, 2).is_none() && counts.take(2, 2).is_some());
        drop(first);
        let third = counts.take(1, 2).unwrap();
        drop((second, third));
        assert!(counts.0.lock().unwrap().is_empty());
        let many: Vec<_> = (0..10_000).map(|key| counts.take(key, 1)).collect();
        drop(many);
        assert!(counts.0.lock().unwrap().capacity() <= 1024);
    }
}
