//! The doctor: an installation as it should be is good, and each damage that is planted is told, with what to do.

#![allow(clippy::unwrap_used)]

use relay::doctor::{TRIGGERS, invariants};
use relay::store::migrate;
use std::path::Path;
use std::process::Command;
use system_tests::database::Database;
use system_tests::programs;
use system_tests::relay_process::RelayProcess;

/// What it says, and whether it is content.
fn doctor_with(url: &str, config: &Path, more: &[&str]) -> (bool, String) {
    let output = Command::new(programs::built("amend-relay"))
        .args(["doctor", "--database-url", url])
        .arg("--config")
        .arg(config)
        .args(more)
        .output()
        .unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn doctor(url: &str) -> (bool, String) {
    doctor_with(url, Path::new("/dev/null"), &["--listen", "127.0.0.1:1"])
}

/// A store with some of everything, made by plain SQL.
async fn store() -> Database {
    let database = Database::create().await;
    database.migrate_to(migrate::KNOWN).await;
    database
        .sql(
            "INSERT INTO account (name, password_hash) VALUES ('ada', '!'), ('grace', '!');
            INSERT INTO room (name, created_by) SELECT 'General', id FROM account WHERE name = 'ada';
            INSERT INTO member (room_id, user_id) SELECT room.id, account.id FROM room, account;
            INSERT INTO message (room_id, author_id, body)
                SELECT room.id, account.id, body FROM room, account, unnest(ARRAY['a', 'b', 'c']) body;
            UPDATE message SET body = body || '!';
            UPDATE message SET body = body || '?' WHERE body = 'a!';
            DELETE FROM message WHERE body = 'b!';
            INSERT INTO message (room_id, author_id, body, deleted_at) SELECT id, created_by, '', now() FROM room;
            UPDATE message SET body = 'back', deleted_at = NULL WHERE position = (SELECT max(position) FROM message);
            INSERT INTO reaction (room_id, message_id, user_id, emoji) SELECT room_id, id, author_id, 'x' FROM message;
            INSERT INTO read_marker (room_id, user_id, position) SELECT room_id, user_id, 3 FROM member;
            INSERT INTO op_ledger (op_id, account_id, seq) SELECT gen_random_uuid(), id, 1 FROM account;
            INSERT INTO watch_channel VALUES ('orders', 1);
            INSERT INTO watch_event (channel, operation, schema, name, position) VALUES ('orders', 'insert', 'a', 'b', 1)",
        )
        .await;
    database
}

/// The line about one thing.
fn line<'a>(said: &'a str, what: &str) -> &'a str {
    said.lines()
        .find(|line| line.contains(&format!("  {what}: ")))
        .unwrap_or_else(|| panic!("nothing about {what}:\n{said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_installation_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let backups = folder.path().join("backups");
    std::fs::write(&config, format!("[backup]\nfolder = {backups:?}\n")).unwrap();
    let relay = RelayProcess::configured_on(store().await, &config).await;
    let listen = relay.address().to_string();
    let more = ["--listen", listen.as_str()];
    let (_, said) = doctor_with(&relay.database().url, &config, &more);
    assert!(line(&said, "newest backup").starts_with("WARN"), "{said}");
    let _ = relay.host(&["backup"]);
    let (good, said) = doctor_with(&relay.database().url, &config, &more);
    assert!(good, "{said}");
    for line in said.lines() {
        // How much room the disk has is not ours to say.
        assert!(line.starts_with("good") || line.contains("disk"), "{said}");
    }
    for invariant in invariants::ALL {
        assert!(line(&said, invariant.name).starts_with("good"), "{said}");
    }
    for what in [
        "configuration",
        "Postgres",
        "durability",
        "rights",
        "clocks",
        "triggers",
        "running relay",
    ] {
        assert!(line(&said, what).starts_with("good"), "{said}");
    }
}

/// Damage done past the triggers, and which invariant tells it.
const DAMAGE: &[(&str, &str)] = &[
    (
        "a room's counter is not behind its rows",
        "UPDATE room SET last_seq = 2",
    ),
    (
        "a seq is given out once in a room",
        "UPDATE message SET seq = (SELECT min(seq) FROM member) WHERE position = (SELECT min(position) FROM message)",
    ),
    (
        "every row has a seq, and a message its position",
        "UPDATE read_marker SET seq = 0 WHERE user_id = (SELECT min(user_id::text)::uuid FROM member)",
    ),
    (
        "a position is given out once in a room",
        "UPDATE message SET position = (SELECT min(position) FROM message) WHERE seq = (SELECT max(seq) FROM message)",
    ),
    (
        "every earlier text of a message is kept",
        "DELETE FROM message_version WHERE rev = 1 AND body = 'a'",
    ),
    (
        "a deleted message has no text",
        "UPDATE message SET body = 'back' WHERE deleted_at IS NOT NULL",
    ),
    (
        "every file of a message was given to its room",
        "UPDATE message SET attachments = jsonb_build_array(jsonb_build_object('hash', repeat('a', 64), 'name', 'a', 'media_type', 'a/b',
            'bytes', 1)) WHERE body = 'c!'",
    ),
    (
        "every row's room is there",
        "INSERT INTO message (room_id, author_id, body, seq, position) SELECT gen_random_uuid(), id, 'x', 1, 1 FROM account LIMIT 1",
    ),
    (
        "every version's message is there",
        "DELETE FROM message WHERE body = 'c!'",
    ),
    (
        "every reaction's message is there",
        "DELETE FROM message WHERE body = 'c!'",
    ),
    (
        "every person has an account",
        "DELETE FROM account WHERE name = 'grace'",
    ),
    (
        "people have one name everywhere",
        "UPDATE member SET name = 'somebody'",
    ),
    (
        "outcomes are of accounts that are there",
        "UPDATE op_ledger SET account_id = gen_random_uuid()",
    ),
    (
        "a channel's counter is not behind its events",
        "UPDATE watch_channel SET last = 0",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_damage_of_the_store_is_told() {
    let names: Vec<&str> = DAMAGE.iter().map(|(name, _)| *name).collect();
    let all: Vec<&str> = invariants::ALL.iter().map(|one| one.name).collect();
    assert_eq!(names, all, "a damage for each invariant");
    let whole = store().await;
    for (name, damage) in DAMAGE {
        let database = whole.copy().await;
        let past = format!("SET session_replication_role = replica; {damage}");
        database.sql(&past).await;
        let (good, said) = doctor(&database.url);
        let told = line(&said, name);
        let invariant = invariants::ALL.iter().find(|one| one.name == *name);
        assert!(!told.starts_with("good"), "{name}: {said}");
        assert!(told.contains("such as"), "{told}");
        assert_eq!(good, !said.contains("\nBAD"), "{said}");
        assert!(!(good && invariant.unwrap().grave), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_triggers_is_what_migrations_make() {
    let database = Database::create().await;
    let client = database.client().await;
    for version in 1..=migrate::KNOWN {
        database.migrate_to(version).await;
        let query =
            "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE NOT tgisinternal";
        let rows = client.query(query, &[]).await.unwrap();
        let mut made: Vec<(String, String)> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        made.sort();
        let mut known: Vec<(String, String)> = TRIGGERS
            .iter()
            .filter(|(.., since)| *since <= version)
            .map(|(table, trigger, _)| ((*table).to_owned(), (*trigger).to_owned()))
            .collect();
        known.sort();
        assert_eq!(made, known, "version {version}");
        // An older store can be looked at too.
        let (_, said) = doctor(&database.url);
        assert!(line(&said, "triggers").starts_with("good"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_around_the_store_is_told() {
    let whole = store().await;
    for (damage, what, level) in [
        (
            "ALTER TABLE message DISABLE TRIGGER amend_message_write",
            "triggers",
            "BAD",
        ),
        (
            "DROP TRIGGER amend_member_write ON member",
            "triggers",
            "BAD",
        ),
        ("DROP TABLE identity", "tables", "BAD"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'message_seq'::regclass",
            "indexes",
            "BAD",
        ),
        (
            "INSERT INTO schema_migration VALUES (9999)",
            "schema",
            "BAD",
        ),
        (
            "DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)",
            "schema",
            "WARN",
        ),
        (
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
            "durability",
            "WARN",
        ),
        (
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
            "writing",
            "BAD",
        ),
    ] {
        let database = whole.copy().await;
        database.sql(damage).await;
        let (good, said) = doctor(&database.url);
        assert!(line(&said, what).starts_with(level), "{damage}: {said}");
        assert_eq!(good, level == "WARN", "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_rights_and_a_database_that_is_not_there_are_told() {
    let database = store().await;
    let role = format!("role_{}", uuid::Uuid::now_v7().simple());
    database
        .sql(&format!(
            "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM public; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    let url = database.url.replace("user=amend", &format!("user={role}"));
    assert_ne!(url, database.url);
    let (good, said) = doctor(&url);
    assert!(!good && line(&said, "rights").starts_with("BAD"), "{said}");
    assert!(
        said.contains("GRANT CREATE") && said.contains("OWNER TO"),
        "{said}"
    );
    database
        .sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
    let nowhere = "host=/nowhere user=amend dbname=amend connect_timeout=2";
    let (good, said) = doctor(nowhere);
    assert!(
        !good && line(&said, "database").starts_with("BAD"),
        "{said}"
    );
    assert!(line(&said, "running relay").starts_with("WARN"), "{said}");
    let empty = Database::create().await;
    let (good, said) = doctor(&empty.url);
    assert!(good && line(&said, "schema").starts_with("WARN"), "{said}");
    // Looking makes nothing.
    let tables = "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert!(
        empty
            .client()
            .await
            .query(tables, &[])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_look_is_cut_and_said_so() {
    let database = store().await;
    // Somebody holds the table, for as long as we like.
    let holder = database.client().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE watch_event IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let more = ["--listen", "127.0.0.1:1", "--seconds", "1"];
    let (_, said) = doctor_with(&database.url, Path::new("/dev/null"), &more);
    let told = line(&said, "a channel's counter is not behind its events");
    assert!(
        told.starts_with("WARN") && told.contains("--seconds"),
        "{said}"
    );
    assert!(line(&said, "a deleted message has no text").starts_with("good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn watched_tables_and_a_bad_configuration_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let database = store().await;
    database.sql("CREATE TABLE keyless (a int)").await;
    let with = |text: &str| {
        std::fs::write(&config, text).unwrap();
        doctor_with(&database.url, &config, &["--listen", "127.0.0.1:1"])
    };
    let (good, said) = with(
        "[[watch]]\ntable = \"keyless\"\nchannel = \"k\"\n[[watch]]\ntable = \"gone\"\nchannel = \"g\"\n",
    );
    assert!(!good, "{said}");
    assert!(line(&said, "watched table public.keyless").contains("primary key"));
    assert!(line(&said, "watched table public.gone").starts_with("BAD"));
    let (good, said) = with("[[watch]]\ntable = \"keyless\"\nchannel = \"\"\n");
    assert!(
        !good && line(&said, "configuration").starts_with("BAD"),
        "{said}"
    );
}
