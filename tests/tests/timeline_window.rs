//! The timeline in the real window: answers, reactions, pins, versions, the conflict card, unread messages, places, dates, links, and a
//! long room scrolled from one end to the other.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::Ask;
use model::{MessageId, RoomId};
use serde_json::{Value, json};
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::window::Window;
use system_tests::{long_room, scrolling, wait};

const ROOM: &str = "General";

/// Where the first message in sight is: its id, and how far below the timeline's edge.
const SIGHT: &str = r#"
    const list = document.querySelector('[data-testid="timeline"]');
    if (!list) return null;
    const top = list.getBoundingClientRect().top;
    const m = Array.from(list.querySelectorAll('[data-message-id]')).find(m => m.getBoundingClientRect().bottom > top);
    return m ? [m.dataset.messageId, Math.round(m.getBoundingClientRect().top - top)] : null;"#;

/// The same message at the same height; a pixel is lost where heights are broken.
fn is_there(seen: &Value, place: &Value) -> bool {
    let height = |of: &Value| of[1].as_i64().unwrap_or(i64::MAX / 2);
    seen[0] == place[0] && (height(seen) - height(place)).abs() <= 1
}

/// A relay and two people who are in one room; the first owns it.
async fn two_people() -> (RelayProcess, Home) {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        relay.add_user(name);
        home.login(&relay, name);
    }
    let _ = home.amend("ada", &["rooms", "create", ROOM]);
    let _ = home.amend("grace", &["rooms", "join", ROOM]);
    (relay, home)
}

async fn open(home: &Home, name: &str) -> Window {
    let window = Window::open(home, name).await;
    window.until_connection("online").await;
    window.get("composer").await;
    window
}

/// The only room of a profile that nobody else has open, and its client.
async fn inside(home: &Home, name: &str) -> (Client, RoomId) {
    let client = Client::open(&home.profile(name)).await.unwrap();
    let room = wait::until(
        "the room is here",
        async || client.rooms().await.unwrap().first().map(|room| room.id),
        Option::is_some,
    )
    .await
    .unwrap();
    (client, room)
}

fn says(text: &str) -> impl Fn(&Value) -> bool {
    let text = text.to_owned();
    move |seen| seen.as_str().is_some_and(|seen| seen.contains(&text))
}

fn text_of(message: &str, testid: &str) -> String {
    format!(
        r#"const e = document.querySelector('[data-message-id="{message}"] [data-testid="{testid}"]'); return e ? e.textContent : null;"#
    )
}

fn attribute(testid: &str, name: &str) -> String {
    format!(
        r#"const e = document.querySelector('[data-testid="{testid}"]'); return e ? e.dataset.{name} : null;"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_answer_react_pin_and_look_at_versions() {
    let (mut relay, home) = two_people().await;
    let (ada, grace) = (open(&home, "ada").await, open(&home, "grace").await);
    ada.post("shall we meet on Monday").await;
    let id = grace.message("shall we meet on Monday").await.id;

    // A reaction from each side: counted, named, and one's own is marked.
    grace.act(&id, "react-button").await;
    grace.click("pick-emoji").await;
    let chip = format!(
        r#"const e = document.querySelector('[data-message-id="{id}"] [data-testid="reaction"]');
        return e ? [e.dataset.count, e.getAttribute('aria-pressed'), e.querySelector('.visually-hidden').textContent] : null;"#
    );
    let seen = ada
        .until_script("ada sees the reaction", &chip, |seen| seen[0] == "1")
        .await;
    assert_eq!(seen[1], "false");
    assert!(says("grace")(&seen[2]), "{seen}");
    ada.act(&id, "reaction").await;
    let both = |seen: &Value| seen[0] == "2" && seen[1] == "true";
    ada.until_script("ada's own is marked", &chip, both).await;
    grace.until_script("grace sees two", &chip, both).await;
    grace.act(&id, "reaction").await;
    ada.until_script("one is taken back", &chip, |seen| seen[0] == "1")
        .await;

    // An answer, by key; its preview leads back.
    grace.press(&id, "r").await;
    let bar = grace.text("reply-bar").await;
    assert!(bar.contains("ada") && bar.contains("Monday"), "{bar}");
    grace.post("Tuesday is better").await;
    let answer = ada.message("Tuesday is better").await.id;
    let preview = text_of(&answer, "reply-preview");
    ada.until_script("the answer shows what it answers", &preview, says("Monday"))
        .await;
    ada.act(&answer, "reply-preview").await;
    let target =
        format!(r#"return document.querySelector('[data-message-id="{id}"]').dataset.target;"#);
    ada.until_script("the preview leads there", &target, |seen| seen == "true")
        .await;
    let gone = "return document.querySelector('[data-testid=\"reply-bar\"]') === null;";
    grace
        .until_script("the bar is gone", gone, |seen| seen == true)
        .await;

    // Only who looks after the room may pin; both see it.
    grace.press(&id, "p").await;
    ada.press(&id, "p").await;
    for window in [&ada, &grace] {
        let seen = window.text("pins-last").await;
        assert!(seen.contains("Monday"), "{seen}");
    }
    ada.shot("timeline-two-people").await;
    ada.click("pins-toggle").await;
    ada.click("pin-remove").await;
    let unpinned = "return document.querySelector('[data-testid=\"pins-last\"]') === null;";
    grace
        .until_script("it is unpinned", unpinned, |seen| seen == true)
        .await;

    // Every version, with what changed; once seen, also without the relay.
    ada.edit("shall we meet on Monday", "shall we meet on Wednesday")
        .await;
    grace.message("shall we meet on Wednesday").await;
    grace.act(&id, "edited").await;
    let versions = r#"return Array.from(document.querySelectorAll('[data-testid="version"]')).map(v =>
        [v.dataset.rev, v.querySelector('del')?.textContent ?? '', v.querySelector('ins')?.textContent ?? '', v.querySelector('.version-text').textContent]);"#;
    let two = |seen: &Value| seen.as_array().is_some_and(|seen| seen.len() == 2);
    let seen = grace.until_script("both versions", versions, two).await;
    assert_eq!(seen[0][1], "Monday");
    assert_eq!(seen[0][2], "Wednesday");
    assert_eq!(seen[1][3], "shall we meet on Monday");
    grace.shot("timeline-versions").await;
    relay.kill();
    grace.until_connection("offline").await;
    grace.click("close-versions").await;
    grace.act(&id, "edited").await;
    grace
        .until_script("both versions offline", versions, two)
        .await;
    // Ada never looked: hers says what is missing and why.
    ada.until_connection("offline").await;
    ada.act(&id, "edited").await;
    let missing = ada.text("versions-missing").await;
    assert!(missing.contains('1'), "{missing}");
}

/// Where two edits met: each of the three ways keeps what it says, on both screens.
#[tokio::test(flavor = "multi_thread")]
async fn the_conflict_card_keeps_mine_theirs_or_both() {
    let (mut relay, home) = two_people().await;
    let ada = open(&home, "ada").await;
    let kinds = ["mine", "theirs", "both"];
    let mut ids = Vec::new();
    for kind in kinds {
        ada.post(&format!("plan {kind}")).await;
        ids.push(ada.message(&format!("plan {kind}")).await.id);
    }
    ada.until("all are sent", |shown| {
        shown.len() == 3 && shown.iter().all(|message| message.delivery == "sent")
    })
    .await;
    relay.kill();
    ada.until_connection("offline").await;
    for kind in kinds {
        ada.edit(&format!("plan {kind}"), &format!("plan {kind} by hand"))
            .await;
        ada.message(&format!("plan {kind} by hand")).await;
    }
    relay
        .database()
        .sql("UPDATE message SET body = body || ' from elsewhere' WHERE body LIKE 'plan %'")
        .await;
    relay.come_back().await;
    ada.until_connection("online").await;
    ada.until("three edits met others", |shown| {
        shown
            .iter()
            .filter(|message| message.delivery == "failed")
            .count()
            == 3
    })
    .await;
    ada.shot("timeline-conflicts").await;
    for (id, kind) in ids.iter().zip(kinds) {
        let theirs = text_of(id, "their-text");
        ada.until_script("their text", &theirs, says("from elsewhere"))
            .await;
        let mine = text_of(id, "refused-text");
        ada.until_script("my text", &mine, says("by hand")).await;
        let base = text_of(id, "base-text");
        ada.until_script("the text before", &base, says(&format!("plan {kind}")))
            .await;
    }
    ada.act(&ids[0], "keep-mine-button").await;
    ada.act(&ids[1], "keep-theirs-button").await;
    ada.act(&ids[1], "confirm-discard-button").await;
    ada.act(&ids[2], "keep-both-button").await;
    let grace = open(&home, "grace").await;
    for window in [&ada, &grace] {
        let seen = window
            .until("every choice is on the screen", |shown| {
                shown.len() == 4 && shown.iter().all(|message| message.delivery == "sent")
            })
            .await;
        let bodies: Vec<&str> = seen.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(
            bodies,
            [
                "plan mine by hand",
                "plan theirs from elsewhere",
                "plan both from elsewhere",
                "plan both by hand"
            ]
        );
        let answers = text_of(&seen[3].id, "reply-preview");
        window
            .until_script("mine answers theirs", &answers, says("plan both"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_messages_stand_below_a_line_and_are_counted_until_seen() {
    let (relay, home) = two_people().await;
    let (grace, room) = inside(&home, "grace").await;
    for n in 0..20 {
        grace.post(room, &format!("old {n}")).await.unwrap();
    }
    let (ada, _) = inside(&home, "ada").await;
    let position = wait::until(
        "ada has the old ones",
        async || {
            let page = ada.window(room, Ask::Newest, 100).await.unwrap();
            let last = page.items.iter().find(|item| item.body == "old 19");
            last.and_then(|item| item.position)
        },
        Option::is_some,
    )
    .await
    .unwrap();
    ada.mark_read(room, position).await.unwrap();
    wait::until(
        "the mark is sent",
        async || ada.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    ada.close().await;
    for n in 0..90 {
        grace.post(room, &format!("new {n}")).await.unwrap();
    }
    wait::until(
        "the new ones are sent",
        async || grace.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    // Everything is fetched before the window opens.
    let (ada, _) = inside(&home, "ada").await;
    wait::until(
        "ada has the new ones",
        async || ada.window(room, Ask::Newest, 1).await.unwrap().unread,
        |unread| *unread == 90,
    )
    .await;
    ada.close().await;

    let window = open(&home, "ada").await;
    let line = r#"const l = document.querySelector('[data-testid="unread-line"]'); if (!l) return null;
        const next = l.nextElementSibling.querySelector('[data-testid="body"]').textContent;
        const list = document.querySelector('[data-testid="timeline"]').getBoundingClientRect(), at = l.getBoundingClientRect();
        return [next, at.top >= list.top && at.bottom <= list.bottom];"#;
    let seen = window
        .until_script("the line is in sight", line, |seen| seen[1] == true)
        .await;
    assert_eq!(seen, json!(["new 0", true]));
    window.shot("timeline-unread").await;
    // Nobody has the keyboard of this display, so nothing was seen yet.
    let count = window
        .until_script(
            "they are counted",
            &attribute("jump-newest", "count"),
            |seen| seen.is_string(),
        )
        .await;
    let count: u32 = count.as_str().unwrap().parse().unwrap();
    assert!((1..=90).contains(&count), "{count}");
    // A message that comes while one is up here moves nothing and is counted.
    let before = window.page.execute(SIGHT, Vec::new()).await.unwrap();
    grace.post(room, "one more").await.unwrap();
    let grown = count + 1;
    window
        .until_script(
            "one more is counted",
            &attribute("jump-newest", "count"),
            |seen| seen.as_str().and_then(|seen| seen.parse::<u32>().ok()) >= Some(grown),
        )
        .await;
    assert_eq!(
        window.page.execute(SIGHT, Vec::new()).await.unwrap(),
        before
    );
    // At the end, with the keyboard, all is seen: on the relay too.
    let here = "Object.defineProperty(document, 'hasFocus', { value: () => true }); window.dispatchEvent(new Event('focus'));";
    window.page.execute(here, Vec::new()).await.unwrap();
    window.click("jump-newest").await;
    window
        .until("the newest is there", |shown| {
            shown.last().is_some_and(|last| last.body == "one more")
        })
        .await;
    let gone = "return document.querySelector('[data-testid=\"jump-newest\"]') === null;";
    window
        .until_script("the button is gone", gone, |seen| seen == true)
        .await;
    wait::until(
        "all is marked as read",
        async || {
            let marked = "SELECT count(*) FROM read_marker r WHERE r.position =
                (SELECT max(position) FROM message m WHERE m.room_id = r.room_id)";
            let database = relay.database().client().await;
            let row = database.query_one(marked, &[]).await.unwrap();
            row.get::<_, i64>(0)
        },
        |marked| *marked == 1,
    )
    .await;
    grace.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_kept_over_another_room_and_a_restart() {
    let home = long_room::profile("ada", 600).await;
    let window = Window::open(&home, "ada").await;
    window.get("message").await;
    window.click("new-room-button").await;
    window.type_into("new-room-name", "Elsewhere").await;
    window.click("new-room-create").await;
    let rooms = r#"return document.querySelectorAll('[data-testid="room"]').length;"#;
    window
        .until_script("two rooms", rooms, |seen| seen == 2)
        .await;
    let go = async |window: &Window, name: &str| {
        let script = r#"const r = Array.from(document.querySelectorAll('[data-testid="room"]')).find(r => r.textContent.includes(arguments[0])); r.click();"#;
        window
            .page
            .execute(script, vec![json!(name)])
            .await
            .unwrap();
        let title = "return document.querySelector('.header h1').textContent;";
        window
            .until_script("the room is open", title, says(name))
            .await;
    };
    go(&window, long_room::ROOM).await;
    window.get("message").await;
    let run = scrolling::scroll(&window, -60, 120).await;
    assert!(run.jump <= 1.0, "{}", run.line());
    let place = window.page.execute(SIGHT, Vec::new()).await.unwrap();
    assert!(place.is_array());
    go(&window, "Elsewhere").await;
    go(&window, long_room::ROOM).await;
    window
        .until_script("the place is the same", SIGHT, |seen| {
            is_there(seen, &place)
        })
        .await;
    let id: MessageId = place[0].as_str().unwrap().parse().unwrap();
    wait::until(
        "the place is on the disk",
        async || {
            let database =
                rusqlite::Connection::open(home.profile("ada").join("amend.db")).unwrap();
            let newest = "SELECT message_id FROM place ORDER BY at DESC LIMIT 1";
            database
                .query_row(newest, [], |row| row.get::<_, Option<Vec<u8>>>(0))
                .unwrap()
        },
        |kept| kept.as_deref() == Some(id.0.as_bytes().as_slice()),
    )
    .await;
    window.kill().await;
    let window = Window::open(&home, "ada").await;
    window
        .until_script("the place is the same after a restart", SIGHT, |seen| {
            is_there(seen, &place)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_messages_scroll_up_and_down_without_a_jump() {
    let home = long_room::profile("ada", 20_000).await;
    let (client, room) = inside(&home, "ada").await;
    let oldest = client
        .window(room, Ask::At(model::Seq(0)), 1)
        .await
        .unwrap();
    let oldest = oldest.items[0].id;
    client.pin(room, oldest, true).await.unwrap();
    client.close().await;
    let window = Window::open(&home, "ada").await;
    window.get("message").await;
    let check = |run: &scrolling::Run| {
        assert!(run.jump <= 1.0, "what was in sight moved: {}", run.line());
        assert!(run.messages <= 150, "{}", run.line());
        assert!(run.elements <= 6000, "{}", run.line());
        assert_eq!(run.blank, 0, "{}", run.line());
    };
    let up = scrolling::scroll(&window, -700, 150).await;
    check(&up);
    assert!(up.seen > 300, "{}", up.line());

    // The pin is a link to the first message, twenty thousand above.
    window.click("pins-last").await;
    let target = format!(
        r#"const m = document.querySelector('[data-message-id="{oldest}"]'); if (!m) return null;
        const list = document.querySelector('[data-testid="timeline"]').getBoundingClientRect(), at = m.getBoundingClientRect();
        return m.dataset.target === 'true' && document.activeElement === m && at.bottom > list.top && at.top < list.bottom;"#
    );
    window
        .until_script("the message is marked and in sight", &target, |seen| {
            seen == true
        })
        .await;
    window.shot("timeline-target").await;
    let down = scrolling::scroll(&window, 700, 60).await;
    check(&down);
    let top = scrolling::scroll(&window, -700, 300).await;
    check(&top);
    assert!(top.ended, "the beginning was reached: {}", top.line());
    let beginning = window.text("beginning").await;
    assert!(beginning.contains("begins"), "{beginning}");

    // By key to the end, and by the calendar to a day.
    window.press(&oldest.to_string(), "End").await;
    let end = "return document.querySelector('[data-testid=\"jump-newest\"]') === null;";
    window
        .until_script("the end", end, |seen| seen == true)
        .await;
    let newest = window.messages().await.last().unwrap().id.clone();
    window.press(&newest, "j").await;
    window.get("calendar").await;
    window.shot("timeline-calendar").await;
    // Where the long room's last three weeks are.
    let day = "2026-12-20";
    let pick = r#"document.querySelector(`[data-day="${arguments[0]}"]`).click();"#;
    window.page.execute(pick, vec![json!(day)]).await.unwrap();
    let first = first_of_day(&home, day);
    let there = format!(
        r#"const m = document.querySelector('[data-message-id="{first}"]'); if (!m) return false;
        const list = document.querySelector('[data-testid="timeline"]').getBoundingClientRect(), at = m.getBoundingClientRect();
        return at.top >= list.top && at.top < list.top + 200;"#
    );
    window
        .until_script(
            &format!("the first message of {day} is below the upper edge"),
            &there,
            |seen| seen == true,
        )
        .await;
}

/// The first message that was written on a day of this machine's calendar or later.
fn first_of_day(home: &Home, day: &str) -> MessageId {
    let database = rusqlite::Connection::open(home.profile("ada").join("amend.db")).unwrap();
    let query = "SELECT id FROM message WHERE created_at >= unixepoch(?1, 'utc') * 1000 ORDER BY created_at LIMIT 1";
    let id: Vec<u8> = database.query_row(query, [day], |row| row.get(0)).unwrap();
    MessageId(uuid::Uuid::from_slice(&id).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_message_that_is_not_here_says_so_and_new_messages_alone_are_read_out() {
    let (_relay, home) = two_people().await;
    let (grace, room) = inside(&home, "grace").await;
    let unknown = MessageId(uuid::Uuid::now_v7());
    grace.post(room, "before ada came").await.unwrap();
    grace
        .reply(room, "an answer to nothing", Some(unknown))
        .await
        .unwrap();
    let ada = open(&home, "ada").await;
    let answer = ada.message("an answer to nothing").await.id;
    ada.act(&answer, "reply-preview").await;
    let said = ada.text("missing").await;
    assert!(said.contains("not in this room"), "{said}");

    let announced = r#"return document.querySelector('[data-testid="announcer"]').textContent;"#;
    grace.post(room, "hear me").await.unwrap();
    let seen = ada
        .until_script("it is read out", announced, says("hear me"))
        .await;
    assert!(!seen.as_str().unwrap().contains("before ada"), "{seen}");
    grace.close().await;
}
