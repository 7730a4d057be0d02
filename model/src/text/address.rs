//! Addresses that a message may lead to: http, https, mailto and amend, nothing else.
//!
//! Invariant: an [`Address`] can be handed to the system's opener. It has no character that shows nothing, turns the text
//! around, or is read otherwise by a browser than by a person (a backslash); `host` is where it truly leads.

use std::fmt::Write;

/// Longer ones are text: no server takes them.
const ADDRESS_MAX_BYTES: usize = 2048;

/// An address that may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    href: String,
    host: Option<String>,
}

impl Address {
    /// Looks at an address as it was written; none if it may not be opened.
    #[must_use]
    pub fn new(written: &str) -> Option<Self> {
        let href = written.trim();
        if href.len() > ADDRESS_MAX_BYTES || href.chars().any(deceives) {
            return None;
        }
        let (scheme, rest) = href.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "http" | "https" => {
                let rest = rest.strip_prefix("//")?;
                let (authority, path) = split_authority(rest);
                let host = host(authority)?;
                Some(Self {
                    href: format!("{scheme}://{authority}{path}"),
                    host: Some(host),
                })
            }
            "mailto" => {
                let (person, host) = rest.split('?').next()?.rsplit_once('@')?;
                let whole = !person.is_empty() && !host.is_empty();
                whole.then(|| Self {
                    href: format!("{scheme}:{rest}"),
                    host: None,
                })
            }
            "amend" => (rest.len() > 2 && rest.starts_with("//")).then(|| Self {
                href: format!("{scheme}:{rest}"),
                host: None,
            }),
            _ => None,
        }
    }

    /// What is to be opened.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Whether it leads to a place in Amend, so that no other program is asked.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.href.starts_with("amend:")
    }

    /// The machine that it leads to, in the letters that the name system knows (`xn--…` for others); none where it leads
    /// to no machine.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// What a reader should be shown beside `text`, if the text alone would deceive: it looks like another machine's
    /// address, or the name has letters that look like others.
    #[must_use]
    pub fn warning(&self, text: &str) -> Option<&str> {
        let host = self.host.as_deref()?;
        let strange = host.split('.').any(|label| label.starts_with("xn--"));
        let claims = claimed_host(text);
        let lies = claims.is_some_and(|claimed| !same_host(&claimed, host));
        let hides = self
            .href
            .split('/')
            .nth(2)
            .is_some_and(|authority| authority.contains('@'));
        (strange || lies || hides).then_some(host)
    }
}

/// The machine that a text seems to name, if it is like an address.
fn claimed_host(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let bare = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
        .unwrap_or(&lower);
    let (authority, _) = split_authority(bare);
    let dotted = authority.contains('.')
        && !authority.starts_with('.')
        && !authority.ends_with('.')
        && !authority.contains(char::is_whitespace);
    let last = authority.rsplit('.').next().unwrap_or_default();
    let like_a_name = last.len() >= 2 && last.chars().all(char::is_alphabetic);
    if bare.len() == lower.len() && !(dotted && like_a_name) {
        return None;
    }
    host(authority)
}

fn same_host(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    bare(one) == bare(other)
}

/// Controls, blanks, marks that turn the text around, and what browsers take for a slash.
fn deceives(char: char) -> bool {
    char.is_control()
        || char.is_whitespace()
        || matches!(char, '\\' | '"' | '<' | '>' | '`')
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn split_authority(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()))
}

/// The host of an authority, in ASCII.
fn host(authority: &str) -> Option<String> {
    let host = authority.rsplit('@').next()?;
    if let Some(six) = host.strip_prefix('[') {
        let (inside, port) = six.split_once(']')?;
        let plain = !inside.is_empty()
            && inside
                .chars()
                .all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
        return (plain && is_port(port)).then(|| format!("[{inside}]"));
    }
    let (name, port) = match host.find(':') {
        Some(colon) => host.split_at(colon),
        None => (host, ""),
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || !c.is_ascii();
    if name.is_empty() || !name.chars().all(fits) || !is_port(port) {
        return None;
    }
    // The dots that browsers take for dots.
    let dotted = name
        .to_lowercase()
        .replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    let labels: Option<Vec<String>> = dotted.split('.').map(label).collect();
    Some(labels?.join("."))
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or(text);
    digits.len() <= 5
        && digits.chars().all(|c| c.is_ascii_digit())
        && (text.is_empty() || text.starts_with(':'))
}

/// One part of a name in ASCII.
fn label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let mut ascii = "xn--".to_owned();
    punycode(label, &mut ascii)?;
    Some(ascii)
}

/// RFC 3492, encoding only.
fn punycode(label: &str, into: &mut String) -> Option<()> {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    const SKEW: u32 = 38;
    const DAMP: u32 = 700;
    let chars: Vec<u32> = label.chars().map(u32::from).collect();
    let plain = label.chars().filter(char::is_ascii).collect::<String>();
    into.push_str(&plain);
    let mut handled = u32::try_from(plain.len()).ok()?;
    if handled > 0 {
        into.push('-');
    }
    let (first, whole) = (handled, u32::try_from(chars.len()).ok()?);
    let (mut n, mut delta, mut bias) = (128_u32, 0_u32, 72_u32);
    while handled < whole {
        let next = chars.iter().copied().filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in &chars {
            if *c < n {
                delta = delta.checked_add(1)?;
            }
            if *c == n {
                let mut q = delta;
                let mut k = BASE;
                loop {
                    let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                    if q < t {
                        break;
                    }
                    into.push(digit(t + (q - t) % (BASE - t))?);
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                into.push(digit(q)?);
                delta = if handled == first {
                    delta / DAMP
                } else {
                    delta / 2
                };
                delta += delta / (handled + 1);
                let mut steps = 0;
                while delta > ((BASE - T_MIN) * T_MAX) / 2 {
                    delta /= BASE - T_MIN;
                    steps += BASE;
                }
                bias = steps + (BASE - T_MIN + 1) * delta / (delta + SKEW);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    Some(())
}

fn digit(value: u32) -> Option<char> {
    let byte = u8::try_from(value).ok()?;
    let digit = if byte < 26 {
        b'a' + byte
    } else {
        b'0' + byte - 26
    };
    Some(char::from(digit))
}

/// The address that `text` begins with, written out in prose: its bytes, and what it leads to.
#[must_use]
pub fn at_start_of(text: &str) -> Option<(usize, Address)> {
    let starts = |with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let bare = starts("www.");
    if !bare
        && !["https://", "http://", "mailto:", "amend://"]
            .into_iter()
            .any(starts)
    {
        return None;
    }
    let end = text
        .char_indices()
        .take_while(|(at, char)| *at < ADDRESS_MAX_BYTES && !deceives(*char))
        .last()
        .map(|(at, char)| at + char.len_utf8())?;
    let written = trim(&text[..end]);
    let address = if bare {
        // A name alone: more than "www." and a dot in it.
        let (authority, _) = split_authority(written.get(4..)?);
        if !authority.contains('.') {
            return None;
        }
        Address::new(&format!("http://{written}"))
    } else {
        Address::new(written)
    };
    Some((written.len(), address?))
}

/// Leaves out what belongs to the sentence: stops at the end, and a closing bracket that was not opened inside.
fn trim(mut written: &str) -> &str {
    let count = |bracket: char| written.matches(bracket).count();
    let mut surplus = [('(', ')'), ('[', ']'), ('{', '}')]
        .map(|(open, close)| (close, count(close).saturating_sub(count(open))));
    while let Some(last) = written.chars().next_back() {
        let cut = match surplus.iter_mut().find(|(close, _)| *close == last) {
            Some((_, 0)) => false,
            Some((_, surplus)) => {
                *surplus -= 1;
                true
            }
            None => matches!(
                last,
                '.' | ','
                    | ';'
                    | ':'
                    | '!'
                    | '?'
                    | '\''
                    | '*'
                    | '_'
                    | '~'
                    | '…'
                    | '”'
                    | '’'
                    | '»'
                    | '、'
                    | '。'
                    | '،'
                    | '؟'
            ),
        };
        if !cut {
            break;
        }
        written = &written[..written.len() - last.len_utf8()];
    }
    written
}

/// The address as a person reads it, shortened in the middle to about this many characters.
#[must_use]
pub fn shortened(text: &str, max_chars: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= max_chars {
        return text.to_owned();
    }
    let (head, tail) = (max_chars * 2 / 3, max_chars / 3 - 1);
    let mut short: String = chars[..head].iter().collect();
    let _ = write!(
        short,
        "…{}",
        chars[chars.len() - tail..].iter().collect::<String>()
    );
    short
}
