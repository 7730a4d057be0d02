//! Slack's mrkdwn as CommonMark.
//!
//! `*bold*`, `~strike~`, `<@U1>`, `<#C1|name>`, `<!here>`, `<https://…|text>`, `&amp;`, `:emoji:`; code stays code. What Slack shows as it
//! is and CommonMark would not is escaped.

use super::text::{Piece, is_link, mention, pieces, plain, shortcodes};
use std::fmt::Write;

/// Converts a text; `channel` says what a channel is called.
#[must_use]
pub fn convert(text: &str, channel: &dyn Fn(&str) -> Option<String>) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in pieces(&text) {
        match piece {
            Piece::Code(code) => out.push_str(&code_of(code)),
            Piece::Text(text) => out.push_str(&text_of(text, channel)),
        }
    }
    out
}

/// In code links and entities are written as they were typed; a fence stands on a line of its own.
fn code_of(code: &str) -> String {
    let bare = unlinked(code);
    let Some(inner) = bare
        .strip_prefix("```")
        .and_then(|bare| bare.strip_suffix("```"))
    else {
        return bare;
    };
    let inner = inner.trim_matches('\n');
    format!("\n```\n{inner}\n```\n")
}

fn unlinked(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(&entities(before));
        let Some((inner, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        let (target, label) = inner.split_once('|').unwrap_or((inner, inner));
        let label = if label.is_empty() { target } else { label };
        out.push_str(&entities(label));
        rest = after;
    }
    out.push_str(&entities(rest));
    out
}

fn text_of(text: &str, channel: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(&styled(before));
        match after.split_once('>') {
            Some((inner, behind)) => {
                out.push_str(&reference(inner, channel));
                rest = behind;
            }
            None => {
                out.push_str("\\<");
                rest = after;
            }
        }
    }
    out.push_str(&styled(rest));
    out
}

/// What stands between `<` and `>`.
fn reference(inner: &str, channel: &dyn Fn(&str) -> Option<String>) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    let labelled = |label: &str| entities(label);
    if let Some(person) = target.strip_prefix('@') {
        return mention(person);
    }
    if let Some(id) = target.strip_prefix('#') {
        let name = label.map(labelled).or_else(|| channel(id));
        return format!("#{}", name.unwrap_or_else(|| id.to_owned()));
    }
    if let Some(command) = target.strip_prefix('!') {
        let name = label.map(labelled).unwrap_or_else(|| {
            let word = command.split('^').next().unwrap_or(command);
            format!("@{word}")
        });
        return name;
    }
    let target = entities(target);
    match label.map(labelled) {
        _ if !is_link(&target) => label.map_or(target, labelled),
        Some(label)
            if label != target && Some(label.as_str()) != target.strip_prefix("mailto:") =>
        {
            let label = label
                .replace('\\', "\\\\")
                .replace('[', "\\[")
                .replace(']', "\\]");
            format!("[{label}]({target})")
        }
        _ => format!("<{target}>"),
    }
}

/// Bold and struck text, line by line, as neither goes over the end of one.
fn styled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let (quote, line) = match line.strip_prefix("&gt;") {
            Some(rest) if at > 0 || !rest.is_empty() => ("> ", rest.trim_start()),
            _ => ("", line),
        };
        out.push_str(quote);
        let line = entities(line);
        let line = line.replace('\\', "\\\\").replace('<', "\\<");
        let line = line.replace("](", "]\\(");
        let line = mark(&line, '*', "**", "\\*");
        let line = mark(&line, '~', "~~", "~");
        let line = shortcodes(&line);
        let heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        let _ = write!(out, "{}{line}", if heading { "\\" } else { "" });
    }
    out
}

/// Pairs of a mark around words become pairs of another; single ones become `alone`.
fn mark(line: &str, mark: char, pair: &str, alone: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut before = None;
    while let Some(at) = rest.find(mark) {
        let (left, from) = rest.split_at(at);
        out.push_str(left);
        before = left.chars().next_back().or(before);
        let inner = from.get(mark.len_utf8()..).unwrap_or_default();
        let opens = before.is_none_or(|c| !c.is_alphanumeric())
            && inner
                .chars()
                .next()
                .is_some_and(|c| !c.is_whitespace() && c != mark);
        let end = opens.then(|| closing(inner, mark)).flatten();
        // A list's bullet is one here as well.
        let bullet = before.is_none() && mark == '*' && inner.starts_with(' ');
        match end {
            Some(end) => {
                let (text, after) = inner.split_at(end);
                let _ = write!(out, "{pair}{text}{pair}");
                rest = after.get(mark.len_utf8()..).unwrap_or_default();
            }
            None => {
                out.push_str(if bullet { "*" } else { alone });
                rest = inner;
            }
        }
        before = Some(mark);
    }
    out.push_str(rest);
    out
}

/// Where the pair of an opened mark is.
fn closing(inner: &str, mark: char) -> Option<usize> {
    inner.match_indices(mark).map(|(at, _)| at).find(|at| {
        let before = inner.get(..*at).and_then(|text| text.chars().next_back());
        let after = inner
            .get(at + mark.len_utf8()..)
            .and_then(|text| text.chars().next());
        before.is_some_and(|c| !c.is_whitespace())
            && after.is_none_or(|c| !c.is_alphanumeric() && c != mark)
    })
}

/// The three entities that Slack writes.
fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::read::mentions;

    #[test]
    fn mrkdwn_becomes_commonmark() {
        let channel = |id: &str| (id == "C9").then(|| "random".to_owned());
        for (slack, expected) in [
            (
                "*bold* and _it_ and ~gone~",
                "**bold** and _it_ and ~~gone~~",
            ),
            (
                "<@U1> see <#C1|general>, <#C9>",
                "@Ada see #general, #random",
            ),
            (
                "<!here> <!subteam^S1|@ops> <!date^1^{date}|May 1>",
                "@here @ops May 1",
            ),
            (
                "<https://x.org/a?b=1&amp;c=2|the page>",
                "[the page](https://x.org/a?b=1&c=2)",
            ),
            ("<https://x.org>", "<https://x.org>"),
            ("<mailto:a@x.org|a@x.org>", "<mailto:a@x.org>"),
            ("<javascript:alert(1)|click>", "click"),
            ("a &lt;b&gt; &amp;amp;", "a \\<b> &amp;"),
            ("2*3*4 and a * b", "2\\*3\\*4 and a \\* b"),
            ("* item\n* two", "* item\n* two"),
            ("*a* *b*", "**a** **b**"),
            ("*not\nbold*", "\\*not\nbold\\*"),
            ("&gt; quoted\nnot", "> quoted\nnot"),
            ("# no heading", "\\# no heading"),
            ("[x](y)", "[x]\\(y)"),
            ("`*code* &lt;` *b*", "`*code* <` **b**"),
            (
                "```a &amp; *b*\n<https://x.org|x.org>```",
                "\n```\na & *b*\nx.org\n```\n",
            ),
            (":tada: `:tada:`", "🎉 `:tada:`"),
            ("ends with <", "ends with \\<"),
            ("", ""),
        ] {
            let converted = convert(slack, &channel);
            let named = mentions(&converted, |_| "Ada".to_owned());
            assert_eq!(named, expected, "{slack}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "[ -~é\\n<>*~`&|@#!:\u{fdd0}\u{fdd1}]{0,60}") {
            let _ = convert(&text, &|_| None);
        }
    }
}
