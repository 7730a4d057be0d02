//! What a key does to a text: marks around a selection, a list that goes on, an address that is pasted on a word. Pure:
//! text and selection in, one replacement out.
//!
//! Invariants: offsets are bytes at borders of characters; a change that is made twice by the same key is none.

/// A text and what is selected in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selected<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// Where the selection begins.
    pub(crate) start: usize,
    /// Where it ends; at `start` if it is only a caret.
    pub(crate) end: usize,
}

/// One replacement, and what is selected after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What is replaced begins here
    pub(crate) from: usize,
    /// and ends here.
    pub(crate) to: usize,
    /// What takes its place.
    pub(crate) put: String,
    /// The selection in the new text.
    pub(crate) select: (usize, usize),
}

/// The marks that lines begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// `> `
    Quote,
    /// `- `
    List,
    /// `1. `
    Numbers,
}

impl<'a> Selected<'a> {
    fn inside(&self) -> &'a str {
        &self.text[self.start..self.end]
    }

    fn line_start(&self) -> usize {
        self.text[..self.start].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        // A selection that ends at the beginning of a line does not take that line in.
        let end = if self.end > self.start && self.text[..self.end].ends_with('\n') {
            self.end - 1
        } else {
            self.end
        };
        self.text[end..]
            .find('\n')
            .map_or(self.text.len(), |at| end + at)
    }

    /// Whether the caret is in a code block that was opened by a fence.
    pub(crate) fn in_fence(&self) -> bool {
        fence(&self.text[..self.line_start()]).is_some()
    }

    /// Whether the caret is in code, of a block or of a line.
    pub(crate) fn in_code(&self) -> bool {
        let line = &self.text[self.line_start()..self.start];
        self.in_fence() || opens_fence(line).is_some() || line.matches('`').count() % 2 == 1
    }

    /// Puts `mark` around the selection, or takes it away if it is there.
    pub(crate) fn wrap(&self, mark: &str) -> Change {
        let length = mark.len();
        // Blanks at the ends stay outside: `** a**` is not bold.
        let inside = self.inside();
        let start = self.start + inside.len() - inside.trim_start().len();
        let inside = inside.trim();
        let end = start + inside.len();
        if self.text[..start].ends_with(mark)
            && self.text[end..].starts_with(mark)
            && !doubled(self.text, start, end, mark)
        {
            return Change {
                from: start - length,
                to: end + length,
                put: inside.to_owned(),
                select: (start - length, end - length),
            };
        }
        let bare = inside
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark))
            .filter(|bare| !(bare.is_empty() || length == 1 && bare.starts_with(mark)));
        if let Some(bare) = bare {
            return Change {
                from: start,
                to: end,
                put: bare.to_owned(),
                select: (start, start + bare.len()),
            };
        }
        Change {
            from: start,
            to: end,
            put: format!("{mark}{inside}{mark}"),
            select: (start + length, end + length),
        }
    }

    /// Code in a line, or a block if there are several lines.
    pub(crate) fn code(&self) -> Change {
        if self.inside().contains('\n') {
            self.fence()
        } else {
            self.wrap("`")
        }
    }

    /// A code block around the selection.
    pub(crate) fn fence(&self) -> Change {
        let inside = self.inside();
        let before = if self.start == 0 || self.text[..self.start].ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let after = if self.end == self.text.len() || self.text[self.end..].starts_with('\n') {
            ""
        } else {
            "\n"
        };
        let close = if inside.ends_with('\n') {
            "```"
        } else {
            "\n```"
        };
        let head = format!("{before}```\n");
        let caret = self.start + head.len();
        Change {
            from: self.start,
            to: self.end,
            put: format!("{head}{inside}{close}{after}"),
            select: (caret, caret + inside.len()),
        }
    }

    /// A link of the selection; its address is to be written next.
    pub(crate) fn link(&self) -> Change {
        let inside = self.inside();
        if model::text::Address::new(inside).is_some() {
            return Change {
                from: self.start,
                to: self.end,
                put: format!("[]({inside})"),
                select: (self.start + 1, self.start + 1),
            };
        }
        let at = if inside.is_empty() {
            1
        } else {
            inside.len() + 3
        };
        Change {
            from: self.start,
            to: self.end,
            put: format!("[{inside}]()"),
            select: (self.start + at, self.start + at),
        }
    }

    /// What pasting does that is more than to insert: an address on selected words makes them a link.
    pub(crate) fn paste(&self, pasted: &str) -> Option<Change> {
        let inside = self.inside();
        let address = model::text::Address::new(pasted)?;
        let words = !inside.trim().is_empty()
            && !inside.contains(['\n', '[', ']'])
            && model::text::Address::new(inside).is_none();
        if !words || self.in_code() {
            return None;
        }
        // Brackets in an address would end the link too early.
        let href = address.href();
        let put = if href.contains(['(', ')']) {
            format!("[{inside}](<{href}>)")
        } else {
            format!("[{inside}]({href})")
        };
        let caret = self.start + put.len();
        Some(Change {
            from: self.start,
            to: self.end,
            put,
            select: (caret, caret),
        })
    }

    /// Begins the selected lines with a mark, or takes it away if all have it.
    pub(crate) fn prefix(&self, prefix: Prefix) -> Change {
        let (from, to) = (self.line_start(), self.line_end());
        let lines: Vec<&str> = self.text[from..to].split('\n').collect();
        let has = |line: &&str| match prefix {
            Prefix::Quote => line.starts_with("> "),
            Prefix::List => line.starts_with("- "),
            Prefix::Numbers => number(line).is_some(),
        };
        let remove = lines.iter().all(has);
        let changed: Vec<String> = lines
            .iter()
            .zip(1..)
            .map(|(line, n)| match (remove, prefix) {
                (true, Prefix::Numbers) => number(line).map_or(*line, |(_, rest)| rest).to_owned(),
                (true, _) => line[2..].to_owned(),
                (false, Prefix::Quote) => format!("> {line}"),
                (false, Prefix::List) => format!("- {line}"),
                (false, Prefix::Numbers) => format!("{n}. {line}"),
            })
            .collect();
        let put = changed.join("\n");
        let end = from + put.len();
        let start = if lines.len() == 1 { end } else { from };
        Change {
            from,
            to,
            put,
            select: (start, end),
        }
    }

    /// A new line: a list or a quote goes on; an empty item ends it; in code the indentation stays.
    pub(crate) fn new_line(&self) -> Change {
        let from = self.line_start();
        let line = &self.text[from..self.start];
        let insert = |put: String| {
            let caret = self.start + put.len();
            Change {
                from: self.start,
                to: self.end,
                put,
                select: (caret, caret),
            }
        };
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        if self.in_fence() {
            return insert(format!("\n{indent}"));
        }
        let Some((mark, next)) = item(line) else {
            return insert("\n".to_owned());
        };
        if line.len() == mark && self.start == self.end {
            return Change {
                from,
                to: self.start,
                put: String::new(),
                select: (from, from),
            };
        }
        insert(format!("\n{next}"))
    }

    /// The tabulator in a code block: two blanks, or all selected lines moved. None: the key moves the keyboard on.
    pub(crate) fn tab(&self, back: bool) -> Option<Change> {
        if !self.in_fence() || opens_fence(&self.text[self.line_start()..self.line_end()]).is_some()
        {
            return None;
        }
        if !back && !self.inside().contains('\n') {
            let caret = self.start + 2;
            return Some(Change {
                from: self.start,
                to: self.end,
                put: "  ".to_owned(),
                select: (caret, caret),
            });
        }
        let (from, to) = (self.line_start(), self.line_end());
        let moved: Vec<String> = self.text[from..to]
            .split('\n')
            .map(|line| {
                if back {
                    let blanks = line
                        .bytes()
                        .take(2)
                        .take_while(|byte| *byte == b' ')
                        .count();
                    line.strip_prefix('\t')
                        .unwrap_or(&line[blanks..])
                        .to_owned()
                } else {
                    format!("  {line}")
                }
            })
            .collect();
        let put = moved.join("\n");
        let end = from + put.len();
        let start = if self.start == self.end { end } else { from };
        Some(Change {
            from,
            to,
            put,
            select: (start, end),
        })
    }
}

/// `**a**` is not `*` around `*a*`.
fn doubled(text: &str, start: usize, end: usize, mark: &str) -> bool {
    mark.len() == 1 && text[..start - 1].ends_with(mark) != text[end + 1..].starts_with(mark)
        || mark.len() == 1
            && text[..start - 1].ends_with(mark)
            && !text[..start - 1].ends_with(&mark.repeat(2))
}

/// The number that a line begins with, and what follows.
fn number(line: &str) -> Option<(u64, &str)> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = line[digits..]
        .strip_prefix(". ")
        .or_else(|| line[digits..].strip_prefix(") "))?;
    let number = line[..digits].parse().ok()?;
    (digits <= 9).then_some((number, rest))
}

/// If a line is an item or a quote: the bytes of its mark, and the mark of the next line.
fn item(line: &str) -> Option<(usize, String)> {
    let trimmed = line.trim_start_matches(' ');
    let indent = &line[..line.len() - trimmed.len()];
    if let Some(rest) = trimmed
        .strip_prefix("> ")
        .or_else(|| trimmed.strip_prefix('>'))
    {
        let mark = trimmed.len() - rest.len();
        // A list in a quote.
        if let Some((more, next)) = item(rest) {
            return Some((indent.len() + mark + more, format!("{indent}> {next}")));
        }
        return Some((indent.len() + mark, format!("{indent}> ")));
    }
    for bullet in ["- ", "* ", "+ "] {
        if let Some(rest) = trimmed.strip_prefix(bullet) {
            let task = ["[ ] ", "[x] ", "[X] "]
                .into_iter()
                .any(|task| rest.starts_with(task));
            let mark = indent.len() + 2 + if task { 4 } else { 0 };
            let next = if task { "[ ] " } else { "" };
            return Some((mark, format!("{indent}{bullet}{next}")));
        }
    }
    let (at, rest) = number(trimmed)?;
    let digits = trimmed.len() - rest.len() - 2;
    let close = &trimmed[digits..digits + 2];
    Some((
        line.len() - rest.len(),
        format!("{indent}{}{close}", at + 1),
    ))
}

/// The fence that a line is, if it is one.
fn opens_fence(line: &str) -> Option<&str> {
    let trimmed = line.trim_start_matches([' ', '>']);
    let char = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = trimmed.len() - trimmed.trim_start_matches(char).len();
    let info = &trimmed[length..];
    (length >= 3 && !(char == '`' && info.contains('`'))).then_some(&trimmed[..length])
}

/// The fence that is open after these lines.
fn fence(lines: &str) -> Option<&str> {
    let mut open: Option<&str> = None;
    for line in lines.lines() {
        match (open, opens_fence(line)) {
            (None, Some(fence)) => open = Some(fence),
            (Some(fence), Some(close))
                if close.starts_with(fence)
                    && line.trim_start_matches([' ', '>']).trim_end() == close =>
            {
                open = None
            }
            _ => {}
        }
    }
    open
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "change_tests.rs"]
mod tests;
