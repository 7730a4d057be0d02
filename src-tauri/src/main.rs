//! The desktop shell: a window around the page, thin commands and one event over the `client` crate. No logic.
//!
//! - [`accounts`]: the accounts of this window, all open at once.
//! - [`commands`]: what the page may ask for, one function for each method of [`client::Client`].
//! - [`page`]: the page from a folder, for those who work on it.
//! - [`rows`]: the one event, `rows`: which rows of the local database changed.
//!
//! Invariant: the window opens even when the profile does not, and then says why.

mod accounts;
mod commands;
#[cfg(debug_assertions)]
mod page;
mod rows;

use accounts::Shell;
use anyhow::Context;
use clap::Parser;
use model::view::Account;
use tauri::{AppHandle, Manager, RunEvent};
use tracing_subscriber::EnvFilter;

/// Amend, the team chat whose messages can be edited.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Open this profile alone: one account's local database. Without it, all of this machine's accounts are open.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

/// What stands above the window, so that two windows on one machine can be told apart.
fn title(profile: &str, account: Option<&Account>) -> String {
    match account {
        Some(account) => format!("{} at {} – Amend ({profile})", account.name, account.relay),
        None => format!("Amend ({profile})"),
    }
}

/// Says in the title who is signed in.
async fn retitle(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let account = match shell.client() {
        Ok(client) => client.account().await.ok().flatten(),
        Err(_) => None,
    };
    if let Some(window) = app.get_webview_window("main") {
        let title = title(&shell.selected(), account.as_ref());
        if let Err(error) = window.set_title(&title) {
            tracing::warn!(%error, "the window's title could not be set");
        }
    }
}

/// WebKitGTK shows a blank window with some graphics drivers unless this is set, and it has to be set before the
/// process starts. Does nothing where the person has chosen a value.
#[cfg(target_os = "linux")]
fn avoid_blank_window() {
    use std::os::unix::process::CommandExt;
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let error = match std::env::current_exe() {
        Ok(program) => std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(VARIABLE, "1")
            .exec(),
        Err(error) => error,
    };
    eprintln!(
        "Could not start again with {VARIABLE}=1 ({error}); if the window stays blank, set it yourself."
    );
}

/// Ends the app in order when it is asked to from outside.
async fn exit_on_signal(app: AppHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    app.exit(0);
}

fn main() -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    avoid_blank_window();
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    #[cfg_attr(not(debug_assertions), expect(unused_mut))]
    let mut context = tauri::generate_context!();
    #[cfg(debug_assertions)]
    page::from_folder(&mut context);
    let app = tauri::Builder::default()
        .manage(Shell::open(arguments.profile))
        .invoke_handler(commands::handler())
        .setup(|app| {
            let handle = app.handle().clone();
            accounts::start(&handle);
            tauri::async_runtime::spawn(exit_on_signal(handle.clone()));
            tauri::async_runtime::block_on(retitle(&handle));
            Ok(())
        })
        .build(context)
        .context("the window could not be made; is there a display?")?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(accounts::close_all(&app.state::<Shell>()));
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_tells_profile_and_account() {
        assert_eq!(title("work", None), "Amend (work)");
        let account = Account {
            relay: "http://127.0.0.1:7420".to_owned(),
            user_id: model::UserId(Default::default()),
            name: "ada".to_owned(),
        };
        assert_eq!(
            title("work", Some(&account)),
            "ada at http://127.0.0.1:7420 – Amend (work)"
        );
    }
}
