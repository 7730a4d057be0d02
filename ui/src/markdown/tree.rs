//! Text → a tree of few kinds of nodes.
//!
//! Invariants: never panics; the tree has at most about [`MAX_NODES`] nodes and [`MAX_DEPTH`] levels, whatever the text
//! is: what stands deeper is put on the last level, and what comes after the last node is shown as it was typed. Every
//! character that a person typed and that is not a mark is in the tree.

use super::code::{self, Token};
use model::text::{Address, html_is_text, options};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, Parser, Tag, TextMergeWithOffset};
use std::ops::Range;

/// More is no message but an attack on those who scroll by; the longest of a real chat have some hundreds.
pub(crate) const MAX_NODES: usize = 4000;

/// Containers in containers: a quote in a list in a quote… Deeper than this nobody can read it on a screen.
pub(crate) const MAX_DEPTH: usize = 16;

/// Bytes that are looked at as Markdown; the rest is shown as typed. Twice what a relay takes.
pub(crate) const MAX_BYTES: usize = 2 * model::limits::BODY_MAX_BYTES;

/// Emoji of a message that is shown larger.
const MAX_LARGE_EMOJI: usize = 6;

/// A text that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Document {
    /// The blocks.
    pub(crate) nodes: Vec<Node>,
    /// It is a few emoji and nothing else.
    pub(crate) only_emoji: bool,
    /// Steps that reading took, for the tests that hold it linear.
    pub(crate) steps: usize,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// A run of prose.
    Text(String),
    /// Code in a line.
    Code(String),
    /// Code as a block, with its language as it was written, and its colours.
    Block {
        /// As it was written; may be empty.
        language: String,
        /// The code.
        code: String,
        /// The parts of it that have a colour.
        tokens: Vec<Token>,
    },
    /// A new line.
    Break,
    /// A line across.
    Rule,
    /// The box of a task.
    Task(bool),
    /// Something with children.
    Element(Kind, Vec<Node>),
}

/// What has children.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Paragraph,
    Heading(u8),
    Quote,
    /// Numbered from there, or not numbered.
    List(Option<u64>),
    Item,
    Emphasis,
    Strong,
    Struck,
    Link {
        address: Address,
        title: String,
        /// It was written as a picture.
        picture: bool,
    },
    Table,
    Head,
    Row,
    Cell(Side),
}

impl Kind {
    /// What is before and after it stands on the same line.
    pub(crate) fn is_within_a_line(&self) -> bool {
        matches!(
            self,
            Self::Emphasis | Self::Strong | Self::Struck | Self::Link { .. }
        )
    }
}

/// Where the text of a table's column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Natural,
    Start,
    Center,
    End,
}

impl From<Alignment> for Side {
    fn from(alignment: Alignment) -> Self {
        match alignment {
            Alignment::None => Self::Natural,
            Alignment::Left => Self::Start,
            Alignment::Center => Self::Center,
            Alignment::Right => Self::End,
        }
    }
}

/// Reads a text.
pub(crate) fn read(text: &str) -> Document {
    let end = floor(text, MAX_BYTES);
    let (looked_at, rest) = text.split_at(end);
    let mut reader = Reader::new(looked_at);
    let parser = Parser::new_ext(looked_at, options()).into_offset_iter();
    let events = parser.map(|(event, range)| (html_is_text(event), range));
    let mut left = None;
    for (event, range) in TextMergeWithOffset::new(events) {
        if reader.nodes + reader.open.len() >= MAX_NODES {
            left = Some(range.start);
            break;
        }
        reader.take(event, range);
    }
    let mut nodes = reader.finish();
    // From where it became too much: as it was typed.
    let left = left.map_or("", |from| &looked_at[from..]);
    if !left.is_empty() || !rest.is_empty() {
        let typed = vec![Node::Text(format!("{left}{rest}"))];
        nodes.0.push(Node::Element(Kind::Paragraph, typed));
    }
    Document {
        only_emoji: is_only_emoji(&nodes.0),
        nodes: nodes.0,
        steps: nodes.1,
    }
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// What is open: a kind that becomes a node when it ends, or something whose children go to its parent.
enum Open {
    Kind(Kind),
    /// Too deep, or of no meaning here.
    Through,
    /// A link to somewhere that may not be opened: its source is shown.
    Refused(Range<usize>),
    /// Code; its text is gathered.
    Code {
        language: String,
        code: String,
    },
}

struct Reader<'a> {
    source: &'a str,
    open: Vec<(Open, Vec<Node>)>,
    root: Vec<Node>,
    /// Kinds among `open`.
    depth: usize,
    links: usize,
    sides: Vec<Side>,
    column: usize,
    nodes: usize,
    steps: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            open: Vec::new(),
            root: Vec::new(),
            depth: 0,
            links: 0,
            sides: Vec::new(),
            column: 0,
            nodes: 0,
            steps: 0,
        }
    }

    fn push(&mut self, node: Node) {
        self.nodes += 1;
        match self.open.last_mut() {
            Some((_, children)) => children.push(node),
            None => self.root.push(node),
        }
    }

    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        self.steps += 1;
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(_) => self.end(),
            Event::Text(text) => match self.open.last_mut() {
                Some((Open::Code { code, .. }, _)) => code.push_str(&text),
                _ => self.prose(&text),
            },
            Event::Code(code) => self.push(Node::Code(code.into_string())),
            Event::SoftBreak | Event::HardBreak => self.push(Node::Break),
            Event::Rule => self.push(Node::Rule),
            Event::TaskListMarker(done) => self.push(Node::Task(done)),
            // Extensions that are not switched on.
            _ => {}
        }
    }

    /// Prose of more than one line is a block of HTML: its lines are kept.
    fn prose(&mut self, text: &str) {
        for (at, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            if at > 0 {
                self.push(Node::Break);
            }
            if !line.is_empty() {
                self.push(Node::Text(line.to_owned()));
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let open = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Open::Kind(Kind::Paragraph),
            Tag::Heading { level, .. } => Open::Kind(Kind::Heading(level as u8)),
            Tag::BlockQuote(_) => Open::Kind(Kind::Quote),
            Tag::List(first) => Open::Kind(Kind::List(first)),
            Tag::Item => Open::Kind(Kind::Item),
            Tag::Emphasis => Open::Kind(Kind::Emphasis),
            Tag::Strong => Open::Kind(Kind::Strong),
            Tag::Strikethrough => Open::Kind(Kind::Struck),
            Tag::Table(alignments) => {
                self.sides = alignments.into_iter().map(Side::from).collect();
                Open::Kind(Kind::Table)
            }
            Tag::TableHead => {
                self.column = 0;
                Open::Kind(Kind::Head)
            }
            Tag::TableRow => {
                self.column = 0;
                Open::Kind(Kind::Row)
            }
            Tag::TableCell => {
                let side = self.sides.get(self.column).copied();
                self.column += 1;
                Open::Kind(Kind::Cell(side.unwrap_or(Side::Natural)))
            }
            Tag::CodeBlock(kind) => Open::Code {
                language: match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => String::new(),
                },
                code: String::new(),
            },
            Tag::Link {
                dest_url, title, ..
            } => self.link(&dest_url, &title, false, range),
            Tag::Image {
                dest_url, title, ..
            } => self.link(&dest_url, &title, true, range),
            _ => Open::Through,
        };
        let open = match open {
            Open::Kind(kind) if self.depth >= MAX_DEPTH && may_be_left_out(&kind) => Open::Through,
            other => other,
        };
        if matches!(open, Open::Kind(_)) {
            self.depth += 1;
        }
        if matches!(open, Open::Kind(Kind::Link { .. })) {
            self.links += 1;
        }
        self.open.push((open, Vec::new()));
    }

    /// A link in a link would be one too many: the outer one counts.
    fn link(&self, href: &str, title: &str, picture: bool, range: Range<usize>) -> Open {
        if self.links > 0 {
            return Open::Through;
        }
        // `<ada@example.org>` is written without its scheme.
        let is_mail = self.source.get(range.clone()) == Some(&format!("<{href}>"));
        let mail = is_mail && href.contains('@') && !href.contains(':');
        let address = if mail {
            Address::new(&format!("mailto:{href}"))
        } else {
            Address::new(href)
        };
        match address {
            Some(address) => Open::Kind(Kind::Link {
                address,
                title: title.to_owned(),
                picture,
            }),
            None => Open::Refused(range),
        }
    }

    fn end(&mut self) {
        let Some((open, children)) = self.open.pop() else {
            return;
        };
        match open {
            Open::Kind(kind) => {
                self.depth -= 1;
                let mut children = children;
                if let Kind::Link { address, .. } = &kind {
                    self.links -= 1;
                    if children.is_empty() {
                        children.push(Node::Text(address.href().to_owned()));
                    }
                }
                self.push(Node::Element(kind, children));
            }
            Open::Through => {
                for child in children {
                    self.push(child);
                    // It was counted when it was made.
                    self.nodes -= 1;
                    self.steps += 1;
                }
            }
            Open::Refused(range) => {
                let typed = self.source.get(range).unwrap_or_default();
                self.prose(&typed.replace('\n', " "));
            }
            Open::Code { language, mut code } => {
                if code.ends_with('\n') {
                    code.pop();
                }
                let tokens = code::tokens(&language, &code);
                self.steps += tokens.len();
                self.push(Node::Block {
                    language,
                    code,
                    tokens,
                });
            }
        }
    }

    fn finish(mut self) -> (Vec<Node>, usize) {
        while !self.open.is_empty() {
            self.end();
        }
        (self.root, self.steps)
    }
}

/// Parts of a table can't: a cell outside of its row is nothing. Nor can links, which hold no blocks.
fn may_be_left_out(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Head | Kind::Row | Kind::Cell(_) | Kind::Link { .. } | Kind::Paragraph
    )
}

/// "rust,ignore" is Rust.
fn language(info: &str) -> String {
    let word = info
        .split([' ', ',', '{', '\t'])
        .next()
        .unwrap_or_default()
        .trim_matches(['`', '~', '.']);
    word.chars().take(24).collect()
}

fn is_only_emoji(nodes: &[Node]) -> bool {
    let [Node::Element(Kind::Paragraph, children)] = nodes else {
        return false;
    };
    let mut found = 0;
    for child in children {
        match child {
            Node::Break => {}
            Node::Text(text) => {
                let Some(more) = emoji_only(text) else {
                    return false;
                };
                found += more;
            }
            _ => return false,
        }
    }
    (1..=MAX_LARGE_EMOJI).contains(&found)
}

/// How many emoji a text is made of, if of nothing else.
fn emoji_only(text: &str) -> Option<usize> {
    const LONGEST: usize = model::limits::EMOJI_MAX_BYTES;
    let mut rest = text.trim_start();
    let mut found = 0;
    while !rest.is_empty() {
        if found > MAX_LARGE_EMOJI || rest.is_ascii() {
            return None;
        }
        let length = (1..=LONGEST.min(rest.len())).rev().find(|end| {
            rest.get(..*end)
                .is_some_and(|one| emojis::get(one).is_some())
        })?;
        found += 1;
        rest = rest[length..].trim_start();
    }
    Some(found)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "tree_tests.rs"]
mod tests;
