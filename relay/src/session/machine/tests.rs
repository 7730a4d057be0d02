use super::*;
use model::{Millis, Op, OpId, UserId};

const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const ELSEWHERE: RoomId = RoomId(Uuid::from_u128(2));

fn account() -> Account {
    Account {
        id: UserId(Uuid::from_u128(3)),
        name: "ada".into(),
    }
}

fn op_id() -> OpId {
    OpId(Uuid::from_u128(4))
}

/// A session whose person is in `ROOM`.
fn greeted() -> Machine {
    let mut machine = Machine::new(Uuid::from_u128(9));
    let hello = ClientFrame::Hello {
        version: PROTOCOL_VERSION,
        token: "t".into(),
    };
    assert!(matches!(
        machine.handle(Input::Frame(Ok(hello))).as_slice(),
        [Command::Identify(_)]
    ));
    let out = machine.handle(Input::Identified(Ok((account(), vec![ROOM]))));
    assert!(matches!(out[0], Command::Register(_)));
    assert!(
        matches!(&out[1], Command::Send(RelayFrame::Welcome { rooms, .. }) if *rooms == [ROOM])
    );
    machine
}

fn page(through: i64, more: bool) -> Input {
    Input::Changes(
        ROOM,
        Some(ChangesPage {
            rows: vec![],
            through: Seq(through),
            more,
        }),
    )
}

fn live(from: i64, through: i64) -> Input {
    let (from, through) = (Seq(from), Seq(through));
    let frame = RelayFrame::Changes {
        room: ROOM,
        from,
        through,
        rows: vec![],
        more: false,
    };
    Input::Live(SharedFrame::new(frame))
}

fn told(tick: u64) -> Told {
    let frame = SharedFrame::new(RelayFrame::Presence {
        room: ROOM,
        reset: true,
        online: vec![],
        offline: vec![],
        typing: vec![],
        stopped: vec![],
        count: 0,
    });
    Told { tick, frame }
}

fn applied(seq: i64) -> Input {
    let outcome = Outcome::Applied { seq: Seq(seq) };
    Input::Answers(Ok(vec![(
        ROOM,
        OpOutcome {
            op_id: op_id(),
            outcome,
        },
    )]))
}

/// A session that is live in `ROOM` at seq 5.
fn subscribed() -> Machine {
    let mut machine = greeted();
    let subscribe = ClientFrame::Subscribe {
        room: ROOM,
        after: Some(Seq(3)),
    };
    let out = machine.handle(Input::Frame(Ok(subscribe)));
    assert!(
        matches!(
            out.as_slice(),
            [Command::Enter(_), Command::ReadChanges(_, Seq(3))]
        ),
        "{out:?}"
    );
    let out = machine.handle(page(5, false));
    assert!(
        matches!(
            out.as_slice(),
            [Command::Send(_), Command::Attach(_, Seq(5))]
        ),
        "{out:?}"
    );
    machine.handle(Input::Attached(ROOM, Attached::Live(vec![], told(1))));
    machine
}

fn error_code(out: &[Command]) -> Option<ErrorCode> {
    out.iter().find_map(|command| match command {
        Command::Send(RelayFrame::Error(error)) => Some(error.code),
        _ => None,
    })
}

fn sends_outcomes(out: &[Command]) -> bool {
    out.iter()
        .any(|one| matches!(one, Command::Send(RelayFrame::Outcomes { .. })))
}

#[test]
fn nothing_happens_before_hello() {
    for frame in [ClientFrame::Browse {}, ClientFrame::Push { ops: vec![] }] {
        let mut machine = Machine::new(Uuid::nil());
        let out = machine.handle(Input::Frame(Ok(frame)));
        assert_eq!(error_code(&out), Some(ErrorCode::HelloExpected));
        assert!(matches!(out.last(), Some(Command::Close(_))));
        assert!(
            machine
                .handle(Input::Frame(Ok(ClientFrame::Browse {})))
                .is_empty()
        );
    }
    let mut machine = Machine::new(Uuid::nil());
    assert_eq!(
        error_code(&machine.handle(Input::HelloTimeout)),
        Some(ErrorCode::HelloExpected)
    );
    let mut machine = Machine::new(Uuid::nil());
    let old = ClientFrame::Hello {
        version: PROTOCOL_VERSION + 1,
        token: "t".into(),
    };
    let out = machine.handle(Input::Frame(Ok(old)));
    assert_eq!(error_code(&out), Some(ErrorCode::VersionUnsupported));
}

#[test]
fn an_outcome_waits_for_its_rows() {
    let mut machine = subscribed();
    assert!(
        machine.handle(applied(7)).is_empty(),
        "the outcome overtook the rows"
    );
    assert!(!sends_outcomes(&machine.handle(live(5, 6))));
    let out = machine.handle(live(6, 7));
    assert!(
        matches!(out[0], Command::SendShared(_)) && sends_outcomes(&out),
        "{out:?}"
    );
    assert!(
        sends_outcomes(&machine.handle(applied(7))),
        "the rows have been sent"
    );
}

#[test]
fn outcomes_keep_the_order_of_the_pushes() {
    let mut machine = subscribed();
    machine.handle(applied(7));
    let outcome = Outcome::Rejected {
        code: model::RejectionCode::Forbidden,
        text: String::new(),
    };
    let refused = Input::Answers(Ok(vec![(
        ROOM,
        OpOutcome {
            op_id: op_id(),
            outcome,
        },
    )]));
    assert!(
        machine.handle(refused).is_empty(),
        "a later answer overtook an earlier one"
    );
    let out = machine.handle(live(5, 7));
    let both = |one: &Command| matches!(one, Command::Send(RelayFrame::Outcomes { outcomes }) if outcomes.len() == 2);
    assert!(out.iter().any(both), "{out:?}");
}

#[test]
fn frames_join_on_to_each_other() {
    let mut machine = subscribed();
    assert!(machine.handle(live(3, 5)).is_empty(), "sent twice");
    assert!(matches!(
        machine.handle(live(4, 6)).as_slice(),
        [Command::SendShared(_)]
    ));
    let out = machine.handle(live(8, 9));
    assert!(
        matches!(out.as_slice(), [Command::ReadChanges(_, Seq(6))]),
        "{out:?}"
    );
    assert!(machine.handle(live(9, 10)).is_empty(), "sent beyond a gap");
}

#[test]
fn a_laggard_catches_up_from_what_it_was_sent() {
    let mut machine = subscribed();
    let out = machine.handle(Input::Lagging(ROOM));
    assert!(
        matches!(out.as_slice(), [Command::ReadChanges(_, Seq(5))]),
        "{out:?}"
    );
    let out = machine.handle(page(8, true));
    assert!(
        matches!(
            out.as_slice(),
            [Command::Send(_), Command::ReadChanges(_, Seq(8))]
        ),
        "{out:?}"
    );
    let out = machine.handle(page(9, false));
    assert!(
        matches!(
            out.as_slice(),
            [Command::Send(_), Command::Attach(_, Seq(9))]
        ),
        "{out:?}"
    );
    let out = machine.handle(Input::Attached(ROOM, Attached::Behind));
    assert!(
        matches!(out.as_slice(), [Command::ReadChanges(_, Seq(9))]),
        "{out:?}"
    );
}

#[test]
fn a_room_that_one_is_not_in_does_not_exist() {
    let mut machine = greeted();
    for frame in [
        ClientFrame::Subscribe {
            room: ELSEWHERE,
            after: None,
        },
        ClientFrame::Fetch {
            room: ELSEWHERE,
            before: Seq(9),
            limit: 10,
        },
    ] {
        let out = machine.handle(Input::Frame(Ok(frame)));
        assert_eq!(
            (out.len(), error_code(&out)),
            (1, Some(ErrorCode::RoomNotFound)),
            "{out:?}"
        );
    }
}

#[test]
fn a_lost_membership_ends_the_subscription_at_once() {
    let mut machine = subscribed();
    let out = machine.handle(Input::Memberships(vec![ELSEWHERE]));
    assert!(matches!(out[0], Command::Leave(ROOM)), "{out:?}");
    assert!(
        matches!(&out[1], Command::Send(RelayFrame::Memberships { rooms }) if *rooms == [ELSEWHERE])
    );
    assert!(
        machine.handle(live(5, 6)).is_empty(),
        "sent to one who left"
    );
    assert!(
        machine.handle(page(7, false)).is_empty(),
        "a page under way was sent to one who left"
    );
    assert!(
        machine
            .handle(Input::Memberships(vec![ELSEWHERE]))
            .is_empty()
    );
}

#[test]
fn a_cursor_ahead_of_the_store_is_told_to_start_again() {
    let mut machine = greeted();
    machine.handle(Input::Frame(Ok(ClientFrame::Subscribe {
        room: ROOM,
        after: Some(Seq(99)),
    })));
    let out = machine.handle(Input::Changes(ROOM, None));
    assert!(
        matches!(
            out.as_slice(),
            [Command::Leave(_), Command::Send(RelayFrame::Resync { .. })]
        ),
        "{out:?}"
    );
}

#[test]
fn too_much_and_nonsense_get_typed_errors() {
    let mut machine = greeted();
    let one = Envelope {
        op_id: op_id(),
        at: Millis(0),
        op: Op::Join { room_id: ROOM },
    };
    let ops = vec![one; limits::PUSH_MAX_OPS + 1];
    let out = machine.handle(Input::Frame(Ok(ClientFrame::Push { ops })));
    assert_eq!(
        (out.len(), error_code(&out)),
        (1, Some(ErrorCode::TooLarge))
    );
    let unknown = DecodeError::UnknownFrame {
        kind: "dance".into(),
    };
    assert_eq!(
        error_code(&machine.handle(Input::Frame(Err(unknown)))),
        Some(ErrorCode::UnknownFrame)
    );
    let mut out = Vec::new();
    for _ in 0..MALFORMED_MAX {
        let malformed = DecodeError::Malformed {
            reason: String::new(),
        };
        out = machine.handle(Input::Frame(Err(malformed)));
        assert_eq!(error_code(&out), Some(ErrorCode::Malformed));
    }
    assert!(
        matches!(out.last(), Some(Command::Close(_))),
        "nonsense without end"
    );
}

#[test]
fn a_delta_of_presence_that_waited_since_before_the_list_is_passed_over() {
    let mut machine = subscribed();
    let of_tick =
        |machine: &mut Machine, tick| machine.handle(Input::Presence(ROOM, told(tick))).len();
    assert_eq!(of_tick(&mut machine, 1), 0, "it is in the list");
    assert_eq!(of_tick(&mut machine, 2), 1);
    // The queue was full: what is in it is older than the list that comes with the next attach.
    machine.handle(Input::Lagging(ROOM));
    assert_eq!(of_tick(&mut machine, 3), 0);
    machine.handle(page(6, false));
    machine.handle(Input::Attached(ROOM, Attached::Live(vec![], told(5))));
    assert_eq!(of_tick(&mut machine, 4), 0);
    assert_eq!(of_tick(&mut machine, 6), 1);
    // Put out: nothing of the room is told any more.
    machine.handle(Input::Removed(ROOM));
    assert_eq!(of_tick(&mut machine, 7), 0);
}

#[test]
fn one_who_was_put_out_before_the_attach_gets_nothing_more() {
    let mut machine = greeted();
    let subscribe = ClientFrame::Subscribe {
        room: ROOM,
        after: Some(Seq(3)),
    };
    machine.handle(Input::Frame(Ok(subscribe)));
    machine.handle(page(5, false));
    assert!(
        machine
            .handle(Input::Attached(ROOM, Attached::Gone))
            .is_empty()
    );
    let out = machine.handle(Input::Removed(ROOM));
    assert!(
        matches!(
            out.as_slice(),
            [
                Command::Leave(ROOM),
                Command::Send(RelayFrame::Memberships { .. }),
                Command::ReadMemberships(_)
            ]
        ),
        "{out:?}"
    );
}

#[test]
fn a_connection_follows_so_many_rooms_and_channels() {
    let mut machine = greeted().limited(1, 1);
    let subscribe = |room| Input::Frame(Ok(ClientFrame::Subscribe { room, after: None }));
    let watch = |channel: &str| {
        let channel = channel.to_owned();
        Input::Frame(Ok(ClientFrame::Watch {
            channel,
            after: None,
        }))
    };
    machine.handle(Input::Memberships(vec![ROOM, ELSEWHERE]));
    for first in [subscribe(ROOM), subscribe(ROOM), watch("a"), watch("a")] {
        assert_eq!(error_code(&machine.handle(first)), None);
    }
    for second in [subscribe(ELSEWHERE), watch("b")] {
        let out = machine.handle(second);
        assert_eq!(error_code(&out), Some(ErrorCode::TooLarge), "{out:?}");
    }
    machine.handle(Input::Frame(Ok(ClientFrame::Unsubscribe { room: ROOM })));
    assert_eq!(error_code(&machine.handle(subscribe(ELSEWHERE))), None);
}
