//! `amend-relay`: the relay and its host's commands.

mod cli;

use anyhow::Context;
use clap::Parser;
use relay::RelayError;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The program could not start. Close other programs and try again.")
        .and_then(|runtime| runtime.block_on(cli::run(arguments)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("amend-relay: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and what is behind it, down to our own sentence: what Postgres says beyond that may hold values of rows.
fn told(error: &anyhow::Error) -> String {
    let mut sentences = Vec::new();
    for cause in error.chain() {
        sentences.push(cause.to_string());
        if cause.is::<RelayError>() {
            break;
        }
    }
    sentences.join(": ")
}
