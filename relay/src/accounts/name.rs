//! What an account's name may be, and which names a person takes for the same.
//!
//! Invariants: nothing in a name is invisible; no two accounts have names that differ only in case, width or how an accent is written
//! (the store's `amend_name_key`), nor names in different scripts that look the same. Names in plain Latin letters may look alike
//! ("modern", "modem"): people tell those apart every day.

use crate::RelayError;
use model::limits;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// Checks a name that somebody chooses.
///
/// # Errors
/// [`RelayError::AccountName`].
pub(crate) fn check(name: &str) -> Result<(), RelayError> {
    let chars = name.chars().count();
    let plain = name.trim() == name && !name.contains("  ") && name.chars().all(is_visible);
    if chars == 0 || chars > limits::USER_NAME_MAX_CHARS || !plain {
        return Err(RelayError::AccountName(name.to_owned()));
    }
    Ok(())
}

/// Somebody else's name for a person, as far as a name may look here.
pub(crate) fn shown(name: &str) -> String {
    let plain: String = name.chars().filter(|char| is_visible(*char)).collect();
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    // Room for a number behind it, should the name be taken.
    let most = limits::USER_NAME_MAX_CHARS - 5;
    let cut: String = words.join(" ").chars().take(most).collect();
    match cut.trim() {
        "" => "someone".to_owned(),
        cut => cut.to_owned(),
    }
}

/// As the store compares names.
#[must_use]
pub fn folded(name: &str) -> String {
    let composed: String = name.nfkc().collect();
    let folded: String = composed.to_uppercase().to_lowercase().nfkc().collect();
    folded
}

/// Whether two names look the same and are not both plain Latin.
#[must_use]
pub fn is_alike(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return false;
    }
    let looks = |name: &str| {
        let capitals: String = skeleton(name).collect();
        let small: String = skeleton(&folded(name)).collect();
        (capitals, small)
    };
    let (one, other) = (looks(one), looks(other));
    one.0 == other.0 || one.1 == other.1
}

/// Neither a control character nor one that shows nothing or turns the text around, nor a space other than the plain one.
fn is_visible(char: char) -> bool {
    if char == ' ' {
        return true;
    }
    let hidden = matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}');
    !hidden && !char.is_control() && !char.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_person_can_see() {
        for good in [
            "ada",
            "Ada Lovelace",
            "Éva",
            "李小龍",
            "O'Neil",
            "ada 🚀",
            "x",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            " ada",
            "ada ",
            "a  da",
            "a\u{200b}da",
            "ada\u{202e}",
            "a\u{a0}da",
            "a\tda",
            "\u{3164}",
            "ada\u{fe0f}",
            "a\u{e001}",
            "a\u{ad}da",
            "a\u{2028}da",
            &"x".repeat(61),
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert_eq!(shown(" bo\u{0}ss\u{200b}  the\u{a0} 1st "), "boss the 1st");
        assert_eq!(shown("\u{200b}"), "someone");
    }

    #[test]
    fn names_that_look_the_same_in_another_script_are_alike() {
        // Cyrillic: а, о, р, с, е, у, х, А.
        for (one, other) in [
            ("ada", "\u{430}da"),
            ("Ada", "\u{410}da"),
            ("сосо", "coco"),
            ("ADA", "\u{430}d\u{430}"),
        ] {
            assert!(
                is_alike(one, other) && is_alike(other, one),
                "{one} {other}"
            );
        }
        for (one, other) in [
            ("modern", "modem"),
            ("ada", "ida"),
            ("Éva", "Eva"),
            ("李", "木子"),
        ] {
            assert!(!is_alike(one, other), "{one} {other}");
        }
        assert_eq!(folded("E\u{301}VA"), folded("éva"));
        assert_eq!(folded("ＡＤＡ"), folded("ada"));
        assert_eq!(folded("STRASSE"), folded("straße"));
    }
}
