//! Metrics and the health check: what they count is what happened, and they are served where the host wants them, nowhere else.

#![allow(clippy::unwrap_used)]

use model::{MessageId, Op};
use std::collections::HashMap;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::Wire;
use uuid::Uuid;

fn get(url: &str) -> Result<String, u16> {
    match ureq::get(url).call() {
        Ok(mut answer) => Ok(answer.body_mut().read_to_string().unwrap()),
        Err(ureq::Error::StatusCode(status)) => Err(status),
        Err(error) => panic!("{error}"),
    }
}

/// A metric's value; 0 while it has not been counted.
fn value(text: &str, name: &str) -> f64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
        .unwrap_or(0.0)
}

/// A strict little reader of the format: each sample belongs to a described metric, buckets grow, `# EOF` ends it.
fn is_openmetrics(text: &str) {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let mut kinds: HashMap<&str, &str> = HashMap::new();
    let mut last_bucket: Option<(String, f64)> = None;
    for line in body.lines() {
        if let Some(said) = line.strip_prefix("# TYPE ") {
            let (name, kind) = said.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{name} twice");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let name = series.split('{').next().unwrap();
        let good = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        assert!(name.bytes().all(good), "{line}");
        let of = |suffix: &str, kind: &str| {
            let base = name.strip_suffix(suffix);
            base.is_some_and(|base| kinds.get(base).is_some_and(|one| *one == kind))
        };
        let known = of("", "gauge")
            || of("_total", "counter")
            || ["_sum", "_count", "_bucket"]
                .iter()
                .any(|one| of(one, "histogram"));
        assert!(known, "{line} is described by no line");
        if name.ends_with("_bucket") {
            let labels = series.split_once('{').unwrap().1;
            assert!(labels.starts_with("le=\""), "{line}");
            let before = last_bucket.take().filter(|(one, _)| one == name);
            assert!(before.is_none_or(|(_, before)| before <= value), "{line}");
            last_bucket = Some((name.to_owned(), value));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_and_told_on_a_listener_of_its_own() {
    let port = system_tests::ports::free();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("metrics_listen = \"127.0.0.1:{port}\"\n")).unwrap();
    let mut relay = RelayProcess::configured(&config).await;
    relay.add_user("ada");
    let url = format!("http://127.0.0.1:{port}/metrics");
    let mut ada = Wire::hello(&relay, "ada").await;
    let room = ada.create_room("Secret plans").await;
    let mut cursor = ada.subscribe(room, None).await;
    let post = |body: &str| Op::Post {
        room_id: room,
        message_id: MessageId(Uuid::now_v7()),
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    ada.push(vec![post("hello"), post(" "), post("there")])
        .await;
    let _ = ada.changes(&mut cursor).await;
    let told = get(&url).unwrap();
    assert_eq!(value(&told, "amend_relay_connections"), 1.0, "{told}");
    assert_eq!(
        value(&told, "amend_relay_ops_total{kind=\"applied\"}"),
        3.0,
        "{told}"
    );
    assert_eq!(
        value(&told, "amend_relay_ops_total{kind=\"body_empty\"}"),
        1.0,
        "{told}"
    );
    assert_eq!(value(&told, "amend_relay_batch_ops_sum"), 4.0, "{told}");
    assert_eq!(value(&told, "amend_relay_store_up"), 1.0, "{told}");
    is_openmetrics(&told);
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("amend_relay_build_info{{version=\"{version}\"}}");
    for (name, least) in [
        (build.as_str(), 1.0),
        ("amend_relay_sessions", 1.0),
        ("amend_relay_rooms", 1.0),
        ("amend_relay_store_writable", 1.0),
        ("amend_relay_pool{kind=\"open\"}", 1.0),
        ("amend_relay_requests_total{kind=\"2xx\"}", 1.0),
        ("amend_relay_batch_seconds_count", 1.0),
        ("amend_relay_fanout_seconds_count", 1.0),
        ("process_resident_memory_bytes", 1_000_000.0),
        ("process_open_fds", 10.0),
    ] {
        assert!(value(&told, name) >= least, "{name}: {told}");
    }
    for name in [
        "queued_pushes",
        "locked_rooms",
        "set_aside_ops",
        "catch_up_rows_total",
        "queue_overflows_total",
        "batch_failures_total",
        "failed_reads_total",
        "epoch_changes_total",
        "stopping",
        "store_silent_seconds",
    ] {
        let line = format!("amend_relay_{name} ");
        assert!(
            told.lines().any(|one| one.starts_with(&line)),
            "{name}: {told}"
        );
    }
    // Nobody's words, names or ids.
    for word in ["Secret", "hello", "ada", &room.to_string()] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    relay
        .database()
        .sql(&format!(
            "INSERT INTO message (room_id, author_id, body) SELECT '{room}', id, 'sql' FROM account"
        ))
        .await;
    wait::until(
        "the wake-up is counted",
        async || {
            value(
                &get(&url).unwrap(),
                "amend_relay_wake_ups_total{kind=\"room\",bus=\"postgres\"}",
            )
        },
        |count| *count >= 1.0,
    )
    .await;
    drop(ada);
    wait::until(
        "the connection's end is counted",
        async || value(&get(&url).unwrap(), "amend_relay_connections"),
        |count| *count == 0.0,
    )
    .await;
    assert_eq!(get(&format!("{}/metrics", relay.url())), Err(404));
    let listen = relay.address().to_string();
    let said = relay.host_alone(&["healthcheck", "--listen", &listen]);
    assert!(said.0 && said.1.contains("is ready"), "{said:?}");
    relay.kill();
    let said = relay.host_alone(&["healthcheck", "--listen", &listen]);
    assert!(!said.0 && said.1.contains("is not ready"), "{said:?}");
}
