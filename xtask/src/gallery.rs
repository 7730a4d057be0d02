//! `cargo xtask gallery`: the page's components in every state, in a window, for those who work on them.

use anyhow::Result;

use crate::process::{self, TempDir};
use crate::setup::{self, Consent, Purpose};
use crate::{build, page};

/// Builds it and shows it until its window is closed.
pub(crate) fn run(consent: Consent) -> Result<()> {
    setup::run(Purpose::Demo, consent)?;
    build::run(page::Profile::Dev)?;
    let home = TempDir::new("gallery")?;
    let mut command = process::command(build::programs(page::Profile::Dev).join("amend-desktop"));
    command
        .args(["--profile", "gallery"])
        .env("AMEND_HOME", home.path())
        .env("AMEND_GALLERY", "1");
    process::run_group(&mut command, "the gallery")
}
