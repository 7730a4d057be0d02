//! Rooms in the real window: what is unread, the switcher, the sections, and the drawers of a narrow window.

#![allow(clippy::unwrap_used)]

use model::NamedUser;
use serde_json::json;
use system_tests::duo::{Duo, id_of, of_room};
use system_tests::hands::key::{ALT, CONTROL, DOWN, ENTER, ESCAPE, RELEASE, TAB};

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_counted_and_rooms_are_as_one_prefers() {
    let duo = Duo::set().await;
    let (ada, grace) = (&duo.ada, &duo.grace);
    let team = duo.joined("Team").await;
    let other = duo.joined("Other").await;
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
    let duo = Duo::set().await;
    let ada = &duo.ada;
    let team = duo.joined("Team").await;
    duo.joined("Releases").await;
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
        user_id: id_of(&duo.grace, "ada").await,
        name: "ada".into(),
    };
    let direct = duo.grace.open_direct(vec![me]).await.unwrap();
    ada.click_in(&format!("li:has({})", of_room("room", team)), "room")
        .await;
    ada.until_text("room-name", "Team").await;
    duo.grace.post(direct, "a word").await.unwrap();
    ada.until_room(direct, "data-unread", "1").await;
    ada.until_text("room-mentions", "1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_has_drawers_that_the_keyboard_can_use() {
    let duo = Duo::set().await;
    let ada = &duo.ada;
    duo.joined("Team").await;
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
            ada.keys(&TAB.to_string()).await;
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
