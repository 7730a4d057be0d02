//! A desktop window under the test's display, driven through WebKitWebDriver: one driver process a window.

use crate::people::Home;
use crate::{programs, wait};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// An open window of the desktop app.
pub struct Window {
    /// The WebDriver session.
    pub page: Client,
    driver: Child,
}

/// A message as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its author's name; empty where the window groups it under the former one's.
    pub author: String,
    /// Its text.
    pub body: String,
    /// `sent`, `pending` or `failed`.
    pub delivery: String,
    /// It carries the "edited" mark.
    pub edited: bool,
    /// It is a tombstone.
    pub deleted: bool,
}

impl Window {
    /// Opens a window on a profile.
    ///
    /// # Panics
    /// When the driver or the window does not come up.
    pub async fn open(home: &Home, profile: &str) -> Self {
        Self::open_with(home, &["--profile", profile], &[]).await
    }

    /// Opens a window with these arguments, in an environment with these variables besides.
    ///
    /// # Panics
    /// When the driver or the window does not come up.
    pub async fn open_with(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let port = crate::ports::free();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("AMEND_HOME", home.path())
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver runs (Debian: webkit2gtk-driver)");
        let url = format!("http://127.0.0.1:{port}");
        let options = json!({
            "binary": programs::built("amend-desktop"),
            "args": args,
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        wait::until(
            "WebKitWebDriver listens",
            async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(),
            |ok| *ok,
        )
        .await;
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&url)
            .await
            .expect("the window opens");
        Self { page, driver }
    }

    /// The first element with a test id, once it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn get(&self, testid: &str) -> Element {
        let selector = by(testid);
        wait::until(
            &format!("{testid} is there"),
            async || self.page.find(Locator::Css(&selector)).await.ok(),
            Option::is_some,
        )
        .await
        .unwrap()
    }

    /// Waits for the first element with a test id that can be used and clicks it; again if it was just being replaced. (A click on
    /// what is still disabled does nothing, and WebDriver says nothing.)
    ///
    /// # Panics
    /// When it does not come.
    pub async fn click(&self, testid: &str) {
        self.click_css(&format!("{}:not(:disabled)", by(testid)))
            .await;
    }

    async fn click_css(&self, selector: &str) {
        wait::until(
            &format!("{selector} can be clicked"),
            async || match self.page.find(Locator::Css(selector)).await {
                Ok(element) => element.click().await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            },
            Result::is_ok,
        )
        .await
        .unwrap();
    }

    /// Types into the first element with a test id, replacing what is there.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn type_into(&self, testid: &str, text: &str) {
        let element = self.get(testid).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Signs in through the window's form.
    ///
    /// # Panics
    /// When the form is not there.
    pub async fn sign_in(&self, relay: &str, name: &str, password: &str) {
        self.type_into("relay-input", relay).await;
        self.type_into("name-input", name).await;
        self.type_into("password-input", password).await;
        self.click("sign-in-button").await;
    }

    /// Posts through the composer.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn post(&self, text: &str) {
        self.type_into("composer", text).await;
        self.click("send-button").await;
    }

    /// Edits the message with this text inline.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn edit(&self, from: &str, to: &str) {
        let id = self.message(from).await.id;
        self.act(&id, "edit-button").await;
        self.get("edit-input").await;
        self.type_into("edit-input", to).await;
        self.click("edit-save").await;
    }

    /// Deletes the message with this text.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn delete(&self, text: &str) {
        let id = self.message(text).await.id;
        self.act(&id, "delete-button").await;
        self.click("confirm-delete").await;
    }

    /// Clicks something on a message. Its buttons are there while it has the mouse or the keyboard, so it gets the keyboard first.
    ///
    /// # Panics
    /// When there is no such message or button.
    pub async fn act(&self, message: &str, testid: &str) {
        let focus = "const m = document.querySelector(arguments[0]); if (m) m.focus({ preventScroll: true });";
        let at = json!(format!("[data-message-id=\"{message}\"]"));
        wait::until(
            &format!("{testid} of the message can be clicked"),
            async || {
                self.page.execute(focus, vec![at.clone()]).await.unwrap();
                match self.page.find(Locator::Css(&within(message, testid))).await {
                    Ok(element) => element.click().await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            },
            Result::is_ok,
        )
        .await
        .unwrap();
    }

    /// Presses a key on a message.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn press(&self, message: &str, key: &str) {
        let script = "const m = document.querySelector(arguments[0]); m.focus({ preventScroll: true });
            m.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[1], bubbles: true, cancelable: true }));";
        let at = json!(format!("[data-message-id=\"{message}\"]"));
        self.page
            .execute(script, vec![at, json!(key)])
            .await
            .unwrap();
    }

    /// What a script says, once it is as it should be.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until_script(
        &self,
        what: &str,
        script: &str,
        is_met: impl Fn(&Value) -> bool,
    ) -> Value {
        let ask = async || self.page.execute(script, Vec::new()).await.unwrap();
        wait::until(what, ask, |seen| is_met(seen)).await
    }

    /// The message with this text, once it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn message(&self, text: &str) -> Shown {
        let found = self
            .until(&format!("a message says {text:?}"), |shown| {
                shown.iter().any(|message| message.body == text)
            })
            .await;
        found
            .into_iter()
            .find(|message| message.body == text)
            .unwrap()
    }

    /// The messages that the window shows, top to bottom.
    ///
    /// # Panics
    /// When the window is gone.
    pub async fn messages(&self) -> Vec<Shown> {
        let script = r#"
            return Array.from(document.querySelectorAll('[data-testid="message"]')).map(m => {
                const text = id => { const e = m.querySelector(`[data-testid="${id}"]`); return e ? e.textContent : ''; };
                return { id: m.dataset.messageId, author: text('author'), body: text('body'), delivery: m.dataset.delivery,
                    edited: m.dataset.edited === 'true', deleted: m.dataset.deleted === 'true' };
            });"#;
        let found = self.page.execute(script, Vec::new()).await.unwrap();
        found.as_array().unwrap().iter().map(shown).collect()
    }

    /// Waits until the timeline is as it should be.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until(&self, what: &str, is_met: impl Fn(&[Shown]) -> bool) -> Vec<Shown> {
        wait::until(what, async || self.messages().await, |shown| is_met(shown)).await
    }

    /// Waits until the connection's state is the given word.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until_connection(&self, state: &str) {
        let script = r#"const e = document.querySelector('[data-testid="connection"]'); return e ? e.dataset.state : null;"#;
        wait::until(
            &format!("the connection is {state}"),
            async || self.page.execute(script, Vec::new()).await.unwrap(),
            |seen| seen.as_str() == Some(state),
        )
        .await;
    }

    /// The text of the first element with a test id, once it has one.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn text(&self, testid: &str) -> String {
        let script =
            r#"const e = document.querySelector(arguments[0]); return e ? e.textContent : "";"#;
        let seen = wait::until(
            &format!("{testid} says something"),
            async || {
                self.page
                    .execute(script, vec![json!(by(testid))])
                    .await
                    .unwrap()
            },
            |seen| seen.as_str().is_some_and(|text| !text.trim().is_empty()),
        )
        .await;
        seen.as_str().unwrap().trim().to_owned()
    }

    /// Keeps a picture of the display in `AMEND_SHOTS`, if that is set. (WebDriver's own screenshot waits for ever when another
    /// window covers this one.)
    ///
    /// # Panics
    /// When the picture can't be taken or kept.
    pub async fn shot(&self, name: &str) {
        let Some(folder) = std::env::var_os("AMEND_SHOTS").map(PathBuf::from) else {
            return;
        };
        std::fs::create_dir_all(&folder).unwrap();
        let picture = folder.join(format!("{name}.png"));
        let taken = Command::new("import")
            .args(["-window", "root"])
            .arg(picture)
            .status()
            .unwrap();
        assert!(taken.success(), "ImageMagick's import takes a picture");
    }

    /// The process id of the app, for `kill -9`.
    ///
    /// # Panics
    /// When the driver has no such child.
    #[must_use]
    pub fn app_pid(&self) -> u32 {
        let driver = self.driver.id();
        let children =
            std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children")).unwrap();
        let mut candidates: Vec<u32> = children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect();
        candidates.retain(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/comm"))
                .is_ok_and(|name| name.trim().starts_with("amend-desktop"))
        });
        candidates[0]
    }

    /// `kill -9` of the app; the window is gone.
    ///
    /// # Panics
    /// When there is no such process.
    pub async fn kill(self) {
        let pid = self.app_pid();
        let killed = Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        wait::until(
            "the app is dead",
            async || {
                std::fs::read_to_string(format!("/proc/{pid}/stat"))
                    .map(|stat| {
                        stat.rsplit(')')
                            .next()
                            .unwrap_or("")
                            .trim()
                            .starts_with('Z')
                    })
                    .unwrap_or(true)
            },
            |dead| *dead,
        )
        .await;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The app goes with its driver's session; make sure of it even when the session is beyond talking to.
        let driver = self.driver.id();
        if let Ok(children) =
            std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children"))
        {
            for pid in children.split_whitespace() {
                let _ = Command::new("kill").args(["-9", pid]).status();
            }
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn by(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

fn within(message: &str, testid: &str) -> String {
    format!("[data-message-id=\"{message}\"] {}", by(testid))
}

fn shown(value: &Value) -> Shown {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Shown {
        id: text("id"),
        author: text("author"),
        body: text("body"),
        delivery: text("delivery"),
        edited: value["edited"].as_bool().unwrap_or_default(),
        deleted: value["deleted"].as_bool().unwrap_or_default(),
    }
}
