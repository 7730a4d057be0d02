//! `cargo xtask bench ui`: how quick and how large the desktop app is, as it is shipped, in the real window. What is measured, and how,
//! is in tests/src/bin/bench-ui; everything that it needs is made ready here.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::page::Profile;
use crate::setup::{self, Consent, Purpose};
use crate::test::Surroundings;
use crate::{build, page, process};

/// Builds the release, and measures.
pub(crate) fn ui(consent: Consent, json: Option<PathBuf>, more: &[String]) -> Result<()> {
    setup::run(Purpose::Test, consent)?;
    page::build(Profile::Release)?;
    build_programs()?;
    let programs = build::programs(Profile::Release);
    let surroundings = Surroundings::start(programs.clone())?;
    let json = json.unwrap_or_else(|| process::target_dir().join("bench-ui.json"));
    surroundings.run_program(
        &programs.join("bench-ui").to_string_lossy(),
        "bench-ui",
        &arguments(&json, more),
    )
}

fn arguments(json: &Path, more: &[String]) -> Vec<String> {
    // Said from where the person is, while the program runs in the workspace's root.
    let json = std::path::absolute(json).unwrap_or_else(|_| json.to_owned());
    let mut arguments = vec!["--json".to_owned(), json.to_string_lossy().into_owned()];
    arguments.extend_from_slice(more);
    arguments
}

fn build_programs() -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--release"]);
    for name in ["client", "relay", "amend-desktop", "system-tests"] {
        cargo.args(["--package", name]);
    }
    for name in ["amend", "amend-relay", "amend-desktop", "bench-ui"] {
        cargo.args(["--bin", name]);
    }
    process::run(&mut cargo, "building the programs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_passed_on() {
        let passed = arguments(Path::new("/tmp/a.json"), &["--starts".into(), "3".into()]);
        assert_eq!(passed, ["--json", "/tmp/a.json", "--starts", "3"]);
    }
}
