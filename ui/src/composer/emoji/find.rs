//! Looking for an emoji by what people call it.

use emojis::{Emoji, SkinTone};

/// The best first: a name or shortcode that is the word, begins with it, has a part that begins with it, contains it.
pub(crate) fn find(word: &str, limit: usize) -> Vec<&'static Emoji> {
    let word = word
        .trim()
        .trim_matches(':')
        .to_lowercase()
        .replace(' ', "_");
    if word.is_empty() {
        return Vec::new();
    }
    if let Some(emoji) = emojis::get(&word) {
        return vec![emoji];
    }
    let mut found: Vec<(u8, usize, &'static Emoji)> = emojis::iter()
        .zip(0..)
        .filter_map(|(emoji, order)| Some((rank(emoji, &word)?, order, emoji)))
        .collect();
    found.sort_by_key(|(rank, order, _)| (*rank, *order));
    found
        .into_iter()
        .take(limit)
        .map(|(_, _, emoji)| emoji)
        .collect()
}

fn rank(emoji: &Emoji, word: &str) -> Option<u8> {
    let by_code = emoji
        .shortcodes()
        .filter_map(|code| rank_of(code, word))
        .min();
    let name = emoji.name().to_lowercase().replace([' ', '-'], "_");
    let by_name = rank_of(&name, word);
    by_code.into_iter().chain(by_name).min()
}

fn rank_of(name: &str, word: &str) -> Option<u8> {
    if name == word {
        Some(0)
    } else if name.starts_with(word) {
        Some(1)
    } else if name.split('_').any(|part| part.starts_with(word)) {
        Some(2)
    } else if word.len() >= 3 && name.contains(word) {
        Some(3)
    } else {
        None
    }
}

/// The tones that a person can choose, in their order.
pub(crate) const TONES: [SkinTone; 6] = [
    SkinTone::Default,
    SkinTone::Light,
    SkinTone::MediumLight,
    SkinTone::Medium,
    SkinTone::MediumDark,
    SkinTone::Dark,
];

/// An emoji in a tone, if it has tones.
pub(crate) fn toned(emoji: &'static Emoji, tone: SkinTone) -> &'static str {
    emoji.with_skin_tone(tone).unwrap_or(emoji).as_str()
}

/// The tone that a person last chose, by what they used lately.
pub(crate) fn last_tone(recent: &[String]) -> SkinTone {
    recent
        .iter()
        .filter_map(|emoji| emojis::get(emoji)?.skin_tone())
        .find(|tone| TONES.contains(tone))
        .unwrap_or(SkinTone::Default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(word: &str) -> &'static str {
        find(word, 20).first().map_or("", |emoji| emoji.as_str())
    }

    #[test]
    fn the_best_comes_first() {
        for (word, expected) in [
            ("tada", "🎉"),
            (":tada:", "🎉"),
            ("Party popper", "🎉"),
            ("+1", "👍"),
            ("heart", "❤️"),
            ("🎉", "🎉"),
            ("nothing like this", ""),
            ("", ""),
        ] {
            assert_eq!(first(word), expected, "{word}");
        }
        assert!(
            find("rocket", 20)
                .iter()
                .any(|emoji| emoji.as_str() == "🚀")
        );
        assert_eq!(find("face", 5).len(), 5);
    }

    #[test]
    fn a_tone_is_taken_where_there_is_one() {
        let wave = emojis::get("👋").expect("a hand");
        assert_eq!(toned(wave, SkinTone::Dark), "👋🏿");
        let tada = emojis::get("🎉").expect("no hand");
        assert_eq!(toned(tada, SkinTone::Dark), "🎉");
        assert_eq!(
            last_tone(&["🎉".to_owned(), "👋🏿".to_owned(), "👍🏻".to_owned()]),
            SkinTone::Dark
        );
        assert_eq!(last_tone(&[]), SkinTone::Default);
    }
}
