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
    let told: Vec<_> = relays.iter_mut().map(Presence::tick).collect();
    let messages: Vec<_> = relays.iter_mut().flat_map(Presence::messages).collect();
    for message in &messages {
        assert!(message.len() < 7900, "{}", message.len());
        for relay in relays.iter_mut() {
            relay.hear(message);
        }
    }
    let frames = |deltas: Vec<(RoomId, Told)>| {
        let frames = deltas.into_iter().map(|(_, told)| told.frame.frame.clone());
        frames.collect()
    };
    told.into_iter().map(frames).collect()
}

/// Enough for whoever missed something to ask and to be told.
fn rounds(relays: &mut [Presence]) {
    for _ in 0..20 {
        round(relays);
    }
}

fn online(relay: &mut Presence) -> (Vec<UserId>, Vec<UserId>, u32) {
    match relay.told(ROOM).frame.frame.clone() {
        RelayFrame::Presence {
            online,
            typing,
            count,
            ..
        } => (online, typing, count),
        other => panic!("{other:?}"),
    }
}

/// What somebody knows who got the list and the deltas.
fn known(list: &RelayFrame, deltas: &[RelayFrame]) -> BTreeSet<UserId> {
    let mut known = BTreeSet::new();
    for frame in std::iter::once(list).chain(deltas) {
        if let RelayFrame::Presence {
            online, offline, ..
        } = frame
        {
            known.extend(online.iter().copied());
            known.retain(|user| !offline.contains(user));
        }
    }
    known
}

#[test]
fn relays_come_to_know_of_each_others_people_whoever_comes_first() {
    let mut relays = [relay(1), relay(2)];
    relays[0].enter(ROOM, user(10));
    rounds(&mut relays);
    relays[1].enter(ROOM, user(11));
    relays[1].typing(ROOM, user(11), SessionId(1), true);
    round(&mut relays);
    round(&mut relays);
    for relay in &mut relays {
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
    assert_eq!(
        online(&mut relays[1]),
        (vec![user(10), user(11)], vec![], 2)
    );
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
    assert_eq!(online(&mut relays[0]).2, 3);
    let bye = relays[2].bye().unwrap();
    relays[0].hear(&bye);
    relays[1].hear(&bye);
    let _ = relays[0].tick();
    assert_eq!(online(&mut relays[0]).2, 2);
    let mut rest = Vec::from(relays);
    rest.truncate(1);
    let within = Duration::from_secs(15).as_millis() / TICK.as_millis();
    let ticks = (0..within).take_while(|_| {
        round(&mut rest);
        online(&mut rest[0]).2 > 1
    });
    assert!((ticks.count() as u128) < within);
    assert_eq!(online(&mut rest[0]).0, [user(0)]);
}

#[test]
fn a_lost_message_is_noticed_and_made_up_for() {
    let mut relays = [relay(1), relay(2)];
    rounds(&mut relays);
    relays[0].enter(ROOM, user(10));
    let _ = relays[0].messages();
    rounds(&mut relays);
    assert_eq!(online(&mut relays[1]).0, [user(10)]);
}

#[test]
fn a_crowd_is_one_delta_and_small_messages() {
    let mut relays = [relay(1), relay(2)];
    rounds(&mut relays);
    for n in 0..10_000 {
        relays[0].enter(ROOM, user(n));
    }
    let told = round(&mut relays);
    assert_eq!(told[0].len(), 1);
    // More than fits a frame waits for the next.
    for frame in round(&mut relays).iter().flatten() {
        assert!(known(frame, &[]).len() <= PRESENCE_MAX_LIST);
    }
    round(&mut relays);
    assert_eq!(online(&mut relays[1]).2, 10_000);
    assert_eq!(online(&mut relays[1]).0.len(), PRESENCE_MAX_LIST);
}

#[test]
fn typing_ends_by_itself() {
    let mut relays = [relay(1)];
    relays[0].enter(ROOM, user(10));
    relays[0].typing(ROOM, user(10), SessionId(1), true);
    relays[0].typing(ROOM, user(11), SessionId(2), true);
    round(&mut relays);
    assert_eq!(online(&mut relays[0]).1, [user(10)]);
    for _ in 0..TYPING_TICKS {
        round(&mut relays);
    }
    assert!(online(&mut relays[0]).1.is_empty());
}

#[test]
fn nothing_is_kept_of_rooms_that_are_empty() {
    let mut relays = [relay(1), relay(2)];
    rounds(&mut relays);
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

#[test]
fn whoever_comes_between_two_ticks_is_not_left_with_somebody_who_has_gone() {
    let mut relay = relay(1);
    relay.enter(ROOM, user(1));
    relay.tick();
    relay.enter(ROOM, user(2));
    let list = relay.told_to(ROOM, user(1));
    relay.leave(ROOM, user(2), SessionId(2));
    relay.enter(ROOM, user(3));
    let deltas: Vec<RelayFrame> = relay
        .tick()
        .into_iter()
        .filter(|(_, told)| told.tick > list.tick)
        .map(|(_, told)| told.frame.frame.clone())
        .collect();
    let known = known(&list.frame.frame, &deltas);
    assert_eq!(known, BTreeSet::from([user(1), user(3)]));
}

#[test]
fn the_whole_of_a_large_relay_arrives_and_nobody_flickers() {
    let mut relays = [relay(1), relay(2)];
    rounds(&mut relays);
    // More pieces than any queue between relays had: 100 rooms of 500 people.
    let room = |n: u128| RoomId(Uuid::from_u128(1000 + n));
    for n in 0..100 {
        for one in 0..500 {
            relays[0].enter(room(n), user(one));
        }
    }
    rounds(&mut relays);
    let heard = |relay: &mut Presence, n| match &relay.told(room(n)).frame.frame {
        RelayFrame::Presence { count, .. } => *count,
        other => panic!("{other:?}"),
    };
    assert!((0..100).all(|n| heard(&mut relays[1], n) == 500));
    // The whole again, with ticks between its pieces: no delta says that somebody went.
    relays[0].hear(r#"{"relay":"00000000-0000-0000-0000-000000000009","n":0,"ask":true}"#);
    for message in relays[0].messages() {
        relays[1].hear(&message);
        let told = relays[1].tick();
        assert!(told.is_empty(), "{told:?}");
    }
    assert!((0..100).all(|n| heard(&mut relays[1], n) == 500));
}

#[test]
fn a_tick_costs_what_changed_and_not_what_there_is() {
    let mut relay = relay(1);
    for n in 0..200 {
        for one in 0..1000 {
            relay.enter(RoomId(Uuid::from_u128(1000 + n)), user(one));
        }
    }
    relay.tick();
    let _ = relay.messages();
    assert!(relay.untold.is_empty() && relay.unshared.is_empty());
    relay.enter(RoomId(Uuid::from_u128(1000)), user(5000));
    assert_eq!((relay.untold.len(), relay.unshared.len()), (1, 1));
    let told = relay.tick();
    assert_eq!(told.len(), 1);
}

#[test]
fn one_who_has_just_come_is_in_the_list() {
    let mut relay = relay(1);
    relay.enter(ROOM, user(1));
    let told = relay.told_to(ROOM, user(1));
    assert_eq!(known(&told.frame.frame, &[]), BTreeSet::from([user(1)]));
}
