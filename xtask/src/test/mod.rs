//! `cargo xtask test`: what continuous integration runs, and people too.
//!
//! Each part is a step with a time. All that can be run is run, so that one look shows everything
//! that is wrong; with a filter, only what running those tests needs.

mod deny;
pub(crate) mod long;
mod runner;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result};

use self::runner::Runner;
use crate::display::Display;
use crate::process::{self, TempDir};
use crate::setup::npm::AXE;
use crate::setup::{self, Consent, Purpose};
use crate::steps::Steps;
use crate::{build, page};

/// Runs everything, or with a filter the tests whose names contain it.
pub(crate) fn run(filter: Option<&str>, consent: Consent) -> Result<()> {
    let mut steps = Steps::default();
    let ready = steps.run("set-up", || setup::run(Purpose::Test, consent));
    if filter.is_none() {
        steps.run("format", || {
            process::run(
                process::cargo().args(["fmt", "--all", "--check"]),
                "cargo fmt (mend: cargo fmt --all)",
            )
        });
    }
    let page = ready && steps.run("page", || page::build(page::Profile::Dev));
    if !page {
        let why = "the page could not be built";
        for name in ["clippy", "deny", "build", "tests", "window tests"] {
            steps.skip(name, why);
        }
        return steps.finish();
    }
    if filter.is_none() {
        steps.run("clippy", clippy);
        steps.run("deny", deny::check);
    }
    if steps.run("build", build_tests) {
        if filter.is_none() {
            steps.run("simulation", || {
                let from = 0;
                long::run_simulator(long::SEEDS, from, &[])
            });
            steps.run("soak", || long::run_soak(long::soak_seconds(), None));
        }
        run_tests(&mut steps, filter);
    } else {
        steps.skip("tests", "the build failed");
        steps.skip("window tests", "the build failed");
    }
    steps.finish()
}

/// Measures two real windows; see tests/src/bin/measure-windows.rs.
pub(crate) fn measure(consent: Consent) -> Result<()> {
    setup::run(Purpose::Test, consent)?;
    page::build(page::Profile::Dev)?;
    build_tests()?;
    let surroundings = Surroundings::start(build::programs(page::Profile::Dev))?;
    let program = build::programs(page::Profile::Dev).join("measure-windows");
    surroundings.run_program(&program.to_string_lossy(), "measure-windows", &[])
}

/// Measures idle connections; see tests/src/bin/measure-idle.rs.
pub(crate) fn measure_idle(consent: Consent, connections: usize) -> Result<()> {
    setup::run(Purpose::Test, consent)?;
    page::build(page::Profile::Dev)?;
    build_tests()?;
    let surroundings = Surroundings::start(build::programs(page::Profile::Dev))?;
    let program = build::programs(page::Profile::Dev).join("measure-idle");
    let connections = ["--connections".to_owned(), connections.to_string()];
    surroundings.run_program(&program.to_string_lossy(), "measure-idle", &connections)
}

/// Takes the pictures of the window anew; see tests/src/bin/screens.
pub(crate) fn screens(consent: Consent, faces: &[String]) -> Result<()> {
    setup::run(Purpose::Test, consent)?;
    page::build(page::Profile::Dev)?;
    build_tests()?;
    let surroundings = Surroundings::start(build::programs(page::Profile::Dev))?;
    let program = build::programs(page::Profile::Dev).join("screens");
    let folder = process::root().join("docs/screens");
    let mut arguments = vec![folder.to_string_lossy().into_owned()];
    arguments.extend_from_slice(faces);
    surroundings.run_program(&program.to_string_lossy(), "screens", &arguments)
}

fn clippy() -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "ui/gallery",
        "--",
        "-D",
        "warnings",
    ]);
    process::run(&mut cargo, "cargo clippy")
}

/// Programs and tests in one go: with the same selection as the run, so that cargo picks the same
/// features for every dependency and builds each once. xtask is left out because its own features
/// were picked when it was started.
fn build_tests() -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args([
        "build",
        "--workspace",
        "--exclude",
        "xtask",
        "--lib",
        "--bins",
        "--tests",
    ]);
    process::run(&mut cargo, "building the programs and tests")
}

fn run_tests(steps: &mut Steps, filter: Option<&str>) {
    steps.run("xtask's tests", || {
        let mut cargo = process::cargo();
        cargo.args(["test", "--package", "xtask"]).args(filter);
        process::run(&mut cargo, "xtask's tests")
    });
    steps.run("the page's tests", || {
        page::test(
            &build::programs(page::Profile::Dev).join("wasm-test-runner"),
            filter,
        )
    });
    let mut surroundings = None;
    let up = steps.run("test servers", || {
        surroundings = Some(Surroundings::start(build::programs(page::Profile::Dev))?);
        Ok(())
    });
    let Some(surroundings) = surroundings.filter(|_| up) else {
        steps.skip("tests", "their servers could not be started");
        steps.skip("window tests", "their servers could not be started");
        return;
    };
    let runner = Runner::find();
    steps.run("tests", || surroundings.run(runner, &runner.plain(filter)?));
    steps.run("window tests", || {
        surroundings.run(runner, &runner.windows(filter)?)
    });
}

/// What tests find running: a Postgres of their own and a display. Both end with the value.
pub(crate) struct Surroundings {
    programs: PathBuf,
    postgres: Postgres,
    display: Display,
}

impl Surroundings {
    /// With the programs of this folder.
    pub(crate) fn start(programs: PathBuf) -> Result<Self> {
        Ok(Self {
            postgres: Postgres::start(programs.join("amend-relay"))?,
            display: Display::start()?,
            programs,
        })
    }

    fn run(&self, runner: Runner, arguments: &[String]) -> Result<()> {
        self.run_program("cargo", runner.name(), arguments)
    }

    /// Runs a program among them.
    pub(crate) fn run_program(
        &self,
        program: &str,
        name: &str,
        arguments: &[String],
    ) -> Result<()> {
        let mut command = self.display.wrap(program);
        command
            .args(arguments)
            .env("CARGO_TARGET_DIR", process::target_dir())
            .env("AMEND_TEST_POSTGRES", &self.postgres.url)
            .env("AMEND_BIN_DIR", &self.programs)
            .env("AMEND_AXE", AXE.ensure()?);
        process::run_group(&mut command, name)
    }
}

/// A private cluster, run by the relay's own command: that it works is part of what is tested.
struct Postgres {
    relay: PathBuf,
    url: String,
    data: TempDir,
}

impl Postgres {
    fn start(relay: PathBuf) -> Result<Self> {
        let data = TempDir::new("test")?;
        let mut command = process::command(&relay);
        command
            .args(["postgres", "start", "--data"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Ctrl-C is for us to see; Postgres is stopped in its turn.
            .process_group(0);
        let mut child = command
            .spawn()
            .context("cannot start amend-relay, which runs the tests' Postgres")?;
        // Only the first line: Postgres lives on and may keep the pipe open.
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut url)
                .context("cannot read the connection string from `amend-relay postgres start`")?;
        }
        let postgres = Self {
            relay,
            url: url.trim().to_owned(),
            data,
        };
        let status = child
            .wait()
            .context("cannot wait for `amend-relay postgres start`")?;
        if !status.success() || postgres.url.is_empty() {
            anyhow::bail!("`amend-relay postgres start` failed ({status}); its output is above");
        }
        Ok(postgres)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = std::process::Command::new(&self.relay);
        command
            .args(["postgres", "stop", "--data"])
            .arg(self.data.path());
        if !process::succeeds(&mut command) {
            eprintln!(
                "warning: the tests' Postgres in {} could not be stopped",
                self.data.path().display()
            );
        }
    }
}
