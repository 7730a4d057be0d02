//! The tree → Yew's nodes. Every node is made here by name; there is no way for a text to name one.

use super::Known;
use super::code_block::CodeBlock;
use super::link::Link;
use super::tree::{Document, Kind, Node, Side};
use crate::text::t;
use model::text::{Piece, pieces};
use model::{RoomId, UserId};
use yew::{AttrValue, Callback, Html, MouseEvent, classes, html};

/// The blocks of a text.
pub(super) fn document(document: &Document, known: &Known) -> Html {
    nodes(&document.nodes, known, Inside::Prose)
}

/// What is inside of a link holds no links.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Prose,
    Link,
}

fn nodes(nodes: &[Node], known: &Known, inside: Inside) -> Html {
    nodes.iter().map(|one| node(one, known, inside)).collect()
}

fn node(node: &Node, known: &Known, inside: Inside) -> Html {
    match node {
        Node::Text(text) if inside == Inside::Link => html! { { seen(text) } },
        Node::Text(text) => prose(text, known),
        Node::Code(code) => html! { <code class="code">{ revealed(code) }</code> },
        Node::Block {
            language,
            code,
            tokens,
        } => html! {
            <CodeBlock language={language.clone()} code={code.clone()} tokens={tokens.clone()} />
        },
        Node::Break => html! { <br /> },
        Node::Rule => html! { <hr /> },
        Node::Task(done) => {
            let label = if *done {
                t!("task-done")
            } else {
                t!("task-open")
            };
            html! { <input type="checkbox" class="task" checked={*done} disabled=true aria-label={label} /> }
        }
        Node::Element(kind, children) => element(kind, children, known, inside),
    }
}

fn element(kind: &Kind, children: &[Node], known: &Known, inside: Inside) -> Html {
    if let Kind::Link {
        address,
        title,
        picture,
    } = kind
    {
        let text = plain(children);
        return html! {
            <Link address={address.clone()} text={text} title={title.clone()} picture={*picture} store={known.store.clone()}>
                { nodes(children, known, Inside::Link) }
            </Link>
        };
    }
    let inner = nodes(children, known, inside);
    match kind {
        Kind::Paragraph => html! { <p dir="auto">{ inner }</p> },
        // Below the headings of the window around it.
        Kind::Heading(level) => html! {
            <p class={classes!("heading", format!("heading-{level}"))} role="heading" aria-level={(level + 2).to_string()} dir="auto">{ inner }</p>
        },
        Kind::Quote => html! { <blockquote dir="auto">{ inner }</blockquote> },
        Kind::List(None) => html! { <ul dir="auto">{ inner }</ul> },
        Kind::List(Some(first)) => {
            html! { <ol start={first.to_string()} dir="auto">{ inner }</ol> }
        }
        Kind::Item => {
            let task = has_task(children);
            html! { <li class={classes!(task.then_some("with-task"))} dir="auto">{ inner }</li> }
        }
        Kind::Emphasis => html! { <em>{ inner }</em> },
        Kind::Strong => html! { <strong>{ inner }</strong> },
        Kind::Struck => html! { <del>{ inner }</del> },
        Kind::Table => table(children, known, inside),
        Kind::Head => html! { <tr>{ cells(children, "th", known, inside) }</tr> },
        Kind::Row => html! { <tr>{ cells(children, "td", known, inside) }</tr> },
        Kind::Cell(_) | Kind::Link { .. } => inner,
    }
}

fn has_task(children: &[Node]) -> bool {
    match children.first() {
        Some(Node::Task(_)) => true,
        Some(Node::Element(Kind::Paragraph, inner)) => has_task(inner),
        _ => false,
    }
}

/// It scrolls by itself when it is wide; so the keyboard must reach it.
fn table(children: &[Node], known: &Known, inside: Inside) -> Html {
    let (head, rows) = children.split_at(children.len().min(1));
    html! {
        <div class="table-frame" role="group" tabindex="0" aria-label={t!("table")}>
            <table>
                <thead>{ nodes(head, known, inside) }</thead>
                <tbody>{ nodes(rows, known, inside) }</tbody>
            </table>
        </div>
    }
}

fn cells(children: &[Node], tag: &'static str, known: &Known, inside: Inside) -> Html {
    let one = |cell: &Node| {
        let Node::Element(Kind::Cell(side), inner) = cell else {
            return Html::default();
        };
        let class = match side {
            Side::Natural => None,
            Side::Start => Some("cell-start"),
            Side::Center => Some("cell-center"),
            Side::End => Some("cell-end"),
        };
        html! { <@{tag} class={classes!(class)} dir="auto">{ nodes(inner, known, inside) }</@> }
    };
    children.iter().map(one).collect()
}

/// A run of prose with what it names.
fn prose(text: &str, known: &Known) -> Html {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(text) => html! { { seen(text) } },
        Piece::Address(text, address) => html! {
            <Link {address} text={text.to_owned()} title="" picture=false store={known.store.clone()}>{ text.to_owned() }</Link>
        },
        Piece::Person(text, id) => person(text, Some(id), known),
        Piece::Everyone(text) => person(text, None, known),
        Piece::Room(text, id) => room(text, id, known),
    };
    pieces(text, Some(&known.people), Some(&known.rooms))
        .into_iter()
        .map(piece)
        .collect()
}

fn person(text: &str, id: Option<UserId>, known: &Known) -> Html {
    let me = id.is_none_or(|id| known.me == Some(id));
    html! {
        <span class={classes!("mention", me.then_some("mention-me"))} data-testid="mention" data-me={me.to_string()}>
            <bdi>{ text.to_owned() }</bdi>
        </span>
    }
}

fn room(text: &str, id: RoomId, known: &Known) -> Html {
    let store = known.store.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(store) = &store {
            store.open(id);
        }
    });
    html! {
        <button type="button" class="mention mention-room" data-testid="room-mention" {onclick}>
            <bdi>{ text.to_owned() }</bdi>
        </button>
    }
}

/// The text of nodes without their marks.
fn plain(nodes: &[Node]) -> String {
    let mut text = String::new();
    for node in nodes {
        match node {
            Node::Text(more) | Node::Code(more) => text.push_str(more),
            Node::Break => text.push(' '),
            Node::Element(_, children) => text.push_str(&plain(children)),
            Node::Block { .. } | Node::Rule | Node::Task(_) => {}
        }
    }
    text
}

/// Prose as it is shown: the marks that turn all text after them around are left out. Those that isolate a word, and the
/// joiners that scripts and emoji need, stay.
pub(super) fn seen(text: &str) -> AttrValue {
    if !text.contains(is_override) {
        return AttrValue::from(text.to_owned());
    }
    AttrValue::from(text.replace(is_override, ""))
}

/// Code as it is shown: whatever turns text around or shows nothing is seen, as in `‹U+202E›`.
pub(super) fn revealed(code: &str) -> AttrValue {
    let hidden = |c: char| {
        is_override(c)
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
    };
    if !code.contains(hidden) {
        return AttrValue::from(code.to_owned());
    }
    let mut shown = String::new();
    for char in code.chars() {
        if hidden(char) {
            shown.push_str(&format!("‹U+{:04X}›", u32::from(char)));
        } else {
            shown.push(char);
        }
    }
    AttrValue::from(shown)
}

fn is_override(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_the_text_around_unseen() {
        assert_eq!(seen("a\u{202e}b").as_str(), "ab");
        assert_eq!(
            seen("👩\u{200d}👩\u{200d}👧").as_str(),
            "👩\u{200d}👩\u{200d}👧"
        );
        assert_eq!(
            revealed("a\u{202e}b\u{2066}").as_str(),
            "a‹U+202E›b‹U+2066›"
        );
    }
}
