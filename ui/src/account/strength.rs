//! How hard a password is to guess, roughly: enough to say "longer, please". Pure; the relay has the last word on what it takes.

/// The shortest that relays take.
pub(crate) const SHORTEST: usize = 8;

/// How hard it is to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// The relay will not take it.
    TooShort,
    /// Guessed soon.
    Weak,
    /// Will do.
    Fair,
    /// Good.
    Strong,
}

const COMMON: [&str; 8] = [
    "password", "12345678", "qwertyui", "letmein1", "iloveyou", "admin123", "welcome1", "changeme",
];

/// Looks at a password; `name` is whose it is.
pub(crate) fn of(password: &str, name: &str) -> Strength {
    let count = password.chars().count();
    if count < SHORTEST {
        return Strength::TooShort;
    }
    let low = password.to_lowercase();
    let name = name.trim().to_lowercase();
    let mut different: Vec<char> = low.chars().collect();
    different.sort_unstable();
    different.dedup();
    let common = COMMON.iter().any(|word| low.starts_with(word));
    let is_name =
        !name.is_empty() && low.contains(&name) && count < name.chars().count() + SHORTEST;
    if common || is_name || different.len() < 5 {
        return Strength::Weak;
    }
    let kinds = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|kind| *kind).count();
    match count + 2 * kinds {
        0..=12 => Strength::Weak,
        13..=18 => Strength::Fair,
        _ => Strength::Strong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_most() {
        assert_eq!(of("short", "ada"), Strength::TooShort);
        assert_eq!(of("password1234", "ada"), Strength::Weak);
        assert_eq!(of("aaaaaaaaaaaaaaa", "ada"), Strength::Weak);
        assert_eq!(of("lovelace1", "lovelace"), Strength::Weak);
        assert_eq!(of("kqzvmwpx", "ada"), Strength::Weak);
        assert_eq!(of("kqzvm wpx7", "ada"), Strength::Fair);
        assert_eq!(of("a horse on the third floor", "ada"), Strength::Strong);
    }
}
