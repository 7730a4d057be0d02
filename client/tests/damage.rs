//! A damaged local database is noticed, set aside, and nothing that only it held is lost: bytes are flipped and cut at 1,000 seeded
//! places.

#![allow(clippy::unwrap_used)]

use client::db::{Db, rows::Blob};
use client::sync::store;
use client::vault::Key;
use client::{ClientError, clock, drafts, outbox, recovered, views};
use model::view::DraftView;
use model::wire::{OpOutcome, Outcome, RelayFrame};
use model::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn actor() -> Actor {
    Actor {
        user_id: ADA,
        name: "ada".into(),
    }
}

/// A small generator: places must be the same in every run.
struct Places(u64);

impl Places {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }
}

/// What must be there after any damage, and what may be there unless it is fetched again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    ops: BTreeSet<OpId>,
    refused: BTreeSet<OpId>,
    drafts: BTreeSet<String>,
}

fn row_frames() -> Vec<RelayFrame> {
    let now = Millis(5);
    let mut rows = vec![
        Row::Room(Room {
            id: ROOM,
            seq: Seq(1),
            name: "General".into(),
            topic: String::new(),
            kind: RoomKind::Channel,
            edit_policy: EditPolicy::Author,
            archived_at: None,
            created_by: ADA,
            created_at: now,
        }),
        Row::Member(Member {
            room_id: ROOM,
            user_id: ADA,
            seq: Seq(2),
            name: "ada".into(),
            role: Role::Owner,
            joined_at: now,
            left_at: None,
        }),
    ];
    for number in 3..300_i64 {
        rows.push(Row::Message(Message {
            room_id: ROOM,
            id: MessageId(Uuid::from_u128(1000 + u128::try_from(number).unwrap())),
            seq: Seq(number),
            position: Some(Seq(number)),
            author_id: ADA,
            body: format!(
                "message {number} {}",
                "words ".repeat(usize::try_from(number % 17).unwrap())
            ),
            reply_to: None,
            rev: Rev::FIRST,
            created_at: now,
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            pinned_at: None,
            attachments: Vec::new(),
        }));
    }
    let welcome = RelayFrame::Welcome {
        user: ADA,
        name: "ada".into(),
        epoch: Uuid::from_u128(7),
        rooms: vec![ROOM],
        blobs: None,
    };
    let snapshot = RelayFrame::Snapshot {
        room: ROOM,
        rows,
        through: Seq(299),
        before: None,
    };
    vec![welcome, snapshot]
}

/// A profile with history, an outbox, refused words and drafts; what a person reads; what must survive.
async fn build(folder: &Path, key: Option<&Key>) -> (Vec<String>, Words) {
    let db = Db::open_with(&folder.join("amend.db"), key.cloned()).unwrap();
    db.write(|tx| {
        let account = "INSERT INTO account (rowid, relay, user_id, name, signed_in) VALUES (1, 'http://localhost', ?1, 'ada', 1)";
        tx.execute(account, [Blob(ADA.0)])?;
        Ok(())
    })
    .await
    .unwrap();
    for frame in row_frames() {
        db.write(move |tx| store::store(tx, frame, &actor(), Millis(6)))
            .await
            .unwrap();
    }
    let mut refused = BTreeSet::new();
    for number in 0..30_i64 {
        let op_id = clock::op_id();
        let op = if number % 3 == 2 {
            let id = MessageId(Uuid::from_u128(1100 + u128::try_from(number).unwrap()));
            let base = db
                .read(move |db| client::db::rows::message(db, ROOM, id))
                .await
                .unwrap()
                .unwrap()
                .body;
            Op::Edit {
                room_id: ROOM,
                message_id: id,
                base_rev: Rev::FIRST,
                body: format!("{base} edited"),
                base: Some(base),
            }
        } else {
            Op::Post {
                room_id: ROOM,
                message_id: clock::message_id(),
                body: format!("unsent {number}"),
                reply_to: None,
                attachments: Vec::new(),
            }
        };
        db.write(move |tx| outbox::submit(tx, op, &actor(), op_id, Millis(7)))
            .await
            .unwrap();
        if number % 5 == 0 {
            let rejected = Outcome::Rejected {
                code: RejectionCode::Forbidden,
                text: "no".into(),
            };
            let outcomes = vec![OpOutcome {
                op_id,
                outcome: rejected,
            }];
            let frame = RelayFrame::Outcomes { outcomes };
            db.write(move |tx| store::store(tx, frame, &actor(), Millis(8)))
                .await
                .unwrap();
            refused.insert(op_id);
        }
    }
    for number in 0..5_u128 {
        let draft = DraftView {
            room_id: RoomId(Uuid::from_u128(number)),
            message_id: None,
            base: None,
            text: format!("draft {number}"),
        };
        db.write(move |tx| drafts::put(tx, &draft, Millis(9)))
            .await
            .unwrap();
    }
    let words = words(&db).await.unwrap();
    assert_eq!(
        (words.refused.len(), words.drafts.len()),
        (refused.len(), 5)
    );
    let shown = timeline(&db).await.unwrap();
    // Everything is committed; the backup beside it is written within a moment.
    db.settle().await.unwrap();
    (shown, words)
}

async fn timeline(db: &Db) -> Result<Vec<String>, ClientError> {
    let timeline = db
        .read(|db| views::timeline(db, ROOM, None, 1000, ADA))
        .await?;
    Ok(timeline
        .items
        .into_iter()
        .map(|item| format!("{} {}", item.id, item.body))
        .collect())
}

async fn words(db: &Db) -> Result<Words, ClientError> {
    db.read(|db| {
        let ops = outbox::next_batch(db, &BTreeSet::new())?;
        Ok(Words {
            ops: ops.into_iter().map(|envelope| envelope.op_id).collect(),
            refused: recovered::list(db)?
                .into_iter()
                .map(|view| view.op_id)
                .collect(),
            drafts: drafts::list(db)?
                .into_iter()
                .map(|draft| draft.text)
                .collect(),
        })
    })
    .await
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().flatten() {
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// Damages one of the files; which, where and how is the seed's.
fn damage(folder: &Path, seed: u64) -> String {
    let mut places = Places(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xda3a);
    let wal = folder.join("amend.db-wal");
    let has_wal = std::fs::metadata(&wal).is_ok_and(|data| data.len() > 0);
    let path: PathBuf = if has_wal && places.next(2) == 0 {
        wal
    } else {
        folder.join("amend.db")
    };
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len() as u64;
    let at = |at: u64| usize::try_from(at).unwrap();
    let what = match places.next(4) {
        0 => {
            bytes.truncate(at(places.next(len)));
            "cut"
        }
        1 => {
            // A torn page: a sector that was not written.
            let from = at(places.next(len) / 512 * 512);
            let to = (from + 512).min(bytes.len());
            bytes[from..to].fill(0);
            "a zeroed sector"
        }
        2 => {
            for _ in 0..=places.next(63) {
                let place = at(places.next(len));
                bytes[place] ^= 1 << places.next(8);
            }
            "flipped bits"
        }
        _ => {
            let place = at(places.next(len));
            bytes[place] = bytes[place].wrapping_add(1 + u8::try_from(places.next(200)).unwrap());
            "a changed byte"
        }
    };
    std::fs::write(&path, bytes).unwrap();
    format!("seed {seed}: {what} in {}", path.display())
}

async fn run(seeds: std::ops::Range<u64>, key: Option<Key>) {
    let key = key.as_ref();
    let original = TempDir::new().unwrap();
    // Half of them with everything in the log, as after a kill -9.
    let open = original.path().join("open");
    let closed = original.path().join("closed");
    std::fs::create_dir_all(&closed).unwrap();
    let (shown, kept) = build(&closed, key).await;
    copy(&closed, &open);
    {
        let db = Db::open_with(&open.join("amend.db"), key.cloned()).unwrap();
        let draft = DraftView {
            room_id: RoomId(Uuid::from_u128(0)),
            message_id: None,
            base: None,
            text: "draft 0".into(),
        };
        db.write(move |tx| drafts::put(tx, &draft, Millis(10)))
            .await
            .unwrap();
        copy(&open, &original.path().join("live"));
    }
    let live = original.path().join("live");
    let (mut rebuilt, all) = (0, seeds.end - seeds.start);
    for seed in seeds {
        let folder = original.path().join("damaged");
        let _ = std::fs::remove_dir_all(&folder);
        copy(if seed % 2 == 0 { &closed } else { &live }, &folder);
        let case = damage(&folder, seed);
        let damaged = std::fs::read(folder.join("amend.db")).unwrap();
        let db = Db::open_with(&folder.join("amend.db"), key.cloned())
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        // What is found in use is an error once, and the database is another one then.
        let mut found = None;
        for _ in 0..5 {
            if let (Ok(shown), Ok(words)) = (timeline(&db).await, words(&db).await) {
                found = Some((shown, words));
                break;
            }
        }
        let (now, words) = found.unwrap_or_else(|| panic!("{case}: can't be read"));
        assert_eq!(words, kept, "{case}");
        let aside = std::fs::read_dir(&folder)
            .unwrap()
            .flatten()
            .find(|entry| entry.file_type().unwrap().is_dir());
        if let Some(aside) = aside {
            rebuilt += 1;
            let kept = std::fs::read(aside.path().join("amend.db")).unwrap();
            assert_eq!(kept, damaged, "{case}: what was set aside was touched");
            let notices = db.read(drafts::notices).await.unwrap();
            assert!(!notices.is_empty(), "{case}: nobody was told");
            // What is still shown of own messages is right, the rest is fetched again.
            let right: BTreeSet<&String> = shown.iter().collect();
            assert!(
                now.iter().all(|item| right.contains(item)),
                "{case}: {now:?}"
            );
        } else {
            assert_eq!(now, shown, "{case}: it went unnoticed");
        }
    }
    // A test that damages nothing would find nothing.
    assert!(rebuilt > all / 4, "only {rebuilt} of {all} were noticed");
}

macro_rules! places {
    ($($name:ident $range:expr, $key:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            run($range, $key).await;
        })+
    };
}

places! {
    damage_at_places_0_to_250 0..250, None;
    damage_at_places_250_to_500 250..500, None;
    damage_at_places_500_to_750 500..750, None;
    damage_at_places_750_to_1000 750..1000, None;
    damage_in_an_encrypted_database_at_places_0_to_125 0..125, Some(Key::random().unwrap());
    damage_in_an_encrypted_database_at_places_125_to_250 125..250, Some(Key::random().unwrap());
}
