//! Every text that a person reads, from Fluent files: `locales/LANGUAGE/AREA.ftl`.
//!
//! Invariants: a message that a language lacks is shown in English, and one that English lacks by its name, so that
//! nothing is ever blank; the tests hold the files and the sources together. Texts are nodes on the screen, never HTML.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use std::cell::RefCell;
use unic_langid::LanguageIdentifier;

/// The languages that there are, with their names in themselves; the first is the one that is complete.
pub(crate) const LANGUAGES: &[(&str, &str)] = &[("en", "English"), ("ar", "العربية")];

macro_rules! areas {
    ($language:literal: $($area:literal),+ $(,)?) => {
        &[$(include_str!(concat!("../locales/", $language, "/", $area, ".ftl"))),+]
    };
}

const ENGLISH: &[&str] = areas!(
    "en": "common", "account", "rooms", "people", "timeline", "composer", "attachments", "search", "sync", "exchange",
    "settings", "desktop"
);

const ARABIC: &[&str] = areas!(
    "ar": "common", "account", "rooms", "people", "timeline", "composer", "attachments", "search", "sync", "exchange",
    "settings", "desktop"
);

/// The files of a language.
fn sources(language: &str) -> &'static [&'static str] {
    match language {
        "en" => ENGLISH,
        "ar" => ARABIC,
        _ => &[],
    }
}

type Bundle = FluentBundle<FluentResource>;

struct Texts {
    chosen: Bundle,
    english: Bundle,
}

thread_local! {
    static TEXTS: RefCell<Texts> = RefCell::new(Texts::new("en"));
}

fn bundle(language: &str) -> Bundle {
    let id: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = Bundle::new(vec![id]);
    // The marks around arguments are right on the screen, where languages mix.
    bundle.set_use_isolating(true);
    for source in sources(language) {
        // What a broken line says is lost, the rest is not; a test parses every file.
        let resource = match FluentResource::try_new((*source).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

impl Texts {
    fn new(language: &str) -> Self {
        Self {
            chosen: bundle(language),
            english: bundle("en"),
        }
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        for bundle in [&self.chosen, &self.english] {
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

/// The best of our languages for the wished ones, in their order: the same, or the same without its region.
pub(crate) fn negotiate<'a>(wished: impl IntoIterator<Item = &'a str>) -> &'static str {
    let language = |tag: &str| tag.split(['-', '_']).next().map(str::to_ascii_lowercase);
    wished
        .into_iter()
        .find_map(|tag| {
            let wanted = language(tag)?;
            LANGUAGES.iter().find(|(known, _)| *known == wanted)
        })
        .map_or("en", |(known, _)| known)
}

/// Speaks another language from now on. What is on the screen has to be drawn again.
pub(crate) fn speak(language: &str) {
    TEXTS.with(|texts| *texts.borrow_mut() = Texts::new(language));
}

/// Whether the language is written from right to left.
#[must_use]
pub(crate) fn is_right_to_left(language: &str) -> bool {
    matches!(language, "ar" | "fa" | "he" | "ur")
}

/// The text of a message without arguments.
pub(crate) fn text(key: &str) -> String {
    TEXTS.with(|texts| texts.borrow().format(key, None))
}

/// The text of a message with its arguments; mostly by way of [`t!`].
pub(crate) fn text_with(key: &str, arguments: &FluentArgs<'_>) -> String {
    TEXTS.with(|texts| texts.borrow().format(key, Some(arguments)))
}

/// The text of a message: `t!("send")`, `t!("people-online", count = 3)`.
macro_rules! t {
    ($key:literal) => { $crate::text::text($key) };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        let mut arguments = fluent_bundle::FluentArgs::new();
        $(arguments.set(stringify!($name), $value);)+
        $crate::text::text_with($key, &arguments)
    }};
}
pub(crate) use t;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn below(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                below(&path, extension, found);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// The messages of a language, read from its files.
    fn messages(language: &str) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for source in sources(language) {
            FluentResource::try_new((*source).to_owned())
                .unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}\n{source}"));
            for line in source.lines() {
                if let Some((key, _)) = line.split_once('=')
                    && key.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    assert!(
                        keys.insert(key.trim().to_owned()),
                        "{language} says {key} twice"
                    );
                }
            }
        }
        keys
    }

    /// The keys that the sources name: `t!("key"…)`, `text("key")`, `text_with("key"…)`.
    fn used() -> BTreeSet<String> {
        let mut files = Vec::new();
        below(&root().join("src"), "rs", &mut files);
        let mut keys = BTreeSet::new();
        for file in files.iter().filter(|file| !file.ends_with("text.rs")) {
            let source = std::fs::read_to_string(file).expect("a source");
            for marker in ["t!(", "text(", "text_with("] {
                for (at, _) in source.match_indices(marker) {
                    let alone = !source[..at]
                        .ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
                    let rest = source[at + marker.len()..].trim_start();
                    if alone && let Some(literal) = rest.strip_prefix('"') {
                        let key = literal.split('"').next().unwrap_or_default();
                        keys.insert(key.to_owned());
                    }
                }
            }
        }
        keys
    }

    #[test]
    fn every_text_that_the_sources_name_is_there() {
        let known = messages("en");
        let missing: Vec<_> = used()
            .into_iter()
            .filter(|key| !known.contains(key))
            .collect();
        assert!(missing.is_empty(), "not in locales/en: {missing:?}");
    }

    #[test]
    fn every_file_of_a_language_is_read() {
        for (language, _) in LANGUAGES {
            let mut files = Vec::new();
            below(&root().join("locales").join(language), "ftl", &mut files);
            assert_eq!(
                files.len(),
                sources(language).len(),
                "{language}: {files:?}"
            );
        }
    }

    #[test]
    fn every_language_says_the_same() {
        let english = messages("en");
        for (language, _) in LANGUAGES {
            assert_eq!(messages(language), english, "{language}");
        }
    }

    #[test]
    fn the_nearest_language_is_taken() {
        assert_eq!(negotiate(["xx", "en-GB"]), "en");
        assert_eq!(negotiate([]), "en");
        assert_eq!(negotiate(["ar-EG"]), "ar");
        assert_eq!(negotiate(["xx", "ar_SA", "en"]), "ar");
        assert_eq!(negotiate(["en-US", "ar"]), "en");
    }

    #[test]
    fn arguments_stand_in_their_places() {
        assert_eq!(
            t!("changes-waiting", count = 1).replace(['\u{2068}', '\u{2069}'], ""),
            "1 change waiting"
        );
        assert_eq!(
            t!("changes-waiting", count = 3).replace(['\u{2068}', '\u{2069}'], ""),
            "3 changes waiting"
        );
    }

    #[test]
    fn arabic_has_a_form_for_each_kind_of_number() {
        let texts = Texts::new("ar");
        for (count, expected) in [
            (0, "لا تغييرات بالانتظار"),
            (1, "تغيير واحد بالانتظار"),
            (2, "تغييران بالانتظار"),
            (3, "3 تغييرات بالانتظار"),
            (11, "11 تغييرًا بالانتظار"),
            (100, "100 تغيير بالانتظار"),
        ] {
            let mut arguments = FluentArgs::new();
            arguments.set("count", count);
            let said = texts.format("changes-waiting", Some(&arguments));
            assert_eq!(
                said.replace(['\u{2068}', '\u{2069}'], ""),
                expected,
                "{count}"
            );
        }
    }

    #[test]
    fn arabic_is_written_from_right_to_left() {
        assert!(is_right_to_left("ar"));
        assert!(!is_right_to_left("en"));
    }
}
