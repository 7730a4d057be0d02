//! Import and export, whole: other chats' files through a relay to everybody's screen, once, whatever ends any process; and out again.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wire::token;
use system_tests::{exports, programs, wait};

async fn scene(people: &[&str]) -> (RelayProcess, Home) {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    for name in people {
        relay.add_user(name);
    }
    home.login(&relay, "ada");
    (relay, home)
}

/// Everything that an import can make, and how often anything has changed.
async fn stored(relay: &RelayProcess) -> Vec<i64> {
    let client = relay.database().client().await;
    let mut counts = Vec::new();
    for query in [
        "SELECT count(*) FROM account",
        "SELECT count(*) FROM room",
        "SELECT count(*) FROM member",
        "SELECT count(*) FROM message",
        "SELECT count(*) FROM message_version",
        "SELECT count(*) FROM reaction",
        "SELECT count(*) FROM read_marker",
        "SELECT coalesce(sum(last_seq), 0)::bigint FROM room",
    ] {
        counts.push(client.query_one(query, &[]).await.unwrap().get(0));
    }
    counts
}

async fn number(relay: &RelayProcess, query: &str) -> i64 {
    let client = relay.database().client().await;
    client.query_one(query, &[]).await.unwrap().get(0)
}

fn path(home: &Home, name: &str) -> String {
    home.path().join(name).to_string_lossy().into_owned()
}

fn doctor_is_content(relay: &RelayProcess) {
    let said = relay.host_with(&["doctor"], "");
    assert!(!said.contains("not so:"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_reaches_everybody_at_once_and_comes_once() {
    let (relay, home) = scene(&["ada", "grace"]).await;
    // Grace is there already, and hears of it like of everything else.
    let grace = home.client(&relay, "grace", "grace").await;
    let file = path(&home, "slack.zip");
    exports::zip(Path::new(&file), &exports::slack(false));
    let preview = home.amend("ada", &["import", &file, "--preview"]);
    assert!(
        preview.contains("6 messages") || preview.contains("7 messages"),
        "{preview}"
    );
    assert!(preview.contains("private: left out"), "{preview}");
    assert_eq!(stored(&relay).await[1], 0, "a preview imports nothing");
    let report = home.amend("ada", &["import", &file]);
    for line in [
        "Slack's own message (channel_join)",
        "a reaction of somebody whom the export does not name",
        "a room that is left out (such as plans)",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
    let rooms = wait::until(
        "grace has the rooms",
        async || grace.rooms().await.unwrap(),
        |rooms| rooms.len() == 2,
    )
    .await;
    let general = rooms.iter().find(|room| room.name == "general").unwrap();
    assert_eq!(general.topic, "For **all** of us");
    let seen = async || {
        let timeline = grace.timeline(general.id, None, 50).await.unwrap();
        let items = timeline.items.into_iter();
        items
            .map(|item| (item.author_name, item.body, item.created_at.0))
            .collect::<Vec<_>>()
    };
    let shown = wait::until("grace has the messages", seen, |items| items.len() == 5).await;
    let expected = [
        (
            "ada",
            "hello @grace, **read** [this](https://example.org) 🎉",
            1_355_517_523_000,
        ),
        ("grace", "second, edited", 1_355_517_525_000),
        (
            "deploy",
            "> [Build 7](https://example.org/7)\n> passed",
            1_355_517_526_000,
        ),
        (
            "Mary Shelley",
            "a picture\n[p.png](https://files.example.org/p.png)",
            1_355_517_527_000,
        ),
        ("grace", "the next day", 1_355_603_925_000),
    ];
    let expected = expected.map(|(who, what, at)| (who.to_owned(), what.to_owned(), at));
    assert_eq!(shown, expected);
    let own = number(
        &relay,
        "SELECT count(*) FROM message WHERE body = 'a secret plan'",
    )
    .await;
    assert_eq!(own, 0, "what was private is not made public");
    doctor_is_content(&relay);

    // Once more: nothing changes, not even a counter.
    let before = stored(&relay).await;
    let report = home.amend("ada", &["import", &file]);
    assert!(report.contains("0 new messages"), "{report}");
    assert_eq!(stored(&relay).await, before);

    // What was done here since stays; what was done there since comes.
    let first = grace.timeline(general.id, None, 50).await.unwrap().items[4].clone();
    let base = (first.rev, first.body.as_str());
    grace
        .edit(
            general.id,
            first.id,
            base,
            "the next day, changed here",
            None,
        )
        .await
        .unwrap();
    let changed = "SELECT count(*) FROM message WHERE body = 'the next day, changed here'";
    let is_there = async || number(&relay, changed).await;
    wait::until("the edit is at the relay", is_there, |count| *count == 1).await;
    exports::zip(Path::new(&file), &exports::slack(true));
    let report = home.amend("ada", &["import", &file]);
    assert!(report.contains("1 new messages"), "{report}");
    assert!(
        report.contains("1 changed since an earlier import"),
        "{report}"
    );
    let bodies = async || {
        let items = grace.timeline(general.id, None, 50).await.unwrap().items;
        items.into_iter().map(|item| item.body).collect::<Vec<_>>()
    };
    let shown = wait::until("grace has the new ones", bodies, |bodies| bodies.len() == 6).await;
    assert_eq!(shown[1], "second, edited twice");
    assert_eq!(shown[4], "the next day, changed here");
    assert_eq!(shown[5], "new since");
    let kept = number(
        &relay,
        "SELECT count(*) FROM message_version WHERE body = 'second, edited'",
    )
    .await;
    assert_eq!(kept, 1, "the earlier text is kept");
    doctor_is_content(&relay);
    grace.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_imports() {
    let (relay, home) = scene(&["ada", "grace"]).await;
    home.login(&relay, "grace");
    let file = path(&home, "slack.zip");
    exports::zip(Path::new(&file), &exports::slack(false));
    let before = stored(&relay).await;
    let said = home.amend_fails("grace", &["import", &file], "");
    assert!(
        said.contains("only an admin") && said.contains("promote grace"),
        "{said}"
    );
    // Nor past the client, nor with a short-lived token of an admin.
    let adas = token(&relay.url(), "ada");
    let short: Value = ureq::post(format!("{}/v1/token", relay.url()))
        .header("Authorization", format!("Bearer {adas}"))
        .send_empty()
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap();
    let person = json!({"items": [{"person": {"id": uuid::Uuid::now_v7(), "name": "x"}}]});
    for token in [
        token(&relay.url(), "grace"),
        short["token"].as_str().unwrap().to_owned(),
    ] {
        let answer = ureq::post(format!("{}/v1/import", relay.url()))
            .config()
            .http_status_as_error(false)
            .build()
            .header("Authorization", format!("Bearer {token}"))
            .send_json(&person)
            .unwrap();
        assert_eq!(answer.status(), 403);
    }
    assert_eq!(stored(&relay).await, before);
}

/// `amend import` under way in a process of its own.
fn importing(home: &Home, file: &str) -> Child {
    Command::new(programs::built("amend"))
        .args(["--profile", "ada", "import", file])
        .env("AMEND_HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_any_death_and_doubles_nothing() {
    let (mut relay, home) = scene(&["ada"]).await;
    let file = path(&home, "many.jsonl");
    std::fs::write(&file, exports::many(12_000)).unwrap();
    let some = async |least: i64| {
        let count = async || number(&relay, "SELECT count(*) FROM message").await;
        wait::until("some of it is there", count, |count| *count >= least).await
    };
    // The client dies, twice.
    for least in [1000, 3000] {
        let mut child = importing(&home, &file);
        some(least).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // The relay dies under it, and comes back.
    let child = importing(&home, &file);
    some(6000).await;
    relay.kill();
    relay.come_back().await;
    let output = child.wait_with_output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    assert!(report.contains("Nothing was left out."), "{report}");
    let all = "SELECT count(*) FROM message";
    assert_eq!(number(&relay, all).await, 12_000);
    let order = "SELECT count(*) FROM (SELECT created_at, lag(created_at) OVER (ORDER BY position) AS before FROM message) m
        WHERE before > created_at";
    assert_eq!(number(&relay, order).await, 0, "in the order of time");
    assert_eq!(number(&relay, "SELECT count(*) FROM room").await, 1);
    doctor_is_content(&relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_imported_claims_their_account_by_invite() {
    let (relay, home) = scene(&["ada"]).await;
    let file = path(&home, "many.jsonl");
    std::fs::write(&file, exports::many(4)).unwrap();
    let _ = home.amend("ada", &["import", &file]);
    // Nobody can guess their way in.
    let guess = [
        "login",
        "--relay",
        &relay.url(),
        "--name",
        "Peter",
        "--password-stdin",
    ];
    let said = home.amend_fails("peter", &guess, "!");
    assert!(said.contains("Name or password is wrong"), "{said}");
    let said = relay.host_fails(&["invite", "--for", "ada"]);
    assert!(said.contains("somebody's already"), "{said}");
    let code = relay.host(&["invite", "--for", "Peter"]);
    let again = relay.host(&["invite", "--for", "Peter"]);
    let register = |code: &str, name: &str| {
        let args = [
            "register",
            "--relay",
            &relay.url(),
            "--name",
            name,
            "--invite",
            code,
            "--password-stdin",
        ];
        home.amend_with(name, &args, &password("peter"))
    };
    let output = register(&code, "pete");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("as Peter."), "{said} {output:?}");
    let mine = home.amend("pete", &["rooms", "join", "Archive"]);
    let _ = home.amend("pete", &["sync"]);
    let lines = home.amend("pete", &["tail", "Archive", "--json"]);
    assert!(lines.contains(r#""author":"Peter""#), "{mine} {lines}");
    let output = register(&again, "thief");
    assert!(!output.status.success(), "an account is claimed once");
}

/// What an export holds, with what differs between two relays made the same: the importer's id, and what direct rooms' ids are made of.
fn contents(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut names = BTreeMap::new();
    let mut directs = BTreeMap::new();
    for line in &lines {
        let id = line["id"].as_str().unwrap_or_default().to_owned();
        if line["kind"] == "person" {
            names.insert(id, line["name"].as_str().unwrap().to_owned());
        } else if line["type"] == "direct" {
            let people = line["people"].as_array().unwrap().iter();
            let mut people: Vec<_> = people.map(|p| names[p.as_str().unwrap()].clone()).collect();
            people.sort();
            directs.insert(id, people.join("+"));
        }
    }
    let mut lines: Vec<String> = lines[1..]
        .iter()
        .map(|line| {
            let mut line = line.clone();
            if let Some(people) = line.get_mut("people").and_then(Value::as_array_mut) {
                people.sort_by_key(|id| names[id.as_str().unwrap()].clone());
            }
            // A direct room is made by whoever is first in it.
            if line["type"] == "direct" {
                line["created_by"] = Value::Null;
            }
            let mut text = line.to_string();
            for (id, name) in names.iter().chain(&directs) {
                text = text.replace(id, name);
            }
            text
        })
        .collect();
    lines.sort();
    lines
}

/// Rooms and messages as chance has it, from a seed.
fn chance(seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let people = ["ada", "Grace Hopper", "李小龍", "zoë"];
    let texts = [
        "plain",
        "*a* [b](c) `d`",
        "```\nopen fence",
        "\"quoted\" \\ back",
        "emoji 👍🏽 and \u{202e}turned",
        "tab\tand\r\nlines\n\n# head",
        "<script>alert(1)</script>",
        "{\"kind\":\"message\"}",
        "@ada :tada: 10:30:15",
    ];
    let mut lines = vec![json!({"kind": "amend", "version": 1, "source": format!("seed-{seed}")})];
    for (n, name) in people.iter().enumerate() {
        lines.push(json!({"kind": "person", "id": format!("p{n}"), "name": name}));
    }
    for room in 0..3 {
        let id = format!("r{room}");
        let direct = room == 2;
        let at = 1_500_000_000_000_i64 + random.i64(0..1_000_000);
        lines.push(match direct {
            true => json!({"kind": "room", "id": id, "name": "d", "type": "direct", "created_at": at, "people": ["p0", "p1", "p3"]}),
            false => json!({"kind": "room", "id": id, "name": format!("Room {room}"), "topic": texts[random.usize(..3)].replace('\n', " "),
                "type": "channel", "created_by": "p1", "created_at": at, "edit_policy": "moderators"}),
        });
        if !direct {
            for (n, role) in ["member", "owner", "reader", "moderator"]
                .iter()
                .enumerate()
            {
                lines.push(json!({"kind": "member", "room": id, "person": format!("p{n}"), "role": role, "joined_at": at + n as i64}));
            }
        }
        let count = random.usize(1..40);
        for n in 0..count {
            let author = [0, 1, 3][random.usize(..3)];
            let written = at + 10_000 + n as i64 * 1000;
            let mut message = json!({"kind": "message", "room": id, "id": format!("m{n}"), "author": format!("p{author}"),
                "body": format!("{} {n}", texts[random.usize(..texts.len())]), "created_at": written});
            if n > 0 && random.bool() {
                message["reply_to"] = json!(format!("m{}", random.usize(..n)));
            }
            match random.u8(..6) {
                0 => {
                    message["edited_at"] = json!(written + 500);
                    message["edited_by"] = json!(format!("p{author}"));
                }
                1 => {
                    message["deleted_at"] = json!(written + 700);
                    message["body"] = json!("");
                }
                2 => message["pinned_at"] = json!(written + 900),
                _ => {}
            }
            let deleted = message.get("deleted_at").is_some();
            lines.push(message);
            if !deleted && random.bool() {
                let emoji = ["👍", "🎉", ":own:"][random.usize(..3)];
                lines.push(json!({"kind": "reaction", "room": id, "message": format!("m{n}"), "person": "p1",
                    "emoji": emoji}));
            }
        }
    }
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_and_imported_elsewhere_is_the_same() {
    for seed in [1, 2, 3] {
        let (first, home) = scene(&["ada"]).await;
        let file = path(&home, "chance.jsonl");
        std::fs::write(&file, chance(seed)).unwrap();
        let report = home.amend("ada", &["import", &file]);
        assert!(report.contains("Nothing was left out."), "{seed}: {report}");
        let _ = home.amend("ada", &["sync"]);
        let out = path(&home, "out.jsonl");
        let _ = home.amend("ada", &["export", &out]);
        // Again, over the first: the same, and not twice.
        let one = contents(&out);
        let _ = home.amend("ada", &["export", &out]);
        assert_eq!(contents(&out), one);
        let (_second, elsewhere) = scene(&["ada"]).await;
        let _ = elsewhere.amend("ada", &["import", &out]);
        let _ = elsewhere.amend("ada", &["sync"]);
        let back = path(&elsewhere, "back.jsonl");
        let _ = elsewhere.amend("ada", &["export", &back]);
        assert_eq!(contents(&back), one, "{seed}");
        drop(first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_for_people_hold_everything_and_replace_only_their_own() {
    let (_relay, home) = scene(&["ada"]).await;
    let file = path(&home, "slack.zip");
    exports::zip(Path::new(&file), &exports::slack(false));
    let _ = home.amend("ada", &["import", &file]);
    let _ = home.amend("ada", &["sync"]);
    let database = path(&home, "out.sqlite");
    let folder = path(&home, "out");
    for _ in 0..2 {
        let _ = home.amend("ada", &["export", &database]);
        let _ = home.amend("ada", &["export", &folder]);
    }
    let open = rusqlite::Connection::open(&database).unwrap();
    let count = |query: &str| {
        open.query_row(query, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(count("SELECT count(*) FROM message"), 6);
    assert_eq!(
        count("SELECT count(*) FROM timeline WHERE room = 'general'"),
        5
    );
    assert_eq!(count("SELECT count(*) FROM reaction"), 1);
    assert_eq!(
        count("SELECT count(*) FROM message WHERE created_at = '2012-12-14T20:38:43Z'"),
        1
    );
    let month = std::fs::read_to_string(format!("{folder}/general/2012-12.md")).unwrap();
    assert!(
        month.contains("## 2012-12-14") && month.contains("## 2012-12-15"),
        "{month}"
    );
    assert!(
        month.contains("> hello @grace, **read** [this](https://example.org) 🎉"),
        "{month}"
    );
    assert!(
        month.contains("> > **ada:** hello"),
        "an answer quotes: {month}"
    );
    assert_eq!(month.matches("the next day").count(), 1, "{month}");
    assert!(!Path::new(&format!("{database}.part")).exists());
    // A room, and some days.
    let some = path(&home, "some.jsonl");
    let _ = home.amend(
        "ada",
        &[
            "export",
            &some,
            "--room",
            "general",
            "--since",
            "2012-12-15",
        ],
    );
    let some = std::fs::read_to_string(some).unwrap();
    assert_eq!(some.matches(r#""kind":"message""#).count(), 1, "{some}");
    // A folder that is somebody's is left alone.
    let own = path(&home, "photos");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(format!("{own}/cat.png"), "x").unwrap();
    let said = home.amend_fails("ada", &["export", &own], "");
    assert!(said.contains("is taken"), "{said}");
    assert!(Path::new(&format!("{own}/cat.png")).exists());
}
