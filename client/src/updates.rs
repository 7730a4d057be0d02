//! Whether there is a newer version: asked of a static JSON file (docs/updates.md), once a day at most, and told, never installed.
//!
//! Invariants: nothing is sent but our version in the user agent; the answer is bounded in size and time; an address that it names is
//! shown and opened only if it is https; what was learned is kept in a file, and what a screen shows is read from there.

use crate::settings::write_whole;
use crate::{ClientError, clock};
use model::Millis;
use model::view::{Release, UpdatesView};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAY: i64 = 24 * 60 * 60 * 1000;
const ANSWER_MAX: Duration = Duration::from_secs(15);
const FEED_MAX_BYTES: u64 = 256 * 1024;
const NOTES_MAX_CHARS: usize = 2000;

/// Where this build asks, if whoever built it says so (`AMEND_UPDATE_FEED` at build time).
pub const BUILT_IN_FEED: Option<&str> = option_env!("AMEND_UPDATE_FEED");

/// The feed, as Tauri's updater reads it too; what we don't need is passed over.
#[derive(Deserialize)]
struct Feed {
    version: String,
    #[serde(default)]
    notes: Option<String>,
    /// Ours: a page for people.
    #[serde(default)]
    page: Option<String>,
    #[serde(default)]
    platforms: BTreeMap<String, Platform>,
}

#[derive(Deserialize)]
struct Platform {
    url: String,
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    checked_at: Option<Millis>,
    release: Option<Release>,
    trouble: Option<String>,
}

/// What is known below a folder of profiles.
#[derive(Clone, Debug)]
pub struct Updates {
    file: PathBuf,
    current: Version,
}

impl Updates {
    /// Those for a program of this version.
    ///
    /// # Errors
    /// A version that is none.
    pub fn new(home: &Path, version: &str) -> Result<Self, semver::Error> {
        Ok(Self {
            file: home.join("updates.json"),
            current: Version::parse(version)?,
        })
    }

    fn known(&self) -> Known {
        // A file that is broken or gone costs one more question.
        let bytes = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// What a screen shows.
    #[must_use]
    pub fn view(&self, chosen_feed: &str) -> UpdatesView {
        let known = self.known();
        let newer = |release: &Release| {
            Version::parse(&release.version).is_ok_and(|version| version > self.current)
        };
        UpdatesView {
            feed: feed(chosen_feed),
            checked_at: known.checked_at,
            newer: known.release.filter(newer),
            trouble: known.trouble,
        }
    }

    /// Whether it is time to ask again.
    #[must_use]
    pub fn are_due(&self, now: Millis) -> bool {
        match self.known().checked_at {
            // A clock that was set back must not stop the asking for ever.
            Some(at) => now.0 < at.0 || now.0 - at.0 >= DAY,
            None => true,
        }
    }

    /// Asks, and keeps what was learned; blocks meanwhile.
    ///
    /// # Errors
    /// An unwritable folder. That the feed could not be read is no error but something to show.
    pub fn ask(&self, address: &str) -> Result<(), ClientError> {
        let mut known = self.known();
        known.checked_at = Some(clock::now());
        match fetch(address, &self.current) {
            Ok(release) => {
                known.release = Some(release);
                known.trouble = None;
            }
            Err(trouble) => {
                tracing::info!(%trouble, "the feed of updates could not be read");
                known.trouble = Some(trouble);
            }
        }
        let keep = || -> std::io::Result<()> {
            write_whole(&self.file, &serde_json::to_vec_pretty(&known)?)
        };
        keep().map_err(|error| ClientError::file(&self.file, error))
    }
}

/// Where to ask: what the settings say, else what this build says.
#[must_use]
pub fn feed(chosen: &str) -> Option<String> {
    let chosen = chosen.trim();
    if chosen.is_empty() {
        BUILT_IN_FEED.map(str::to_owned)
    } else {
        Some(chosen.to_owned())
    }
}

fn is_loopback(address: &str) -> bool {
    ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"]
        .iter()
        .any(|start| address.starts_with(start))
}

fn fetch(address: &str, current: &Version) -> Result<Release, String> {
    let local = is_loopback(address);
    if !local && !address.starts_with("https://") {
        return Err(format!(
            "\"{address}\" is no address of a feed: it begins with https://"
        ));
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(ANSWER_MAX))
        .https_only(!local)
        .user_agent(format!("Amend/{current}"))
        .build()
        .into();
    let bytes = agent
        .get(address)
        .call()
        .and_then(|mut answer| {
            let body = answer.body_mut().with_config().limit(FEED_MAX_BYTES);
            body.read_to_vec()
        })
        .map_err(|error| error.to_string())?;
    release(&bytes, &platform(), local)
}

/// As Tauri's updater names them: `linux-x86_64`.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    format!("{system}-{}", std::env::consts::ARCH)
}

fn release(feed: &[u8], platform: &str, local: bool) -> Result<Release, String> {
    let feed: Feed = serde_json::from_slice(feed).map_err(|error| error.to_string())?;
    let version = feed.version.trim_start_matches('v');
    Version::parse(version).map_err(|error| format!("its version is none: {error}"))?;
    let page = feed
        .page
        .or_else(|| feed.platforms.get(platform).map(|one| one.url.clone()))
        .ok_or_else(|| format!("it names no page and nothing for {platform}"))?;
    let good = page.starts_with("https://") || (local && is_loopback(&page));
    if !good || page.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("the address that it names does not begin with https://".to_owned());
    }
    let notes = feed.notes.unwrap_or_default();
    Ok(Release {
        version: version.to_owned(),
        notes: notes.chars().take(NOTES_MAX_CHARS).collect(),
        page,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn serve(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/feed.json", listener.local_addr().expect("it"));
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody");
            let mut asked = Vec::new();
            let mut part = [0; 1024];
            while !asked.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut part).expect("a request");
                asked.extend_from_slice(&part[..read]);
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
            stream.write_all(head.as_bytes()).expect("answered");
            String::from_utf8(asked).expect("text")
        });
        (address, thread)
    }

    #[test]
    fn a_newer_version_is_learned_and_nothing_is_told() {
        let home = tempfile::tempdir().expect("a folder");
        let updates = Updates::new(home.path(), "0.1.0").expect("a version");
        assert!(updates.are_due(clock::now()));
        let (address, asked) = serve(
            r#"{"version": "v0.2.0", "notes": "Better.", "page": "https://example.org/get"}"#,
        );
        updates.ask(&address).expect("kept");
        let view = updates.view("");
        let release = view.newer.expect("a release");
        assert_eq!(release.version, "0.2.0");
        assert_eq!(release.page, "https://example.org/get");
        assert!(!updates.are_due(clock::now()), "once a day");
        assert!(updates.are_due(Millis(clock::now().0 + DAY)));
        let asked = asked.join().expect("a request").to_lowercase();
        let names: Vec<&str> = asked
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        for name in names {
            let known = ["host", "user-agent", "accept", "accept-encoding"];
            assert!(known.contains(&name), "{name} is sent");
        }
        assert!(asked.contains("user-agent: amend/0.1.0"), "{asked}");
        // Whoever has it is not told of it.
        let later = Updates::new(home.path(), "0.2.0").expect("a version");
        assert_eq!(later.view("").newer, None);
    }

    #[test]
    fn what_is_no_feed_is_said_and_what_was_known_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let updates = Updates::new(home.path(), "0.1.0").expect("a version");
        let (address, asked) = serve(r#"{"version": "0.3.0", "page": "https://example.org"}"#);
        updates.ask(&address).expect("kept");
        asked.join().expect("a request");
        let (address, asked) = serve("<html>");
        updates.ask(&address).expect("kept");
        asked.join().expect("a request");
        let view = updates.view(&address);
        assert!(view.trouble.is_some());
        assert_eq!(
            view.newer.map(|release| release.version).as_deref(),
            Some("0.3.0")
        );
        updates.ask("http://example.org/feed.json").expect("kept");
        assert!(
            updates
                .view("")
                .trouble
                .is_some_and(|why| why.contains("https"))
        );
    }

    #[test]
    fn an_address_that_is_no_page_is_refused() {
        for page in [
            "javascript:alert(1)",
            "http://example.org",
            "file:///etc/passwd",
            "https://a b",
        ] {
            let feed = serde_json::json!({ "version": "1.0.0", "page": page }).to_string();
            assert!(
                release(feed.as_bytes(), "linux-x86_64", false).is_err(),
                "{page}"
            );
        }
        let tauris = r#"{"version": "1.0.0", "pub_date": "2026-01-01T00:00:00Z", "platforms":
            {"linux-x86_64": {"signature": "s", "url": "https://example.org/amend.AppImage"}}}"#;
        let found = release(tauris.as_bytes(), "linux-x86_64", false).expect("a release");
        assert_eq!(found.page, "https://example.org/amend.AppImage");
        assert!(release(tauris.as_bytes(), "windows-x86_64", false).is_err());
        assert!(release(br#"{"version": "new"}"#, "linux-x86_64", false).is_err());
    }
}
