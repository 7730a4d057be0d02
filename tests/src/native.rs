//! The system's own dialogs, which WebDriver does not see: found by their titles on the test's display and answered by the keyboard,
//! with `xdotool` (Debian: xdotool).

use crate::wait;
use std::path::Path;
use std::process::Command;

fn xdotool(args: &[&str]) -> Option<String> {
    let output = Command::new("xdotool").args(args).output();
    let output = output.expect("xdotool runs (Debian: xdotool)");
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(said)
}

/// The windows with this title that are shown now.
fn titled(title: &str) -> Vec<String> {
    let name = format!("^{title}$");
    let found = xdotool(&["search", "--onlyvisible", "--name", &name]);
    let found = found.unwrap_or_default();
    found.lines().map(str::to_owned).collect()
}

/// Waits for the file dialog with this title, takes a picture of it, and chooses a path in it; none: gives it up.
///
/// # Panics
/// When there is no such dialog, or it does not close.
pub async fn answer(title: &str, path: Option<&Path>) {
    let find = async || titled(title);
    let found = wait::until(&format!("the dialog {title:?}"), find, |all| {
        !all.is_empty()
    })
    .await;
    let id = found.last().unwrap().clone();
    let focus = async || {
        xdotool(&["windowfocus", &id]);
        xdotool(&["getwindowfocus"])
    };
    wait::until("it has the keyboard", focus, |now| {
        now.as_deref() == Some(id.as_str())
    })
    .await;
    match path {
        Some(path) => {
            // The field for a path, and nothing in it.
            xdotool(&["key", "--clearmodifiers", "ctrl+l"]);
            xdotool(&["key", "--clearmodifiers", "ctrl+a"]);
            xdotool(&["type", "--clearmodifiers", &path.to_string_lossy()]);
        }
        None => {
            xdotool(&["key", "--clearmodifiers", "Escape"]);
        }
    }
    // GTK passes Enter over while it looks at what the path leads to, so it is pressed until the dialog has taken it; sent to the dialog
    // alone, as the window below must not get one too many.
    let gone = async || {
        let left = titled(title);
        if path.is_some() && left.contains(&id) {
            xdotool(&["key", "--window", &id, "Return"]);
        }
        left
    };
    wait::until("the dialog is gone", gone, Vec::is_empty).await;
}
