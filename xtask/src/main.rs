//! `cargo xtask …`: everything that is done with this repository beyond plain cargo.
//!
//! In the order in which a fresh machine meets them:
//!
//! - [`setup`]: what must be installed, and installing it.
//! - [`page`]: the user interface, from Rust to the files that the desktop program embeds.
//! - [`process`]: running other programs; [`steps`]: timing them.
//!
//! Invariant: this depends on none of the other crates. It runs their programs, as a person would,
//! so it is quick to build and still works when they don't.

mod page;
mod process;
mod setup;
mod steps;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::{Consent, Purpose};

/// Set up, build, test and try Amend.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is missing on this machine.
    Setup {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
        /// What to get ready for.
        #[arg(long = "for", value_enum, default_value = "all")]
        purpose: Purpose,
    },
    /// Build the page (ui/dist) and the programs that need it.
    Build {
        /// Small and quick programs that take longer to build.
        #[arg(long)]
        release: bool,
        /// Only the page.
        #[arg(long)]
        page_only: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    process::watch_signals()?;
    match task {
        Task::Setup { yes, purpose } => setup::run(purpose, Consent::new(yes)),
        Task::Build { release, page_only } => build(release, page_only),
    }
}

fn build(release: bool, page_only: bool) -> Result<()> {
    setup::wasm::ensure(Consent::Ask)?;
    let profile = if release {
        page::Profile::Release
    } else {
        page::Profile::Dev
    };
    page::build(profile)?;
    if page_only {
        return Ok(());
    }
    let mut cargo = process::cargo();
    cargo.args([
        "build",
        "-p",
        "client",
        "-p",
        "relay",
        "-p",
        "amend-desktop",
    ]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo, "building the programs")
}
