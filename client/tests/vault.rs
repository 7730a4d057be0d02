//! An encrypted profile: nothing readable is left in its folder, a crash at any step of turning it on or off costs nothing, a
//! lost keyring costs nothing that was unsent, and wiping leaves nothing.

#![allow(clippy::unwrap_used)]

use client::vault::{Keyring, RecoveryCode, Steps, VaultError};
use client::{Client, ClientError, wipe};
use model::RoomId;
use model::view::DraftView;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// In each text, so that a look for it finds all of them.
const WORDS: &str = "heliotrope";

const MESSAGES: usize = 40;

/// Tells a child process of this test which step to die at, and where.
const CHILD: &str = "AMEND_TEST_CRASH_AT";

/// A profile of somebody who never had a network: rooms, messages and a draft, all unsent.
async fn fill(client: &Client) -> RoomId {
    client
        .db()
        .write(|tx| {
            let account = "INSERT INTO account (rowid, relay, user_id, name, signed_in)
                VALUES (1, 'http://127.0.0.1:1', x'0000000000000000000000000000000a', 'ada', 1)";
            tx.execute(account, [])?;
            Ok(())
        })
        .await
        .unwrap();
    let room = client.create_room("General", WORDS).await.unwrap();
    for number in 0..MESSAGES {
        client
            .post(room, &format!("{WORDS} {number}"))
            .await
            .unwrap();
    }
    let draft = DraftView {
        room_id: room,
        message_id: None,
        base: None,
        text: format!("{WORDS} draft"),
    };
    client.set_draft(draft).await.unwrap();
    client.db().settle().await.unwrap();
    room
}

/// Everything that a person would miss.
async fn seen(client: &Client) -> (usize, usize, Vec<String>) {
    let rooms = client.rooms().await.unwrap();
    let mut messages = 0;
    for room in &rooms {
        let timeline = client.timeline(room.id, None, 1000).await.unwrap();
        messages += timeline
            .items
            .iter()
            .filter(|item| item.body.contains(WORDS))
            .count();
    }
    let waiting = client.status().await.unwrap().waiting as usize;
    let drafts = client.drafts().await.unwrap();
    let drafts = drafts.into_iter().map(|draft| draft.text).collect();
    (messages, waiting, drafts)
}

fn everything() -> (usize, usize, Vec<String>) {
    (MESSAGES, MESSAGES + 1, vec![format!("{WORDS} draft")])
}

/// The files below a folder whose bytes hold the words.
fn readable(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(readable(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes
                .windows(WORDS.len())
                .any(|window| window == WORDS.as_bytes())
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn is_locked<T>(result: Result<T, ClientError>) -> bool {
    matches!(result, Err(ClientError::Vault(VaultError::Locked(_))))
}

/// What an older version or damage leaves beside the database.
fn leave_copies(folder: &Path) {
    std::fs::copy(folder.join("amend.db"), folder.join("amend.v2.backup")).unwrap();
    let damaged = folder.join("damaged-7");
    std::fs::create_dir_all(&damaged).unwrap();
    std::fs::copy(folder.join("amend.db"), damaged.join("amend.db")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn turned_on_nothing_is_readable_and_turned_off_all_is_as_before() {
    let (folder, ring) = (TempDir::new().unwrap(), Keyring::in_memory());
    let folder = folder.path();
    let open = async || Client::open_with(folder, ring.clone(), None).await.unwrap();
    let client = open().await;
    let room = fill(&client).await;
    leave_copies(folder);
    let copy = std::fs::read(folder.join("damaged-7/amend.db")).unwrap();
    assert!(
        readable(folder).len() >= 4,
        "the look finds what is there to be found: {:?}",
        readable(folder)
    );

    let mut events = client.events();
    client.encrypt(false).await.unwrap();
    assert_eq!(readable(folder), Vec::<String>::new());
    assert!(
        events.recv().await.unwrap().rooms_unknown,
        "the screen looks again"
    );
    // It goes on, and what is written now is as unreadable: in the log, and after it was written back.
    assert_eq!(seen(&client).await, everything());
    client.post(room, &format!("{WORDS} later")).await.unwrap();
    assert_eq!(readable(folder), Vec::<String>::new());
    client.close().await;
    assert_eq!(readable(folder), Vec::<String>::new());

    let client = open().await;
    assert_eq!(seen(&client).await.0, MESSAGES + 1);
    let vault = client.vault().await.unwrap();
    assert!(vault.encrypted && vault.key_in_keyring && !vault.code_saved);
    client.recovery_code_saved().await.unwrap();
    assert!(client.vault().await.unwrap().code_saved);
    assert!(matches!(
        client.encrypt(false).await,
        Err(ClientError::Vault(VaultError::AlreadyOn))
    ));

    client.decrypt().await.unwrap();
    assert_eq!(seen(&client).await.0, MESSAGES + 1);
    assert_eq!(
        std::fs::read(folder.join("damaged-7/amend.db")).unwrap(),
        copy
    );
    client.close().await;
    for gone in ["vault.json", "vault-copy.json"] {
        assert!(!folder.join(gone).exists());
    }
    assert!(format!("{ring:?}").contains("{}"), "the key is forgotten");
    let plain = rusqlite::Connection::open(folder.join("amend.db")).unwrap();
    let rows: i64 = plain
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows as usize, MESSAGES + 1);
}

/// Turns encryption on and off in a process of its own that is killed when it reaches a step.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let mut words = told.splitn(4, ' ');
    let (what, at) = (words.next().unwrap(), words.next().unwrap().to_owned());
    let (code, folder) = (words.next().unwrap().to_owned(), words.next().unwrap());
    let steps: Steps = Arc::new(move |step| {
        if step == at {
            let pid = std::process::id().to_string();
            let _ = std::process::Command::new("kill")
                .args(["-9", &pid])
                .status();
            loop {
                std::thread::park();
            }
        }
    });
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let code = RecoveryCode::parse(&code).ok();
        let client = Client::open_with(Path::new(folder), Keyring::None, code)
            .await
            .unwrap();
        if what == "on" {
            client.encrypt_watched(true, steps).await.unwrap();
        } else {
            client.decrypt_watched(steps).await.unwrap();
        }
    });
    panic!("the step was not reached");
}

fn crash(what: &str, step: &str, code: &str, folder: &Path) {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, format!("{what} {step} {code} {}", folder.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(status.signal(), Some(9), "{what} at {step}: {status}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_step_of_turning_it_off_every_row_is_there() {
    let home = TempDir::new().unwrap();
    let original = home.path().join("original");
    let client = Client::open_with(&original, Keyring::None, None)
        .await
        .unwrap();
    fill(&client).await;
    leave_copies(&original);
    let code = client.encrypt(true).await.unwrap();
    client.recovery_code_saved().await.unwrap();
    client.close().await;
    for step in [
        "vault", "unsealed", "settled", "exported", "renamed", "opened", "done",
    ] {
        let folder = home.path().join(step);
        copy(&original, &folder);
        crash("off", step, &code.shown(), &folder);
        let client = Client::open_with(&folder, Keyring::None, Some(code.clone()))
            .await
            .unwrap_or_else(|error| panic!("{step}: {error}"));
        assert_eq!(seen(&client).await, everything(), "{step}");
        let encrypted = client.vault().await.unwrap().encrypted;
        assert_eq!(
            encrypted,
            ["vault", "unsealed", "settled", "exported"].contains(&step),
            "{step}"
        );
        if encrypted {
            assert_eq!(readable(&folder), Vec::<String>::new(), "{step}");
        }
        client.close().await;
        let leftovers = folder.join("amend.db.new").exists();
        assert!(!leftovers && no_damage(&folder), "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_step_of_turning_it_on_every_row_is_there() {
    let home = TempDir::new().unwrap();
    let original = home.path().join("original");
    let client = Client::open_with(&original, Keyring::None, None)
        .await
        .unwrap();
    fill(&client).await;
    client.close().await;
    // No keyring, and nobody has seen the code: the key is kept beside the database until somebody says they have it.
    for step in [
        "keyring", "vault", "settled", "exported", "renamed", "opened", "done",
    ] {
        let folder = home.path().join(step);
        copy(&original, &folder);
        crash("on", step, "none", &folder);
        let client = Client::open_with(&folder, Keyring::None, None)
            .await
            .unwrap_or_else(|error| panic!("{step}: {error}"));
        assert_eq!(seen(&client).await, everything(), "{step}");
        let encrypted = client.vault().await.unwrap().encrypted;
        assert_eq!(
            encrypted,
            ["renamed", "opened", "done"].contains(&step),
            "{step}"
        );
        if encrypted {
            assert_eq!(readable(&folder), Vec::<String>::new(), "{step}");
            let code = client.renew_recovery_code().await.unwrap();
            client.recovery_code_saved().await.unwrap();
            client.close().await;
            assert!(
                is_locked(Client::open_with(&folder, Keyring::None, None).await),
                "{step}"
            );
            let client = Client::open_with(&folder, Keyring::None, Some(code))
                .await
                .unwrap();
            assert_eq!(seen(&client).await, everything(), "{step}");
            client.close().await;
        } else {
            client.close().await;
            assert!(!folder.join("vault.json").exists(), "{step}");
        }
        let leftovers = folder.join("amend.db.new").exists();
        assert!(!leftovers && no_damage(&folder), "{step}");
    }
}

fn no_damage(folder: &Path) -> bool {
    let mut names = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    !names.any(|name| name.starts_with("damaged-") && name != "damaged-7")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_keyring_costs_nothing_with_the_code() {
    let (folder, ring) = (TempDir::new().unwrap(), Keyring::in_memory());
    let folder = folder.path();
    let client = Client::open_with(folder, ring.clone(), None).await.unwrap();
    fill(&client).await;
    let first = client.encrypt(false).await.unwrap();
    let code = client.renew_recovery_code().await.unwrap();
    client.close().await;
    let before = std::fs::read(folder.join("amend.db")).unwrap();
    for lost in [Keyring::None, Keyring::in_memory()] {
        assert!(is_locked(
            Client::open_with(folder, lost.clone(), None).await
        ));
        let wrong = Client::open_with(folder, lost, Some(first.clone())).await;
        assert!(matches!(
            wrong,
            Err(ClientError::Vault(VaultError::CodeWrong))
        ));
    }
    assert_eq!(
        std::fs::read(folder.join("amend.db")).unwrap(),
        before,
        "untouched"
    );
    let found = Keyring::in_memory();
    let client = Client::open_with(folder, found.clone(), Some(code))
        .await
        .unwrap();
    assert_eq!(seen(&client).await, everything());
    client.close().await;
    // The key is in the new keyring now.
    let client = Client::open_with(folder, found, None).await.unwrap();
    assert!(client.vault().await.unwrap().key_in_keyring);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_code_a_fresh_start_keeps_the_outbox_for_later() {
    let (folder, ring) = (TempDir::new().unwrap(), Keyring::in_memory());
    let folder = folder.path();
    let client = Client::open_with(folder, ring, None).await.unwrap();
    let room = fill(&client).await;
    let code = client.encrypt(false).await.unwrap();
    client.close().await;
    let before = std::fs::read(folder.join("amend.db")).unwrap();

    let lost = Keyring::in_memory();
    let client = Client::start_fresh(folder, lost.clone()).await.unwrap();
    assert_eq!(client.unsent().await.unwrap(), Default::default());
    assert!(client.account().await.unwrap().is_none());
    let vault = client.vault().await.unwrap();
    assert!(!vault.encrypted);
    let [aside] = &vault.set_aside[..] else {
        panic!("{vault:?}");
    };
    let kept = folder.join(&aside.folder);
    assert_eq!(
        std::fs::read(kept.join("amend.db")).unwrap(),
        before,
        "untouched"
    );
    // Something is begun here meanwhile, in the same room.
    let draft = DraftView {
        room_id: room,
        message_id: None,
        base: None,
        text: "begun here".to_owned(),
    };
    client.set_draft(draft).await.unwrap();

    let name = aside.folder.clone();
    let nobody = client.import_set_aside(&name, None).await;
    assert!(is_locked(nobody));
    let wrong = RecoveryCode::random().unwrap();
    assert!(client.import_set_aside(&name, Some(wrong)).await.is_err());
    assert!(
        client
            .import_set_aside("../x", Some(code.clone()))
            .await
            .is_err()
    );
    for _ in 0..2 {
        let taken = client
            .import_set_aside(&name, Some(code.clone()))
            .await
            .unwrap();
        assert_eq!((taken.waiting, taken.drafts), (MESSAGES as u64 + 1, 1));
        let (messages, waiting, drafts) = seen(&client).await;
        assert_eq!((messages, waiting), (MESSAGES, MESSAGES + 1));
        assert_eq!(drafts, [format!("begun here\n\n{WORDS} draft")]);
    }
    assert!(client.vault().await.unwrap().set_aside[0].imported);
    assert_eq!(std::fs::read(kept.join("amend.db")).unwrap(), before);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_of_an_encrypted_database_leaves_an_encrypted_copy() {
    let (folder, ring) = (TempDir::new().unwrap(), Keyring::in_memory());
    let folder = folder.path();
    let client = Client::open_with(folder, ring.clone(), None).await.unwrap();
    fill(&client).await;
    client.encrypt(false).await.unwrap();
    client
        .db()
        .write(|tx| {
            // As one that is a version older: what the newest migration made is taken for made.
            tx.execute_batch(&format!(
                "CREATE TABLE future (words TEXT); INSERT INTO future VALUES ('{WORDS}')"
            ))?;
            Ok(())
        })
        .await
        .unwrap();
    let target = folder.join("amend.v1.backup");
    let path = target.to_string_lossy().into_owned();
    // Exactly what `db::migrate` does; on the writing connection, outside of a transaction.
    let key = client.db().key().unwrap();
    client.close().await;
    let connection = rusqlite::Connection::open(folder.join("amend.db")).unwrap();
    let hex: String = key
        .bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    connection
        .pragma_update(None, "key", format!("x'{hex}'"))
        .unwrap();
    connection.execute("VACUUM INTO ?1", [path]).unwrap();
    drop(connection);
    assert!(std::fs::metadata(&target).unwrap().len() > 4096);
    assert_eq!(readable(folder), Vec::<String>::new());
    let copy = rusqlite::Connection::open(&target).unwrap();
    copy.pragma_update(None, "key", format!("x'{hex}'"))
        .unwrap();
    let rows: i64 = copy
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows as usize, MESSAGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn wiping_leaves_nothing_and_a_half_done_one_is_finished() {
    let (folder, ring) = (TempDir::new().unwrap(), Keyring::in_memory());
    let folder = folder.path();
    let names = || {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    for encrypted in [false, true] {
        let client = Client::open_with(folder, ring.clone(), None).await.unwrap();
        fill(&client).await;
        leave_copies(folder);
        std::fs::create_dir_all(folder.join("blobs")).unwrap();
        std::fs::write(folder.join("blobs/1"), WORDS).unwrap();
        if encrypted {
            client.encrypt(false).await.unwrap();
        }
        let unsent = client.unsent().await.unwrap();
        assert_eq!((unsent.waiting, unsent.drafts), (MESSAGES as u64 + 1, 1));
        // Another part of the program still holds it: nothing comes back all the same.
        let other = client.clone();
        client.sign_out_and_wipe().await.unwrap();
        assert!(other.rooms().await.is_err());
        drop(other);
        assert_eq!(names(), ["profile.lock"]);
        assert!(
            format!("{ring:?}").contains("{}"),
            "a secret is left: {ring:?}"
        );
    }

    // A crash in the middle.
    let client = Client::open_with(folder, ring.clone(), None).await.unwrap();
    fill(&client).await;
    client.close().await;
    std::fs::write(folder.join("wiping"), b"").unwrap();
    std::fs::remove_file(folder.join("amend.db")).unwrap();
    assert!(wipe::is_half_done(folder));
    let client = Client::open_with(folder, ring, None).await.unwrap();
    assert!(client.account().await.unwrap().is_none());
    assert_eq!(client.unsent().await.unwrap(), Default::default());
    assert!(
        client.notices().await.unwrap().is_empty(),
        "it is not damage"
    );
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_moves_into_the_keyring_once_and_into_a_file_where_there_is_none() {
    use client::profile::Profile;
    let folder = TempDir::new().unwrap();
    let (folder, ring) = (folder.path(), Keyring::in_memory());
    let file = folder.join("token");
    std::fs::write(&file, "from before\n").unwrap();
    let with = |ring: &Keyring| Profile::lock_with(folder, ring.clone()).unwrap();
    let profile = with(&Keyring::None);
    assert_eq!(profile.token().unwrap().as_deref(), Some("from before"));
    drop(profile);
    assert!(file.exists(), "there is no keyring, so the file stays");
    let profile = with(&ring);
    assert_eq!(profile.token().unwrap().as_deref(), Some("from before"));
    assert!(!file.exists(), "the token is still readable in a file");
    drop(profile);
    let profile = with(&ring);
    assert_eq!(profile.token().unwrap().as_deref(), Some("from before"));
    profile.set_token("a new one").unwrap();
    drop(profile);
    // The keyring is gone: that is said, and a new token has its place.
    let profile = with(&Keyring::None);
    assert!(profile.token().is_err());
    profile.set_token("a third").unwrap();
    drop(profile);
    let profile = with(&Keyring::None);
    assert_eq!(profile.token().unwrap().as_deref(), Some("a third"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    profile.forget_token().unwrap();
    assert_eq!(profile.token().unwrap(), None);
    assert!(!file.exists());
}
