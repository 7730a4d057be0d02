//! Behind PgBouncer in transaction mode everything works that works without: the host's commands, watched tables, history, the real client.

#![allow(clippy::unwrap_used)]

use model::view::Delivery;
use system_tests::people::Home;
use system_tests::servers::Pooler;
use system_tests::site::{Site, Way};
use system_tests::wait;

const ORDERS: &str = "[[watch]]\ntable = \"orders\"\nchannel = \"orders\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn host_commands_watched_tables_and_clients_work_through_a_pooler() {
    let site = Site::with(Way::Pooled, 2, &["ada"], ORDERS).await;
    let relay = &site.relays[0];
    let users = relay.host(&["user", "list"]);
    assert!(
        users.starts_with("ada\t") && users.ends_with("admin"),
        "{users}"
    );
    site.database()
        .sql("CREATE TABLE orders (id int PRIMARY KEY, total numeric)")
        .await;
    let said = relay.host(&["watch", "check"]);
    assert!(said.contains("public.orders on channel orders"), "{said}");
    let triggers = async || {
        let client = site.database().client().await;
        let count = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'amend\\_watch\\_%'";
        client.query_one(count, &[]).await.unwrap().get::<_, i64>(0)
    };
    wait::until("the table is watched", triggers, |count| *count == 2).await;
    site.database()
        .sql("INSERT INTO orders VALUES (7, 12.50)")
        .await;

    let home = Home::new();
    let invite = relay.host(&["invite", "--uses", "2"]);
    let args = [
        "register",
        "--relay",
        &site.relays[1].url(),
        "--name",
        "grace",
        "--invite",
        &invite,
        "--password-stdin",
    ];
    let output = home.amend_with("grace", &args, "grace-password");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    home.login(relay, "ada");
    let events = home.amend("ada", &["tail", "--channel", "orders"]);
    assert!(
        events.contains("12.50") || events.contains("12.5"),
        "{events}"
    );

    let ada = home.client(relay, "desk", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    let id = ada.post(room, "one").await.unwrap();
    ada.react(room, id, "👍", true).await.unwrap();
    let all_sent = async || ada.status().await.unwrap().waiting;
    wait::until("all is sent", all_sent, |waiting| *waiting == 0).await;
    let timeline = ada.timeline(room, None, 10).await.unwrap();
    assert_eq!(timeline.items[0].delivery, Delivery::Sent);
    ada.edit(room, id, (timeline.items[0].rev, "one"), "two", None)
        .await
        .unwrap();
    wait::until("the edit is sent", all_sent, |waiting| *waiting == 0).await;
    let versions = ada.versions(id).await.unwrap();
    assert_eq!(versions[0].body, "one");
    ada.close().await;

    for args in [
        &["user", "promote", "grace"][..],
        &["user", "sessions", "grace"],
        &["user", "deactivate", "grace"],
        &["user", "reactivate", "grace"],
        &["token", "ada"],
    ] {
        let _ = relay.host(args);
    }
    let servers = site.pooler.as_ref().unwrap().servers(&site.database().url);
    assert_eq!(servers.await, Pooler::SERVERS, "nothing was shared");
}
