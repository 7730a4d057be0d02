//! Names to look for in texts. They may hold spaces ("Ada Lovelace"), so the longest one that fits is meant.

use std::collections::HashMap;

/// What looks like a name longer than this is none: the longest room name.
const NAME_MAX_CHARS: usize = crate::limits::ROOM_NAME_MAX_CHARS;

/// Names and what they stand for; capitals make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names<T> {
    of: HashMap<String, T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { of: HashMap::new() }
    }
}

impl<T: Copy> Names<T> {
    /// Of two equal names the first counts.
    pub fn new<'a>(names: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut of = HashMap::new();
        for (name, stands_for) in names {
            of.entry(fold(name)).or_insert(stands_for);
        }
        Self { of }
    }

    /// The longest name that `text` begins with and that ends where a word does: its bytes, and what it stands for.
    #[must_use]
    pub fn at_start_of(&self, text: &str) -> Option<(usize, T)> {
        let mut folded = String::new();
        let mut ends = Vec::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            if ends.len() == NAME_MAX_CHARS || char == '\n' {
                break;
            }
            folded.extend(char.to_lowercase());
            let next = chars.peek().map(|(_, next)| *next);
            ends.push((at + char.len_utf8(), folded.len(), ends_word(char, next)));
        }
        ends.into_iter().rev().find_map(|(end, folded_end, whole)| {
            if !whole {
                return None;
            }
            let stands_for = self.of.get(&folded[..folded_end])?;
            Some((end, *stands_for))
        })
    }
}

fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// Letters and digits that stand together are one word.
pub(super) fn in_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn ends_word(last: char, next: Option<char>) -> bool {
    !next.is_some_and(|next| in_word(last) && in_word(next))
}
