//! People in the real window: making and running a room with them, presence and typing, and coming in by the first page.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::Role;
use serde_json::json;
use std::io::{Read, Write};
use system_tests::duo::{Duo, settled};
use system_tests::hands::key::ESCAPE;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_made_and_run() {
    let duo = Duo::set().await;
    let (ada, grace) = (&duo.ada, &duo.grace);
    ada.click("new-room-button").await;
    ada.type_into("new-room-name", "Plans").await;
    ada.type_into("new-room-topic", "For the spring").await;
    ada.choose("policy", "everyone").await;
    ada.click_in("form", "pick-person").await;
    ada.shot("rooms-3-new-room").await;
    ada.click("new-room-create").await;
    ada.until_text("room-name", "Plans").await;
    ada.until_text("room-topic", "For the spring").await;
    let plans = wait::until(
        "grace is in it",
        async || grace.rooms().await.unwrap(),
        |rooms| {
            rooms
                .iter()
                .any(|room| room.name == "Plans" && !room.pending)
        },
    )
    .await
    .remove(0);
    assert_eq!(plans.edit_policy, model::EditPolicy::Everyone);
    assert_eq!(plans.role, Role::Member);
    // A role, and its loss.
    ada.person("grace").await;
    ada.choose("card-role", "moderator").await;
    until_rooms(grace, "grace is a moderator", |rooms| {
        rooms.iter().any(|room| room.role == Role::Moderator)
    })
    .await;
    ada.shot("rooms-4-card").await;
    ada.keys(&ESCAPE.to_string()).await;
    // The settings, and what others see of them.
    ada.click("room-actions").await;
    ada.click("menu-settings").await;
    ada.type_into("settings-name", " ").await;
    ada.click("settings-save").await;
    ada.until_text("settings-error", "needs a name").await;
    ada.type_into("settings-name", "Plans 2").await;
    ada.type_into("settings-topic", "For the summer").await;
    ada.choose("policy", "author").await;
    ada.shot("rooms-5-settings").await;
    ada.click("settings-save").await;
    ada.until_text("room-name", "Plans 2").await;
    until_rooms(grace, "grace sees the new settings", |rooms| {
        rooms.iter().any(|room| {
            room.name == "Plans 2"
                && room.topic == "For the summer"
                && room.edit_policy == model::EditPolicy::Author
        })
    })
    .await;
    // The only owner is not let go, and is told why.
    ada.click("room-actions").await;
    ada.click("menu-leave").await;
    ada.click("leave-confirm").await;
    ada.until_text("toast", "only owner").await;
    ada.person("grace").await;
    ada.click("card-remove").await;
    ada.click("card-remove-confirm").await;
    until_rooms(grace, "grace is out", <[_]>::is_empty).await;
    // Now nobody is left behind.
    ada.click("room-actions").await;
    ada.click("menu-leave").await;
    ada.click("leave-confirm").await;
    ada.until_says(
        "the room is gone from the list",
        "return document.querySelectorAll('[data-testid=\"room\"]').length;",
        vec![],
        json!(0),
    )
    .await;
}

async fn until_rooms(
    client: &Client,
    what: &str,
    is_met: impl Fn(&[model::view::RoomView]) -> bool,
) {
    wait::until(
        what,
        async || client.rooms().await.unwrap(),
        |rooms| is_met(rooms),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_and_who_types_is_seen_on_both_sides() {
    let mut duo = Duo::set().await;
    let team = duo.joined("Team").await;
    let (ada, grace) = (&duo.ada, &duo.grace);
    ada.until_text("online-count", "2 online").await;
    grace.typing(team, true);
    ada.until_text("typing", "grace").await;
    ada.shot("rooms-6-typing").await;
    grace.typing(team, false);
    let none = "return document.querySelector('[data-testid=\"typing\"]').dataset.count;";
    ada.until_says("nobody types any more", none, vec![], json!("0"))
        .await;
    // And the other way: a key in the composer, and its end when the text is gone.
    ada.type_into("composer", "hm").await;
    let types = async || {
        let people = grace.people(team).await.unwrap();
        people
            .into_iter()
            .any(|one| one.name == "ada" && one.typing)
    };
    wait::until("grace sees ada type", &types, |on| *on).await;
    ada.click("send-button").await;
    wait::until("grace sees that it is over", &types, |on| !*on).await;
    // Without the relay nobody's presence is known, and the window does not pretend.
    duo.relay.kill();
    ada.until_connection("offline").await;
    ada.until_text("people", "is not known").await;
    let dots = "return document.querySelectorAll('[data-testid=\"person\"] .dot').length;";
    ada.until_says("no dot is shown", dots, vec![], json!(0))
        .await;
}

/// Something that speaks HTTP and is no relay.
fn somebody_elses_site() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked);
            let page = "<!doctype html><title>Bakery</title>";
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            let _ = stream.write_all(head.as_bytes());
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_by_an_invite_link_has_an_account_and_is_in_the_room() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let ada = home.client(&relay, "ada-here", "ada").await;
    let room = ada.create_room("Welcome room", "").await.unwrap();
    settled(&ada).await;
    let link = relay.host(&[
        "invite",
        "--link",
        &relay.url(),
        "--room",
        &room.to_string(),
    ]);
    let window = Window::open(&home, "new").await;
    window.get("tab-join").await;
    window.shot("rooms-9-welcome").await;
    window.click("tab-join").await;
    window
        .type_into("invite-link", "https://chat.example.org/join")
        .await;
    window
        .until_text("invite-link-error", "no invite link")
        .await;
    window.type_into("invite-link", &link).await;
    window.until_text("invited-to", &relay.url()).await;
    window.type_into("join-name", "eve").await;
    window.type_into("join-password", "short").await;
    window.until_text("strength", "at least").await;
    window.click("join-account").await;
    window.until_text("join-error", "8").await;
    window
        .type_into("join-password", "a horse on the third floor")
        .await;
    window.until_text("strength", "Strong").await;
    window.shot("rooms-10-join").await;
    window.click("join-account").await;
    window.until_connection("online").await;
    window.until_text("room-name", "Welcome room").await;
    let people = async || ada.people(room).await.unwrap();
    wait::until("ada sees eve", people, |people| {
        people.iter().any(|one| one.name == "eve")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_on_the_first_page_is_said_in_a_sentence() {
    let relay = RelayProcess::start().await;
    relay.add_user("ada");
    let home = Home::new();
    let window = Window::open(&home, "new").await;
    let sign_in = async |at: &str, word: &str| {
        window.sign_in(at, "ada", word).await;
    };
    for (at, word, said) in [
        ("http://127.0.0.1:1", "ada-password", "cannot be reached"),
        (
            somebody_elses_site().as_str(),
            "ada-password",
            "not an Amend relay",
        ),
        ("http://chat.example.org", "ada-password", "https"),
        ("htp:/nonsense", "ada-password", "is not a relay's address"),
        (
            relay.url().replace("http://", "https://").as_str(),
            "ada-password",
            "is not safe",
        ),
        (relay.url().as_str(), "wrong-password", "password"),
    ] {
        sign_in(at, word).await;
        window.until_text("sign-in-error", said).await;
    }
    // What was typed is still there: the right word is enough.
    window.type_into("password-input", &password("ada")).await;
    window.click("sign-in-button").await;
    window.until_connection("online").await;
    // And one's own account: the devices, and another password.
    window.click("profile-button").await;
    window.until_text("profile-name", "ada").await;
    window.get("session").await;
    window.shot("rooms-11-profile").await;
    window.click("tab-password").await;
    window.type_into("password-old", "wrong-password").await;
    window
        .type_into("password-new", "another horse entirely")
        .await;
    window.click("password-save").await;
    window.until_text("password-error", "password").await;
    window.type_into("password-old", &password("ada")).await;
    window.click("password-save").await;
    window.until_text("password-done", "changed").await;
    window.click("tab-invites").await;
    window.click("invite-make").await;
    window.get("invite-made").await;
    window.click("invite-revoke").await;
    window
        .until_says(
            "no invite is open",
            "return document.querySelectorAll('[data-testid=\"invite\"]').length;",
            vec![],
            json!(0),
        )
        .await;
}
