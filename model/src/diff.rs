//! What became of one text in another, by words: for showing a person what an edit has changed.
//!
//! Invariant: what is kept and removed, in order, is the text before; what is kept and added is the text after. Pure and total.

use crate::limits::MERGE_MAX_PIECES;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is in both texts.
    Kept,
    /// It is in the former text only.
    Removed,
    /// It is in the later text only.
    Added,
}

/// A piece of text, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// The text.
    pub text: String,
}

/// The pieces of two texts. Very long texts are compared by lines, and beyond that as a whole.
#[must_use]
pub fn words(before: &str, after: &str) -> Vec<Piece> {
    let by_words = (split_words(before), split_words(after));
    let (old, new) = if by_words.0.len().max(by_words.1.len()) <= MERGE_MAX_PIECES {
        by_words
    } else {
        let lines = |text: &'_ str| -> usize { text.split_inclusive('\n').count() };
        if lines(before).max(lines(after)) <= MERGE_MAX_PIECES {
            (
                before.split_inclusive('\n').collect(),
                after.split_inclusive('\n').collect(),
            )
        } else {
            (vec![before], vec![after])
        }
    };
    let mut pieces = Pieces::default();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                pieces.push(Change::Kept, &old[old_index..old_index + len]);
            }
            DiffOp::Delete {
                old_index, old_len, ..
            } => pieces.push(Change::Removed, &old[old_index..old_index + old_len]),
            DiffOp::Insert {
                new_index, new_len, ..
            } => pieces.push(Change::Added, &new[new_index..new_index + new_len]),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                pieces.push(Change::Removed, &old[old_index..old_index + old_len]);
                pieces.push(Change::Added, &new[new_index..new_index + new_len]);
            }
        }
    }
    pieces.0
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, change: Change, words: &[&str]) {
        if words.iter().all(|word| word.is_empty()) {
            return;
        }
        let text = words.concat();
        match self.0.last_mut() {
            Some(last) if last.change == change => last.text.push_str(&text),
            _ => self.0.push(Piece { change, text }),
        }
    }
}

/// Words, the spaces between them, and other signs one by one.
fn split_words(text: &str) -> Vec<&str> {
    #[derive(PartialEq)]
    enum Kind {
        Word,
        Space,
        Sign,
    }
    let kind = |c: char| {
        if c.is_alphanumeric() {
            Kind::Word
        } else if c.is_whitespace() {
            Kind::Space
        } else {
            Kind::Sign
        }
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if last.is_some_and(|last| last != now || now == Kind::Sign) {
            found.push(&text[start..at]);
            start = at;
        }
        last = Some(now);
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}
