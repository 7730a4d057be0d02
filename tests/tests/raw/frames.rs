//! Frames: each case is bytes, and what must come back.

use model::limits::FRAME_MAX_BYTES;
use model::wire::{ClientFrame, Codec, ErrorCode, Outcome, RelayFrame};
use model::{MessageId, Op};
use system_tests::raw::*;
use system_tests::relay_process::RelayProcess;
use system_tests::wire::{Wire, token};
use uuid::Uuid;

use Codec::{Json, MessagePack};

/// What must come back.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// An error, and this close code.
    Ends(ErrorCode, u16),
    /// An error, and the session goes on.
    Tells(ErrorCode),
    /// Nothing, and the session goes on.
    Nothing,
}

use Expect::{Ends, Nothing, Tells};

const MALFORMED: ErrorCode = ErrorCode::Malformed;

fn plain(opcode: u8) -> Frame {
    Frame::new(opcode, "")
}

fn changed(frame: Frame, change: impl FnOnce(&mut Frame)) -> Frame {
    let mut frame = frame;
    change(&mut frame);
    frame
}

/// A frame of the protocol that gets no answer.
const QUIET: &str = r#"{"unwatch":{"channel":"x"}}"#;

/// The payload of a text message that is too large, though each of its frames is not.
fn half() -> Vec<u8> {
    vec![b' '; FRAME_MAX_BYTES / 2 + 1]
}

fn broken() -> Vec<(&'static str, Codec, Vec<u8>, Expect)> {
    let unmasked = |opcode| changed(Frame::new(opcode, QUIET), |frame| frame.mask = None);
    let reserved = |bits| changed(Frame::new(TEXT, QUIET), |frame| frame.bits = FIN | bits);
    let says = |opcode, says| changed(plain(opcode), |frame| frame.says = Some(says));
    let ends = |code| Ends(MALFORMED, code);
    let mut cases = vec![
        ("unmasked text", Json, unmasked(TEXT).bytes(), ends(1002)),
        (
            "unmasked ping",
            Json,
            changed(plain(PING), |frame| frame.mask = None).bytes(),
            ends(1002),
        ),
        (
            "reserved bit 1: compression was not agreed on",
            Json,
            reserved(0x40).bytes(),
            ends(1002),
        ),
        ("reserved bit 2", Json, reserved(0x20).bytes(), ends(1002)),
        ("reserved bit 3", Json, reserved(0x10).bytes(), ends(1002)),
        (
            "a ping in fragments",
            Json,
            plain(PING).unfinished().bytes(),
            ends(1002),
        ),
        (
            "a goodbye in fragments",
            Json,
            plain(CLOSE).unfinished().bytes(),
            ends(1002),
        ),
        (
            "a ping of 126 bytes",
            Json,
            Frame::new(PING, [0; 126]).bytes(),
            ends(1002),
        ),
        (
            "a pong of 70,000 bytes",
            Json,
            Frame::new(PONG, [0; 70_000]).bytes(),
            ends(1002),
        ),
        (
            "a goodbye of 126 bytes",
            Json,
            goodbye(1000, &[b'x'; 124]).bytes(),
            ends(1002),
        ),
        (
            "a continuation of nothing",
            Json,
            plain(CONTINUATION).bytes(),
            ends(1002),
        ),
        (
            "an unfinished continuation of nothing",
            Json,
            plain(CONTINUATION).unfinished().bytes(),
            ends(1002),
        ),
        (
            "a new message inside another",
            Json,
            all(&[Frame::new(TEXT, "{").unfinished(), Frame::new(TEXT, QUIET)]),
            ends(1002),
        ),
        (
            "a continuation after the end",
            Json,
            all(&[Frame::new(TEXT, QUIET), plain(CONTINUATION)]),
            ends(1002),
        ),
        (
            "a goodbye of one byte",
            Json,
            Frame::new(CLOSE, [3]).bytes(),
            ends(1002),
        ),
        (
            "a goodbye whose reason is not UTF-8",
            Json,
            goodbye(1000, b"\xff\xfe").bytes(),
            ends(1007),
        ),
        (
            "text that is not UTF-8",
            Json,
            Frame::new(TEXT, b"{\"\xc3\x28\"}").bytes(),
            ends(1007),
        ),
        (
            "a surrogate in UTF-8",
            Json,
            Frame::new(TEXT, b"\xed\xa0\x80").bytes(),
            ends(1007),
        ),
        (
            "an overlong slash",
            Json,
            Frame::new(TEXT, b"\xc0\xaf").bytes(),
            ends(1007),
        ),
        (
            "beyond the last character",
            Json,
            Frame::new(TEXT, b"\xf4\x90\x80\x80").bytes(),
            ends(1007),
        ),
        (
            "text that ends within a character",
            Json,
            Frame::new(TEXT, b"\xf0\x9f\x91").bytes(),
            ends(1007),
        ),
        (
            "text that is not UTF-8 over two fragments",
            Json,
            all(&[
                Frame::new(TEXT, b"\xf0\x9f").unfinished(),
                Frame::new(CONTINUATION, b"x\x8b"),
            ]),
            ends(1007),
        ),
        (
            "fragments that end within a character",
            Json,
            all(&[
                Frame::new(TEXT, b"{").unfinished(),
                Frame::new(CONTINUATION, b"\xf0\x9f"),
            ]),
            ends(1007),
        ),
        (
            "binary on JSON",
            Json,
            Frame::new(BINARY, QUIET).bytes(),
            ends(1003),
        ),
        (
            "text on MessagePack",
            MessagePack,
            Frame::new(TEXT, QUIET).bytes(),
            ends(1003),
        ),
        (
            "an empty binary on JSON",
            Json,
            plain(BINARY).bytes(),
            ends(1003),
        ),
        (
            "one byte too large",
            Json,
            Frame::new(TEXT, vec![b' '; FRAME_MAX_BYTES + 1]).bytes(),
            Ends(ErrorCode::TooLarge, 1009),
        ),
        (
            "fragments that grow too large",
            Json,
            all(&[
                Frame::new(TEXT, half()).unfinished(),
                Frame::new(CONTINUATION, half()),
            ]),
            Ends(ErrorCode::TooLarge, 1009),
        ),
        (
            "a length of 2^63",
            Json,
            says(TEXT, 1 << 63).bytes(),
            Ends(ErrorCode::TooLarge, 1009),
        ),
        (
            "a length of 2^64 - 1",
            MessagePack,
            says(BINARY, u64::MAX).bytes(),
            Ends(ErrorCode::TooLarge, 1009),
        ),
        (
            "a ping of 2^40 bytes",
            Json,
            says(PING, 1 << 40).bytes(),
            Ends(ErrorCode::TooLarge, 1009),
        ),
        ("an empty text", Json, plain(TEXT).bytes(), Tells(MALFORMED)),
        (
            "an empty binary",
            MessagePack,
            plain(BINARY).bytes(),
            Tells(MALFORMED),
        ),
        (
            "an empty text in three fragments",
            Json,
            all(&[
                plain(TEXT).unfinished(),
                plain(CONTINUATION).unfinished(),
                plain(CONTINUATION),
            ]),
            Tells(MALFORMED),
        ),
        (
            "a pong that nobody asked for",
            Json,
            Frame::new(PONG, "unasked").bytes(),
            Nothing,
        ),
        (
            "a thousand pongs",
            Json,
            all(&vec![Frame::new(PONG, [0; 125]); 1000]),
            Nothing,
        ),
        (
            "a message in fragments of one byte and none",
            Json,
            {
                let bytes = QUIET.as_bytes().iter();
                let mut frames = vec![plain(TEXT).unfinished()];
                for byte in bytes {
                    frames.push(Frame::new(CONTINUATION, [*byte]).unfinished());
                    frames.push(plain(CONTINUATION).unfinished());
                }
                frames.push(plain(CONTINUATION));
                all(&frames)
            },
            Nothing,
        ),
        (
            "a mask of zeros",
            Json,
            changed(Frame::new(TEXT, QUIET), |frame| frame.mask = Some([0; 4])).bytes(),
            Nothing,
        ),
        (
            "a character over two fragments",
            Json,
            all(&[
                Frame::new(TEXT, b"{\"unwatch\":{\"channel\":\"\xf0\x9f").unfinished(),
                Frame::new(CONTINUATION, b"\x91\x8b\"}}"),
            ]),
            Nothing,
        ),
        (
            "the largest frame",
            Json,
            Frame::new(
                TEXT,
                [vec![b' '; FRAME_MAX_BYTES - QUIET.len()], QUIET.into()].concat(),
            )
            .bytes(),
            Nothing,
        ),
    ];
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push(("a reserved opcode", Json, plain(opcode).bytes(), ends(1002)));
    }
    cases
}

/// Whether the session goes on: a ping is answered with what it carries.
async fn is_alive(raw: &mut Raw) {
    raw.send(Frame::new(PING, "still there?").bytes()).await;
    loop {
        let (opcode, payload) = raw.frame().await.expect("the session goes on");
        if opcode == PONG && payload == b"still there?" {
            return;
        }
    }
}

async fn check(mut raw: Raw, known: bool, case: (&str, Codec, Vec<u8>, Expect)) {
    let (name, codec, bytes, expect) = case;
    let name = format!("{name} ({})", if known { "known" } else { "before Hello" });
    raw.send(bytes).await;
    match expect {
        Ends(error, close) => {
            assert_eq!(
                raw.ending(codec).await,
                (Some(error), Some(close)),
                "{name}"
            );
        }
        Tells(error) => match raw.relay_frame(codec).await {
            Some(RelayFrame::Error(told)) => {
                assert_eq!(told.code, error, "{name}");
                is_alive(&mut raw).await;
            }
            other => panic!("{name}: {other:?}"),
        },
        Nothing => {
            raw.send(Frame::new(PING, name.as_bytes()).bytes()).await;
            let pong = (PONG, name.clone().into_bytes());
            assert_eq!(raw.frame().await, Some(pong), "{name}");
        }
    }
}

async fn relay_with_ada() -> (RelayProcess, String) {
    let relay = RelayProcess::roomy().await;
    relay.add_user("ada");
    let token = token(&relay.url(), "ada");
    (relay, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_frame_gets_its_error_and_its_close_code() {
    let (relay, token) = relay_with_ada().await;
    let address = relay.address();
    let mut bystander = Wire::hello_with(&relay.url(), &token).await;
    let room_id = bystander.create_room("General").await;
    for case in broken() {
        let raw = Raw::known(address, case.1, &token).await;
        check(raw, true, case.clone()).await;
        // Before Hello what ends a session ends it too; nothing larger than a Hello is read at all.
        let is_alone = case.0 != "a continuation after the end";
        let fits = case.2.len() < model::limits::HELLO_MAX_BYTES;
        if matches!(case.3, Ends(..)) && fits && is_alone {
            let raw = Raw::upgraded(address, case.1).await;
            check(raw, false, case).await;
        }
    }
    let post = Op::Post {
        room_id,
        message_id: MessageId(Uuid::now_v7()),
        body: "unmoved".into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    bystander.push(vec![post]).await;
    assert!(matches!(bystander.outcome().await, Outcome::Applied { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_between_the_fragments_of_a_message() {
    let (relay, token) = relay_with_ada().await;
    let mut raw = Raw::known(relay.address(), Json, &token).await;
    let browse = r#"{"browse":{}}"#.as_bytes();
    for (at, byte) in browse.iter().enumerate() {
        let opcode = if at == 0 { TEXT } else { CONTINUATION };
        raw.send(Frame::new(opcode, [*byte]).unfinished().bytes())
            .await;
        let payload = vec![u8::try_from(at).unwrap(); at * 9];
        raw.send(Frame::new(PING, &payload).bytes()).await;
        assert_eq!(raw.frame().await, Some((PONG, payload)));
        raw.send(Frame::new(PONG, "unasked").bytes()).await;
    }
    raw.send(plain(CONTINUATION).bytes()).await;
    let answer = raw.relay_frame(Json).await;
    assert!(
        matches!(answer, Some(RelayFrame::Directory { .. })),
        "{answer:?}"
    );
    // A goodbye between fragments is answered too.
    raw.send(all(&[
        Frame::new(TEXT, "{").unfinished(),
        goodbye(1001, b"bye"),
    ]))
    .await;
    assert_eq!(raw.ending(Json).await, (None, Some(1001)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_goodbye_is_answered_and_is_the_end() {
    let (relay, _) = relay_with_ada().await;
    let address = relay.address();
    let answer = |code| match code {
        1000..=1003 | 1007..=1013 | 3000..5000 => code,
        // Not for the wire, or for nobody.
        _ => 1002,
    };
    let odd = [0, 1, 999, 1016, 2000, 2999, 5000, 9999, u16::MAX];
    let codes: Vec<u16> = (1000..=1015).chain(3000..5000).chain(odd).collect();
    let each = codes.chunks(codes.len().div_ceil(32)).map(|codes| {
        let codes = codes.to_vec();
        tokio::spawn(async move {
            for code in codes {
                let mut raw = Raw::upgraded(address, Json).await;
                raw.send(goodbye(code, "a reason".as_bytes()).bytes()).await;
                assert_eq!(raw.ending(Json).await, (None, Some(answer(code))), "{code}");
            }
        })
    });
    for task in each.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let mut raw = Raw::upgraded(address, Json).await;
    raw.send(plain(CLOSE).bytes()).await;
    assert_eq!(raw.ending(Json).await, (None, Some(1005)), "without a code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sends_byte_by_byte_is_served() {
    let (relay, token) = relay_with_ada().await;
    for codec in Codec::ALL {
        let mut raw = Raw::connect(relay.address()).await;
        for byte in upgrade(&[("Sec-WebSocket-Protocol", codec.subprotocol())]).as_bytes() {
            raw.send([*byte]).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(raw.answer().await.unwrap().status, 101);
        for byte in hello(codec, &token).bytes() {
            raw.send([byte]).await;
            tokio::task::yield_now().await;
        }
        let welcome = raw.relay_frame(codec).await;
        assert!(
            matches!(welcome, Some(RelayFrame::Welcome { .. })),
            "{welcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_right_behind_the_handshake_and_the_hello_is_not_lost() {
    let (relay, token) = relay_with_ada().await;
    let browse = Json.encode(&ClientFrame::Browse {}).unwrap();
    let mut together = upgrade(&[]).into_bytes();
    together.extend(all(&[hello(Json, &token), whole(Json, &browse)]));
    // More than a Hello may be: allowed, as it follows one.
    let large = vec![b' '; model::limits::HELLO_MAX_BYTES * 2];
    together.extend(whole(Json, [large, browse].concat()).bytes());
    let mut raw = Raw::connect(relay.address()).await;
    raw.send(together).await;
    assert_eq!(raw.answer().await.unwrap().status, 101);
    let mut directories = 0;
    while directories < 2 {
        let frame = raw.relay_frame(Json).await.expect("still open");
        directories += usize::from(matches!(frame, RelayFrame::Directory { .. }));
    }
}
