//! What stands in deploy/: the package installs and removes, its service runs in its sandbox, the reverse proxy's example carries a
//! conversation, the compose file says what it must.

#![allow(clippy::unwrap_used)]

use model::{MessageId, Op};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use system_tests::relay_process::RelayProcess;
use system_tests::wire::Wire;
use system_tests::{ports, programs, wait};
use uuid::Uuid;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn said(output: &Output) -> String {
    let bytes = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The package of the relay that was built for the tests.
fn package() -> PathBuf {
    let mut xtask = Command::new(programs::built("xtask"));
    xtask
        .args(["package", "--program"])
        .arg(programs::built("amend-relay"))
        .current_dir(root());
    run(&mut xtask).into()
}

#[test]
fn the_unit_is_good_and_tight() {
    let folder = tempfile::tempdir().unwrap();
    let unit = std::fs::read_to_string(root().join("deploy/amend-relay.service")).unwrap();
    let program = programs::built("amend-relay");
    // The only thing about it that depends on the machine.
    let unit = unit.replace("/usr/bin/amend-relay", program.to_str().unwrap());
    let path = folder.path().join("amend-relay.service");
    std::fs::write(&path, unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&path)
        .output()
        .unwrap();
    // Complaints about other units of the machine name those.
    let about_us: Vec<String> = said(&verified)
        .lines()
        .filter(|line| line.contains("amend-relay"))
        .map(str::to_owned)
        .collect();
    assert!(
        verified.status.success() && about_us.is_empty(),
        "{about_us:?}"
    );
    let exposure = run(Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=20", "--no-pager"])
        .arg(&path));
    assert!(exposure.contains("Overall exposure level"), "{exposure}");
}

#[test]
fn the_package_holds_what_it_says() {
    let package = package();
    let folder = tempfile::tempdir().unwrap();
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(&package)
        .arg(folder.path()));
    let file = |path: &str| folder.path().join(path);
    let version = run(Command::new(file("usr/bin/amend-relay")).arg("--version"));
    let field = |name| run(Command::new("dpkg-deb").arg("-f").arg(&package).arg(name));
    assert_eq!(version, format!("amend-relay {}", field("Version")));
    let mut check = Command::new(file("usr/bin/amend-relay"));
    check.args(["config", "check", "--config"]);
    assert!(run(check.arg(file("etc/amend-relay/config.toml"))).contains("can be used"));
    // The libraries that it needs are those of the packages that it depends on.
    let needed = run(Command::new("objdump")
        .arg("-p")
        .arg(file("usr/bin/amend-relay")));
    for line in needed.lines().filter(|line| line.contains("NEEDED")) {
        let known = ["libc.so.", "libm.so.", "libgcc_s.so.", "ld-linux"];
        assert!(known.iter().any(|name| line.contains(name)), "{line}");
    }
    for path in [
        "usr/lib/systemd/system/amend-relay.service",
        "usr/share/doc/amend-relay/copyright",
        "usr/share/doc/amend-relay/self-hosting.md",
    ] {
        assert!(file(path).is_file(), "{path}");
    }
    let again = std::fs::read(&package).unwrap();
    assert_eq!(
        std::fs::read(self::package()).unwrap(),
        again,
        "made twice, and not the same"
    );
}

/// Whether this process may boot a throw-away machine of its own: root, with mounts.
fn can_boot() -> bool {
    Command::new("unshare")
        .args(["--mount", "sh", "-c", "mount -t tmpfs none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A copy of this machine that costs nothing (an overlay in memory), booted by systemd; what is done in it is gone with it.
#[test]
fn the_package_is_installed_used_upgraded_and_removed() {
    if !can_boot() {
        // Without root the package is looked into only (above); continuous integration has root.
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must boot a machine of its own"
        );
        eprintln!("not root: the package was not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "bash"])
        .arg(root().join("tests/deploy/boot.sh"))
        .arg(folder.path())
        .arg(package())
        .arg(programs::built("amend"))
        .arg(root().join("tests/deploy/in-container.sh"))
        .output()
        .unwrap();
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap_or_default();
    assert!(
        told.trim_end().ends_with("all good"),
        "{told}\n{}",
        said(&output)
    );
}

/// The compose file as JSON.
fn compose() -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let python = ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|python| {
            let has = Command::new(python).args(["-c", "import yaml"]).output();
            has.is_ok_and(|output| output.status.success())
        })
        .expect("no Python has the module yaml: run `cargo xtask setup`");
    let mut command = Command::new(python);
    command
        .args(["-c", script])
        .arg(root().join("deploy/compose.yaml"));
    serde_json::from_str(&run(&mut command)).unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_compose_file_names_what_there_is() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    assert_eq!(
        services.keys().collect::<Vec<_>>(),
        ["caddy", "postgres", "relay"]
    );
    let here = root().join("deploy");
    let build = &services["relay"]["build"];
    let context = here.join(build["context"].as_str().unwrap());
    assert!(
        context
            .join(build["dockerfile"].as_str().unwrap())
            .is_file()
    );
    for service in services.values() {
        for volume in strings(&service["volumes"]) {
            let source = volume.split(':').next().unwrap();
            let known = compose["volumes"].get(source).is_some() || here.join(source).is_file();
            assert!(known, "{volume}");
        }
        for network in strings(&service["networks"]) {
            assert!(compose["networks"].get(network).is_some(), "{network}");
        }
    }
    // What the host must say is in the example, and nothing else is asked.
    let example = std::fs::read_to_string(here.join("env.example")).unwrap();
    for text in strings(&compose) {
        for asked in text.split("${").skip(1) {
            let name = asked.split([':', '}']).next().unwrap();
            assert!(example.contains(&format!("\n{name}=")), "{name}");
        }
    }
    // The relay's variables are keys of its configuration, and it takes their values.
    let variables = services["relay"]["environment"].as_object().unwrap();
    let mut check = Command::new(programs::built("amend-relay"));
    check.args(["config", "check", "--config", "/dev/null"]);
    let keys = std::fs::read_to_string(root().join("relay/default-config.toml")).unwrap();
    for (name, value) in variables {
        let key = name.strip_prefix("AMEND_").unwrap().to_lowercase();
        assert!(
            keys.contains(&format!("\n{key} = ")) || keys.contains(&format!("\n#= {key} = ")),
            "{key}"
        );
        check.env(name, value.as_str().unwrap());
    }
    assert!(run(&mut check).contains("can be used"));
}

#[test]
fn the_dockerfile_copies_what_there_is_and_runs_as_nobody() {
    let file = std::fs::read_to_string(root().join("deploy/Dockerfile")).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    let last_stage = lines
        .iter()
        .rposition(|line| line.starts_with("FROM "))
        .unwrap();
    let last = &lines[last_stage..];
    assert!(
        last.iter()
            .any(|line| line.starts_with("USER ") && !line.contains("root"))
    );
    // Commands without a shell: the image has none.
    for word in ["HEALTHCHECK", "ENTRYPOINT", "CMD"] {
        let line = last.iter().find(|line| line.starts_with(word)).unwrap();
        let json = &line[line.find('[').unwrap()..];
        let parts: Vec<String> = serde_json::from_str(json).unwrap();
        assert!(!parts.is_empty(), "{line}");
    }
    assert!(!last.iter().any(|line| line.starts_with("RUN ")));
    let healthcheck = last
        .iter()
        .find(|line| line.starts_with("HEALTHCHECK"))
        .unwrap();
    assert!(healthcheck.contains("\"healthcheck\""));
}

/// A reverse proxy that ends with the test.
struct Caddy(Child);

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reverse_proxy_carries_a_conversation() {
    let mut relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", ports::free());
    let caddy = Command::new("caddy")
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(root().join("deploy/Caddyfile"))
        .env("AMEND_DOMAIN", &url)
        .env("AMEND_UPSTREAM", relay.address().to_string())
        .env("CADDY_ADMIN", format!("127.0.0.1:{}", ports::free()))
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Caddy is installed by `cargo xtask setup`");
    let _caddy = Caddy(caddy);
    let ready = format!("{url}/readyz");
    wait::until(
        "the proxy is up",
        async || ureq::get(&ready).call().is_ok(),
        |up| *up,
    )
    .await;
    let mut ada = Wire::hello_at(&url, "ada").await;
    let room = ada.create_room("General").await;
    let mut grace = Wire::hello_at(&url, "grace").await;
    grace.join(room).await;
    let mut cursor = grace.subscribe(room, None).await;
    let post = || Op::Post {
        room_id: room,
        message_id: MessageId(Uuid::now_v7()),
        body: "through the proxy".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    ada.push(vec![post()]).await;
    while grace.changes(&mut cursor).await.len() != 1 {}
    // A relay that is being restarted: what comes meanwhile waits for it.
    relay.kill();
    let asked = tokio::task::spawn_blocking(move || ureq::get(&ready).call().is_ok());
    relay.come_back().await;
    assert!(asked.await.unwrap(), "the proxy did not wait");
    let mut grace = Wire::hello_at(&url, "grace").await;
    grace.subscribe(room, Some(cursor)).await;
}
