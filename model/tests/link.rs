//! Links: what is written is read again, and nothing else is taken for one.

#![allow(clippy::unwrap_used)]

use model::{Link, MessageId, RoomId};
use proptest::prelude::*;
use uuid::Uuid;

const ROOM: RoomId = RoomId(Uuid::from_u128(7));

#[test]
fn an_invite_is_read_as_people_paste_it() {
    let written = "  amend://join?relay=https://chat.example.org:8443/amend&code=a-b_C&room=00000000-0000-0000-0000-000000000007\n";
    let link = Link::parse(written).unwrap();
    assert_eq!(
        link,
        Link::Join {
            relay: "https://chat.example.org:8443/amend".to_owned(),
            code: "a-b_C".to_owned(),
            room: Some(ROOM),
        }
    );
    assert_eq!(link.to_string(), written.trim());
    assert!(Link::parse("AMEND://join/?code=x&later=1&relay=http%3A%2F%2F127.0.0.1").is_some());
}

#[test]
fn what_is_no_link_is_none() {
    for text in [
        "",
        "amend",
        "amend://",
        "amend://join",
        "amend://join?relay=https://x",
        "amend://join?code=x",
        "amend://join?relay=&code=x",
        "amend://join?relay=https://x&code=%0A",
        "amend://join?relay=https://x&code=%f",
        "amend://join?relay=https://x&code=%ff",
        "amend://room?room=1",
        "amend://message?room=00000000-0000-0000-0000-000000000007",
        "amend://erase?room=00000000-0000-0000-0000-000000000007",
        "https://join?relay=https://x&code=x",
        "javascript://join?relay=https://x&code=x",
    ] {
        assert_eq!(Link::parse(text), None, "{text:?}");
    }
    let long = format!("amend://join?relay=https://x&code={}", "x".repeat(5000));
    assert_eq!(Link::parse(&long), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(relay in "[^\\p{Cc}]{1,60}", code in "[^\\p{Cc}]{1,60}", room: Option<u128>, message: u128) {
        let room = room.map(|id| RoomId(Uuid::from_u128(id)));
        let join = Link::Join { relay: relay.clone(), code, room };
        prop_assert_eq!(Link::parse(&join.to_string()), Some(join));
        let message = MessageId(Uuid::from_u128(message));
        let link = Link::Message { relay: Some(relay), room: ROOM, message };
        prop_assert_eq!(Link::parse(&link.to_string()), Some(link));
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,80}", tail in "\\PC{0,80}") {
        let _ = Link::parse(&text);
        let _ = Link::parse(&format!("amend://join?{tail}"));
    }
}
