//! Packages of npm that tests and bundles use: each installed once, with its version, into the cache.
//!
//! Invariant: no package's own scripts run, and nothing is written into the repository.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process;

/// The accessibility checker that the window tests load into the page.
pub(crate) const AXE: Package = Package {
    name: "axe-core",
    version: "4.14.1",
    file: "axe.min.js",
};

/// Tauri's bundler, a ready-made program.
pub(crate) const TAURI: Package = Package {
    name: "@tauri-apps/cli",
    version: "2.12.5",
    file: "tauri.js",
};

/// One package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: &'static str,
    /// Exactly this one.
    pub(crate) version: &'static str,
    /// A file below the package's folder that is there when it is installed.
    pub(crate) file: &'static str,
}

impl Package {
    /// The file, after installing the package where it is missing.
    pub(crate) fn ensure(self) -> Result<PathBuf> {
        let Self {
            name,
            version,
            file,
        } = self;
        let folder = process::cache_dir()?.join(format!(
            "tools/npm/{}-{version}",
            name.replace(['/', '@'], "-")
        ));
        let path = folder.join("node_modules").join(name).join(file);
        if path.is_file() {
            return Ok(path);
        }
        let Some(npm) = process::find_on_path("npm") else {
            bail!("npm is missing, which installs {name}; install Node.js and run this again");
        };
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        eprintln!(
            "setup: installing {name} {version} into {}",
            folder.display()
        );
        let mut command = process::command(npm);
        command
            .args([
                "install",
                "--silent",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(&folder)
            .arg(format!("{name}@{version}"));
        process::run(&mut command, "npm install")?;
        if !path.is_file() {
            bail!("npm went well, and yet {} is not there", path.display());
        }
        Ok(path)
    }
}
