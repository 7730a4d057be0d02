//! The handshake, and what is none.

use model::wire::{Codec, ErrorCode};
use system_tests::raw::*;
use system_tests::relay_process::RelayProcess;

/// What the relay answers to an upgrade with these headers instead of the usual ones.
async fn answer(relay: &RelayProcess, line: &str, headers: &[(&str, &str)]) -> Answer {
    let mut raw = Raw::connect(relay.address()).await;
    raw.send(request(line, headers)).await;
    raw.answer().await.expect("an answer")
}

const GET: &str = "GET /v1/sync HTTP/1.1";

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_is_none_is_told_so() {
    let relay = RelayProcess::start().await;
    let key = "Sec-WebSocket-Key";
    let protocol = "Sec-WebSocket-Protocol";
    for (name, line, headers) in [
        ("no subprotocol", GET, vec![(protocol, "")]),
        ("another subprotocol", GET, vec![(protocol, "chat")]),
        (
            "a later version of ours",
            GET,
            vec![(protocol, "amend.v2.json")],
        ),
        ("in capitals", GET, vec![(protocol, "AMEND.V1.JSON")]),
        ("no key", GET, vec![(key, "")]),
        (
            "a key of 15 bytes",
            GET,
            vec![(key, "AAAAAAAAAAAAAAAAAAAA")],
        ),
        (
            "a key of 17 bytes",
            GET,
            vec![(key, "AAAAAAAAAAAAAAAAAAAAAAA=")],
        ),
        (
            "a key that is no base64",
            GET,
            vec![(key, "the sample nonce!!!!!===")],
        ),
        (
            "two keys",
            GET,
            vec![
                (key, "dGhlIHNhbXBsZSBub25jZQ=="),
                (key, "dGhlIHNhbXBsZSBub25jZQ=="),
            ],
        ),
        ("no Connection", GET, vec![("Connection", "keep-alive")]),
        ("no Upgrade", GET, vec![("Upgrade", "h2c")]),
        ("no Host", GET, vec![("Host", "")]),
        ("HTTP/1.0", "GET /v1/sync HTTP/1.0", vec![]),
    ] {
        let answer = answer(&relay, line, &headers).await;
        assert_eq!(
            (answer.status, answer.error()),
            (400, ErrorCode::Malformed),
            "{name}"
        );
    }
    for version in ["", "8", "14", "13, 8", "x"] {
        let answer = answer(&relay, GET, &[("Sec-WebSocket-Version", version)]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (426, ErrorCode::Malformed),
            "{version}"
        );
        assert_eq!(answer.header("Sec-WebSocket-Version"), Some("13"));
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = answer(&relay, &format!("{method} /v1/sync HTTP/1.1"), &[]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (405, ErrorCode::Malformed),
            "{method}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_in_any_wording_is_taken() {
    let relay = RelayProcess::start().await;
    let protocol = "Sec-WebSocket-Protocol";
    for (headers, expected) in [
        (vec![], Codec::Json),
        (vec![(protocol, "amend.v1.msgpack")], Codec::MessagePack),
        (
            vec![(protocol, "amend.v1.json, amend.v1.msgpack")],
            Codec::MessagePack,
        ),
        (
            vec![(protocol, "chat,amend.v9.json ,  amend.v1.json")],
            Codec::Json,
        ),
        (
            vec![(protocol, "chat"), (protocol, "amend.v1.json")],
            Codec::Json,
        ),
        (
            vec![
                ("Connection", "keep-alive, UPGRADE"),
                ("Upgrade", "WebSocket"),
            ],
            Codec::Json,
        ),
        // Offered, and not agreed on.
        (
            vec![(
                "Sec-WebSocket-Extensions",
                "permessage-deflate; client_max_window_bits",
            )],
            Codec::Json,
        ),
    ] {
        let answer = answer(&relay, GET, &headers).await;
        assert_eq!(answer.status, 101, "{headers:?}");
        assert_eq!(answer.header(protocol), Some(expected.subprotocol()));
        // RFC 6455, 1.3, has this pair.
        assert_eq!(
            answer.header("Sec-WebSocket-Accept"),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert_eq!(answer.header("Sec-WebSocket-Extensions"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_refused_and_bounded() {
    let relay = RelayProcess::start().await;
    let long = "x".repeat(2 * 1024 * 1024);
    let many: String = (0..1000).map(|at| format!("X-{at}: y\r\n")).collect();
    let cases: [(&str, Vec<u8>); 10] = [
        ("nonsense", b"hello relay\r\n\r\n".to_vec()),
        ("TLS where none is", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("another protocol's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("frames without a handshake", all(&vec![Frame::new(TEXT, "{}"); 50])),
        ("zeros", vec![0; 4096]),
        ("HTTP/9", b"GET / HTTP/9.9\r\n\r\n".to_vec()),
        ("two lengths", b"POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_vec()),
        ("a header that never ends", format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}").into_bytes()),
        ("a path that never ends", format!("GET /{long}").into_bytes()),
        ("a thousand headers", format!("GET / HTTP/1.1\r\n{many}\r\n").into_bytes()),
    ];
    for (name, bytes) in cases {
        let mut raw = Raw::connect(relay.address()).await;
        raw.send(bytes).await;
        // The HTTP library answers in its own words, or not at all; it ends in any case.
        if let Some(answer) = raw.answer().await {
            assert!((400..500).contains(&answer.status), "{name}: {answer:?}");
        }
        assert_eq!(raw.frame().await, None, "{name}: still open");
    }
    let alive = answer(&relay, GET, &[]).await;
    assert_eq!(alive.status, 101);
}
