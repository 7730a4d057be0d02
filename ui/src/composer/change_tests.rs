//! `|` is the caret, `‹…›` what is selected.

use super::*;
use proptest::prelude::*;
use std::string::String;

fn selected(marked: &str) -> (String, usize, usize) {
    if let Some(at) = marked.find('|') {
        return (marked.replace('|', ""), at, at);
    }
    let start = marked.find('‹').expect("a selection");
    let end = marked.find('›').expect("its end") - '‹'.len_utf8();
    (marked.replace(['‹', '›'], ""), start, end)
}

fn shown(text: &str, change: &Change) -> String {
    let mut text = text.to_owned();
    text.replace_range(change.from..change.to, &change.put);
    let (start, end) = change.select;
    if start == end {
        text.insert(start, '|');
    } else {
        text.insert(end, '›');
        text.insert(start, '‹');
    }
    text
}

fn check(marked: &str, expected: &str, act: impl Fn(&Selected<'_>) -> Change) {
    let (text, start, end) = selected(marked);
    let change = act(&Selected {
        text: &text,
        start,
        end,
    });
    assert_eq!(shown(&text, &change), expected, "{marked}");
}

#[test]
fn a_mark_is_put_around_and_taken_away() {
    check("a ‹b› c", "a **‹b›** c", |s| s.wrap("**"));
    check("a **‹b›** c", "a ‹b› c", |s| s.wrap("**"));
    check("a ‹**b**› c", "a ‹b› c", |s| s.wrap("**"));
    check("a **‹b›** c", "a ***‹b›*** c", |s| s.wrap("*"));
    check("a ***‹b›*** c", "a **‹b›** c", |s| s.wrap("*"));
    check("a| c", "a**|** c", |s| s.wrap("**"));
    check("a**|** c", "a| c", |s| s.wrap("**"));
    check("‹ é ›", " _‹é›_ ", |s| s.wrap("_"));
}

#[test]
fn code_is_a_span_or_a_block() {
    check("‹a›", "`‹a›`", |it| it.code());
    check("‹a\nb›", "```\n‹a\nb›\n```", |it| it.code());
    check("x ‹a\nb› y", "x \n```\n‹a\nb›\n```\n y", |it| {
        it.code()
    });
    check("|", "```\n|\n```", |it| it.fence());
}

#[test]
fn a_link_is_made_of_words_and_an_address() {
    check("‹a›", "[a](|)", |it| it.link());
    check("|", "[|]()", |it| it.link());
    check("‹https://a.example›", "[|](https://a.example)", |it| {
        it.link()
    });
    let paste = |marked: &str, pasted: &str| {
        let (text, start, end) = selected(marked);
        let selected = Selected {
            text: &text,
            start,
            end,
        };
        selected.paste(pasted).map(|change| shown(&text, &change))
    };
    let made = Some("see [the page](https://a.example)|".to_owned());
    assert_eq!(paste("see ‹the page›", "https://a.example"), made);
    let bracketed = Some("[a](<https://a.example/(b)>)|".to_owned());
    assert_eq!(paste("‹a›", "https://a.example/(b)"), bracketed);
    for (marked, pasted) in [
        ("see |", "https://a.example"),
        ("‹a›", "javascript:x"),
        ("‹a\nb›", "https://a.example"),
        ("‹https://b.example›", "https://a.example"),
        ("`‹a›`", "https://a.example"),
        ("```\n‹a›\n```", "https://a.example"),
    ] {
        assert_eq!(paste(marked, pasted), None, "{marked}");
    }
}

#[test]
fn lines_get_a_mark_and_lose_it() {
    check("a|", "> a|", |s| s.prefix(Prefix::Quote));
    check("x\n‹a\nb›\ny", "x\n‹- a\n- b›\ny", |s| {
        s.prefix(Prefix::List)
    });
    check("‹- a\n- b›", "‹a\nb›", |s| s.prefix(Prefix::List));
    check("‹a\nb\n›c", "‹1. a\n2. b›\nc", |s| {
        s.prefix(Prefix::Numbers)
    });
    check("‹1. a\n2. b›", "‹a\nb›", |s| {
        s.prefix(Prefix::Numbers)
    });
}

#[test]
fn a_list_goes_on_and_ends() {
    for (marked, expected) in [
        ("a|", "a\n|"),
        ("- a|", "- a\n- |"),
        ("- a|b", "- a\n- |b"),
        ("* a|", "* a\n* |"),
        ("  - a|", "  - a\n  - |"),
        ("- a\n- |", "- a\n|"),
        ("1. a|", "1. a\n2. |"),
        ("9) a|", "9) a\n10) |"),
        ("1. a\n2. |", "1. a\n|"),
        ("- [x] a|", "- [x] a\n- [ ] |"),
        ("- [ ] |", "|"),
        ("> a|", "> a\n> |"),
        ("> |", "|"),
        ("> - a|", "> - a\n> - |"),
        ("-a|", "-a\n|"),
        ("1.5|", "1.5\n|"),
        ("```\n  let a|", "```\n  let a\n  |"),
        ("```\n- a|", "```\n- a\n|"),
        ("```\na\n```\n- b|", "```\na\n```\n- b\n- |"),
    ] {
        check(marked, expected, |it| it.new_line());
    }
}

#[test]
fn the_tabulator_is_text_only_in_a_block() {
    let tab = |marked: &str, back: bool| {
        let (text, start, end) = selected(marked);
        let selected = Selected {
            text: &text,
            start,
            end,
        };
        selected.tab(back).map(|change| shown(&text, &change))
    };
    assert_eq!(tab("a|", false), None);
    assert_eq!(tab("- a|", false), None);
    assert_eq!(
        tab("```\na|\n```", false),
        Some("```\na  |\n```".to_owned())
    );
    assert_eq!(
        tab("```\n‹a\nb›\n```", false),
        Some("```\n‹  a\n  b›\n```".to_owned())
    );
    assert_eq!(
        tab("```\n‹  a\n\tb›\n```", true),
        Some("```\n‹a\nb›\n```".to_owned())
    );
    assert_eq!(tab("```\na\n```|", false), None);
    assert_eq!(tab("```\na\n```\nb|", false), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_change_fits_every_text(text in "(- |> |1\\. |`|```|\\*|_|\n| |é|👍|[a-z]{1,3}|https://a.example){0,20}", a in 0..60_usize, b in 0..60_usize) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (a, b) = (ends[a % ends.len()], ends[b % ends.len()]);
        let selected = Selected { text: &text, start: a.min(b), end: a.max(b) };
        let mut changes = vec![
            selected.wrap("**"), selected.wrap("*"), selected.wrap("`"), selected.wrap("~~"), selected.code(), selected.fence(), selected.link(),
            selected.prefix(Prefix::Quote), selected.prefix(Prefix::List), selected.prefix(Prefix::Numbers), selected.new_line(),
        ];
        changes.extend(selected.tab(false));
        changes.extend(selected.tab(true));
        changes.extend(selected.paste("https://a.example"));
        for change in changes {
            let mut after = text.clone();
            prop_assert!(change.from <= change.to && text.is_char_boundary(change.from) && text.is_char_boundary(change.to));
            after.replace_range(change.from..change.to, &change.put);
            prop_assert!(after.get(change.select.0..change.select.1).is_some(), "{:?}", change);
        }
    }

    /// Bold on and off again is the same text.
    #[test]
    fn a_mark_put_and_taken_is_none(before in "[a-z ]{0,8}", inside in "[a-z]{1,8}", after in "[a-z ]{0,8}") {
        let text = format!("{before}{inside}{after}");
        let selected = Selected { text: &text, start: before.len(), end: before.len() + inside.len() };
        for mark in ["**", "_", "`", "~~"] {
            let change = selected.wrap(mark);
            let mut marked = text.clone();
            marked.replace_range(change.from..change.to, &change.put);
            let again = Selected { text: &marked, start: change.select.0, end: change.select.1 }.wrap(mark);
            let mut bare = marked.clone();
            bare.replace_range(again.from..again.to, &again.put);
            prop_assert_eq!(&bare, &text);
        }
    }
}
