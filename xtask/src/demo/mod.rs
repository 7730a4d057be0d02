//! `cargo xtask demo`: a relay on its embedded database, two people in a room, and a window for each;
//! or, headless, the same conversation with the command-line client.
//!
//! Everything is in one folder under /tmp that goes away at the end, so a demo neither finds nor
//! leaves anything.

mod headless;
mod scene;

use std::time::Duration;

use anyhow::{Result, bail};

use self::scene::{PEOPLE, ROOM, Scene};
use crate::process::{self, Service};
use crate::setup::{self, Consent, Purpose};
use crate::{build, page};

/// Sets up, builds, and shows it.
pub(crate) fn run(headless: bool, consent: Consent) -> Result<()> {
    if headless {
        setup::run(Purpose::Headless, consent)?;
        eprintln!("demo: building relay and command-line client");
        build::run_headless()?;
        return headless::converse();
    }
    if !has_display() {
        bail!(
            "there is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so no window can be \
             opened. Run this in a desktop session, or `cargo xtask demo --headless` for the same \
             conversation on the command line"
        );
    }
    setup::run(Purpose::Demo, consent)?;
    eprintln!("demo: building everything");
    build::run(page::Profile::Dev)?;
    let result = windows();
    // Ctrl-C is how a demo ends.
    if process::interrupted() {
        Ok(())
    } else {
        result
    }
}

fn has_display() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn windows() -> Result<()> {
    let mut scene = Scene::start()?;
    for (person, text) in PEOPLE.into_iter().zip(["Hello, Grace!", "Hello, Ada!"]) {
        scene.amend(person, &["send", ROOM, text])?;
    }
    let mut windows = Vec::new();
    for person in PEOPLE {
        let mut command =
            process::command(build::programs(page::Profile::Dev).join("amend-desktop"));
        command
            .args(["--profile", person])
            .env("AMEND_HOME", scene.home());
        windows.push(Service::start(&mut command, &format!("{person}'s window"))?);
    }
    eprintln!(
        "demo: two windows are open, ada's and grace's; the relay is at {} (passwords: {}, {}).\n\
         demo: close both windows or press Ctrl-C to end it",
        scene.url(),
        scene::password(PEOPLE[0]),
        scene::password(PEOPLE[1])
    );
    while !windows.is_empty() {
        process::check_interrupted()?;
        scene.check_relay()?;
        let mut open = Vec::new();
        for mut window in windows {
            match window.ended()? {
                None => open.push(window),
                Some(status) if status.success() => {}
                Some(status) => bail!("a window ended badly ({status}); its output is above"),
            }
        }
        windows = open;
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}
