//! Three-way merge of two edits of one text.
//!
//! First by lines: what only one side changed is taken from that side. Where both sides changed the same lines without adding or
//! removing any, by words: changes with an unchanged word between them go together, closer ones are a conflict, since two
//! changes side by side ("Monday 5 pm") may each be right and wrong together. Lines that both sides put in the same place
//! (two people add to a list) are both kept, theirs first.
//!
//! Invariants: pure and total; a clean merge loses no line and no word that only one side added; merging `mine` again into a
//! text that it was merged into changes nothing or is a conflict, never a third text.
//!
//! Source: the `diff3` of Khanna, Kunal and Pierce, "A Formal Investigation of Diff3" (FSTTCS 2007), with the differences of
//! Myers (1986) as the crate `similar` finds them.

use crate::limits::MERGE_MAX_PIECES;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Merges `mine` into `theirs`, both made from `base`. `None`: a conflict.
#[must_use]
pub fn merge(base: &str, theirs: &str, mine: &str) -> Option<String> {
    if mine == base || mine == theirs {
        return Some(theirs.to_owned());
    }
    if theirs == base {
        return Some(mine.to_owned());
    }
    // Lines without their ends, so that the last line is as good as any other.
    let split = |text| str::split(text, '\n').collect::<Vec<_>>();
    let (base, theirs, mine) = (split(base), split(theirs), split(mine));
    let merged = merge_texts(&base, &theirs, &mine)?;
    // Where it is unclear which line is which, a second merge would add what the first has added.
    match merge_texts(&base, &split(&merged), &mine) {
        Some(again) if again != merged => None,
        _ => Some(merged),
    }
}

fn merge_texts(base: &[&str], theirs: &[&str], mine: &[&str]) -> Option<String> {
    let merged = diff3(base, theirs, mine, |region| {
        merge_lines(region).map(|lines| lines.into_iter().map(Piece::Made).collect())
    })?;
    let lines: Vec<&str> = merged.iter().map(Piece::as_str).collect();
    Some(lines.join("\n"))
}

/// A piece of the result: from one of the texts, or made of several.
enum Piece<'a> {
    Taken(&'a str),
    Made(String),
}

impl Piece<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Taken(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// A part of the base that both sides changed, and what each made of it.
struct Region<'a, 'b> {
    base: &'b [&'a str],
    theirs: &'b [&'a str],
    mine: &'b [&'a str],
}

/// One side's change: which pieces of the base became which of the side.
#[derive(Clone)]
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

/// What lies between the pieces that are equal.
fn hunks(base: &[&str], side: &[&str]) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let (mut in_base, mut in_side) = (0, 0);
    let mut equal = |old: usize, new: usize, len: usize| {
        if old > in_base || new > in_side {
            hunks.push(Hunk {
                base: in_base..old,
                side: in_side..new,
            });
        }
        (in_base, in_side) = (old + len, new + len);
    };
    for change in capture_diff_slices(Algorithm::Myers, base, side) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = change
        {
            equal(old_index, new_index, len);
        }
    }
    equal(base.len(), side.len(), 0);
    hunks
}

/// Walks along the base; where both sides changed what touches, `both` decides.
fn diff3<'a>(
    base: &[&'a str],
    theirs: &[&'a str],
    mine: &[&'a str],
    both: impl Fn(Region<'a, '_>) -> Option<Vec<Piece<'a>>>,
) -> Option<Vec<Piece<'a>>> {
    if base.len().max(theirs.len()).max(mine.len()) > MERGE_MAX_PIECES {
        return None;
    }
    let (their_hunks, my_hunks) = (hunks(base, theirs), hunks(base, mine));
    let (mut t, mut m) = (their_hunks.as_slice(), my_hunks.as_slice());
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(region) = next_region(&mut t, &mut m) {
        result.extend(
            base[at..region.base.start]
                .iter()
                .map(|one| Piece::Taken(one)),
        );
        at = region.base.end;
        let of_theirs = region.theirs.map(|side| &theirs[side]);
        let of_mine = region.mine.map(|side| &mine[side]);
        match (of_theirs, of_mine) {
            (Some(one), None) | (None, Some(one)) => {
                result.extend(one.iter().map(|one| Piece::Taken(one)));
            }
            (Some(theirs), Some(mine)) if theirs == mine => {
                result.extend(mine.iter().map(|one| Piece::Taken(one)));
            }
            (Some(theirs), Some(mine)) => result.extend(both(Region {
                base: &base[region.base],
                theirs,
                mine,
            })?),
            (None, None) => {}
        }
    }
    result.extend(base[at..].iter().map(|one| Piece::Taken(one)));
    Some(result)
}

/// Hunks of both sides that touch, taken together.
struct Group {
    base: Range<usize>,
    theirs: Option<Range<usize>>,
    mine: Option<Range<usize>>,
}

fn next_region<'a>(theirs: &mut &'a [Hunk], mine: &mut &'a [Hunk]) -> Option<Group> {
    let start = match (theirs.first(), mine.first()) {
        (Some(t), Some(m)) => t.base.start.min(m.base.start),
        (Some(one), None) | (None, Some(one)) => one.base.start,
        (None, None) => return None,
    };
    let mut base = start..start;
    let (mut from_t, mut from_m): (Vec<Hunk>, Vec<Hunk>) = Default::default();
    // What is put in at the same place belongs together, and stands before what is changed from there on.
    for (hunks, taken) in [(&mut *theirs, &mut from_t), (&mut *mine, &mut from_m)] {
        if let Some((first, rest)) = hunks.split_first()
            && first.base == base
        {
            taken.push(first.clone());
            *hunks = rest;
        }
    }
    while from_t.is_empty() && from_m.is_empty() || !base.is_empty() {
        let before = (from_t.len(), from_m.len());
        for (hunks, taken) in [(&mut *theirs, &mut from_t), (&mut *mine, &mut from_m)] {
            while let Some((first, rest)) = hunks.split_first()
                && (first.base.start < base.end || first.base.start == start)
            {
                base.end = base.end.max(first.base.end);
                taken.push(first.clone());
                *hunks = rest;
            }
        }
        if before == (from_t.len(), from_m.len()) {
            break;
        }
    }
    // Each side's part reaches over the unchanged pieces at both ends of the region.
    let reach = |taken: &[Hunk]| {
        let (first, last) = (taken.first()?, taken.last()?);
        let lead = first.base.start - base.start;
        let tail = base.end - last.base.end;
        Some(first.side.start - lead..last.side.end + tail)
    };
    let (theirs, mine) = (reach(&from_t), reach(&from_m));
    Some(Group { base, theirs, mine })
}

/// Lines that both sides changed.
fn merge_lines(region: Region<'_, '_>) -> Option<Vec<String>> {
    let Region { base, theirs, mine } = region;
    let owned = |lines: &[&str]| {
        lines
            .iter()
            .map(|&line| line.to_owned())
            .collect::<Vec<_>>()
    };
    if base.is_empty() {
        // Both put lines in the same place. One side's may hold the other's already, from an earlier merge.
        let holds = |whole: &[&str], part: &[&str]| whole.windows(part.len()).any(|at| at == part);
        if holds(theirs, mine) {
            return Some(owned(theirs));
        }
        if holds(mine, theirs) {
            return Some(owned(mine));
        }
        return Some(owned(&[theirs, mine].concat()));
    }
    if base.len() != theirs.len() || base.len() != mine.len() {
        return None;
    }
    let (base, theirs, mine) = (base.join("\n"), theirs.join("\n"), mine.join("\n"));
    let (base, theirs, mine) = (words(&base), words(&theirs), words(&mine));
    if !apart(&base, &theirs, &mine) {
        return None;
    }
    let merged = diff3(&base, &theirs, &mine, |_| None)?;
    let text: String = merged.iter().map(Piece::as_str).collect();
    Some(text.split('\n').map(str::to_owned).collect())
}

/// Whether there is an unchanged word between any change of theirs and any of mine that is not the same.
fn apart(base: &[&str], theirs: &[&str], mine: &[&str]) -> bool {
    if base.len().max(theirs.len()).max(mine.len()) > MERGE_MAX_PIECES {
        return false;
    }
    let (t, m) = (hunks(base, theirs), hunks(base, mine));
    t.iter().all(|t| {
        m.iter().all(|m| {
            let same = t.base == m.base && theirs[t.side.clone()] == mine[m.side.clone()];
            let between = if t.base.end <= m.base.start {
                &base[t.base.end..m.base.start]
            } else if m.base.end <= t.base.start {
                &base[m.base.end..t.base.start]
            } else {
                &[]
            };
            same || between.iter().any(|piece| is_word(piece))
        })
    })
}

fn is_word(piece: &str) -> bool {
    piece.starts_with(char::is_alphanumeric)
}

/// A text's words, runs of white space, and other characters one by one.
fn words(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Space,
        Other,
    }
    let kind = |c: char| {
        if c.is_alphanumeric() {
            Kind::Word
        } else if c == '\n' {
            // Each line's end is a piece of its own.
            Kind::Other
        } else if c.is_whitespace() {
            Kind::Space
        } else {
            Kind::Other
        }
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if before.is_some_and(|before| before != now || now == Kind::Other) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::merge;
    use rstest::rstest;

    #[rstest]
    #[case::two_words_apart(
        "the cat sat on the mat",
        "the dog sat on the mat",
        "the cat sat on the rug",
        Some("the dog sat on the rug")
    )]
    #[case::neighbouring_words("Monday 5 pm", "Tuesday 5 pm", "Monday 6 pm", None)]
    #[case::the_same_word("a", "b", "c", None)]
    #[case::the_same_change("a b c", "a x c", "a x c", Some("a x c"))]
    #[case::a_line_each_in_other_places(
        "1\n2\n3",
        "0\n1\n2\n3",
        "1\n2\n3\n4",
        Some("0\n1\n2\n3\n4")
    )]
    #[case::a_line_each_at_the_end("milk", "milk\nbread", "milk\neggs", Some("milk\nbread\neggs"))]
    #[case::again_is_no_news("milk", "milk\nbread\neggs", "milk\neggs", Some("milk\nbread\neggs"))]
    #[case::one_line_and_one_word(
        "one two three",
        "one two three\nfour",
        "one 2 three",
        Some("one 2 three\nfour")
    )]
    #[case::line_removed_and_changed("a\nb\nc", "a\nc", "a\nB\nc", None)]
    #[case::both_removed("a\nb\nc", "a\nc", "a\nc", Some("a\nc"))]
    #[case::mine_changed_nothing("a", "b", "a", Some("b"))]
    fn merges(
        #[case] base: &str,
        #[case] theirs: &str,
        #[case] mine: &str,
        #[case] merged: Option<&str>,
    ) {
        assert_eq!(merge(base, theirs, mine).as_deref(), merged);
    }

    #[test]
    fn what_would_take_long_is_a_conflict() {
        let long = |c: &str| format!("{c} ").repeat(16_000);
        assert_eq!(merge(&long("a"), &long("b"), &long("c")), None);
    }
}
