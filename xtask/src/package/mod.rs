//! `cargo xtask package`: the relay's Debian package, from the release build and what stands in deploy/.
//!
//! Invariant: the same commit makes the same package: nothing of the clock or of the machine's user gets in.

mod tree;

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use self::tree::Tree;
use crate::process::{self, TempDir};

/// The programs that this starts, all in Debian's `dpkg` and `binutils`.
const PROGRAMS: [&str; 5] = ["dpkg", "dpkg-deb", "strip", "objdump", "gzip"];

/// Builds the package, of this program if one is given, and prints where it is.
pub(crate) fn run(program: Option<PathBuf>) -> Result<()> {
    for program in PROGRAMS {
        if process::find_on_path(program).is_none() {
            bail!(
                "the program `{program}` is missing: a Debian package is made on Debian or Ubuntu, with `apt-get install dpkg \
                 binutils gzip`"
            );
        }
    }
    let (program, level) = match program {
        // For a look at it, not for the world: quickly rather than small.
        Some(program) => (program, "-z1"),
        None => {
            let mut cargo = process::cargo();
            cargo.args(["build", "--locked", "--release", "--package", "relay"]);
            process::run(&mut cargo, "building the relay")?;
            (process::target_dir().join("release/amend-relay"), "-z9")
        }
    };
    println!("{}", make(&program, level)?.display());
    Ok(())
}

/// Makes the package of a built program.
fn make(program: &std::path::Path, level: &str) -> Result<PathBuf> {
    let version = version()?;
    let architecture = output("dpkg", &["--print-architecture"])?;
    let commit_time = output("git", &["log", "-1", "--format=%ct"])?;
    let folder = TempDir::new("package")?;
    let tree = Tree::new(folder.path())?;
    tree.fill(program, &version)?;
    let libc = newest_glibc(&output("objdump", &["-T", &tree.program()])?);
    tree.control(&version, &architecture, &libc)?;
    let target = process::target_dir().join("package");
    std::fs::create_dir_all(&target)
        .with_context(|| format!("cannot make {}", target.display()))?;
    let package = target.join(format!("amend-relay_{version}_{architecture}.deb"));
    let mut command = process::command("dpkg-deb");
    command
        .env("SOURCE_DATE_EPOCH", commit_time)
        .args(["--root-owner-group", "-Zxz", level, "--build"])
        .arg(tree.root())
        .arg(&package)
        // What it prints is for people; our own line on standard output is for scripts.
        .stdout(Stdio::null());
    process::run(&mut command, "dpkg-deb")?;
    Ok(package)
}

fn version() -> Result<String> {
    let metadata = output(
        "cargo",
        &["metadata", "--format-version=1", "--no-deps", "--offline"],
    )?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).context("`cargo metadata` printed no JSON")?;
    let packages = metadata["packages"].as_array();
    let relay = packages
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "relay");
    let version = relay.and_then(|package| package["version"].as_str());
    // A Debian version sorts `~` before everything, as semantic versions do their pre-releases.
    Ok(version
        .context("the workspace has no package `relay`")?
        .replace('-', "~"))
}

/// The newest version of the C library that the program asks for, from the table of its symbols.
fn newest_glibc(symbols: &str) -> String {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let end = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(rest.len());
        let (major, minor) = rest[..end].split_once('.')?;
        let minor = minor.split('.').next()?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    let (major, minor) = versions.max().unwrap_or((2, 17));
    format!("{major}.{minor}")
}

fn output(program: &str, args: &[&str]) -> Result<String> {
    let text = process::output(process::command(program).args(args), "", program)?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_the_greatest_number() {
        let symbols = "DF *UND* 0 (GLIBC_2.9) a\nDF *UND* 0 (GLIBC_2.34) b\nDF *UND* 0 (GLIBC_2.2.5) c\n (GCC_3.0) d";
        assert_eq!(newest_glibc(symbols), "2.34");
        assert_eq!(newest_glibc(""), "2.17");
    }
}
