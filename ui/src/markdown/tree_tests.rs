//! What a text becomes, and that no text costs more than its length.

use super::*;
use proptest::prelude::*;

/// The tree in one line: `p(em(a) br b)`.
fn drawn(text: &str) -> String {
    read(text)
        .nodes
        .iter()
        .map(draw)
        .collect::<Vec<_>>()
        .join(" ")
}

fn draw(node: &Node) -> String {
    let (name, children) = match node {
        Node::Text(text) => return text.clone(),
        Node::Code(code) => return format!("`{code}`"),
        Node::Block { language, code, .. } => return format!("block[{language}]({code})"),
        Node::Break => return "br".to_owned(),
        Node::Rule => return "hr".to_owned(),
        Node::Task(done) => return if *done { "[x]" } else { "[ ]" }.to_owned(),
        Node::Element(kind, children) => {
            let name = match kind {
                Kind::Paragraph => "p".to_owned(),
                Kind::Heading(level) => format!("h{level}"),
                Kind::Quote => "quote".to_owned(),
                Kind::List(None) => "ul".to_owned(),
                Kind::List(Some(first)) => format!("ol{first}"),
                Kind::Item => "li".to_owned(),
                Kind::Emphasis => "em".to_owned(),
                Kind::Strong => "b".to_owned(),
                Kind::Struck => "del".to_owned(),
                Kind::Link {
                    address, picture, ..
                } => {
                    let kind = if *picture { "picture" } else { "link" };
                    format!("{kind}<{}>", address.href())
                }
                Kind::Table => "table".to_owned(),
                Kind::Head => "head".to_owned(),
                Kind::Row => "row".to_owned(),
                Kind::Cell(Side::End) => "cell>".to_owned(),
                Kind::Cell(_) => "cell".to_owned(),
            };
            (name, children)
        }
    };
    let children: Vec<String> = children.iter().map(draw).collect();
    format!("{name}({})", children.join("|"))
}

#[test]
fn markdown_becomes_nodes() {
    for (text, expected) in [
        ("a *b* **c** ~~d~~ `e`", "p(a |em(b)| |b(c)| |del(d)| |`e`)"),
        ("one\ntwo", "p(one|br|two)"),
        ("one\n\ntwo", "p(one) p(two)"),
        ("# T", "h1(T)"),
        ("> a\n> > b", "quote(p(a)|quote(p(b)))"),
        ("- a\n- b\n  - c", "ul(li(a)|li(b|ul(li(c))))"),
        ("3. a\n4. b", "ol3(li(a)|li(b))"),
        ("- [x] a\n- [ ] b", "ul(li([x]|a)|li([ ]|b))"),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            "table(head(cell(a)|cell>(b))|row(cell(1)|cell>(2)))",
        ),
        ("```rust,ignore\nlet a;\n```", "block[rust](let a;)"),
        ("    indented", "block[](indented)"),
        (
            "[a](https://example.org \"t\")",
            "p(link<https://example.org>(a))",
        ),
        (
            "<https://example.org>",
            "p(link<https://example.org>(https://example.org))",
        ),
        (
            "<ada@example.org>",
            "p(link<mailto:ada@example.org>(ada@example.org))",
        ),
        (
            "[a]\n\n[a]: https://example.org",
            "p(link<https://example.org>(a))",
        ),
        ("snake_case_name", "p(snake_case_name)"),
        ("2 * 3 * 4", "p(2 * 3 * 4)"),
        ("\\*a\\*", "p(*a*)"),
        ("&lt;b&gt; &amp;", "p(<b> &)"),
        ("---", "hr"),
    ] {
        assert_eq!(drawn(text), expected, "{text}");
    }
}

#[test]
fn html_is_the_characters_that_were_typed() {
    for (text, expected) in [
        ("<script>alert(1)</script>", "p(<script>alert(1)</script>)"),
        (
            "a <img src=x onerror=alert(1)> b",
            "p(a <img src=x onerror=alert(1)> b)",
        ),
        ("<div>\n*a*\n</div>", "p(<div>|br|*a*|br|</div>)"),
        ("<!-- a -->", "p(<!-- a -->)"),
    ] {
        assert_eq!(drawn(text), expected, "{text}");
    }
}

#[test]
fn nothing_leads_where_it_may_not() {
    for (text, expected) in [
        ("[a](javascript:alert(1))", "p([a](javascript:alert(1)))"),
        ("[a](JAVASCRIPT:alert(1))", "p([a](JAVASCRIPT:alert(1)))"),
        ("[a](data:text/html,x)", "p([a](data:text/html,x))"),
        ("[a](file:///etc/passwd)", "p([a](file:///etc/passwd))"),
        ("[a](/local)", "p([a](/local))"),
        ("<javascript:alert(1)>", "p(<javascript:alert(1)>)"),
        (
            "![a](https://example.org/x.png)",
            "p(picture<https://example.org/x.png>(a))",
        ),
        (
            "![](https://example.org/x.png)",
            "p(picture<https://example.org/x.png>(https://example.org/x.png))",
        ),
        ("![a](javascript:x)", "p(![a](javascript:x))"),
        (
            "[![a](https://b.example)](https://c.example)",
            "p(link<https://c.example>(a))",
        ),
    ] {
        assert_eq!(drawn(text), expected, "{text}");
    }
}

#[test]
fn a_few_emoji_alone_are_large() {
    for (text, large) in [
        ("🎉", true),
        ("👩‍👩‍👧 👍🏽\n❤️", true),
        ("🎉🎉🎉🎉🎉🎉", true),
        ("🎉🎉🎉🎉🎉🎉🎉", false),
        ("🎉 hi", false),
        ("hi", false),
        ("1", false),
        ("*🎉*", false),
        ("", false),
    ] {
        assert_eq!(read(text).only_emoji, large, "{text}");
    }
}

fn count(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|node| match node {
            Node::Element(_, children) => 1 + count(children),
            _ => 1,
        })
        .sum()
}

fn depth(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|node| match node {
            Node::Element(_, children) => 1 + depth(children),
            _ => 1,
        })
        .max()
        .unwrap_or(0)
}

/// A table in a paragraph on the last level: its cells may hold emphasis no more.
const DEEPEST: usize = MAX_DEPTH + 8;

fn check(text: &str) -> Document {
    let document = read(text);
    assert!(
        count(&document.nodes) <= MAX_NODES + 64,
        "{} nodes",
        count(&document.nodes)
    );
    assert!(
        depth(&document.nodes) <= DEEPEST,
        "{} levels",
        depth(&document.nodes)
    );
    document
}

#[test]
fn hostile_texts_are_bounded_and_take_steps_in_proportion() {
    let units = [
        ">",
        "> ",
        "- ",
        "1. ",
        "* ",
        "[",
        "![",
        "](",
        "*a",
        "**a",
        "_a_ ",
        "`",
        "``",
        "~~",
        "<",
        "<a ",
        "<!--",
        "&",
        "|",
        "|a",
        "a|\n",
        "\n",
        "> - ",
        ">\n",
        "- a\n",
        "# a\n",
        "*a* ",
        "**a**b",
        "[a](b)",
        "[a](https://b.example) ",
        "[a]: b\n",
        "- [x] a\n",
        "@a ",
        "https://a.example ",
        "\u{202e}",
        "\u{200b}",
        "🎉",
        "a\u{301}\u{301}\u{301}",
        "\\",
        "\t",
        "***",
        "```\n",
        "~~~x\n",
        "| a | b |\n|---|---|\n",
        "  - a\n   - b\n",
        "\u{0}",
        "x[^1]",
    ];
    for unit in units {
        for tail in ["", "a", "]", ")"] {
            let of = |length: usize| {
                let mut text = unit.repeat(length / unit.len());
                text.push_str(tail);
                text
            };
            let small = check(&of(16 * 1024)).steps;
            let large = check(&of(64 * 1024)).steps;
            assert!(
                large <= 4 * small + 4 * MAX_NODES,
                "{unit:?}: {small} steps, then {large}"
            );
            assert!(large <= 10 * MAX_NODES, "{unit:?}: {large} steps");
        }
    }
    let deep: String = (0..300)
        .map(|n| format!("{}- a\n", "  ".repeat(n)))
        .collect();
    check(&deep);
    let quotes: String = (0..500).map(|n| format!("{} a\n", ">".repeat(n))).collect();
    check(&quotes);
    let row = format!("|{}\n|{}\n", "a|".repeat(4000), "-|".repeat(4000));
    check(&format!("{row}{}", "|a\n".repeat(4000)));
}

#[test]
fn what_is_too_much_is_shown_as_it_was_typed() {
    let text = format!("{}the end", "*a* ".repeat(MAX_NODES));
    let last = drawn(&text);
    assert!(last.ends_with("the end)"), "{}", &last[last.len() - 60..]);
    let long = format!("{}the *end*", "a".repeat(MAX_BYTES));
    assert!(drawn(&long).ends_with("the *end*)"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_becomes_a_bounded_tree(
        text in "(\n|\n\n|    |>|- |[0-9]\\. |#|\\*|_|`|```|~~|\\[|\\]|\\(|\\)|!|<|>|\\||:--|&amp;|https://a.example|\\\\|[a-z ]{1,4}|\\PC){0,80}"
    ) {
        check(&text);
    }

    /// Words are never lost: all letters that were typed outside of marks and addresses are in the tree, in their order.
    #[test]
    fn no_word_is_lost(words in proptest::collection::vec("[a-z]{1,6}", 1..12), joints in proptest::collection::vec("( |\n|\n\n| \\*|\\* | `|` |\n- |\n> |\n# |\n1\\. | \\| |~~)", 12)) {
        let mut text = String::new();
        for (word, joint) in words.iter().zip(&joints) {
            text.push_str(word);
            text.push_str(joint);
        }
        let drawn = drawn(&text);
        let mut rest = drawn.as_str();
        for word in &words {
            let at = rest.find(word.as_str());
            prop_assert!(at.is_some(), "{:?} lacks {}", drawn, word);
            rest = &rest[at.unwrap_or(0)..];
        }
    }
}
