//! Metrics and the health check: what they count is what happened, and they are served where the host wants them, nowhere else.

#![allow(clippy::unwrap_used)]

use model::{MessageId, Op};
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

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_and_told_on_a_listener_of_its_own() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
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
    assert!(told.ends_with("# EOF\n"), "{told}");
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
