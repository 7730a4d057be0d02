//! A run of prose, cut where it holds an address, a person or a room.

use super::names::in_word;
use super::{Address, Names, address};
use crate::id::{RoomId, UserId};

/// A part of a run; all of them in their order are the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Nothing but text.
    Plain(&'a str),
    /// An address that was written out.
    Address(&'a str, Address),
    /// A person, with the `@`.
    Person(&'a str, UserId),
    /// `@everyone` or `@room`.
    Everyone(&'a str),
    /// A room, with the `#`.
    Room(&'a str, RoomId),
}

impl<'a> Piece<'a> {
    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &'a str {
        match self {
            Self::Plain(text)
            | Self::Address(text, _)
            | Self::Person(text, _)
            | Self::Everyone(text)
            | Self::Room(text, _) => text,
        }
    }
}

/// Cuts a run of prose. A person who is called "everyone" or "room" comes before the word.
#[must_use]
pub fn pieces<'a>(
    run: &'a str,
    people: Option<&Names<UserId>>,
    rooms: Option<&Names<RoomId>>,
) -> Vec<Piece<'a>> {
    let mut found = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    let mut before: Option<char> = None;
    while let Some(char) = run[at..].chars().next() {
        let piece = match char {
            '@' if may_begin(before) => person(&run[at..], people),
            '#' if may_begin(before) => room(&run[at..], rooms),
            'h' | 'H' | 'w' | 'W' | 'm' | 'M' | 'a' | 'A' if !before.is_some_and(in_word) => {
                address::at_start_of(&run[at..])
                    .map(|(length, address)| Piece::Address(&run[at..at + length], address))
            }
            _ => None,
        };
        match piece {
            Some(piece) => {
                if plain_from < at {
                    found.push(Piece::Plain(&run[plain_from..at]));
                }
                at += piece.text().len();
                plain_from = at;
                before = piece.text().chars().next_back();
                found.push(piece);
            }
            None => {
                at += char.len_utf8();
                before = Some(char);
            }
        }
    }
    if plain_from < run.len() {
        found.push(Piece::Plain(&run[plain_from..]));
    }
    found
}

/// An `@` in the middle of a word or an address names nobody: `ada@example.org`, `a/@b`.
fn may_begin(before: Option<char>) -> bool {
    before.is_none_or(|char| {
        !in_word(char) && !matches!(char, '/' | '.' | '-' | '@' | '#' | '&' | '=')
    })
}

fn person<'a>(run: &'a str, people: Option<&Names<UserId>>) -> Option<Piece<'a>> {
    let people = people?;
    if let Some((length, id)) = people.at_start_of(&run[1..]) {
        return Some(Piece::Person(&run[..=length], id));
    }
    ["everyone", "room"].into_iter().find_map(|word| {
        let (said, rest) = run[1..].split_at_checked(word.len())?;
        let whole = !rest.chars().next().is_some_and(in_word);
        (whole && said.eq_ignore_ascii_case(word)).then(|| Piece::Everyone(&run[..=word.len()]))
    })
}

fn room<'a>(run: &'a str, rooms: Option<&Names<RoomId>>) -> Option<Piece<'a>> {
    let (length, id) = rooms?.at_start_of(&run[1..])?;
    Some(Piece::Room(&run[..=length], id))
}
