//! Operations that are well-formed and can't be.

use crate::scene::{Scene, name_of, push, pushed};
use model::Op;
use model::wire::Outcome;
use serde_json::json;
use system_tests::page;
use system_tests::wire::Wire;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_what_can_not_be_kept_and_those_behind_it_are_applied() {
    let scene = Scene::start().await;
    let before = scene.stored().await;
    let (room, message) = (scene.hers, scene.message);
    let new = Uuid::now_v7();
    let other = Uuid::now_v7();
    let long = "x".repeat(40_000);
    let cases = [
        (
            json!({"create_room": {"room_id": new, "name": "a\u{0}b"}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": " "}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "é".repeat(81)}}),
            "room_name_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "x", "topic": "\u{0}"}}),
            "topic_invalid",
        ),
        (
            json!({"create_room": {"room_id": new, "name": "x", "topic": long}}),
            "topic_invalid",
        ),
        (
            json!({"create_room": {"room_id": scene.direct, "name": "x"}}),
            "id_taken",
        ),
        (json!({"join": {"room_id": new}}), "room_not_found"),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": "a\u{0}b"}}),
            "body_not_text",
        ),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": long}}),
            "body_too_long",
        ),
        (
            json!({"post": {"room_id": room, "message_id": new, "body": "\n\u{a0}\u{2003}"}}),
            "body_empty",
        ),
        (
            json!({"post": {"room_id": room, "message_id": message, "body": "another"}}),
            "id_taken",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "body": "a\u{0}b"}}),
            "body_not_text",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "base": "a\u{0}", "body": "x"}}),
            "conflict",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": message, "base_rev": -5, "body": "x"}}),
            "conflict",
        ),
        (
            json!({"edit": {"room_id": room, "message_id": new, "base_rev": 1, "body": "x"}}),
            "message_not_found",
        ),
        (
            json!({"delete": {"room_id": room, "message_id": scene.secrets[0]}}),
            "message_not_found",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "a\u{0}", "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "\u{0}", "on": false}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": long, "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"react": {"room_id": room, "message_id": message, "emoji": "", "on": true}}),
            "emoji_invalid",
        ),
        (
            json!({"pin": {"room_id": room, "message_id": new, "on": true}}),
            "message_not_found",
        ),
        (
            json!({"mark_read": {"room_id": new, "position": 1}}),
            "room_not_found",
        ),
        (json!({"leave": {"room_id": new}}), "room_not_found"),
        (
            json!({"set_room": {"room_id": room, "change": {"name": "\u{0}"}}}),
            "room_name_invalid",
        ),
        (
            json!({"set_room": {"room_id": room, "change": {"topic": "a\u{0}"}}}),
            "topic_invalid",
        ),
        (
            json!({"set_member": {"room_id": room, "user_id": other, "name": "\u{0}", "change": "invite"}}),
            "person_not_found",
        ),
        (
            json!({"set_member": {"room_id": room, "user_id": other, "change": {"role": "owner"}}}),
            "person_not_found",
        ),
        (
            json!({"open_direct": {"room_id": new, "with": [{"user_id": other, "name": "\u{0}"}]}}),
            "direct_invalid",
        ),
        (
            json!({"open_direct": {"room_id": new, "with": []}}),
            "direct_invalid",
        ),
    ];
    for kind in page::item("model/src/op.rs", "Op").variants {
        assert!(
            cases.iter().any(|(op, _)| name_of(op) == kind.name),
            "{} has no cases",
            kind.name
        );
    }
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for (op, expected) in &cases {
        serde_json::from_value::<Op>(op.clone()).unwrap();
        match push(&mut wire, op.clone()).await {
            Outcome::Rejected { code, text } => {
                assert_eq!(code.as_str(), *expected, "{op}");
                assert!(!text.contains('\0'));
            }
            Outcome::Applied { .. } => panic!("applied: {op}"),
        }
    }
    assert_eq!(scene.stored().await, before);
    // Odd, and kept as it is; a field that nobody knows is passed over.
    let body = "\u{202e}\u{fffd}\u{10ffff}\r\n\t\u{1}";
    let post = json!({"post": {"room_id": room, "message_id": new, "body": body, "unknown": [{}]}});
    let (key, frame) = pushed(&post);
    for _ in 0..2 {
        wire.send_raw(frame.to_string().into()).await;
        let first = wire.outcome().await;
        assert!(matches!(first, Outcome::Applied { .. }), "{key}: {first:?}");
    }
    let client = scene.relay.database().client().await;
    let kept = client
        .query_one("SELECT body FROM message WHERE id = $1", &[&new])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &str>(0), body);
}
