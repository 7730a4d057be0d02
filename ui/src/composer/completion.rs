//! What a person may be about to name: `@` a person, `#` a room, `:` an emoji. Pure.

use super::change::{Change, Selected};
use super::emoji::{find, shortcodes};

/// Lines of the list.
const MAX_SUGGESTIONS: usize = 8;

/// A name is not looked for further back than this.
const MAX_WORD_CHARS: usize = 40;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `@`
    Person,
    /// `#`
    Room,
    /// `:`
    Emoji,
}

/// A word that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// What it names.
    pub(crate) kind: Kind,
    /// Where its sign stands.
    pub(crate) from: usize,
    /// What follows the sign.
    pub(crate) word: String,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// What is put into the text, with what must follow it.
    pub(crate) put: String,
    /// Before the name: a picture or a sign.
    pub(crate) sign: String,
    /// The name.
    pub(crate) name: String,
    /// The person is there.
    pub(crate) online: Option<bool>,
}

/// Somebody or some room that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The name.
    pub(crate) name: String,
    /// The person is there; none for rooms.
    pub(crate) online: Option<bool>,
}

/// The word at the caret, if it could name something.
pub(crate) fn query(selected: &Selected<'_>) -> Option<Query> {
    if selected.start != selected.end || selected.in_code() {
        return None;
    }
    let before = &selected.text[..selected.start];
    let mut taken = 0;
    for (from, char) in before.char_indices().rev() {
        taken += 1;
        if char == '\n' || taken > MAX_WORD_CHARS {
            return None;
        }
        let kind = match char {
            '@' => Kind::Person,
            '#' => Kind::Room,
            ':' => Kind::Emoji,
            _ => continue,
        };
        let word = &before[from + 1..];
        let former = before[..from].chars().next_back();
        let begins = former.is_none_or(|c| {
            c.is_whitespace()
                || matches!(
                    c,
                    '(' | '[' | '{' | '"' | '\'' | '*' | '_' | '~' | '>' | '|' | '“' | '«'
                )
        });
        let may_be = match kind {
            // Names may have blanks inside; a heading is no room.
            Kind::Person | Kind::Room => !word.starts_with(' '),
            Kind::Emoji => word.chars().count() >= 2 && word.chars().all(shortcodes::is_part),
        };
        return (begins && may_be).then(|| Query {
            kind,
            from,
            word: word.to_owned(),
        });
    }
    None
}

/// What the word could name, the best first.
pub(crate) fn suggest(query: &Query, people: &[Candidate], rooms: &[Candidate]) -> Vec<Suggestion> {
    match query.kind {
        Kind::Person => {
            let mut found = named(&query.word, people, "@");
            let word = query.word.to_lowercase();
            let everyone = !word.contains(' ') && "everyone".starts_with(&word);
            if everyone && found.len() < MAX_SUGGESTIONS && people.len() > 1 {
                found.push(Suggestion {
                    put: "@everyone ".to_owned(),
                    sign: "@".to_owned(),
                    name: "everyone".to_owned(),
                    online: None,
                });
            }
            found
        }
        Kind::Room => named(&query.word, rooms, "#"),
        Kind::Emoji => find::find(&query.word, MAX_SUGGESTIONS)
            .into_iter()
            .map(|emoji| Suggestion {
                put: format!("{} ", emoji.as_str()),
                sign: emoji.as_str().to_owned(),
                name: emoji
                    .shortcode()
                    .map_or_else(|| emoji.name().to_owned(), |code| format!(":{code}:")),
                online: None,
            })
            .collect(),
    }
}

fn named(word: &str, candidates: &[Candidate], sign: &str) -> Vec<Suggestion> {
    // A name and a blank: the person goes on with the sentence.
    if word.ends_with(' ') {
        return Vec::new();
    }
    let word = word.to_lowercase();
    let mut found: Vec<(u8, bool, String, &Candidate)> = candidates
        .iter()
        .filter_map(|candidate| {
            let name = candidate.name.to_lowercase();
            let rank = rank(&name, &word)?;
            Some((rank, candidate.online == Some(false), name, candidate))
        })
        .collect();
    found.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    // A name that is there in full and that no other one goes on from needs no list.
    if let [(0, _, _, _)] = found.as_slice()
        && word.contains(' ')
    {
        return Vec::new();
    }
    found
        .into_iter()
        .take(MAX_SUGGESTIONS)
        .map(|(_, _, _, candidate)| Suggestion {
            put: format!("{sign}{} ", escaped(&candidate.name)),
            sign: sign.to_owned(),
            name: candidate.name.clone(),
            online: candidate.online,
        })
        .collect()
}

/// 0 the name, 1 it begins so, 2 one of its words does, 3 the letters are in it in this order.
fn rank(name: &str, word: &str) -> Option<u8> {
    if name == word {
        return Some(0);
    }
    if name.starts_with(word) {
        return Some(1);
    }
    if name
        .split([' ', '-', '_', '.'])
        .any(|part| part.starts_with(word))
    {
        return Some(2);
    }
    if word.contains(' ') {
        return None;
    }
    let mut letters = name.chars();
    word.chars()
        .all(|letter| letters.any(|one| one == letter))
        .then_some(3)
}

/// A name whose signs Markdown would take for marks, as text.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, char) in chars.iter().enumerate() {
        let in_word = |other: Option<&char>| other.is_some_and(|c| c.is_alphanumeric());
        let inside = at > 0 && in_word(chars.get(at - 1)) && in_word(chars.get(at + 1));
        if matches!(char, '*' | '`' | '[' | ']' | '<' | '>' | '\\' | '~' | '|')
            || (*char == '_' && !inside)
        {
            text.push('\\');
        }
        text.push(*char);
    }
    text
}

/// Puts a suggestion in the place of the word.
pub(crate) fn accept(selected: &Selected<'_>, query: &Query, suggestion: &Suggestion) -> Change {
    // One blank is enough.
    let put = if selected.text[selected.start..].starts_with(' ') {
        suggestion.put.trim_end()
    } else {
        &suggestion.put
    };
    let caret = query.from + suggestion.put.len();
    Change {
        from: query.from,
        to: selected.start,
        put: put.to_owned(),
        select: (caret, caret),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use model::UserId;
    use model::text::{Names, mentioned};

    fn at_end(text: &str) -> Option<(Kind, String)> {
        let selected = Selected {
            text,
            start: text.len(),
            end: text.len(),
        };
        query(&selected).map(|query| (query.kind, query.word))
    }

    #[test]
    fn a_sign_begins_a_word() {
        let word = |kind, word: &str| Some((kind, word.to_owned()));
        for (text, expected) in [
            ("@", word(Kind::Person, "")),
            ("hi @ad", word(Kind::Person, "ad")),
            ("(@Ada Lo", word(Kind::Person, "Ada Lo")),
            ("a\n#gen", word(Kind::Room, "gen")),
            ("# heading", None),
            ("ada@ex", None),
            ("@ ad", None),
            (":ta", word(Kind::Emoji, "ta")),
            (":t", None),
            ("10:30", None),
            (": ta", None),
            ("`@ad", None),
            ("```\n@ad", None),
            ("@ada\n", None),
        ] {
            assert_eq!(at_end(text), expected, "{text}");
        }
    }

    fn people() -> Vec<Candidate> {
        [
            ("ada", false),
            ("Ada Lovelace", true),
            ("grace", true),
            ("Brandon", true),
            ("_x_", true),
        ]
        .map(|(name, online)| Candidate {
            name: name.to_owned(),
            online: Some(online),
        })
        .to_vec()
    }

    fn names(word: &str) -> Vec<String> {
        let query = Query {
            kind: Kind::Person,
            from: 0,
            word: word.to_owned(),
        };
        let found = suggest(&query, &people(), &[]);
        found.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn people_who_are_there_come_first_among_equals() {
        assert_eq!(names("a"), ["Ada Lovelace", "ada", "Brandon", "grace"]);
        assert_eq!(names("ada"), ["ada", "Ada Lovelace"]);
        assert_eq!(names("love"), ["Ada Lovelace"]);
        assert_eq!(names("bdn"), ["Brandon"]);
        assert_eq!(names("every"), ["everyone"]);
        assert!(names("ada lovelace").is_empty());
        assert!(names("ada said").is_empty());
    }

    #[test]
    fn what_is_put_in_names_that_person() {
        for (n, person) in people().into_iter().enumerate() {
            let id = UserId(uuid_of(n));
            let names = Names::new([(person.name.as_str(), id)]);
            let text = format!("so @{} said", escaped(&person.name));
            assert!(mentioned(&text, &names).is(id), "{text}");
        }
    }

    fn uuid_of(n: usize) -> uuid::Uuid {
        uuid::Uuid::from_u128(u128::try_from(n).expect("small") + 1)
    }

    #[test]
    fn a_suggestion_takes_the_place_of_the_word() {
        let text = "hi @gr there";
        let selected = Selected {
            text,
            start: 6,
            end: 6,
        };
        let query = query(&selected).expect("a word");
        let found = suggest(&query, &people(), &[]);
        let change = accept(&selected, &query, &found[0]);
        let mut after = text.to_owned();
        after.replace_range(change.from..change.to, &change.put);
        assert_eq!(after, "hi @grace there");
        assert_eq!(change.select, (10, 10));
    }
}
