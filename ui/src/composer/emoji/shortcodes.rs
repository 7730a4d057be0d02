//! `:shortcode:` → emoji. Done when a message is written, so that a person can type on as they are used to; what stands in
//! code stays as it is.

use model::text::options;
use pulldown_cmark::{Event, Parser, Tag, TagEnd, TextMergeWithOffset};

/// A text with its shortcodes as emoji. One that nobody knows stays.
pub(crate) fn convert(text: &str) -> String {
    if !text.contains(':') {
        return text.to_owned();
    }
    let mut converted = String::new();
    let (mut done, mut apart) = (0, 0_u32);
    for (event, range) in
        TextMergeWithOffset::new(Parser::new_ext(text, options()).into_offset_iter())
    {
        match event {
            Event::Start(Tag::CodeBlock(_)) => apart += 1,
            Event::End(TagEnd::CodeBlock) => apart = apart.saturating_sub(1),
            Event::Text(_) if apart == 0 && range.start >= done => {
                converted.push_str(&text[done..range.start]);
                let before = text[..range.start].chars().next_back();
                run(&text[range.clone()], before, &mut converted);
                done = range.end;
            }
            _ => {}
        }
    }
    converted.push_str(&text[done..]);
    converted
}

fn run(text: &str, before: Option<char>, into: &mut String) {
    let mut rest = text;
    let mut before = before;
    while let Some(at) = rest.find(':') {
        let last = rest[..at].chars().next_back().or(before);
        into.push_str(&rest[..at]);
        let found = code_at(&rest[at..], last);
        match found {
            Some((length, emoji)) => {
                into.push_str(emoji);
                rest = &rest[at + length..];
            }
            None => {
                into.push(':');
                rest = &rest[at + 1..];
            }
        }
        before = Some(':');
    }
    into.push_str(rest);
}

/// The emoji of a shortcode at the start of `text`, with the bytes of the code. Not behind a letter or in an address: `10:30:00`, `https://a:b:`.
fn code_at(text: &str, before: Option<char>) -> Option<(usize, &'static str)> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '\\')) {
        return None;
    }
    let code = text.strip_prefix(':')?;
    let end = code.find(|c: char| !is_part(c))?;
    if end == 0 || !code[end..].starts_with(':') {
        return None;
    }
    let emoji = emojis::get_by_shortcode(&code[..end].to_ascii_lowercase())?;
    Some((end + 2, emoji.as_str()))
}

/// What shortcodes are made of.
pub(crate) fn is_part(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '+' | '-')
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shortcodes_become_emoji() {
        for (text, expected) in [
            (":tada:", "🎉"),
            ("well :+1: done:heart:", "well 👍 done:heart:"),
            (":tada::tada:", "🎉🎉"),
            ("*:tada:* - :Smile:", "*🎉* - 😄"),
            (":man_technologist:", "👨‍💻"),
            ("- :tada:\n- :wave:", "- 🎉\n- 👋"),
            (":nobody_knows_this:", ":nobody_knows_this:"),
            ("10:30:00 a:b:c", "10:30:00 a:b:c"),
            ("`:tada:` and ``:tada:``", "`:tada:` and ``:tada:``"),
            ("```\n:tada:\n```\n:tada:", "```\n:tada:\n```\n🎉"),
            ("    :tada:", "    :tada:"),
            ("https://a.example/:tada:", "https://a.example/:tada:"),
            ("\\:tada:", "\\:tada:"),
            ("&amp; :tada:", "&amp; 🎉"),
            (
                "[:tada:](https://a.example/:tada:)",
                "[🎉](https://a.example/:tada:)",
            ),
            ("::", "::"),
        ] {
            assert_eq!(convert(text), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_no_shortcode_stays(text in "(:|tada|`|```|\n|\\*|>|- |\\[|\\]|\\(|&amp;|\\\\|[a-z ]{1,3}|\\PC|é){0,40}") {
            let converted = convert(&text);
            if !text.contains(":tada:") && !text.contains(":a:") && text.matches(':').count() < 2 {
                prop_assert_eq!(&converted, &text);
            }
            // Nothing but shortcodes is touched. Letters at random make others too: `:x:` is one.
            let without = |text: &str| text.replace(":tada:", "🎉");
            let is_other = |word: &str| word != "tada" && emojis::get_by_shortcode(&word.to_lowercase()).is_some();
            if !converted.contains(':') && !text.split(':').any(is_other) {
                prop_assert_eq!(without(&text), converted);
            }
        }

        #[test]
        fn converting_again_is_no_news(text in "(:tada:|:|`|\n|[a-z ]{1,3}){0,30}") {
            let once = convert(&text);
            prop_assert_eq!(convert(&once), once);
        }
    }
}
