//! `cargo xtask …`: everything that is done with this repository beyond plain cargo.
//!
//! In the order in which a fresh machine meets them:
//!
//! - [`setup`]: what must be installed, and installing it.
//! - [`page`]: the user interface, from Rust to the files that the desktop program embeds.
//! - [`build`]: the page, then the programs.
//! - [`test`]: all checks and tests, as continuous integration runs them.
//! - [`bench`]: how quick and how large the desktop app is.
//! - [`demo`]: a relay and two people on this machine.
//! - [`demo`]: a relay and two people on this machine; [`gallery`]: the page's components.
//! - [`package`]: the relay's Debian package; [`bundle`]: the desktop app's packages.
//! - [`process`]: running other programs; [`display`]: where windows go that nobody looks at;
//!   [`steps`]: timing.
//!
//! Invariant: this depends on none of the other crates. It runs their programs, as a person would,
//! so it is quick to build and still works when they don't.

mod bench;
mod build;
mod bundle;
mod demo;
mod display;
mod gallery;
mod package;
mod page;
mod process;
mod setup;
mod steps;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::page::Profile;
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
    /// Install what tests need, then check and test everything.
    Test {
        /// Only the tests whose names contain this, without the checks.
        filter: Option<String>,
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
    },
    /// Run simulated histories: devices, relays and a store in virtual time, with everything that can go wrong.
    Sim {
        /// How many.
        #[arg(long, default_value_t = 2000)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// More for the simulator: --log, --keep 1,2,3, --failures 5.
        #[arg(last = true)]
        more: Vec<String>,
    },
    /// Run real devices, relays and Postgres behind bad lines, and kill -9 each of them at random.
    Soak {
        /// How long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Which plan; a random one without it.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Measure two real windows: local write to own screen, and post to the other window.
    Measure {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
    },
    /// Measure what a person waits for, and what it costs, in release builds.
    Bench {
        #[command(subcommand)]
        what: BenchTask,
    },
    /// Show the page's components in every state, in a window.
    Gallery {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
    },
    /// Take the pictures of docs/screens anew, in the real window.
    Screens {
        /// Only these faces; see tests/src/faces.rs.
        faces: Vec<String>,
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
    },
    /// Make the relay's Debian package and print where it is.
    Package {
        /// Of this program; without it the release build is made first.
        #[arg(long)]
        program: Option<std::path::PathBuf>,
    },
    /// Make the desktop app's .deb and .rpm and print where they are.
    Bundle {
        /// Of this program; without it the release build is made first.
        #[arg(long)]
        program: Option<std::path::PathBuf>,
    },
    /// Measure what an idle connection costs the relay in memory.
    MeasureIdle {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
        /// How many connections.
        #[arg(long, default_value_t = 10_000)]
        connections: usize,
    },
    /// Try Amend: a relay, two people, a room, and a window for each of the two.
    Demo {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
        /// No windows: the same conversation with the command-line client.
        #[arg(long)]
        headless: bool,
    },
}

#[derive(Debug, Subcommand)]
enum BenchTask {
    /// The desktop window: start, typing, scrolling, memory; in a room of 1,000,000 messages and in one of 1,000.
    Ui {
        /// Install without asking (as CI=true does).
        #[arg(long)]
        yes: bool,
        /// Where the numbers are written; without it, into the target folder.
        #[arg(long)]
        json: Option<std::path::PathBuf>,
        /// More for the program that measures: --messages 100000, --starts 3.
        #[arg(last = true)]
        more: Vec<String>,
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
        Task::Build { release, page_only } => {
            setup::wasm::ensure(Consent::new(false))?;
            let profile = if release {
                Profile::Release
            } else {
                Profile::Dev
            };
            if page_only {
                page::build(profile)
            } else {
                build::run(profile)
            }
        }
        Task::Test { filter, yes } => test::run(filter.as_deref(), Consent::new(yes)),
        Task::Sim { seeds, from, more } => test::long::simulate(seeds, from, &more),
        Task::Soak { seconds, seed } => test::long::soak(seconds, seed),
        Task::Measure { yes } => test::measure(Consent::new(yes)),
        Task::Bench {
            what: BenchTask::Ui { yes, json, more },
        } => bench::ui(Consent::new(yes), json, &more),
        Task::Gallery { yes } => gallery::run(Consent::new(yes)),
        Task::Screens { faces, yes } => test::screens(Consent::new(yes), &faces),
        Task::Package { program } => package::run(program),
        Task::Bundle { program } => bundle::run(program),
        Task::MeasureIdle { yes, connections } => {
            test::measure_idle(Consent::new(yes), connections)
        }
        Task::Demo { yes, headless } => demo::run(headless, Consent::new(yes)),
    }
}
