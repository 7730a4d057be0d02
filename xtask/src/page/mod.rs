//! The page: Rust to wasm, wasm to `ui/dist`.
//!
//! Does what Trunk would, with wasm-bindgen as a library, so that nobody has to install Trunk and the
//! version always fits Cargo.lock. Invariant: a file in `ui/dist` is written only when its content
//! changes, because the desktop program embeds them and is compiled again when one is touched.

mod dist;
mod html;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use self::dist::Files;
use crate::process;
use crate::setup::wasm::{TARGET, Toolchain};

/// Starts the program; a file of its own because the CSP forbids inline scripts.
const BOOT: &str = r"import init from './ui.js';
init({ module_or_path: new URL('./ui_bg.wasm', import.meta.url) }).catch((error) => {
  const [box, why] = ['not-up', 'not-up-why'].map((id) => document.getElementById(id));
  if (box && why) {
    why.textContent = String(error);
    box.classList.add('failed');
  }
});
";
/// How the page is built is an input of the page.
const BUILDERS: [&str; 3] = [
    include_str!("mod.rs"),
    include_str!("html.rs"),
    include_str!("dist.rs"),
];

/// How much effort to spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Small.
    Release,
}

/// Builds `ui/dist`, unless it is fresh.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let toolchain =
        Toolchain::find().context("nothing here can build wasm; run `cargo xtask setup` first")?;
    let inputs = hash_of_inputs(profile, toolchain)?;
    let dist = process::root().join("ui/dist");
    let stamp = process::target_dir().join("xtask/page.stamp");
    if dist::is_fresh(&stamp, inputs, &dist) {
        eprintln!("page: fresh");
        return Ok(());
    }
    let wasm = compile(profile, toolchain)?;
    let files = assemble(profile, &wasm)?;
    let changed = files.write(&dist)?;
    eprintln!(
        "page: {changed} of {} files changed in ui/dist",
        files.len()
    );
    dist::stamp(&stamp, inputs, &dist)
}

/// cargo for the page's target, with the settings of a profile.
fn cargo(profile: Profile, toolchain: Toolchain) -> Command {
    let settings: &[(&str, &str)] = match profile {
        Profile::Dev => &[
            ("OPT_LEVEL", "1"),
            ("LTO", "off"),
            ("CODEGEN_UNITS", "16"),
            ("INCREMENTAL", "true"),
            ("STRIP", "debuginfo"),
        ],
        Profile::Release => &[
            ("OPT_LEVEL", "z"),
            ("LTO", "fat"),
            ("CODEGEN_UNITS", "1"),
            ("PANIC", "abort"),
            ("STRIP", "debuginfo"),
        ],
    };
    let mut cargo = toolchain.cargo();
    cargo.env("CARGO_TARGET_DIR", folder(profile));
    for (name, value) in settings {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    cargo
}

/// Not the host's folder: cargo locks a folder, and two compilers would throw out each other's work.
fn folder(profile: Profile) -> PathBuf {
    process::target_dir().join(match profile {
        Profile::Dev => "wasm",
        Profile::Release => "wasm-release",
    })
}

fn compile(profile: Profile, toolchain: Toolchain) -> Result<PathBuf> {
    eprintln!("page: compiling ui/ to wasm with {}", toolchain.name());
    let mut cargo = cargo(profile, toolchain);
    cargo.args(["build", "--release", "--target", TARGET]);
    cargo.args(["--package", "ui", "--bin", "ui"]);
    if profile == Profile::Dev {
        cargo.args(["--features", "gallery"]);
    }
    process::run(&mut cargo, "compiling the page to wasm")?;
    Ok(folder(profile).join(TARGET).join("release/ui.wasm"))
}

/// Runs the page's tests as what they are on a screen, wasm; `runner` is wasm-test-runner.
pub(crate) fn test(runner: &Path, filter: Option<&str>) -> Result<()> {
    let toolchain =
        Toolchain::find().context("nothing here can build wasm; run `cargo xtask setup` first")?;
    let mut cargo = cargo(Profile::Dev, toolchain);
    cargo.args(["test", "--release", "--target", TARGET]);
    cargo.args(["--package", "ui"]).args(filter);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    process::run(&mut cargo, "the page's tests as wasm")
}

fn assemble(profile: Profile, wasm: &Path) -> Result<Files> {
    let ui = process::root().join("ui");
    let work = process::target_dir().join("xtask/page");
    if work.exists() {
        std::fs::remove_dir_all(&work)
            .with_context(|| format!("cannot empty {}", work.display()))?;
    }
    eprintln!("page: wasm-bindgen");
    Bindgen::new()
        .input_path(wasm)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).out_name("ui").generate(&work))
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    if profile == Profile::Release {
        shrink(&work.join("ui_bg.wasm"))?;
    }
    let mut files = Files::below(&work)?;
    let source = ui.join("index.html");
    let source = std::fs::read_to_string(&source)
        .with_context(|| format!("cannot read {}", source.display()))?;
    let page = html::rewrite(&source)?;
    for (from, to) in page.copies {
        let from = ui.join(from);
        let bytes = std::fs::read(&from).with_context(|| {
            format!(
                "ui/index.html names {}, which cannot be read",
                from.display()
            )
        })?;
        files.add(&to, bytes);
    }
    files.add("index.html", page.html.into_bytes());
    files.add("boot.js", BOOT.as_bytes().to_vec());
    Ok(files)
}

/// Halves the program, where binaryen is installed (npm's; Debian's is too old for today's wasm).
fn shrink(wasm: &Path) -> Result<()> {
    let Some(wasm_opt) = process::find_on_path("wasm-opt") else {
        eprintln!("page: wasm-opt is not installed, so the page stays larger (npm i -g binaryen)");
        return Ok(());
    };
    let mut command = process::command(wasm_opt);
    command
        .args(["-Oz", "--all-features"])
        .arg(wasm)
        .arg("-o")
        .arg(wasm);
    process::run(&mut command, "wasm-opt")
}

/// Everything that the page is made of. A change elsewhere in the workspace leaves it the same.
fn hash_of_inputs(profile: Profile, toolchain: Toolchain) -> Result<u64> {
    let root = process::root();
    let mut hasher = DefaultHasher::new();
    (profile, toolchain.name(), BUILDERS).hash(&mut hasher);
    for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
        let file = root.join(file);
        let bytes =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        bytes.hash(&mut hasher);
    }
    for folder in ["ui", "model"] {
        dist::walk(&root.join(folder), &mut |path, bytes| {
            (path, bytes).hash(&mut hasher)
        })?;
    }
    Ok(hasher.finish())
}
