//! Runs the page's tests as wasm, under Node.js: what cargo starts in place of a test program that this machine can't run.
//!
//! wasm-bindgen's own runner as a library, so that it is in step with Cargo.lock and nobody has to install it.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
