//! `cargo xtask build`: the page, then the programs; the desktop program embeds the page.

use std::path::PathBuf;

use anyhow::Result;

use crate::page::{self, Profile};
use crate::process;

/// Builds all.
pub(crate) fn run(profile: Profile) -> Result<()> {
    page::build(profile)?;
    packages(&["client", "relay", "amend-desktop"], profile)
}

/// Builds relay and command-line client, which need no page.
pub(crate) fn run_headless() -> Result<()> {
    packages(&["client", "relay"], Profile::Dev)
}

fn packages(names: &[&str], profile: Profile) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.arg("build");
    for name in names {
        cargo.args(["--package", name]);
    }
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    process::run(&mut cargo, "building the programs")
}

/// Where a build's programs are.
pub(crate) fn programs(profile: Profile) -> PathBuf {
    process::target_dir().join(match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    })
}
