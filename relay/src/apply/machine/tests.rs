use super::*;
use model::{MessageId, Millis, Op, OpId, Seq, UserId};
use uuid::Uuid;

fn room(number: u128) -> RoomId {
    RoomId(Uuid::from_u128(number))
}

/// A push of posts, each into one of these rooms.
fn push(id: u64, session: u64, rooms: &[u128]) -> Push {
    let op = |(at, number): (usize, &u128)| Envelope {
        op_id: OpId(Uuid::from_u128(u128::from(id) * 100 + at as u128)),
        at: Millis(0),
        op: Op::Post {
            room_id: room(*number),
            message_id: MessageId(Uuid::from_u128(u128::from(id) * 100 + at as u128)),
            body: String::new(),
            reply_to: None,
            attachments: Vec::new(),
        },
    };
    Push {
        id: PushId(id),
        session: SessionKey(session),
        actor: Actor {
            user_id: UserId(Uuid::from_u128(1)),
            name: "ada".into(),
        },
        ops: rooms.iter().enumerate().map(op).collect(),
    }
}

/// What a machine asks to have applied, as the operations' numbers.
fn asked(out: &[Command]) -> Option<(Vec<u128>, bool)> {
    out.iter().find_map(|command| match command {
        Command::Apply { asked, wait } => Some((
            asked
                .iter()
                .map(|one| one.envelope.op_id.0.as_u128())
                .collect(),
            *wait,
        )),
        _ => None,
    })
}

/// A store that applied all, but for what is on these rooms.
fn applied(outcomes: usize, held: &[u128]) -> Input {
    Input::Applied(Ok(Applied {
        outcomes: vec![Outcome::Applied { seq: Seq(1) }; outcomes],
        rooms: Vec::new(),
        held: held.iter().map(|number| room(*number)).collect(),
    }))
}

fn failed(trouble: Trouble) -> Input {
    let error = store_unavailable();
    Input::Applied(Err(Failure { error, trouble }))
}

fn answers(out: &[Command]) -> Vec<(u64, bool)> {
    let answer = |command: &Command| match command {
        Command::Answer(push, answer) => Some((push.0, answer.is_ok())),
        _ => None,
    };
    out.iter().filter_map(answer).collect()
}

fn looks(out: &[Command]) -> bool {
    out.iter()
        .any(|command| matches!(command, Command::LookAgain(_)))
}

/// A machine that has set the first room's operations aside: one of session 1, one of session 2.
fn with_a_locked_room() -> Machine {
    let mut machine = Machine::default();
    let out = machine.handle(Input::Batch(vec![push(1, 1, &[1, 2]), push(2, 2, &[1])]));
    assert_eq!(asked(&out), Some((vec![100, 101, 200], true)));
    let out = machine.handle(failed(Trouble::Locked));
    assert_eq!(asked(&out), Some((vec![100, 101, 200], false)));
    let out = machine.handle(applied(1, &[1]));
    // The push that is half done is not answered yet.
    assert!(answers(&out).is_empty() && looks(&out) && machine.is_idle());
    assert_eq!(machine.set_aside(), (1, 2));
    machine
}

#[test]
fn others_go_on_and_what_is_set_aside_keeps_its_order() {
    let mut machine = with_a_locked_room();
    // Another person's post into the locked room waits behind; one into a free room does not.
    let out = machine.handle(Input::Batch(vec![push(3, 3, &[1]), push(4, 3, &[2])]));
    assert_eq!(asked(&out), Some((vec![400], true)));
    let out = machine.handle(applied(1, &[]));
    assert_eq!(answers(&out), [(4, true)]);
    let out = machine.handle(Input::Look);
    assert_eq!(asked(&out), Some((vec![100, 200, 300], false)));
    let out = machine.handle(applied(0, &[1]));
    assert!(answers(&out).is_empty() && looks(&out));
    let out = machine.handle(Input::Look);
    assert_eq!(asked(&out), Some((vec![100, 200, 300], false)));
    let out = machine.handle(applied(3, &[]));
    assert_eq!(answers(&out), [(1, true), (2, true), (3, true)]);
    assert!(!looks(&out) && machine.set_aside() == (0, 0));
}

#[test]
fn a_room_that_stays_locked_is_given_up_in_the_end() {
    let mut machine = with_a_locked_room();
    for look in 0..200 {
        let out = machine.handle(Input::Look);
        if !answers(&out).is_empty() {
            assert_eq!(answers(&out), [(1, false), (2, false)]);
            assert!(look > 20, "after {look} looks");
            // What these sessions push now would run ahead.
            let out = machine.handle(Input::Batch(vec![push(5, 1, &[2])]));
            assert_eq!(answers(&out), [(5, false)]);
            machine.handle(Input::Gone(SessionKey(1)));
            let out = machine.handle(Input::Batch(vec![push(6, 1, &[2])]));
            return assert_eq!(asked(&out), Some((vec![600], true)));
        }
        let (_, wait) = asked(&out).unwrap();
        if wait {
            machine.handle(failed(Trouble::Locked));
        }
        machine.handle(applied(0, &[1]));
    }
    panic!("never");
}

#[test]
fn a_session_that_is_gone_leaves_nothing_set_aside() {
    let mut machine = with_a_locked_room();
    machine.handle(Input::Gone(SessionKey(1)));
    assert_eq!(machine.set_aside(), (1, 1));
    machine.handle(Input::Gone(SessionKey(2)));
    assert_eq!(machine.set_aside(), (0, 0));
    assert!(asked(&machine.handle(Input::Look)).is_none());
}

#[test]
fn a_store_that_is_down_is_not_asked_for_each_push() {
    let mut machine = Machine::default();
    let pushes: Vec<Push> = (0..50).map(|id| push(id, id, &[1])).collect();
    machine.handle(Input::Batch(pushes));
    let mut tries = 1;
    loop {
        let out = machine.handle(failed(Trouble::Store));
        if !answers(&out).is_empty() {
            assert_eq!(answers(&out).len(), 50);
            break;
        }
        assert!(asked(&machine.handle(Input::Resumed)).is_some());
        tries += 1;
    }
    assert_eq!(tries, STORE_TRIES);
    assert!(machine.is_idle());
}

#[test]
fn a_push_that_postgres_will_not_have_takes_no_other_down() {
    let mut machine = Machine::default();
    machine.handle(Input::Batch(vec![
        push(1, 1, &[1]),
        push(2, 2, &[1]),
        push(3, 1, &[2]),
    ]));
    let out = machine.handle(failed(Trouble::Lasting));
    assert_eq!(asked(&out), Some((vec![100], true)));
    let out = machine.handle(failed(Trouble::Lasting));
    // What the session pushed behind it is not applied either.
    assert_eq!(answers(&out), [(1, false), (3, false)]);
    assert_eq!(asked(&out), Some((vec![200], true)));
    let out = machine.handle(applied(1, &[]));
    assert_eq!(answers(&out), [(2, true)]);
    assert!(machine.is_idle());
}
