//! The recovery code: 150 random bits as a person can write them down, in Crockford's base 32 (no I, L, O or U), with two
//! characters that tell a mistyped code from one of another database.
//!
//! It wraps the key by HKDF alone: nobody guesses 150 random bits, so nothing is gained by making each try slow.

use super::VaultError;
use super::key::{self, Key};
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM: usize = 30;
const CHECK: usize = 2;
const GROUP: usize = 4;

/// What the wrapping is for.
const WHAT: &[u8] = b"amend recovery code";

/// A recovery code.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    /// A new one.
    ///
    /// # Errors
    /// No randomness.
    pub fn random() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; RANDOM]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
        let mut text = Zeroizing::new(String::with_capacity(RANDOM + CHECK));
        for byte in bytes.iter() {
            text.push(char::from(ALPHABET[usize::from(byte % 32)]));
        }
        let check = check(&text);
        text.push_str(&check);
        Ok(Self(text))
    }

    /// Reads what a person typed: in any case, with or without dashes and spaces, O for 0 and I or L for 1.
    ///
    /// # Errors
    /// [`VaultError::CodeMistyped`].
    pub fn parse(typed: &str) -> Result<Self, VaultError> {
        let mut text = Zeroizing::new(String::with_capacity(RANDOM + CHECK));
        for c in typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '_'))
        {
            text.push(match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        }
        let known = text.bytes().all(|byte| ALPHABET.contains(&byte));
        if text.len() != RANDOM + CHECK || !known || check(&text[..RANDOM]) != text[RANDOM..] {
            return Err(VaultError::CodeMistyped);
        }
        Ok(Self(text))
    }

    /// As it is shown: in groups of four.
    #[must_use]
    pub fn shown(&self) -> String {
        let groups: Vec<&str> = (0..self.0.len())
            .step_by(GROUP)
            .map(|at| &self.0[at..at + GROUP])
            .collect();
        groups.join("-")
    }

    /// The key, for whoever has the code.
    pub(super) fn wrap(&self, key: &Key) -> Result<Vec<u8>, VaultError> {
        key::seal(self.0.as_bytes(), WHAT, key.bytes())
    }

    /// The key, if it was wrapped by this code.
    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Option<Key> {
        Key::from_bytes(&key::open(self.0.as_bytes(), WHAT, wrapped)?)
    }
}

fn check(text: &str) -> String {
    let sum = crc32fast::hash(text.as_bytes());
    let letter = |bits: u32| char::from(ALPHABET[(bits % 32) as usize]);
    [letter(sum >> 5), letter(sum)].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::random().unwrap();
        let shown = code.shown();
        assert_eq!(shown.len(), 39);
        assert_eq!(shown.split('-').count(), 8);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            format!("  {}\n", shown.replace('-', "")),
            shown.replace('0', "o").replace('1', "l"),
        ] {
            assert_eq!(
                RecoveryCode::parse(&typed).unwrap().shown(),
                shown,
                "{typed}"
            );
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        assert_ne!(shown, RecoveryCode::random().unwrap().shown());
    }

    #[test]
    fn a_mistyped_code_is_told_from_a_wrong_one() {
        let code = RecoveryCode::parse(&RecoveryCode::random().unwrap().shown()).unwrap();
        let (mut missed, mut tried) = (0, 0);
        for at in 0..code.0.len() {
            for letter in ALPHABET.map(char::from) {
                let mut typed: Vec<char> = code.0.chars().collect();
                if typed[at] == letter {
                    continue;
                }
                typed[at] = letter;
                tried += 1;
                missed +=
                    usize::from(RecoveryCode::parse(&typed.iter().collect::<String>()).is_ok());
            }
        }
        assert!(
            missed * 200 < tried,
            "{missed} of {tried} slips were not noticed"
        );
        for typed in ["", "ABCD", &"U".repeat(32), &"0".repeat(33)] {
            assert!(RecoveryCode::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn the_code_gives_the_key_back_and_another_does_not() {
        let (key, code) = (Key::random().unwrap(), RecoveryCode::random().unwrap());
        let wrapped = code.wrap(&key).unwrap();
        assert_eq!(code.unwrap(&wrapped), Some(key));
        assert_eq!(RecoveryCode::random().unwrap().unwrap(&wrapped), None);
    }
}
