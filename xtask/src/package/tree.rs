//! The package's files, laid out as they will stand on the machine.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;

/// A folder that becomes the package.
pub(super) struct Tree(PathBuf);

const PROGRAM: &str = "usr/bin/amend-relay";
const DOCUMENTS: &str = "usr/share/doc/amend-relay";
const CONFIG: &str = "etc/amend-relay/config.toml";

/// Scripts of the package manager, from deploy/debian/.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

impl Tree {
    /// An empty one below a folder.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let tree = Self(folder.join("root"));
        std::fs::create_dir_all(&tree.0)?;
        Ok(tree)
    }

    /// Where it is.
    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// The program in it.
    pub(super) fn program(&self) -> String {
        self.0.join(PROGRAM).to_string_lossy().into_owned()
    }

    /// Everything but the control files.
    pub(super) fn fill(&self, program: &Path, version: &str) -> Result<()> {
        let bytes =
            std::fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
        self.put(PROGRAM, &bytes, 0o755)?;
        let program = self.program();
        let mut strip = process::command("strip");
        strip.args(["--strip-unneeded", "--remove-section=.comment", &program]);
        process::run(&mut strip, "strip")?;
        self.copy("relay/default-config.toml", CONFIG)?;
        self.copy(
            "deploy/amend-relay.service",
            "usr/lib/systemd/system/amend-relay.service",
        )?;
        self.copy("deploy/debian/copyright", &format!("{DOCUMENTS}/copyright"))?;
        for page in ["docs/self-hosting.md", "docs/protocol.md"] {
            let name = page.rsplit('/').next().unwrap_or(page);
            self.copy(page, &format!("{DOCUMENTS}/{name}"))?;
        }
        self.copy("CHANGELOG.md", &format!("{DOCUMENTS}/changelog"))?;
        let date = process::output(
            process::command("git").args(["log", "-1", "--format=%aD"]),
            "",
            "git",
        )?;
        let entry = format!(
            "amend-relay ({version}) stable; urgency=medium\n\n  * See changelog.gz.\n\n -- Amend <amend@example.invalid>  {}\n",
            date.trim()
        );
        self.put(
            &format!("{DOCUMENTS}/changelog.Debian"),
            entry.as_bytes(),
            0o644,
        )?;
        for name in ["changelog", "changelog.Debian"] {
            let path = self.0.join(DOCUMENTS).join(name);
            process::run(process::command("gzip").arg("-9n").arg(path), "gzip")?;
        }
        Ok(())
    }

    /// What the package manager reads.
    pub(super) fn control(&self, version: &str, architecture: &str, libc: &str) -> Result<()> {
        let kilobytes = size(&self.0)?.div_ceil(1024);
        let control = format!(
            "Package: amend-relay
Version: {version}
Architecture: {architecture}
Maintainer: Amend <amend@example.invalid>
Section: net
Priority: optional
Installed-Size: {kilobytes}
Depends: adduser, libc6 (>= {libc}), libgcc-s1
Recommends: postgresql, ca-certificates
Description: Relay of the Amend team chat
 Applies what the people of a team write to Postgres and tells everyone. It
 works on a database that it is given, or runs a Postgres of its own from the
 installed programs.
 .
 The service listens on this machine only, until the configuration says
 otherwise. See /usr/share/doc/amend-relay/self-hosting.md.
"
        );
        self.put("DEBIAN/control", control.as_bytes(), 0o644)?;
        self.put("DEBIAN/conffiles", format!("/{CONFIG}\n").as_bytes(), 0o644)?;
        for script in SCRIPTS {
            let text = std::fs::read(process::root().join("deploy/debian").join(script))
                .with_context(|| format!("cannot read deploy/debian/{script}"))?;
            self.put(&format!("DEBIAN/{script}"), &text, 0o755)?;
        }
        Ok(())
    }

    fn copy(&self, from: &str, to: &str) -> Result<()> {
        let bytes = std::fs::read(process::root().join(from))
            .with_context(|| format!("cannot read {from}"))?;
        self.put(to, &bytes, 0o644)
    }

    /// Whatever the umask: a package's modes are the same on every machine.
    fn put(&self, to: &str, bytes: &[u8], mode: u32) -> Result<()> {
        let path = self.0.join(to);
        let folders: Vec<&Path> = path
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.0))
            .collect();
        for folder in folders.into_iter().rev() {
            std::fs::create_dir_all(folder)?;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
        }
        std::fs::write(&path, bytes)
            .and_then(|()| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        sum += if data.is_dir() {
            size(&entry.path())?
        } else {
            data.len()
        };
    }
    Ok(sum)
}
