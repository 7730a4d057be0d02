//! What the tests of the relay's front need: a relay with limits, requests from a chosen address, and what the relay counted.

use crate::relay_process::RelayProcess;
use crate::wait;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A relay with a configuration, which serves its metrics too.
pub struct Guarded {
    /// The relay.
    pub relay: RelayProcess,
    /// Its configuration file.
    pub config: std::path::PathBuf,
    metrics: SocketAddr,
    _folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status; 0: none, the connection was closed.
    pub status: u16,
    /// Head and body.
    pub text: String,
}

impl Answer {
    /// Whether it is this refusal, with a typed error and a sentence.
    ///
    /// # Panics
    /// When it is not.
    pub fn is_refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let body = self
            .text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body);
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], code, "{self:?}");
        assert!(body["text"].as_str().unwrap().ends_with('.'), "{self:?}");
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self
            .text
            .split_once("\r\n\r\n")
            .map_or("", |(head, _)| head);
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl Guarded {
    /// Starts one with more lines of configuration.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(lines: &str) -> Self {
        // An address of its own: a port that was free a moment ago may be another test's by now.
        static NUMBER: AtomicU8 = AtomicU8::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let [.., high, low] = std::process::id().to_be_bytes();
        let metrics = SocketAddr::from(([127, number, high, low], 9464));
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let text = format!("metrics_listen = \"{metrics}\"\n{lines}\n");
        std::fs::write(&config, text).unwrap();
        Self {
            relay: RelayProcess::configured(&config).await,
            config,
            metrics,
            _folder: folder,
        }
    }

    /// How often something was over a limit.
    ///
    /// # Panics
    /// When the metrics are not served.
    #[must_use]
    pub fn refused(&self, kind: &str) -> u64 {
        let mut answer = ureq::get(format!("http://{}/metrics", self.metrics))
            .call()
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let name = format!("amend_relay_refused_total{{kind=\"{kind}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    }

    /// Waits until something was over a limit so often at least.
    ///
    /// # Panics
    /// When it is not.
    pub async fn until_refused(&self, kind: &str, times: u64) {
        let what = format!("{kind} was refused {times} times");
        wait::until(&what, async || self.refused(kind), |count| *count >= times).await;
    }

    /// A bare connection from an address of this machine: 127.0.0.`from`.
    ///
    /// # Panics
    /// When there is none to be had.
    pub async fn line(&self, from: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        let from = Ipv4Addr::new(127, 0, 0, from);
        socket.bind((from, 0).into()).unwrap();
        socket.connect(self.relay.address()).await.unwrap()
    }

    /// Sends a request with further lines in its head, on a connection of its own.
    pub async fn ask(&self, from: u8, request: &str, headers: &[&str], body: &str) -> Answer {
        let mut line = self.line(from).await;
        let mut head = format!("{request} HTTP/1.1\r\nHost: {}\r\n", self.relay.address());
        for header in headers {
            head += &format!("{header}\r\n");
        }
        if !body.is_empty() {
            head += &format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        let text = format!("{head}Connection: close\r\n\r\n{body}");
        // A relay that has refused already may not take it all.
        let _ = line.write_all(text.as_bytes()).await;
        answer(&mut line).await
    }

    /// Signs in.
    pub async fn login(&self, from: u8, headers: &[&str], name: &str, password: &str) -> Answer {
        let body = serde_json::json!({"name": name, "password": password});
        self.ask(from, "POST /v1/login", headers, &body.to_string())
            .await
    }
}

/// Reads what comes until the connection is closed.
///
/// # Panics
/// When it is not.
pub async fn answer(line: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(wait::DEADLINE, line.read_to_end(&mut bytes));
    let _ = read.await.expect("the relay answers or closes");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or(0),
        text,
    }
}
