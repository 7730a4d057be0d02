//! Text that is not written yet, in the real window: it outlives everything, with what it answers.

#![allow(clippy::unwrap_used)]

use fantoccini::key::Key;
use system_tests::desk::{Desk, chord, eval, key, keys, until_focus, until_value};
use system_tests::people::Home;
use system_tests::wait;
use system_tests::window::{Shown, Window};

/// The drafts in a profile's database: of the room, and of edits.
fn drafts(home: &Home) -> Vec<(bool, String)> {
    let path = home.profile("ada").join("amend.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let mut statement = database
        .prepare("SELECT message_id IS NOT NULL, text FROM draft ORDER BY 1")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

async fn until_drafts(home: &Home, expected: &[(bool, &str)]) {
    wait::until(
        "the drafts are on the disk",
        async || drafts(home),
        |found| {
            found
                .iter()
                .map(|(edit, text)| (*edit, text.as_str()))
                .eq(expected.iter().copied())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_outlive_kill_9_and_an_edit_never_eats_one() {
    let Desk { relay, home, ada } = Desk::set(&[]).await;
    ada.post("said already").await;
    ada.message("said already").await;
    ada.click("composer").await;
    keys(&ada, "half a thought").await;
    until_drafts(&home, &[(false, "half a thought")]).await;
    ada.kill().await;

    let ada = Window::open(&home, "ada").await;
    ada.click("room").await;
    until_value(&ada, "composer", "half a thought").await;
    // An edit is begun beside it, in both directions.
    let id = ada.message("said already").await.id;
    ada.act(&id, "edit-button").await;
    until_value(&ada, "edit-input", "said already").await;
    keys(&ada, ", and better").await;
    until_value(&ada, "composer", "half a thought").await;
    until_drafts(
        &home,
        &[
            (false, "half a thought"),
            (true, "said already, and better"),
        ],
    )
    .await;
    ada.shot("composer-edit").await;
    ada.kill().await;

    let ada = Window::open(&home, "ada").await;
    ada.click("room").await;
    until_value(&ada, "edit-input", "said already, and better").await;
    until_value(&ada, "composer", "half a thought").await;
    // Escape asks, as something was changed; saving takes only its own draft.
    ada.click("edit-input").await;
    keys(&ada, &key(Key::Escape)).await;
    until_focus(&ada, "edit-go-on").await;
    keys(&ada, &key(Key::Escape)).await;
    until_focus(&ada, "edit-input").await;
    keys(&ada, &key(Key::Enter)).await;
    ada.message("said already, and better").await;
    until_drafts(&home, &[(false, "half a thought")]).await;
    until_value(&ada, "composer", "half a thought").await;
    drop(ada);
    drop(relay);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_draft_answers_outlives_kill_9_and_goes_with_it() {
    let Desk { relay, home, ada } = Desk::set(&[]).await;
    ada.post("shall we meet").await;
    let sent = |shown: &[Shown]| shown.iter().any(|one| one.delivery == "sent");
    let id = ada.until("it is sent", sent).await.pop().unwrap().id;
    ada.press(&id, "r").await;
    let bar = ada.text("reply-bar").await;
    assert!(
        bar.contains("ada") && bar.contains("shall we meet"),
        "{bar}"
    );
    until_focus(&ada, "composer").await;
    keys(&ada, "on Monday").await;
    until_drafts(&home, &[(false, "on Monday")]).await;
    ada.kill().await;

    let ada = Window::open(&home, "ada").await;
    until_value(&ada, "composer", "on Monday").await;
    let bar = ada.text("reply-bar").await;
    assert!(
        bar.contains("ada") && bar.contains("shall we meet"),
        "{bar}"
    );
    ada.shot("drafts-reply").await;
    // With the preview open, which goes with the message too.
    ada.click("composer").await;
    keys(&ada, &chord(&[Key::Control, Key::Shift], "p")).await;
    ada.get("preview").await;
    keys(&ada, &key(Key::Enter)).await;
    let answer = ada.message("on Monday").await.id;
    let answers = format!(
        r#"return document.querySelector('[data-message-id="{answer}"] [data-testid="reply-preview"]')?.textContent ?? ''"#
    );
    ada.until_script("it says what it answers", &answers, |seen| {
        seen.as_str().unwrap_or_default().contains("shall we meet")
    })
    .await;
    let rest = r#"return ['reply-bar', 'preview'].filter(id => document.querySelector(`[data-testid="${id}"]`)).join()"#;
    ada.until_script("nothing of it is left", rest, |seen| seen == "")
        .await;
    until_value(&ada, "composer", "").await;
    assert_eq!(drafts(&home), []);
    ada.kill().await;

    let ada = Window::open(&home, "ada").await;
    ada.message("on Monday").await;
    assert_eq!(eval(&ada, rest).await, "");
    drop(relay);
}
