//! The desktop shell: a window around the page, thin commands and one event over the `client` crate, and what a desktop has
//! besides windows. No logic.
//!
//! - [`instance`]: one app; a second start hands over to the first. [`crash`]: a note of a crash, told at the next start.
//! - [`accounts`]: the accounts of this window, all open at once.
//! - [`commands`]: what the page may ask for, one function for each method of [`client::Client`].
//! - [`images`]: images of files for the page.
//! - [`page`]: the page from a folder, for those who work on it; [`parts`]: that all of it is there.
//! - [`rows`]: the one event, `rows`: which rows of the local database changed.
//! - [`window`]: the window, how it looks and where it stands.
//! - `bus`: the session's bus.
//! - [`notify`], [`tray`]: what is new, in notifications and beside the clock; [`links`]: what they open, and `amend://`.
//! - [`pick`]: files that a person chooses by the system's dialog.
//! - [`updates`]: whether there is a newer version. [`texts`]: what the shell itself says.
//!
//! Invariant: the window opens even when the profile does not, and then says why.

mod accounts;
#[cfg(target_os = "linux")]
mod bus;
mod commands;
mod crash;
mod images;
mod instance;
mod links;
mod notify;
#[cfg(debug_assertions)]
mod page;
mod parts;
mod pick;
mod rows;
mod texts;
mod tray;
mod updates;
mod window;

use accounts::Shell;
use anyhow::Context;
use clap::Parser;
use client::settings::SettingsStore;
use instance::{Asked, Turn};
use model::view::Account;
use std::path::{Path, PathBuf};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tracing_subscriber::EnvFilter;
use window::First;

/// Amend, the team chat whose messages can be edited.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Open this profile alone: one account's local database. Without it, all of this machine's accounts are open.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Start without a window, in the tray; where there is none, minimised.
    #[arg(long, visible_alias = "minimized")]
    minimised: bool,
    /// What to open: an amend:// address.
    #[arg(value_name = "LINK")]
    link: Option<String>,
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
    if let Some(window) = app.get_webview_window(window::MAIN) {
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

/// The folder of this app's own things: that of all profiles, or of the one that was named.
fn own_folder(home: &Path, profile: Option<&str>) -> PathBuf {
    let named = profile.and_then(|name| client::profile::folder(name).ok());
    named.unwrap_or_else(|| home.to_owned())
}

/// How the window comes up.
fn first(arguments: &Arguments, app: &AppHandle) -> First {
    let settings = app.state::<SettingsStore>().current().settings;
    if !arguments.minimised && !settings.start_minimised || arguments.link.is_some() {
        First::Shown
    } else if app.state::<tray::Tray>().is_present() {
        First::Hidden
    } else {
        First::Minimised
    }
}

/// Puts everything together once there is an app.
fn set_up(
    app: &AppHandle,
    arguments: &Arguments,
    one: Option<instance::First>,
) -> tauri::Result<()> {
    window::system::ask(app);
    tray::find(app);
    window::open(app, first(arguments, app))?;
    if let Some(link) = &arguments.link {
        links::open(app, link);
    }
    if let Some(one) = one {
        let app = app.clone();
        one.serve(move |asked| match asked.link {
            Some(link) => links::open(&app, &link),
            None => window::bring(&app),
        });
    }
    tauri::async_runtime::spawn(window::look::follow(app.clone()));
    tauri::async_runtime::spawn(window::system::follow(app.clone()));
    tauri::async_runtime::spawn(window::place::keep(app.clone()));
    tauri::async_runtime::spawn(notify::tell(app.clone()));
    tauri::async_runtime::spawn(tray::follow(app.clone()));
    tauri::async_runtime::spawn(updates::follow(app.clone()));
    tauri::async_runtime::spawn(exit_on_signal(app.clone()));
    accounts::start(app);
    tauri::async_runtime::block_on(retitle(app));
    Ok(())
}

fn on_window_event(window: &tauri::Window, event: &WindowEvent) {
    match event {
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => {
            window.state::<window::place::Keeper>().moved();
        }
        WindowEvent::Focused(focused) => window.state::<notify::Attention>().focused(*focused),
        WindowEvent::CloseRequested { api, .. } => {
            let settings = window.state::<SettingsStore>().current().settings;
            // Only where somebody can bring it back.
            if settings.close_to_tray && window.state::<tray::Tray>().is_present() {
                api.prevent_close();
                if let Err(error) = window.hide() {
                    tracing::warn!(%error, "the window could not be hidden");
                }
            }
        }
        _ => {}
    }
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
    parts::check(&context)?;
    // Without a home the profile does not open either, and the window says why.
    let home = client::profile::home().unwrap_or_else(|_| std::env::temp_dir().join("amend"));
    let own = own_folder(&home, arguments.profile.as_deref());
    let asked = Asked {
        link: arguments.link.clone(),
    };
    let one = match instance::take(&own, &asked) {
        Turn::First(one) => Some(one),
        Turn::Handed => {
            println!("Amend is running already; it has been told.");
            return Ok(());
        }
        Turn::Unknown => None,
    };
    let crash = crash::untold(&own);
    crash::watch(&own);
    let app = tauri::Builder::default()
        .manage(SettingsStore::open(&home))
        .manage(updates::Checker::new(&home, crash)?)
        .manage(window::place::Keeper::new(own.join("window.json")))
        .manage(notify::Attention::default())
        .manage(links::Links::default())
        .manage(tray::Tray::default())
        .manage(window::system::System::default())
        .manage(Shell::open(arguments.profile.clone()))
        .register_asynchronous_uri_scheme_protocol(images::SCHEME, |context, request, responder| {
            images::answer(context.app_handle(), &request, responder);
        })
        .invoke_handler(commands::handler())
        .on_window_event(on_window_event)
        .setup(move |app| Ok(set_up(app.handle(), &arguments, one)?))
        .build(context)
        .context("the window could not be made; is there a display?")?;
    app.run(|app, event| match event {
        RunEvent::Exit => {
            tauri::async_runtime::block_on(accounts::close_all(&app.state::<Shell>()));
        }
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                links::open(app, url.as_str());
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::bring(app),
        _ => {}
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
