//! Rooms and people in the real window: what is unread, the switcher, making and running rooms, typing, drawers, and the first page.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::{NamedUser, Role, RoomId};
use serde_json::{Value, json};
use std::io::{Read, Write};
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

const CONTROL: char = '\u{E009}';
const ALT: char = '\u{E00A}';
const ENTER: char = '\u{E007}';
const ESCAPE: char = '\u{E00C}';
const DOWN: char = '\u{E015}';
const RELEASE: char = '\u{E000}';

/// Ada's window and grace's device at one relay.
struct Scene {
    relay: RelayProcess,
    _home: Home,
    ada: Window,
    grace: Client,
}

impl Scene {
    async fn set() -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let ada = Window::open(&home, "ada").await;
        ada.sign_in(&relay.url(), "ada", &password("ada")).await;
        ada.until_connection("online").await;
        let grace = home.client(&relay, "grace-here", "grace").await;
        Self {
            relay,
            _home: home,
            ada,
            grace,
        }
    }

    /// A room of grace's that ada has joined by browsing.
    async fn joined(&self, name: &str) -> RoomId {
        let room = self
            .grace
            .create_room(name, "What it is about")
            .await
            .unwrap();
        wait::until(
            "the relay has the room",
            async || self.grace.status().await.unwrap().waiting,
            |waiting| *waiting == 0,
        )
        .await;
        self.ada.click("browse-button").await;
        self.ada.type_into("browse-search", name).await;
        self.ada
            .click_in(&of_room("directory-room", room), "join-button")
            .await;
        self.ada.until_text("room-name", name).await;
        room
    }
}

fn of_room(testid: &str, room: RoomId) -> String {
    format!("[data-testid=\"{testid}\"][data-room-id=\"{room}\"]")
}

/// What these tests do beside what all window tests do.
trait More {
    async fn script(&self, script: &str, arguments: Vec<Value>) -> Value;
    async fn click_in(&self, within: &str, testid: &str);
    async fn until_text(&self, testid: &str, text: &str);
    async fn until_says(&self, what: &str, script: &str, arguments: Vec<Value>, wanted: Value);
    async fn keys(&self, keys: &str);
    async fn menu(&self, room: RoomId, item: &str);
    async fn until_room(&self, room: RoomId, attribute: &str, value: &str);
}

impl More for Window {
    async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute(script, arguments).await.unwrap()
    }

    async fn click_in(&self, within: &str, testid: &str) {
        let selector = format!("{within} [data-testid=\"{testid}\"]");
        let script =
            "const e = document.querySelector(arguments[0]); if (e) e.click(); return !!e;";
        self.until_says(
            &format!("{selector} is clicked"),
            script,
            vec![json!(selector)],
            json!(true),
        )
        .await;
    }

    async fn until_text(&self, testid: &str, text: &str) {
        let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
            return !!e && e.textContent.replace(/[\u2066-\u2069]/g, '').includes(arguments[1]);"#;
        self.until_says(
            &format!("{testid} says {text:?}"),
            script,
            vec![json!(testid), json!(text)],
            json!(true),
        )
        .await;
    }

    async fn until_says(&self, what: &str, script: &str, arguments: Vec<Value>, wanted: Value) {
        wait::until(
            what,
            async || self.script(script, arguments.clone()).await,
            |seen| *seen == wanted,
        )
        .await;
    }

    /// Presses keys wherever the keyboard is.
    async fn keys(&self, keys: &str) {
        let active = self.page.active_element().await.unwrap();
        active.send_keys(keys).await.unwrap();
    }

    async fn menu(&self, room: RoomId, item: &str) {
        let line = format!("li:has({})", of_room("room", room));
        self.click_in(&line, "room-menu").await;
        self.click(item).await;
    }

    async fn until_room(&self, room: RoomId, attribute: &str, value: &str) {
        let script = "const e = document.querySelector(arguments[0]); return e ? e.getAttribute(arguments[1]) : null;";
        self.until_says(
            &format!("{attribute} of the room is {value}"),
            script,
            vec![json!(of_room("room", room)), json!(attribute)],
            json!(value),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_counted_and_rooms_are_as_one_prefers() {
    let scene = Scene::set().await;
    let (ada, grace) = (&scene.ada, &scene.grace);
    let team = scene.joined("Team").await;
    let other = scene.joined("Other").await;
    ada.until_room(other, "aria-current", "page").await;
    grace.post(team, "hello").await.unwrap();
    grace.post(team, "@ada, have a look").await.unwrap();
    let gone = grace.post(team, "@ada never mind").await.unwrap();
    ada.until_room(team, "data-unread", "3").await;
    ada.until_room(team, "data-mentions", "2").await;
    grace.delete(team, gone).await.unwrap();
    ada.until_room(team, "data-unread", "2").await;
    ada.until_room(team, "data-mentions", "1").await;
    ada.until_text("room-mentions", "1").await;
    ada.shot("rooms-1-unread").await;
    // Alt+Shift+Down goes to what is unread, and the menu marks it as read.
    ada.menu(team, "menu-mark-read").await;
    ada.until_room(team, "data-unread", "0").await;
    ada.until_room(team, "data-mentions", "0").await;
    ada.menu(team, "menu-favourite").await;
    ada.until_room(team, "data-favourite", "true").await;
    let section = "const e = document.querySelector(arguments[0]); return !!e && !!e.closest('[data-testid=\"section-favourites\"]');";
    ada.until_says(
        "it stands with the favourites",
        section,
        vec![json!(of_room("room", team))],
        json!(true),
    )
    .await;
    ada.menu(team, "menu-mute").await;
    ada.until_room(team, "data-muted", "true").await;
    grace.post(team, "not so loud").await.unwrap();
    ada.until_room(team, "data-unread", "1").await;
    let bold =
        "const e = document.querySelector(arguments[0]); return e.classList.contains('unread');";
    ada.until_says(
        "a muted room does not call",
        bold,
        vec![json!(of_room("room", team))],
        json!(false),
    )
    .await;
    // A folded section is remembered, and hides what does not call.
    ada.click("fold-favourites").await;
    let gone = "return document.querySelector(arguments[0]) === null;";
    ada.until_says(
        "it is folded up",
        gone,
        vec![json!(of_room("room", team))],
        json!(true),
    )
    .await;
    ada.page.refresh().await.unwrap();
    let folded = "const e = document.querySelector('[data-testid=\"section-favourites\"]'); return e ? e.dataset.folded : null;";
    ada.until_says("it is still folded up", folded, vec![], json!("true"))
        .await;
    ada.click("fold-favourites").await;
    ada.until_room(team, "data-muted", "true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_goes_to_any_room_and_person() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let team = scene.joined("Team").await;
    scene.joined("Releases").await;
    ada.keys(&format!("{CONTROL}k{RELEASE}")).await;
    ada.get("switcher-input").await;
    ada.keys("te").await;
    ada.until_text("switcher-option", "Team").await;
    ada.shot("rooms-2-switcher").await;
    ada.keys(&ENTER.to_string()).await;
    ada.until_text("room-name", "Team").await;
    let over = "return document.querySelector('[data-testid=\"switcher\"]') !== null;";
    ada.until_says("the switcher is gone", over, vec![], json!(false))
        .await;
    // Escape leaves everything as it was.
    ada.keys(&format!("{CONTROL}k{RELEASE}")).await;
    ada.get("switcher-input").await;
    ada.keys(&ESCAPE.to_string()).await;
    ada.until_says("the switcher is gone", over, vec![], json!(false))
        .await;
    // The other one by the arrow, from the beginning of the list.
    ada.keys(&format!("{ALT}{DOWN}{RELEASE}")).await;
    ada.until_text("room-name", "Releases").await;
    ada.keys(&format!("{CONTROL}k{RELEASE}")).await;
    ada.get("switcher-input").await;
    ada.keys("grac").await;
    ada.until_text("switcher-option", "grace").await;
    ada.keys(&ENTER.to_string()).await;
    ada.until_text("room-name", "grace").await;
    // It is the room of the two: what grace writes there calls wherever ada is.
    let me = NamedUser {
        user_id: scene.grace.known_people_id("ada").await,
        name: "ada".into(),
    };
    let direct = scene.grace.open_direct(vec![me]).await.unwrap();
    ada.click_in(&format!("li:has({})", of_room("room", team)), "room")
        .await;
    ada.until_text("room-name", "Team").await;
    scene.grace.post(direct, "a word").await.unwrap();
    ada.until_room(direct, "data-unread", "1").await;
    ada.until_text("room-mentions", "1").await;
}

/// Who has this name.
trait Known {
    async fn known_people_id(&self, name: &str) -> model::UserId;
}

impl Known for Client {
    async fn known_people_id(&self, name: &str) -> model::UserId {
        self.ask_for_people().await.unwrap();
        let known = self.known_people().await.unwrap();
        known.into_iter().find(|one| one.name == name).unwrap().id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_made_and_run() {
    let scene = Scene::set().await;
    let (ada, grace) = (&scene.ada, &scene.grace);
    ada.click("new-room-button").await;
    ada.type_into("new-room-name", "Plans").await;
    ada.type_into("new-room-topic", "For the spring").await;
    choose(ada, "policy", "everyone").await;
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
    person(ada, "grace").await;
    choose(ada, "card-role", "moderator").await;
    until_rooms(grace, "grace is a moderator", |rooms| {
        rooms.iter().any(|room| room.role == Role::Moderator)
    })
    .await;
    ada.shot("rooms-4-card").await;
    ada.keys(&ESCAPE.to_string()).await;
    // The settings, and what others see of them.
    ada.click("room-actions").await;
    ada.click("menu-settings").await;
    ada.type_into("settings-name", "").await;
    ada.click("settings-save").await;
    ada.until_text("settings-error", "needs a name").await;
    ada.type_into("settings-name", "Plans 2").await;
    ada.type_into("settings-topic", "For the summer").await;
    choose(ada, "policy", "author").await;
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
    person(ada, "grace").await;
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

/// Chooses in a drop-down list, as a person's click does.
async fn choose(window: &Window, testid: &str, value: &str) {
    window.get(testid).await;
    let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
        e.value = arguments[1]; e.dispatchEvent(new Event('change', { bubbles: true })); return e.value;"#;
    let chosen = window
        .script(script, vec![json!(testid), json!(value)])
        .await;
    assert_eq!(chosen, json!(value));
}

/// Opens somebody's card.
async fn person(window: &Window, name: &str) {
    let script = r#"const e = document.querySelector(`[data-testid="person"][data-name="${arguments[0]}"]`);
        if (e) e.click(); return !!e;"#;
    window
        .until_says(
            &format!("{name} is in the list"),
            script,
            vec![json!(name)],
            json!(true),
        )
        .await;
    window.get("card").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_and_who_types_is_seen_on_both_sides() {
    let mut scene = Scene::set().await;
    let team = scene.joined("Team").await;
    let (ada, grace) = (&scene.ada, &scene.grace);
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
    scene.relay.kill();
    ada.until_connection("offline").await;
    ada.until_text("people", "is not known").await;
    let dots = "return document.querySelectorAll('[data-testid=\"person\"] .dot').length;";
    ada.until_says("no dot is shown", dots, vec![], json!(0))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_has_drawers_that_the_keyboard_can_use() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    scene.joined("Team").await;
    let resize = async |width: u32, height: u32| {
        ada.page.set_window_size(width, height).await.unwrap();
        ada.until_says(
            "the window has its width",
            "return window.innerWidth <= arguments[0];",
            vec![json!(width)],
            json!(true),
        )
        .await;
    };
    resize(420, 800).await;
    let shown = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
        return getComputedStyle(e).visibility === 'visible';"#;
    let inside = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`);
        return e.contains(document.activeElement);"#;
    let here = r#"return document.activeElement.dataset.testid || '';"#;
    for (drawer, toggle) in [("sidebar", "rooms-toggle"), ("people", "people-toggle")] {
        ada.until_says(
            "the drawer is closed",
            shown,
            vec![json!(drawer)],
            json!(false),
        )
        .await;
        let button = ada.get(toggle).await;
        button.send_keys(&ENTER.to_string()).await.unwrap();
        ada.until_says(
            "the drawer is open",
            shown,
            vec![json!(drawer)],
            json!(true),
        )
        .await;
        ada.until_says(
            "the keyboard is inside",
            inside,
            vec![json!(drawer)],
            json!(true),
        )
        .await;
        // Round and round, and never out of it.
        for _ in 0..12 {
            ada.keys("\u{E004}").await;
            assert_eq!(ada.script(inside, vec![json!(drawer)]).await, json!(true));
        }
        ada.shot(&format!("rooms-7-drawer-{drawer}")).await;
        ada.keys(&ESCAPE.to_string()).await;
        ada.until_says(
            "the drawer is closed",
            shown,
            vec![json!(drawer)],
            json!(false),
        )
        .await;
        ada.until_says("the keyboard is back", here, vec![], json!(toggle))
            .await;
    }
    // The scrim closes it as well, and a room that is chosen.
    ada.click("rooms-toggle").await;
    ada.until_says(
        "the drawer is open",
        shown,
        vec![json!("sidebar")],
        json!(true),
    )
    .await;
    ada.click("room").await;
    ada.until_says(
        "the drawer is closed",
        shown,
        vec![json!("sidebar")],
        json!(false),
    )
    .await;
    resize(360, 640).await;
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth
        && [...document.querySelectorAll('.header, .composer, .timeline')].every(e => e.getBoundingClientRect().right <= window.innerWidth + 0.5);";
    ada.until_says("nothing overflows", fits, vec![], json!(true))
        .await;
    ada.shot("rooms-8-narrow").await;
    resize(900, 600).await;
    ada.until_says(
        "the rooms are beside the messages",
        shown,
        vec![json!("sidebar")],
        json!(true),
    )
    .await;
    ada.until_says(
        "the people are a drawer",
        shown,
        vec![json!("people")],
        json!(false),
    )
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
    wait::until(
        "the relay has the room",
        async || ada.status().await.unwrap().waiting,
        |waiting| *waiting == 0,
    )
    .await;
    let link = relay.host(&[
        "invite",
        "--link",
        &relay.url(),
        "--room",
        &room.to_string(),
    ]);
    let window = Window::open(&home, "new").await;
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
