//! Hands the page and the list of commands to Tauri: a command that is not in the list of `src/commands/mod.rs` does not
//! exist for the page. The permission set `page`, which `capabilities/main.json` grants, is made of the same list.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

const PAGE: &str = "../ui/dist";
const COMMANDS: &str = "src/commands/mod.rs";
const PERMISSIONS: &str = "permissions/page.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PAGE}");
    println!("cargo:rerun-if-changed={COMMANDS}");
    println!("cargo:rerun-if-changed=capabilities");
    whole_page()?;
    let commands = listed(&std::fs::read_to_string(COMMANDS)?)?;
    permit(&commands)?;
    // Tauri keeps the names for the program's whole life, and this one ends in a moment.
    let names: Vec<&'static str> = commands
        .into_iter()
        .map(|name| &*Box::leak(name.into_boxed_str()))
        .collect();
    let manifest = tauri_build::AppManifest::new().commands(names.leak());
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}

/// Refuses a page that is not built, or not to its end: the program would show a blank window.
fn whole_page() -> Result<(), Box<dyn Error>> {
    let page = Path::new(PAGE);
    let missing = |name: &str| {
        format!("the page is not built (ui/dist/{name} is missing): run `cargo xtask build`")
    };
    let index =
        std::fs::read_to_string(page.join("index.html")).map_err(|_| missing("index.html"))?;
    let named = ["href=\"/", "src=\"/"].into_iter().flat_map(|marker| {
        let after = index.split(marker).skip(1);
        // A link to the page itself names no file.
        let named = after.filter_map(|rest| rest.split('"').next());
        named.filter(|name| !name.is_empty())
    });
    for name in named.chain(["boot.js", "ui.js", "ui_bg.wasm"]) {
        if !page.join(name).is_file() {
            return Err(missing(name).into());
        }
    }
    Ok(())
}

/// The names in the list of commands, without their modules.
fn listed(source: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let list = source
        .split_once("generate_handler![")
        .and_then(|(_, rest)| rest.split_once(']'))
        .ok_or("src/commands/mod.rs has no list of commands")?
        .0;
    let names = list
        .split(',')
        .filter_map(|path| path.trim().rsplit("::").next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    Ok(names.collect())
}

/// Writes the permission set, if it is another one than before.
fn permit(commands: &[String]) -> Result<(), Box<dyn Error>> {
    let mut set = "[[set]]\nidentifier = \"page\"\ndescription = \"The commands of src/commands.\"\npermissions = [\n".to_owned();
    for name in commands {
        writeln!(set, "  \"allow-{}\",", name.replace('_', "-"))?;
    }
    set.push_str("]\n");
    if std::fs::read_to_string(PERMISSIONS).is_ok_and(|before| before == set) {
        return Ok(());
    }
    std::fs::create_dir_all("permissions")?;
    std::fs::write(PERMISSIONS, set)?;
    Ok(())
}
