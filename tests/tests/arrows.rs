//! The arrows of ARCHITECTURE.md: which part may depend on which. A new arrow is a decision, made there first.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// Each part and the parts that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("client", &["model"]),
    ("relay", &["model"]),
    ("amend-desktop", &["client", "model"]),
    ("ui", &["model"]),
    ("xtask", &[]),
    ("system-tests", &["client", "model", "relay"]),
    ("wasm-test-runner", &[]),
];

/// What the parts that do no I/O must not reach for, directly.
const PURE: &[(&str, &[&str])] = &[
    (
        "model",
        &[
            "tokio",
            "rusqlite",
            "tokio-postgres",
            "tokio-tungstenite",
            "getrandom",
            "web-sys",
        ],
    ),
    (
        "ui",
        &["tokio", "rusqlite", "tokio-postgres", "tokio-tungstenite"],
    ),
];

#[test]
fn the_parts_depend_on_each_other_as_drawn() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version=1",
            "--manifest-path",
            root,
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let parts: BTreeSet<&str> = ARROWS.iter().map(|(part, _)| *part).collect();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let (_, allowed) = ARROWS
            .iter()
            .find(|(part, _)| *part == name)
            .unwrap_or_else(|| panic!("{name} is not drawn"));
        seen.insert(name);
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            assert!(
                !parts.contains(on) || allowed.contains(&on),
                "{name} → {on} is no arrow of ARCHITECTURE.md"
            );
            let forbidden = PURE
                .iter()
                .filter(|(part, _)| *part == name)
                .flat_map(|(_, list)| *list);
            assert!(
                !forbidden.clone().any(|one| *one == on),
                "{name} does no I/O, so it does not need {on}"
            );
        }
    }
    assert_eq!(seen, parts);
}
