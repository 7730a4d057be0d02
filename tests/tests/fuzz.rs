//! Fuzzing on stable: frames that were changed at random, and frames in any order, for both codecs, the relay's session and the
//! client's sync machine. No input may panic; what comes out of a codec goes back in unchanged; a session that has closed says
//! nothing more. `AMEND_FUZZ_ROUNDS` sets the rounds; each failure names its seed.

#![allow(clippy::unwrap_used)]

use client::sync::machine as sync;
use model::wire::{ClientFrame, Codec, RelayFrame, WireError};
use model::*;
use relay::paging::{ChangesPage, HistoryPage};
use relay::session::machine::{Command, Input, Machine};
use relay::store::accounts::Account;
use uuid::Uuid;

fn rounds() -> u64 {
    let set = std::env::var("AMEND_FUZZ_ROUNDS").ok();
    set.and_then(|rounds| rounds.parse().ok()).unwrap_or(20_000)
}

fn room(rng: &mut fastrand::Rng) -> RoomId {
    RoomId(Uuid::from_u128(rng.u128(0..3)))
}

fn text(rng: &mut fastrand::Rng) -> String {
    ["", "words", "\0", "ä 👍\n", "\u{202e}"][rng.usize(0..5)].repeat(rng.usize(0..40))
}

fn seq(rng: &mut fastrand::Rng) -> Seq {
    Seq([0, 1, 2, 5, -1, i64::MAX, i64::MIN][rng.usize(0..7)])
}

fn op(rng: &mut fastrand::Rng) -> Op {
    let (room_id, message_id) = (room(rng), MessageId(Uuid::from_u128(rng.u128(0..4))));
    match rng.u8(0..12) {
        0 => Op::CreateRoom {
            room_id,
            name: text(rng),
            topic: text(rng),
        },
        1 => Op::Join { room_id },
        2 => Op::Post {
            room_id,
            message_id,
            body: text(rng),
            reply_to: None,
            attachments: Vec::new(),
        },
        3 => Op::Edit {
            room_id,
            message_id,
            base_rev: Rev(rng.i32(..)),
            base: rng.bool().then(|| text(rng)),
            body: text(rng),
        },
        4 => Op::Delete {
            room_id,
            message_id,
        },
        5 => Op::React {
            room_id,
            message_id,
            emoji: text(rng),
            on: rng.bool(),
        },
        6 => Op::Pin {
            room_id,
            message_id,
            on: rng.bool(),
        },
        7 => Op::MarkRead {
            room_id,
            position: seq(rng),
        },
        8 => Op::SetRoom {
            room_id,
            change: match rng.u8(0..4) {
                0 => RoomChange::Name(text(rng)),
                1 => RoomChange::Topic(text(rng)),
                2 => RoomChange::Archived(rng.bool()),
                _ => RoomChange::EditPolicy(EditPolicy::Everyone),
            },
        },
        9 => Op::SetMember {
            room_id,
            user_id: UserId(Uuid::from_u128(rng.u128(0..3))),
            name: text(rng),
            change: match rng.u8(0..3) {
                0 => MemberChange::Invite,
                1 => MemberChange::Remove,
                _ => MemberChange::Role(Role::Reader),
            },
        },
        10 => Op::OpenDirect {
            room_id,
            with: (0..rng.usize(0..3))
                .map(|_| NamedUser {
                    user_id: UserId(Uuid::from_u128(rng.u128(0..3))),
                    name: text(rng),
                })
                .collect(),
        },
        _ => Op::Leave { room_id },
    }
}

fn client_frame(rng: &mut fastrand::Rng) -> ClientFrame {
    match rng.u8(0..7) {
        0 => ClientFrame::Hello {
            version: rng.u16(0..3),
            token: text(rng),
        },
        1 => {
            let ops = (0..rng.usize(0..5)).map(|_| Envelope {
                op_id: OpId(Uuid::from_u128(rng.u128(0..9))),
                at: Millis(rng.i64(..)),
                op: op(rng),
            });
            ClientFrame::Push { ops: ops.collect() }
        }
        2 => ClientFrame::Subscribe {
            room: room(rng),
            after: rng.bool().then(|| seq(rng)),
        },
        3 => ClientFrame::Unsubscribe { room: room(rng) },
        4 => ClientFrame::Fetch {
            room: room(rng),
            before: seq(rng),
            limit: rng.u32(..),
        },
        5 => ClientFrame::Typing {
            room: room(rng),
            on: rng.bool(),
        },
        _ => ClientFrame::Browse {},
    }
}

fn relay_frame(rng: &mut fastrand::Rng) -> RelayFrame {
    let (of, from, through) = (room(rng), seq(rng), seq(rng));
    match rng.u8(0..9) {
        0 => RelayFrame::Welcome {
            user: UserId(Uuid::nil()),
            name: text(rng),
            epoch: Uuid::from_u128(rng.u128(0..2)),
            rooms: vec![of],
            blobs: None,
        },
        1 => RelayFrame::Memberships {
            rooms: vec![of, room(rng)],
        },
        2 => RelayFrame::Outcomes { outcomes: vec![] },
        3 => RelayFrame::Changes {
            room: of,
            from,
            through,
            rows: vec![],
            more: rng.bool(),
        },
        4 => RelayFrame::Snapshot {
            room: of,
            rows: vec![],
            through,
            before: rng.bool().then_some(from),
        },
        5 => RelayFrame::Page {
            room: of,
            rows: vec![],
            before: rng.bool().then_some(from),
        },
        6 => RelayFrame::Presence {
            room: of,
            reset: rng.bool(),
            online: vec![],
            offline: vec![],
            typing: vec![],
            stopped: vec![],
            count: 0,
        },
        7 => RelayFrame::Resync { room: of },
        _ => RelayFrame::Error(error(rng)),
    }
}

fn error(rng: &mut fastrand::Rng) -> WireError {
    WireError {
        code: [
            model::wire::ErrorCode::StoreUnavailable,
            model::wire::ErrorCode::TokenInvalid,
            model::wire::ErrorCode::RoomNotFound,
        ][rng.usize(0..3)],
        text: text(rng),
        retry_after_ms: rng.bool().then(|| rng.u32(..)),
        room: rng.bool().then(|| room(rng)),
    }
}

/// Some bytes changed, taken out or put in.
fn mangle(rng: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.usize(0..6) {
        let at = rng.usize(0..=bytes.len());
        match rng.u8(0..4) {
            0 if at < bytes.len() => bytes[at] = rng.u8(..),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.insert(at, rng.u8(..)),
            _ => bytes.truncate(at),
        }
    }
}

#[test]
fn codecs_take_anything() {
    for seed in 0..rounds() {
        let mut rng = fastrand::Rng::with_seed(seed);
        for codec in [Codec::MessagePack, Codec::Json] {
            let (mine, theirs) = (client_frame(&mut rng), relay_frame(&mut rng));
            let mut bytes = codec.encode(&mine).unwrap();
            assert_eq!(
                codec.decode::<ClientFrame>(&bytes).unwrap(),
                mine,
                "seed {seed}"
            );
            mangle(&mut rng, &mut bytes);
            if let Ok(frame) = codec.decode::<ClientFrame>(&bytes) {
                let again = codec.encode(&frame).unwrap();
                assert_eq!(
                    codec.decode::<ClientFrame>(&again).unwrap(),
                    frame,
                    "seed {seed}"
                );
            }
            let mut bytes = codec.encode(&theirs).unwrap();
            assert_eq!(
                codec.decode::<RelayFrame>(&bytes).unwrap(),
                theirs,
                "seed {seed}"
            );
            mangle(&mut rng, &mut bytes);
            let _ = codec.decode::<RelayFrame>(&bytes);
        }
    }
}

fn input(rng: &mut fastrand::Rng) -> Input {
    let of = room(rng);
    let changes = ChangesPage {
        rows: vec![],
        through: seq(rng),
        more: rng.bool(),
    };
    let history = HistoryPage {
        rows: vec![],
        before: None,
    };
    match rng.u8(0..14) {
        0..5 => Input::Frame(Ok(client_frame(rng))),
        5 => Input::Identified(if rng.bool() {
            Ok((
                Account {
                    id: UserId(Uuid::nil()),
                    name: text(rng),
                },
                vec![of],
            ))
        } else {
            Err(error(rng))
        }),
        6 => Input::Answers(if rng.u8(0..4) > 0 {
            Ok(vec![])
        } else {
            Err(error(rng))
        }),
        7 => Input::Changes(of, rng.bool().then_some(changes)),
        8 => Input::FirstPage(of, rng.bool().then(|| (history, seq(rng)))),
        9 => Input::OlderPage(of, history),
        10 => Input::Memberships(vec![of]),
        11 => Input::Lagging(of),
        12 => Input::MembershipsChanged,
        _ => [
            Input::ReadFailed,
            Input::HelloTimeout,
            Input::ShuttingDown(1),
        ][rng.usize(0..3)]
        .clone(),
    }
}

#[test]
fn a_session_takes_anything_in_any_order() {
    for seed in 0..rounds() / 4 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut machine = Machine::new(Uuid::nil());
        let mut closed = false;
        for _ in 0..40 {
            let out = machine.handle(input(&mut rng));
            assert!(
                !closed || out.is_empty(),
                "seed {seed}: it speaks after it has closed: {out:?}"
            );
            closed |= out
                .iter()
                .any(|command| matches!(command, Command::Close(_)));
            let acts = |command: &Command| {
                matches!(
                    command,
                    Command::Submit(..)
                        | Command::ReadChanges(..)
                        | Command::ReadOlderPage(..)
                        | Command::ReadFirstPage(..)
                )
            };
            assert!(
                machine.is_identified() || !out.iter().any(acts),
                "seed {seed}: it acts for nobody: {out:?}"
            );
        }
    }
}

#[test]
fn the_sync_machine_takes_anything_in_any_order() {
    for seed in 0..rounds() / 4 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut machine = sync::Machine::default();
        for _ in 0..60 {
            let stored = match rng.u8(0..5) {
                0 => sync::Stored::Rooms(vec![sync::Subscription {
                    room: room(&mut rng),
                    cursor: None,
                    before: None,
                }]),
                1 => sync::Stored::Changes {
                    room: room(&mut rng),
                    more: rng.bool(),
                    cursor: Some(seq(&mut rng)),
                    through: seq(&mut rng),
                },
                2 => sync::Stored::Page {
                    room: room(&mut rng),
                    before: rng.bool().then(|| seq(&mut rng)),
                },
                3 => sync::Stored::Forgotten {
                    room: room(&mut rng),
                },
                _ => sync::Stored::Done,
            };
            let event = match rng.u8(0..9) {
                0 => sync::Event::Wake,
                1 => sync::Event::Opened,
                2 => sync::Event::Closed {
                    reason: text(&mut rng),
                    random: rng.u32(..),
                },
                3..6 => sync::Event::Frame(relay_frame(&mut rng)),
                6 => sync::Event::Stored(stored),
                7 => sync::Event::OutboxChanged,
                _ => [
                    sync::Event::Timer,
                    sync::Event::Browse,
                    sync::Event::SignedOut,
                ][rng.usize(0..3)]
                .clone(),
            };
            let _ = machine.handle(event);
        }
    }
}
