//! A query as an expression of FTS5.
//!
//! Invariant: whatever a person types, the expression is a valid one: every word is quoted, and nothing else of it stands
//! outside of quotes.

use super::text::{self, SEPARATOR, spaced};
use model::search::{Has, PIECES_MAX, Word};

/// Shorter beginnings are taken as whole words: what begins with one letter is no search.
const PREFIX_MIN_CHARS: usize = 2;

/// The beginnings that the index holds ready: see migration 0007.
const PREFIX_READY_CHARS: usize = 4;

/// A query whose names are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) words: Vec<Word>,
    pub(super) without: Vec<Word>,
    /// Of each list one; the words of `scope`.
    pub(super) one_of: Vec<Vec<String>>,
    pub(super) has: Vec<Has>,
    /// Words of `scope`.
    pub(super) none_of: Vec<String>,
}

/// The expression. `complete` gives the words of the index that begin so, if they are few.
pub(super) fn expression(
    known: &Known,
    mut complete: impl FnMut(&str) -> Option<Vec<String>>,
) -> String {
    let mut must = Vec::new();
    let mut any = Vec::new();
    for word in known.words.iter().take(PIECES_MAX) {
        match few(word, &mut complete) {
            Some(words) => any.push(group(words.iter().map(|word| in_body(&quote(word))))),
            None => must.push(in_body(&phrase(word))),
        }
    }
    must.extend(known.has.iter().map(|has| in_scope(has_word(*has))));
    for names in &known.one_of {
        any.push(group(names.iter().map(|name| in_scope(name))));
    }
    if must.is_empty() && any.is_empty() {
        must.push(in_scope(text::EVERY));
    }
    // One after the other is an AND that passes over what has no letters in it.
    if !must.is_empty() {
        any.insert(0, format!("({})", must.join(" ")));
    }
    let whole = any.join(" AND ");
    let without = known.without.iter().take(PIECES_MAX);
    let none: Vec<String> = without
        .map(|word| in_body(&phrase(word)))
        .chain(known.none_of.iter().map(|word| in_scope(word)))
        .collect();
    if none.is_empty() {
        whole
    } else {
        format!("({whole}) NOT {}", group(none.into_iter()))
    }
}

/// The word of `scope` for what a message has.
pub(super) fn has_word(has: Has) -> &'static str {
    match has {
        Has::Link => text::LINK,
        Has::Code => text::CODE,
        Has::Pin => text::PIN,
        Has::Reaction => text::REACTION,
        Has::Image => text::IMAGE,
        Has::File => text::FILE,
    }
}

fn group(alternatives: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = alternatives.collect();
    if all.is_empty() {
        // Nobody of that name: nothing is found.
        return format!("({})", in_scope("nothing"));
    }
    format!("({})", all.join(" OR "))
}

fn in_scope(word: &str) -> String {
    format!("scope : {}", quote(word))
}

fn in_body(phrase: &str) -> String {
    format!("body : {phrase}")
}

/// The words that a long beginning stands for.
fn few(word: &Word, complete: &mut impl FnMut(&str) -> Option<Vec<String>>) -> Option<Vec<String>> {
    // Of other signs SQLite alone knows what it makes of them.
    let simple = word.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !word.prefix || !simple || word.text.len() <= PREFIX_READY_CHARS {
        return None;
    }
    complete(&word.text.to_ascii_lowercase())
}

fn phrase(word: &Word) -> String {
    let quoted = quote(&word.text);
    let last = word.text.chars().rev().take_while(|c| c.is_alphanumeric());
    if word.prefix && last.count() >= PREFIX_MIN_CHARS {
        format!("{quoted} *")
    } else {
        quoted
    }
}

fn quote(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let clean = spaced(&clean).replace('"', " ");
    debug_assert!(!clean.contains('\0') && SEPARATOR != '\0');
    format!("\"{clean}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, prefix: bool) -> Word {
        Word {
            text: text.to_owned(),
            prefix,
        }
    }

    #[test]
    fn everything_typed_is_quoted() {
        let known = Known {
            words: vec![word("fo\"o AND", false), word("b", true), word("bar", true)],
            without: vec![word("NEAR(", false)],
            one_of: vec![vec!["a1".into(), "a2".into()], vec![]],
            has: vec![Has::Link],
            none_of: vec!["r9".into()],
        };
        assert_eq!(
            expression(&known, |_| None),
            "((body : \"fo o AND\" body : \"b\" body : \"bar\" * scope : \"hlink\") \
             AND (scope : \"a1\" OR scope : \"a2\") AND (scope : \"nothing\")) NOT (body : \"NEAR(\" OR scope : \"r9\")"
        );
    }

    #[test]
    fn a_long_beginning_is_spelled_out_where_that_is_short() {
        let known = Known {
            words: vec![word("Deplo", true)],
            ..Known::default()
        };
        let said = expression(&known, |start| {
            Some(vec![format!("{start}y"), format!("{start}yed")])
        });
        assert_eq!(said, "(body : \"deploy\" OR body : \"deployed\")");
        assert_eq!(expression(&known, |_| None), "(body : \"Deplo\" *)");
    }
}
