//! What is in a message's text: whom it names, which addresses it holds, what it says without its marks.
//!
//! A text is Markdown. The relay does not look into it; every client reads it by the functions here, so that who is named
//! is the same for the mark on the screen, the count beside the room and the notification.
//!
//! Invariant: whatever the text is, reading it takes steps in proportion to its length.

pub mod address;
pub mod names;
pub mod pieces;

pub use address::Address;
pub use names::Names;
pub use pieces::{Piece, pieces};

use crate::id::UserId;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use std::collections::BTreeSet;

/// The Markdown that messages are written in: CommonMark with tables, task lists and struck-out text.
#[must_use]
pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH
}

/// Whom a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Everybody in the room, by `@everyone` or `@room`.
    pub everyone: bool,
    /// These people.
    pub people: BTreeSet<UserId>,
}

impl Mentioned {
    /// Whether this person is named, alone or with all others.
    #[must_use]
    pub fn is(&self, person: UserId) -> bool {
        self.everyone || self.people.contains(&person)
    }
}

/// Whom a message names, out of the people of its room. What stands in code or in an address names nobody.
#[must_use]
pub fn mentioned(body: &str, people: &Names<UserId>) -> Mentioned {
    let mut found = Mentioned::default();
    if !body.contains('@') {
        return found;
    }
    runs(body, |run, place| {
        if place != Place::Prose {
            return;
        }
        for piece in pieces(run, Some(people), None) {
            match piece {
                Piece::Person(_, id) => {
                    found.people.insert(id);
                }
                Piece::Everyone(_) => found.everyone = true,
                Piece::Plain(_) | Piece::Address(..) | Piece::Room(..) => {}
            }
        }
    });
    found
}

/// The first `max_chars` characters of a message without its marks, on one line: for notifications and previews.
#[must_use]
pub fn plain(body: &str, max_chars: usize) -> String {
    let mut plain = String::new();
    runs(body, |run, place| {
        let apart = place == Place::Between || run.starts_with(char::is_whitespace);
        for (at, word) in run.split_whitespace().enumerate() {
            if (at > 0 || apart) && !plain.is_empty() && !plain.ends_with(' ') {
                plain.push(' ');
            }
            plain.push_str(word);
        }
        if (place == Place::Between || run.ends_with(char::is_whitespace)) && !plain.is_empty() {
            plain.push(' ');
        }
    });
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", plain[..end].trim_end()),
        None => plain,
    }
}

/// Where a run of text stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Prose,
    /// In code, or as the words of a link.
    Apart,
    /// No text: something begins or ends here.
    Between,
}

/// Calls `each` with every run of text. What looks like HTML is text.
fn runs(body: &str, mut each: impl FnMut(&str, Place)) {
    let mut apart = 0_usize;
    let place = |apart: usize| {
        if apart == 0 {
            Place::Prose
        } else {
            Place::Apart
        }
    };
    for event in TextMergeStream::new(Parser::new_ext(body, options()).map(html_is_text)) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }) => apart += 1,
            Event::End(TagEnd::CodeBlock) => {
                apart = apart.saturating_sub(1);
                each(" ", Place::Between);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => apart = apart.saturating_sub(1),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
            | Event::Start(_) => {}
            Event::End(_) | Event::SoftBreak | Event::HardBreak | Event::Rule => {
                each(" ", Place::Between);
            }
            Event::Text(text) => each(&text, place(apart)),
            Event::Code(code) => each(&code, Place::Apart),
            _ => {}
        }
    }
}

/// Nobody's HTML is ever anything but the characters that were typed.
#[must_use]
pub fn html_is_text(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    }
}
