//! A text in one line without its marks, for where a message is only named: the line above an answer, the bar of pins.

use super::cache;
use super::tree::Node;

/// The words of a text, a space between each two.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::new();
    words(&cache::document(text).nodes, &mut line);
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words(nodes: &[Node], line: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => line.push_str(text),
            Node::Code(code) => line.push_str(code),
            Node::Block { code, .. } => {
                line.push_str(code);
                line.push(' ');
            }
            Node::Break | Node::Rule => line.push(' '),
            Node::Task(done) => line.push_str(if *done { "☑ " } else { "☐ " }),
            Node::Element(kind, children) => {
                words(children, line);
                if !kind.is_within_a_line() {
                    line.push(' ');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn marks_go_and_words_stay_apart() {
        let text = "Today:\n\n1. **Release** at _four_\n2. Review\n\n> quoted\n\n```rust\nlet a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |";
        assert_eq!(
            plain(text),
            "Today: Release at four Review quoted let a = 1; a b 1 2"
        );
        assert_eq!(plain("half **bold"), "half **bold");
        assert_eq!(
            plain("so**me**one [there](https://example.org)"),
            "someone there"
        );
        assert_eq!(plain("- [x] done\n- [ ] open"), "☑ done ☐ open");
        assert_eq!(plain(""), "");
    }
}
