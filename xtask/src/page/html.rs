//! From Trunk's index.html to ours.
//!
//! `ui/index.html` follows Trunk's conventions, so that `trunk serve` works for those who have it.
//! This reads the same `data-trunk` links and does the same with them, minus the hashes in file
//! names. Invariant: an asset that we cannot handle is an error, so that the two builders cannot
//! drift apart in silence.

use anyhow::{Context, Result, bail};

/// What stands in for the link to the Rust program: a file, not inline, because of the strict CSP.
const BOOT: &str = r#"<script type="module" src="/boot.js"></script>"#;

/// A page and the files that it needs beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The new index.html.
    pub(super) html: String,
    /// (path below `ui/`, path below `ui/dist/`).
    pub(super) copies: Vec<(String, String)>,
}

/// Rewrites the page.
pub(super) fn rewrite(source: &str) -> Result<Page> {
    let mut page = Page {
        html: String::with_capacity(source.len()),
        copies: Vec::new(),
    };
    let mut programs = 0;
    let mut rest = source;
    while let Some(start) = rest.find('<') {
        page.html.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = if rest.starts_with("<!--") {
            rest.find("-->").map(|end| end + "-->".len())
        } else {
            tag_length(rest)
        };
        let tag = &rest[..length.context("index.html ends inside a tag or comment")?];
        rest = &rest[tag.len()..];
        let attributes = attributes(tag);
        let trunk = attributes
            .iter()
            .any(|(name, _)| name.starts_with("data-trunk"));
        if tag.starts_with("<!") || !trunk {
            page.html.push_str(tag);
            continue;
        }
        let replacement = asset(tag, &attributes, &mut page.copies)
            .with_context(|| format!("in ui/index.html: {tag}"))?;
        programs += usize::from(replacement == BOOT);
        page.html.push_str(&replacement);
    }
    page.html.push_str(rest);
    if programs != 1 {
        bail!("ui/index.html must have one `<link data-trunk rel=\"rust\"/>`; it has {programs}");
    }
    Ok(page)
}

/// The tag that takes the place of a `data-trunk` one.
fn asset(
    tag: &str,
    attributes: &[(String, String)],
    copies: &mut Vec<(String, String)>,
) -> Result<String> {
    let get = |wanted: &str| {
        let found = attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    if !tag.starts_with("<link") {
        bail!("xtask only knows data-trunk on <link>; teach it in xtask/src/page/html.rs");
    }
    let known = [
        "data-trunk",
        "rel",
        "href",
        "sizes",
        "type",
        "media",
        "data-target-path",
    ];
    // How Trunk optimises is its own affair.
    let ignored = ["data-wasm-opt", "data-no-minify"];
    for (name, _) in attributes {
        if !known.contains(&name.as_str()) && !ignored.contains(&name.as_str()) {
            bail!("xtask does not know the attribute `{name}`; teach it in xtask/src/page/html.rs");
        }
    }
    let rel = get("rel").context("a data-trunk link needs a rel")?;
    if rel == "rust" {
        return Ok(BOOT.to_owned());
    }
    if !["css", "icon", "copy-file"].contains(&rel) {
        bail!("xtask does not know rel=\"{rel}\"; teach it in xtask/src/page/html.rs");
    }
    let href = get("href").with_context(|| format!("rel=\"{rel}\" needs a href"))?;
    let name = href.rsplit('/').next().unwrap_or(href);
    let to = match get("data-target-path") {
        Some(folder) => format!("{}/{name}", folder.trim_matches('/')),
        None => name.to_owned(),
    };
    let ours = ["index.html", "boot.js", "ui.js", "ui_bg.wasm"];
    if ours.contains(&to.as_str()) || copies.iter().any(|(_, taken)| *taken == to) {
        bail!("two files want to be `{to}` in ui/dist; rename one");
    }
    let link = match rel {
        "css" => {
            let media = get("media")
                .map(|m| format!(" media=\"{m}\""))
                .unwrap_or_default();
            format!("<link rel=\"stylesheet\" href=\"/{to}\"{media}>")
        }
        "icon" => {
            let extra: String = ["sizes", "type"]
                .iter()
                .filter_map(|name| get(name).map(|value| format!(" {name}=\"{value}\"")))
                .collect();
            format!("<link rel=\"icon\" href=\"/{to}\"{extra}>")
        }
        _ => String::new(),
    };
    copies.push((href.trim_start_matches("./").to_owned(), to));
    Ok(link)
}

/// The length of the tag at the start, minding quotes.
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// Name and value of each attribute; a bare one has an empty value.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let inside = tag
        .trim_start_matches('<')
        .trim_end_matches('>')
        .trim_end_matches('/');
    let mut rest = inside.trim_start_matches(|c: char| !c.is_whitespace());
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return found;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let body = if quote.is_some() { &after[1..] } else { after };
            let end = match quote {
                Some(quote) => body.find(quote),
                None => body.find(char::is_whitespace),
            };
            let end = end.unwrap_or(body.len());
            value = &body[..end];
            rest = body[end..]
                .strip_prefix(['"', '\''])
                .unwrap_or(&body[end..]);
        }
        if name.is_empty() && value.is_empty() {
            // A stray `=` or quote: step over it, or this would never end.
            let mut chars = rest.chars();
            chars.next();
            rest = chars.as_str();
            continue;
        }
        found.push((name, value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_plain_ones_in_their_order() {
        let page = rewrite(
            r#"<!doctype html><html><head>
<!-- <link data-trunk rel="sass" href="old.scss"/> -->
<meta name="viewport" content="a > b">
<link data-trunk rel="rust" data-wasm-opt="z"/>
<link data-trunk rel="css" href="styles/base.css"/>
<link data-trunk rel='css' href=./styles/room.css media="print">
<link data-trunk rel="icon" href="icon.svg" type="image/svg+xml"/>
<link data-trunk rel="copy-file" href="fonts/inter.woff2" data-target-path="fonts"/>
</head><body></body></html>"#,
        )
        .expect("a page");
        assert_eq!(
            page.html,
            r#"<!doctype html><html><head>
<!-- <link data-trunk rel="sass" href="old.scss"/> -->
<meta name="viewport" content="a > b">
<script type="module" src="/boot.js"></script>
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/room.css" media="print">
<link rel="icon" href="/icon.svg" type="image/svg+xml">

</head><body></body></html>"#
        );
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            page.copies,
            [
                pair("styles/base.css", "base.css"),
                pair("styles/room.css", "room.css"),
                pair("icon.svg", "icon.svg"),
                pair("fonts/inter.woff2", "fonts/inter.woff2"),
            ]
        );
    }

    #[test]
    fn what_only_trunk_can_do_is_an_error() {
        let rust = r#"<link data-trunk rel="rust"/>"#;
        for bad in [
            r#"<link data-trunk rel="sass" href="a.scss"/>"#,
            r#"<link data-trunk rel="css" data-inline href="a.css"/>"#,
            r#"<script data-trunk src="a.js"></script>"#,
            r#"<base data-trunk-public-url>"#,
            r#"<link data-trunk rel="css" href="a/x.css"><link data-trunk rel="css" href="b/x.css">"#,
            r#"<link data-trunk rel="css" href="ui.js">"#,
            r#"<link data-trunk rel="css">"#,
            rust,
        ] {
            assert!(rewrite(&format!("{rust}{bad}")).is_err(), "{bad}");
        }
        assert!(rewrite("<p>no program</p>").is_err());
        assert!(rewrite("<p").is_err());
    }

    #[test]
    fn strange_attributes_come_to_an_end() {
        for tag in [
            "<a = ' x=y />",
            "<a =\"\" ' =>",
            "<a ==>",
            "<a \u{e4}='\u{e4}>",
            "<a",
        ] {
            attributes(tag);
        }
        assert_eq!(
            attributes("<a = x=y />"),
            [(String::new(), "x=y".to_owned())]
        );
    }
}
