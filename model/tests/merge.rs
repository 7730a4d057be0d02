//! The laws of the merge: nothing that one side alone added is lost, and merging again is no news.

#![allow(clippy::unwrap_used)]

use model::merge;
use proptest::prelude::*;

/// What one side does to a text of lines: a word of its own put somewhere in each of some lines, lines of its own put between.
#[derive(Clone, Debug)]
struct Changes {
    words: Vec<(usize, usize)>,
    lines: Vec<usize>,
    removed: Vec<usize>,
}

fn changes() -> impl Strategy<Value = Changes> {
    let words = prop::collection::vec((0..6_usize, 0..5_usize), 0..3);
    let lines = prop::collection::vec(0..7_usize, 0..3);
    let removed = prop::collection::vec(0..6_usize, 0..2);
    (words, lines, removed).prop_map(|(words, lines, removed)| Changes {
        words,
        lines,
        removed,
    })
}

/// The changed text, and the whole lines that were added.
fn apply(
    base: &[Vec<String>],
    changes: &Changes,
    side: char,
) -> (String, Vec<String>, Vec<String>) {
    let mut lines: Vec<Option<Vec<String>>> = base.iter().cloned().map(Some).collect();
    let mut added_words = Vec::new();
    for line in &changes.removed {
        if let Some(line) = lines.get_mut(*line) {
            *line = None;
        }
    }
    for (number, (line, at)) in changes.words.iter().enumerate() {
        if let Some(Some(line)) = lines.get_mut(*line) {
            let word = format!("{side}w{number}");
            line.insert((*at).min(line.len()), word.clone());
            added_words.push(word);
        }
    }
    let mut text: Vec<String> = Vec::new();
    let mut added_lines = Vec::new();
    for at in 0..=lines.len() {
        for (number, place) in changes.lines.iter().enumerate() {
            if *place == at {
                let line = format!("{side}line{number} of its own");
                text.push(line.clone());
                added_lines.push(line);
            }
        }
        if let Some(Some(line)) = lines.get(at) {
            text.push(line.join(" "));
        }
    }
    (text.join("\n"), added_lines, added_words)
}

/// Lines of few different words, so that differences are ambiguous.
fn base() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec("[abc]", 0..5), 1..6)
}

fn joined(base: &[Vec<String>]) -> String {
    let lines: Vec<String> = base.iter().map(|line| line.join(" ")).collect();
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_line_and_no_word_that_one_side_added_is_lost(base in base(), t in changes(), m in changes()) {
        let (theirs, their_lines, their_words) = apply(&base, &t, 't');
        let (mine, my_lines, my_words) = apply(&base, &m, 'm');
        if let Some(merged) = merge(&joined(&base), &theirs, &mine) {
            let lines: Vec<&str> = merged.split('\n').collect();
            for line in their_lines.iter().chain(&my_lines) {
                prop_assert!(lines.contains(&line.as_str()), "{line:?} is not in {merged:?}");
            }
            for word in their_words.iter().chain(&my_words) {
                prop_assert!(merged.split([' ', '\n']).any(|one| one == word), "{word:?} is not in {merged:?}");
            }
        }
    }

    /// The author's own rows may come back before the answer: then the edit is replayed on a text that holds it.
    #[test]
    fn merging_again_is_no_news_or_a_conflict(base in base(), t in changes(), m in changes()) {
        let base_text = joined(&base);
        let (theirs, ..) = apply(&base, &t, 't');
        let (mine, ..) = apply(&base, &m, 'm');
        if let Some(merged) = merge(&base_text, &theirs, &mine) {
            let again = merge(&base_text, &merged, &mine);
            prop_assert!(again.is_none() || again == Some(merged.clone()), "{merged:?} became {again:?}");
        }
    }

    #[test]
    fn one_side_alone_is_taken_as_it_is(base in "\\PC{0,40}", changed in "[\\PC\n]{0,60}") {
        prop_assert_eq!(merge(&base, &changed, &base), Some(changed.clone()));
        prop_assert_eq!(merge(&base, &base, &changed), Some(changed.clone()));
        prop_assert_eq!(merge(&base, &changed, &changed), Some(changed));
    }

    /// Any three texts: an answer, in time.
    #[test]
    fn whatever_comes_it_ends(base in "[ab\n .é]{0,80}", theirs in "[ab\n .é]{0,80}", mine in "[ab\n .é]{0,80}") {
        let _ = merge(&base, &theirs, &mine);
    }
}
