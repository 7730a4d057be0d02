//! The two long runs: simulated histories, and real parts that are killed at random.

use crate::process;
use crate::{build, page};
use anyhow::Result;

/// Histories of one run of `cargo xtask test`.
pub(super) const SEEDS: u64 = 2000;

/// Seconds of the run on real parts: in continuous integration, and on a person's machine.
pub(super) fn soak_seconds() -> u64 {
    let set = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    if set { 300 } else { 20 }
}

/// `cargo xtask sim`.
pub(crate) fn simulate(seeds: u64, from: u64, more: &[String]) -> Result<()> {
    build_programs()?;
    run_simulator(seeds, from, more)
}

/// `cargo xtask soak`.
pub(crate) fn soak(seconds: u64, seed: Option<u64>) -> Result<()> {
    build_programs()?;
    run_soak(seconds, seed)
}

fn build_programs() -> Result<()> {
    let mut cargo = process::cargo();
    // The same selection as for the tests, so that nothing is built twice.
    cargo.args([
        "build",
        "--workspace",
        "--exclude",
        "xtask",
        "--exclude",
        "ui",
    ]);
    cargo.args(["--exclude", "amend-desktop", "--lib", "--bins"]);
    process::run(&mut cargo, "building the programs")
}

pub(super) fn run_simulator(seeds: u64, from: u64, more: &[String]) -> Result<()> {
    let mut command = process::command(build::programs(page::Profile::Dev).join("sim"));
    command.args(["--seeds", &seeds.to_string(), "--from", &from.to_string()]);
    command.args(more);
    process::run(&mut command, "the simulator")
}

pub(super) fn run_soak(seconds: u64, seed: Option<u64>) -> Result<()> {
    let mut command = process::command(build::programs(page::Profile::Dev).join("soak"));
    command.args(["--seconds", &seconds.to_string()]);
    if let Some(seed) = seed {
        command.args(["--seed", &seed.to_string()]);
    }
    command.env("AMEND_BIN_DIR", build::programs(page::Profile::Dev));
    process::run(&mut command, "the run on real parts")
}
