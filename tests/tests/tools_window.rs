//! What stands around a room's messages: the buttons of its header, every emoji for a reaction, a person's card, the link into
//! the room; and what an offline device says of having read.

#![allow(clippy::unwrap_used)]

use model::Link;
use serde_json::json;
use system_tests::duo::{Duo, of_room, settled};
use system_tests::hands::key::{ENTER, ESCAPE};
use system_tests::wait;
use system_tests::window::Window;

/// Where the keyboard is.
const HERE: &str = "return document.activeElement.dataset.testid || '';";

async fn until_here(window: &Window, testid: &str) {
    let what = format!("the keyboard is at {testid}");
    window.until_says(&what, HERE, vec![], json!(testid)).await;
}

async fn until_field(window: &Window, testid: &str, text: &str) {
    let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`); return e ? e.value : null;"#;
    let what = format!("{testid} holds {text:?}");
    window
        .until_says(&what, script, vec![json!(testid)], json!(text))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_searches_the_room_and_lists_what_is_pinned() {
    let duo = Duo::set().await;
    let ada = &duo.ada;
    let team = duo.joined("Team").await;
    let mut first = None;
    for number in 1..=40 {
        let text = format!("line {number} of the plan");
        let id = duo.grace.post(team, &text).await.unwrap();
        first.get_or_insert(id);
    }
    ada.message("line 40 of the plan").await;
    // Nothing is pinned: the list says so, and Escape gives the keyboard back.
    let button = ada.get("pins-button").await;
    button.send_keys(&ENTER.to_string()).await.unwrap();
    ada.get("pins-none").await;
    ada.keys(&ESCAPE.to_string()).await;
    until_here(ada, "pins-button").await;
    settled(&duo.grace).await;
    duo.grace.pin(team, first.unwrap(), true).await.unwrap();
    ada.get("pins-last").await;
    ada.click("pins-button").await;
    until_here(ada, "pin-jump").await;
    ada.shot("tools-1-pins").await;
    ada.keys(&ENTER.to_string()).await;
    let marked = "const m = document.querySelector(arguments[0]); return !!m && m.dataset.target === 'true';";
    let at = json!(format!("[data-message-id=\"{}\"]", first.unwrap()));
    ada.until_says(
        "the pinned message is marked",
        marked,
        vec![at],
        json!(true),
    )
    .await;
    let list = "return document.querySelector('[data-testid=\"pins-list\"]') === null;";
    ada.until_says("the list is closed", list, vec![], json!(true))
        .await;
    // Searching here: the filter stands in the field, and the keyboard behind it.
    ada.click("search-here").await;
    until_here(ada, "search-input").await;
    ada.until_text("search-chip", "Team").await;
    ada.keys("27").await;
    ada.until_text("hit-text", "line 27 of the plan").await;
    ada.shot("tools-2-search").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_emoji_can_be_a_reaction() {
    let duo = Duo::set().await;
    let ada = &duo.ada;
    let team = duo.joined("Team").await;
    duo.grace.post(team, "We have launched").await.unwrap();
    let message = ada.message("We have launched").await.id;
    ada.act(&message, "react-button").await;
    ada.click("more-emoji").await;
    until_here(ada, "emoji-search").await;
    ada.shot("tools-3-emoji").await;
    // Escape goes back one step, and no further.
    ada.keys(&ESCAPE.to_string()).await;
    until_here(ada, "more-emoji").await;
    ada.click("more-emoji").await;
    ada.type_into("emoji-search", "rocket").await;
    ada.keys(&ENTER.to_string()).await;
    let on = r#"const e = document.querySelector('[data-testid="reaction"]'); return e ? e.dataset.emoji : null;"#;
    ada.until_says("the rocket is on the message", on, vec![], json!("🚀"))
        .await;
    let back = "return document.activeElement.dataset.messageId || '';";
    ada.until_says(
        "the keyboard is at the message",
        back,
        vec![],
        json!(message),
    )
    .await;
    let reactions = async || {
        let timeline = duo.grace.timeline(team, None, 9).await.unwrap();
        let reactions = timeline.items.into_iter().flat_map(|item| item.reactions);
        reactions.map(|one| one.emoji).collect::<Vec<_>>()
    };
    wait::until("grace sees it", reactions, |seen| seen == &["🚀"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_names_the_person_in_the_composer_or_writes_to_them() {
    let duo = Duo::set().await;
    let ada = &duo.ada;
    let team = duo.joined("Team").await;
    ada.type_into("composer", "Ask").await;
    ada.person("grace").await;
    ada.shot("tools-4-card").await;
    ada.click("card-mention").await;
    until_here(ada, "composer").await;
    until_field(ada, "composer", "Ask @grace ").await;
    ada.keys("please").await;
    ada.click("send-button").await;
    let told = async || {
        let rooms = duo.grace.rooms().await.unwrap();
        rooms.iter().find(|room| room.id == team).unwrap().mentions
    };
    wait::until("grace is told that she is meant", told, |count| *count == 1).await;
    // Nobody writes to oneself.
    ada.person("ada").await;
    let none = "return document.querySelector('[data-testid=\"card-message\"]') === null;";
    ada.until_says("there is no message to oneself", none, vec![], json!(true))
        .await;
    ada.keys(&ESCAPE.to_string()).await;
    ada.person("grace").await;
    ada.click("card-message").await;
    ada.until_text("room-name", "grace").await;
    until_here(ada, "composer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_brings_somebody_new_into_the_room() {
    let duo = Duo::set().await;
    let ada = &duo.ada;
    let team = duo.joined("Team").await;
    // The first account is the admin's: only they may let people in.
    ada.click("room-actions").await;
    ada.click("menu-invite").await;
    ada.click("room-invite-make").await;
    until_here(ada, "room-invite-copy").await;
    ada.keys(&ENTER.to_string()).await;
    ada.until_text("toast", "Copied").await;
    ada.shot("tools-5-invite").await;
    let made = "return document.querySelector('[data-testid=\"room-invite\"]').value;";
    let made = ada.script(made, vec![]).await;
    let Some(Link::Join { relay, code, room }) = Link::parse(made.as_str().unwrap()) else {
        panic!("{made:?} is no invite link");
    };
    assert_eq!((relay, room), (duo.relay.url(), Some(team)));
    let eve = client::Client::open(&duo.home.profile("eve"))
        .await
        .unwrap();
    let password = "a horse on the third floor";
    eve.register(&duo.relay.url(), "eve", password, Some(&code))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_without_the_relay_is_no_change_that_waits() {
    let mut duo = Duo::set().await;
    let first = duo.joined("First").await;
    let second = duo.joined("Second").await;
    for room in [first, second] {
        for number in 1..=3 {
            let text = format!("news {number}");
            duo.grace.post(room, &text).await.unwrap();
        }
    }
    duo.ada.until_room(first, "data-unread", "3").await;
    duo.relay.kill();
    let ada = &duo.ada;
    ada.until_connection("offline").await;
    ada.click_in(&format!("li:has({})", of_room("room", first)), "room")
        .await;
    ada.until_text("room-name", "First").await;
    ada.until_room(first, "data-unread", "0").await;
    let counted = r#"return ['waiting-count', 'sync-waiting'].filter(id => document.querySelector(`[data-testid="${id}"]`));"#;
    ada.click("sync-button").await;
    // That something of it is to be told to other devices is said, and in another place than what a person has written.
    ada.get("sync-reading").await;
    ada.get("nothing-waits").await;
    ada.shot("tools-6-read-offline").await;
    assert_eq!(ada.script(counted, vec![]).await, json!([]));
    duo.relay.come_back().await;
    ada.click("sync-try-now").await;
    ada.until_connection("online").await;
    let gone = "return document.querySelector('[data-testid=\"sync-reading\"]') === null;";
    ada.until_says("the relay knows how far we read", gone, vec![], json!(true))
        .await;
}
