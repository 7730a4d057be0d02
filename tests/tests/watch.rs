//! Watched tables: every change is told, in commit order, at least once, whatever the table is called and however large its rows are;
//! and a writer never notices.

#![allow(clippy::unwrap_used)]

use model::wire::{ChannelEvent, ClientFrame, ErrorCode, EventsResponse, RelayFrame};
use serde_json::Value;
use std::path::PathBuf;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::wire::{Wire, token};

struct Bench {
    relay: RelayProcess,
    token: String,
    config: PathBuf,
    _folder: tempfile::TempDir,
}

/// A relay with these entries; `ada` is its admin, `eve` is not.
async fn bench(entries: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, entries).unwrap();
    let relay = RelayProcess::configured(&config).await;
    relay.add_user("ada");
    relay.add_user("eve");
    let token = token(&relay.url(), "ada");
    Bench {
        relay,
        token,
        config,
        _folder: folder,
    }
}

impl Bench {
    async fn sql(&self, statement: &str) {
        self.relay.database().sql(statement).await;
    }

    async fn one(&self, query: &str) -> i64 {
        let client = self.relay.database().client().await;
        client.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Waits until the triggers are there.
    async fn watched(&self, triggers: i64) {
        wait::until(
            "the triggers are as wanted",
            async || {
                self.one("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'amend\\_watch\\_%' AND NOT tgisinternal")
                    .await
            },
            |count| *count == triggers,
        )
        .await;
    }

    fn http(&self, channel: &str, after: i64) -> EventsResponse {
        let url = format!(
            "{}/v1/channels/{channel}/events?after={after}",
            self.relay.url()
        );
        let mut answer = ureq::get(url)
            .header("Authorization", format!("Bearer {}", self.token))
            .call()
            .unwrap();
        let body = answer.body_mut().with_config();
        body.limit(64 * 1024 * 1024).read_json().unwrap()
    }
}

/// Events from the socket until there are so many.
async fn events(wire: &mut Wire, cursor: &mut i64, count: usize) -> Vec<ChannelEvent> {
    let mut all = Vec::new();
    while all.len() < count {
        let (from, through, events) = wire
            .until(|frame| match frame {
                RelayFrame::Events {
                    from,
                    through,
                    events,
                    ..
                } => Some((from, through, events)),
                RelayFrame::Error(error) => panic!("{error:?}"),
                _ => None,
            })
            .await;
        assert_eq!(from, *cursor);
        let bytes = serde_json::to_string(&events).unwrap().len();
        assert!(bytes < model::limits::FRAME_MAX_BYTES, "{bytes}");
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        let expected: Vec<i64> = (from + 1..=through).collect();
        assert_eq!(positions, expected);
        *cursor = through;
        all.extend(events);
    }
    all
}

fn json(text: Option<&String>) -> Value {
    serde_json::from_str(text.unwrap()).unwrap()
}

async fn watch(wire: &mut Wire, channel: &str, after: Option<i64>) {
    let channel = channel.to_owned();
    wire.send(&ClientFrame::Watch { channel, after }).await;
}

const ORDERS: &str = "[[watch]]\ntable = \"orders\"\nchannel = \"orders\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_once_and_in_order() {
    let bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, note text)")
        .await;
    bench.watched(2).await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let mut cursor = 0;
    bench
        .sql("INSERT INTO orders VALUES (1, 123456789012345678901234567890.5, 'a'), (2, 0, NULL);
            UPDATE orders SET note = 'b' WHERE id = 1; DELETE FROM orders WHERE id = 2; TRUNCATE orders")
        .await;
    let told = events(&mut ada, &mut cursor, 5).await;
    let operations: Vec<&str> = told.iter().map(|event| event.operation.as_str()).collect();
    assert_eq!(
        operations,
        ["insert", "insert", "update", "delete", "truncate"]
    );
    // Every digit.
    assert!(
        told[0]
            .row
            .as_ref()
            .unwrap()
            .contains("123456789012345678901234567890.5")
    );
    assert_eq!(json(told[2].row.as_ref())["note"], "b");
    assert_eq!(json(told[3].key.as_ref()), serde_json::json!({"id": 2}));
    assert_eq!((&told[4].row, &told[4].key), (&None, &None));
    // What is rolled back is not told, and a transaction that commits late comes late, in one piece.
    let mut late = bench.relay.database().client().await;
    let slow = late.transaction().await.unwrap();
    slow.batch_execute("INSERT INTO orders VALUES (10, 0, 'slow')")
        .await
        .unwrap();
    bench
        .sql("BEGIN; INSERT INTO orders VALUES (11, 0, 'never'); ROLLBACK")
        .await;
    bench.sql("INSERT INTO orders VALUES (12, 0, 'fast')").await;
    let told = events(&mut ada, &mut cursor, 1).await;
    assert_eq!(json(told[0].key.as_ref())["id"], 12);
    slow.batch_execute("UPDATE orders SET note = 'slower' WHERE id = 10")
        .await
        .unwrap();
    slow.commit().await.unwrap();
    let told = events(&mut ada, &mut cursor, 2).await;
    assert_eq!(
        told.iter()
            .map(|event| event.operation.as_str())
            .collect::<Vec<_>>(),
        ["insert", "update"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_while_every_relay_is_down_are_told_later_and_can_be_resumed() {
    let mut bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    bench.watched(2).await;
    bench
        .sql("INSERT INTO orders SELECT generate_series(1, 10)")
        .await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let mut cursor = 0;
    events(&mut ada, &mut cursor, 10).await;
    bench.relay.kill();
    bench
        .sql("INSERT INTO orders SELECT generate_series(11, 700)")
        .await;
    bench.relay.come_back().await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(cursor)).await;
    let told = events(&mut ada, &mut cursor, 690).await;
    let ids: Vec<i64> = told
        .iter()
        .map(|event| json(event.key.as_ref())["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, (11..=700).collect::<Vec<i64>>());
    // From any relay, from any position.
    let second = RelayProcess::beside(&bench.relay).await;
    let mut other = Wire::hello_with(&second.url(), &bench.token).await;
    watch(&mut other, "orders", Some(600)).await;
    let mut from = 600;
    assert_eq!(events(&mut other, &mut from, 100).await.len(), 100);
    bench.sql("INSERT INTO orders VALUES (701)").await;
    assert_eq!(events(&mut other, &mut from, 1).await.len(), 1);
    // A cursor that never was, and one whose events are not kept any more.
    watch(&mut other, "orders", Some(100_000)).await;
    assert_eq!(other.error().await, ErrorCode::HistoryGone);
    bench
        .sql("UPDATE watch_event SET at = now() - interval '30 days' WHERE position <= 50")
        .await;
    bench.relay.kill();
    bench.relay.come_back().await;
    wait::until(
        "old events are gone",
        async || bench.one("SELECT count(*) FROM watch_event").await,
        |count| *count == 651,
    )
    .await;
    watch(&mut other, "orders", Some(10)).await;
    assert_eq!(other.error().await, ErrorCode::HistoryGone);
    watch(&mut other, "orders", None).await;
    other
        .until(|frame| matches!(frame, RelayFrame::Events { through: 701, .. }).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_any_size_aborts_nobody_and_arrives() {
    let bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY, note text)")
        .await;
    bench.watched(2).await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let mut cursor = 0;
    for (id, size) in [(1, 8_000), (2, 100_000), (3, 5_000_000)] {
        bench
            .sql(&format!(
                "INSERT INTO orders VALUES ({id}, repeat('\"', {size}))"
            ))
            .await;
    }
    let told = events(&mut ada, &mut cursor, 3).await;
    assert_eq!(
        json(told[1].row.as_ref())["note"].as_str().unwrap().len(),
        100_000
    );
    // Larger than a frame: told, and fetched over HTTP.
    assert!(told[2].large && told[2].row.is_none() && told[2].key.is_some());
    let fetched = bench.http("orders", 2);
    assert_eq!(
        json(fetched.events[0].row.as_ref())["note"]
            .as_str()
            .unwrap()
            .len(),
        5_000_000
    );
    // Many that fit a frame each, and not together; each quote takes four bytes there.
    bench
        .sql("INSERT INTO orders SELECT n, repeat('\"', 120000) FROM generate_series(10, 29) AS n")
        .await;
    assert_eq!(events(&mut ada, &mut cursor, 20).await.len(), 20);
    // Even when the event can't be kept at all.
    bench
        .sql("ALTER TABLE watch_event RENAME TO moved_away")
        .await;
    bench.sql("INSERT INTO orders VALUES (4, 'kept')").await;
    assert_eq!(bench.one("SELECT count(*) FROM orders").await, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_letter_for_letter() {
    let entries = r#"
        [[watch]]
        schema = "My \"Schema\""
        table = "Or'der %I s"
        channel = "odd / names?"
        columns = ["Ünï \"q\"", "id"]
        key = ["The Key"]
        operations = ["insert", "delete"]
        readers = ["EVE"]
    "#;
    let bench = bench(entries).await;
    bench
        .sql(
            r#"CREATE SCHEMA "My ""Schema"""; CREATE TABLE "My ""Schema"""."Or'der %I s"
            ("The Key" text, id int, "Ünï ""q""" text, secret text)"#,
        )
        .await;
    bench.watched(1).await;
    let mut eve = Wire::hello(&bench.relay, "eve").await;
    watch(&mut eve, "odd / names?", Some(0)).await;
    bench
        .sql(r#"INSERT INTO "My ""Schema"""."Or'der %I s" VALUES ('k', 1, 'v', 'hidden');
            UPDATE "My ""Schema"""."Or'der %I s" SET id = 2; DELETE FROM "My ""Schema"""."Or'der %I s""#)
        .await;
    let mut cursor = 0;
    let told = events(&mut eve, &mut cursor, 2).await;
    assert_eq!(
        json(told[0].row.as_ref()),
        serde_json::json!({"id": 1, "Ünï \"q\"": "v"})
    );
    assert_eq!(
        json(told[1].key.as_ref()),
        serde_json::json!({"The Key": "k"})
    );
    assert_eq!(told[1].operation, "delete");
    assert_eq!(
        (told[0].schema.as_str(), told[0].table.as_str()),
        ("My \"Schema\"", "Or'der %I s")
    );
    // Others may not; not even the admin, where the list does not name them.
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    for channel in ["odd / names?", "nothing", ""] {
        watch(&mut ada, channel, None).await;
        assert_eq!(ada.error().await, ErrorCode::ChannelNotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_follow_the_configuration_and_the_table() {
    let mut bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    bench.watched(2).await;
    // Dropped and made again, with another shape.
    bench
        .sql("DROP TABLE orders; CREATE TABLE orders (id bigint PRIMARY KEY, more text)")
        .await;
    bench.watched(2).await;
    bench.sql("INSERT INTO orders VALUES (1, 'again')").await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let mut cursor = 0;
    let told = events(&mut ada, &mut cursor, 2).await;
    // What happened to it in between is not known, and that is said.
    assert_eq!(
        (told[0].operation.as_str(), &told[0].row),
        ("watched", &None)
    );
    assert_eq!(json(told[1].row.as_ref())["more"], "again");
    // An admin who is no longer one hears nothing more.
    let _ = bench.relay.host(&["user", "demote", "ada"]);
    wait::until(
        "the demotion is heard of",
        async || {
            let mut eve = Wire::hello_with(&bench.relay.url(), &bench.token).await;
            watch(&mut eve, "orders", None).await;
            eve.until(|frame| match frame {
                RelayFrame::Error(error) => Some(error.code == ErrorCode::ChannelNotFound),
                RelayFrame::Events { .. } => Some(false),
                _ => None,
            })
            .await
        },
        |refused| *refused,
    )
    .await;
    bench.sql("INSERT INTO orders VALUES (2, 'secret')").await;
    assert_eq!(ada.error().await, ErrorCode::ChannelNotFound);
    // Fewer operations: made anew. No entry: gone.
    std::fs::write(
        &bench.config,
        format!("{ORDERS}operations = [\"insert\"]\n"),
    )
    .unwrap();
    bench.relay.kill();
    bench.relay.come_back().await;
    bench.watched(1).await;
    std::fs::write(&bench.config, "").unwrap();
    bench.relay.kill();
    bench.relay.come_back().await;
    bench.watched(0).await;
    bench.sql("INSERT INTO orders VALUES (3, 'unseen')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_show_a_channel_and_explain_it() {
    let bench = bench(ORDERS).await;
    let home = Home::new();
    home.login(&bench.relay, "ada");
    bench.sql("CREATE TABLE orders (note text)").await;
    let said = bench.relay.host_fails(&["watch", "check"]);
    assert!(
        said.contains("no primary key") && said.contains("key"),
        "{said}"
    );
    bench
        .sql("DROP TABLE orders; CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    bench.watched(2).await;
    let said = bench.relay.host(&["watch", "check"]);
    assert!(
        said.contains("public.orders") && said.contains("in place") && said.contains("TRIGGER"),
        "{said}"
    );
    bench.sql("INSERT INTO orders VALUES (7)").await;
    wait::until(
        "the event is told",
        async || home.amend("ada", &["tail", "--channel", "orders"]),
        |said| said.contains(r#""operation":"insert""#) && said.contains(r#""key":{ "id" : 7 }"#),
    )
    .await;
}

/// The keys of the events.
fn ids(events: &[ChannelEvent]) -> Vec<i64> {
    let id = |event: &ChannelEvent| json(event.key.as_ref())["id"].as_i64().unwrap();
    events.iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_later_comes_later_though_it_was_written_first_and_nobody_looked() {
    let mut bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    bench.watched(2).await;
    bench.relay.kill();
    let mut client = bench.relay.database().client().await;
    let first = client.transaction().await.unwrap();
    first
        .batch_execute("INSERT INTO orders VALUES (1)")
        .await
        .unwrap();
    bench.sql("INSERT INTO orders VALUES (2), (3)").await;
    // What a savepoint takes back is not told, and the transaction has its turn all the same.
    let mut other = bench.relay.database().client().await;
    let second = other.transaction().await.unwrap();
    second
        .batch_execute(
            "SAVEPOINT one; INSERT INTO orders VALUES (4); ROLLBACK TO one; INSERT INTO orders VALUES (5)",
        )
        .await
        .unwrap();
    bench.sql("INSERT INTO orders VALUES (6)").await;
    first.commit().await.unwrap();
    second.commit().await.unwrap();
    bench.relay.come_back().await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let mut cursor = 0;
    let told = events(&mut ada, &mut cursor, 5).await;
    assert_eq!(ids(&told), [2, 3, 6, 1, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_needs_no_right_and_its_settings_change_nothing() {
    let bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz, bytes bytea, ratio float8, span interval)")
        .await;
    bench.watched(2).await;
    let writer = format!("writer_{}", uuid::Uuid::now_v7().simple());
    bench
        .sql(&format!(
            "CREATE ROLE {writer}; GRANT INSERT, UPDATE, SELECT ON orders TO {writer};
            CREATE SCHEMA mine AUTHORIZATION {writer};
            REVOKE ALL ON watch_event, watch_channel FROM PUBLIC"
        ))
        .await;
    let client = bench.relay.database().client().await;
    client
        .batch_execute(&format!(
            "SET ROLE {writer}; SET bytea_output = 'escape'; SET extra_float_digits = 0; SET IntervalStyle = 'iso_8601';
            SET TimeZone = 'Asia/Tokyo'; SET search_path = mine;
            INSERT INTO public.orders VALUES (1, '2026-01-02 03:04:05+00', '\\x00ff', 0.1::float8 + 0.2::float8, '1 day 2 hours');
            UPDATE public.orders SET id = 7"
        ))
        .await
        .unwrap();
    // Nobody but the relay's role says what is on a channel.
    let forged = "CREATE TABLE mine.fake (id bigint);
        CREATE TRIGGER fake AFTER INSERT ON mine.fake FOR EACH ROW
            EXECUTE FUNCTION public.amend_watch_event('orders', 'null', '[\"id\"]', 'public', 'orders')";
    let refused = client.batch_execute(forged).await.unwrap_err();
    assert!(
        format!("{refused:?}").contains("permission denied"),
        "{refused:?}"
    );
    bench
        .sql(&format!(
            "DROP OWNED BY {writer} CASCADE; DROP ROLE {writer}"
        ))
        .await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let told = events(&mut ada, &mut 0, 2).await;
    assert_eq!(
        json(told[0].row.as_ref()),
        serde_json::json!({"id": 1, "at": "2026-01-02T03:04:05+00:00", "bytes": "\\x00ff",
            "ratio": 0.300_000_000_000_000_04, "span": "1 day 02:00:00"})
    );
    assert_eq!(told[0].old_key, None);
    // Whoever keeps a copy must know which row it was.
    assert_eq!(
        (
            json(told[1].old_key.as_ref())["id"].as_i64(),
            ids(&told[1..])
        ),
        (Some(1), vec![7])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_is_told_as_its_table_and_what_is_no_table_is_refused() {
    let entries = format!(
        "{ORDERS}[[watch]]\ntable = \"seen\"\nchannel = \"seen\"\nkey = [\"id\"]\n
        [[watch]]\ntable = \"watch_event\"\nchannel = \"loop\"\n"
    );
    let bench = bench(&entries).await;
    bench
        .sql(
            "CREATE TABLE orders (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF orders FOR VALUES FROM (0) TO (100);
            CREATE VIEW seen AS SELECT * FROM orders",
        )
        .await;
    wait::until(
        "the triggers are there",
        async || bench.one("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'amend\\_watch\\_%' AND tgparentid = 0 AND NOT tgisinternal AND tgrelid = 'orders'::regclass").await,
        |count| *count == 2,
    )
    .await;
    bench
        .sql("CREATE TABLE high PARTITION OF orders FOR VALUES FROM (100) TO (200); INSERT INTO orders VALUES (1), (150);
            INSERT INTO low VALUES (2)")
        .await;
    let mut ada = Wire::hello(&bench.relay, "ada").await;
    watch(&mut ada, "orders", Some(0)).await;
    let told = events(&mut ada, &mut 0, 3).await;
    assert_eq!(ids(&told), [1, 150, 2]);
    assert!(told.iter().all(|event| event.table == "orders"), "{told:?}");
    let said = bench.relay.host_fails(&["watch", "check"]);
    for part in [
        "it is a view",
        "one of Amend's own tables",
        "CREATE TRIGGER amend_watch_",
        "ON public.orders FOR EACH ROW EXECUTE FUNCTION public.amend_watch_event('orders'",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_that_started_last_says_what_is_watched_and_a_locked_table_is_tried_again() {
    let bench = bench(ORDERS).await;
    bench
        .sql("CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    bench.watched(2).await;
    let mut client = bench.relay.database().client().await;
    let holds = client.transaction().await.unwrap();
    holds
        .batch_execute("LOCK TABLE orders IN ACCESS SHARE MODE")
        .await
        .unwrap();
    // One without entries, while the first goes on running and somebody reads the table.
    std::fs::write(&bench.config, "").unwrap();
    let _second = RelayProcess::beside(&bench.relay).await;
    wait::until(
        "the new relay waits for the table",
        async || bench.one("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass").await,
        |count| *count > 0,
    )
    .await;
    wait::until(
        "it has given up once",
        async || bench.one("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass").await,
        |count| *count == 0,
    )
    .await;
    holds.commit().await.unwrap();
    bench.watched(0).await;
    // Nor does the first make them again, which looks every five seconds: it keeps to what the last one wants.
    bench
        .sql("DROP TABLE orders; CREATE TABLE orders (id bigint PRIMARY KEY)")
        .await;
    let (looked, wanted) = (std::time::Instant::now(), std::time::Duration::from_secs(7));
    while looked.elapsed() < wanted {
        bench.watched(0).await;
    }
}
