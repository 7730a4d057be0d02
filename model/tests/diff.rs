//! What a person is shown of an edit adds up to both texts.

#![allow(clippy::unwrap_used)]

use model::diff::{Change, Piece, words};
use proptest::prelude::*;

fn without(pieces: &[Piece], change: Change) -> String {
    pieces
        .iter()
        .filter(|piece| piece.change != change)
        .map(|piece| piece.text.as_str())
        .collect()
}

#[test]
fn a_changed_word_is_shown_and_nothing_else() {
    let piece = |change, text: &str| Piece {
        change,
        text: text.to_owned(),
    };
    assert_eq!(
        words(
            "We meet on Monday, at five.",
            "We meet on Tuesday, at five."
        ),
        [
            piece(Change::Kept, "We meet on "),
            piece(Change::Removed, "Monday"),
            piece(Change::Added, "Tuesday"),
            piece(Change::Kept, ", at five."),
        ]
    );
    assert_eq!(words("same", "same"), [piece(Change::Kept, "same")]);
    assert_eq!(words("", "new"), [piece(Change::Added, "new")]);
    assert_eq!(words("", ""), []);
}

#[test]
fn the_longest_texts_are_compared_too() {
    let long: String = (0..8000).map(|n| format!("{n} ")).collect();
    let longer = format!("{long}\nend");
    let pieces = words(&long, &longer);
    assert_eq!(without(&pieces, Change::Added), long);
    assert_eq!(without(&pieces, Change::Removed), longer);
}

proptest! {
    #[test]
    fn kept_and_removed_is_before_and_kept_and_added_is_after(before in "[ab ,\né👍]{0,60}", after in "[ab ,\né👍]{0,60}") {
        let pieces = words(&before, &after);
        prop_assert_eq!(without(&pieces, Change::Added), before);
        prop_assert_eq!(without(&pieces, Change::Removed), after);
        prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
        prop_assert!(pieces.windows(2).all(|pair| pair[0].change != pair[1].change));
    }
}
