//! A display that nobody looks at: Xvfb, and the environment in which WebKit paints on it.

use std::io::Read;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{self, Service};

/// Large enough for two of our windows.
const SCREEN: &str = "1400x900x24";

/// A running Xvfb; it ends with the value.
#[derive(Debug)]
pub(crate) struct Display {
    name: String,
    _server: Service,
}

impl Display {
    /// Starts one on a number that it picks itself.
    pub(crate) fn start() -> Result<Self> {
        let mut command = process::command("Xvfb");
        command
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                SCREEN,
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdout(Stdio::piped());
        let mut server = Service::start(&mut command, "Xvfb")?;
        let mut stdout = server.stdout().context("Xvfb has no output to read")?;
        let mut number = String::new();
        let mut byte = [0];
        while !number.ends_with('\n') {
            if stdout
                .read(&mut byte)
                .context("cannot read Xvfb's display number")?
                == 0
            {
                bail!("Xvfb ended at once; its output is above");
            }
            number.push(char::from(byte[0]));
        }
        Ok(Self {
            name: format!(":{}", number.trim()),
            _server: server,
        })
    }

    /// A command that runs `program` on this display, with a session bus of its own. The variables
    /// make WebKit paint without a graphics card.
    pub(crate) fn wrap(&self, program: &str) -> Command {
        let mut command = process::command("dbus-run-session");
        command
            .args(["--", program])
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1");
        command
    }
}
