use super::*;
use model::wire::{OpOutcome, Outcome};
use model::{Millis, Op, UserId};
use uuid::Uuid;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn op(n: u128) -> Envelope {
    Envelope {
        op_id: OpId(Uuid::from_u128(n)),
        at: Millis(0),
        op: Op::Join { room_id: ROOM },
    }
}

fn welcome() -> RelayFrame {
    let user = UserId(Uuid::from_u128(2));
    RelayFrame::Welcome {
        user,
        name: "ada".into(),
        epoch: Uuid::from_u128(3),
        rooms: vec![ROOM],
        blobs: None,
    }
}

fn rooms(cursor: Option<i64>) -> Event {
    let one = Subscription {
        room: ROOM,
        cursor: cursor.map(Seq),
        before: None,
    };
    Event::Stored(Stored::Rooms(vec![one]))
}

fn level() -> Event {
    let (cursor, through) = (Some(Seq(9)), Seq(9));
    Event::Stored(Stored::Changes {
        room: ROOM,
        more: false,
        cursor,
        through,
    })
}

fn close() -> Event {
    Event::Closed {
        reason: "gone".into(),
        random: 0,
    }
}

/// A machine that is connected and level, and what it asked for on the way.
fn online() -> Machine {
    let mut machine = Machine::default();
    for event in [
        Event::Wake,
        Event::Opened,
        Event::Frame(welcome()),
        rooms(Some(5)),
        Event::Outbox(vec![]),
        level(),
    ] {
        machine.handle(event);
    }
    assert_eq!(machine.reported, Some(Connection::Online));
    machine
}

fn pushed(out: &[Instruction]) -> Vec<OpId> {
    out.iter()
        .flat_map(|instruction| match instruction {
            Instruction::Send(ClientFrame::Push { ops }) => ops.iter().map(|op| op.op_id).collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn has(out: &[Instruction], is_it: impl Fn(&Instruction) -> bool) -> bool {
    out.iter().any(is_it)
}

#[test]
fn the_way_from_waking_to_online() {
    let mut machine = Machine::default();
    let out = machine.handle(Event::Wake);
    assert!(matches!(
        out.as_slice(),
        [
            Instruction::Report(Connection::Connecting),
            Instruction::Connect
        ]
    ));
    assert!(matches!(
        machine.handle(Event::Opened).as_slice(),
        [Instruction::SendHello { .. }]
    ));
    let out = machine.handle(Event::Frame(welcome()));
    assert!(has(&out, |one| matches!(
        one,
        Instruction::Store(RelayFrame::Welcome { .. })
    )));
    let out = machine.handle(rooms(Some(5)));
    let subscribes = |one: &Instruction| {
        matches!(
            one,
            Instruction::Send(ClientFrame::Subscribe {
                after: Some(Seq(5)),
                ..
            })
        )
    };
    assert!(has(&out, subscribes), "{out:?}");
    assert!(has(&out, |one| matches!(
        one,
        Instruction::LoadOutbox { .. }
    )));
    assert_eq!(machine.reported, Some(Connection::CatchingUp));
    let out = machine.handle(level());
    assert!(has(&out, |one| matches!(
        one,
        Instruction::Report(Connection::Online)
    )));
}

#[test]
fn a_lost_connection_is_tried_again_without_another_write_and_pushes_what_was_unanswered() {
    let mut machine = online();
    machine.handle(Event::OutboxChanged);
    assert_eq!(
        pushed(&machine.handle(Event::Outbox(vec![op(10)]))),
        [op(10).op_id]
    );
    let out = machine.handle(close());
    assert!(has(&out, |one| matches!(one, Instruction::SetTimer(_))));
    assert!(has(&machine.handle(Event::Timer), |one| matches!(
        one,
        Instruction::Connect
    )));
    machine.handle(Event::Opened);
    machine.handle(Event::Frame(welcome()));
    let out = machine.handle(rooms(Some(9)));
    let loads_all = |one: &Instruction| matches!(one, Instruction::LoadOutbox { in_flight } if in_flight.is_empty());
    assert!(has(&out, loads_all), "{out:?}");
    assert_eq!(
        pushed(&machine.handle(Event::Outbox(vec![op(10)]))),
        [op(10).op_id]
    );
}

#[test]
fn an_operation_in_flight_is_not_pushed_again() {
    let mut machine = online();
    machine.handle(Event::OutboxChanged);
    machine.handle(Event::Outbox(vec![op(10)]));
    machine.handle(Event::Outbox(vec![]));
    let out = machine.handle(Event::OutboxChanged);
    let passes_over = |one: &Instruction| matches!(one, Instruction::LoadOutbox { in_flight } if in_flight.contains(&op(10).op_id));
    assert!(has(&out, passes_over), "{out:?}");
    machine.handle(Event::Outbox(vec![]));
    let applied = Outcome::Applied { seq: Seq(9) };
    let outcomes = vec![OpOutcome {
        op_id: op(10).op_id,
        outcome: applied,
    }];
    let out = machine.handle(Event::Frame(RelayFrame::Outcomes { outcomes }));
    assert!(
        matches!(
            out.as_slice(),
            [Instruction::Store(_), Instruction::LoadOutbox { .. }]
        ),
        "{out:?}"
    );
    assert!(machine.in_flight.is_empty());
}

#[test]
fn waits_grow_until_the_relay_is_back() {
    let mut machine = Machine::default();
    machine.handle(Event::Wake);
    let mut last = Duration::ZERO;
    for _ in 0..8 {
        let out = machine.handle(close());
        let Some(Instruction::SetTimer(wait)) = out.first() else {
            panic!("{out:?}")
        };
        assert!(*wait >= last);
        last = *wait;
        machine.handle(Event::Timer);
    }
    // A network that returns does not wait for its turn.
    machine.handle(close());
    assert!(has(&machine.handle(Event::Wake), |one| matches!(
        one,
        Instruction::Connect
    )));
}

#[test]
fn a_refused_token_ends_the_tries_and_says_why() {
    for code in [
        ErrorCode::TokenExpired,
        ErrorCode::TokenInvalid,
        ErrorCode::VersionUnsupported,
    ] {
        let mut machine = online();
        let text = "Sign in again.".to_owned();
        let error = WireError {
            code,
            text,
            retry_after_ms: None,
            room: None,
        };
        let out = machine.handle(Event::Frame(RelayFrame::Error(error)));
        assert!(has(&out, |one| matches!(
            one,
            Instruction::Report(Connection::SignedOut { .. })
        )));
        assert!(has(&out, |one| matches!(one, Instruction::Disconnect)));
        assert!(machine.handle(close()).is_empty());
        assert!(machine.handle(Event::OutboxChanged).is_empty());
        assert!(has(&machine.handle(Event::Wake), |one| matches!(
            one,
            Instruction::Connect
        )));
    }
}

#[test]
fn a_relay_without_its_store_gets_its_pause_and_then_everything_again() {
    let mut machine = online();
    machine.handle(Event::OutboxChanged);
    machine.handle(Event::Outbox(vec![op(10)]));
    machine.handle(Event::Outbox(vec![]));
    let error = WireError {
        code: ErrorCode::StoreUnavailable,
        text: String::new(),
        retry_after_ms: Some(700),
        room: None,
    };
    let out = machine.handle(Event::Frame(RelayFrame::Error(error)));
    assert!(
        matches!(out.as_slice(), [Instruction::SetTimer(wait)] if *wait == Duration::from_millis(700))
    );
    assert!(
        machine.handle(Event::OutboxChanged).is_empty(),
        "pushed into the pause"
    );
    assert!(has(&machine.handle(Event::Timer), |one| matches!(
        one,
        Instruction::LoadOutbox { .. }
    )));
    assert_eq!(
        pushed(&machine.handle(Event::Outbox(vec![op(10)]))),
        [op(10).op_id]
    );
}

#[test]
fn a_relay_that_is_sent_too_much_gets_its_pause_and_nothing_twice() {
    let mut machine = online();
    machine.handle(Event::OutboxChanged);
    machine.handle(Event::Outbox(vec![op(10)]));
    machine.handle(Event::Outbox(vec![]));
    let error = WireError {
        code: ErrorCode::RateLimited,
        text: String::new(),
        retry_after_ms: Some(700),
        room: None,
    };
    let out = machine.handle(Event::Frame(RelayFrame::Error(error)));
    assert!(
        matches!(out.as_slice(), [Instruction::SetTimer(wait)] if *wait == Duration::from_millis(700))
    );
    assert!(
        machine.handle(Event::OutboxChanged).is_empty(),
        "pushed into the pause"
    );
    let out = machine.handle(Event::Timer);
    let still_in_flight = |one: &Instruction| matches!(one, Instruction::LoadOutbox { in_flight } if in_flight.contains(&op(10).op_id));
    assert!(has(&out, still_in_flight), "{out:?}");
}

#[test]
fn a_frame_that_does_not_join_on_is_asked_for_again() {
    let mut machine = online();
    let (cursor, through) = (Some(Seq(5)), Seq(9));
    let gap = Stored::Changes {
        room: ROOM,
        more: false,
        cursor,
        through,
    };
    let out = machine.handle(Event::Stored(gap));
    let asks = |one: &Instruction| {
        matches!(
            one,
            Instruction::Send(ClientFrame::Subscribe {
                after: Some(Seq(5)),
                ..
            })
        )
    };
    assert!(has(&out, asks), "{out:?}");
    assert_eq!(machine.reported, Some(Connection::CatchingUp));
}

#[test]
fn history_is_fetched_until_there_is_no_more() {
    let mut machine = online();
    let page = |before| Event::Stored(Stored::Page { room: ROOM, before });
    let out = machine.handle(page(Some(Seq(40))));
    assert!(has(&out, |one| matches!(
        one,
        Instruction::Send(ClientFrame::Fetch {
            before: Seq(40),
            ..
        })
    )));
    assert!(machine.handle(page(None)).is_empty());
}

#[test]
fn a_relay_that_stops_says_when_to_come_back() {
    let mut machine = online();
    let error = WireError {
        code: ErrorCode::ShuttingDown,
        text: "stopping".into(),
        retry_after_ms: Some(2300),
        room: None,
    };
    machine.handle(Event::Frame(RelayFrame::Error(error)));
    let pause = |machine: &mut Machine| {
        machine
            .handle(close())
            .into_iter()
            .find_map(|instruction| match instruction {
                Instruction::SetTimer(pause) => Some(pause),
                _ => None,
            })
    };
    assert_eq!(pause(&mut machine), Some(Duration::from_millis(2300)));
    // Once: the next wait is the usual one.
    assert!(pause(&mut machine) < Some(Duration::from_millis(2300)));
}
