//! Frames.

use crate::scene::Scene;
use model::limits::FRAME_MAX_BYTES;
use model::wire::{Codec, ErrorCode, RelayFrame};
use system_tests::page;
use system_tests::raw::{Raw, whole};
use system_tests::wire::Wire;

use Codec::{Json, MessagePack};
use ErrorCode::{ChannelNotFound, Malformed, RoomNotFound, TooLarge, UnknownFrame};

/// Bad frames by the frame's name: text, and the code that comes back.
fn frames() -> Vec<(&'static str, String, ErrorCode)> {
    let id = "00000000-0000-7000-8000-000000000000";
    let op = |op: &str| format!(r#"{{"push":{{"ops":[{{"op_id":"{id}","at":0,"op":{op}}}]}}}}"#);
    let mut cases = Vec::new();
    let mut bad = |name, text: &str, code| cases.push((name, text.replace("ID", id), code));
    bad("hello", r#"{"hello":{"version":1,"token":"x"}}"#, Malformed);
    bad("hello", r#"{"hello":{"version":1}}"#, Malformed);
    bad(
        "hello",
        r#"{"hello":{"version":-1,"token":"x"}}"#,
        Malformed,
    );
    bad(
        "hello",
        r#"{"hello":{"version":65536,"token":"x"}}"#,
        Malformed,
    );
    bad("push", r#"{"push":{}}"#, Malformed);
    bad("push", r#"{"push":{"ops":{}}}"#, Malformed);
    bad("push", r#"{"push":{"ops":[null]}}"#, Malformed);
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":0}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"at":0,"op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":"now","op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    bad(
        "push",
        r#"{"push":{"ops":[{"op_id":"ID","at":9223372036854775808,"op":{"join":{"room_id":"ID"}}}]}}"#,
        Malformed,
    );
    let many =
        vec![format!(r#"{{"op_id":"{id}","at":0,"op":{{"join":{{"room_id":"{id}"}}}}}}"#); 257]
            .join(",");
    bad(
        "push",
        &format!(r#"{{"push":{{"ops":[{many}]}}}}"#),
        TooLarge,
    );
    for name in ["subscribe", "unsubscribe"] {
        for room in [
            "",
            "\"\"",
            "\"x\"",
            "7",
            "null",
            "[]",
            "{}",
            "\"00000000-0000-7000-8000-00000000000g\"",
            "\"\\u0000\"",
        ] {
            let room = if room.is_empty() {
                String::new()
            } else {
                format!("\"room\":{room}")
            };
            bad(name, &format!("{{\"{name}\":{{{room}}}}}"), Malformed);
        }
    }
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":"7"}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":1.5}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","after":99999999999999999999}}"#,
        Malformed,
    );
    bad(
        "subscribe",
        r#"{"subscribe":{"room":"ID","room":"ID"}}"#,
        Malformed,
    );
    bad("fetch", r#"{"fetch":{"room":"ID","before":1}}"#, Malformed);
    bad("fetch", r#"{"fetch":{"room":"ID","limit":1}}"#, Malformed);
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":-1}}"#,
        Malformed,
    );
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":4294967296}}"#,
        Malformed,
    );
    bad(
        "fetch",
        r#"{"fetch":{"room":"ID","before":1,"limit":1}}"#,
        RoomNotFound,
    );
    bad("browse", r#"{"browse":7}"#, Malformed);
    bad("browse", r#""browse""#, Malformed);
    bad("watch", r#"{"watch":{}}"#, Malformed);
    bad("watch", r#"{"watch":{"channel":7}}"#, Malformed);
    bad(
        "watch",
        r#"{"watch":{"channel":"x","after":"1"}}"#,
        Malformed,
    );
    bad(
        "watch",
        r#"{"watch":{"channel":"none","after":-1}}"#,
        ChannelNotFound,
    );
    bad(
        "watch",
        r#"{"watch":{"channel":"\u0000"}}"#,
        ChannelNotFound,
    );
    bad(
        "watch",
        &format!(r#"{{"watch":{{"channel":"{}"}}}}"#, "x".repeat(100_000)),
        ChannelNotFound,
    );
    bad("unwatch", r#"{"unwatch":{}}"#, Malformed);
    bad("unwatch", r#"{"unwatch":{"channel":null}}"#, Malformed);
    bad("typing", r#"{"typing":{"room":"ID"}}"#, Malformed);
    bad(
        "typing",
        r#"{"typing":{"room":"ID","on":"yes"}}"#,
        Malformed,
    );
    bad(
        "typing",
        r#"{"typing":{"room":"ID","on":true}}"#,
        RoomNotFound,
    );
    for text in [
        "",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "7",
        "\"\"",
        "{\"browse\":{}}x",
        r#"{"browse":{},"unwatch":{"channel":"x"}}"#,
        r#"{"watch":{"channel":"\ud800"}}"#,
        r#"{"watch":{"channel":"\udc00\ud800"}}"#,
        "{\"watch\":{\"channel\":\"\u{0}\"}}",
        "\u{feff}{\"browse\":{}}",
        "{'browse':{}}",
        "{\"browse\":{},}",
        "NaN",
        r#"{"browse":{"x":NaN}}"#,
    ] {
        bad("", text, Malformed);
    }
    bad("", &"[".repeat(500_000), Malformed);
    bad(
        "",
        &format!("{{\"browse\":{{\"x\":{}", "[".repeat(500_000)),
        Malformed,
    );
    bad(
        "",
        &format!("{{\"browse\":{}", "{\"a\":".repeat(150_000)),
        Malformed,
    );
    bad("", r#"{"Browse":{}}"#, UnknownFrame);
    bad("", r#"{"welcome":{}}"#, UnknownFrame);
    bad("", r#"{"":{}}"#, Malformed);
    // A name that is none is not repeated.
    bad("", &format!(r#"{{"{}":{{}}}}"#, "x".repeat(41)), Malformed);
    for text in [
        r#"{"dance":{"room_id":"ID"}}"#,
        r#""join""#,
        r#"{"join":{}}"#,
        r#"{"join":{"room_id":7}}"#,
        r#"{"create_room":{"room_id":"ID"}}"#,
        r#"{"create_room":{"room_id":"ID","name":7}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID"}}"#,
        r#"{"post":{"room_id":"ID","body":"x"}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":["x"]}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":"\ud800"}}"#,
        r#"{"post":{"room_id":"ID","message_id":"ID","body":"x","reply_to":"x"}}"#,
        r#"{"edit":{"room_id":"ID","message_id":"ID","body":"x"}}"#,
        r#"{"edit":{"room_id":"ID","message_id":"ID","base_rev":3000000000,"body":"x"}}"#,
        r#"{"delete":{"room_id":"ID"}}"#,
        r#"{"react":{"room_id":"ID","message_id":"ID","on":true}}"#,
        r#"{"react":{"room_id":"ID","message_id":"ID","emoji":"x","on":1}}"#,
        r#"{"pin":{"room_id":"ID","message_id":"ID"}}"#,
        r#"{"mark_read":{"room_id":"ID"}}"#,
        r#"{"mark_read":{"room_id":"ID","position":null}}"#,
        r#"{"leave":{"room":"ID"}}"#,
        r#"{"set_room":{"room_id":"ID"}}"#,
        r#"{"set_room":{"room_id":"ID","change":{"color":"red"}}}"#,
        r#"{"set_room":{"room_id":"ID","change":{"edit_policy":"nobody"}}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID"}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID","change":"promote"}}"#,
        r#"{"set_member":{"room_id":"ID","user_id":"ID","change":{"role":"king"}}}"#,
        r#"{"open_direct":{"room_id":"ID"}}"#,
        r#"{"open_direct":{"room_id":"ID","with":[{"name":"x"}]}}"#,
    ] {
        cases.push(("push", op(text).replace("ID", id), Malformed));
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_refuses_what_is_wrong_with_a_typed_error_and_the_session_goes_on() {
    let scene = Scene::start().await;
    let before = scene.stored().await;
    let cases = frames();
    let kinds = page::item("model/src/wire/frame.rs", "ClientFrame").variants;
    for kind in kinds {
        assert!(
            cases.iter().any(|(name, ..)| *name == kind.name),
            "{} has no cases",
            kind.name
        );
    }
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for (at, (_, text, expected)) in cases.iter().enumerate() {
        // Ten that are no frames end a connection.
        if at % 9 == 8 {
            wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
        }
        wire.send_raw(text.clone().into()).await;
        assert_eq!(
            wire.error().await,
            *expected,
            "{}",
            &text[..text.len().min(200)]
        );
    }
    assert_eq!(scene.stored().await, before);
    let mut wire = Wire::hello_with(&scene.relay.url(), &scene.grace).await;
    for at in 0..10 {
        wire.send_raw("nonsense".into()).await;
        assert_eq!(wire.error().await, Malformed, "{at}");
    }
    assert!(wire.next().await.is_none(), "still open");
    // Out of order: before Hello nothing is understood.
    for text in [
        r#"{"browse":{}}"#,
        r#"{"subscribe":{"room":"00000000-0000-7000-8000-000000000000"}}"#,
        r#"{"push":{"ops":[]}}"#,
    ] {
        let mut wire = Wire::connect(&scene.relay.url()).await;
        wire.send_raw(text.into()).await;
        assert_eq!(wire.error().await, ErrorCode::HelloExpected);
        assert!(wire.next().await.is_none(), "still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messagepack_that_lies_about_its_length_allocates_nothing() {
    let scene = Scene::start().await;
    let mut raw = Raw::known(scene.relay.address(), MessagePack, &scene.grace).await;
    let before = scene.relay.memory();
    let string =
        |text: &str| [&[0xa0 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let huge = [0xff; 4];
    let ops = [&[0x81], &string("push")[..], &[0x81], &string("ops")].concat();
    let channel = [&[0x81], &string("unwatch")[..], &[0x81], &string("channel")].concat();
    let deep = |byte: u8| {
        [
            &[0x81],
            &string("browse")[..],
            &[0x81],
            &string("x"),
            &vec![byte; 500_000],
        ]
        .concat()
    };
    for bytes in [
        [&ops[..], &[0xdd], &huge].concat(),
        [&ops[..], &[0xdf], &huge].concat(),
        [&channel[..], &[0xdb], &huge].concat(),
        [&channel[..], &[0xc6], &huge].concat(),
        [&[0xdf][..], &huge].concat(),
        [&[0xdd][..], &huge].concat(),
        deep(0x91),
        vec![0x81; 500_000],
        vec![0xc1],
    ] {
        raw.send(whole(MessagePack, &bytes).bytes()).await;
        match raw.relay_frame(MessagePack).await {
            Some(RelayFrame::Error(error)) => assert_eq!(error.code, Malformed),
            other => panic!("{other:?} to {:x?}", &bytes[..bytes.len().min(40)]),
        }
    }
    let grown = scene.relay.memory().saturating_sub(before);
    assert!(grown < 16 * FRAME_MAX_BYTES, "{grown} bytes");
    let mut raw = Raw::known(scene.relay.address(), Json, &scene.grace).await;
    raw.send(whole(Json, r#"{"browse":{"unknown":[1,{"a":2}]}}"#).bytes())
        .await;
    let answer = raw.relay_frame(Json).await;
    assert!(
        matches!(answer, Some(RelayFrame::Directory { .. })),
        "{answer:?}"
    );
}
