//! cargo-deny: found, or installed once into the cache.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process;

/// Installed where none is found.
const VERSION: &str = "0.20.2";
/// Older ones read another deny.toml.
const OLDEST: (u32, u32) = (0, 18);

/// A cargo-deny that reads our deny.toml.
pub(crate) fn ensure() -> Result<PathBuf> {
    let tools = process::cache_dir()?.join("tools");
    let cached = tools.join("bin/cargo-deny");
    let here = process::find_on_path("cargo-deny");
    for candidate in here.into_iter().chain([cached.clone()]) {
        if version_of(&candidate) >= Some(OLDEST) {
            return Ok(candidate);
        }
    }
    eprintln!(
        "setup: installing cargo-deny {VERSION} into {} (once; some minutes)",
        tools.display()
    );
    let mut install = process::cargo();
    install
        .args([
            "install",
            "cargo-deny",
            "--locked",
            "--version",
            VERSION,
            "--root",
        ])
        .arg(&tools)
        .env_remove("CARGO_TARGET_DIR");
    process::run(&mut install, "cargo install cargo-deny")?;
    Ok(cached)
}

fn version_of(program: &PathBuf) -> Option<(u32, u32)> {
    if !program.is_file() {
        return None;
    }
    let mut command = process::command(program);
    let text = process::output(command.arg("--version"), "", "cargo-deny --version");
    parse_version(&text.context("asking for its version").ok()?)
}

/// `cargo-deny 0.20.2` → (0, 20).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().rsplit(' ').next()?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(parse_version("cargo-deny 0.20.2\n"), Some((0, 20)));
        assert!(parse_version("cargo-deny 0.9.1") < Some(OLDEST));
        assert_eq!(parse_version(""), None);
    }
}
