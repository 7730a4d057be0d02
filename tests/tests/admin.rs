//! The host's commands for rooms and for one person's data: what they change reaches every screen at once, and what they erase is gone.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::{MessageId, NamedUser, Rejection, RoomId};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::wire::Wire;

async fn settled(client: &Client) {
    let waiting = async || client.status().await.unwrap().waiting;
    wait::until("nothing waits", waiting, |waiting| *waiting == 0).await;
}

async fn text_of(client: &Client, room: RoomId, id: MessageId) -> Option<String> {
    let items = client.timeline(room, None, 1000).await.unwrap().items;
    items
        .into_iter()
        .find(|item| item.id == id)
        .map(|item| item.body)
}

/// Ada's room with grace in it.
async fn two(relay: &RelayProcess, home: &Home) -> (Client, Client, RoomId) {
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let ada = home.client(relay, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    settled(&ada).await;
    let grace = home.client(relay, "grace", "grace").await;
    let _ = relay.host(&["room", "add-member", "general", "grace"]);
    in_room(&grace, room, true).await;
    (ada, grace, room)
}

async fn in_room(client: &Client, room: RoomId, is_in: bool) {
    let rooms = async || client.rooms().await.unwrap();
    wait::until("the rooms are right", rooms, |rooms| {
        rooms.iter().any(|one| one.id == room) == is_in
    })
    .await;
}

async fn count(client: &Client, query: &'static str) -> i64 {
    let counted = client
        .db()
        .read(move |local| Ok(local.query_row(query, [], |row| row.get(0))?));
    counted.await.unwrap()
}

async fn named(client: &Client, name: &str) -> NamedUser {
    let people = client.everybody().await.unwrap();
    people.into_iter().find(|one| one.name == name).unwrap()
}

/// All tables, as text.
async fn dump(relay: &RelayProcess) -> String {
    let client = relay.database().client().await;
    let tables = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut dump = String::new();
    for row in client.query(tables, &[]).await.unwrap() {
        let name: String = row.get(0);
        let rows = client
            .query(&format!("SELECT t::text FROM \"{name}\" t"), &[])
            .await
            .unwrap();
        for row in rows {
            dump.push_str(row.get(0));
            dump.push('\n');
        }
    }
    dump.to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_with_rooms_is_on_every_screen_at_once() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    let (ada, grace, room) = two(&relay, &home).await;
    let _ = ada.post(room, "hello").await.unwrap();
    settled(&ada).await;
    let list = relay.host(&["room", "list"]);
    let fields: Vec<&str> = list.split('\t').collect();
    assert_eq!(
        (fields[0], fields[2], fields[3], fields[4]),
        ("General", "channel", "2", "1"),
        "{list}"
    );
    assert_eq!(fields[1], room.to_string());
    let members = relay.host(&["room", "members", &room.to_string()]);
    assert!(
        members.contains("ada\t") && members.contains("\towner"),
        "{members}"
    );

    let _ = relay.host(&["room", "set-role", "General", "grace", "reader"]);
    // By her own device, from the moment on which it has heard of her new role.
    let written = async || {
        grace
            .post(room, "may I?")
            .await
            .map_err(|error| error.to_string())
    };
    let refusal = wait::until("a reader can't write", written, Result::is_err).await;
    assert_eq!(refusal, Err(Rejection::Forbidden.to_string()));
    let _ = relay.host(&["room", "archive", "General"]);
    let archived = async || {
        count(
            &ada,
            "SELECT count(*) FROM room WHERE archived_at IS NOT NULL",
        )
        .await
    };
    wait::until("it is archived on ada's device", archived, |found| {
        *found == 1
    })
    .await;
    assert!(relay.host(&["room", "list"]).ends_with("archived"));
    let _ = relay.host(&["room", "unarchive", "General"]);
    wait::until("it is open again", archived, |found| *found == 0).await;
    let _ = relay.host(&["room", "remove-member", "General", "grace"]);
    in_room(&grace, room, false).await;
    assert!(
        relay
            .host(&["room", "members", "General"])
            .contains("removed\tleft")
    );
    let _ = relay.host(&[
        "room",
        "add-member",
        "General",
        "grace",
        "--role",
        "moderator",
    ]);
    in_room(&grace, room, true).await;

    assert!(
        relay
            .host_fails(&["room", "archive", "Nowhere"])
            .contains("room list")
    );
    let _ = ada.create_room("General", "").await.unwrap();
    settled(&ada).await;
    let many = relay.host_fails(&["room", "archive", "General"]);
    assert!(many.contains(&room.to_string()), "{many}");
    relay.add_user("mary");
    assert!(
        relay
            .host_fails(&["room", "set-role", &room.to_string(), "mary", "owner"])
            .contains("room members")
    );
    let direct = ada
        .open_direct(vec![named(&ada, "grace").await])
        .await
        .unwrap();
    settled(&ada).await;
    let refused = relay.host_fails(&["room", "add-member", &direct.to_string(), "mary"]);
    assert!(refused.contains("direct room"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_on_every_screen_and_goes_on_to_new_rooms() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    let (ada, grace, room) = two(&relay, &home).await;
    let _ = grace.post(room, "it is me").await.unwrap();
    settled(&grace).await;
    let taken = relay.host_fails(&["user", "rename", "grace", "ADA"]);
    assert!(taken.contains("already an account"), "{taken}");
    // The same to the eye: a Cyrillic letter.
    let alike = relay.host_fails(&["user", "rename", "grace", "\u{430}da"]);
    assert!(alike.contains("looks the same"), "{alike}");
    let _ = relay.host(&["user", "rename", "grace", "Grace H."]);
    let author = async || ada.timeline(room, None, 10).await.unwrap().items;
    wait::until("ada sees the new name", author, |items| {
        items.iter().any(|item| item.author_name == "Grace H.")
    })
    .await;
    // A session from before the change enters a room under the new name.
    let second = ada.create_room("Second", "").await.unwrap();
    settled(&ada).await;
    grace.browse().await.unwrap();
    let known = async || grace.directory().await.unwrap();
    wait::until("grace knows it", known, |rooms| rooms.len() == 2).await;
    grace.join(second).await.unwrap();
    settled(&grace).await;
    let members = relay.host(&["room", "members", "Second"]);
    assert!(members.contains("Grace H.\t"), "{members}");
}

/// Grace writes in many ways; returns her messages and ada's.
async fn history(ada: &Client, grace: &Client, room: RoomId) -> (Vec<MessageId>, MessageId) {
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(grace.post(room, &format!("xyzzy {number}")).await.unwrap());
    }
    settled(grace).await;
    grace
        .edit(
            room,
            ids[0],
            (model::Rev(1), "xyzzy 0"),
            "plugh xyzzy",
            None,
        )
        .await
        .unwrap();
    grace.delete(room, ids[1]).await.unwrap();
    let theirs = ada.post(room, "ada's own words").await.unwrap();
    settled(ada).await;
    let here = async || text_of(grace, room, theirs).await;
    wait::until("grace has it", here, Option::is_some).await;
    grace.react(room, theirs, "🦀", true).await.unwrap();
    settled(grace).await;
    (ids, theirs)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_gone_from_the_database_and_from_every_screen() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    // Even where the host watches Amend's own tables.
    let watch = ["message", "account", "message_version"]
        .map(|table| format!("[[watch]]\ntable = \"{table}\"\nchannel = \"{table}\"\n"));
    std::fs::write(&config, watch.concat()).unwrap();
    let relay = RelayProcess::configured(&config).await;
    let home = Home::new();
    let (ada, grace, room) = two(&relay, &home).await;
    let events = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'amend_watch%'";
    let watching = relay.database().client().await;
    let triggers = async || -> i64 { watching.query_one(events, &[]).await.unwrap().get(0) };
    wait::until("the tables are watched", triggers, |found| *found == 6).await;
    let (ids, theirs) = history(&ada, &grace, room).await;
    let them = named(&ada, "grace").await;
    let direct = ada.open_direct(vec![them.clone()]).await.unwrap();
    settled(&ada).await;
    in_room(&grace, direct, true).await;
    let secret = grace.post(direct, "xyzzy between us").await.unwrap();
    settled(&grace).await;
    for (room, id) in [(room, ids[2]), (direct, secret)] {
        let here = async || text_of(&ada, room, id).await;
        wait::until("ada has it", here, |text| {
            text.as_ref().is_some_and(|text| text.contains("xyzzy"))
        })
        .await;
    }
    let before = dump(&relay).await;
    assert!(before.contains("xyzzy") && before.contains("plugh") && before.contains("grace"));
    let mut live = Wire::hello(&relay, "grace").await;

    let asked = relay.host_fails(&["user", "erase", "grace"]);
    assert!(
        asked.contains("--yes") && asked.contains("Nothing was changed"),
        "{asked}"
    );
    assert!(dump(&relay).await.contains("plugh"));
    let done = relay.host(&["user", "erase", "grace", "--yes"]);
    assert!(done.contains("3 messages were cleared"), "{done}");
    let after = dump(&relay).await;
    for word in ["xyzzy", "plugh", "grace", "between us"] {
        assert!(!after.contains(word), "{word} is still there");
    }
    assert!(after.contains("ada's own words"));
    // The live session is put out; nobody signs in by that name any more.
    while live.next().await.is_some() {}
    let login = serde_json::json!({"name": "grace", "password": password("grace")});
    let login = ureq::post(format!("{}/v1/login", relay.url()))
        .config()
        .http_status_as_error(false)
        .build()
        .send_json(&login)
        .unwrap();
    assert_eq!(login.status(), 401);
    // Every screen: no text, no name, no reaction; the words of others stay.
    let cleared = async || {
        let mut left = Vec::new();
        for (room, id) in [(room, ids[0]), (room, ids[2]), (direct, secret)] {
            left.extend(text_of(&ada, room, id).await);
        }
        left.concat()
    };
    wait::until(
        "ada's screen has no text of hers",
        cleared,
        String::is_empty,
    )
    .await;
    let reactions = async || {
        count(
            &ada,
            "SELECT count(*) FROM reaction WHERE removed_at IS NULL",
        )
        .await
    };
    wait::until("the reaction is gone", reactions, |found| *found == 0).await;
    assert_eq!(
        text_of(&ada, room, theirs).await.unwrap(),
        "ada's own words"
    );
    let names = async || format!("{:?}", ada.timeline(room, None, 100).await.unwrap().items);
    wait::until("her name is gone", names, |names| {
        !names.contains("grace") && names.contains("deleted user")
    })
    .await;
    for id in ids {
        let versions = ada.versions(id).await.unwrap();
        assert!(
            versions.iter().all(|version| version.body.is_empty()),
            "{versions:?}"
        );
    }
    // Nothing of it is left in the rows of ada's database either.
    let query = "SELECT count(*) FROM message WHERE body LIKE '%xyzzy%' OR body LIKE '%plugh%'";
    assert_eq!(count(&ada, query).await, 0);
    // Asked again, by id: nothing more to do.
    let again = relay.host(&["user", "erase", &them.user_id.to_string(), "--yes"]);
    assert!(again.contains(" 0 messages"), "{again}");
    let _ = relay.host(&["doctor", "--listen", &relay.address().to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_may_leave_the_teams_talk() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    let (ada, grace, room) = two(&relay, &home).await;
    let (ids, _) = history(&ada, &grace, room).await;
    let _ = relay.host(&["user", "erase", "grace", "--messages", "keep", "--yes"]);
    let after = dump(&relay).await;
    assert!(after.contains("xyzzy") && !after.contains("grace"));
    let names = async || {
        let items = ada.timeline(room, None, 100).await.unwrap().items;
        items.into_iter().find(|item| item.id == ids[0]).unwrap()
    };
    let item = wait::until("her name is gone", names, |item| {
        item.author_name.starts_with("deleted user")
    })
    .await;
    assert_eq!(item.body, "plugh xyzzy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_all_of_one_person_and_no_secret() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    let (ada, grace, room) = two(&relay, &home).await;
    let (ids, _) = history(&ada, &grace, room).await;
    grace.mark_read(room, model::Seq(3)).await.unwrap();
    settled(&grace).await;
    let _ = relay.host(&["user", "promote", "grace"]);
    let _ = grace.invite(2, 3).await.unwrap();
    let exported = relay.host(&["user", "export", "grace"]);
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of =
        |kind: &str| -> Vec<&Value> { lines.iter().filter(|line| line["kind"] == kind).collect() };
    assert_eq!(of("account")[0]["name"], "grace");
    assert_eq!(of("membership")[0]["room"], "General");
    assert_eq!(of("message").len(), 3);
    assert_eq!(of("message")[0]["body"], "plugh xyzzy");
    let versions: Vec<&Value> = of("version").iter().map(|one| &one["body"]).collect();
    assert!(versions.contains(&&Value::from("xyzzy 0")), "{versions:?}");
    assert!(
        versions.contains(&&Value::from("xyzzy 1")),
        "of the deleted one: {versions:?}"
    );
    assert_eq!(of("reaction")[0]["emoji"], "🦀");
    assert_eq!(of("read_marker").len(), 1);
    assert_eq!(of("invite")[0]["uses_left"], 2);
    assert_eq!(of("session").len(), 1);
    assert!(exported.contains(&ids[1].to_string()));
    assert!(!exported.contains("argon2") && !exported.contains("ada's own words"));
    let file = home.path().join("grace.jsonl");
    let to = ["user", "export", "grace", "--to", file.to_str().unwrap()];
    let said = relay.host(&to);
    assert!(said.contains(&format!("{} lines", lines.len())), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), exported);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // A file that is there already is nobody's to overwrite.
    assert!(relay.host_fails(&to).contains("not there yet"));
}
