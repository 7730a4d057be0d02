//! Postgres in trouble: down, killed, full, read-only, failing over, locked, out of connections. Whatever it is, clients keep what
//! they wrote, the relay says so in readiness and metrics, and goes on by itself: it is never started again here.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{Delivery, TimelineItem};
use model::wire::{ErrorCode, LOGIN_PATH, LoginRequest, Outcome, RelayFrame, WireError};
use model::{MessageId, Op, RoomId};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use system_tests::database::Database;
use system_tests::people::Home;
use system_tests::ports;
use system_tests::postgres::Postgres;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::wire::{self, Wire};
use uuid::Uuid;

/// A relay with metrics on a database, two people with real clients in one room.
struct Scene {
    relay: RelayProcess,
    metrics: String,
    _home: Home,
    ada: Client,
    grace: Client,
    room: RoomId,
    _config: tempfile::TempDir,
}

impl Scene {
    async fn on(database: Database) -> Self {
        let config = tempfile::tempdir().unwrap();
        let port = ports::free();
        let file = config.path().join("config.toml");
        std::fs::write(&file, format!("metrics_listen = \"127.0.0.1:{port}\"\n")).unwrap();
        let relay = RelayProcess::configured_on(database, &file).await;
        for name in ["ada", "grace"] {
            relay.add_user(name);
        }
        let home = Home::new();
        let ada = home.client(&relay, "ada", "ada").await;
        let room = ada.create_room("General", "").await.unwrap();
        settled(&ada).await;
        let grace = home.client(&relay, "grace", "grace").await;
        let known = async || grace.directory().await.unwrap();
        wait::until("grace knows the room", known, |rooms| !rooms.is_empty()).await;
        grace.join(room).await.unwrap();
        settled(&grace).await;
        Self {
            relay,
            metrics: format!("http://127.0.0.1:{port}/metrics"),
            _home: home,
            ada,
            grace,
            room,
            _config: config,
        }
    }

    async fn post(&self, client: &Client, texts: &[&str]) -> Vec<MessageId> {
        let mut ids = Vec::new();
        for text in texts {
            ids.push(client.post(self.room, text).await.unwrap());
        }
        ids
    }

    /// Waits until everything is sent, and both have these messages, in the same order.
    async fn agree(&self, ids: &[MessageId]) {
        let wanted: BTreeSet<MessageId> = ids.iter().copied().collect();
        let whole = |items: &Vec<TimelineItem>| {
            let here: BTreeSet<MessageId> = items.iter().map(|item| item.id).collect();
            items.len() == here.len()
                && here == wanted
                && items.iter().all(|item| item.delivery == Delivery::Sent)
        };
        let at_ada = self.until(&self.ada, "ada has all", whole).await;
        let at_grace = self.until(&self.grace, "grace has all", whole).await;
        let order = |items: &[TimelineItem]| items.iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(order(&at_ada), order(&at_grace));
        settled(&self.ada).await;
        settled(&self.grace).await;
    }

    async fn until(
        &self,
        client: &Client,
        what: &str,
        is_so: impl Fn(&Vec<TimelineItem>) -> bool,
    ) -> Vec<TimelineItem> {
        let items = async || {
            client
                .timeline(self.room, None, 10_000)
                .await
                .unwrap()
                .items
        };
        wait::until(what, items, is_so).await
    }

    /// What `/readyz` says, once it says it, and what the metrics say then.
    async fn until_ready_says(&self, status: u16, word: &str, up: f64, writable: f64) {
        let what = format!("/readyz says {status} {word}");
        let url = format!("{}/readyz", self.relay.url());
        let ready = async || get(&url);
        wait::until(&what, ready, |(code, text)| {
            *code == status && text.contains(word)
        })
        .await;
        let told = async || (self.metric("store_up"), self.metric("store_writable"));
        wait::until("the metrics say so", told, |told| *told == (up, writable)).await;
        assert_eq!(get(&format!("{}/healthz", self.relay.url())).0, 200);
    }

    async fn until_up(&self) {
        self.until_ready_says(200, "ready", 1.0, 1.0).await;
    }

    async fn until_down(&self) {
        self.until_ready_says(503, "store_unavailable", 0.0, 0.0)
            .await;
    }

    fn metric(&self, name: &str) -> f64 {
        let (_, text) = get(&self.metrics);
        let name = format!("amend_relay_{name} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&name));
        value.map_or(0.0, |value| value.parse().unwrap())
    }
}

async fn settled(client: &Client) {
    let waiting = async || client.status().await.unwrap().waiting;
    wait::until("nothing waits", waiting, |waiting| *waiting == 0).await;
}

fn get(url: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    match agent.get(url).call() {
        Ok(mut answer) => (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().unwrap(),
        ),
        Err(error) => (0, error.to_string()),
    }
}

/// The relay's refusal of a login.
fn login_is_refused(relay: &RelayProcess, name: &str) -> Option<ErrorCode> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = LoginRequest {
        name: name.to_owned(),
        password: password(name),
        label: String::new(),
    };
    let url = format!("{}{LOGIN_PATH}", relay.url());
    let mut answer = agent.post(&url).send_json(&request).unwrap();
    if answer.status() == 200 {
        return None;
    }
    assert_eq!(answer.status(), 503);
    Some(answer.body_mut().read_json::<WireError>().unwrap().code)
}

fn post(room: RoomId, body: &str) -> Op {
    Op::Post {
        room_id: room,
        message_id: MessageId(Uuid::now_v7()),
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn down_and_back_and_killed_and_back() {
    let postgres = Postgres::start();
    let scene = Scene::on(postgres.database()).await;
    scene.until_up().await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    postgres.stop();
    scene.until_down().await;
    ids.extend(scene.post(&scene.ada, &["one", "two", "three"]).await);
    ids.extend(scene.post(&scene.grace, &["four"]).await);
    assert_eq!(
        login_is_refused(&scene.relay, "ada"),
        Some(ErrorCode::StoreUnavailable)
    );
    assert_eq!(scene.ada.status().await.unwrap().waiting, 3);
    postgres.come_back();
    scene.until_up().await;
    scene.agree(&ids).await;
    postgres.kill();
    ids.extend(scene.post(&scene.ada, &["five", "six"]).await);
    scene.until_down().await;
    postgres.come_back();
    scene.until_up().await;
    scene.agree(&ids).await;
    assert!(scene.metric("store_silent_seconds") < 60.0);
    assert_eq!(scene.metric("epoch_changes_total"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn restarted_and_killed_under_load_nothing_is_lost_or_doubled() {
    let postgres = Postgres::start();
    let scene = Scene::on(postgres.database()).await;
    let mut ids = Vec::new();
    for round in 0..4 {
        for number in 0..50 {
            let text = format!("{round}/{number}");
            ids.extend(scene.post(&scene.ada, &[&text]).await);
            ids.extend(scene.post(&scene.grace, &[&text]).await);
        }
        // Some of it is answered, some on the way, some not.
        if round % 2 == 0 {
            postgres.stop();
        } else {
            postgres.kill();
        }
        postgres.come_back();
    }
    scene.agree(&ids).await;
    let client = postgres.database().client().await;
    let count = "SELECT count(*), count(DISTINCT position) FROM message";
    let row = client.query_one(count, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (400, 400));
}

/// A disk that is small: mounted, where we may mount.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("amend-disk-")
            .tempdir_in("/tmp")
            .unwrap();
        let disk = Self { folder };
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs"])
            .arg(disk.folder.path())
            .output();
        mounted
            .is_ok_and(|said| said.status.success())
            .then_some(disk)
    }

    fn fill(&self) -> PathBuf {
        let ballast = self.folder.path().join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        for size in [1 << 20, 1 << 12] {
            let block = vec![1_u8; size];
            while std::io::Write::write_all(&mut file, &block).is_ok() {}
        }
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_loses_nothing() {
    // Where we may not mount, a table that refuses as a full disk does stands for it.
    let disk = SmallDisk::mount();
    let postgres = match &disk {
        Some(disk) => Postgres::start_at(disk.folder.path().join("data")),
        None => Postgres::start(),
    };
    let scene = Scene::on(postgres.database()).await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    let stored = async || -> i64 {
        let client = postgres.database().client().await;
        let row = client.query_one("SELECT count(*) FROM message", &[]).await;
        row.unwrap().get(0)
    };
    let ballast = disk.as_ref().map(SmallDisk::fill);
    if disk.is_none() {
        let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END$$;
            CREATE TRIGGER full_disk BEFORE INSERT ON message EXECUTE FUNCTION full_disk()";
        postgres.database().sql(full).await;
    }
    // Long texts, until some of them no longer fit the pages and the log that there are.
    let long = "long ".repeat(6_000);
    let waiting = async || {
        let id = scene.post(&scene.ada, &[&long]).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        (id, scene.metric("batch_failures_total"))
    };
    let mut failures = 0.0;
    for _ in 0..2_000 {
        let (id, failed) = waiting().await;
        ids.extend(id);
        failures = failed;
        if failed > 0.0 {
            break;
        }
    }
    assert!(failures > 0.0, "the disk was never full");
    ids.extend(scene.post(&scene.grace, &["while it is full"]).await);
    match ballast {
        Some(ballast) => std::fs::remove_file(ballast).unwrap(),
        None => {
            let free = "DROP TRIGGER full_disk ON message";
            postgres.database().sql(free).await;
        }
    }
    // A server that could not write its log has ended itself; whoever runs it starts it again.
    if get(&format!("{}/readyz", scene.relay.url())).0 != 200 && !postgres.is_running() {
        postgres.come_back();
    }
    scene.until_up().await;
    scene.agree(&ids).await;
    assert_eq!(stored().await, i64::try_from(ids.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_read_and_what_is_written_waits() {
    let postgres = Postgres::start();
    let scene = Scene::on(postgres.database()).await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    let token = wire::token(&scene.relay.url(), "grace");
    postgres.set("default_transaction_read_only = on").await;
    scene.until_ready_says(200, "degraded", 1.0, 0.0).await;
    ids.extend(scene.post(&scene.ada, &["waits", "waits too"]).await);
    // Reading goes on: whole rooms, and by the cursor.
    let mut reader = Wire::hello_with(&scene.relay.url(), &token).await;
    reader.subscribe(scene.room, None).await;
    assert_eq!(
        login_is_refused(&scene.relay, "ada"),
        Some(ErrorCode::StoreReadOnly)
    );
    reader.push(vec![post(scene.room, "refused")]).await;
    let code = reader.error().await;
    assert_eq!(code, ErrorCode::StoreReadOnly);
    assert_eq!(scene.ada.status().await.unwrap().waiting, 2);
    // What somebody who may write writes meanwhile is seen.
    let other = "BEGIN READ WRITE; INSERT INTO message (room_id, author_id, body)
        SELECT room_id, user_id, 'by sql' FROM member WHERE name = 'grace'; COMMIT";
    scene.relay.database().sql(other).await;
    let here = |items: &Vec<TimelineItem>| items.iter().any(|item| item.body == "by sql");
    let items = scene.until(&scene.grace, "grace reads it", here).await;
    let by_sql = items.iter().find(|item| item.body == "by sql").unwrap();
    ids.push(by_sql.id);
    let again = "ALTER SYSTEM RESET default_transaction_read_only";
    let off = "SET default_transaction_read_only = off";
    let client = postgres.database().client().await;
    for statement in [off, again, "SELECT pg_reload_conf()"] {
        client.batch_execute(statement).await.unwrap();
    }
    scene.until_up().await;
    scene.agree(&ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_standby_reading_goes_on_and_writing_when_it_is_promoted() {
    let primary = Postgres::start();
    let scene = Scene::on(primary.database()).await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    let standby = Postgres::standby_of(&primary);
    let token = wire::token(&scene.relay.url(), "grace");
    let count = async || -> i64 {
        let client = standby.database().client().await;
        let tokens = client
            .query_one("SELECT count(*) FROM session_token", &[])
            .await;
        tokens.unwrap().get(0)
    };
    wait::until("the standby is level", count, |tokens| *tokens == 3).await;
    // Another relay, on the standby.
    let file = tempfile::NamedTempFile::new().unwrap();
    let on_standby = RelayProcess::configured_on(standby.database(), file.path()).await;
    let mut reader = Wire::hello_with(&on_standby.url(), &token).await;
    let mut cursor = reader.subscribe(scene.room, None).await;
    let ready = get(&format!("{}/readyz", on_standby.url()));
    assert!(ready.0 == 200 && ready.1.contains("degraded"), "{ready:?}");
    // Nobody can listen on a standby; what comes there is read all the same.
    ids.extend(scene.post(&scene.ada, &["to both"]).await);
    let rows = reader.changes(&mut cursor).await;
    assert!(
        rows.iter()
            .any(|row| matches!(row, model::Row::Message(message) if message.body == "to both")),
        "{rows:?}"
    );
    scene.agree(&ids).await;
    reader.push(vec![post(scene.room, "refused")]).await;
    assert_eq!(reader.error().await, ErrorCode::StoreReadOnly);
    let mut reader = Wire::hello_with(&on_standby.url(), &token).await;
    reader.subscribe(scene.room, None).await;
    standby.promote();
    // Another timeline: the sessions begin anew, then it takes writes.
    while reader.next().await.is_some() {}
    let ready = async || get(&format!("{}/readyz", on_standby.url()));
    wait::until("it is ready", ready, |(_, text)| text == "ready\n").await;
    let mut writer = Wire::hello_with(&on_standby.url(), &token).await;
    writer.push(vec![post(scene.room, "after")]).await;
    assert!(matches!(writer.outcome().await, Outcome::Applied { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_and_gets_back_what_it_never_had() {
    let primary = Postgres::start();
    let first = Scene::on(primary.database()).await;
    let ids = first.post(&first.ada, &["on both"]).await;
    first.agree(&ids).await;
    let standby = Postgres::standby_of(&primary);
    // The same people on a relay that knows both hosts.
    let both = Database {
        url: format!(
            "host={},{} user=amend dbname=amend target_session_attrs=read-write",
            primary.sockets().display(),
            standby.sockets().display()
        ),
    };
    let mut scene = first;
    let room = scene.room;
    scene.relay.kill();
    scene.relay.come_back_on(both).await;
    let pid = scene.relay.pid();
    let mut ids = ids;
    ids.extend(scene.post(&scene.grace, &["on both too"]).await);
    scene.agree(&ids).await;
    let count = async || -> i64 {
        let client = standby.database().client().await;
        let row = client.query_one("SELECT count(*) FROM message", &[]).await;
        row.unwrap().get(0)
    };
    wait::until("the standby is level", count, |count| *count == 2).await;
    // It falls behind, and the primary dies with words that it has acknowledged.
    standby.stop();
    let mut lost = scene
        .post(&scene.ada, &["acknowledged by the old primary alone"])
        .await;
    lost.extend(scene.post(&scene.grace, &["and this"]).await);
    ids.extend(&lost);
    scene.agree(&ids).await;
    primary.kill();
    ids.extend(scene.post(&scene.ada, &["while nobody serves"]).await);
    standby.come_back();
    assert_eq!(count().await, 2, "the standby has what it should not have");
    standby.promote();
    scene.until_up().await;
    // Their authors' journals bring them back.
    let stored = async || -> Vec<MessageId> {
        let client = standby.database().client().await;
        let rows = client.query("SELECT id FROM message", &[]).await.unwrap();
        rows.iter().map(|row| MessageId(row.get(0))).collect()
    };
    let all = |stored: &Vec<MessageId>| ids.iter().all(|id| stored.contains(id));
    wait::until("the new primary has all", stored, all).await;
    scene.agree(&ids).await;
    assert_eq!(scene.relay.pid(), pid);
    assert_eq!(scene.metric("epoch_changes_total"), 1.0);
    assert!(scene.ada.recovered().await.unwrap().is_empty());
    // Wake-ups come from the new primary.
    let sql = format!(
        "INSERT INTO message (room_id, author_id, body) SELECT '{room}', id, 'by sql' FROM account LIMIT 1"
    );
    standby.database().sql(&sql).await;
    let here = |items: &Vec<TimelineItem>| items.iter().any(|item| item.body == "by sql");
    scene
        .until(&scene.grace, "what SQL wrote is seen", here)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_locked_room_holds_up_nobody_else() {
    let relay = RelayProcess::start().await;
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let mut ada = Wire::hello(&relay, "ada").await;
    let mut grace = Wire::hello(&relay, "grace").await;
    let locked = ada.create_room("Locked").await;
    let open = grace.create_room("Open").await;
    let mut holder = relay.database().client().await;
    let held = holder.transaction().await.unwrap();
    let lock = format!("SELECT FROM room WHERE id = '{locked}' FOR UPDATE");
    held.execute(&lock, &[]).await.unwrap();
    // A post and its edit, in pushes of their own, and one that names both rooms.
    let message_id = MessageId(Uuid::now_v7());
    let first = Op::Post {
        room_id: locked,
        message_id,
        body: "first".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    let edit = Op::Edit {
        room_id: locked,
        message_id,
        base_rev: model::Rev::FIRST,
        base: Some("first".into()),
        body: "edited".into(),
    };
    let mut keys = ada.push(vec![first, post(locked, "second")]).await;
    keys.extend(ada.push(vec![edit, post(locked, "third")]).await);
    keys.extend(
        ada.push(vec![Op::Join { room_id: open }, post(open, "from ada")])
            .await,
    );
    // Others go on at once, one after the other.
    for number in 0..100 {
        grace.push(vec![post(open, &format!("{number}"))]).await;
        assert!(matches!(grace.outcome().await, Outcome::Applied { .. }));
    }
    let count = async |body: &str| -> i64 {
        let client = relay.database().client().await;
        let query = "SELECT count(*) FROM message WHERE body = $1";
        client.query_one(query, &[&body]).await.unwrap().get(0)
    };
    assert_eq!(count("first").await + count("edited").await, 0);
    // The lock was held all the while.
    held.commit().await.unwrap();
    let mut answered = Vec::new();
    while answered.len() < keys.len() {
        let outcomes = ada
            .until(|frame| match frame {
                RelayFrame::Outcomes { outcomes } => Some(outcomes),
                RelayFrame::Error(error) => panic!("{error:?}"),
                _ => None,
            })
            .await;
        for one in outcomes {
            assert!(matches!(one.outcome, Outcome::Applied { .. }), "{one:?}");
            answered.push(one.op_id);
        }
    }
    assert_eq!(answered, keys, "out of the order of the pushes");
    assert_eq!(count("edited").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_connections_are_taken_the_relay_waits_for_one() {
    let postgres = Postgres::start();
    postgres.set("max_connections = 12").await;
    postgres.set("superuser_reserved_connections = 0").await;
    postgres.stop();
    postgres.come_back();
    let scene = Scene::on(postgres.database()).await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    let mut taken = vec![postgres.database().client().await];
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'amend-relay'";
    let full = async |taken: &mut Vec<tokio_postgres::Client>| {
        taken[0].batch_execute(cut).await.unwrap();
        while let Some(client) = postgres.database().try_client().await {
            taken.push(client);
        }
        get(&format!("{}/readyz", scene.relay.url())).0
    };
    let begun = std::time::Instant::now();
    while full(&mut taken).await != 503 {
        assert!(begun.elapsed() < wait::DEADLINE, "{} taken", taken.len());
    }
    ids.extend(scene.post(&scene.ada, &["waits"]).await);
    scene.until_down().await;
    drop(taken);
    scene.until_up().await;
    scene.agree(&ids).await;
}

/// Runs `amend-relay serve` until it ends; what it said.
fn serve_fails(url: &str) -> String {
    let output = Command::new(system_tests::programs::built("amend-relay"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config", "/dev/null"])
        .args(["--database-url", url])
        .env("AMEND_LOG", "error")
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waiting_does_not_mend_is_told_at_once() {
    let postgres = Postgres::start();
    let database = postgres.database();
    database
        .sql("CREATE ROLE stranger LOGIN PASSWORD 'right'; CREATE ROLE poor LOGIN")
        .await;
    let hba = postgres.file("pg_hba.conf");
    let rules = std::fs::read_to_string(&hba).unwrap();
    std::fs::write(&hba, format!("local all stranger scram-sha-256\n{rules}")).unwrap();
    database.sql("SELECT pg_reload_conf()").await;
    let host = postgres.sockets();
    let host = host.display();
    let said = serve_fails(&format!(
        "host={host} user=stranger password=wrong dbname=amend"
    ));
    assert!(said.contains("password authentication failed"), "{said}");
    assert!(!said.contains("wrong"), "{said}");
    let said = serve_fails(&format!("host={host} user=amend dbname=nowhere"));
    assert!(said.contains("\"nowhere\" does not exist"), "{said}");
    let said = serve_fails(&format!("host={host} user=poor dbname=amend"));
    assert!(said.contains("permission denied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_starts_before_its_database_waits_for_it() {
    let postgres = Postgres::start();
    postgres.stop();
    let database = postgres.database();
    let port = ports::free();
    let ready = format!("http://127.0.0.1:{port}/readyz");
    let starting = RelayProcess::on_port(database, port);
    tokio::pin!(starting);
    // It is tried for a moment, and does not serve yet.
    let moment = std::time::Duration::from_secs(1);
    let served = tokio::time::timeout(moment, &mut starting).await;
    assert!(served.is_err() && get(&ready).0 != 200);
    postgres.come_back();
    let relay = starting.await;
    relay.add_user("ada");
    let _ = Wire::hello(&relay, "ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_taken_away_are_missed_until_they_are_back() {
    let postgres = Postgres::start();
    let database = postgres.database();
    database.sql("CREATE ROLE keeper LOGIN; ALTER DATABASE amend OWNER TO keeper; GRANT ALL ON SCHEMA public TO keeper").await;
    let url = database.url.replace("user=amend", "user=keeper");
    let scene = Scene::on(Database { url }).await;
    let mut ids = scene.post(&scene.ada, &["before"]).await;
    scene.agree(&ids).await;
    database.sql("REVOKE INSERT ON message FROM keeper").await;
    ids.extend(scene.post(&scene.ada, &["waits"]).await);
    let failures = async || scene.metric("batch_failures_total");
    wait::until("a batch has failed", failures, |failures| *failures > 0.0).await;
    assert_eq!(scene.ada.status().await.unwrap().waiting, 1);
    database.sql("GRANT INSERT ON message TO keeper").await;
    scene.agree(&ids).await;
}
