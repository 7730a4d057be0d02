//! What a person types to search, as a value: words, phrases, exclusions and filters.
//!
//! - [`pieces`]: the typed text in its pieces, with their places: what the page shows as chips and completes.
//! - [`Query`]: what is asked of the database; made of the pieces by whoever knows where the reader's days begin.
//! - [`Day`]: a day of the calendar.
//!
//! Invariant: every text is a query; what is not understood is said ([`What::Unclear`]), never an error.

mod day;
mod pieces;

pub use day::Day;
pub use pieces::{Completing, Piece, What, completing, pieces, quoted};

use crate::Millis;
use serde::{Deserialize, Serialize};

/// Longer texts are cut.
pub const TEXT_MAX_CHARS: usize = 1000;

/// More pieces than this are left out.
pub const PIECES_MAX: usize = 48;

/// Longer words and names are cut.
pub const WORD_MAX_CHARS: usize = 100;

/// The names of the filters, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Written by somebody.
    From,
    /// Written in a room.
    In,
    /// Written before a day begins.
    Before,
    /// Written on a day or later.
    After,
    /// Written on a day, or in a month or year.
    On,
    /// With something in it or on it.
    Has,
}

impl Filter {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::From,
        Self::In,
        Self::Before,
        Self::After,
        Self::On,
        Self::Has,
    ];

    /// As it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Before => "before",
            Self::After => "after",
            Self::On => "on",
            Self::Has => "has",
        }
    }
}

/// What a message can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Has {
    /// An address of the web.
    Link,
    /// Code between back quotes.
    Code,
    /// It is pinned.
    Pin,
    /// Somebody reacted to it.
    Reaction,
    /// An image is attached.
    Image,
    /// Any file is attached.
    File,
}

impl Has {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Link,
        Self::Code,
        Self::Pin,
        Self::Reaction,
        Self::Image,
        Self::File,
    ];

    /// As it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
            Self::Pin => "pin",
            Self::Reaction => "reaction",
            Self::Image => "image",
            Self::File => "file",
        }
    }
}

/// A word, or several that must follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// As typed, without quotes.
    pub text: String,
    /// What begins so is meant too.
    pub prefix: bool,
}

/// What is asked of the database. Everything must hold; of several people or rooms one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Query {
    /// In the text.
    pub words: Vec<Word>,
    /// Not in the text.
    pub without: Vec<Word>,
    /// Names of people.
    pub from: Vec<String>,
    /// Names of people who did not write it.
    pub not_from: Vec<String>,
    /// Names of rooms.
    pub rooms: Vec<String>,
    /// Names of rooms where it does not stand.
    pub not_rooms: Vec<String>,
    /// With these.
    pub has: Vec<Has>,
    /// Without these.
    pub has_not: Vec<Has>,
    /// Written at this time or later.
    pub since: Option<Millis>,
    /// Written before this time.
    pub until: Option<Millis>,
}

impl Query {
    /// The query that the pieces make. `start` says when a day of the reader begins.
    #[must_use]
    pub fn of(pieces: &[Piece], start: impl Fn(Day) -> Millis) -> Self {
        let mut query = Self::default();
        for piece in pieces {
            query.add(piece, &start);
        }
        query
    }

    /// Nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, piece: &Piece, start: &impl Fn(Day) -> Millis) {
        fn choose<T>(not: bool, yes: &mut Vec<T>, no: &mut Vec<T>, one: T) {
            if not { no.push(one) } else { yes.push(one) }
        }
        let not = piece.not;
        match &piece.what {
            What::Word(word) => choose(not, &mut self.words, &mut self.without, word.clone()),
            What::From(name) => choose(not, &mut self.from, &mut self.not_from, name.clone()),
            What::In(name) => choose(not, &mut self.rooms, &mut self.not_rooms, name.clone()),
            What::Has(has) => choose(not, &mut self.has, &mut self.has_not, *has),
            What::Days {
                filter,
                first,
                behind,
            } => match (filter, not) {
                (Filter::On, _) => {
                    self.not_before(start(*first));
                    self.not_after(start(*behind));
                }
                (Filter::Before, false) | (Filter::After, true) => self.not_after(start(*first)),
                _ => self.not_before(start(*first)),
            },
            What::Unclear { .. } => {}
        }
    }

    fn not_before(&mut self, at: Millis) {
        self.since = Some(self.since.map_or(at, |since| since.max(at)));
    }

    fn not_after(&mut self, at: Millis) {
        self.until = Some(self.until.map_or(at, |until| until.min(at)));
    }
}
