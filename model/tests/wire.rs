//! Frames travel unchanged through both codecs, later versions are told from nonsense, and nonsense harms nobody.

#![allow(clippy::unwrap_used)]

use model::wire::*;
use model::*;
use proptest::prelude::*;
use uuid::Uuid;

fn message() -> Message {
    Message {
        room_id: RoomId(Uuid::from_u128(1)),
        id: MessageId(Uuid::from_u128(2)),
        seq: Seq(7),
        position: Some(Seq(3)),
        author_id: UserId(Uuid::from_u128(4)),
        body: "grüße 👋\n\"quoted\"".into(),
        reply_to: None,
        rev: Rev(2),
        created_at: Millis(1_700_000_000_000),
        edited_at: Some(Millis(1_700_000_000_001)),
        edited_by: Some(UserId(Uuid::from_u128(4))),
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}

fn client_frames() -> Vec<ClientFrame> {
    let room = RoomId(Uuid::from_u128(1));
    let op = Op::Edit {
        room_id: room,
        message_id: message().id,
        base_rev: Rev(1),
        base: Some("w".into()),
        body: "x".into(),
    };
    vec![
        ClientFrame::Hello {
            version: PROTOCOL_VERSION,
            token: "secret".into(),
        },
        ClientFrame::Push {
            ops: vec![Envelope {
                op_id: OpId(Uuid::from_u128(9)),
                at: Millis(5),
                op,
            }],
        },
        ClientFrame::Push {
            ops: [
                Op::React {
                    room_id: room,
                    message_id: message().id,
                    emoji: "👍".into(),
                    on: true,
                },
                Op::Pin {
                    room_id: room,
                    message_id: message().id,
                    on: false,
                },
                Op::MarkRead {
                    room_id: room,
                    position: Seq(3),
                },
                Op::Leave { room_id: room },
            ]
            .into_iter()
            .map(|op| Envelope {
                op_id: OpId(Uuid::from_u128(10)),
                at: Millis(6),
                op,
            })
            .collect(),
        },
        ClientFrame::Subscribe { room, after: None },
        ClientFrame::Subscribe {
            room,
            after: Some(Seq(9)),
        },
        ClientFrame::Unsubscribe { room },
        ClientFrame::Fetch {
            room,
            before: Seq(3),
            limit: 50,
        },
        ClientFrame::Browse {},
        ClientFrame::Typing { room, on: true },
    ]
}

fn relay_frames() -> Vec<RelayFrame> {
    let room = RoomId(Uuid::from_u128(1));
    let user = UserId(Uuid::from_u128(4));
    let op_id = OpId(Uuid::from_u128(9));
    let rejected = Outcome::Rejected {
        code: RejectionCode::Conflict,
        text: "why".into(),
    };
    vec![
        RelayFrame::Welcome {
            user,
            name: "ada".into(),
            epoch: Uuid::from_u128(8),
            rooms: vec![room],
            blobs: None,
        },
        RelayFrame::Memberships { rooms: vec![] },
        RelayFrame::Outcomes {
            outcomes: vec![
                OpOutcome {
                    op_id,
                    outcome: Outcome::Applied { seq: Seq(3) },
                },
                OpOutcome {
                    op_id,
                    outcome: rejected,
                },
            ],
        },
        RelayFrame::Changes {
            room,
            from: Seq(6),
            through: Seq(7),
            rows: vec![Row::Message(message())],
            more: false,
        },
        RelayFrame::Snapshot {
            room,
            rows: vec![],
            through: Seq(7),
            before: None,
        },
        RelayFrame::Page {
            room,
            rows: vec![
                Row::Message(message()),
                Row::Reaction(Reaction {
                    room_id: room,
                    message_id: message().id,
                    user_id: user,
                    emoji: "👍".into(),
                    seq: Seq(8),
                    removed_at: None,
                }),
                Row::ReadMarker(ReadMarker {
                    room_id: room,
                    user_id: user,
                    seq: Seq(9),
                    position: Seq(3),
                }),
            ],
            before: Some(Seq(3)),
        },
        RelayFrame::Presence {
            room,
            reset: true,
            online: vec![user],
            offline: vec![],
            typing: vec![user],
            stopped: vec![],
            count: 1,
        },
        RelayFrame::Directory {
            rooms: vec![DirectoryEntry {
                id: room,
                name: "General".into(),
                topic: String::new(),
                members: 2,
            }],
        },
        RelayFrame::Resync { room },
        RelayFrame::Error(WireError {
            code: ErrorCode::Overloaded,
            text: "later".into(),
            retry_after_ms: Some(500),
            room: None,
        }),
    ]
}

#[test]
fn every_frame_survives_both_codecs() {
    for codec in Codec::ALL {
        for frame in client_frames() {
            assert_eq!(
                codec.decode::<ClientFrame>(&codec.encode(&frame).unwrap()),
                Ok(frame),
                "{codec:?}"
            );
        }
        for frame in relay_frames() {
            assert_eq!(
                codec.decode::<RelayFrame>(&codec.encode(&frame).unwrap()),
                Ok(frame),
                "{codec:?}"
            );
        }
    }
}

/// What is on the wire is a promise to other versions: a changed snapshot is a changed protocol.
#[test]
fn the_json_of_the_frames() {
    insta::assert_json_snapshot!("client_frames", client_frames());
    insta::assert_json_snapshot!("relay_frames", relay_frames());
}

#[test]
fn unknown_fields_are_ignored_and_unknown_frames_are_named() {
    let json = br#"{"browse":{"from_a_later_version":1}}"#;
    assert_eq!(Codec::Json.decode(json), Ok(ClientFrame::Browse {}));
    for codec in Codec::ALL {
        let later = codec
            .encode(&serde_json::json!({"dance": {"tempo": 3}}))
            .unwrap();
        let kind = "dance".to_owned();
        assert_eq!(
            codec.decode::<ClientFrame>(&later),
            Err(DecodeError::UnknownFrame { kind }),
            "{codec:?}"
        );
    }
    let later = br#"{"error":{"code":"of_a_later_version","text":"t"}}"#;
    let RelayFrame::Error(error) = Codec::Json.decode(later).unwrap() else {
        panic!()
    };
    assert_eq!(error.code, ErrorCode::Unknown);
}

#[test]
fn a_refusal_to_decode_never_quotes_the_text() {
    let secret = br#"{"push":{"ops":[{"op":{"post":{"body":"our salaries"}}}]}}"#;
    let error = Codec::Json
        .decode::<ClientFrame>(secret)
        .unwrap_err()
        .to_string();
    assert!(
        !error.contains("salaries") && error.contains("line 1"),
        "{error}"
    );
    let body = br#"{"push":{"ops":"our salaries"}}"#;
    assert!(
        !Codec::Json
            .decode::<ClientFrame>(body)
            .unwrap_err()
            .to_string()
            .contains("salaries")
    );
}

#[test]
fn the_preferred_codec_of_an_offer() {
    assert_eq!(
        Codec::negotiate("amend.v1.json, amend.v1.msgpack"),
        Some(Codec::MessagePack)
    );
    assert_eq!(Codec::negotiate("amend.v1.json"), Some(Codec::Json));
    assert_eq!(Codec::negotiate("amend.v9.msgpack,chat"), None);
}

proptest! {
    #[test]
    fn nonsense_is_an_error_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for codec in Codec::ALL {
            let _ = codec.decode::<ClientFrame>(&bytes);
            let _ = codec.decode::<RelayFrame>(&bytes);
        }
    }

    /// A frame with one byte changed is a frame or an error, whatever the byte.
    #[test]
    fn a_flipped_byte_is_no_panic(which in 0..7_usize, at in any::<prop::sample::Index>(), to in any::<u8>()) {
        for codec in Codec::ALL {
            let mut bytes = codec.encode(&client_frames()[which]).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = to;
            let _ = codec.decode::<ClientFrame>(&bytes);
        }
    }
}
