//! What waits for the relay: how far it has got, what can be taken back and how, and since when we are out of step.

#![allow(clippy::unwrap_used)]

use client::db::rows;
use client::outbox::{self, waiting};
use client::sync::store;
use client::{ClientError, clock, recovered, views};
use model::view::{Connection as State, OutboxState, TakeBack};
use model::wire::{OpOutcome, Outcome, RelayFrame};
use model::*;
use rusqlite::Connection;
use uuid::Uuid;

const ADA: UserId = UserId(Uuid::from_u128(10));
const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn ada() -> Actor {
    Actor {
        user_id: ADA,
        name: "ada".into(),
    }
}

/// A device in one room, level with the relay and offline since.
fn device() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    client::db::prepare(&mut connection).unwrap();
    let account = "INSERT INTO account VALUES (1, 'http://localhost', ?1, 'ada', 1, NULL)";
    connection.execute(account, [rows::Blob(ADA.0)]).unwrap();
    let room = Row::Room(Room {
        id: ROOM,
        seq: Seq(1),
        name: "General".into(),
        topic: String::new(),
        kind: RoomKind::Channel,
        edit_policy: EditPolicy::Author,
        archived_at: None,
        created_by: ADA,
        created_at: Millis(1),
    });
    let member = Row::Member(Member {
        room_id: ROOM,
        user_id: ADA,
        seq: Seq(2),
        name: "ada".into(),
        role: Role::Owner,
        joined_at: Millis(1),
        left_at: None,
    });
    for frame in [
        RelayFrame::Memberships { rooms: vec![ROOM] },
        RelayFrame::Snapshot {
            room: ROOM,
            rows: vec![room, member],
            through: Seq(2),
            before: Some(Seq(1)),
        },
    ] {
        store::store(&connection, frame, &ada(), Millis(5)).unwrap();
    }
    connected(&connection, 10);
    offline(&connection, 20);
    connection
}

fn connected(connection: &Connection, at: i64) {
    store::report(connection, &State::CatchingUp, Millis(at)).unwrap();
    store::report(connection, &State::Online, Millis(at)).unwrap();
}

fn offline(connection: &Connection, at: i64) {
    let reason = "gone".to_owned();
    store::report(connection, &State::Offline { reason }, Millis(at)).unwrap();
}

fn submit(connection: &Connection, op: Op, at: i64) {
    outbox::submit(connection, op, &ada(), clock::op_id(), Millis(at)).unwrap();
}

fn post(connection: &Connection, body: &str, at: i64) -> MessageId {
    let message_id = clock::message_id();
    let op = Op::Post {
        room_id: ROOM,
        message_id,
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    submit(connection, op, at);
    message_id
}

fn edit(connection: &Connection, message: MessageId, body: &str, at: i64) {
    let now = rows::message(connection, ROOM, message).unwrap().unwrap();
    let op = Op::Edit {
        room_id: ROOM,
        message_id: message,
        base_rev: now.rev,
        base: Some(now.body),
        body: body.into(),
    };
    submit(connection, op, at);
}

fn listed(connection: &Connection) -> Vec<(Option<String>, OutboxState, TakeBack)> {
    let all = waiting::list(connection).unwrap();
    all.into_iter()
        .map(|one| (one.text, one.state, one.take_back))
        .collect()
}

fn take_back(connection: &Connection, at: usize) -> Result<TakeBack, ClientError> {
    let op = waiting::list(connection).unwrap()[at].op_id;
    waiting::take_back(connection, op, &ada(), (clock::op_id(), Millis(90)))
}

fn body(connection: &Connection, message: MessageId) -> Option<String> {
    let row = rows::message(connection, ROOM, message).unwrap();
    row.filter(|row| row.deleted_at.is_none())
        .map(|row| row.body)
}

#[test]
fn what_was_written_offline_is_forgotten_with_what_was_done_to_it() {
    let device = device();
    let message = post(&device, "one", 30);
    edit(&device, message, "one, edited", 31);
    let react = Op::React {
        room_id: ROOM,
        message_id: message,
        emoji: "👍".into(),
        on: true,
    };
    submit(&device, react, 32);
    let other = post(&device, "two", 33);
    assert_eq!(
        listed(&device)[0],
        (Some("one".into()), OutboxState::Waiting, TakeBack::Forget)
    );
    assert_eq!(take_back(&device, 0).unwrap(), TakeBack::Forget);
    assert_eq!(body(&device, message), None);
    assert_eq!(
        rows::reaction(&device, ROOM, message, ADA, "👍").unwrap(),
        None
    );
    assert_eq!(body(&device, other), Some("two".into()));
    assert_eq!(listed(&device).len(), 1);
    assert!(matches!(
        waiting::take_back(&device, clock::op_id(), &ada(), (clock::op_id(), Millis(1))),
        Err(ClientError::NoOp(_))
    ));
}

#[test]
fn what_may_be_with_the_relay_is_deleted_and_not_forgotten() {
    let device = device();
    let first = post(&device, "first", 30);
    // A connection, on which everything may have gone out; then it ends without an answer.
    connected(&device, 40);
    assert_eq!(listed(&device)[0].1, OutboxState::Sent);
    offline(&device, 50);
    let second = post(&device, "second", 60);
    let states: Vec<_> = listed(&device)
        .into_iter()
        .map(|(_, state, can)| (state, can))
        .collect();
    assert_eq!(
        states,
        [
            (OutboxState::Sent, TakeBack::Delete),
            (OutboxState::Waiting, TakeBack::Forget)
        ]
    );
    assert_eq!(take_back(&device, 0).unwrap(), TakeBack::Delete);
    assert_eq!(body(&device, first), None);
    assert_eq!(body(&device, second), Some("second".into()));
    // The post is still pushed, and its deletion behind it.
    let ops = outbox::next_batch(&device, &Default::default()).unwrap();
    assert!(matches!(ops[0].op, Op::Post { message_id, .. } if message_id == first));
    assert!(
        ops.iter()
            .any(|one| matches!(one.op, Op::Delete { message_id, .. } if message_id == first))
    );
}

#[test]
fn a_change_that_others_build_on_goes_after_them() {
    let device = device();
    let message = post(&device, "text", 30);
    // As if it were the relay's: only the edits wait.
    device.execute("DELETE FROM outbox", []).unwrap();
    rebase(&device, message);
    edit(&device, message, "text 1", 40);
    edit(&device, message, "text 1 2", 41);
    let can: Vec<TakeBack> = listed(&device).into_iter().map(|(_, _, can)| can).collect();
    assert_eq!(can, [TakeBack::LaterFirst, TakeBack::Forget]);
    assert!(matches!(
        take_back(&device, 0),
        Err(ClientError::NotTakenBack(_))
    ));
    take_back(&device, 1).unwrap();
    assert_eq!(body(&device, message), Some("text 1".into()));
    take_back(&device, 0).unwrap();
    assert_eq!(body(&device, message), Some("text".into()));
    edit(&device, message, "text 3", 50);
    connected(&device, 60);
    assert!(matches!(
        take_back(&device, 0),
        Err(ClientError::NotTakenBack(_))
    ));
    assert_eq!(listed(&device).len(), 1, "nothing was dropped");
}

/// The relay has the message as it is shown.
fn rebase(connection: &Connection, message: MessageId) {
    let mut row = rows::message(connection, ROOM, message).unwrap().unwrap();
    (row.seq, row.position) = (Seq(3), Some(Seq(3)));
    connection.execute("DELETE FROM confirmed", []).unwrap();
    connection.execute("DELETE FROM message", []).unwrap();
    rows::put(connection, &Row::Message(row), rows::Put::Confirmed).unwrap();
}

#[test]
fn the_status_says_since_when_and_how_far_and_no_more_than_is_known() {
    let device = device();
    let status = views::status(&device).unwrap();
    assert_eq!(
        (status.in_step_at, status.waiting_since),
        (Some(Millis(20)), None)
    );
    let fetching = status.fetching.unwrap();
    assert_eq!((fetching.rooms, fetching.percent), (1, 50));
    post(&device, "one", 30);
    post(&device, "two", 31);
    assert_eq!(
        views::status(&device).unwrap().waiting_since,
        Some(Millis(30))
    );
    store::report(&device, &State::CatchingUp, Millis(40)).unwrap();
    assert_eq!(
        views::status(&device).unwrap().catching_up,
        None,
        "nothing is known yet"
    );
    store::progress(&device, 3, 7).unwrap();
    let behind = views::status(&device).unwrap().catching_up.unwrap();
    assert_eq!((behind.level, behind.rooms), (3, 7));
    // A process that was killed while it was level: it is known to have been so when that began, not until now.
    store::report(&device, &State::Online, Millis(50)).unwrap();
    store::begin(&device, Millis(9000)).unwrap();
    let status = views::status(&device).unwrap();
    assert_eq!(status.in_step_at, Some(Millis(50)));
    assert_eq!(status.since, Millis(9000));
    assert!(
        listed(&device)
            .iter()
            .all(|(_, state, _)| *state == OutboxState::Sent)
    );
}

#[test]
fn refused_words_are_sent_again_as_others_or_stay() {
    let device = device();
    let message = post(&device, "refused", 30);
    let refuse = |device: &Connection| {
        let op_id = waiting::list(device).unwrap()[0].op_id;
        let outcome = Outcome::Rejected {
            code: RejectionCode::RoomArchived,
            text: "Archived.".into(),
        };
        let outcomes = vec![OpOutcome { op_id, outcome }];
        store::store(
            device,
            RelayFrame::Outcomes { outcomes },
            &ada(),
            Millis(70),
        )
        .unwrap();
        op_id
    };
    let op = refuse(&device);
    let again = |device: &Connection, op: OpId, body: &str| {
        // A transaction, as the client makes one: what the rules refuse changes nothing.
        let tx = device.unchecked_transaction().unwrap();
        recovered::resend(&tx, op, body.into(), &ada(), (clock::op_id(), Millis(80)))?;
        Ok::<_, ClientError>(tx.commit()?)
    };
    assert!(matches!(
        again(&device, op, "  "),
        Err(ClientError::Rejected(_))
    ));
    assert_eq!(recovered::list(&device).unwrap().len(), 1);
    again(&device, op, "rewritten").unwrap();
    assert!(recovered::list(&device).unwrap().is_empty());
    assert_eq!(listed(&device)[0].0, Some("rewritten".into()));
    assert_eq!(body(&device, message), Some("rewritten".into()));
    // The same of an edit.
    device.execute("DELETE FROM outbox", []).unwrap();
    rebase(&device, message);
    edit(&device, message, "an edit", 90);
    let op = refuse(&device);
    again(&device, op, "a better edit").unwrap();
    assert_eq!(listed(&device)[0].0, Some("a better edit".into()));
    assert!(recovered::list(&device).unwrap().is_empty());
}

fn read_to(connection: &Connection, room_id: RoomId, position: i64, at: i64) {
    let position = Seq(position);
    submit(connection, Op::MarkRead { room_id, position }, at);
}

fn marks(connection: &Connection) -> Vec<i64> {
    let query =
        "SELECT op ->> '$.mark_read.position' FROM outbox WHERE part = 'read_marker' ORDER BY id";
    let mut statement = connection.prepare(query).unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

#[test]
fn reading_offline_is_one_mark_a_room_and_no_change_that_a_person_made() {
    let device = device();
    for (position, at) in [(3, 30), (7, 31), (5, 32), (9, 33)] {
        read_to(&device, ROOM, position, at);
    }
    assert_eq!(marks(&device), [9]);
    let shown = rows::read_marker(&device, ROOM, ADA).unwrap().unwrap();
    assert_eq!(shown.position, Seq(9));
    let status = views::status(&device).unwrap();
    assert_eq!(
        (status.waiting, status.reading, status.changes()),
        (1, 1, 0)
    );
    assert_eq!(status.waiting_since, None);
    assert_eq!(listed(&device), []);
    post(&device, "words", 34);
    let status = views::status(&device).unwrap();
    assert_eq!((status.waiting, status.changes()), (2, 1));
    assert_eq!(status.waiting_since, Some(Millis(34)));
}

#[test]
fn a_mark_that_may_be_with_the_relay_keeps_its_key() {
    let device = device();
    read_to(&device, ROOM, 3, 30);
    let in_flight = outbox::next_batch(&device, &std::collections::BTreeSet::new()).unwrap();
    connected(&device, 31);
    read_to(&device, ROOM, 5, 32);
    assert_eq!(marks(&device), [3, 5]);
    // The connection broke before the answer: the first one may have got through, so only what came since is replaced.
    offline(&device, 40);
    read_to(&device, ROOM, 7, 41);
    read_to(&device, ROOM, 9, 42);
    assert_eq!(marks(&device), [3, 5, 9]);
    // Its answer is still understood, and what is shown stays the furthest.
    let outcome = Outcome::Applied { seq: Seq(2) };
    let op_id = in_flight[0].op_id;
    let answer = RelayFrame::Outcomes {
        outcomes: vec![OpOutcome { op_id, outcome }],
    };
    store::store(&device, answer, &ada(), Millis(50)).unwrap();
    assert_eq!(marks(&device), [5, 9]);
    let shown = rows::read_marker(&device, ROOM, ADA).unwrap().unwrap();
    assert_eq!(shown.position, Seq(9));
}
