//! A relay on its private Postgres: started by one command, survives kill -9 of the relay, stops cleanly.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use system_tests::programs;
use system_tests::wire::Wire;

/// A relay without a database URL.
struct Private {
    child: Child,
    url: String,
}

fn serve(data: &Path) -> Private {
    let mut child = Command::new(programs::built("amend-relay"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env_remove("AMEND_DATABASE_URL")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("the relay says where it listens")
        .to_owned();
    Private { child, url }
}

fn command(data: &Path, args: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new(programs::built("amend-relay"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("AMEND_DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Whether a Postgres runs on the folder.
fn runs(data: &Path) -> bool {
    let Ok(file) = std::fs::read_to_string(data.join("pg/postmaster.pid")) else {
        return false;
    };
    let pid = file.lines().next().unwrap_or_default();
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.contains("postgres"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_postgres_comes_and_goes_with_its_relay() {
    let folder = tempfile::Builder::new()
        .prefix("amend-data-")
        .tempdir()
        .unwrap();
    // As root the server runs as another user, who must be able to pass through.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let data = folder.path();

    // Before the first start, and beside a running relay.
    assert!(
        command(
            data,
            &["user", "add", "ada", "--password-stdin"],
            "ada-password"
        )
        .0
    );
    assert!(!runs(data), "left running after a command");
    let mut relay = serve(data);
    let (added, said) = command(
        data,
        &["user", "add", "Ada", "--password-stdin"],
        "ada-password",
    );
    assert!(!added && said.contains("already an account"), "{said}");
    let (added, said) = command(data, &["user", "add", "bo", "--password-stdin"], "short");
    assert!(!added && said.contains("too short"), "{said}");
    let (made, said) = command(data, &["token", "nobody"], "");
    assert!(!made && said.contains("no account"), "{said}");
    let (made, token) = command(data, &["token", "ada"], "");
    assert!(made && token.trim().len() == 43, "{token}");
    let (second, said) = command(data, &["serve", "--listen", "127.0.0.1:0"], "");
    assert!(!second && said.contains("Another amend-relay"), "{said}");
    let room = Wire::hello_at(&relay.url, "ada")
        .await
        .create_room("General")
        .await;

    // kill -9 leaves Postgres running; the next relay adopts it.
    relay.child.kill().unwrap();
    relay.child.wait().unwrap();
    assert!(runs(data));
    let mut relay = serve(data);
    let mut ada = Wire::hello_at(&relay.url, "ada").await;
    ada.subscribe(room, None).await;

    // SIGTERM stops both, in order, and tells who is connected.
    let pid = relay.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(ada.error().await, model::wire::ErrorCode::ShuttingDown);
    assert!(relay.child.wait().unwrap().success());
    assert!(!runs(data), "left running after SIGTERM");
}

#[test]
fn without_postgres_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing on PATH; Debian's own folder can't be hidden, so this says something only where it isn't there.
    if Path::new("/usr/lib/postgresql").exists() {
        let error = relay::RelayError::NoPostgres.to_string();
        assert!(error.contains("apt-get install postgresql"), "{error}");
        return;
    }
    let output = Command::new(programs::built("amend-relay"))
        .args(["serve", "--data"])
        .arg(folder.path())
        .env("PATH", "")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("apt-get install postgresql"));
}
