//! How well a name answers what was typed: its letters in order, better at the beginnings of words and in a row. Pure.

/// How well `text` answers `typed`, higher is better; `None`: not at all. Nothing typed fits everything alike.
pub(crate) fn score(typed: &str, text: &str) -> Option<u32> {
    let wanted: Vec<char> = fold(typed).filter(|c| !c.is_whitespace()).collect();
    let letters: Vec<char> = fold(text).collect();
    if wanted.is_empty() {
        return Some(0);
    }
    // The best of the places where it can begin: taking the first one would miss "release" in "real release".
    (0..letters.len())
        .filter(|at| letters.get(*at) == wanted.first())
        .filter_map(|at| from(&wanted, &letters, at))
        .max()
}

fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn from(wanted: &[char], letters: &[char], start: usize) -> Option<u32> {
    let begins_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        before.is_none_or(|before| !before.is_alphanumeric())
    };
    let mut score = if start == 0 { 8 } else { 0 };
    let mut at = start;
    let mut last = None;
    for letter in wanted {
        let found = (at..letters.len()).find(|place| letters.get(*place) == Some(letter))?;
        score += 1;
        if begins_word(found) {
            score += 4;
        }
        if last.is_some_and(|last| last + 1 == found) {
            score += 3;
        }
        last = Some(found);
        at = found + 1;
    }
    // Of two that answer alike the shorter one is meant.
    let whole = u32::from(wanted.len() == letters.len()) * 10;
    Some(score * 4 + whole)
}

/// The best first; of equals the more recent, and then as they came.
pub(crate) fn rank<T>(
    typed: &str,
    items: Vec<T>,
    text: impl Fn(&T) -> &str,
    recent: impl Fn(&T) -> i64,
) -> Vec<T> {
    let mut scored: Vec<(u32, T)> = items
        .into_iter()
        .filter_map(|item| Some((score(typed, text(&item))?, item)))
        .collect();
    scored.sort_by(|(one, first), (two, second)| {
        two.cmp(one)
            .then_with(|| recent(second).cmp(&recent(first)))
    });
    scored.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(typed: &str, names: &[&'static str]) -> Vec<&'static str> {
        rank(typed, names.to_vec(), |name| name, |_| 0)
    }

    #[test]
    fn letters_in_order_and_beginnings_first() {
        assert_eq!(
            best("rel", &["barrel", "release", "real release"])[0],
            "release"
        );
        assert_eq!(
            best("rp", &["carpet", "release-planning"])[0],
            "release-planning"
        );
        assert_eq!(best("gen", &["General", "engine"])[0], "General");
        assert_eq!(best("dev", &["dev-ops", "dev"])[0], "dev");
        assert!(best("xyz", &["General"]).is_empty());
        assert!(best("lareneg", &["General"]).is_empty());
        assert_eq!(best("re le", &["release"]), ["release"]);
        assert_eq!(best("Ä", &["ärger", "x"]), ["ärger"]);
    }

    #[test]
    fn with_nothing_typed_the_most_recent_is_first() {
        let ranked = rank("", vec![("a", 1), ("b", 9), ("c", 4)], |it| it.0, |it| it.1);
        assert_eq!(ranked, [("b", 9), ("c", 4), ("a", 1)]);
    }
}
