//! `amend-relay`: the relay and its host's commands.

mod cli;

use anyhow::Context;
use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let levels = std::env::var("AMEND_LOG")
        .ok()
        .filter(|levels| EnvFilter::try_new(levels).is_ok())
        .unwrap_or_else(|| "info".to_owned());
    let levels = format!("{levels},{}", relay::bus::SILENCED);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(levels))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = cli::Arguments::parse();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The program could not start. Close other programs and try again.")
        .and_then(|runtime| runtime.block_on(cli::run(arguments)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("amend-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}
