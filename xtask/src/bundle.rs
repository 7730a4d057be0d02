//! `cargo xtask bundle`: the desktop app as a .deb and an .rpm, by Tauri's bundler (npm's `@tauri-apps/cli`).
//!
//! What the bundler does not know of is given to it as files: AppStream metadata, a manual page, the drawing of the icon, licences
//! and the pages for people. AppImage, dmg and msi want tools that it downloads: `.github/workflows/bundle.yml` makes those.
//!
//! Invariant: the packages hold what `src-tauri/tauri.conf.json` and this file name, and the program is not built again by the bundler.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::page::{self, Profile};
use crate::process::{self, TempDir};
use crate::setup::npm::TAURI;

const PROGRAM: &str = "amend-desktop";
const METAINFO: &str = "usr/share/metainfo/chat.amend.desktop.metainfo.xml";

/// Builds the packages, of this program if one is given, and prints where they are.
pub(crate) fn run(program: Option<PathBuf>) -> Result<()> {
    let tauri = TAURI.ensure()?;
    let release = process::target_dir().join("release").join(PROGRAM);
    let program = match program {
        Some(program) => program,
        None => {
            page::build(Profile::Release)?;
            let mut cargo = process::cargo();
            cargo.args(["build", "--locked", "--release", "--package", PROGRAM]);
            process::run(&mut cargo, "building the desktop program")?;
            release
        }
    };
    let work = TempDir::new("bundle")?;
    let folder = work.path().join("release");
    std::fs::create_dir_all(&folder)?;
    // The bundler writes into the program: it gets a copy, in a target folder of its own.
    let copy = folder.join(PROGRAM);
    std::fs::copy(&program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    strip(&copy)?;
    let config = config(work.path())?;
    let mut bundle = process::command("node");
    bundle
        .arg(&tauri)
        .args(["bundle", "--ci", "--bundles", "deb,rpm", "--config"])
        .arg(&config)
        .current_dir(process::root().join("src-tauri"))
        .env("CARGO_TARGET_DIR", work.path())
        .stdout(std::process::Stdio::null());
    process::run(&mut bundle, "tauri bundle")?;
    let target = process::target_dir().join("package");
    std::fs::create_dir_all(&target)?;
    for kind in ["deb", "rpm"] {
        let made = only_file(&folder.join("bundle").join(kind), kind)?;
        let name = made.file_name().context("a package has a name")?;
        let kept = target.join(name);
        std::fs::copy(&made, &kept).with_context(|| format!("cannot keep {}", kept.display()))?;
        let size = std::fs::metadata(&kept)?.len();
        eprintln!("bundle: {} is {}", kept.display(), megabytes(size));
        println!("{}", kept.display());
    }
    Ok(())
}

/// Without what only a debugger reads.
fn strip(program: &Path) -> Result<()> {
    if process::find_on_path("strip").is_none() {
        bail!("the program `strip` is missing; `apt-get install binutils` brings it");
    }
    let mut strip = process::command("strip");
    strip.arg("--strip-unneeded").arg(program);
    process::run(&mut strip, "strip")
}

/// The configuration that is laid over `tauri.conf.json`, written beside the files that it names.
fn config(work: &Path) -> Result<PathBuf> {
    let mut files = Map::new();
    let mut put = |to: &str, from: &Path| {
        files.insert(format!("/{to}"), json!(from.to_string_lossy()));
    };
    let metainfo = work.join("metainfo.xml");
    std::fs::write(&metainfo, metainfo_text()?)?;
    put(METAINFO, &metainfo);
    let root = process::root();
    put(
        "usr/share/icons/hicolor/scalable/apps/amend-desktop.svg",
        &root.join("src-tauri/icons/amend.svg"),
    );
    let manual = work.join("amend-desktop.1");
    std::fs::copy(root.join("src-tauri/linux/amend-desktop.1"), &manual)?;
    put("usr/share/man/man1/amend-desktop.1.gz", &zipped(&manual)?);
    put(
        "usr/share/doc/amend/copyright",
        &root.join("deploy/debian/copyright"),
    );
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        put(
            &format!("usr/share/doc/amend/{licence}"),
            &root.join(licence),
        );
    }
    for page in ["installing.md", "updates.md"] {
        put(
            &format!("usr/share/doc/amend/{page}"),
            &root.join("docs").join(page),
        );
    }
    let changelog = work.join("changelog");
    std::fs::copy(root.join("CHANGELOG.md"), &changelog)?;
    put("usr/share/doc/amend/changelog.gz", &zipped(&changelog)?);
    let files = Value::Object(files);
    let config =
        json!({ "bundle": { "linux": { "deb": { "files": files }, "rpm": { "files": files } } } });
    let path = work.join("bundle.conf.json");
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// The AppStream metadata, with the version and the day of the commit.
fn metainfo_text() -> Result<String> {
    let source = process::root().join("src-tauri/linux/chat.amend.desktop.metainfo.xml");
    let text = std::fs::read_to_string(&source)
        .with_context(|| format!("cannot read {}", source.display()))?;
    let mut git = process::command("git");
    git.args(["log", "-1", "--format=%cs"])
        .current_dir(process::root());
    let day = process::output(&mut git, "", "git log")?;
    Ok(text
        .replace("VERSION", env!("CARGO_PKG_VERSION"))
        .replace("DATE", day.trim()))
}

fn zipped(file: &Path) -> Result<PathBuf> {
    process::run(process::command("gzip").arg("-9n").arg(file), "gzip")?;
    let mut name = file.as_os_str().to_owned();
    name.push(".gz");
    Ok(name.into())
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the bundler made no {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            return Ok(path);
        }
    }
    bail!("the bundler made no .{extension} in {}", folder.display())
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes * 10 / 1_000_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_megabytes() {
        assert_eq!(megabytes(12_345_678), "12.3 MB");
        assert_eq!(megabytes(90_000), "0.0 MB");
    }

    #[test]
    fn the_metainfo_has_its_version_and_day() {
        let text = metainfo_text().expect("the metainfo");
        assert!(text.contains(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))));
        assert!(!text.contains("VERSION") && !text.contains("DATE"));
    }
}
