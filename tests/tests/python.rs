//! The protocol page is enough to write a client: one in Python, written from `docs/protocol.md` alone, does what the page says.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use system_tests::programs::python;
use system_tests::relay_process::{RelayProcess, password};

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
