//! Rooms that the one who asks can't see.

use crate::scene::{Scene, name_of, post, push};
use model::RejectionCode;
use model::wire::{ErrorCode, Outcome, RelayFrame};
use serde_json::{Value, json};
use system_tests::wire::Wire;
use uuid::Uuid;

/// Each operation, about a room; with the codes that it may be refused with there by its content alone.
fn ops(room: &str, message: Uuid, other: Uuid) -> Vec<Value> {
    vec![
        json!({"create_room": {"room_id": room, "name": "Mine", "topic": ""}}),
        json!({"join": {"room_id": room}}),
        json!({"post": {"room_id": room, "message_id": Uuid::now_v7(), "body": "x"}}),
        json!({"edit": {"room_id": room, "message_id": message, "base_rev": 1, "base": "a text", "body": "x"}}),
        json!({"delete": {"room_id": room, "message_id": message}}),
        json!({"react": {"room_id": room, "message_id": message, "emoji": "👋", "on": true}}),
        json!({"pin": {"room_id": room, "message_id": message, "on": true}}),
        json!({"mark_read": {"room_id": room, "position": 1}}),
        json!({"leave": {"room_id": room}}),
        json!({"set_room": {"room_id": room, "change": {"name": "Mine"}}}),
        json!({"set_room": {"room_id": room, "change": {"archived": true}}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": "invite"}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": "remove"}}),
        json!({"set_member": {"room_id": room, "user_id": other, "change": {"role": "owner"}}}),
        json!({"open_direct": {"room_id": room, "with": [{"user_id": other}]}}),
    ]
}

/// Everything that was answered, up to the answer to an unknown frame that is sent behind, without what is random.
async fn answers(wire: &mut Wire, sent: &str, forget: &[String]) -> Vec<String> {
    wire.send_raw(sent.to_owned().into()).await;
    wire.send_raw(r#"{"that_is_all":{}}"#.into()).await;
    let mut answers = Vec::new();
    loop {
        let frame = wire.next().await.expect("the session goes on");
        match &frame {
            RelayFrame::Error(error) if error.code == ErrorCode::UnknownFrame => return answers,
            RelayFrame::Presence { .. } | RelayFrame::Memberships { .. } => {}
            frame => {
                let mut text = serde_json::to_string(frame).unwrap();
                for word in forget {
                    text = text.replace(word, "…");
                }
                answers.push(text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_one_cannot_see_is_answered_like_one_that_does_not_exist() {
    let scene = Scene::start().await;
    let mut grace = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    // Outcomes come on their own time; a second push is answered behind the first one's.
    let nowhere = Uuid::now_v7().to_string();
    let nothing = Uuid::now_v7();
    let other = Uuid::now_v7();
    for (room, message) in [scene.channel, scene.direct].iter().zip(scene.secrets) {
        let room = room.to_string();
        for (seen, unseen) in ops(&room, message, other)
            .into_iter()
            .zip(ops(&nowhere, nothing, other))
        {
            let name = name_of(&seen);
            // Everybody may join a channel; to make a room under a taken id can't succeed.
            if name == "create_room" || (name == "join" && room == scene.channel.to_string()) {
                continue;
            }
            let (first, second) = (push(&mut grace, seen).await, push(&mut grace, unseen).await);
            assert_eq!(first, second, "{name}");
            let code = match first {
                Outcome::Rejected { code, .. } => code,
                Outcome::Applied { .. } => panic!("{name} was applied"),
            };
            let fits = [RejectionCode::RoomNotFound, RejectionCode::DirectInvalid].contains(&code);
            assert!(fits, "{name}: {code:?}");
        }
        for frame in [
            r#"{"subscribe":{"room":"ROOM","after":null}}"#,
            r#"{"subscribe":{"room":"ROOM","after":0}}"#,
            r#"{"subscribe":{"room":"ROOM","after":1000000}}"#,
            r#"{"unsubscribe":{"room":"ROOM"}}"#,
            r#"{"fetch":{"room":"ROOM","before":9,"limit":9}}"#,
            r#"{"typing":{"room":"ROOM","on":true}}"#,
            r#"{"typing":{"room":"ROOM","on":false}}"#,
        ] {
            let forget = [room.clone(), nowhere.clone()];
            let seen = answers(&mut grace, &frame.replace("ROOM", &room), &forget).await;
            let unseen = answers(&mut grace, &frame.replace("ROOM", &nowhere), &forget).await;
            assert_eq!(seen, unseen, "{frame}");
            assert!(
                frame.contains("unsubscribe") || seen[0].contains("room_not_found"),
                "{seen:?}"
            );
        }
        for path in [
            "messages".to_owned(),
            "messages?before=3".into(),
            "messages?after=0".into(),
            "messages?since=0".into(),
            format!("messages?around={message}"),
            format!("messages/{message}/versions"),
        ] {
            let get = async |room: &str| {
                let request = format!("GET /v1/rooms/{room}/{path}");
                let answer = scene.http(&request, &scene.grace, "", b"").await;
                (answer.status, answer.body)
            };
            let (seen, unseen) = (get(&room).await, get(&nowhere).await);
            assert_eq!(seen, unseen, "{path}");
            assert_eq!(seen.0, 404);
        }
    }
    // One who was in it is told no more than when they left.
    let joined = push(&mut grace, json!({"join": {"room_id": scene.channel}})).await;
    assert!(matches!(joined, Outcome::Applied { .. }));
    let left = push(&mut grace, json!({"leave": {"room_id": scene.channel}})).await;
    let mut ada = Wire::hello_with(&scene.relay.url(), &scene.ada).await;
    for _ in 0..5 {
        push(&mut ada, post(scene.channel, Uuid::now_v7())).await;
    }
    assert_eq!(
        push(&mut grace, json!({"leave": {"room_id": scene.channel}})).await,
        left
    );
}
