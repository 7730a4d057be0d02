//! cargo-nextest where it is installed, else `cargo test`: the arguments for each.
//!
//! The window tests run apart from the others, one at a time: each opens two windows, and a machine
//! with two cores paints no more in time. They are the targets whose names end in `window` or `windows`.

use anyhow::{Context, Result};

use crate::process;

/// The targets that open windows, as nextest selects them.
const WINDOWS: &str = "binary(/windows?$/)";

/// Whether a target opens windows.
fn opens_windows(target: &str) -> bool {
    target.ends_with("window") || target.ends_with("windows")
}

/// What runs tests here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    /// `cargo nextest run`.
    Nextest,
    /// `cargo test`.
    Cargo,
}

impl Runner {
    /// The better one that is here.
    pub(super) fn find() -> Self {
        if process::succeeds(process::cargo().args(["nextest", "--version"])) {
            Self::Nextest
        } else {
            Self::Cargo
        }
    }

    /// For messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nextest => "cargo nextest run",
            Self::Cargo => "cargo test",
        }
    }

    /// Arguments for all but the window tests.
    pub(super) fn plain(self, filter: Option<&str>) -> Result<Vec<String>> {
        let targets = match self {
            Self::Nextest => Vec::new(),
            Self::Cargo => integration_tests(|name| !opens_windows(name))?,
        };
        Ok(self.plain_with(&targets, filter))
    }

    fn plain_with(self, targets: &[String], filter: Option<&str>) -> Vec<String> {
        match self {
            Self::Nextest => {
                let mut arguments = nextest(&format!("not {WINDOWS}"));
                arguments.extend(filter.map(str::to_owned));
                arguments
            }
            Self::Cargo => {
                let mut arguments = cargo();
                arguments.extend(["--lib", "--bins"].map(str::to_owned));
                for target in targets {
                    arguments.extend(["--test".to_owned(), target.clone()]);
                }
                arguments.extend(filter.map(str::to_owned));
                arguments
            }
        }
    }

    /// Arguments for the window tests.
    pub(super) fn windows(self, filter: Option<&str>) -> Result<Vec<String>> {
        let targets = match self {
            Self::Nextest => Vec::new(),
            Self::Cargo => integration_tests(opens_windows)?,
        };
        Ok(self.windows_with(&targets, filter))
    }

    fn windows_with(self, targets: &[String], filter: Option<&str>) -> Vec<String> {
        let filter = filter.map(str::to_owned);
        match self {
            Self::Nextest => {
                let mut arguments = nextest(WINDOWS);
                arguments.push("--test-threads=1".to_owned());
                arguments.extend(filter);
                arguments
            }
            Self::Cargo => {
                let mut arguments = cargo();
                for target in targets {
                    arguments.extend(["--test".to_owned(), target.clone()]);
                }
                arguments.extend(filter);
                arguments.extend(["--", "--test-threads=1"].map(str::to_owned));
                arguments
            }
        }
    }
}

fn nextest(which: &str) -> Vec<String> {
    let common = [
        "nextest",
        "run",
        "--workspace",
        "--exclude",
        "xtask",
        "--no-fail-fast",
    ];
    let mut arguments: Vec<String> = common.map(str::to_owned).into();
    arguments.extend(["--no-tests=pass", "-E", which].map(str::to_owned));
    arguments
}

fn cargo() -> Vec<String> {
    let common = [
        "test",
        "--workspace",
        "--exclude",
        "xtask",
        "--no-fail-fast",
    ];
    common.map(str::to_owned).into()
}

/// The names of the integration tests that are `wanted`: `cargo test` can name targets, not leave
/// them out. They are files in `<package>/tests/`.
fn integration_tests(wanted: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let root = process::root();
    for package in std::fs::read_dir(root)
        .context("cannot list the workspace's root")?
        .flatten()
    {
        if !package.path().join("Cargo.toml").is_file() {
            continue;
        }
        let Ok(files) = std::fs::read_dir(package.path().join("tests")) else {
            continue;
        };
        for file in files.flatten().map(|file| file.path()) {
            let is_test =
                file.extension().is_some_and(|e| e == "rs") || file.join("main.rs").is_file();
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if is_test && wanted(&name) {
                names.push(name);
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_are_in_one_run_and_not_in_the_other() {
        let text = |arguments: Vec<String>| arguments.join(" ");
        assert_eq!(
            text(Runner::Nextest.plain_with(&[], None)),
            "nextest run --workspace --exclude xtask --no-fail-fast --no-tests=pass -E not binary(/windows?$/)"
        );
        assert_eq!(
            text(Runner::Cargo.plain_with(&["arrows".into()], Some("edit"))),
            "test --workspace --exclude xtask --no-fail-fast --lib --bins --test arrows edit"
        );
        assert_eq!(
            text(Runner::Cargo.windows_with(&["windows".into()], Some("edit"))),
            "test --workspace --exclude xtask --no-fail-fast --test windows edit -- --test-threads=1"
        );
    }

    #[test]
    fn the_window_tests_are_not_among_the_others() {
        let others =
            integration_tests(|name| !opens_windows(name)).expect("the root can be listed");
        let windows = integration_tests(opens_windows).expect("the root can be listed");
        assert!(windows.iter().any(|name| name == "windows"), "{windows:?}");
        assert!(
            windows.iter().all(|name| !others.contains(name)),
            "{others:?}"
        );
    }
}
