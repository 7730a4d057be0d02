//! What a person types to search, in its pieces.

#![allow(clippy::unwrap_used)]

use model::Millis;
use model::search::{Day, Filter, Has, Query, What, Word, completing, pieces, quoted};
use proptest::prelude::*;

fn today() -> Day {
    Day::new(2026, 11, 24).unwrap()
}

fn query(text: &str) -> Query {
    Query::of(&pieces(text, today()), Day::utc_start)
}

fn words(words: &[(&str, bool)]) -> Vec<Word> {
    words
        .iter()
        .map(|(text, prefix)| Word {
            text: (*text).to_owned(),
            prefix: *prefix,
        })
        .collect()
}

#[test]
fn the_word_that_is_being_typed_is_a_beginning() {
    assert_eq!(
        query("deploy fri").words,
        words(&[("deploy", false), ("fri", true)])
    );
    assert_eq!(
        query("deploy fri ").words,
        words(&[("deploy", false), ("fri", false)])
    );
    assert_eq!(
        query("now deploy from:ada ").words,
        words(&[("now", false), ("deploy", true)])
    );
    assert_eq!(
        query("dep* now ").words,
        words(&[("dep", true), ("now", false)])
    );
    assert_eq!(query("\"all of it\"").words, words(&[("all of it", false)]));
    assert_eq!(query("“all of it").words, words(&[("all of it", false)]));
    assert!(query("  \t ").is_empty() && query("\"\"").is_empty() && query("*").is_empty());
}

#[test]
fn filters_and_exclusions_are_told_from_words() {
    let asked = query(
        "rollback -draft FROM:@Ada in:\"Team room\" has:links -has:code -in:#random -\"not this\"",
    );
    let wanted = Query {
        words: words(&[("rollback", false)]),
        without: words(&[("draft", false), ("not this", false)]),
        from: vec!["Ada".into()],
        rooms: vec!["Team room".into()],
        not_rooms: vec!["random".into()],
        has: vec![Has::Link],
        has_not: vec![Has::Code],
        ..Query::default()
    };
    assert_eq!(asked, wanted);
    // What only looks like a filter is text.
    assert_eq!(
        query("https://example.org ").words,
        words(&[("https://example.org", false)])
    );
    assert_eq!(query("- ").words, words(&[("-", false)]));
}

#[test]
fn days_are_spans() {
    let day = |year, month, day| Day::new(year, month, day).unwrap().utc_start();
    let span = |text: &str| (query(text).since, query(text).until);
    assert_eq!(span("before:2026-11-01"), (None, Some(day(2026, 11, 1))));
    assert_eq!(span("after:2026-11-01"), (Some(day(2026, 11, 1)), None));
    assert_eq!(
        span("on:2026-11"),
        (Some(day(2026, 11, 1)), Some(day(2026, 12, 1)))
    );
    assert_eq!(
        span("on:yesterday"),
        (Some(day(2026, 11, 23)), Some(day(2026, 11, 24)))
    );
    assert_eq!(span("-before:2026"), (Some(day(2026, 1, 1)), None));
    assert_eq!(
        span("after:2025 after:2026-03 before:2026-05-01 before:2027"),
        (Some(day(2026, 3, 1)), Some(day(2026, 5, 1)))
    );
}

#[test]
fn a_filter_without_a_sensible_value_asks_for_nothing_and_says_so() {
    for text in [
        "before:soon",
        "has:cheese",
        "from:",
        "in:\"\"",
        "after:2026-1x",
        "-on:2026",
    ] {
        let found = pieces(text, today());
        assert!(
            matches!(found[0].what, What::Unclear { .. }),
            "{text}: {found:?}"
        );
        assert!(query(text).is_empty(), "{text}");
    }
}

#[test]
fn what_is_being_typed_can_be_completed() {
    let done = |text: &str, cursor: usize| completing(text, cursor);
    let found = done("x from:\"Ada L", 13).unwrap();
    assert_eq!(
        (found.filter, found.typed.as_str()),
        (Filter::From, "Ada L")
    );
    assert_eq!((found.from, found.to), (7, 13));
    assert_eq!(done("in:#ge tail", 6).unwrap().typed, "ge");
    assert_eq!(done("in:", 3).unwrap().typed, "");
    assert_eq!(done("from:\"Ada\"", 10), None, "it is finished");
    assert_eq!(done("word", 4), None);
    assert_eq!(quoted("Ada"), "Ada");
    assert_eq!(quoted("Ada \"L\""), "\"Ada  L \"");
}

proptest! {
    #[test]
    fn every_text_is_a_query(text in "[ -~\\n“”«»éß日本🎉:\"*#@-]{0,80}|(from|in|before|on|has)?:?\"?[a-z0-9-]{0,12}\"?", cursor in 0_usize..90) {
        let found = pieces(&text, today());
        let mut behind = 0;
        for piece in &found {
            prop_assert!(piece.from >= behind && piece.to > piece.from);
            prop_assert!(text.get(piece.from..piece.to).is_some());
            behind = piece.to;
        }
        let _ = completing(&text, cursor);
        let query = Query::of(&found, |day| Millis(day.utc_start().0));
        let json = serde_json::to_string(&query).unwrap();
        prop_assert_eq!(serde_json::from_str::<Query>(&json).unwrap(), query);
    }

    #[test]
    fn a_quoted_name_comes_back(name in "[A-Za-zé日 ]{1,20}") {
        prop_assume!(!name.trim().is_empty());
        let text = format!("from:{} ", quoted(name.trim()));
        prop_assert_eq!(query(&text).from, vec![name.trim().to_owned()]);
    }
}
