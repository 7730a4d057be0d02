//! The search: that the index always says what the rows say, whoever changes them; and what is found.

#![allow(clippy::unwrap_used)]

use client::db::{Db, rows};
use client::search::{self, index};
use client::sync::store;
use client::{ClientError, clock, outbox, recovered};
use model::search::{Day, Query, pieces};
use model::view::{SearchOrder, SearchPage, SearchRequest};
use model::wire::{OpOutcome, Outcome, RelayFrame};
use model::*;
use proptest::prelude::*;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const GRACE: UserId = UserId(Uuid::from_u128(11));
const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const OTHER: RoomId = RoomId(Uuid::from_u128(2));
const NOON: i64 = 1_795_521_600_000;

fn actor(user_id: UserId) -> Actor {
    Actor {
        user_id,
        name: if user_id == ADA { "ada" } else { "grace" }.into(),
    }
}

/// A device of ada's in a room with grace, and what a relay would have.
struct Bench {
    db: Db,
    messages: BTreeMap<MessageId, Message>,
    reactions: BTreeMap<(MessageId, UserId, String), Reaction>,
    last: Seq,
    folder: tempfile::TempDir,
}

fn room(id: RoomId, name: &str) -> Row {
    Row::Room(Room {
        id,
        seq: Seq(1),
        name: name.into(),
        topic: String::new(),
        kind: RoomKind::Channel,
        edit_policy: EditPolicy::Everyone,
        archived_at: None,
        created_by: ADA,
        created_at: Millis(1),
    })
}

fn member(room_id: RoomId, user_id: UserId, seq: i64) -> Member {
    Member {
        room_id,
        user_id,
        seq: Seq(seq),
        name: actor(user_id).name,
        role: Role::Owner,
        joined_at: Millis(1),
        left_at: None,
    }
}

fn message(room_id: RoomId, number: i64, author_id: UserId, at: i64, body: &str) -> Message {
    Message {
        room_id,
        id: MessageId(Uuid::from_u128(
            1000 + u128::try_from(number).unwrap() + room_id.0.as_u128() * 1_000_000,
        )),
        seq: Seq(10 + number),
        position: Some(Seq(10 + number)),
        author_id,
        body: body.into(),
        reply_to: None,
        rev: Rev::FIRST,
        created_at: Millis(at),
        edited_at: None,
        edited_by: None,
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("amend.db")).unwrap();
        let bench = Self {
            db,
            messages: BTreeMap::new(),
            reactions: BTreeMap::new(),
            last: Seq(9),
            folder,
        };
        let account = "INSERT INTO account VALUES (1, 'http://localhost', ?1, 'ada', 1, NULL)";
        bench
            .write(move |tx| {
                tx.execute(account, [rows::Blob(ADA.0)])?;
                Ok(())
            })
            .await;
        let rooms = vec![ROOM, OTHER];
        bench.take(RelayFrame::Memberships { rooms }).await;
        for (id, name) in [(ROOM, "General"), (OTHER, "Team room")] {
            let people = [ADA, GRACE].map(|user| Row::Member(member(id, user, 2)));
            let rows = [room(id, name)].into_iter().chain(people).collect();
            bench
                .take(RelayFrame::Snapshot {
                    room: id,
                    rows,
                    through: Seq(9),
                    before: None,
                })
                .await;
        }
        bench
    }

    async fn write(
        &self,
        act: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<(), ClientError> + Send + 'static,
    ) {
        self.db.write(act).await.unwrap();
    }

    async fn take(&self, frame: RelayFrame) {
        self.write(move |tx| store::store(tx, frame, &actor(ADA), Millis(NOON)).map(|_| ()))
            .await;
    }

    /// Rows as the relay tells them, wherever they stand.
    async fn put(&self, rows: Vec<Row>) {
        self.write(move |tx| {
            for row in &rows {
                rows::put(tx, row, rows::Put::Confirmed)?;
            }
            Ok(())
        })
        .await;
    }

    /// The relay applies an operation: what it tells everybody, and what it answers.
    fn apply(&mut self, op: &Op, by: UserId, at: i64) -> (Option<RelayFrame>, Outcome) {
        let Row::Room(the_room) = room(ROOM, "General") else {
            return (None, Outcome::Applied { seq: Seq(0) });
        };
        let the_member = member(ROOM, by, 2);
        let reaction = match op {
            Op::React {
                message_id, emoji, ..
            } => self.reactions.get(&(*message_id, by, emoji.clone())),
            _ => None,
        };
        let state = State {
            room: Some(&the_room),
            member: Some(&the_member),
            message: op.message_id().and_then(|id| self.messages.get(&id)),
            reaction,
            ..State::default()
        };
        let mut rows = match decide(state, op, &actor(by), Millis(at)) {
            Ok(rows) => rows,
            Err(why) => {
                let (code, text) = (why.code(), why.to_string());
                return (None, Outcome::Rejected { code, text });
            }
        };
        if rows.is_empty() {
            return (None, Outcome::Applied { seq: self.last });
        }
        let from = self.last;
        self.last = row::stamp(&mut rows, from);
        rows.retain(|row| !matches!(row, Row::MessageVersion(_)));
        for row in &rows {
            match row.clone() {
                Row::Message(row) => drop(self.messages.insert(row.id, row)),
                Row::Reaction(row) => {
                    let key = (row.message_id, row.user_id, row.emoji.clone());
                    self.reactions.insert(key, row);
                }
                _ => {}
            }
        }
        let frame = RelayFrame::Changes {
            room: ROOM,
            from,
            through: self.last,
            rows,
            more: false,
        };
        (Some(frame), Outcome::Applied { seq: self.last })
    }

    async fn ask(&self, request: SearchRequest) -> SearchPage {
        self.db
            .read(move |db| search::search(db, &request, ADA))
            .await
            .unwrap()
    }

    async fn find(&self, text: &str) -> SearchPage {
        self.ask(asked(text)).await
    }

    async fn texts(&self, text: &str) -> Vec<String> {
        shown(&self.find(text).await)
    }

    async fn is_right(&self) {
        let found = self.db.write(|tx| index::check(tx)).await.unwrap();
        assert!(found.is_right(), "{found:?}");
    }
}

fn today() -> Day {
    Day::of_utc(Millis(NOON))
}

fn asked(text: &str) -> SearchRequest {
    SearchRequest {
        query: Query::of(&pieces(text, today()), Day::utc_start),
        order: SearchOrder::Newest,
        limit: 50,
        after: None,
    }
}

/// The snippets with their marks.
fn shown(page: &SearchPage) -> Vec<String> {
    let text = |hit: &model::view::SearchHit| {
        let segments = hit.snippet.iter().map(|segment| {
            if segment.marked {
                format!("[{}]", segment.text)
            } else {
                segment.text.clone()
            }
        });
        segments.collect()
    };
    page.hits.iter().map(text).collect()
}

const WORDS: [&str; 6] = ["deploy", "deployed", "Dépôt", "rollback", "日本語", "🎉"];

#[derive(Clone, Debug)]
enum Step {
    Post(Vec<usize>, bool),
    Edit(usize, Vec<usize>, bool),
    Delete(usize, bool),
    React(usize, bool, bool),
    Pin(usize, bool),
    /// The relay answers the oldest waiting operation; `false`: it refuses.
    Answer(bool),
    Retry,
    Discard,
    /// The relay's store was restored: everything is unconfirmed, then swept.
    Resync(usize),
    /// The index is made anew, and only partly.
    Restart(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let words = || prop::collection::vec(0..WORDS.len(), 0..4);
    prop_oneof![
        4 => (words(), any::<bool>()).prop_map(|(words, mine)| Step::Post(words, mine)),
        3 => (0..20_usize, words(), any::<bool>()).prop_map(|(n, words, mine)| Step::Edit(n, words, mine)),
        2 => (0..20_usize, any::<bool>()).prop_map(|(n, mine)| Step::Delete(n, mine)),
        2 => (0..20_usize, any::<bool>(), any::<bool>()).prop_map(|(n, on, mine)| Step::React(n, on, mine)),
        1 => (0..20_usize, any::<bool>()).prop_map(|(n, on)| Step::Pin(n, on)),
        4 => any::<bool>().prop_map(Step::Answer),
        1 => Just(Step::Retry),
        1 => Just(Step::Discard),
        1 => (0..4_usize).prop_map(Step::Resync),
        1 => any::<bool>().prop_map(Step::Restart),
    ]
}

fn text(words: &[usize]) -> String {
    let words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
    format!("so {}", words.join(" "))
}

impl Bench {
    async fn known(&self, n: usize) -> Option<Message> {
        let all: Vec<Uuid> = self
            .db
            .read(|db| {
                let mut all = db.prepare("SELECT id FROM message ORDER BY rowid")?;
                let found = all.query_map([], |row| row.get::<_, rows::Blob>(0))?;
                Ok(found
                    .map(|id| id.map(|id| id.0))
                    .collect::<Result<_, _>>()?)
            })
            .await
            .unwrap();
        let id = MessageId(*all.get(n.checked_rem(all.len())?)?);
        self.db
            .read(move |db| rows::message(db, ROOM, id))
            .await
            .unwrap()
    }

    /// Somebody does something; what the rules refuse is not done.
    async fn act(&mut self, op: Op, mine: bool, at: i64) {
        if mine {
            let (op_id, now) = (clock::op_id(), Millis(at));
            let done = self
                .db
                .write(move |tx| outbox::submit(tx, op, &actor(ADA), op_id, now))
                .await;
            assert!(
                matches!(done, Ok(()) | Err(ClientError::Rejected(_))),
                "{done:?}"
            );
        } else if let (Some(frame), _) = self.apply(&op, GRACE, at) {
            self.take(frame).await;
        }
    }

    async fn step(&mut self, step: Step, at: i64) {
        match step {
            Step::Post(words, mine) => {
                let op = Op::Post {
                    room_id: ROOM,
                    message_id: clock::message_id(),
                    body: text(&words),
                    reply_to: None,
                    attachments: Vec::new(),
                };
                self.act(op, mine, at).await;
            }
            Step::Edit(n, words, mine) => {
                let Some(message) = self.known(n).await else {
                    return;
                };
                let op = Op::Edit {
                    room_id: ROOM,
                    message_id: message.id,
                    base_rev: message.rev,
                    base: Some(message.body),
                    body: text(&words),
                };
                self.act(op, mine, at).await;
            }
            Step::Delete(n, mine) => {
                let Some(message) = self.known(n).await else {
                    return;
                };
                let op = Op::Delete {
                    room_id: ROOM,
                    message_id: message.id,
                };
                self.act(op, mine, at).await;
            }
            Step::React(n, on, mine) => {
                let Some(message) = self.known(n).await else {
                    return;
                };
                let op = Op::React {
                    room_id: ROOM,
                    message_id: message.id,
                    emoji: "👍".into(),
                    on,
                };
                self.act(op, mine, at).await;
            }
            Step::Pin(n, on) => {
                let Some(message) = self.known(n).await else {
                    return;
                };
                let op = Op::Pin {
                    room_id: ROOM,
                    message_id: message.id,
                    on,
                };
                self.act(op, true, at).await;
            }
            Step::Answer(accepts) => self.answer(accepts, at).await,
            Step::Retry | Step::Discard => {
                let discards = matches!(step, Step::Discard);
                self.write(move |tx| {
                    let Some(first) = recovered::list(tx)?.into_iter().next() else {
                        return Ok(());
                    };
                    if discards || first.author.is_some() {
                        recovered::discard(tx, first.op_id, &actor(ADA))
                    } else {
                        recovered::retry(tx, first.op_id, &actor(ADA), clock::op_id)
                    }
                })
                .await;
            }
            Step::Resync(lost) => self.resync(lost).await,
            Step::Restart(whole) => {
                self.write(move |tx| {
                    index::restart(tx)?;
                    if whole {
                        while index::advance(tx)? {}
                    }
                    Ok(())
                })
                .await;
            }
        }
    }

    async fn answer(&mut self, accepts: bool, at: i64) {
        let next = self
            .db
            .read(|db| outbox::next_batch(db, &BTreeSet::new()))
            .await
            .unwrap()
            .into_iter()
            .next();
        let Some(envelope) = next else { return };
        let (frame, outcome) = if accepts {
            self.apply(&envelope.op, ADA, at)
        } else {
            let code = RejectionCode::NotAuthor;
            let text = "No.".to_owned();
            (None, Outcome::Rejected { code, text })
        };
        if let Some(frame) = frame {
            self.take(frame).await;
        }
        let op_id = envelope.op_id;
        let outcomes = vec![OpOutcome { op_id, outcome }];
        self.take(RelayFrame::Outcomes { outcomes }).await;
    }

    /// The store comes back without its newest messages.
    async fn resync(&mut self, lost: usize) {
        for _ in 0..lost {
            self.messages.pop_last();
        }
        let kept: BTreeSet<MessageId> = self.messages.keys().copied().collect();
        self.reactions.retain(|(id, _, _), _| kept.contains(id));
        self.take(RelayFrame::Resync { room: ROOM }).await;
        let people = [ADA, GRACE].map(|user| Row::Member(member(ROOM, user, 2)));
        let mut rows: Vec<Row> = [room(ROOM, "General")].into_iter().chain(people).collect();
        rows.extend(self.messages.values().cloned().map(Row::Message));
        rows.extend(self.reactions.values().cloned().map(Row::Reaction));
        let through = self.last;
        self.take(RelayFrame::Snapshot {
            room: ROOM,
            rows,
            through,
            before: None,
        })
        .await;
    }

    /// Every word finds the messages that hold it, and no others.
    async fn agrees(&self) {
        self.write(|tx| {
            while index::advance(tx)? {}
            Ok(())
        })
        .await;
        self.is_right().await;
        for (asked_for, held) in [
            ("rollback", "rollback"),
            ("deploy ", "deploy "),
            ("deployed", "deployed"),
            ("dépot", "Dépôt"),
            ("本語", "日本語"),
            ("🎉", "🎉"),
        ] {
            let found = self.find(asked_for).await;
            let ids: BTreeSet<MessageId> = found.hits.iter().map(|hit| hit.message_id).collect();
            let wanted = self.db.read(move |db| holding(db, held)).await.unwrap();
            assert_eq!(ids, wanted, "{asked_for}");
            assert_eq!(found.count as usize, wanted.len());
            for hit in &found.hits {
                assert!(hit.snippet.iter().any(|segment| segment.marked), "{hit:?}");
            }
        }
        let reacted = self.find("has:reaction").await.count;
        let counted: u32 = self
            .db
            .read(|db| {
                let count = "SELECT count(*) FROM message m WHERE deleted_at IS NULL AND EXISTS
                    (SELECT 1 FROM reaction r WHERE r.message_id = m.id AND r.removed_at IS NULL)";
                Ok(db.query_row(count, [], |row| row.get(0))?)
            })
            .await
            .unwrap();
        assert_eq!(reacted, counted);
    }
}

fn holding(db: &Connection, word: &str) -> Result<BTreeSet<MessageId>, ClientError> {
    let all = "SELECT id FROM message WHERE deleted_at IS NULL AND instr(body || ' ', ?1) > 0";
    let mut all = db.prepare(all)?;
    let found = all.query_map([word], |row| Ok(MessageId(row.get::<_, rows::Blob>(0)?.0)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_always_says_what_the_rows_say(steps in prop::collection::vec(step(), 1..30)) {
        runtime().block_on(async {
            let mut bench = Bench::new().await;
            for (number, step) in steps.into_iter().enumerate() {
                // Several in a millisecond, and not all in order.
                let at = NOON + i64::try_from((number * 7) % 5).unwrap();
                bench.step(step, at).await;
                bench.is_right().await;
            }
            bench.agrees().await;
        });
    }

    #[test]
    fn nothing_that_is_typed_is_an_error(text in "[ -~\\t\u{0}“„ß日🎉\u{301}:\"*()^{}+-]{0,60}|(from|in|has|-)?:?(AND|OR|NOT|NEAR\\()?\"?[a-z*]{0,9}") {
        thread_local! {
            static BENCH: (tokio::runtime::Runtime, Bench) = {
                let runtime = runtime();
                let bench = runtime.block_on(async {
                    let bench = Bench::new().await;
                    bench.put((1..40).map(|n| Row::Message(message(ROOM, n, GRACE, NOON + n, "a NEAR( \"b\" deploys* ß 日本"))).collect()).await;
                    bench
                });
                (runtime, bench)
            };
        }
        BENCH.with(|(runtime, bench)| runtime.block_on(async {
            for order in [SearchOrder::Newest, SearchOrder::Best] {
                bench.ask(SearchRequest { order, ..asked(&text) }).await;
            }
        }));
    }
}

#[tokio::test]
async fn filters_narrow_what_is_found() {
    let bench = Bench::new().await;
    let day = 86_400_000;
    let mut with_file = message(ROOM, 5, GRACE, NOON - 4 * day, "look");
    with_file.attachments = vec![Attachment {
        hash: BlobHash([7; 32]),
        name: "chart-日本.png".into(),
        media_type: "image/png".into(),
        bytes: 5,
        width: None,
        height: None,
    }];
    let mut pinned = message(ROOM, 4, ADA, NOON - 3 * day, "deploy with `code` here");
    pinned.pinned_at = Some(Millis(NOON));
    bench
        .put(vec![
            Row::Message(message(ROOM, 1, ADA, NOON, "deploy today")),
            Row::Message(message(
                ROOM,
                2,
                GRACE,
                NOON - day,
                "deploy: https://example.org/deploy",
            )),
            Row::Message(message(
                OTHER,
                3,
                GRACE,
                NOON - 2 * day,
                "deployed in the other room",
            )),
            Row::Message(pinned),
            Row::Message(with_file),
        ])
        .await;
    let all = [
        "[deploy] today",
        "[deploy]: https://example.org/[deploy]",
        "[deployed] in the other room",
        "[deploy] with `code` here",
    ];
    for (text, wanted) in [
        ("depl", &[0, 1, 2, 3][..]),
        ("deploy from:ada", &[0, 3]),
        ("deploy from:me", &[0, 3]),
        ("deploy from:GRA", &[1, 2]),
        ("deploy -from:grace", &[0, 3]),
        ("in:\"team room\" deploy", &[2]),
        ("deploy -in:#general", &[2]),
        ("deploy before:2026-11-23", &[2, 3]),
        ("deploy after:yesterday", &[0, 1]),
        ("deploy on:2026-11-22", &[2]),
        ("deploy has:link", &[1]),
        ("deploy has:code has:pin", &[3]),
        ("deploy -has:code -\"the other\"", &[0, 1]),
        ("deploy has:image", &[]),
        ("deploy from:nobody", &[]),
    ] {
        let wanted: Vec<&str> = wanted.iter().map(|n| all[*n]).collect();
        let found: Vec<String> = bench
            .texts(text)
            .await
            .iter()
            .map(|text| text.replace("[deploy]ed", "[deployed]"))
            .collect();
        assert_eq!(found, wanted, "{text}");
    }
    let page = bench.find("x from:nobody in:nowhere").await;
    let names: Vec<&str> = page.unknown.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["nowhere", "nobody"]);
    // Names of files are text as well.
    assert_eq!(bench.texts("has:image").await, ["look chart-日本.png"]);
    assert_eq!(
        bench.texts("has:file char").await,
        ["look [chart]-日本.png"]
    );
    assert_eq!(bench.texts("日本").await, ["look chart-[日本].png"]);
    let without = bench.texts("-deploy").await;
    assert_eq!(
        without,
        ["deployed in the other room", "look chart-日本.png"]
    );
    assert_eq!(bench.find("from:ada").await.hits[0].room_name, "General");
}

#[tokio::test]
async fn pages_join_on_to_each_other_while_messages_come() {
    let bench = Bench::new().await;
    // All of one millisecond: the keys count on.
    let rows = (1..=120).map(|n| Row::Message(message(ROOM, n, GRACE, NOON, &format!("word {n}"))));
    bench.put(rows.collect()).await;
    for order in [SearchOrder::Newest, SearchOrder::Best] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let request = SearchRequest {
                order,
                limit: 50,
                after,
                ..asked("word")
            };
            let page = bench.ask(request).await;
            seen.extend(page.hits.iter().map(|hit| hit.message_id));
            let number = 200 + i64::try_from(seen.len()).unwrap();
            let newer = message(ROOM, number, ADA, NOON + number, "a newer word");
            bench.put(vec![Row::Message(newer)]).await;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let unique: BTreeSet<MessageId> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len(), "{order:?}");
        assert!(seen.len() >= 120, "{order:?}: {}", seen.len());
    }
}

#[tokio::test]
async fn hits_are_counted_up_to_a_limit() {
    let bench = Bench::new().await;
    let rows = (1..=1100).map(|n| Row::Message(message(ROOM, n, GRACE, NOON + n, "word")));
    bench.put(rows.collect()).await;
    let page = bench.find("word").await;
    assert_eq!(
        (page.count, page.more, page.hits.len()),
        (search::COUNT_MAX, true, 50)
    );
}

/// The database as a version wrote it that had no index.
fn before_there_was_an_index(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    client::db::checksum::install(&connection).unwrap();
    connection
        .execute_batch(
            "DROP TABLE draft_reply; DROP TABLE place; DROP TRIGGER message_version_ends; DROP TABLE message_version;
            DROP INDEX message_pinned; DROP INDEX message_written; DROP TABLE exchange;
            ALTER TABLE connection DROP COLUMN in_step_at; ALTER TABLE connection DROP COLUMN level;
            ALTER TABLE connection DROP COLUMN rooms; ALTER TABLE outbox DROP COLUMN sent;
            DROP TRIGGER search_posted; DROP TRIGGER search_changed; DROP TRIGGER search_removed;
            DROP TRIGGER search_reaction_put; DROP TRIGGER search_reaction_changed; DROP TRIGGER search_reaction_removed;
            DROP VIEW search_new_doc; DROP VIEW search_reacted; DROP TABLE search_word; DROP TABLE search;
            DROP VIEW search_text; DROP TABLE search_doc; DROP TABLE search_state;
            UPDATE seal SET schema = NULL, checksum = NULL; PRAGMA user_version = 6;",
        )
        .unwrap();
}

#[tokio::test]
async fn an_older_database_is_indexed_behind_the_screen() {
    let bench = Bench::new().await;
    let rows =
        (1..=2500).map(|n| Row::Message(message(ROOM, n, GRACE, NOON + n, &format!("old {n}"))));
    bench.put(rows.collect()).await;
    let Bench { db, folder, .. } = bench;
    db.settle().await.unwrap();
    drop(db);
    before_there_was_an_index(&folder.path().join("amend.db"));
    let db = Db::open(&folder.path().join("amend.db")).unwrap();
    let ask = |db: &Db| {
        let db = db.clone();
        async move {
            let request = asked("old");
            db.read(move |db| search::search(db, &request, ADA))
                .await
                .unwrap()
        }
    };
    let page = ask(&db).await;
    assert_eq!(
        (page.count, page.indexing.map(|indexing| indexing.total)),
        (0, Some(2500))
    );
    // What comes meanwhile is in it at once, and what changes is not in it twice.
    db.write(|tx| {
        let mut changed = message(ROOM, 7, GRACE, NOON + 7, "old and changed");
        changed.seq = Seq(5000);
        rows::put(tx, &Row::Message(changed), rows::Put::Confirmed)?;
        let new = message(ROOM, 3000, GRACE, NOON + 3000, "old but new");
        rows::put(tx, &Row::Message(new), rows::Put::Confirmed)
    })
    .await
    .unwrap();
    assert_eq!(ask(&db).await.count, 2);
    let mut steps = 0;
    while db.write(|tx| index::advance(tx)).await.unwrap() {
        steps += 1;
        let page = ask(&db).await;
        assert!(page.indexing.is_some_and(|indexing| indexing.done > 0));
        assert!(
            page.hits[1].message_id == message(ROOM, 2500, GRACE, 0, "").id,
            "newest first"
        );
    }
    assert!(steps >= 2, "in {steps} steps");
    let checked = db.write(|tx| index::check(tx)).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
    let page = ask(&db).await;
    assert_eq!((page.more, page.indexing), (true, None));
}

#[tokio::test]
async fn a_damaged_index_is_made_anew_and_nothing_else_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let client = client::Client::open(folder.path()).await.unwrap();
    client
        .db()
        .write(|tx| {
            tx.execute(
                "INSERT INTO account VALUES (1, 'http://127.0.0.1:1', ?1, 'ada', 1, NULL)",
                [rows::Blob(ADA.0)],
            )?;
            rows::put(tx, &room(ROOM, "General"), rows::Put::Confirmed)?;
            for n in 1..200 {
                let one = message(ROOM, n, ADA, NOON + n, &format!("word {n}"));
                rows::put(tx, &Row::Message(one), rows::Put::Confirmed)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let damage = |tx: &rusqlite::Transaction<'_>| {
        tx.execute(
            "UPDATE search_data SET block = x'00ff00ff00ff' WHERE id > 10",
            [],
        )?;
        Ok(())
    };
    for way in ["read", "write"] {
        client.db().write(damage).await.unwrap();
        assert!(!client.check_index().await.unwrap().is_right());
        if way == "read" {
            client.search(asked("word")).await.unwrap();
        } else {
            let delete = |tx: &rusqlite::Transaction<'_>| {
                tx.execute("DELETE FROM message WHERE seq > 200", [])?;
                rows::put(
                    tx,
                    &Row::Message(message(ROOM, 900, ADA, NOON, "one more word")),
                    rows::Put::Confirmed,
                )?;
                search::search(tx, &asked("wo"), ADA).map(|_| ())
            };
            let said = client.db().write(delete).await;
            assert!(matches!(said, Err(ClientError::IndexDamaged)), "{said:?}");
            client.db().write(|_| Ok(())).await.unwrap();
        }
        // The index comes back by itself, of the rows that are here.
        let mut events = client.events();
        while client.indexing().await.unwrap().is_some() {
            events.recv().await.unwrap();
        }
        assert!(client.check_index().await.unwrap().is_right(), "{way}");
        assert_eq!(
            client.search(asked("word")).await.unwrap().count,
            199,
            "{way}"
        );
    }
    assert!(
        client.notices().await.unwrap().is_empty(),
        "the database itself was not replaced"
    );
    client.close().await;
}

#[tokio::test]
async fn the_index_tells_no_screen_of_its_own_tables() {
    let bench = Bench::new().await;
    let mut events = bench.db.events();
    bench
        .put(vec![Row::Message(message(ROOM, 1, ADA, NOON, "word"))])
        .await;
    let event = events.recv().await.unwrap();
    assert_eq!(event.tables, [model::view::Table::Message]);
    assert_eq!(event.rooms, [ROOM]);
}

#[tokio::test]
async fn the_index_is_read_in_its_own_order_and_no_further_than_needed() {
    let bench = Bench::new().await;
    let plan = bench.db.read(search::plan).await.unwrap();
    assert!(
        plan[0].contains("VIRTUAL TABLE INDEX") && plan[0].contains("SCAN search"),
        "{plan:#?}"
    );
    assert!(
        !plan.iter().any(|line| line.contains("TEMP B-TREE")),
        "{plan:#?}"
    );
    assert!(
        plan[1..].iter().all(|line| line.starts_with("SEARCH")),
        "{plan:#?}"
    );
}
