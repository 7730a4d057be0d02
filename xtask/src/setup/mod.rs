//! What must be on the machine, and getting what is missing.
//!
//! Everything is looked for as files, so that with nothing to do this takes milliseconds and starts
//! no package manager, and so that a Postgres or WebKit from elsewhere counts as well.

pub(crate) mod apt;
pub(crate) mod deny;
pub(crate) mod npm;
pub(crate) mod wasm;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process::find_on_path;

/// May packages be installed without asking?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// `--yes`, or CI=true.
    Given,
    /// Ask on the terminal.
    Ask,
}

impl Consent {
    /// From the command line and the environment.
    pub(crate) fn new(yes: bool) -> Self {
        if yes || std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1") {
            Self::Given
        } else {
            Self::Ask
        }
    }
}

/// What the machine is to be made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Purpose {
    /// `cargo xtask test`.
    Test,
    /// `cargo xtask demo`.
    Demo,
    /// Both.
    All,
    /// `cargo xtask demo --headless`: relay and command-line client, no window.
    Headless,
}

/// How to see that something is there.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A program on PATH.
    Program(&'static str),
    /// A program that may be where only root's PATH leads.
    Server(&'static str),
    /// A pkg-config file of a library.
    Library(&'static str),
    /// Postgres's server programs, wherever they are.
    Postgres,
    /// A module of Python 3.
    PythonModule(&'static str),
    /// Any font.
    Fonts,
    /// A font's file, anywhere below the system's fonts.
    Font(&'static str),
}

/// One thing that must be there.
#[derive(Debug)]
struct Need {
    sign: Sign,
    package: &'static str,
    why: &'static str,
    part: Part,
}

/// What a need is a need of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Everything that is built.
    Programs,
    /// The desktop program.
    Window,
    /// The tests.
    Tests,
}

impl Purpose {
    fn includes(self, part: Part) -> bool {
        match self {
            Self::Test | Self::All => true,
            Self::Demo => part != Part::Tests,
            Self::Headless => part == Part::Programs,
        }
    }
}

const fn need(sign: Sign, package: &'static str, why: &'static str, part: Part) -> Need {
    Need {
        sign,
        package,
        why,
        part,
    }
}

/// The window's part of this is Linux's; elsewhere the system brings its own web view.
const NEEDS: &[Need] = &[
    need(
        Sign::Program("cc"),
        "build-essential",
        "C compiler and linker",
        Part::Programs,
    ),
    need(
        Sign::Postgres,
        "postgresql",
        "the relay's database",
        Part::Programs,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Library("libcrypto"),
        "libssl-dev",
        "the cipher of the client's database",
        Part::Programs,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("pkg-config"),
        "pkg-config",
        "finding the libraries below",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Library("webkit2gtk-4.1"),
        "libwebkit2gtk-4.1-dev",
        "the window's web view",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Library("librsvg-2.0"),
        "librsvg2-dev",
        "the window's icons",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Library("ayatana-appindicator3-0.1"),
        "libayatana-appindicator3-dev",
        "the window's tray icon",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Fonts,
        "fonts-dejavu-core",
        "text in the window",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Font("NotoColorEmoji.ttf"),
        "fonts-noto-color-emoji",
        "emoji in the window",
        Part::Window,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("WebKitWebDriver"),
        "webkit2gtk-driver",
        "driving the window in tests",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("Xvfb"),
        "xvfb",
        "a display for the window tests",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("dbus-run-session"),
        "dbus-daemon",
        "a session bus for the window tests",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("gnome-keyring-daemon"),
        "gnome-keyring",
        "a keyring for the tests of encryption",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("import"),
        "imagemagick",
        "screenshots of the window tests",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("xdotool"),
        "xdotool",
        "the window tests' hand on the system's dialogs",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("desktop-file-validate"),
        "desktop-file-utils",
        "the desktop app's package: its entry",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("appstreamcli"),
        "appstream",
        "the desktop app's package: its description",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("rpm"),
        "rpm",
        "looking into the desktop app's .rpm",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("xprop"),
        "x11-utils",
        "waiting for a display in the package's test",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("gio"),
        "libglib2.0-bin",
        "asking who opens amend:// addresses",
        Part::Tests,
    ),
    need(
        Sign::Server("nats-server"),
        "nats-server",
        "a wake-up bus for the tests of several relays",
        Part::Tests,
    ),
    need(
        Sign::Server("pgbouncer"),
        "pgbouncer",
        "a pooler for the tests of several relays",
        Part::Tests,
    ),
    need(
        Sign::PythonModule("websockets"),
        "python3-websockets",
        "the test client in another language",
        Part::Tests,
    ),
    need(
        Sign::PythonModule("yaml"),
        "python3-yaml",
        "looking into the compose file",
        Part::Tests,
    ),
    need(
        Sign::Program("caddy"),
        "caddy",
        "the reverse proxy of deploy/, in front of a relay",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("systemd-analyze"),
        "systemd",
        "looking into the relay's unit",
        Part::Tests,
    ),
    #[cfg(target_os = "linux")]
    need(
        Sign::Program("systemd-nspawn"),
        "systemd-container",
        "a machine to install the relay's package on",
        Part::Tests,
    ),
];

/// Makes the machine ready: system packages, then the wasm compiler.
pub(crate) fn run(purpose: Purpose, consent: Consent) -> Result<()> {
    let missing = missing(purpose);
    if !missing.is_empty() {
        let packages: Vec<(&str, &str)> = missing.iter().map(|n| (n.package, n.why)).collect();
        if !apt::is_here() {
            bail!("{}", by_hand(&missing));
        }
        apt::install(&packages, consent)?;
        let left = self::missing(purpose);
        if !left.is_empty() {
            bail!("apt-get went well, and yet {}", by_hand(&left));
        }
    }
    if purpose.includes(Part::Window) {
        wasm::ensure(consent)?;
    }
    if purpose.includes(Part::Tests) {
        npm::AXE.ensure()?;
        npm::TAURI.ensure()?;
    }
    Ok(())
}

/// For systems whose packages we don't know.
fn by_hand(missing: &[&Need]) -> String {
    let mut text = String::from("these are missing; install them and run this again:");
    for need in missing {
        let what = match need.sign {
            Sign::Program(name) | Sign::Server(name) => format!("the program `{name}` on PATH"),
            Sign::Library(name) => format!("the library `{name}` with its pkg-config file"),
            Sign::Postgres => "Postgres's server programs (initdb, pg_ctl, postgres)".to_owned(),
            Sign::PythonModule(name) => format!("Python 3 with the module `{name}`"),
            Sign::Fonts => "a font below /usr/share/fonts".to_owned(),
            Sign::Font(file) => format!("the font {file} below /usr/share/fonts"),
        };
        let Need { why, package, .. } = need;
        text.push_str(&format!("\n    {what}, for {why} (Debian: {package})"));
    }
    text
}

fn missing(purpose: Purpose) -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|need| purpose.includes(need.part))
        .filter(|need| !is_there(need.sign))
        .collect()
}

fn is_there(sign: Sign) -> bool {
    match sign {
        Sign::Program(name) => find_on_path(name).is_some(),
        Sign::Server(name) => {
            let hidden =
                ["/usr/sbin", "/usr/local/sbin"].map(|folder| Path::new(folder).join(name));
            find_on_path(name).is_some() || hidden.iter().any(|file| file.is_file())
        }
        Sign::Library(name) => has_library(name),
        Sign::Postgres => has_postgres(),
        Sign::PythonModule(name) => has_python_module(name),
        Sign::Fonts => font_folders().any(|folder| !children(&folder).is_empty()),
        Sign::Font(file) => font_folders().any(|folder| is_below(&folder, file, 4)),
    }
}

fn font_folders() -> impl Iterator<Item = PathBuf> {
    let below_home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".fonts"));
    [Some(PathBuf::from("/usr/share/fonts")), below_home]
        .into_iter()
        .flatten()
}

/// Whether a file is in a folder, or in folders of it down to a depth.
fn is_below(folder: &Path, file: &str, depth: usize) -> bool {
    folder.join(file).is_file()
        || (depth > 0
            && children(folder)
                .iter()
                .any(|child| child.is_dir() && is_below(child, file, depth - 1)))
}

/// Where Debian puts it, or wherever Python finds it.
fn has_python_module(name: &str) -> bool {
    Path::new("/usr/lib/python3/dist-packages")
        .join(name)
        .exists()
        || crate::process::command("python3")
            .args(["-c", &format!("import {name}")])
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// pkg-config's own way, without starting it: its path, then the usual folders.
fn has_library(name: &str) -> bool {
    let file = format!("{name}.pc");
    let mut folders: Vec<PathBuf> = ["PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"]
        .iter()
        .filter_map(std::env::var_os)
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .collect();
    for base in ["/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib"] {
        folders.push(Path::new(base).join("pkgconfig"));
    }
    // Debian's folder a processor: /usr/lib/x86_64-linux-gnu/pkgconfig.
    folders.extend(
        children(Path::new("/usr/lib"))
            .into_iter()
            .map(|dir| dir.join("pkgconfig")),
    );
    folders.iter().any(|folder| folder.join(&file).is_file())
}

/// PATH, then Debian's folder a version: as the relay looks for it.
fn has_postgres() -> bool {
    let complete = |bin: &Path| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|p| bin.join(p).is_file())
    };
    find_on_path("initdb").is_some_and(|initdb| initdb.parent().is_some_and(complete))
        || children(Path::new("/usr/lib/postgresql"))
            .iter()
            .any(|version| complete(&version.join("bin")))
        || find_on_path("pg_config").is_some_and(|pg_config| {
            crate::process::output(
                crate::process::command(pg_config).arg("--bindir"),
                "",
                "pg_config --bindir",
            )
            .is_ok_and(|bin| complete(Path::new(bin.trim())))
        })
}

fn children(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_reason_and_package() {
        let need = need(
            Sign::Program("Xvfb"),
            "xvfb",
            "a display for the window tests",
            Part::Tests,
        );
        assert_eq!(
            by_hand(&[&need]),
            "these are missing; install them and run this again:\n    the program `Xvfb` on PATH, for a \
             display for the window tests (Debian: xvfb)"
        );
    }

    #[test]
    fn what_nobody_has_is_not_there() {
        assert!(!is_there(Sign::Program("amend-no-such-program")));
        assert!(!is_there(Sign::Library("amend-no-such-library")));
        assert!(is_there(Sign::Program("sh")));
    }
}
