//! What the shell itself says to a person: notifications and the tray's menu. From the same Fluent files as the page.
//!
//! Invariant: a message that a language lacks is said in English, and one that English lacks by its name.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The languages, with their texts; the first is the one that is complete.
const LANGUAGES: &[(&str, &str)] = &[
    ("en", include_str!("../../ui/locales/en/desktop.ftl")),
    ("ar", include_str!("../../ui/locales/ar/desktop.ftl")),
];

/// The texts of one language.
pub(crate) struct Texts(Vec<FluentBundle<FluentResource>>);

impl Texts {
    /// Those of the language that a person has chosen, or of the system's.
    pub(crate) fn of(chosen: &str) -> Self {
        let wanted = if chosen == "system" {
            systems()
        } else {
            chosen.to_owned()
        };
        let wanted = wanted.split(['-', '_', '.']).next().unwrap_or_default();
        let chosen = LANGUAGES.iter().filter(|(tag, _)| *tag == wanted);
        let bundles = chosen.chain(LANGUAGES.first()).map(|(tag, source)| {
            let id: LanguageIdentifier = tag.parse().unwrap_or_default();
            let mut bundle = FluentBundle::new(vec![id]);
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
            bundle
        });
        Self(bundles.collect())
    }

    /// A text without arguments.
    pub(crate) fn text(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with its arguments.
    pub(crate) fn with(&self, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        let arguments: FluentArgs<'_> = arguments.iter().cloned().collect();
        self.format(key, Some(&arguments))
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        for bundle in &self.0 {
            let pattern = bundle.get_message(key).and_then(|message| message.value());
            if let Some(pattern) = pattern {
                let mut errors = Vec::new();
                return bundle
                    .format_pattern(pattern, arguments, &mut errors)
                    .into_owned();
            }
        }
        key.to_owned()
    }
}

/// The language that the system speaks, as POSIX says it.
fn systems() -> String {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn an_unknown_language_is_english() {
        let texts = Texts::of("xx");
        assert_eq!(texts.text("tray-quit"), "Quit");
        assert_eq!(texts.text("no-such-text"), "no-such-text");
    }

    #[test]
    fn every_text_of_the_sources_is_there() {
        let english = LANGUAGES[0].1;
        let sources = [include_str!("notify/mod.rs"), include_str!("tray/mod.rs")];
        for source in sources {
            for (at, _) in source
                .match_indices("text(\"")
                .chain(source.match_indices("with(\""))
            {
                let key = source[at..].split('"').nth(1).expect("a key");
                assert!(english.contains(&format!("\n{key} =")), "{key}");
            }
        }
    }

    #[test]
    fn numbers_have_their_forms() {
        let texts = Texts::of("en");
        let many = [("count", FluentValue::from(3)), ("room", "General".into())];
        assert_eq!(
            plain(&texts.with("notify-many", &many)),
            "3 new messages in #General"
        );
        let texts = Texts::of("ar");
        assert_eq!(
            plain(&texts.with("notify-many", &many)),
            "3 رسائل جديدة في #General"
        );
    }
}
