//! That the program holds the whole page. One that was built while the page was being written has shown a blank window: for a file
//! that is missing Tauri serves index.html, and the page never comes up.
//!
//! Invariant: a program that lacks a part of its page says so and does not open a window. `build.rs` refuses to build one.

use anyhow::bail;
use tauri::utils::assets::AssetKey;
use tauri::{Context, Runtime};

/// What boot.js asks for.
const PROGRAM: [&str; 3] = ["/boot.js", "/ui.js", "/ui_bg.wasm"];

/// Looks for each file that index.html names, and for those that the program is made of.
pub(crate) fn check<R: Runtime>(context: &Context<R>) -> anyhow::Result<()> {
    let there = |path: &str| context.assets().get(&AssetKey::from(path)).is_some();
    let Some(index) = context.assets().get(&AssetKey::from("/index.html")) else {
        bail!("this program was built without its page; build it again with `cargo xtask build`");
    };
    let index = String::from_utf8_lossy(&index).into_owned();
    let missing = PROGRAM
        .into_iter()
        .map(str::to_owned)
        .chain(named(&index))
        .find(|path| !there(path));
    match missing {
        Some(path) => bail!(
            "this program was built with an incomplete page ({path} is missing); build it again with `cargo xtask build`"
        ),
        None => Ok(()),
    }
}

/// The files of the page's own that a page names.
fn named(index: &str) -> Vec<String> {
    let mut found = Vec::new();
    for marker in ["href=\"/", "src=\"/"] {
        for (at, _) in index.match_indices(marker) {
            let rest = &index[at + marker.len() - 1..];
            // A link to the page itself names no file.
            if let Some(path) = rest.split('"').next().filter(|path| *path != "/") {
                found.push(path.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_a_page_names_are_found() {
        let page = r#"<link rel="stylesheet" href="/theme.css"><script src="/boot.js"></script><a href="https://x"><a href="/">"#;
        assert_eq!(named(page), ["/theme.css", "/boot.js"]);
    }
}
