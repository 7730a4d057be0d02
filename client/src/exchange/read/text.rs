//! What the texts of all formats have in common: mentions, emoji by their names, pieces of code that are left alone, files as links.
//!
//! A mention is kept as the person's id between two characters that no text holds, until it is known whose account that is here.

use crate::exchange::record::FileLink;
use emojis::SkinTone;

const BEGIN: char = '\u{fdd0}';
const END: char = '\u{fdd1}';

/// A mention of somebody.
pub(crate) fn mention(person: &str) -> String {
    format!("{BEGIN}{person}{END}")
}

/// Without the characters that stand for mentions.
pub(crate) fn plain(text: &str) -> String {
    text.replace([BEGIN, END, '\0'], "")
}

/// Puts a name in the place of each mention.
pub(crate) fn mentions(text: &str, name: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        out.push_str(before);
        let Some((person, after)) = after.split_once(END) else {
            rest = after;
            continue;
        };
        out.push('@');
        out.push_str(&name(person));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The emoji of a name without its colons, such as `+1` or `wave::skin-tone-3`; of one's own emoji the name between colons.
pub(crate) fn emoji(name: &str) -> String {
    unicode(name).unwrap_or_else(|| format!(":{name}:"))
}

fn unicode(name: &str) -> Option<String> {
    let (name, tone) = match name.split_once("::skin-tone-") {
        Some((name, tone)) => (name, Some(tone)),
        None => (name, None),
    };
    let found = emojis::get_by_shortcode(name).or_else(|| match name {
        "simple_smile" => emojis::get_by_shortcode("slightly_smiling_face"),
        "thumbsup_all" => emojis::get_by_shortcode("+1"),
        _ => None,
    })?;
    let tone = match tone {
        Some("2") => Some(SkinTone::Light),
        Some("3") => Some(SkinTone::MediumLight),
        Some("4") => Some(SkinTone::Medium),
        Some("5") => Some(SkinTone::MediumDark),
        Some("6") => Some(SkinTone::Dark),
        _ => None,
    };
    let toned = tone.and_then(|tone| found.with_skin_tone(tone));
    Some(toned.unwrap_or(found).as_str().to_owned())
}

/// Puts Unicode's emoji in the place of their names between colons.
pub(crate) fn shortcodes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match shortcode(from, before.chars().next_back()) {
            Some((emoji, after)) => {
                out.push_str(&emoji);
                rest = after;
            }
            None => {
                out.push(':');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The emoji that a text begins with, and what follows.
fn shortcode(text: &str, before: Option<char>) -> Option<(String, &str)> {
    // "10:30:15" holds none.
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let inner = text.strip_prefix(':')?;
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || "_+-'".contains(c)))?;
    let name = inner.get(..end)?;
    let mut after = inner.get(end..)?.strip_prefix(':')?;
    let mut full = name.to_owned();
    if let Some(tone) = after.strip_prefix(":skin-tone-")
        && let Some((tone, behind)) = tone.split_once(':')
    {
        full = format!("{name}::skin-tone-{tone}");
        after = behind;
    }
    Some((unicode(&full)?, after))
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text.
    Text(&'a str),
    /// Code with its marks, to be left alone.
    Code(&'a str),
}

/// Takes code out of a text: fenced by three backticks, or between single ones on one line.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|rest| rest.find('`')) {
        let at = from + found;
        let Some(after) = rest.get(at..) else { break };
        let length = code(after);
        if length == 0 {
            from = at + after.chars().take_while(|c| *c == '`').count();
            continue;
        }
        pieces.push(Piece::Text(rest.get(..at).unwrap_or_default()));
        pieces.push(Piece::Code(after.get(..length).unwrap_or_default()));
        rest = after.get(length..).unwrap_or_default();
        from = 0;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Bytes of the code that a text begins with; 0: it begins with none.
fn code(text: &str) -> usize {
    let marks = text.chars().take_while(|c| *c == '`').count();
    let fence = if marks >= 3 { "```" } else { "`" };
    let inner = text.get(fence.len()..).unwrap_or_default();
    match inner.find(fence) {
        Some(0) => 0,
        Some(end) if fence == "`" && inner.get(..end).is_some_and(|code| code.contains('\n')) => 0,
        Some(end) => fence.len() * 2 + end,
        None => 0,
    }
}

/// A message's files, a line each.
pub(crate) fn with_files(body: &str, files: &[FileLink]) -> String {
    let mut out = body.to_owned();
    for file in files {
        if !out.is_empty() {
            out.push('\n');
        }
        let name = plain(&file.name).replace(['[', ']', '\n', '\r'], " ");
        let name = if name.trim().is_empty() {
            "file"
        } else {
            name.trim()
        };
        match &file.url {
            Some(url) if is_link(url) => out.push_str(&format!("[{name}]({url})")),
            _ => out.push_str(&format!("(file: {name})")),
        }
    }
    out
}

/// Whether a text is an address that may stand in a link.
pub(crate) fn is_link(url: &str) -> bool {
    let known = ["http://", "https://", "mailto:"];
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()".contains(c);
    let lower = url.to_ascii_lowercase();
    known.iter().any(|scheme| lower.starts_with(scheme)) && !url.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_have_their_names() {
        for (text, expected) in [
            (":smile: ok", "😄 ok"),
            ("a :+1::skin-tone-4:!", "a 👍🏽!"),
            ("10:30:15", "10:30:15"),
            ("http://x:80/:y", "http://x:80/:y"),
            (":our-own:", ":our-own:"),
            ("::smile::", ":😄:"),
            ("é:smile:", "é:smile:"),
        ] {
            assert_eq!(shortcodes(text), expected);
        }
        assert_eq!(emoji("tada"), "🎉");
        assert_eq!(emoji("party-parrot"), ":party-parrot:");
    }

    #[test]
    fn code_is_taken_out_and_what_is_none_is_not() {
        use Piece::{Code, Text};
        assert_eq!(pieces("a `b` c"), [Text("a "), Code("`b`"), Text(" c")]);
        assert_eq!(pieces("```x`y\n```z"), [Code("```x`y\n```"), Text("z")]);
        assert_eq!(pieces("a ` b\n` c"), [Text("a ` b\n` c")]);
        assert_eq!(pieces("`` é"), [Text("`` é")]);
        assert_eq!(pieces("```never"), [Text("```never")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn mentions_become_names_and_no_text_can_forge_one() {
        let text = format!("hi {}!", mention("U1"));
        assert_eq!(mentions(&text, |id| format!("<{id}>")), "hi @<U1>!");
        assert_eq!(mentions(&plain(&text), |_| "x".into()), "hi U1!");
        assert_eq!(mentions("\u{fdd0}U1", |_| "x".into()), "U1");
    }

    #[test]
    fn files_are_links_where_there_is_an_address_for_them() {
        let link = |name: &str, url: Option<&str>| FileLink {
            name: name.into(),
            url: url.map(str::to_owned),
            path: None,
        };
        let files = [
            link("a [1].png", Some("https://x.org/a")),
            link("b", Some("javascript:alert(1)")),
            link("", None),
        ];
        assert_eq!(
            with_files("see", &files),
            "see\n[a  1 .png](https://x.org/a)\n(file: b)\n(file: file)"
        );
    }
}
