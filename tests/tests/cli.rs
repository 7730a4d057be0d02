//! The command line: a conversation with an outage in it, and a sentence for each thing that goes wrong.

#![allow(clippy::unwrap_used)]

use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};

async fn scene() -> (RelayProcess, Home) {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        relay.add_user(name);
        home.login(&relay, name);
    }
    let _ = home.amend("ada", &["rooms", "create", "General"]);
    let _ = home.amend("grace", &["rooms", "join", "General"]);
    (relay, home)
}

fn timeline(home: &Home, profile: &str) -> Vec<serde_json::Value> {
    let _ = home.amend(profile, &["sync"]);
    let lines = home.amend(profile, &["tail", "General", "--json"]);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_with_an_outage_converges() {
    let (mut relay, home) = scene().await;
    let first = home.amend("ada", &["send", "General", "hello"]);
    let _ = home.amend("grace", &["send", "general", "hi"]);
    relay.kill();
    let offline = home.amend_with("ada", &["send", "General", "offline", "--wait", "0"], "");
    assert!(
        offline.status.success() && String::from_utf8_lossy(&offline.stderr).contains("queued")
    );
    let offline = String::from_utf8(offline.stdout).unwrap().trim().to_owned();
    let _ = home.amend("ada", &["edit", &offline, "offline, edited", "--wait", "0"]);
    let _ = home.amend("ada", &["edit", &first, "hello, edited", "--wait", "0"]);
    let gone = home.amend("ada", &["send", "General", "gone", "--wait", "0"]);
    let _ = home.amend("ada", &["delete", &gone, "--wait", "0"]);
    relay.come_back().await;
    let at_ada = timeline(&home, "ada");
    assert_eq!(at_ada, timeline(&home, "grace"));
    let bodies: Vec<&str> = at_ada
        .iter()
        .map(|item| item["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["hello, edited", "hi", "offline, edited", ""]);
    assert!(
        at_ada.iter().all(|item| item["delivery"] == "sent"),
        "{at_ada:?}"
    );
    assert!(home.amend("ada", &["status"]).contains("0 waiting"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_gets_a_sentence_that_says_what_to_do() {
    let (relay, home) = scene().await;
    let url = relay.url();
    let hers = home.amend("grace", &["send", "General", "grace's"]);
    // Ada owns the room and may delete what others wrote; grace may not.
    let adas = home.amend("ada", &["send", "General", "ada's"]);
    let _ = home.amend("grace", &["sync"]);
    let login = [
        "login",
        "--relay",
        &url,
        "--name",
        "ada",
        "--password-stdin",
    ];
    let nobody = [
        "login",
        "--relay",
        "127.0.0.1:1",
        "--name",
        "ada",
        "--password-stdin",
    ];
    let nonsense = [
        "login",
        "--relay",
        "ftp://x",
        "--name",
        "ada",
        "--password-stdin",
    ];
    let clear = [
        "login",
        "--relay",
        "http://192.0.2.1",
        "--name",
        "ada",
        "--password-stdin",
    ];
    let other = [
        "login",
        "--relay",
        &url,
        "--name",
        "grace",
        "--password-stdin",
    ];
    let long = "x".repeat(model::limits::BODY_MAX_BYTES + 1);
    let unknown = "00000000-0000-0000-0000-000000000001";
    let _ = home.amend("ada", &["sync"]);
    for (profile, args, input, says) in [
        ("new", &login[..], "wrong", "Name or password is wrong"),
        ("new", &nobody[..], "x", "cannot be reached"),
        ("new", &nonsense[..], "x", "not a relay's address"),
        ("new", &clear[..], "x", "https://"),
        ("new", &["rooms"], "", "Sign in first"),
        ("ada", &other[..], &password("grace"), "another profile"),
        ("../ada", &["rooms"], "", "can't be a profile's name"),
        ("ada", &["send", "General", ""], "", "Write something"),
        ("ada", &["send", "General", &long], "", "Shorten it"),
        (
            "ada",
            &["send", "Nowhere", "x", "--wait", "1"],
            "",
            "amend rooms join",
        ),
        (
            "ada",
            &["rooms", "join", "Nowhere", "--wait", "1"],
            "",
            "no channel",
        ),
        ("ada", &["rooms", "create", " "], "", "A room needs a name"),
        ("ada", &["edit", &hers, "mine now"], "", "Only its author"),
        ("grace", &["delete", &adas], "", "Only its author"),
        ("ada", &["edit", unknown, "x"], "", "not on this device"),
        ("ada", &["edit", "nonsense", "x"], "", "nonsense"),
    ] {
        let said = home.amend_fails(profile, args, input);
        assert!(said.contains(says), "{args:?} said {said:?}, not {says:?}");
    }
    let lines = home.amend("ada", &["tail", "General"]);
    assert!(
        lines.contains("grace's") && !lines.contains("mine now"),
        "{lines}"
    );

    relay
        .database()
        .sql("UPDATE session_token SET expires_at = now() - interval '1 day'")
        .await;
    let said = home.amend_fails("ada", &["sync", "--timeout", "20"], "");
    assert!(said.contains("Sign in again"), "{said}");
    // Written while signed out: kept, and sent after signing in again.
    let _ = home.amend("ada", &["send", "General", "kept", "--wait", "1"]);
    home.login(&relay, "ada");
    let _ = home.amend("ada", &["sync"]);
    home.login(&relay, "grace");
    let bodies: Vec<_> = timeline(&home, "grace")
        .into_iter()
        .map(|item| item["body"].clone())
        .collect();
    assert_eq!(bodies, ["grace's", "ada's", "kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_has_one_process_and_no_future() {
    let (relay, home) = scene().await;
    let held = client::Client::open(&home.profile("ada")).await.unwrap();
    let said = home.amend_fails("ada", &["rooms"], "");
    assert!(
        said.contains("in use by another Amend") && said.contains(&std::process::id().to_string()),
        "{said}"
    );
    held.close().await;
    let path = home.profile("ada").join("amend.db");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer
        .execute_batch("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE);")
        .unwrap();
    drop(newer);
    let before = std::fs::read(&path).unwrap();
    let said = home.amend_fails("ada", &["rooms"], "");
    assert!(said.contains("newer Amend"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    drop(relay);
}
