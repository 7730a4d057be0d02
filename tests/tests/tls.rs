//! TLS by the relay itself: served, checked beforehand, and renewed under live connections.

#![allow(clippy::unwrap_used)]

use futures_util::{SinkExt, StreamExt};
use model::wire::{ClientFrame, Codec, PROTOCOL_VERSION, RelayFrame, SYNC_PATH};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use system_tests::guard::{Guarded, answer};
use system_tests::relay_process::password;
use system_tests::wait;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// An authority and the folder of what it has issued.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { issuer, folder }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// The lines of the configuration.
    fn config(&self) -> String {
        let (certificate, key) = (self.certificate(), self.key());
        format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n")
    }

    /// Issues a certificate with a common name, good until a year; writes both files as a whole.
    fn issue(&self, name: &str, until: i32) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        write(&self.key(), &key.serialize_pem());
        write(&self.certificate(), &certificate.pem());
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    async fn connect(&self, guarded: &Guarded) -> TlsStream<TcpStream> {
        let name = ServerName::try_from("localhost").unwrap();
        let line = guarded.line(2).await;
        self.connector().connect(name, line).await.unwrap()
    }

    /// Whether the relay shows the certificate with this common name.
    async fn shows(&self, guarded: &Guarded, name: &str) -> bool {
        let stream = self.connect(guarded).await;
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        shown
            .windows(name.len())
            .any(|window| window == name.as_bytes())
    }

    async fn websocket(&self, guarded: &Guarded) -> WebSocketStream<TlsStream<TcpStream>> {
        let stream = self.connect(guarded).await;
        let mut request = format!("wss://localhost{SYNC_PATH}")
            .into_client_request()
            .unwrap();
        let protocol = Codec::Json.subprotocol().parse().unwrap();
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol);
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        socket
    }
}

fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, path).unwrap();
}

async fn send(socket: &mut WebSocketStream<TlsStream<TcpStream>>, frame: &ClientFrame) {
    let text = String::from_utf8(Codec::Json.encode(frame).unwrap()).unwrap();
    socket.send(Message::text(text)).await.unwrap();
}

async fn next(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> RelayFrame {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return Codec::Json.decode(text.as_bytes()).unwrap();
        }
    }
}

async fn is_alive(socket: &mut WebSocketStream<TlsStream<TcpStream>>) {
    send(socket, &ClientFrame::Browse {}).await;
    while !matches!(next(socket).await, RelayFrame::Directory { .. }) {}
}

fn log_in(guarded: &Guarded) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .disable_verification(true)
                .build(),
        )
        .build()
        .into();
    let body = serde_json::json!({"name": "ada", "password": password("ada")});
    let mut answer = agent
        .post(format!("{}/v1/login", guarded.relay.url()))
        .send_json(&body)
        .unwrap();
    let body: serde_json::Value = answer.body_mut().read_json().unwrap();
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_under_live_connections() {
    let authority = Authority::new();
    authority.issue("the first", 2100);
    let guarded = Guarded::start(&authority.config()).await;
    guarded.relay.add_user("ada");
    let mut socket = authority.websocket(&guarded).await;
    let (version, token) = (PROTOCOL_VERSION, log_in(&guarded));
    send(&mut socket, &ClientFrame::Hello { version, token }).await;
    assert!(matches!(
        next(&mut socket).await,
        RelayFrame::Welcome { .. }
    ));
    assert!(authority.shows(&guarded, "the first").await);

    authority.issue("the second", 2100);
    let second = async || authority.shows(&guarded, "the second").await;
    wait::until("the new certificate is shown", second, |shown| *shown).await;
    is_alive(&mut socket).await;

    // One that can't be used: the one before stays. The next good one is taken, so the broken one was looked at.
    write(&authority.certificate(), "no certificate");
    hang_up(&guarded);
    assert!(second().await);
    authority.issue("the expired", 2001);
    hang_up(&guarded);
    assert!(second().await);
    authority.issue("the third", 2100);
    hang_up(&guarded);
    let third = async || authority.shows(&guarded, "the third").await;
    wait::until("the next certificate is shown", third, |shown| *shown).await;
    is_alive(&mut socket).await;

    let listen = guarded.relay.address().to_string();
    let said = guarded
        .relay
        .host_alone(&["healthcheck", "--listen", &listen]);
    assert!(said.0 && said.1.contains("is ready"), "{said:?}");
}

fn hang_up(guarded: &Guarded) {
    let pid = guarded.relay.pid().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-HUP", &pid])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_text_and_slow_handshakes_are_closed() {
    let authority = Authority::new();
    authority.issue("the relay", 2100);
    let config = format!("{}[limits]\nhead_seconds = 1\n", authority.config());
    let guarded = Guarded::start(&config).await;
    let before = guarded.refused("tls_handshake");
    let mut clear = guarded.line(2).await;
    clear
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(answer(&mut clear).await.status, 0);
    let mut silent = guarded.line(2).await;
    assert_eq!(answer(&mut silent).await.text, "");
    guarded.until_refused("tls_handshake", before + 2).await;
    assert!(authority.shows(&guarded, "the relay").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_can_t_be_used_are_named_beforehand() {
    let authority = Authority::new();
    authority.issue("the relay", 2100);
    let guarded = Guarded::start(&authority.config()).await;
    let check = || guarded.relay.host_alone(&["config", "check"]);
    assert!(check().0, "{:?}", check());
    let fails = |says: &str| {
        let (good, said) = check();
        assert!(
            !good && said.contains(says) && said.contains(".pem"),
            "{said}"
        );
    };
    authority.issue("the relay", 2001);
    fails("it has expired");
    authority.issue("the relay", 2100);
    write(
        &authority.key(),
        &KeyPair::generate().unwrap().serialize_pem(),
    );
    fails("it is not for the key");
    write(&authority.key(), "no key");
    fails("it holds no private key");
    write(&authority.certificate(), "no certificate");
    fails("it holds no certificate");
    std::fs::remove_file(authority.certificate()).unwrap();
    fails("it can't be read");
}
