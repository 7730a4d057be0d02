//! Outbox and rebase against a relay that is `decide` and a counter: what shows at once, what the relay's answers change, and
//! that in the end every row is the relay's.

#![allow(clippy::unwrap_used)]

use client::db::{Db, rows};
use client::sync::store;
use client::{ClientError, clock, outbox, recovered, views};
use model::view::{Delivery, Table, TimelineItem};
use model::wire::{OpOutcome, Outcome, RelayFrame};
use model::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const GRACE: UserId = UserId(Uuid::from_u128(11));

fn actor(user_id: UserId) -> Actor {
    Actor {
        user_id,
        name: if user_id == ADA { "ada" } else { "grace" }.into(),
    }
}

/// What a relay does, without the relay.
#[derive(Clone, Default)]
struct Authority {
    room: Option<Room>,
    members: BTreeMap<UserId, Member>,
    messages: BTreeMap<MessageId, Message>,
    last: Seq,
}

impl Authority {
    /// Applies one operation: the frame for the room, and the outcome.
    fn apply(&mut self, op: &Op, by: UserId) -> (Option<RelayFrame>, Outcome) {
        let state = State {
            room: self.room.as_ref(),
            member: self.members.get(&by),
            message: op.message_id().and_then(|id| self.messages.get(&id)),
            ..State::default()
        };
        let mut rows = match decide(state, op, &actor(by), Millis(5)) {
            Ok(rows) => rows,
            Err(why) => {
                return (
                    None,
                    Outcome::Rejected {
                        code: why.code(),
                        text: why.to_string(),
                    },
                );
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
                Row::Room(row) => self.room = Some(row),
                Row::Member(row) => drop(self.members.insert(row.user_id, row)),
                Row::Message(row) => drop(self.messages.insert(row.id, row)),
                _ => {}
            }
        }
        let frame = RelayFrame::Changes {
            room: op.room_id(),
            from,
            through: self.last,
            rows,
            more: false,
        };
        (Some(frame), Outcome::Applied { seq: self.last })
    }
}

/// One device of ada's, and the one room's authority.
struct Bench {
    db: Db,
    room: RoomId,
    authority: Authority,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A room with ada and grace in it, and ada's device level with it.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("amend.db")).unwrap();
        let room = clock::room_id();
        let mut bench = Self {
            db,
            room,
            authority: Authority::default(),
            _folder: folder,
        };
        let account = "INSERT INTO account VALUES (1, 'http://localhost', ?1, 'ada', 1, NULL)";
        let sign_in = move |tx: &rusqlite::Transaction<'_>| {
            tx.execute(account, [rows::Blob(ADA.0)])?;
            Ok(())
        };
        bench.db.write(sign_in).await.unwrap();
        let create = Op::CreateRoom {
            room_id: room,
            name: "General".into(),
            topic: String::new(),
        };
        bench.authority.apply(&create, ADA);
        bench.authority.apply(&Op::Join { room_id: room }, GRACE);
        bench
            .take(RelayFrame::Memberships { rooms: vec![room] })
            .await;
        let mut rows: Vec<Row> = bench
            .authority
            .room
            .iter()
            .cloned()
            .map(Row::Room)
            .collect();
        rows.extend(bench.authority.members.values().cloned().map(Row::Member));
        let through = bench.authority.last;
        bench
            .take(RelayFrame::Snapshot {
                room,
                rows,
                through,
                before: None,
            })
            .await;
        bench
    }

    async fn take(&self, frame: RelayFrame) {
        self.db
            .write(move |tx| store::store(tx, frame, &actor(ADA), Millis(7)))
            .await
            .unwrap();
    }

    async fn submit(&self, op: Op) -> Result<(), ClientError> {
        let op_id = clock::op_id();
        self.db
            .write(move |tx| outbox::submit(tx, op, &actor(ADA), op_id, Millis(3)))
            .await
    }

    fn new_post(&self, message_id: MessageId, body: &str) -> Op {
        Op::Post {
            room_id: self.room,
            message_id,
            body: body.into(),
            reply_to: None,
            attachments: Vec::new(),
        }
    }

    async fn post(&self, body: &str) -> MessageId {
        let id = clock::message_id();
        self.submit(self.new_post(id, body)).await.unwrap();
        id
    }

    async fn edit(&self, message_id: MessageId, body: &str) {
        let item = self.item(message_id).await;
        let op = Op::Edit {
            room_id: self.room,
            message_id,
            base_rev: item.rev,
            base: Some(item.body),
            body: body.into(),
        };
        self.submit(op).await.unwrap();
    }

    async fn delete(&self, message_id: MessageId) {
        self.submit(Op::Delete {
            room_id: self.room,
            message_id,
        })
        .await
        .unwrap();
    }

    async fn timeline(&self) -> Vec<TimelineItem> {
        let room = self.room;
        self.db
            .read(move |db| views::timeline(db, room, None, 1000, ADA))
            .await
            .unwrap()
            .items
    }

    async fn item(&self, id: MessageId) -> TimelineItem {
        self.timeline()
            .await
            .into_iter()
            .find(|item| item.id == id)
            .unwrap()
    }

    /// What the sync engine would push now.
    async fn batch(&self) -> Vec<Envelope> {
        self.db
            .read(|db| outbox::next_batch(db, &BTreeSet::new()))
            .await
            .unwrap()
    }

    async fn push_one(&mut self, envelope: Envelope) {
        let (frame, outcome) = self.authority.apply(&envelope.op, ADA);
        if let Some(frame) = frame {
            self.take(frame).await;
        }
        self.answer(envelope.op_id, outcome).await;
    }

    /// Pushes and takes the answers, until there is nothing left to push.
    async fn sync(&mut self) {
        loop {
            let batch = self.batch().await;
            if batch.is_empty() {
                return;
            }
            for envelope in batch {
                self.push_one(envelope).await;
            }
        }
    }

    async fn answer(&self, op_id: OpId, outcome: Outcome) {
        self.take(RelayFrame::Outcomes {
            outcomes: vec![OpOutcome { op_id, outcome }],
        })
        .await;
    }

    async fn refuse(&self, op_id: OpId) {
        let text = "because".to_owned();
        self.answer(
            op_id,
            Outcome::Rejected {
                code: RejectionCode::Conflict,
                text,
            },
        )
        .await;
    }

    async fn retry(&self, op: OpId) -> Result<(), ClientError> {
        self.db
            .write(move |tx| recovered::retry(tx, op, &actor(ADA), clock::op_id))
            .await
    }

    /// Grace does something, and ada's device hears of it.
    async fn grace(&mut self, op: Op) {
        let (frame, outcome) = self.authority.apply(&op, GRACE);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        self.take(frame.unwrap()).await;
    }

    async fn count(&self, query: &'static str) -> i64 {
        self.db
            .read(move |db| Ok(db.query_row(query, [], |row| row.get(0))?))
            .await
            .unwrap()
    }

    /// Every message here is the authority's, and nothing is left of the pending ones.
    async fn assert_level(&self) {
        assert_eq!(self.count("SELECT count(*) FROM operation").await, 0);
        assert_eq!(self.count("SELECT count(*) FROM confirmed").await, 0);
        let shown: Vec<_> = self
            .timeline()
            .await
            .into_iter()
            .map(|item| (item.position, item.id, item.body, item.deleted))
            .collect();
        let mut theirs: Vec<_> = self
            .authority
            .messages
            .values()
            .map(|m| (m.position, m.id, m.body.clone(), m.deleted_at.is_some()))
            .collect();
        theirs.sort();
        assert_eq!(shown, theirs);
    }
}

#[tokio::test]
async fn what_is_written_offline_shows_at_once_and_is_settled_later() {
    let mut bench = Bench::new().await;
    let kept = bench.post("one").await;
    bench.edit(kept, "one, edited").await;
    let gone = bench.post("two").await;
    bench.delete(gone).await;
    let shown = bench.timeline().await;
    assert_eq!(
        shown
            .iter()
            .map(|item| item.body.as_str())
            .collect::<Vec<_>>(),
        ["one, edited", ""]
    );
    assert!(shown.iter().all(|item| item.delivery == Delivery::Pending));
    assert!(shown[1].deleted && shown[0].edited_at.is_some());
    bench.sync().await;
    bench.assert_level().await;
    assert_eq!(bench.item(kept).await.body, "one, edited");
}

#[tokio::test]
async fn what_the_rules_refuse_is_not_written_at_all() {
    let mut bench = Bench::new().await;
    let (theirs, room_id) = (clock::message_id(), bench.room);
    bench.grace(bench.new_post(theirs, "grace's")).await;
    let edit = Op::Edit {
        room_id,
        message_id: theirs,
        base_rev: Rev::FIRST,
        base: None,
        body: "mine now".into(),
    };
    assert!(matches!(
        bench.submit(edit).await,
        Err(ClientError::Rejected(Rejection::NotAuthor))
    ));
    let empty = bench.new_post(clock::message_id(), " ");
    assert!(matches!(
        bench.submit(empty).await,
        Err(ClientError::Rejected(Rejection::BodyEmpty))
    ));
    let (room_id, message_id) = (clock::room_id(), clock::message_id());
    let elsewhere = Op::Post {
        room_id,
        message_id,
        body: "x".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    assert!(matches!(
        bench.submit(elsewhere).await,
        Err(ClientError::Rejected(Rejection::RoomNotFound))
    ));
    bench.assert_level().await;
}

#[tokio::test]
async fn the_echo_of_a_first_edit_does_not_undo_the_second() {
    let mut bench = Bench::new().await;
    let id = bench.post("v1").await;
    bench.sync().await;
    bench.edit(id, "v2").await;
    let first = bench.batch().await.remove(0);
    bench.edit(id, "v3").await;
    assert_eq!(
        bench.batch().await.len(),
        1,
        "the second edit waits for the answer to the first"
    );
    let (frame, outcome) = bench.authority.apply(&first.op, ADA);
    bench.take(frame.unwrap()).await;
    assert_eq!(bench.item(id).await.body, "v3");
    bench.answer(first.op_id, outcome).await;
    assert_eq!(bench.item(id).await.body, "v3");
    bench.sync().await;
    bench.assert_level().await;
    assert_eq!(bench.item(id).await.body, "v3");
}

#[tokio::test]
async fn an_outcome_ahead_of_its_rows_does_not_flicker() {
    let mut bench = Bench::new().await;
    let id = bench.post("hello").await;
    let envelope = bench.batch().await.remove(0);
    let (frame, outcome) = bench.authority.apply(&envelope.op, ADA);
    bench.answer(envelope.op_id, outcome).await;
    assert_eq!(bench.item(id).await.body, "hello");
    assert!(
        bench.batch().await.is_empty(),
        "an acknowledged operation is not pushed again"
    );
    bench.take(frame.unwrap()).await;
    assert_eq!(bench.item(id).await.delivery, Delivery::Sent);
    bench.assert_level().await;
}

#[tokio::test]
async fn a_refused_post_stays_with_its_reason_until_it_is_retried_or_discarded() {
    let mut bench = Bench::new().await;
    let id = bench.post("hello").await;
    let first = bench.batch().await.remove(0).op_id;
    bench.refuse(first).await;
    let Delivery::Failed(failed) = bench.item(id).await.delivery else {
        panic!("not failed")
    };
    assert_eq!(
        (failed.reason.as_str(), failed.text.as_deref()),
        ("because", Some("hello"))
    );
    assert!(
        bench.batch().await.is_empty(),
        "a refused operation waits for the person"
    );

    bench.retry(first).await.unwrap();
    assert!(matches!(
        bench.retry(first).await,
        Err(ClientError::NoOp(_))
    ));
    let second = bench.batch().await.remove(0).op_id;
    assert_ne!(
        first, second,
        "the relay remembers its answer to the first key"
    );
    bench.refuse(second).await;
    // Editing what was refused is a better try at it.
    bench.edit(id, "hello, better").await;
    bench.sync().await;
    bench.assert_level().await;
    assert_eq!(bench.item(id).await.body, "hello, better");

    let other = bench.post("never").await;
    let op = bench.batch().await.remove(0).op_id;
    bench.refuse(op).await;
    bench
        .db
        .write(move |tx| recovered::discard(tx, op, &actor(ADA)))
        .await
        .unwrap();
    assert!(!bench.timeline().await.iter().any(|item| item.id == other));
    bench.assert_level().await;
}

#[tokio::test]
async fn a_refused_edit_shows_theirs_and_keeps_mine() {
    let mut bench = Bench::new().await;
    let id = bench.post("base").await;
    bench.sync().await;
    bench.edit(id, "mine").await;
    bench.edit(id, "mine, later").await;
    let op = bench.batch().await.remove(0).op_id;
    bench.refuse(op).await;
    let item = bench.item(id).await;
    assert_eq!(item.body, "base");
    let Delivery::Failed(failed) = item.delivery else {
        panic!("{item:?}")
    };
    assert_eq!(
        (failed.code, failed.text.as_deref()),
        (RejectionCode::Conflict, Some("mine"))
    );
    assert!(
        bench.batch().await.is_empty(),
        "what was built on it waits with it"
    );
    bench.retry(op).await.unwrap();
    bench.sync().await;
    bench.assert_level().await;
    assert_eq!(bench.item(id).await.body, "mine, later");
}

#[tokio::test]
async fn incoming_rows_do_not_wait_for_the_outbox() {
    let mut bench = Bench::new().await;
    bench.post("pending").await;
    bench
        .grace(bench.new_post(clock::message_id(), "grace's"))
        .await;
    let shown: Vec<_> = bench
        .timeline()
        .await
        .into_iter()
        .map(|item| item.body)
        .collect();
    assert_eq!(
        shown,
        ["grace's", "pending"],
        "pending messages stand after all positions"
    );
}

#[tokio::test]
async fn a_transaction_is_one_event_and_a_refused_one_is_none() {
    let bench = Bench::new().await;
    let mut events = bench.db.events();
    bench.post("hello").await;
    let event = events.recv().await.unwrap();
    assert!(
        event.tables.contains(&Table::Message) && event.tables.contains(&Table::Outbox),
        "{event:?}"
    );
    assert_eq!(event.rooms, [bench.room]);
    bench
        .submit(bench.new_post(clock::message_id(), ""))
        .await
        .unwrap_err();
    assert!(events.is_empty());
}

#[tokio::test]
async fn another_store_is_taken_from_its_beginning() {
    let mut bench = Bench::new().await;
    for epoch in [1, 2] {
        let rooms = vec![bench.room];
        let welcome = RelayFrame::Welcome {
            user: ADA,
            name: "ada".into(),
            epoch: Uuid::from_u128(epoch),
            rooms,
            blobs: None,
        };
        bench.take(welcome).await;
        if epoch == 1 {
            bench.post("hello").await;
            bench.sync().await;
        }
    }
    // The restored store has the message under a lower seq, and with another text.
    let mut row = bench.authority.messages.values().next().unwrap().clone();
    row.seq = Seq(1);
    row.body = "as the backup has it".into();
    let (room, id, rows) = (bench.room, row.id, vec![Row::Message(row)]);
    bench
        .take(RelayFrame::Snapshot {
            room,
            rows,
            through: Seq(1),
            before: None,
        })
        .await;
    assert_eq!(bench.item(id).await.body, "as the backup has it");
}

#[derive(Clone, Debug)]
enum Step {
    Post,
    Edit(prop::sample::Index),
    Delete(prop::sample::Index),
    Grace,
    Push(u8),
    Lose,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        3 => Just(Step::Post),
        3 => any::<prop::sample::Index>().prop_map(Step::Edit),
        1 => any::<prop::sample::Index>().prop_map(Step::Delete),
        2 => Just(Step::Grace),
        3 => (1..4_u8).prop_map(Step::Push),
        1 => Just(Step::Lose),
    ];
    prop::collection::vec(one, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written, pushed in pieces, answered or lost and pushed again: each message ends up once, in one order, and
    /// what shows is what the relay has.
    #[test]
    fn any_history_converges(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(history(steps));
    }
}

async fn history(steps: Vec<Step>) {
    let mut bench = Bench::new().await;
    let mut mine: Vec<MessageId> = Vec::new();
    // Frames of answers that got lost on the way: the room's rows come later all the same.
    let mut late: Vec<RelayFrame> = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        let text = format!("text {number}");
        match step {
            Step::Post => mine.push(bench.post(&text).await),
            Step::Edit(which) if !mine.is_empty() => {
                let id = *which.get(&mine);
                if !bench.item(id).await.deleted {
                    bench.edit(id, &text).await;
                    assert_eq!(bench.item(id).await.body, text);
                }
            }
            Step::Delete(which) if !mine.is_empty() => {
                let id = *which.get(&mine);
                bench.delete(id).await;
                assert!(bench.item(id).await.deleted);
            }
            Step::Grace if late.is_empty() => {
                bench
                    .grace(bench.new_post(clock::message_id(), "grace's"))
                    .await
            }
            Step::Push(count) if late.is_empty() => {
                for envelope in bench.batch().await.into_iter().take(count.into()) {
                    bench.push_one(envelope).await;
                }
            }
            // The relay applied it, and nothing of that came back: it is pushed again.
            Step::Lose => {
                if let Some(envelope) = bench.batch().await.into_iter().next() {
                    late.extend(bench.authority.apply(&envelope.op, ADA).0);
                }
            }
            _ => {}
        }
    }
    for frame in late {
        bench.take(frame).await;
    }
    bench.sync().await;
    bench.assert_level().await;
    let shown = bench.timeline().await;
    let unique: BTreeSet<_> = shown.iter().map(|item| item.id).collect();
    assert_eq!(unique.len(), shown.len());
}
