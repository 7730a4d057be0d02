//! Readers of exports: what is in a file is found, and what is wrong with it costs nothing but what is wrong.

#![allow(clippy::unwrap_used)]

use client::exchange::read::{self, ReadError};
use client::exchange::record::{Message, Record};
use client::exchange::spool::Spool;
use model::view::ExchangeFormat;
use proptest::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Reads a file into a spool.
fn spool(folder: &TempDir, file: &Path) -> Result<Spool, client::ClientError> {
    let format = read::detect(file)?;
    let path = folder.path().join("spool");
    Spool::fill(&path, &mut |_| true, |sink| read::read(file, format, sink))
}

fn written(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A room's messages, in the order in which they are sent.
fn messages(spool: &Spool, room: &str) -> Vec<Message> {
    let found = spool.messages(room, None, 1000).unwrap();
    found.into_iter().map(|(_, message)| message).collect()
}

fn bodies(spool: &Spool, room: &str) -> Vec<String> {
    let plain = |text: String| text.replace(['\u{fdd0}', '\u{fdd1}'], "@");
    messages(spool, room)
        .into_iter()
        .map(|one| plain(one.body))
        .collect()
}

fn reasons(spool: &Spool) -> Vec<(String, u64)> {
    let skipped = spool.skipped().unwrap();
    skipped
        .into_iter()
        .map(|one| (one.reason, one.count))
        .collect()
}

const MATTERMOST: &str = r#"{"type":"version","version":1}
{"type":"role","role":{"name":"x"}}
{"type":"team","team":{"name":"eng","display_name":"Engineering","type":"O"}}
{"type":"channel","channel":{"team":"eng","name":"town","display_name":"Town Square","type":"O","header":"hi"}}
{"type":"channel","channel":{"team":"eng","name":"secret","display_name":"Secret","type":"P"}}
{"type":"user","user":{"username":"ada","email":"ada@x.org","first_name":"Ada","last_name":"Lovelace","teams":[{"name":"eng","channels":[{"name":"town","roles":"channel_user channel_admin"}]}]}}
{"type":"user","user":{"username":"grace","nickname":"Amazing Grace"}}
{"type":"post","post":{"team":"eng","channel":"town","user":"grace","message":"later :tada: @ada","create_at":3000,"edit_at":3500,"is_pinned":true,"reactions":[{"user":"ada","emoji_name":"+1","create_at":3100}],"replies":[{"user":"gone","message":"a reply","create_at":4000}],"attachments":[{"path":"20240501/teams/x/plan.pdf"}]}}
{"type":"post","post":{"team":"eng","channel":"town","user":"ada","message":"earlier `@ada :tada:`","create_at":1000}}
{"type":"post","post":{"team":"eng","channel":"town","user":"ada","message":"same moment","create_at":1000}}
{"type":"post","post":{"team":"eng","channel":"town","user":"ada","type":"system_join_channel","message":"ada joined","create_at":900}}
{"type":"post","post":{"team":"eng","channel":"town","user":"ada","message":"taken back","create_at":5000,"delete_at":5500}}
{"type":"direct_channel","direct_channel":{"members":["ada","grace"],"header":""}}
{"type":"direct_post","direct_post":{"channel_members":["grace","ada"],"user":"ada","message":"between us","create_at":6000}}
{"type":"direct_post","direct_post":{"channel_members":["ada"],"user":"ada","message":"to myself","create_at":6000}}
"#;

#[test]
fn all_of_a_mattermost_export_is_found_in_the_order_of_time() {
    let folder = TempDir::new().unwrap();
    let file = written(&folder, "export.jsonl", MATTERMOST.as_bytes());
    assert_eq!(read::detect(&file).unwrap(), ExchangeFormat::Mattermost);
    let spool = spool(&folder, &file).unwrap();
    assert_eq!(
        bodies(&spool, "eng/town"),
        [
            "earlier `@ada :tada:`",
            "same moment",
            "later 🎉 @ada@\n(file: plan.pdf)",
            "a reply",
            "taken back"
        ]
    );
    let town = messages(&spool, "eng/town");
    assert_eq!(town[3].reply_to.as_ref(), Some(&town[2].id));
    assert_eq!(
        (town[2].edited_at, town[2].pinned_at),
        (Some(3500), Some(3000))
    );
    assert_eq!(town[4].deleted_at, Some(5500));
    assert_ne!(town[0].id, town[1].id);
    assert_eq!(
        spool.reactions("eng/town", &town[2].id).unwrap()[0].emoji,
        "👍"
    );
    assert_eq!(bodies(&spool, "direct/ada,grace"), ["between us"]);
    let rooms = spool.rooms().unwrap();
    let private: Vec<bool> = rooms.iter().map(|room| room.room.private).collect();
    assert_eq!(private, [false, true, false, true]);
    let people = spool.people().unwrap();
    let mut names: Vec<&str> = people
        .iter()
        .map(|(person, _)| person.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Ada Lovelace", "Amazing Grace", "gone"]);
    assert_eq!(
        reasons(&spool),
        [
            (
                "Mattermost's own message (system_join_channel)".to_owned(),
                1
            ),
            ("a record of another kind (role)".to_owned(), 1)
        ]
    );
}

#[test]
fn what_is_wrong_with_lines_costs_only_those_lines() {
    let folder = TempDir::new().unwrap();
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    let good = |n: u32| {
        format!(
            r#"{{"kind":"message","room":"r","id":"m{n}","author":"p","body":"good {n}","created_at":{n}}}"#
        )
    };
    bytes.extend(br#"{"kind":"room","id":"r","name":"R","type":"channel"}"#);
    bytes.push(b'\n');
    for line in [
        good(1).into_bytes(),
        b"not json".to_vec(),
        b"{\"kind\":\"message\"}".to_vec(),
        b"{\"kind\":\"nothing\"}".to_vec(),
        b"\xff\xfe\xfd".to_vec(),
        good(1).into_bytes(),
        [
            b"{\"kind\":\"person\",\"id\":\"".to_vec(),
            vec![b'x'; 17 * 1024 * 1024],
            b"\"}".to_vec(),
        ]
        .concat(),
        good(2).into_bytes(),
        br#"{"kind":"message","room":"elsewhere","id":"x","author":"p","created_at":1}"#.to_vec(),
        br#"{"kind":"reaction","room":"r","message":"none","person":"p","emoji":"+"}"#.to_vec(),
        b"[".repeat(100_000),
    ] {
        bytes.extend(line);
        bytes.push(b'\n');
    }
    // Cut off in the middle.
    let last = good(3);
    bytes.extend(&last.as_bytes()[..last.len() - 10]);
    let file = written(&folder, "odd.jsonl", &bytes);
    let spool = spool(&folder, &file).unwrap();
    assert_eq!(bodies(&spool, "r"), ["good 1", "good 2"]);
    let total: u64 = reasons(&spool).iter().map(|(_, count)| count).sum();
    assert_eq!(total, 10, "{:?}", reasons(&spool));
}

const USERS: &str = r#"[{"id":"U1","team_id":"T1","name":"ada"}]"#;
const CHANNELS: &str = r#"[{"id":"C1","name":"general","created":1,"members":["U1"]}]"#;

fn day(text: &str) -> String {
    format!(r#"[{{"type":"message","user":"U1","text":"{text}","ts":"1.000001"}}"#)
}

#[test]
fn a_broken_slack_folder_gives_what_is_whole() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("slack");
    written(&folder, "slack/users.json", USERS.as_bytes());
    written(&folder, "slack/channels.json", CHANNELS.as_bytes());
    // Cut off after one message; not text; no list; an entry that is none.
    written(
        &folder,
        "slack/general/2020-01-01.json",
        format!("{},{{\"ty", day("first")).as_bytes(),
    );
    written(&folder, "slack/general/2020-01-02.json", b"\xff\xfe[");
    written(&folder, "slack/general/2020-01-03.json", b"{}");
    written(
        &folder,
        "slack/general/2020-01-04.json",
        br#"[7,{"type":"message","user":"U1","text":"last","ts":"2.5"},{"ts":"x"}]"#,
    );
    written(
        &folder,
        "slack/general/canvas_in_the_conversation.json",
        b"[{}]",
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc", root.join("general/2020-01-05.json")).unwrap();
    let spool = spool(&folder, &root).unwrap();
    assert_eq!(bodies(&spool, "C1"), ["first", "last"]);
    assert_eq!(messages(&spool, "C1")[1].created_at, 2500);
    let reasons = reasons(&spool);
    assert!(
        reasons.contains(&("the rest of a file that is broken".to_owned(), 3)),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&("an entry that can't be understood".to_owned(), 1)),
        "{reasons:?}"
    );
}

#[test]
fn a_zip_bomb_is_not_opened() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bomb.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in [("users.json", USERS), ("channels.json", CHANNELS)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes.as_bytes()).unwrap();
    }
    zip.start_file(
        "general/2020-01-01.json",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..200 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    assert!(matches!(read::detect(&path), Err(ReadError::Bomb { .. })));
}

#[test]
fn names_that_lead_out_of_an_archive_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("evil.zip");
    let outside = folder.path().join("outside.json");
    std::fs::write(&outside, day("from outside") + "]").unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let channels = r#"[{"id":"C1","name":"../..","members":[]},{"id":"C2","name":"/etc","members":[]},{"id":"C3","name":"general","members":[]}]"#;
    let inside = day("inside") + "]";
    for (name, text) in [
        ("users.json", USERS),
        ("channels.json", channels),
        ("../../2020-01-01.json", "[]"),
        ("general/2020-01-01.json", &inside),
        ("general/../outside.json", "[]"),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    let spool = spool(&folder, &path).unwrap();
    assert_eq!(bodies(&spool, "C3"), ["inside"]);
    assert_eq!(spool.counts().unwrap().messages, 1);
    // The spool alone is new.
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        before + 1
    );
}

#[test]
fn what_is_no_export_is_said_to_be_none() {
    let folder = TempDir::new().unwrap();
    let detect = |name: &str, bytes: &[u8]| read::detect(&written(&folder, name, bytes));
    assert!(matches!(
        detect("a.txt", b"hello"),
        Err(ReadError::Unknown { .. })
    ));
    assert!(matches!(
        detect("b.json", b"{\"a\":1}"),
        Err(ReadError::Unknown { .. })
    ));
    assert!(matches!(
        detect("c.jsonl", b"\xff\xfe{\0"),
        Err(ReadError::Utf16)
    ));
    assert!(matches!(
        detect("d.zip", b"PK\x03\x04 and no more"),
        Err(ReadError::Archive(_))
    ));
    assert!(matches!(
        read::detect(&folder.path().join("none")),
        Err(ReadError::File { .. })
    ));
    let newer = written(&folder, "n.jsonl", br#"{"kind":"amend","version":99}"#);
    let said = spool(&folder, &newer).map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("newer Amend"), "{said}");
    let other = written(&folder, "m.jsonl", br#"{"type":"version","version":2}"#);
    let said = spool(&folder, &other).map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("version 2"), "{said}");
}

#[test]
fn a_spool_that_is_not_whole_does_not_count() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("spool");
    let stopped = Spool::fill(&path, &mut |_| true, |sink| {
        sink.skip("x", "y")?;
        Err(ReadError::Stopped)
    });
    assert!(stopped.is_err());
    assert!(Spool::open(&path).unwrap().is_none());
    std::fs::write(&path, "no database").unwrap();
    assert!(Spool::open(&path).unwrap().is_none());
    Spool::fill(&path, &mut |_| true, |_| Ok(())).unwrap();
    assert!(Spool::open(&path).unwrap().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is written as a line is read from it, whatever the text.
    #[test]
    fn a_message_is_the_same_after_a_line(
        body in any::<String>(), id in "[a-zA-Z0-9#. -]{1,20}", at in 1..4_000_000_000_000_i64,
        edited in proptest::option::of(1..4_000_000_000_000_i64), reply in proptest::option::of("[a-z]{1,5}"),
    ) {
        let message = Message { room: "r".into(), id, author: "p".into(), body, created_at: at, edited_at: edited,
            reply_to: reply, ..Message::default() };
        let line = serde_json::to_string(&Record::Message(message.clone())).unwrap();
        prop_assert!(!line.contains('\n'));
        let folder = TempDir::new().unwrap();
        let file = written(&folder, "one.jsonl", line.as_bytes());
        let spool = spool(&folder, &file).unwrap();
        prop_assert_eq!(messages(&spool, "r"), vec![message]);
    }

    /// No file, however odd, stops a reader but with an error.
    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let folder = TempDir::new().unwrap();
        let file = written(&folder, "odd", &bytes);
        for format in [ExchangeFormat::JsonLines, ExchangeFormat::Mattermost, ExchangeFormat::Slack] {
            let path = folder.path().join("spool");
            let _ = Spool::fill(&path, &mut |_| true, |sink| read::read(&file, format, sink));
        }
    }
}
