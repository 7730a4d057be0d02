//! Where the built programs are.

use std::path::PathBuf;

/// The path of a program of this workspace, as built by `cargo xtask build`.
///
/// # Panics
/// When it isn't there, saying how to build it.
#[must_use]
pub fn built(name: &str) -> PathBuf {
    let folder = match std::env::var_os("AMEND_BIN_DIR") {
        Some(folder) => PathBuf::from(folder),
        // …/debug/deps/this-test → …/debug
        None => std::env::current_exe()
            .unwrap()
            .ancestors()
            .nth(2)
            .unwrap()
            .to_owned(),
    };
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not built; run `cargo xtask build`, or all of `cargo xtask test`",
        path.display()
    );
    path
}

/// A Python that has the module `websockets`.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn python() -> &'static str {
    let has_module = |program: &&str| {
        std::process::Command::new(program)
            .args(["-c", "import websockets"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(has_module)
        .expect("no Python has the module websockets: run `cargo xtask setup`, or `pip install websockets`")
}
