//! Debian's package manager: only asked when something is missing, and only after a yes.

use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Result, bail};

use super::Consent;
use crate::process;

/// Packages that bring a service of the same name, which nothing here needs.
const SERVERS: [&str; 3] = ["caddy", "nats-server", "pgbouncer"];

/// Whether this is a system with apt.
pub(crate) fn is_here() -> bool {
    process::find_on_path("apt-get").is_some()
}

/// Installs packages (name, what for), after consent.
pub(crate) fn install(packages: &[(&str, &str)], consent: Consent) -> Result<()> {
    eprintln!("setup: to install with apt-get:");
    for (package, why) in packages {
        eprintln!("    {package:28} {why}");
    }
    let names: Vec<&str> = packages.iter().map(|(package, _)| *package).collect();
    if consent == Consent::Ask && !ask()? {
        bail!(
            "nothing was installed; run `apt-get install {}` yourself, or this again with --yes",
            names.join(" ")
        );
    }
    process::run(apt_get()?.arg("update"), "apt-get update")?;
    process::run(
        apt_get()?
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&names),
        "apt-get install",
    )?;
    leave_nothing_running(&names);
    Ok(())
}

/// Debian starts a server when it is installed. Tests start their own; on a person's machine these would only hold ports.
fn leave_nothing_running(installed: &[&str]) {
    if !std::path::Path::new("/run/systemd/system").exists() {
        return;
    }
    for name in SERVERS.iter().filter(|name| installed.contains(name)) {
        let mut command = match as_root() {
            Ok(command) => command,
            Err(_) => return,
        };
        command.args(["systemctl", "disable", "--now", "--quiet", name]);
        if !process::succeeds(&mut command) {
            eprintln!("setup: the service {name} could not be stopped; it is not needed");
        }
    }
}

fn ask() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("there is nobody to ask; run this again with --yes (or CI=true) to install them");
    }
    eprint!("Install them now? [y/N] ");
    std::io::stderr().flush().ok();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// apt-get that asks nothing, waits for another apt, and is run as root.
fn apt_get() -> Result<Command> {
    let mut command = as_root()?;
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
        "-o",
        "Acquire::Retries=3",
        "-qq",
    ]);
    Ok(command)
}

/// `env`, as root: what follows are variables, then a program.
fn as_root() -> Result<Command> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if root {
        Ok(process::command("env"))
    } else if process::find_on_path("sudo").is_some() {
        let mut sudo = process::command("sudo");
        sudo.arg("env");
        Ok(sudo)
    } else {
        bail!("apt-get needs root and there is no sudo; run `cargo xtask setup` once as root")
    }
}
