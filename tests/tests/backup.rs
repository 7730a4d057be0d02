//! Backups: taken while people write, read back to the last byte, restored, and clients that make the store whole again.

#![allow(clippy::unwrap_used)]

use client::Client;
use futures_util::FutureExt;
use model::RoomId;
use relay::backup::dump::{self, Target};
use relay::backup::{tables, verify};
use relay::store::migrate;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use system_tests::database::Database;
use system_tests::people::Home;
use system_tests::programs;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;

/// One of the host's commands on a database; whether it succeeded, and all that it printed.
fn host_on(url: &str, config: &Path, args: &[&str]) -> (bool, String) {
    run(&[args, &["--database-url", url]].concat(), config)
}

fn run(args: &[&str], config: &Path) -> (bool, String) {
    let output = Command::new(programs::built("amend-relay"))
        .args(args)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A relay that must end by itself; what it said.
async fn does_not_serve(url: &str, config: &Path) -> String {
    let child = Command::new(programs::built("amend-relay"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database-url", url])
        .arg("--config")
        .arg(config)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let child = Mutex::new(child);
    let ended = async || child.lock().unwrap().try_wait().unwrap();
    let looked = std::panic::AssertUnwindSafe(wait::until("it ends", ended, Option::is_some));
    let status = looked.catch_unwind().await;
    let mut child = child.into_inner().unwrap();
    let _ = child.kill();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    let good = status.map(|status| status.is_some_and(|status| status.success()));
    assert!(matches!(good, Ok(false)), "{said}");
    said
}

fn none() -> &'static Path {
    Path::new("/dev/null")
}

fn good(url: &str, args: &[&str]) -> String {
    let (good, said) = host_on(url, none(), args);
    assert!(good, "{args:?}: {said}");
    said
}

fn bad(url: &str, args: &[&str]) -> String {
    let (good, said) = host_on(url, none(), args);
    assert!(!good, "{args:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Everything in the store's tables, as text.
async fn content(database: &Database) -> Vec<(String, String)> {
    let client = database.client().await;
    let mut content = Vec::new();
    for name in tables::of(migrate::KNOWN) {
        let query = format!(
            "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {name} t"
        );
        let row = client.query_one(&query, &[]).await.unwrap();
        content.push((name.to_owned(), row.get(0)));
    }
    content
}

async fn epoch(database: &Database) -> String {
    let client = database.client().await;
    let row = client
        .query_one("SELECT epoch::text FROM store", &[])
        .await
        .unwrap();
    row.get(0)
}

/// A store with a row in every table, and with every character that a format could trip over.
async fn odd_store() -> Database {
    let database = Database::create().await;
    database.migrate_to(migrate::KNOWN).await;
    database
        .sql(
            r#"INSERT INTO account (id, name, password_hash, is_admin)
                VALUES ('00000000-0000-0000-0000-0000000000a1', E'ad\tä "x" \\N', '$argon2id$x', true);
            INSERT INTO session_token (hash, account_id, expires_at, label)
                SELECT '\x00ff5c0a', id, 'infinity', E'a\nb' FROM account;
            INSERT INTO identity SELECT 'https://i', 's', id FROM account;
            INSERT INTO invite SELECT '\x01', id, 3, now(), now() FROM account;
            INSERT INTO room (id, name, created_by) SELECT '00000000-0000-0000-0000-0000000000b1', 'General', id FROM account;
            INSERT INTO member (room_id, user_id, role) SELECT room.id, account.id, 'owner' FROM room, account;
            INSERT INTO message (room_id, author_id, body) SELECT room.id, account.id, v FROM room, account,
                unnest(ARRAY[E'tab\there', E'line\nfeed\r\n', E'back\\slash \\. \\N', 'größe 🦀 𝄞', '\N', '\.', ' ', E'\x01\x7f', repeat('x', 32768)]) v;
            UPDATE message SET body = body || '!' WHERE body LIKE 'tab%';
            DELETE FROM message WHERE body = ' ';
            INSERT INTO reaction (room_id, message_id, user_id, emoji) SELECT room_id, id, author_id, '👍' FROM message;
            INSERT INTO read_marker (room_id, user_id, position) SELECT room.id, account.id, 3 FROM room, account;
            INSERT INTO op_ledger (op_id, account_id, code, reason) SELECT gen_random_uuid(), id, 'conflict', E'why\tnot' FROM account;
            INSERT INTO message (room_id, author_id, body, attachments) SELECT room.id, account.id, 'look', jsonb_build_array(
                jsonb_build_object('hash', repeat('0a', 32), 'name', E'a\tb', 'media_type', 'a/b', 'bytes', 3)) FROM room, account;
            INSERT INTO blob_content (hash, bytes, object) VALUES (decode(repeat('0a', 32), 'hex'), 3, gen_random_uuid());
            INSERT INTO blob (room_id, hash, account_id) SELECT room.id, hash, account.id FROM blob_content, room, account;
            INSERT INTO blob_upload (id, room_id, hash, account_id, bytes, received, parts)
                SELECT gen_random_uuid(), room.id, hash, account.id, 9, 3, ARRAY[gen_random_uuid(), gen_random_uuid()] FROM blob_content, room, account;
            INSERT INTO watch_wanted (entries) VALUES ('[]');
            INSERT INTO watch_table VALUES ('orders', 'public', 'orders');
            INSERT INTO watch_channel (channel, last) VALUES ('orders', 2);
            INSERT INTO watch_event (channel, operation, schema, name, key, data, position)
                VALUES ('orders', 'insert', 'public', 'orders', '{"id" : 1.10}', '{"a":"\\n\"\u0001"}', 1),
                       ('orders', 'insert', 'public', 'orders', '{"id":2}', NULL, 2);"#,
        )
        .await;
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_of_any_version_is_forgotten() {
    let database = Database::create().await;
    let client = database.client().await;
    for version in 1..=migrate::KNOWN {
        database.migrate_to(version).await;
        let query = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p', 'm', 'f')
            AND relnamespace = current_schema()::regnamespace AND relname <> 'schema_migration' ORDER BY 1";
        let rows = client.query(query, &[]).await.unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let mut known: Vec<&str> = tables::of(version).collect();
        known.sort_unstable();
        assert_eq!(
            found, known,
            "version {version}: name its tables in relay/src/backup/tables.rs"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_is_what_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let from = odd_store().await;
    let said = good(&from.url, &["backup", text(&file)]);
    assert!(
        said.contains("Saved") && said.contains("a.backup"),
        "{said}"
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds password hashes");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let found = verify::verify(&file, |_| {}).unwrap();
    assert!(found.rows.values().all(|rows| *rows > 0), "{found:?}");
    let said = good(&from.url, &["verify-backup", text(&file), "--deep"]);
    assert!(
        said.contains("is whole")
            && said.contains("message\t10")
            && said.contains("can be restored"),
        "{said}"
    );

    let to = Database::create().await;
    let said = good(&to.url, &["restore", text(&file)]);
    assert!(said.contains("Restored"), "{said}");
    let (before, after) = (content(&from).await, content(&to).await);
    for (before, after) in before.iter().zip(&after) {
        // The epoch is another one, and that is all.
        assert_eq!(before.0, after.0);
        assert_eq!(before.1 == after.1, before.0 != "store", "{}", before.0);
    }
    // Counters go on, triggers fire again.
    to.sql("INSERT INTO watch_event (channel, operation, schema, name) VALUES ('orders', 'insert', 'public', 'orders')")
        .await;
    let client = to.client().await;
    let id: i64 = client
        .query_one("SELECT max(id) FROM watch_event", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(id, 3);
    to.sql("UPDATE message SET body = 'new' WHERE position = 3")
        .await;
    let query = "SELECT m.rev, m.seq = r.last_seq FROM message m JOIN room r ON r.id = m.room_id WHERE m.position = 3";
    let row = client.query_one(query, &[]).await.unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, bool>(1)), (3, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_a_backup_is_taken_is_in_it_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let database = odd_store().await;
    let store = relay::store::Store::new(&database.url).unwrap();
    let mut wrote = false;
    // Rooms are read, messages are not yet: here somebody writes, and commits.
    let write = |table: &str, _: u64| {
        if table == "room" && !wrote {
            wrote = true;
            let database = database.clone();
            let sql = "INSERT INTO message (room_id, author_id, body) SELECT id, created_by, 'in between' FROM room;
                INSERT INTO account (name, password_hash) VALUES ('late', '!')";
            let writer = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(database.sql(sql));
            });
            writer.join().unwrap();
        }
    };
    let target = Target::File(file.clone());
    let taken = dump::take(&store, &target, write).await.unwrap();
    assert_eq!((taken.rows["message"], taken.rows["account"]), (10, 1));
    assert!(
        content(&database)
            .await
            .iter()
            .any(|(_, rows)| rows.contains("in between"))
    );
    let _ = good(&database.url, &["verify-backup", text(&file), "--deep"]);
    // The next one has it.
    let taken = dump::take(&store, &target, |_, _| {}).await.unwrap();
    assert_eq!((taken.rows["message"], taken.rows["account"]), (10, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_damage_of_a_file_is_found_and_nothing_of_it_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let from = odd_store().await;
    let _ = good(&from.url, &["backup", text(&file)]);
    let whole = std::fs::read(&file).unwrap();
    let damaged = folder.path().join("damaged.backup");
    let mut random = fastrand::Rng::with_seed(4);
    for _ in 0..300 {
        let at = random.usize(..whole.len());
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << random.u8(..8);
        std::fs::write(&damaged, &bytes).unwrap();
        assert!(verify::verify(&damaged, |_| {}).is_err(), "byte {at}");
        std::fs::write(&damaged, &whole[..at]).unwrap();
        assert!(verify::verify(&damaged, |_| {}).is_err(), "cut at {at}");
    }
    let said = bad(&from.url, &["verify-backup", text(&damaged)]);
    assert!(
        said.contains("cut off") || said.contains("no backup"),
        "{said}"
    );
    let before = content(&from).await;
    let _ = bad(
        &from.url,
        &["restore", "--replace", "--without-backup", text(&damaged)],
    );
    assert_eq!(content(&from).await, before);
    let empty = Database::create().await;
    let _ = bad(&empty.url, &["restore", text(&damaged)]);
    let said = bad(&empty.url, &["backup", text(&damaged)]);
    assert!(said.contains("no Amend in this database"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_in_use_or_holds_something_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let config = folder.path().join("config.toml");
    let backups = folder.path().join("backups");
    std::fs::write(&config, format!("[backup]\nfolder = {backups:?}\n")).unwrap();
    let mut relay = RelayProcess::configured(&config).await;
    relay.add_user("ada");
    let url = relay.database().url.clone();
    let _ = good(&url, &["backup", text(&file)]);
    relay.add_user("grace");
    let replace = ["restore", "--replace", text(&file)];
    let (done, said) = host_on(&url, &config, &replace);
    assert!(!done && said.contains("Stop every relay"), "{said}");
    assert!(!backups.exists(), "nothing is done before it is refused");
    relay.kill();
    // Postgres notices a killed relay by itself.
    let restore = async || host_on(&url, &config, &["restore", text(&file)]);
    let (_, said) = wait::until("the relay is gone", restore, |(_, said)| {
        !said.contains("Stop every relay")
    })
    .await;
    assert!(
        said.contains("2 accounts") && said.contains("--replace"),
        "{said}"
    );
    let before = epoch(relay.database()).await;
    let (done, said) = host_on(&url, &config, &replace);
    assert!(done, "{said}");
    assert_ne!(epoch(relay.database()).await, before);
    assert!(
        said.contains(&backups.display().to_string()),
        "saved first: {said}"
    );
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 1);
    relay.come_back().await;
    let list = relay.host(&["user", "list"]);
    assert!(list.contains("ada") && !list.contains("grace"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tables_of_a_shared_database_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old) = (folder.path().join("new"), folder.path().join("old"));
    let database = Database::create().await;
    database
        .sql("CREATE SCHEMA \"Chat Room\"; CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1);
            CREATE TABLE message (mine text); INSERT INTO message VALUES ('not Amend''s')")
        .await;
    let within = Database {
        url: format!("{} options='-csearch_path=\"Chat\\\\ Room\"'", database.url),
    };
    within.migrate_to(6).await;
    let _ = good(&within.url, &["backup", text(&old)]);
    let config = folder.path().join("config.toml");
    let watch = "[backup]\nbefore_migrations = false\n[[watch]]\ntable = \"orders\"\nchannel = \"orders\"\n";
    std::fs::write(&config, watch).unwrap();
    let mut relay = RelayProcess::configured_on(within.clone(), &config).await;
    let trigger =
        "SELECT pg_get_triggerdef(oid), coalesce(obj_description(oid, 'pg_trigger'), '') FROM pg_trigger
        WHERE tgrelid = 'public.orders'::regclass ORDER BY tgname";
    let client = database.client().await;
    let triggers = async || -> Vec<(String, String)> {
        let rows = client.query(trigger, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let watched = wait::until("orders is watched", triggers, |found| found.len() == 2).await;
    relay.add_user("ada");
    relay.kill();
    let _ = good(&within.url, &["backup", text(&new)]);
    let rows = verify::verify(&new, |_| {}).unwrap().rows;
    assert!(
        rows["message"] == 0 && !rows.contains_key("orders"),
        "{rows:?}"
    );
    for file in [&new, &old] {
        let restore = ["restore", "--replace", "--without-backup", text(file)];
        let restore = async || host_on(&within.url, none(), &restore);
        let _ = wait::until("it is restored", restore, |(done, _)| *done).await;
        // Changes go on being kept while no relay runs.
        assert_eq!(triggers().await, watched, "{file:?}");
        let others =
            "SELECT (SELECT count(*) FROM public.orders), (SELECT mine FROM public.message)";
        let row = client.query_one(others, &[]).await.unwrap();
        assert_eq!(
            (row.get::<_, i64>(0), row.get::<_, &str>(1)),
            (1, "not Amend's")
        );
    }
    database.sql("INSERT INTO orders VALUES (2)").await;
    let events = within.client().await;
    let events = events.query("SELECT FROM watch_event", &[]).await.unwrap();
    assert_eq!(events.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_is_saved_before_it_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let backups = folder.path().join("backups");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("[backup]\nfolder = {backups:?}\n")).unwrap();
    let database = Database::create().await;
    database.migrate_to(2).await;
    database
        .sql("INSERT INTO account (name, password_hash) VALUES ('ada', '!');
            INSERT INTO room (name, created_by) SELECT 'General', id FROM account;
            INSERT INTO member (room_id, user_id) SELECT room.id, account.id FROM room, account;
            INSERT INTO message (room_id, author_id, body) SELECT room.id, account.id, 'old words' FROM room, account")
        .await;
    // A place that does not take it: nothing is migrated.
    std::fs::write(&backups, "a file").unwrap();
    let said = does_not_serve(&database.url, &config).await;
    assert!(
        said.contains("--without-backup") && said.contains("not migrated"),
        "{said}"
    );
    let client = database.client().await;
    let version = async || -> i32 {
        let query = "SELECT max(version) FROM schema_migration";
        client.query_one(query, &[]).await.unwrap().get(0)
    };
    assert_eq!(version().await, 2);
    std::fs::remove_file(&backups).unwrap();
    let mut relay = RelayProcess::configured_on(database.clone(), &config).await;
    assert_eq!(version().await, migrate::KNOWN);
    relay.kill();
    let files: Vec<PathBuf> = std::fs::read_dir(&backups)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    assert!(text(file).contains("before-migration-of-2-"), "{file:?}");
    let found = verify::verify(file, |_| {}).unwrap();
    assert_eq!((found.header.schema_version, found.rows["message"]), (2, 1));
    // Into an empty database, and in the place of the migrated one: migrated, with the words.
    let fresh = Database::create().await;
    let _ = good(&fresh.url, &["restore", text(file)]);
    let replace = ["restore", "--replace", "--without-backup", text(file)];
    let replace = async || host_on(&database.url, none(), &replace);
    let _ = wait::until("it is replaced", replace, |(done, _)| *done).await;
    for database in [&fresh, &database] {
        let rows = content(database).await;
        let message = rows.iter().find(|(name, _)| name == "message").unwrap();
        assert!(message.1.contains("old words"), "{rows:?}");
    }
    assert_eq!(version().await, migrate::KNOWN);
    // The host may go on without.
    let other = Database::create().await;
    other.migrate_to(2).await;
    let _ = std::fs::remove_dir_all(&backups);
    std::fs::write(
        &config,
        format!("[backup]\nfolder = {backups:?}\nbefore_migrations = false\n"),
    )
    .unwrap();
    let _relay = RelayProcess::configured_on(other, &config).await;
    assert!(!backups.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let header = relay::backup::format::Header {
        schema_version: migrate::KNOWN + 1,
        epoch: String::new(),
        made_at: 0,
        made: String::new(),
        program: "9.0.0".to_owned(),
        postgres: String::new(),
        counters: Vec::new(),
    };
    let to = std::fs::File::create(&file).unwrap();
    let writer = relay::backup::format::Writer::new(to, &header).unwrap();
    let _ = writer.finish().unwrap();
    let database = Database::create().await;
    let said = bad(&database.url, &["restore", text(&file)]);
    assert!(said.contains("Update amend-relay"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_backups_of_a_folder_go_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let database = odd_store().await;
    for old in [
        "amend-20200101T000000Z.backup",
        "amend-20210101T000000Z.backup",
        "mine.txt",
    ] {
        std::fs::write(folder.path().join(old), "x").unwrap();
    }
    let said = good(
        &database.url,
        &["backup", "--to", text(folder.path()), "--keep", "2"],
    );
    assert!(
        said.contains("Removed") && said.contains("amend-20200101T000000Z"),
        "{said}"
    );
    let mut left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(
        (left[0].as_str(), left[2].as_str()),
        ("amend-20210101T000000Z.backup", "mine.txt")
    );
    // Rotation keeps a number, not none.
    let said = bad(
        &database.url,
        &["backup", "--to", text(folder.path()), "--keep", "0"],
    );
    assert!(said.contains("--keep"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_cluster_is_saved_and_restored_into_a_new_one() {
    let folder = tempfile::Builder::new()
        .prefix("amend-b-")
        .tempdir_in("/tmp")
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let on = |data: &Path, args: &[&str]| {
        let (good, said) = run(&[args, &["--data", text(data)]].concat(), none());
        assert!(good, "{args:?}: {said}");
        said
    };
    let (made, said) = run(&["backup", "--data", text(&old)], none());
    assert!(!made && said.contains("no Amend"), "{said}");
    assert!(!old.join("pg").exists(), "nothing is made by a backup");
    let _ = on(&old, &["invite"]);
    let said = on(&old, &["backup"]);
    let backups = old.join("backups");
    let file = std::fs::read_dir(&backups)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert!(said.contains(text(&file)), "{said}");
    let said = on(&new, &["restore", text(&file)]);
    assert!(said.contains("Restored"), "{said}");
    assert!(on(&new, &["verify-backup", "--deep", text(&file)]).contains("invite\t1"));
}

async fn settled(client: &Client) {
    let waiting = async || client.status().await.unwrap().waiting;
    wait::until("nothing waits", waiting, |waiting| *waiting == 0).await;
}

async fn bodies(client: &Client, room: RoomId) -> Vec<String> {
    let items = client.timeline(room, None, 2000).await.unwrap().items;
    items.into_iter().map(|item| item.body).collect()
}

async fn write(client: &Client, room: RoomId, who: &str, numbers: std::ops::Range<u32>) {
    for number in numbers {
        client.post(room, &format!("{who} {number}")).await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_restored_from_a_backup_under_load_gets_back_every_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let mut relay = RelayProcess::start().await;
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
    // Both write without a pause while the backup is taken.
    let url = relay.database().url.clone();
    let to = file.clone();
    let done = std::sync::atomic::AtomicBool::new(false);
    let saving = async {
        let said = tokio::task::spawn_blocking(move || good(&url, &["backup", text(&to)]));
        let said = said.await.unwrap();
        done.store(true, std::sync::atomic::Ordering::Release);
        said
    };
    let writing = |client: Client, who: &'static str| {
        let done = &done;
        async move {
            let mut number = 0;
            // Some more come after it: those are lost with the store.
            let mut more = 20;
            while more > 0 {
                write(&client, room, who, number..number + 1).await;
                number += 1;
                if done.load(std::sync::atomic::Ordering::Acquire) {
                    more -= 1;
                }
            }
            number
        }
    };
    let (_, of_ada, of_grace) = tokio::join!(
        saving,
        writing(ada.clone(), "ada"),
        writing(grace.clone(), "grace")
    );
    settled(&ada).await;
    settled(&grace).await;
    let mut accepted: Vec<String> = (0..of_ada).map(|n| format!("ada {n}")).collect();
    accepted.extend((0..of_grace).map(|n| format!("grace {n}")));
    accepted.sort();
    relay.kill();
    relay.database().destroy().await;
    let url = relay.database().url.clone();
    let _ = good(&url, &["restore", text(&file)]);
    let saved = verify::verify(&file, |_| {}).unwrap().rows["message"];
    assert!(
        saved < accepted.len() as u64,
        "the last words are not in it"
    );
    let _ = good(&url, &["verify-backup", "--deep", text(&file)]);
    relay.come_back().await;
    let stored = relay.database().client().await;
    let in_store = async || -> Vec<String> {
        let query = "SELECT body FROM message WHERE deleted_at IS NULL ORDER BY body COLLATE \"C\"";
        let rows = stored.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    wait::until("the store has every word", in_store, |found| {
        *found == accepted
    })
    .await;
    for client in [&ada, &grace] {
        settled(client).await;
        let shown = async || {
            let mut shown = bodies(client, room).await;
            shown.sort();
            shown
        };
        wait::until("every screen has every word", shown, |shown| {
            *shown == accepted
        })
        .await;
        assert!(client.recovered().await.unwrap().is_empty());
    }
    let (one, other) = (bodies(&ada, room).await, bodies(&grace, room).await);
    assert_eq!(one, other, "in the same order");
}
