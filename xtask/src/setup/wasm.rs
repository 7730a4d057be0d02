//! A Rust that builds wasm32 for the page.
//!
//! Two ways, tried in this order: the installed toolchain with rustup's target, which is what people
//! have; Debian's `rustc-web`, which brings the standard library's source, for machines whose rustup
//! cannot download. Invariant: a way is offered only after its standard library was seen on disk, as
//! rustup may list a target whose files are missing.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::apt;
use crate::process;

/// The triple.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// What the second way needs.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
/// Debian's cargo and rustc are here, whatever PATH says.
const DEBIAN_BIN: &str = "/usr/bin";
const DEBIAN_LINKER: &str = "wasm-ld-19";
/// As `rust-version` in the workspace's manifest.
const OLDEST: (u32, u32) = (1, 95);

/// A way to build wasm that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The active toolchain has the target.
    Installed,
    /// Debian's compiler builds the standard library from source.
    Debian,
}

impl Toolchain {
    /// The way that is there, if any. Takes milliseconds.
    pub(crate) fn find() -> Option<Self> {
        if installed_has_target() {
            Some(Self::Installed)
        } else if debian_is_complete() {
            Some(Self::Debian)
        } else {
            None
        }
    }

    /// A cargo that builds for wasm when given `--target`.
    pub(crate) fn cargo(self) -> Command {
        match self {
            Self::Installed => process::cargo(),
            Self::Debian => {
                let mut cargo = process::command(format!("{DEBIAN_BIN}/cargo"));
                // What rustup's cargo set for us would send Debian's one back to rustup's compiler.
                for (name, _) in std::env::vars_os() {
                    let text = name.to_string_lossy();
                    if text.starts_with("RUSTUP_") || text == "CARGO" || text == "RUSTDOC" {
                        cargo.env_remove(&name);
                    }
                }
                let path = std::env::var("PATH").unwrap_or_default();
                cargo
                    .env("PATH", format!("{DEBIAN_BIN}:{path}"))
                    .env("RUSTC", format!("{DEBIAN_BIN}/rustc"))
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
                cargo
            }
        }
    }

    /// Its name, for messages and for telling stale builds from fresh ones.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Installed => "the installed toolchain",
            Self::Debian => "Debian's rustc-web",
        }
    }
}

/// Makes sure that one of the two ways is there.
pub(crate) fn ensure(consent: super::Consent) -> Result<()> {
    if Toolchain::find().is_some() {
        return Ok(());
    }
    if process::find_on_path("rustup").is_some() {
        eprintln!("setup: rustup target add {TARGET}");
        process::succeeds(process::command("rustup").args(["target", "add", TARGET]));
        if installed_has_target() {
            return Ok(());
        }
        eprintln!("setup: rustup could not add {TARGET} here; trying the system's packages");
    }
    if apt::is_here() {
        let why = "a compiler for wasm, as rustup could not add its target";
        apt::install(&DEBIAN.map(|package| (package, why)), consent)?;
        if debian_is_complete() {
            return Ok(());
        }
    }
    bail!(
        "nothing here can build the page for {TARGET}. Either run `rustup target add {TARGET}` where \
         rustup can download, or on Debian `apt-get install {}` (rustc {}.{} or newer); then run this \
         again",
        DEBIAN.join(" "),
        OLDEST.0,
        OLDEST.1
    )
}

fn installed_has_target() -> bool {
    let mut rustc = process::command("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    rustc.stderr(std::process::Stdio::null());
    rustc.output().is_ok_and(|output| {
        output.status.success()
            && has_std(Path::new(String::from_utf8_lossy(&output.stdout).trim()))
    })
}

fn has_std(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|files| {
        files
            .flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn debian_is_complete() -> bool {
    let bin = Path::new(DEBIAN_BIN);
    if !bin.join("cargo").is_file() || process::find_on_path(DEBIAN_LINKER).is_none() {
        return false;
    }
    let ask = |args: &[&str]| {
        Command::new(bin.join("rustc"))
            .env_remove("LD_LIBRARY_PATH")
            .args(args)
            .output()
            .ok()
            .filter(|output| output.status.success())
            .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let source = "lib/rustlib/src/rust/library/std/Cargo.toml";
    ask(&["--version"]).is_some_and(|version| parse_version(&version) >= Some(OLDEST))
        && ask(&["--print", "sysroot"])
            .is_some_and(|sysroot| Path::new(&sysroot).join(source).is_file())
}

/// `rustc 1.96.0 (…)` → (1, 96).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(
            parse_version("rustc 1.96.0 (ac68faa20 2026-05-25)"),
            Some((1, 96))
        );
        assert_eq!(parse_version("rustc 1.100.0-nightly"), Some((1, 100)));
        assert!(parse_version("rustc 1.63.0 (Debian)") < Some(OLDEST));
        assert_eq!(parse_version("no rust here"), None);
    }
}
