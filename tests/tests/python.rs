//! The protocol page is enough to write a client: one in Python, written from `docs/protocol.md` alone, does what the page says.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use system_tests::relay_process::{RelayProcess, password};

/// A Python that has the module `websockets`.
fn python() -> &'static str {
    let has_module = |program: &&str| {
        Command::new(program)
            .args(["-c", "import websockets"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(has_module)
        .expect("no Python has the module websockets: run `cargo xtask setup`, or `pip install websockets`")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_follows_the_page() {
    let relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/client.py"))
        .args([
            &relay.url(),
            "ada",
            &password("ada"),
            "grace",
            &password("grace"),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("as the page says"));
}
