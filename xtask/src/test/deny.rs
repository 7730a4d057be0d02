//! Licences, banned and duplicate crates, where crates come from; and known vulnerabilities where
//! their database can be reached.
//!
//! The first part depends on deny.toml and the lock file alone, so a pass is remembered until one of
//! them changes. The second changes with the world, so it is asked each time, briefly.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::setup;

/// cargo-deny's default database.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

pub(super) fn check() -> Result<()> {
    let cargo_deny = setup::deny::ensure()?;
    let hash = hash_of_inputs()?;
    let stamp = process::target_dir().join("xtask/deny.stamp");
    if std::fs::read_to_string(&stamp).is_ok_and(|then| then == hash) {
        eprintln!("licences, bans, sources: fresh");
    } else {
        run(&cargo_deny, &["licenses", "bans", "sources"])?;
        std::fs::create_dir_all(stamp.parent().unwrap_or(&stamp))
            .and_then(|()| std::fs::write(&stamp, hash))
            .with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    if advisories_can_be_reached() {
        run(&cargo_deny, &["advisories"])
    } else {
        eprintln!("advisories: not reachable here, not checked ({ADVISORIES})");
        Ok(())
    }
}

fn run(cargo_deny: &Path, checks: &[&str]) -> Result<()> {
    let mut command = process::command(cargo_deny);
    command
        .args(["check", "--hide-inclusion-graph"])
        .args(checks)
        .env("GIT_TERMINAL_PROMPT", "0");
    process::run(
        &mut command,
        &format!("cargo deny check {}", checks.join(" ")),
    )
}

/// Git gives up where the connection is refused, unknown, or says nothing for some seconds.
fn advisories_can_be_reached() -> bool {
    let mut git = process::command("timeout");
    git.args([
        "10",
        "git",
        "-c",
        "http.lowSpeedLimit=1",
        "-c",
        "http.lowSpeedTime=5",
    ])
    .args(["ls-remote", "--quiet", ADVISORIES, "HEAD"])
    .env("GIT_TERMINAL_PROMPT", "0");
    process::succeeds(&mut git)
}

fn hash_of_inputs() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in ["deny.toml", "Cargo.lock", "Cargo.toml"] {
        std::fs::read(process::root().join(name))
            .with_context(|| format!("cannot read {name}"))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
