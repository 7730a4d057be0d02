//! TLS to Postgres: what sslmode asks for is what happens, and a server that can't prove who it is gets nothing.

#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use system_tests::database::Database;
use system_tests::ports;
use system_tests::relay_process::RelayProcess;
use system_tests::servers::{metric, write_config};
use system_tests::soak::cluster::Cluster;
use system_tests::wait;
use system_tests::wire::Wire;
use tokio_postgres::{Config, NoTls};

/// A Postgres with `ssl = on` that takes nobody over TCP without.
struct Server {
    child: Child,
    port: u16,
    database: Database,
    folder: tempfile::TempDir,
}

fn pem(path: &Path, label: &str, der: &[u8]) {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    std::fs::write(path, format!("{begin}\n{}\n{end}\n", lines.join("\n"))).unwrap();
}

/// A CA's certificate at `NAME.pem`.
fn authority(folder: &Path, name: &str) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    pem(
        &folder.join(format!("{name}.pem")),
        "CERTIFICATE",
        certificate.der(),
    );
    Issuer::new(params, key)
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let cluster = Cluster::start(folder.path().join("data"));
        let config: Config = cluster.url.parse().unwrap();
        let tokio_postgres::config::Host::Unix(sockets) = &config.get_hosts()[0] else {
            panic!("a private Postgres listens on a Unix socket");
        };
        let data = folder.path().join("data/pg");
        let running = std::fs::read_to_string(data.join("postmaster.opts")).unwrap();
        let program = running.split_whitespace().next().unwrap().to_owned();
        let sockets = sockets.display().to_string();
        drop(cluster);

        // The certificate is for the address alone, not for the name "localhost".
        let right = authority(folder.path(), "right");
        let _ = authority(folder.path(), "wrong");
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &right).unwrap();
        pem(&data.join("server.crt"), "CERTIFICATE", certificate.der());
        pem(
            &data.join("server.key"),
            "PRIVATE KEY",
            key.serialized_der(),
        );
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(data.join("server.key"), closed).unwrap();
        std::fs::write(
            data.join("pg_hba.conf"),
            "local all all trust\nhostssl all all 127.0.0.1/32 trust\n",
        )
        .unwrap();
        let owner = std::fs::metadata(&data).unwrap();
        let mut command = Command::new(program);
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            for file in ["server.crt", "server.key"] {
                chown(data.join(file), Some(owner.uid()), Some(owner.gid())).unwrap();
            }
            command.uid(owner.uid()).gid(owner.gid());
        }
        let port = ports::free();
        let log = std::fs::File::create(folder.path().join("server.log")).unwrap();
        let child = command
            .current_dir("/")
            .arg("-D")
            .arg(&data)
            .args(["-k", &sockets, "-p", &port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let url = format!("host={sockets} port={port} user=amend dbname=amend");
        let config: Config = url.parse().unwrap();
        let answers = async || config.connect(NoTls).await.is_ok();
        wait::until("Postgres answers", answers, |ok| *ok).await;
        Self {
            child,
            port,
            database: Database { url },
            folder,
        }
    }

    fn url(&self, host: &str, mode: &str) -> String {
        let port = self.port;
        format!("postgres://amend@{host}:{port}/amend?sslmode={mode}")
    }

    /// A relay's configuration with this CA.
    fn config(&self, ca: Option<&str>) -> (PathBuf, u16) {
        let folder = self.folder.path();
        let path = folder.join(format!("{}.toml", ca.unwrap_or("none")));
        let ca = ca.map(|name| format!("database_ca = \"{}/{name}.pem\"\n", folder.display()));
        let port = write_config(&path, &ca.unwrap_or_default());
        (path, port)
    }

    /// Runs one of the host's commands; what it says, and whether it succeeded.
    fn users(&self, url: &str, ca: Option<&str>) -> (bool, String) {
        let output = Command::new(system_tests::programs::built("amend-relay"))
            .args(["user", "list", "--database-url", url, "--config"])
            .arg(self.config(ca).0)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown, so that no child outlives it.
        let _ = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sslmode_asks_for_is_what_happens() {
    let server = Server::start().await;
    let (config, port) = server.config(Some("right"));
    let url = server.url("127.0.0.1", "require");
    let relay = RelayProcess::reaching(server.database.clone(), &config, Some(url)).await;
    relay.add_user("ada");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("General").await;
    let mut cursor = ada.subscribe(room, None).await;
    server
        .database
        .sql("UPDATE room SET topic = 'by plain SQL'")
        .await;
    assert_eq!(ada.changes(&mut cursor).await.len(), 1);
    // The listener's connection, too, is among those that are all encrypted.
    let up = async || metric(port, "bus_up", "bus=\"postgres\"");
    wait::until("the listener hears", up, |up| *up > 0.5).await;
    let client = server.database.client().await;
    let ours = "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'amend-relay'";
    let row = client.query_one(ours, &[]).await.unwrap();
    let (all, encrypted): (i64, i64) = (row.get(0), row.get(1));
    assert!(all > 1 && all == encrypted, "{encrypted} of {all}");

    let right = Some("right");
    for (host, mode, ca, says) in [
        ("127.0.0.1", "require", right, Ok("ada")),
        ("127.0.0.1", "verify-full", right, Ok("ada")),
        ("127.0.0.1", "prefer", None, Ok("ada")),
        ("127.0.0.1", "prefer", right, Ok("ada")),
        // Not signed by this CA; by none that browsers trust; not for this name.
        ("127.0.0.1", "require", Some("wrong"), Err("certificate")),
        ("127.0.0.1", "prefer", Some("wrong"), Err("certificate")),
        ("127.0.0.1", "require", None, Err("certificate")),
        ("localhost", "require", right, Err("certificate")),
        ("127.0.0.1", "disable", right, Err("no encryption")),
        ("127.0.0.1", "maybe", right, Err("sslmode is disable")),
        ("127.0.0.1", "require", Some("nowhere"), Err("nowhere.pem")),
    ] {
        let (succeeded, said) = server.users(&server.url(host, mode), ca);
        let (Ok(expected) | Err(expected)) = says;
        assert_eq!(succeeded, says.is_ok(), "{host} {mode} {ca:?}: {said}");
        assert!(said.contains(expected), "{host} {mode} {ca:?}: {said}");
    }
}
