//! Writing in the real window, by keyboard: marks, preview, emoji, mentions, edits.

#![allow(clippy::unwrap_used)]

use fantoccini::key::Key;
use serde_json::json;
use system_tests::desk::{
    Desk, chord, eval, key, keys, until_focus, until_true, until_value, value,
};
use system_tests::wait;
use system_tests::window::Window;

/// The HTML of the last message's text.
async fn last_html(window: &Window) -> String {
    let script = r#"const all = document.querySelectorAll('[data-testid="body"] .markdown'); return all.length ? all[all.length - 1].innerHTML : "";"#;
    eval(window, script).await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_marked_up_previewed_and_sent_by_keyboard() {
    let desk = Desk::set(&[]).await;
    let ada = &desk.ada;
    ada.click("composer").await;
    let disabled = ada.get("send-button").await.attr("disabled").await.unwrap();
    assert!(disabled.is_some(), "there is nothing to send");
    keys(ada, "some ").await;
    keys(ada, &chord(&[Key::Control], "b")).await;
    until_value(ada, "composer", "some ****").await;
    keys(ada, "bold").await;
    until_value(ada, "composer", "some **bold**").await;
    keys(ada, &key(Key::End)).await;
    keys(ada, &chord(&[Key::Shift], &key(Key::Enter))).await;
    keys(ada, "- one").await;
    keys(ada, &chord(&[Key::Shift], &key(Key::Enter))).await;
    keys(ada, "two").await;
    until_value(ada, "composer", "some **bold**\n- one\n- two").await;
    assert!(ada.messages().await.is_empty(), "Shift+Enter sends nothing");

    keys(ada, &chord(&[Key::Control, Key::Shift], "p")).await;
    until_true(
        ada,
        "the preview shows two items and a bold word",
        r#"const p = document.querySelector('[data-testid="preview"]');
        return !!p && p.querySelectorAll('li').length === 2 && p.querySelector('strong')?.textContent === 'bold';"#,
    )
    .await;
    ada.shot("composer-preview").await;
    keys(ada, &key(Key::Escape)).await;
    until_true(
        ada,
        "Escape closes it",
        r#"return !document.querySelector('[data-testid="preview"]')"#,
    )
    .await;

    // What was typed can be taken back.
    keys(ada, &chord(&[Key::Control], "b")).await;
    until_value(ada, "composer", "some **bold**\n- one\n- two****").await;
    keys(ada, &chord(&[Key::Control], "z")).await;
    until_value(ada, "composer", "some **bold**\n- one\n- two").await;
    keys(ada, &chord(&[Key::Control, Key::Shift], "z")).await;
    until_value(ada, "composer", "some **bold**\n- one\n- two****").await;
    keys(ada, &chord(&[Key::Control], "z")).await;
    until_value(ada, "composer", "some **bold**\n- one\n- two").await;

    // A code block keeps Enter's meaning, and the tabulator is text in it.
    keys(ada, &key(Key::Enter)).await;
    until_value(ada, "composer", "").await;
    ada.until("it is sent", |shown| shown.len() == 1).await;
    let html = last_html(ada).await;
    assert!(
        html.contains("<strong>bold</strong>") && html.matches("<li").count() == 2,
        "{html}"
    );
    keys(ada, "```rust").await;
    keys(ada, &chord(&[Key::Shift], &key(Key::Enter))).await;
    keys(ada, &key(Key::Tab)).await;
    keys(ada, "let a = \"b\"; // c").await;
    until_value(ada, "composer", "```rust\n  let a = \"b\"; // c").await;
    keys(ada, &key(Key::Enter)).await;
    ada.until("the block is sent", |shown| shown.len() == 2)
        .await;
    let html = last_html(ada).await;
    assert!(
        html.contains("code-keyword") && html.contains("code-comment"),
        "{html}"
    );
    assert_eq!(ada.text("code-language").await, "Rust");
    ada.shot("composer-code").await;

    // The toolbar is one stop of the keyboard.
    ada.click("format-button").await;
    ada.click("composer").await;
    keys(ada, "word").await;
    keys(ada, &chord(&[Key::Shift], &key(Key::Home))).await;
    ada.click("tool-strike").await;
    until_value(ada, "composer", "~~word~~").await;
    ada.shot("composer-toolbar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emoji_come_by_shortcode_and_from_the_picker_by_keyboard() {
    let desk = Desk::set(&[]).await;
    let ada = &desk.ada;
    ada.click("composer").await;
    keys(ada, ":tad").await;
    ada.get("suggestion").await;
    ada.shot("composer-shortcode").await;
    keys(ada, &key(Key::Enter)).await;
    until_value(ada, "composer", "🎉 ").await;
    // Code keeps its colons.
    keys(ada, "and :wave: `:wave:`").await;
    keys(ada, &key(Key::Enter)).await;
    ada.message("🎉 and 👋 :wave:").await;

    keys(ada, &chord(&[Key::Control, Key::Shift], "e")).await;
    until_focus(ada, "emoji-search").await;
    keys(ada, "rocket").await;
    until_true(
        ada,
        "the rocket is chosen",
        r#"return document.querySelector('.picker-emoji.chosen')?.textContent.trim() === '🚀'"#,
    )
    .await;
    ada.shot("composer-picker").await;
    keys(ada, &key(Key::Enter)).await;
    until_value(ada, "composer", "🚀").await;
    until_focus(ada, "composer").await;

    // It is offered again, first; arrows move, Escape leaves everything as it was.
    keys(ada, &chord(&[Key::Control, Key::Shift], "e")).await;
    until_focus(ada, "emoji-search").await;
    until_true(
        ada,
        "the rocket is first",
        r#"return document.querySelector('.picker-emoji')?.textContent.trim() === '🚀'"#,
    )
    .await;
    ada.click("emoji-smileys").await;
    keys(ada, &format!("{}{}", key(Key::Down), key(Key::Right))).await;
    until_true(
        ada,
        "one in the second row is chosen",
        r#"return document.querySelector('.picker-emoji.chosen')?.id === 'picker-emoji-10'"#,
    )
    .await;
    keys(ada, &key(Key::Escape)).await;
    until_true(
        ada,
        "the picker is gone",
        r#"return !document.querySelector('[data-testid="emoji-picker"]')"#,
    )
    .await;
    until_focus(ada, "composer").await;
    assert_eq!(value(ada, "composer").await, "🚀");
    keys(ada, &key(Key::Enter)).await;
    ada.message("🚀").await;
    until_true(
        ada,
        "alone it is large",
        "return !!document.querySelector('.only-emoji')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_named_by_keyboard_and_marked() {
    let desk = Desk::set(&[]).await;
    let ada = &desk.ada;
    let grace = desk.home.client(&desk.relay, "grace", "grace").await;
    let room = wait::until(
        "grace hears of the room",
        async || {
            grace.browse().await.unwrap();
            grace.directory().await.unwrap().first().map(|room| room.id)
        },
        Option::is_some,
    )
    .await
    .unwrap();
    grace.join(room).await.unwrap();
    until_true(
        ada,
        "ada sees grace",
        "return document.querySelector('.people')?.textContent.includes('grace') ?? false",
    )
    .await;
    ada.click("composer").await;
    keys(ada, "well @rac").await;
    until_true(
        ada,
        "the list offers grace, and the field says so",
        r#"const f = document.querySelector('[data-testid="composer"]');
        const o = document.getElementById(f.getAttribute('aria-activedescendant') ?? '-');
        const list = document.getElementById(f.getAttribute('aria-controls') ?? '-');
        return !!list?.contains(o) && o.getAttribute('role') === 'option' && o.textContent.includes('grace');"#,
    )
    .await;
    ada.shot("composer-mention").await;
    // Escape sends the list away and nothing else; another letter goes on without it.
    keys(ada, &key(Key::Escape)).await;
    until_true(
        ada,
        "the list is gone",
        r#"return !document.querySelector('[data-testid="suggestions"]')"#,
    )
    .await;
    assert_eq!(value(ada, "composer").await, "well @rac");
    keys(ada, &key(Key::Backspace).repeat(4)).await;
    keys(ada, "@gr").await;
    ada.get("suggestion").await;
    keys(ada, &key(Key::Tab)).await;
    until_value(ada, "composer", "well @grace ").await;
    keys(ada, "and `@grace`").await;
    keys(ada, &key(Key::Enter)).await;
    ada.message("well @grace and @grace").await;
    let marked = r#"return Array.from(document.querySelectorAll('[data-testid="mention"]')).map(e => e.textContent + e.dataset.me)"#;
    assert_eq!(eval(ada, marked).await, json!(["@gracefalse"]));

    grace
        .post(room, "thanks, @ada! #General it is")
        .await
        .unwrap();
    ada.message("thanks, @ada! #General it is").await;
    assert_eq!(eval(ada, marked).await, json!(["@gracefalse", "@adatrue"]));
    ada.get("room-mention").await;
    ada.shot("composer-mentions").await;
    grace.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_up_edits_the_last_own_message_and_a_closed_room_says_why() {
    let Desk {
        relay,
        home: _home,
        ada,
    } = Desk::set(&[]).await;
    ada.post("first").await;
    ada.message("first").await;
    ada.click("composer").await;
    keys(&ada, &key(Key::Up)).await;
    until_focus(&ada, "edit-input").await;
    until_value(&ada, "edit-input", "first").await;
    keys(&ada, &key(Key::Escape)).await;
    until_focus(&ada, "composer").await;
    assert_eq!(value(&ada, "edit-input").await, "(no field)");
    keys(&ada, &key(Key::Up)).await;
    until_focus(&ada, "edit-input").await;
    keys(&ada, " of all :tada:").await;
    keys(&ada, &key(Key::Enter)).await;
    let shown = ada.message("first of all 🎉").await;
    assert!(shown.edited);
    until_focus(&ada, "composer").await;

    // Not with a text in the field: there the key moves the caret.
    keys(&ada, "x").await;
    keys(&ada, &key(Key::Up)).await;
    until_focus(&ada, "composer").await;
    assert_eq!(value(&ada, "edit-input").await, "(no field)");

    // Too long: the field counts, and the reason stands beside it.
    let long = "é".repeat(model::limits::BODY_MAX_BYTES / 2 + 1);
    let fill = r#"const e = document.querySelector('[data-testid="composer"]'); e.value = arguments[0];
        e.dispatchEvent(new Event('input', { bubbles: true }));"#;
    ada.page.execute(fill, vec![json!(long)]).await.unwrap();
    assert!(ada.text("counter").await.contains('2'));
    ada.page.execute(fill, vec![json!("kept")]).await.unwrap();

    relay
        .database()
        .sql("UPDATE room SET archived_at = now()")
        .await;
    let why = ada.text("composer-closed").await;
    assert!(why.contains("archived"), "{why}");
    ada.shot("composer-closed").await;
    relay
        .database()
        .sql("UPDATE room SET archived_at = NULL")
        .await;
    until_value(&ada, "composer", "kept").await;
}
