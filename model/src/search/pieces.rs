//! The typed text in its pieces: words, "phrases", -exclusions and name:value filters.

use super::day::span;
use super::{Day, Filter, Has, PIECES_MAX, TEXT_MAX_CHARS, WORD_MAX_CHARS, Word};

/// One piece, and where it stands in the text (bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub from: usize,
    /// Behind its end.
    pub to: usize,
    /// It is an exclusion.
    pub not: bool,
    /// What it asks for.
    pub what: What,
}

/// What a piece asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Words in the text.
    Word(Word),
    /// Somebody's messages, by name.
    From(String),
    /// A room's messages, by name.
    In(String),
    /// Messages with something.
    Has(Has),
    /// Messages of some days.
    Days {
        /// `before`, `after` or `on`.
        filter: Filter,
        /// The first day that is meant.
        first: Day,
        /// The day behind the last one.
        behind: Day,
    },
    /// A filter without a value that makes sense, or not yet: it asks for nothing.
    Unclear {
        /// Which.
        filter: Filter,
        /// The value as typed.
        value: String,
    },
}

/// What is being typed into a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completing {
    /// Which.
    pub filter: Filter,
    /// The value so far.
    pub typed: String,
    /// Where the value stands (bytes), with its opening quote.
    pub from: usize,
    /// Behind its end.
    pub to: usize,
}

/// A name as the value of a filter.
#[must_use]
pub fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || is_quote(c));
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace(is_quote, " "))
    }
}

/// The pieces of a text, in order. The last word is still being typed if nothing but filters stands behind it: what begins so is
/// meant too.
#[must_use]
pub fn pieces(text: &str, today: Day) -> Vec<Piece> {
    let mut scan = Scan::new(text);
    let mut found: Vec<Piece> = Vec::new();
    let mut open = None;
    while let Some(raw) = scan.next_raw() {
        if found.len() == PIECES_MAX {
            break;
        }
        if raw.filter.is_none() {
            open = (!raw.quoted && !raw.not).then_some(found.len());
        }
        found.extend(raw.piece(today, scan.is_at_end()));
    }
    if let Some(at) = open.filter(|at| at + 1 < found.len())
        && let Some(Piece {
            what: What::Word(word),
            ..
        }) = found.get_mut(at)
    {
        word.prefix = true;
    }
    found
}

/// What is being typed at `cursor` (bytes), if that is the value of a filter.
#[must_use]
pub fn completing(text: &str, cursor: usize) -> Option<Completing> {
    let mut scan = Scan::new(text);
    while let Some(raw) = scan.next_raw() {
        let Some((filter, at)) = raw.filter else {
            continue;
        };
        if (at..=raw.to).contains(&cursor) && !(raw.closed && cursor == raw.to) {
            let typed = text.get(at..cursor)?;
            return Some(Completing {
                filter,
                typed: name(typed.trim_matches(is_quote)).to_owned(),
                from: at,
                to: raw.to,
            });
        }
    }
    None
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// A name without the mark that stands before it elsewhere.
fn name(value: &str) -> &str {
    value.trim().trim_start_matches(['#', '@'])
}

/// A piece before its value is looked at.
struct Raw {
    from: usize,
    to: usize,
    not: bool,
    filter: Option<(Filter, usize)>,
    value: String,
    quoted: bool,
    /// The quote has its other half.
    closed: bool,
}

impl Raw {
    fn piece(self, today: Day, at_end: bool) -> Option<Piece> {
        let what = match self.filter {
            None => self.word(at_end)?,
            Some((filter, _)) => filtered(filter, &self.value, today, self.not),
        };
        Some(Piece {
            from: self.from,
            to: self.to,
            not: self.not,
            what,
        })
    }

    fn word(&self, at_end: bool) -> Option<What> {
        let starred = !self.quoted && self.value.ends_with('*');
        let text = self.value.trim_end_matches('*').trim();
        // An exclusion that is still being typed would take away too much.
        let typing = at_end && !self.quoted && !self.not;
        let word = Word {
            text: cut(text),
            prefix: starred || typing,
        };
        (!text.is_empty()).then_some(What::Word(word))
    }
}

fn cut(text: &str) -> String {
    text.chars().take(WORD_MAX_CHARS).collect()
}

fn filtered(filter: Filter, value: &str, today: Day, not: bool) -> What {
    let unclear = || What::Unclear {
        filter,
        value: cut(value),
    };
    let named = cut(name(value));
    match filter {
        Filter::From | Filter::In if named.is_empty() => unclear(),
        Filter::From => What::From(named),
        Filter::In => What::In(named),
        Filter::Has => {
            let wanted = value.trim().to_lowercase();
            let found = Has::ALL.into_iter().find(|has| {
                let word = has.word();
                // "has:links" is meant as well.
                wanted == word || wanted.strip_suffix('s') == Some(word)
            });
            found.map_or_else(unclear, What::Has)
        }
        Filter::On if not => unclear(),
        Filter::Before | Filter::After | Filter::On => match span(value.trim(), today) {
            Some((first, behind)) => What::Days {
                filter,
                first,
                behind,
            },
            None => unclear(),
        },
    }
}

/// Reads from the left to the right.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        let end = text
            .char_indices()
            .nth(TEXT_MAX_CHARS)
            .map_or(text.len(), |(at, _)| at);
        Self {
            text: &text[..end],
            at: 0,
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next_raw(&mut self) -> Option<Raw> {
        let skipped = self.rest().len() - self.rest().trim_start().len();
        self.at += skipped;
        let from = self.at;
        let first = self.rest().chars().next()?;
        let behind = self.rest().chars().nth(1);
        let not = first == '-' && behind.is_some_and(|c| !c.is_whitespace());
        if not {
            self.at += 1;
        }
        let filter = self.filter();
        let value_at = self.at;
        let quoted = self.rest().starts_with(is_quote);
        let (value, closed) = if quoted {
            self.phrase()
        } else {
            (self.plain(), false)
        };
        Some(Raw {
            from,
            to: self.at,
            not,
            filter: filter.map(|filter| (filter, value_at)),
            value,
            quoted,
            closed,
        })
    }

    /// The name of a filter and its colon, if they stand here.
    fn filter(&mut self) -> Option<Filter> {
        let (word, _) = self.rest().split_once(':')?;
        let filter = Filter::ALL
            .into_iter()
            .find(|filter| filter.word().eq_ignore_ascii_case(word))?;
        self.at += word.len() + 1;
        Some(filter)
    }

    fn phrase(&mut self) -> (String, bool) {
        let open = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at += open;
        let rest = self.rest();
        match rest.char_indices().find(|(_, c)| is_quote(*c)) {
            Some((end, quote)) => {
                self.at += end + quote.len_utf8();
                (rest[..end].to_owned(), true)
            }
            None => {
                self.at = self.text.len();
                (rest.to_owned(), false)
            }
        }
    }

    fn plain(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }
}
