//! The desktop app's packages: what is in them, and that the .deb is installed, started and removed. On a debug build, so that it is
//! quick; `cargo xtask bundle` without a program makes them of the release build.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use system_tests::programs;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn said(output: &Output) -> String {
    let bytes = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The .deb and the .rpm of the program that was built for the tests.
fn packages() -> (PathBuf, PathBuf) {
    let mut xtask = Command::new(programs::built("xtask"));
    xtask
        .args(["bundle", "--program"])
        .arg(programs::built("amend-desktop"))
        .current_dir(root());
    let printed = run(&mut xtask);
    let mut paths = printed.lines().map(PathBuf::from);
    (paths.next().unwrap(), paths.next().unwrap())
}

/// The files of a package, as paths from the root.
fn files(listing: &str) -> Vec<String> {
    let paths = listing.lines().map(|line| line.trim_start_matches('.'));
    paths
        .filter(|path| !path.ends_with('/'))
        .map(str::to_owned)
        .collect()
}

fn check_files(files: &[String], of: &Path) {
    let has = |path: &str| {
        assert!(
            files.iter().any(|file| file == path),
            "{path} is not in {}",
            of.display()
        )
    };
    for size in [16, 22, 24, 32, 48, 64, 96, 128, 192, 256, 512] {
        has(&format!(
            "/usr/share/icons/hicolor/{size}x{size}/apps/amend-desktop.png"
        ));
    }
    for path in [
        "/usr/bin/amend-desktop",
        "/usr/share/applications/Amend.desktop",
        "/usr/share/icons/hicolor/scalable/apps/amend-desktop.svg",
        "/usr/share/metainfo/chat.amend.desktop.metainfo.xml",
        "/usr/share/man/man1/amend-desktop.1.gz",
        "/usr/share/doc/amend/copyright",
        "/usr/share/doc/amend/LICENSE-MIT",
        "/usr/share/doc/amend/LICENSE-APACHE",
        "/usr/share/doc/amend/installing.md",
        "/usr/share/doc/amend/updates.md",
    ] {
        has(path);
    }
}

/// Whether this process may boot a throw-away machine of its own: root, with mounts.
fn can_boot() -> bool {
    Command::new("unshare")
        .args(["--mount", "sh", "-c", "mount -t tmpfs none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// One test, because making the packages takes the longest.
#[test]
fn the_packages_hold_what_they_say_and_the_deb_installs_starts_and_goes() {
    let (deb, rpm) = packages();
    let folder = tempfile::tempdir().unwrap();
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(&deb)
        .arg(folder.path()));
    let listing = run(Command::new("find")
        .args([".", "-type", "f"])
        .current_dir(folder.path()));
    check_files(&files(&listing), &deb);
    check_files(
        &files(&run(Command::new("rpm").arg("-qpl").arg(&rpm))),
        &rpm,
    );
    let file = |path: &str| folder.path().join(path);

    // The desktop entry and the metadata are good to those who read them.
    run(Command::new("desktop-file-validate").arg(file("usr/share/applications/Amend.desktop")));
    run(Command::new("appstreamcli")
        .args(["validate", "--no-net", "--explain"])
        .arg(file("usr/share/metainfo/chat.amend.desktop.metainfo.xml")));
    let entry = std::fs::read_to_string(file("usr/share/applications/Amend.desktop")).unwrap();
    for line in [
        "MimeType=x-scheme-handler/amend;",
        "Exec=amend-desktop %u",
        "Icon=amend-desktop",
        "Exec=amend-desktop --minimised",
    ] {
        assert!(entry.lines().any(|found| found == line), "{line}");
    }
    let version = run(Command::new(file("usr/bin/amend-desktop")).arg("--version"));
    let field = |name| run(Command::new("dpkg-deb").arg("-f").arg(&deb).arg(name));
    assert_eq!(version, format!("amend-desktop {}", field("Version")));
    for library in [
        "libwebkit2gtk-4.1-0",
        "libgtk-3-0",
        "libayatana-appindicator3-1",
    ] {
        assert!(field("Depends").contains(library), "{}", field("Depends"));
    }
    let required = run(Command::new("rpm").args(["-qp", "--requires"]).arg(&rpm));
    assert!(required.contains("webkit2gtk"), "{required}");

    if !can_boot() {
        // Without root the packages are looked into only; continuous integration has root.
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must boot a machine of its own"
        );
        eprintln!("not root: the package was not installed");
        return;
    }
    install(&deb);
}

/// In a copy of this machine that costs nothing; what is done in it is gone with it.
fn install(package: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "bash"])
        .arg(root().join("tests/deploy/boot.sh"))
        .arg(folder.path())
        .arg(package)
        .arg(programs::built("amend"))
        .arg(root().join("tests/deploy/desktop-in-container.sh"))
        .output()
        .unwrap();
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap_or_default();
    assert!(
        told.trim_end().ends_with("all good"),
        "{told}\n{}",
        said(&output)
    );
}
