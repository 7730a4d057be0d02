//! A message's Markdown, as nodes on the screen and never as HTML: raw HTML is the characters that were typed, pictures
//! are links (nothing is loaded from elsewhere), links are opened by a command of the shell and not by navigation.
//!
//! - [`tree`]: text → a small tree of our own. Pure, bounded in nodes and depth whatever the text is.
//! - [`code`]: colours in code; its rules for each language are in [`languages`].
//! - [`cache`]: a text that was parsed is not parsed again while it is scrolled by.
//! - [`known`]: the names that count as people and rooms.
//! - [`view`]: the tree → Yew's nodes; [`plain`]: the tree → one line without marks.

pub(crate) mod cache;
pub(crate) mod code;
pub(crate) mod code_block;
pub(crate) mod known;
mod languages;
pub(crate) mod link;
mod plain;
pub(crate) mod tree;
mod view;

pub(crate) use self::known::Known;
pub(crate) use self::plain::plain;

use yew::{AttrValue, Classes, Html, Properties, classes, component, html, use_context};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message's text.
    pub(crate) text: AttrValue,
    /// More classes of the element around it.
    #[prop_or_default]
    pub(crate) class: Classes,
    /// What stands behind the text on its last line: "edited", "waiting".
    #[prop_or_default]
    pub(crate) children: Html,
}

/// A text as it is shown. The people and rooms that it names are those of the [`Known`] around it.
#[component]
pub(crate) fn Markdown(props: &Props) -> Html {
    let known = use_context::<Known>().unwrap_or_default();
    let document = cache::document(&props.text);
    let class = classes!(
        "markdown",
        document.only_emoji.then_some("only-emoji"),
        props.class.clone()
    );
    html! {
        <div {class}>
            { view::document(&document, &known) }
            { props.children.clone() }
        </div>
    }
}
