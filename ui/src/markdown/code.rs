//! Colours in code: a small scanner with rules for each language, not a parser. What it can't know has no colour.
//!
//! Why not a crate: those that know hundreds of languages (syntect, synoptic) bring their grammars and an engine for regular expressions
//! along, in a page that is loaded before anything is seen. Chat needs the common languages, and nobody compiles what is coloured here.
//!
//! Invariants: each character is looked at a bounded number of times; tokens are in order, within the code, at borders of
//! characters, and at most [`MAX_TOKENS`].

use super::languages::{Flavour, Language, Quote, find};

/// More are not coloured.
pub(crate) const MAX_TOKENS: usize = 3000;

/// What a part of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Keyword,
    /// A type, a constant, a tag.
    Type,
    Quoted,
    Number,
    Comment,
    /// What is called, a key, an attribute, a variable.
    Name,
    Added,
    Removed,
}

impl Class {
    /// Its class in the style sheet.
    pub(crate) fn css(self) -> &'static str {
        match self {
            Self::Keyword => "code-keyword",
            Self::Type => "code-type",
            Self::Quoted => "code-quoted",
            Self::Number => "code-number",
            Self::Comment => "code-comment",
            Self::Name => "code-name",
            Self::Added => "code-added",
            Self::Removed => "code-removed",
        }
    }
}

/// A part of code that has a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) class: Class,
}

/// The language's name for people: as it is known here, or as it was written.
pub(crate) fn label(written: &str) -> String {
    let Some(language) = find(written) else {
        return written.to_owned();
    };
    let first = language.names[0];
    let known = language
        .names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(written));
    match known {
        // Short for the first, or a language of its own that is coloured alike.
        Some(name) if name.len() <= 4 || name.starts_with(char::is_uppercase) => {
            if name.starts_with(char::is_uppercase) {
                (*name).to_owned()
            } else {
                first_or_own(first, name)
            }
        }
        Some(name) => (*name).to_owned(),
        None => first.to_owned(),
    }
}

fn first_or_own(first: &str, short: &str) -> String {
    match short {
        "ts" | "tsx" => "TypeScript".to_owned(),
        "kt" | "kts" => "Kotlin".to_owned(),
        "rs" | "js" | "jsx" | "mjs" | "cjs" | "py" | "cpp" | "cxx" | "cc" | "hpp" | "cs" | "rb"
        | "yml" | "hs" | "ps1" | "node" => first.to_owned(),
        other => other.to_owned(),
    }
}

/// The parts of `code` that have a colour in this language.
pub(crate) fn tokens(language: &str, code: &str) -> Vec<Token> {
    let Some(language) = find(language) else {
        return Vec::new();
    };
    let mut scanner = Scanner {
        language,
        code,
        at: 0,
        found: Vec::new(),
        in_tag: false,
    };
    match language.flavour {
        Flavour::Diff => scanner.diff(),
        _ => scanner.scan(),
    }
    scanner.found
}

struct Scanner<'a> {
    language: &'static Language,
    code: &'a str,
    at: usize,
    found: Vec<Token>,
    in_tag: bool,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    fn add(&mut self, end: usize, class: Class) {
        let start = self.at;
        self.at = end;
        if start == end || self.found.len() >= MAX_TOKENS {
            return;
        }
        match self.found.last_mut() {
            Some(last) if last.end == start && last.class == class => last.end = end,
            _ => self.found.push(Token { start, end, class }),
        }
    }

    fn diff(&mut self) {
        for line in self.code.split_inclusive('\n') {
            let end = self.at + line.len();
            match line.as_bytes() {
                [b'@', b'@', ..] => self.add(end, Class::Keyword),
                [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', b'i', b'f', b'f', ..] => {
                    self.add(end, Class::Comment);
                }
                [b'+', ..] => self.add(end, Class::Added),
                [b'-', ..] => self.add(end, Class::Removed),
                _ => self.at = end,
            }
        }
    }

    fn scan(&mut self) {
        while self.found.len() < MAX_TOKENS {
            let Some(char) = self.rest().chars().next() else {
                return;
            };
            if char.is_whitespace() {
                self.at += char.len_utf8();
                continue;
            }
            let taken = self.comment() || self.quoted() || self.markup(char) || self.word(char);
            if !taken {
                self.at += char.len_utf8();
            }
        }
    }

    fn comment(&mut self) -> bool {
        for (open, close) in self.language.blocks {
            if self.rest().starts_with(open) {
                let inside = &self.rest()[open.len()..];
                let length = inside
                    .find(close)
                    .map_or(inside.len(), |at| at + close.len());
                self.add(self.at + open.len() + length, Class::Comment);
                return true;
            }
        }
        let begins = self.language.comments.iter().any(|mark| {
            // `a#b` and `https://` are no comments.
            self.rest().starts_with(mark)
                && !self.code[..self.at]
                    .ends_with(|c: char| c.is_alphanumeric() || matches!(c, ':' | '$' | '{'))
        });
        if begins {
            let length = self.rest().find('\n').unwrap_or(self.rest().len());
            self.add(self.at + length, Class::Comment);
        }
        begins
    }

    fn quoted(&mut self) -> bool {
        if self.language.flavour == Flavour::Markup && !self.in_tag {
            return false;
        }
        let quote = self
            .language
            .quotes
            .iter()
            .find(|quote| self.rest().starts_with(quote.open));
        let Some(quote) = quote else {
            return false;
        };
        // "it's" in a language where that is no string: a word goes on.
        if self.code[..self.at].ends_with(|c: char| c.is_alphanumeric()) && quote.open == "'" {
            return false;
        }
        let end = self.at + quoted_length(self.rest(), quote);
        let is_key = self.language.flavour == Flavour::Keys
            && self.code[end..]
                .trim_start_matches([' ', '\t'])
                .starts_with([':', '=']);
        self.add(end, if is_key { Class::Name } else { Class::Quoted });
        true
    }

    fn markup(&mut self, char: char) -> bool {
        if self.language.flavour != Flavour::Markup {
            return false;
        }
        match char {
            '<' => {
                let rest = self.rest();
                let name = rest
                    .find(|c: char| c.is_whitespace() || c == '>')
                    .unwrap_or(rest.len());
                let length = name.max(1);
                self.in_tag = true;
                self.add(self.at + length, Class::Keyword);
            }
            '>' | '/' if self.in_tag => {
                self.in_tag = char == '/';
                self.add(self.at + 1, Class::Keyword);
            }
            _ if self.in_tag => {
                let length = word_length(self.rest(), |c| {
                    c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '@' | '.')
                });
                if length == 0 {
                    return false;
                }
                self.add(self.at + length, Class::Name);
            }
            _ => {
                // Text between tags.
                self.at += self.rest().find('<').unwrap_or(self.rest().len());
            }
        }
        true
    }

    fn word(&mut self, char: char) -> bool {
        if char.is_ascii_digit() {
            let length = word_length(self.rest(), |c| {
                c.is_ascii_alphanumeric() || matches!(c, '.' | '_')
            });
            let length = self.rest()[..length].trim_end_matches('.').len();
            self.add(self.at + length, Class::Number);
            return true;
        }
        if char == '$' && self.language.flavour == Flavour::Dollar {
            let open = if self.rest().starts_with("${") { 2 } else { 1 };
            let name = &self.rest()[open..];
            let length = word_length(name, |c| c.is_alphanumeric() || c == '_');
            let close = usize::from(open == 2 && name[length..].starts_with('}'));
            self.add(self.at + open + length + close, Class::Name);
            return true;
        }
        let dashes = matches!(self.language.flavour, Flavour::Keys);
        let length = word_length(self.rest(), |c| {
            c.is_alphanumeric() || c == '_' || (dashes && c == '-')
        });
        if length == 0 {
            return false;
        }
        let end = self.at + length;
        match self.class_of(&self.code[self.at..end], &self.code[end..]) {
            Some(class) => self.add(end, class),
            None => self.at = end,
        }
        true
    }

    fn class_of(&self, word: &str, after: &str) -> Option<Class> {
        let language = self.language;
        let among = |list: &str| {
            list.split(' ').any(|known| {
                known == word || (language.any_case && known.eq_ignore_ascii_case(word))
            })
        };
        if among(language.keywords) {
            return Some(Class::Keyword);
        }
        if language.flavour == Flavour::Keys
            && after
                .trim_start_matches([' ', '\t'])
                .starts_with([':', '='])
        {
            return Some(Class::Name);
        }
        if among(language.types) {
            return Some(Class::Type);
        }
        if language.capitals && word.starts_with(char::is_uppercase) {
            return Some(Class::Type);
        }
        let called = after.starts_with('(') || after.starts_with("!(");
        (called && language.flavour != Flavour::Keys).then_some(Class::Name)
    }
}

fn word_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !belongs(c)).unwrap_or(text.len())
}

/// A string with its quotes; one that does not end ends with its line, or with the code.
fn quoted_length(text: &str, quote: &Quote) -> usize {
    let mut at = quote.open.len();
    while let Some(char) = text[at..].chars().next() {
        if text[at..].starts_with(quote.close) {
            return at + quote.close.len();
        }
        if char == '\n' && !quote.lines {
            return at;
        }
        at += char.len_utf8();
        if char == '\\' && quote.escapes {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colours<'a>(language: &str, code: &'a str) -> Vec<(&'a str, Class)> {
        tokens(language, code)
            .into_iter()
            .map(|token| (&code[token.start..token.end], token.class))
            .collect()
    }

    #[test]
    fn rust_is_coloured() {
        use Class::{Comment, Keyword, Name, Number, Quoted, Type};
        let found = colours(
            "rust",
            "fn add(a: u8) -> Vec<u8> { \"a\\\"b\"; 0x1f } // it's",
        );
        assert_eq!(
            found,
            [
                ("fn", Keyword),
                ("add", Name),
                ("u8", Type),
                ("Vec", Type),
                ("u8", Type),
                ("\"a\\\"b\"", Quoted),
                ("0x1f", Number),
                ("// it's", Comment),
            ]
        );
    }

    #[test]
    fn each_flavour_is_coloured() {
        use Class::{Added, Comment, Keyword, Name, Number, Quoted, Removed, Type};
        assert_eq!(
            colours("json", r#"{"a": [1, true, "b"]}"#),
            [
                ("\"a\"", Name),
                ("1", Number),
                ("true", Type),
                ("\"b\"", Quoted)
            ]
        );
        assert_eq!(
            colours("html", "<a href=\"x\">if</a><!-- c -->"),
            [
                ("<a", Keyword),
                ("href", Name),
                ("\"x\"", Quoted),
                (">", Keyword),
                ("</a>", Keyword),
                ("<!-- c -->", Comment)
            ]
        );
        assert_eq!(
            colours("diff", "--- a\n+new\n-old\n same"),
            [("--- a\n", Comment), ("+new\n", Added), ("-old\n", Removed)]
        );
        assert_eq!(
            colours("SQL", "select x from t where y = 'a''b' -- c"),
            [
                ("select", Keyword),
                ("from", Keyword),
                ("where", Keyword),
                ("'a''b'", Quoted),
                ("-- c", Comment)
            ]
        );
        assert_eq!(
            colours("sh", "echo ${HOME} \"$x\" # c"),
            [
                ("echo", Keyword),
                ("${HOME}", Name),
                ("\"$x\"", Quoted),
                ("# c", Comment)
            ]
        );
        assert_eq!(
            colours("yaml", "a-b: yes # c\nurl: http://x"),
            [
                ("a-b", Name),
                ("yes", Type),
                ("# c", Comment),
                ("url", Name),
                ("http", Name)
            ]
        );
        assert!(colours("nonsense", "if x").is_empty());
    }

    #[test]
    fn a_language_has_a_name_for_people() {
        for (written, expected) in [
            ("rs", "Rust"),
            ("RUST", "Rust"),
            ("ts", "TypeScript"),
            ("typescript", "TypeScript"),
            ("yml", "YAML"),
            ("bash", "bash"),
            ("brainfuck", "brainfuck"),
            ("", ""),
        ] {
            assert_eq!(label(written), expected, "{written}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_code_in_any_language(
            language in "(rust|js|python|cpp|sql|json|yaml|html|css|diff|sh|php|go|lua|toml|nix|ps1|hs)",
            code in "(\"|'|`|/\\*|\\*/|//|#|\\$|\\{|\\}|<|>|!--|\\\\|\n|[a-z0-9 =:.-]|\\PC|é){0,80}",
        ) {
            let mut last = 0;
            for token in tokens(&language, &code) {
                prop_assert!(token.start >= last && token.start < token.end);
                prop_assert!(code.get(token.start..token.end).is_some());
                last = token.end;
            }
        }
    }

    #[test]
    fn hostile_code_has_a_bounded_number_of_tokens() {
        for unit in ["\"", "/*", "<", "${", "a ", "1 ", "'\\", "--[["] {
            let code = unit.repeat(64 * 1024 / unit.len());
            for language in ["rust", "html", "sh", "lua", "json", "css"] {
                assert!(tokens(language, &code).len() <= MAX_TOKENS, "{unit}");
            }
        }
    }
}
