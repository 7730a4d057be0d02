//! The rules about files of messages.

#![allow(clippy::unwrap_used)]

use model::{
    Actor, Attachment, BlobHash, EditPolicy, Member, Message, MessageId, Millis, Op, Rejection,
    Rev, Role, Room, RoomId, RoomKind, Row, Seq, State, UserId, decide,
};
use uuid::Uuid;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const ADA: UserId = UserId(Uuid::from_u128(2));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(3));
const NOW: Millis = Millis(5);

fn file() -> Attachment {
    Attachment {
        hash: BlobHash([9; 32]),
        name: "a.png".into(),
        media_type: "image/png".into(),
        bytes: 10,
        width: Some(1),
        height: Some(2),
    }
}

fn run(message: Option<&Message>, has_blobs: bool, op: &Op) -> Result<Option<Message>, Rejection> {
    let room = Room {
        id: ROOM,
        seq: Seq(1),
        name: "General".into(),
        topic: String::new(),
        kind: RoomKind::Channel,
        edit_policy: EditPolicy::Author,
        archived_at: None,
        created_by: ADA,
        created_at: NOW,
    };
    let member = Member {
        room_id: ROOM,
        user_id: ADA,
        seq: Seq(2),
        name: "ada".into(),
        role: Role::Member,
        joined_at: NOW,
        left_at: None,
    };
    let actor = Actor {
        user_id: ADA,
        name: "ada".into(),
    };
    let state = State {
        room: Some(&room),
        member: Some(&member),
        message,
        has_blobs,
        ..State::default()
    };
    let rows = decide(state, op, &actor, NOW)?;
    Ok(rows.into_iter().find_map(|row| match row {
        Row::Message(message) => Some(message),
        _ => None,
    }))
}

fn post(body: &str, attachments: Vec<Attachment>) -> Op {
    Op::Post {
        room_id: ROOM,
        message_id: MESSAGE,
        body: body.into(),
        reply_to: None,
        attachments,
    }
}

fn edit(base: &str, body: &str) -> Op {
    Op::Edit {
        room_id: ROOM,
        message_id: MESSAGE,
        base_rev: Rev::FIRST,
        base: Some(base.into()),
        body: body.into(),
    }
}

#[test]
fn a_file_takes_the_place_of_a_text_but_must_be_there() {
    assert_eq!(
        run(None, true, &post("", vec![])),
        Err(Rejection::BodyEmpty)
    );
    let posted = run(None, true, &post("", vec![file()])).unwrap().unwrap();
    assert_eq!(
        (posted.body.as_str(), posted.attachments),
        ("", vec![file()])
    );
    let missing = run(None, false, &post("", vec![file()]));
    assert_eq!(missing, Err(Rejection::BlobMissing));
    let twice = run(None, true, &post("x", vec![file(), file()]));
    assert_eq!(twice, Err(Rejection::AttachmentInvalid));
}

#[test]
fn a_resend_is_harmless_also_when_the_file_is_gone_and_another_file_is_another_message() {
    let posted = run(None, true, &post("x", vec![file()])).unwrap().unwrap();
    assert_eq!(
        run(Some(&posted), false, &post("x", vec![file()])),
        Ok(None)
    );
    let other = post("x", vec![]);
    assert_eq!(run(Some(&posted), true, &other), Err(Rejection::IdTaken));
}

#[test]
fn an_edit_leaves_the_files_and_a_deletion_takes_them() {
    let posted = run(None, true, &post("x", vec![file()])).unwrap().unwrap();
    let edited = run(Some(&posted), true, &edit("x", "")).unwrap().unwrap();
    assert_eq!((edited.body.as_str(), edited.attachments.len()), ("", 1));
    let bare = run(None, true, &post("x", vec![])).unwrap().unwrap();
    assert_eq!(
        run(Some(&bare), true, &edit("x", "")),
        Err(Rejection::BodyEmpty)
    );
    let delete = Op::Delete {
        room_id: ROOM,
        message_id: MESSAGE,
    };
    let deleted = run(Some(&posted), true, &delete).unwrap().unwrap();
    assert!(deleted.attachments.is_empty());
}

#[test]
fn older_peers_see_nothing_of_files_that_there_are_not() {
    let json = serde_json::to_value(post("x", vec![])).unwrap();
    assert!(json["post"].get("attachments").is_none(), "{json}");
    let back: Op = serde_json::from_value(json).unwrap();
    assert_eq!(back, post("x", vec![]));
    let with = post("x", vec![file()]);
    let packed = model::wire::Codec::MessagePack
        .encode(&model::wire::ClientFrame::Push {
            ops: vec![model::Envelope {
                op_id: model::OpId(Uuid::from_u128(7)),
                at: NOW,
                op: with.clone(),
            }],
        })
        .unwrap();
    let model::wire::ClientFrame::Push { ops } =
        model::wire::Codec::MessagePack.decode(&packed).unwrap()
    else {
        panic!("a push");
    };
    assert_eq!(ops[0].op, with);
}
