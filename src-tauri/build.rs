//! Hands the page and the list of commands to Tauri: a command that is not listed here, and allowed in
//! `capabilities/main.json`, does not exist for the page.

use std::error::Error;
use std::path::Path;

const PAGE: &str = "../ui/dist";

const COMMANDS: &[&str] = &[
    "startup",
    "account",
    "sign_in",
    "sign_out",
    "status",
    "rooms",
    "directory",
    "people",
    "timeline",
    "create_room",
    "join",
    "post",
    "edit",
    "delete",
    "retry",
    "discard",
    "recovered",
    "drafts",
    "set_draft",
    "notices",
    "dismiss_notice",
    "browse",
    "network_changed",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PAGE}");
    if !Path::new(PAGE).join("index.html").exists() {
        return Err(
            "the page is not built (ui/dist/index.html is missing): run `cargo xtask build`".into(),
        );
    }
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
