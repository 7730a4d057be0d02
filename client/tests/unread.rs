//! Counts of what is unread: equal to a naive recount whatever happened, and bounded in work however long the history is.

#![allow(clippy::unwrap_used)]

use client::db::{self, rows};
use client::sync::store;
use client::{mentions, outbox, people};
use model::view::UNREAD_MAX;
use model::wire::RelayFrame;
use model::*;
use proptest::prelude::*;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const GRACE: UserId = UserId(Uuid::from_u128(11));
const KING: UserId = UserId(Uuid::from_u128(12));
const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn actor() -> Actor {
    Actor {
        user_id: ADA,
        name: "ada".into(),
    }
}

fn member(user_id: UserId, seq: i64, name: &str) -> Member {
    Member {
        room_id: ROOM,
        user_id,
        seq: Seq(seq),
        name: name.into(),
        role: Role::Member,
        joined_at: Millis(1),
        left_at: None,
    }
}

/// Ada's device, and what the relay has told it.
struct Bench {
    db: Connection,
    messages: BTreeMap<MessageId, Message>,
    marker: Option<Seq>,
    name: &'static str,
    /// Whether somebody is there whose name begins with "ada".
    namesake: bool,
    last: Seq,
    next: u128,
    ops: u128,
}

impl Bench {
    fn new() -> Self {
        let mut db = Connection::open_in_memory().unwrap();
        db::prepare(&mut db).unwrap();
        db.execute(
            "INSERT INTO account VALUES (1, 'http://localhost', ?1, 'ada', 1, NULL)",
            [rows::Blob(ADA.0)],
        )
        .unwrap();
        let mut bench = Self {
            db,
            messages: BTreeMap::new(),
            marker: None,
            name: "ada",
            namesake: false,
            last: Seq(3),
            next: 1000,
            ops: 1,
        };
        let room = Room {
            id: ROOM,
            seq: Seq(1),
            name: "General".into(),
            topic: String::new(),
            kind: RoomKind::Channel,
            edit_policy: EditPolicy::Everyone,
            archived_at: None,
            created_by: ADA,
            created_at: Millis(1),
        };
        bench.take(RelayFrame::Memberships { rooms: vec![ROOM] });
        bench.take(RelayFrame::Snapshot {
            room: ROOM,
            rows: vec![
                Row::Room(room),
                Row::Member(member(GRACE, 2, "grace")),
                Row::Member(member(ADA, 3, "ada")),
            ],
            through: Seq(3),
            before: None,
        });
        bench
    }

    /// A longer name that begins as ada's comes into the room, or goes.
    fn namesake(&mut self, there: bool) {
        self.namesake = there;
        let mut row = member(KING, self.last.next().0, "Ada King");
        row.left_at = (!there).then_some(Millis(2));
        self.changes(vec![Row::Member(row)]);
    }

    fn take(&mut self, frame: RelayFrame) {
        let tx = self.db.transaction().unwrap();
        store::store(&tx, frame, &actor(), Millis(9)).unwrap();
        tx.commit().unwrap();
    }

    fn changes(&mut self, rows: Vec<Row>) {
        let from = self.last;
        self.last = rows.iter().map(Row::seq).max().unwrap_or(from).max(from);
        let through = self.last;
        self.take(RelayFrame::Changes {
            room: ROOM,
            from,
            through,
            rows,
            more: false,
        });
    }

    /// A message of somebody, as the relay tells it.
    fn post(&mut self, author_id: UserId, body: &str) {
        self.next += 1;
        let id = MessageId(Uuid::from_u128(self.next));
        let seq = self.last.next();
        let message = Message {
            room_id: ROOM,
            id,
            seq,
            position: Some(seq),
            author_id,
            body: body.into(),
            reply_to: None,
            rev: Rev::FIRST,
            created_at: Millis(seq.0),
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            pinned_at: None,
            attachments: Vec::new(),
        };
        self.messages.insert(id, message.clone());
        self.changes(vec![Row::Message(message)]);
    }

    fn change(&mut self, at: usize, change: impl Fn(&mut Message)) {
        let Some(id) = self
            .messages
            .keys()
            .nth(at % self.messages.len().max(1))
            .copied()
        else {
            return;
        };
        let mut message = self.messages[&id].clone();
        message.seq = self.last.next();
        change(&mut message);
        self.messages.insert(id, message.clone());
        self.changes(vec![Row::Message(message)]);
    }

    fn read(&mut self, at: usize) {
        let positions: Vec<Seq> = self
            .messages
            .values()
            .filter_map(|one| one.position)
            .collect();
        let Some(position) = positions.get(at % positions.len().max(1)).copied() else {
            return;
        };
        if self.marker.is_some_and(|marker| marker >= position) {
            return;
        }
        self.marker = Some(position);
        let marker = ReadMarker {
            room_id: ROOM,
            user_id: ADA,
            seq: self.last.next(),
            position,
        };
        self.changes(vec![Row::ReadMarker(marker)]);
    }

    /// Ada writes offline.
    fn write(&mut self, body: &str) {
        self.ops += 1;
        let id = Uuid::from_u128(self.ops << 32);
        let op = Op::Post {
            room_id: ROOM,
            message_id: MessageId(id),
            body: body.into(),
            reply_to: None,
            attachments: Vec::new(),
        };
        outbox::submit(&self.db, op, &actor(), OpId(id), Millis(5)).unwrap();
    }

    fn rename(&mut self, name: &'static str) {
        self.name = name;
        self.take(RelayFrame::Welcome {
            user: ADA,
            name: name.into(),
            epoch: Uuid::from_u128(77),
            rooms: vec![ROOM],
            blobs: None,
        });
    }

    fn shown(&self) -> (u32, u32) {
        let rooms = people::rooms(&self.db).unwrap();
        (rooms[0].unread, rooms[0].mentions)
    }

    /// By looking at each message.
    fn recount(&self) -> (u32, u32) {
        let base = self.marker.unwrap_or(Seq(3));
        let unread = self.messages.values().filter(|one| {
            one.author_id != ADA
                && one.deleted_at.is_none()
                && one.position.is_some_and(|position| position > base)
        });
        let king = ["Ada King".to_owned()];
        let others = if self.namesake { &king[..] } else { &[] };
        let (mut all, mut naming) = (0, 0);
        for message in unread {
            all += 1;
            naming += u32::from(mentions::names(&message.body, self.name, others));
        }
        (all, naming)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Post(bool, usize),
    Edit(usize, usize),
    Delete(usize),
    Read(usize),
    Write(usize),
    Again(usize),
    Rename(bool),
    Namesake(bool),
}

const BODIES: [&str; 6] = [
    "hello",
    "@ada look",
    "@lovelace look",
    "@adam",
    "both @ada @lovelace",
    "@ada king look",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 0..6_usize).prop_map(|(mine, body)| Step::Post(mine, body)),
        2 => (0..40_usize, 0..6_usize).prop_map(|(at, body)| Step::Edit(at, body)),
        1 => (0..40_usize).prop_map(Step::Delete),
        2 => (0..40_usize).prop_map(Step::Read),
        1 => (0..6_usize).prop_map(Step::Write),
        1 => (0..40_usize).prop_map(Step::Again),
        1 => any::<bool>().prop_map(Step::Rename),
        1 => any::<bool>().prop_map(Step::Namesake),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn counts_equal_a_naive_recount(steps in proptest::collection::vec(step(), 1..40)) {
        let mut bench = Bench::new();
        for step in steps {
            match step {
                Step::Post(mine, body) => bench.post(if mine { ADA } else { GRACE }, BODIES[body]),
                Step::Edit(at, body) => bench.change(at, |message| {
                    if message.deleted_at.is_none() {
                        message.body = BODIES[body].into();
                        message.rev = message.rev.next();
                    }
                }),
                Step::Delete(at) => bench.change(at, |message| {
                    message.deleted_at = Some(Millis(8));
                    message.body = String::new();
                }),
                Step::Read(at) => bench.read(at),
                Step::Write(body) => bench.write(BODIES[body]),
                // An older version of a row changes nothing.
                Step::Again(at) => {
                    let ids: Vec<_> = bench.messages.values().cloned().collect();
                    if let Some(message) = ids.get(at % ids.len().max(1)) {
                        let mut old = message.clone();
                        old.seq = Seq(1);
                        old.body = "@ada @lovelace".into();
                        bench.changes(vec![Row::Message(old)]);
                    }
                }
                Step::Rename(back) => bench.rename(if back { "ada" } else { "lovelace" }),
                Step::Namesake(there) => bench.namesake(there),
            }
            prop_assert_eq!(bench.shown(), bench.recount());
        }
    }
}

/// What SQLite has to do for the list of rooms, in steps of its machine.
fn work(bench: &mut Bench) -> u64 {
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    bench
        .db
        .progress_handler(
            1,
            Some(move || {
                counter.fetch_add(1, Ordering::Relaxed);
                false
            }),
        )
        .unwrap();
    people::rooms(&bench.db).unwrap();
    bench.db.progress_handler(0, None::<fn() -> bool>).unwrap();
    steps.load(Ordering::Relaxed)
}

/// `count` more messages of grace's, each of which names ada.
fn fill(bench: &mut Bench, count: i64) {
    let from = bench.last;
    let mut rows = Vec::new();
    for at in 1..=count {
        let seq = Seq(from.0 + at);
        bench.next += 1;
        rows.push(Row::Message(Message {
            room_id: ROOM,
            id: MessageId(Uuid::from_u128(bench.next)),
            seq,
            position: Some(seq),
            author_id: GRACE,
            body: "@ada".into(),
            reply_to: None,
            rev: Rev::FIRST,
            created_at: Millis(1),
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            pinned_at: None,
            attachments: Vec::new(),
        }));
    }
    bench.changes(rows);
}

#[test]
fn counting_costs_the_same_however_long_the_history_is() {
    let mut bench = Bench::new();
    fill(&mut bench, 1500);
    assert_eq!(bench.shown(), (UNREAD_MAX, UNREAD_MAX));
    let short = work(&mut bench);
    fill(&mut bench, 12_000);
    assert_eq!(bench.shown(), (UNREAD_MAX, UNREAD_MAX));
    let long = work(&mut bench);
    assert!(long < short + short / 10, "{short} steps, then {long}");
    // And once all is read, next to nothing.
    let position = bench.last;
    let marker = ReadMarker {
        room_id: ROOM,
        user_id: ADA,
        seq: position.next(),
        position,
    };
    bench.changes(vec![Row::ReadMarker(marker)]);
    assert_eq!(bench.shown(), (0, 0));
    let none = work(&mut bench);
    assert!(none < short / 10, "{none} steps");
}

#[test]
fn the_list_of_rooms_reads_indexes_only() {
    let bench = Bench::new();
    let plan = people::plan(&bench.db).unwrap().join("\n");
    assert!(plan.contains("COVERING INDEX message_unread"), "{plan}");
    assert!(plan.contains("COVERING INDEX mention_sort"), "{plan}");
    assert!(
        !plan.contains("SCAN m") && !plan.contains("SCAN n "),
        "{plan}"
    );
}

#[test]
fn what_one_prefers_is_kept_by_room() {
    let bench = Bench::new();
    let room = |bench: &Bench| people::rooms(&bench.db).unwrap().remove(0);
    assert!(!room(&bench).muted && !room(&bench).favourite && !room(&bench).draft);
    assert_eq!(room(&bench).role, Role::Member);
    bench
        .db
        .execute(
            "INSERT INTO room_pref (room_id, muted, favourite, opened_at) VALUES (?1, 1, 1, 7)",
            [rows::Blob(ROOM.0)],
        )
        .unwrap();
    let shown = room(&bench);
    assert!(shown.muted && shown.favourite);
    assert_eq!(shown.opened_at, Millis(7));
}

#[test]
fn typing_and_presence_are_known_while_connected_only() {
    let mut bench = Bench::new();
    let told =
        |online: Vec<UserId>, typing: Vec<UserId>, stopped: Vec<UserId>| RelayFrame::Presence {
            room: ROOM,
            reset: false,
            online,
            offline: Vec::new(),
            typing,
            stopped,
            count: 1,
        };
    let grace = |bench: &Bench| {
        let people = people::people(&bench.db, ROOM, ADA).unwrap();
        let grace = people.into_iter().find(|one| one.id == GRACE).unwrap();
        (grace.online, grace.typing)
    };
    bench.take(told(vec![GRACE, ADA], vec![GRACE, ADA], Vec::new()));
    assert_eq!(grace(&bench), (true, true));
    let me = people::people(&bench.db, ROOM, ADA).unwrap();
    assert!(
        me.iter().any(|one| one.me && !one.typing),
        "one knows oneself"
    );
    bench.take(told(Vec::new(), Vec::new(), vec![GRACE]));
    assert_eq!(grace(&bench), (true, false));
    bench.take(told(Vec::new(), vec![GRACE], Vec::new()));
    let offline = model::view::Connection::Offline {
        reason: "away".into(),
    };
    store::report(&bench.db, &offline, Millis(9)).unwrap();
    assert_eq!(grace(&bench), (false, false));
}
