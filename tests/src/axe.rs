//! axe-core in a real window: what a checker can see of accessibility, in the page as it stands.
//!
//! The source comes from npm (`xtask/src/setup/npm.rs`), whose path is in `AMEND_AXE`.

use crate::window::Window;
use serde_json::{Value, json};

/// The rules that everything on the screen keeps: WCAG 2.2 A and AA, and what axe calls best practices.
const RUN: &str = r"
    const done = arguments[arguments.length - 1];
    // A menu stands at the end of the page, outside of the landmarks, as dialogs do; it belongs to the button that opened it.
    axe.configure({ checks: [{ id: 'region', options: { regionMatcher: 'dialog, [role=dialog], [role=alertdialog], [role=menu], svg' } }] });
    axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
    }).then(result => done(result.violations.map(violation => ({
        rule: violation.id,
        help: violation.help,
        nodes: violation.nodes.map(node => node.html + ' :: ' + node.failureSummary),
    }))), error => done([{ rule: 'axe', help: String(error), nodes: [] }]));";

/// Whether nothing moves but what always does.
const STILL: &str = "return document.getAnimations().every(one =>
    one.playState !== 'running' || one.effect.getTiming().iterations === Infinity);";

/// What axe finds wrong with the page as the window shows it now, a line each; nothing if all is well.
///
/// # Panics
/// When the window is gone, or axe-core is not installed.
pub async fn violations(window: &Window) -> Vec<String> {
    let path = std::env::var("AMEND_AXE")
        .expect("AMEND_AXE names axe.min.js; `cargo xtask test` installs it and sets this");
    let loaded = window
        .page
        .execute("return typeof axe === 'object';", Vec::new())
        .await
        .unwrap();
    if loaded != json!(true) {
        let source = std::fs::read_to_string(path).unwrap();
        // At the end of a script of WebDriver's, so the page's CSP need not allow it.
        let script = format!("{source}; window.axe = axe; return null;");
        window.page.execute(&script, Vec::new()).await.unwrap();
    }
    // A colour on its way to another is nobody's.
    window
        .until_script("nothing changes its colour", STILL, |still| still == true)
        .await;
    let found = window.page.execute_async(RUN, Vec::new()).await.unwrap();
    found.as_array().unwrap().iter().flat_map(lines).collect()
}

fn lines(violation: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (rule, help) = (text(&violation["rule"]), text(&violation["help"]));
    let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
    if nodes.is_empty() {
        return vec![format!("{rule}: {help}")];
    }
    nodes
        .iter()
        .map(|node| format!("{rule}: {help}: {}", text(node)))
        .collect()
}

/// Fails with all that is wrong.
///
/// # Panics
/// When something is.
pub async fn assert_accessible(window: &Window, what: &str) {
    let found = violations(window).await;
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}
