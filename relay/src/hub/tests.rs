use super::*;
use uuid::Uuid;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn changes(from: i64, through: i64) -> RoomChanges {
    RoomChanges {
        room: ROOM,
        from: Seq(from),
        through: Seq(through),
        rows: Vec::new(),
    }
}

struct Listener {
    id: SessionId,
    heard: mpsc::Receiver<Heard>,
    lag: Arc<Lag>,
}

/// A session that is in the room and has everything through `at`.
fn listener(hub: &Hub, user: u128, at: i64) -> Listener {
    let (id, heard, lag) = hub.register(UserId(Uuid::from_u128(user)));
    hub.enter(ROOM, id);
    assert!(matches!(hub.attach(ROOM, id, Seq(at)), Attached::Live(..)));
    Listener { id, heard, lag }
}

/// The ends of the frames that are waiting.
fn heard(listener: &mut Listener) -> Vec<i64> {
    std::iter::from_fn(|| listener.heard.try_recv().ok())
        .filter_map(|one| match one {
            Heard::Frame(frame) => through(&frame).map(|seq| seq.0),
            _ => None,
        })
        .collect()
}

#[test]
fn commits_that_join_on_are_broadcast_and_others_are_read() {
    let (hub, mut wanted) = Hub::new(Uuid::nil());
    let mut one = listener(&hub, 1, 5);
    hub.committed(changes(5, 6));
    hub.committed(changes(4, 6));
    assert_eq!(heard(&mut one), [6]);
    // Another relay has committed 7: what we committed on top must wait for it.
    hub.committed(changes(7, 8));
    assert_eq!(heard(&mut one), Vec::<i64>::new());
    assert_eq!(wanted.try_recv(), Ok(ROOM));
    assert_eq!(hub.cursor(ROOM), Some(Seq(6)));
    hub.was_read(changes(6, 8), false);
    assert_eq!(heard(&mut one), [8]);
    assert!(wanted.try_recv().is_err());
}

#[test]
fn a_wake_up_during_a_read_is_not_lost() {
    let (hub, mut wanted) = Hub::new(Uuid::nil());
    let _one = listener(&hub, 1, 5);
    hub.woken(ROOM);
    assert_eq!(wanted.try_recv(), Ok(ROOM));
    hub.woken(ROOM);
    assert!(wanted.try_recv().is_err(), "one read a room at a time");
    hub.was_read(changes(5, 6), false);
    assert_eq!(wanted.try_recv(), Ok(ROOM));
}

#[test]
fn what_happens_between_read_and_attach_is_not_lost() {
    let (hub, mut wanted) = Hub::new(Uuid::nil());
    let (id, _heard, _lag) = hub.register(UserId(Uuid::from_u128(1)));
    hub.enter(ROOM, id);
    // The session reads through 5; then this relay commits 6.
    hub.committed(changes(5, 6));
    hub.attach(ROOM, id, Seq(5));
    assert_eq!(wanted.try_recv(), Ok(ROOM));
}

#[test]
fn one_who_attaches_a_little_late_gets_what_it_missed() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let _one = listener(&hub, 1, 5);
    for seq in 5..9 {
        hub.committed(changes(seq, seq + 1));
    }
    let (id, _heard, _lag) = hub.register(UserId(Uuid::from_u128(2)));
    hub.enter(ROOM, id);
    let Attached::Live(frames, _) = hub.attach(ROOM, id, Seq(7)) else {
        panic!("behind")
    };
    let ends: Vec<_> = frames.iter().filter_map(|frame| through(frame)).collect();
    assert_eq!(ends, [Seq(8), Seq(9)]);
    assert!(matches!(hub.attach(ROOM, id, Seq(3)), Attached::Behind));
}

#[test]
fn a_slow_listener_costs_others_nothing_and_is_told() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let (mut slow, mut quick) = (listener(&hub, 1, 0), listener(&hub, 2, 0));
    let many = SESSION_QUEUE_FRAMES as i64 + 10;
    for seq in 0..many {
        hub.committed(changes(seq, seq + 1));
        assert_eq!(heard(&mut quick), [seq + 1]);
    }
    assert_eq!(slow.lag.take().rooms, BTreeSet::from([ROOM]));
    let got = heard(&mut slow);
    assert_eq!(got, (1..=SESSION_QUEUE_FRAMES as i64).collect::<Vec<_>>());
    hub.committed(changes(many, many + 1));
    assert!(heard(&mut slow).is_empty(), "sent beyond a gap");
    assert!(matches!(
        hub.attach(ROOM, slow.id, Seq(many + 1)),
        Attached::Live(..)
    ));
    hub.committed(changes(many + 1, many + 2));
    assert_eq!(heard(&mut slow), [many + 2]);
}

#[test]
fn presence_is_told_once_and_a_person_leaves_with_their_last_session() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let mut one = listener(&hub, 1, 0);
    hub.tell_presence();
    let two = listener(&hub, 2, 0);
    let again = listener(&hub, 2, 0);
    hub.tell_presence();
    hub.unregister(two.id);
    hub.tell_presence();
    hub.unregister(again.id);
    hub.tell_presence();
    let deltas: Vec<(usize, usize)> = std::iter::from_fn(|| one.heard.try_recv().ok())
        .filter_map(|heard| match heard {
            Heard::Presence(_, told) => match &told.frame.frame {
                RelayFrame::Presence {
                    online, offline, ..
                } => Some((online.len(), offline.len())),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(deltas, [(1, 0), (1, 0), (0, 1)]);
}

#[test]
fn nothing_is_left_of_a_room_without_listeners() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let one = listener(&hub, 1, 0);
    hub.unregister(one.id);
    assert_eq!(hub.cursor(ROOM), None);
    let state = lock(&hub.state);
    assert!(state.rooms.is_empty() && state.sessions.is_empty() && state.users.is_empty());
}

/// The rows that put somebody out.
fn removal(user: u128, from: i64, through: i64) -> RoomChanges {
    let now = model::Millis(0);
    let row = model::Member {
        room_id: ROOM,
        user_id: UserId(Uuid::from_u128(user)),
        seq: Seq(through),
        name: "eve".into(),
        role: model::Role::Removed,
        joined_at: now,
        left_at: Some(now),
    };
    RoomChanges {
        rows: vec![Row::Member(row)],
        ..changes(from, through)
    }
}

#[test]
fn one_who_is_put_out_between_read_and_attach_is_not_attached() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let _other = listener(&hub, 1, 5);
    let (id, mut heard, _lag) = hub.register(UserId(Uuid::from_u128(2)));
    hub.enter(ROOM, id);
    // The session reads through 5; then it is put out, and somebody writes.
    hub.committed(removal(2, 5, 6));
    hub.committed(changes(6, 7));
    assert!(matches!(hub.attach(ROOM, id, Seq(5)), Attached::Gone));
    hub.committed(changes(7, 8));
    let told: Vec<_> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
    assert!(
        matches!(&told[..], [Heard::Removed(ROOM), Heard::Memberships]),
        "{told:?}"
    );
}

#[test]
fn a_session_that_ends_leaves_nothing_behind() {
    let (hub, _wanted) = Hub::new(Uuid::nil());
    let one = listener(&hub, 1, 5);
    hub.follow("orders", one.id);
    hub.unregister(one.id);
    hub.tell_presence();
    let _ = hub.presence_messages();
    let state = lock(&hub.state);
    assert!(state.sessions.is_empty() && state.users.is_empty());
    assert!(state.rooms.is_empty() && state.channels.is_empty());
}
