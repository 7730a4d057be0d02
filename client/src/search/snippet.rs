//! The part of a message that is shown where it was found, with marks.
//!
//! Invariant: every letter that is shown is the message's own; what the index says only decides what is marked.

use super::text::SEPARATOR;
use model::view::Segment;

/// How much is shown.
const CHARS_MAX: usize = 200;

/// How much of that stands before the first mark.
const LEAD_CHARS: usize = 50;

const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// The part around the first mark; the beginning if there is none. `highlighted` is what SQLite made of the text, with marks.
pub(super) fn snippet(body: &str, highlighted: &str) -> Vec<Segment> {
    let letters = marked(body, highlighted);
    let first = letters.iter().position(|(_, marked)| *marked).unwrap_or(0);
    let from = start(&letters, first);
    let to = end(&letters, from);
    let mut segments: Vec<Segment> = Vec::new();
    if from > 0 {
        push(&mut segments, '…', false);
    }
    let mut space = true;
    for (letter, marked) in &letters[from..to] {
        if letter.is_whitespace() {
            if !space {
                push(&mut segments, ' ', *marked);
            }
            space = true;
        } else {
            push(&mut segments, *letter, *marked);
            space = false;
        }
    }
    if to < letters.len() {
        push(&mut segments, '…', false);
    }
    segments
}

/// The letters of the text, and whether each is marked: both texts are read side by side, as the marked one has signs more.
fn marked(body: &str, highlighted: &str) -> Vec<(char, bool)> {
    let mut with_marks = highlighted.chars();
    let mut is_marked = false;
    let letter = |letter: char| {
        for sign in with_marks.by_ref() {
            match sign {
                sign if sign == letter => break,
                BEGIN => is_marked = true,
                END => is_marked = false,
                SEPARATOR => {}
                _ => break,
            }
        }
        (letter, is_marked)
    };
    body.chars().map(letter).collect()
}

fn start(letters: &[(char, bool)], first: usize) -> usize {
    if first <= LEAD_CHARS {
        return 0;
    }
    let from = first - LEAD_CHARS;
    // Not in the middle of a word, unless it is a very long one.
    letters[from..first]
        .iter()
        .position(|(letter, _)| letter.is_whitespace())
        .map_or(from, |space| from + space + 1)
}

fn end(letters: &[(char, bool)], from: usize) -> usize {
    if letters.len() - from <= CHARS_MAX {
        return letters.len();
    }
    let to = from + CHARS_MAX;
    letters[from + CHARS_MAX / 2..to]
        .iter()
        .rposition(|(letter, _)| letter.is_whitespace())
        .map_or(to, |space| from + CHARS_MAX / 2 + space)
}

fn push(segments: &mut Vec<Segment>, letter: char, marked: bool) {
    match segments.last_mut() {
        Some(last) if last.marked == marked => last.text.push(letter),
        _ => segments.push(Segment {
            text: letter.to_string(),
            marked,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str, highlighted: &str) -> String {
        snippet(body, highlighted)
            .into_iter()
            .map(|segment| {
                if segment.marked {
                    format!("[{}]", segment.text)
                } else {
                    segment.text
                }
            })
            .collect()
    }

    #[test]
    fn marks_stand_where_the_index_says() {
        assert_eq!(shown("one two", "one \u{2}two\u{3}"), "one [two]");
        assert_eq!(
            shown("去日本go", "\u{1f}去\u{1f}\u{2}日\u{1f}本\u{3}\u{1f}go"),
            "去[日本]go"
        );
        assert_eq!(shown("a\n\n  b", "a\n\n  b"), "a b");
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let before = "word ".repeat(40);
        let after = " more".repeat(80);
        let said = shown(
            &format!("{before}here{after}"),
            &format!("{before}\u{2}here\u{3}{after}"),
        );
        assert!(
            said.starts_with("…word ") && said.ends_with("more…"),
            "{said}"
        );
        assert!(said.contains("[here]") && said.chars().count() < CHARS_MAX + 5);
    }

    #[test]
    fn a_text_with_our_own_marks_in_it_stays_itself() {
        let body = "\u{2}a\u{3}\u{1f}b";
        let text: String = snippet(body, "\u{2}\u{2}a\u{3}\u{3}\u{1f}b")
            .into_iter()
            .map(|segment| segment.text)
            .collect();
        assert_eq!(text, body);
    }
}
