use super::*;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn relay(n: u128) -> Presence {
    Presence::new(Uuid::from_u128(n))
}

/// Ticks all, delivering what is told; returns the frames that each told its people.
fn round(relays: &mut [Presence]) -> Vec<Vec<RelayFrame>> {
    let ticked: Vec<_> = relays.iter_mut().map(Presence::tick).collect();
    for (_, messages) in &ticked {
        for message in messages {
            assert!(message.len() < 7900, "{}", message.len());
            for relay in relays.iter_mut() {
                relay.hear(message);
            }
        }
    }
    let frames = ticked.into_iter().map(|(deltas, _)| deltas);
    frames
        .map(|deltas| deltas.into_iter().map(|(_, frame)| frame).collect())
        .collect()
}

fn online(relay: &Presence) -> (Vec<UserId>, Vec<UserId>, u32) {
    match relay.snapshot(ROOM) {
        RelayFrame::Presence {
            online,
            typing,
            count,
            ..
        } => (online, typing, count),
        other => panic!("{other:?}"),
    }
}

#[test]
fn relays_come_to_know_of_each_others_people_whoever_comes_first() {
    let mut relays = [relay(1), relay(2)];
    relays[0].enter(ROOM, user(10));
    for _ in 0..20 {
        round(&mut relays);
    }
    relays[1].enter(ROOM, user(11));
    relays[1].typing(ROOM, user(11), SessionId(1), true);
    round(&mut relays);
    for relay in &relays {
        assert_eq!(online(relay), (vec![user(10), user(11)], vec![user(11)], 2));
    }
    // On both: leaving one is not leaving.
    relays[0].enter(ROOM, user(11));
    round(&mut relays);
    relays[1].leave(ROOM, user(11), SessionId(1));
    let told = round(&mut relays);
    let offline = told
        .iter()
        .flatten()
        .any(|frame| matches!(frame, RelayFrame::Presence { offline, .. } if !offline.is_empty()));
    assert!(!offline, "{told:?}");
    round(&mut relays);
    assert_eq!(online(&relays[1]), (vec![user(10), user(11)], vec![], 2));
}

#[test]
fn a_crashed_relays_people_vanish_in_time_and_those_of_a_stopped_one_at_once() {
    let mut relays = [relay(1), relay(2), relay(3)];
    for (n, relay) in relays.iter_mut().enumerate() {
        relay.enter(ROOM, user(n as u128));
    }
    for _ in 0..40 {
        round(&mut relays);
    }
    assert_eq!(online(&relays[0]).2, 3);
    let bye = relays[2].bye().unwrap();
    relays[0].hear(&bye);
    relays[1].hear(&bye);
    assert_eq!(online(&relays[0]).2, 2);
    let mut rest = Vec::from(relays);
    rest.truncate(1);
    let within = Duration::from_secs(15).as_millis() / TICK.as_millis();
    let ticks = (0..within).take_while(|_| {
        round(&mut rest);
        online(&rest[0]).2 > 1
    });
    assert!((ticks.count() as u128) < within);
    assert_eq!(online(&rest[0]).0, [user(0)]);
}

#[test]
fn a_lost_message_is_noticed_and_made_up_for() {
    let mut relays = [relay(1), relay(2)];
    for _ in 0..20 {
        round(&mut relays);
    }
    relays[0].enter(ROOM, user(10));
    let _ = relays[0].tick();
    for _ in 0..20 {
        round(&mut relays);
    }
    assert_eq!(online(&relays[1]).0, [user(10)]);
}

#[test]
fn a_crowd_is_one_delta_and_small_messages() {
    let mut relays = [relay(1), relay(2)];
    for _ in 0..20 {
        round(&mut relays);
    }
    for n in 0..10_000 {
        relays[0].enter(ROOM, user(n));
    }
    let told = round(&mut relays);
    assert_eq!(told[0].len(), 1);
    assert_eq!(round(&mut relays)[1].len(), 1);
    assert_eq!(online(&relays[1]).2, 10_000);
    assert_eq!(online(&relays[1]).0.len(), PRESENCE_MAX_LIST);
}

#[test]
fn typing_ends_by_itself() {
    let mut relays = [relay(1)];
    relays[0].enter(ROOM, user(10));
    relays[0].typing(ROOM, user(10), SessionId(1), true);
    relays[0].typing(ROOM, user(11), SessionId(2), true);
    round(&mut relays);
    assert_eq!(online(&relays[0]).1, [user(10)]);
    for _ in 0..TYPING_TICKS {
        round(&mut relays);
    }
    assert!(online(&relays[0]).1.is_empty());
}

#[test]
fn nothing_is_kept_of_rooms_that_are_empty() {
    let mut relays = [relay(1), relay(2)];
    for _ in 0..20 {
        round(&mut relays);
    }
    relays[0].enter(ROOM, user(10));
    round(&mut relays);
    relays[0].leave(ROOM, user(10), SessionId(1));
    for _ in 0..3 {
        round(&mut relays);
    }
    assert!(relays.iter().all(|relay| relay.rooms.is_empty()));
    relays[0].hear("nonsense");
    relays[0].hear("{\"relay\":1}");
}
