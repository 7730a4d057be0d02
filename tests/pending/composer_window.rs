//! Writing in the real window, by keyboard: marks, preview, emoji, mentions, drafts, edits; and hostile texts, which stay texts.

#![allow(clippy::unwrap_used)]

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use system_tests::window::Window;

const ROOM: &str = "General";

/// A relay, and ada's window in a room of hers.
struct Desk {
    relay: RelayProcess,
    home: Home,
    ada: Window,
}

impl Desk {
    async fn set(environment: &[(&str, &str)]) -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let setting = home.client(&relay, "ada", "ada").await;
        setting.create_room(ROOM, "").await.unwrap();
        setting.close().await;
        let ada = Window::open_with(&home, &["--profile", "ada"], environment).await;
        ada.click("room").await;
        ada.get("composer").await;
        Self { relay, home, ada }
    }
}

/// Keys that are held down together.
fn chord(keys: &[Key], last: &str) -> String {
    let held: String = keys.iter().map(|key| char::from(*key)).collect();
    format!("{held}{last}{}", char::from(Key::Null))
}

fn key(key: Key) -> String {
    char::from(key).to_string()
}

/// Types where the keyboard is.
async fn keys(window: &Window, text: &str) {
    let active = window.page.active_element().await.unwrap();
    active.send_keys(text).await.unwrap();
}

async fn eval(window: &Window, script: &str) -> Value {
    window.page.execute(script, Vec::new()).await.unwrap()
}

async fn value(window: &Window, testid: &str) -> String {
    let script = r#"const e = document.querySelector(`[data-testid="${arguments[0]}"]`); return e ? e.value : null;"#;
    let found = window
        .page
        .execute(script, vec![json!(testid)])
        .await
        .unwrap();
    found.as_str().unwrap_or("(no field)").to_owned()
}

async fn until_value(window: &Window, testid: &str, expected: &str) {
    wait::until(
        &format!("{testid} says {expected:?}"),
        async || value(window, testid).await,
        |found| found == expected,
    )
    .await;
}

async fn until_true(window: &Window, what: &str, script: &str) {
    wait::until(
        what,
        async || eval(window, script).await,
        |found| found.as_bool() == Some(true),
    )
    .await;
}

/// Waits until the keyboard is in the element with this test id.
async fn until_focus(window: &Window, testid: &str) {
    let script = format!("return document.activeElement?.dataset.testid === {testid:?}");
    until_true(window, &format!("the keyboard is in {testid}"), &script).await;
}

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
async fn a_hostile_message_is_text_and_a_link_is_opened_by_the_shell() {
    let programs = tempfile::tempdir().unwrap();
    let opened = programs.path().join("opened");
    let opener = programs.path().join("xdg-open");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n",
        opened.display()
    );
    std::fs::write(&opener, script).unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        programs.path().display(),
        std::env::var("PATH").unwrap()
    );
    let desk = Desk::set(&[("PATH", &path)]).await;
    let ada = &desk.ada;
    let hostile = "<script>window.taken = 1</script>\n\n<img src=x onerror=\"window.taken = 1\"> <a href=\"javascript:window.taken=1\">x</a>\n\n\
        [click](javascript:window.taken=1) [file](file:///etc/passwd) ![picture](https://example.invalid/x.png) \
        [bank.example](https://evil.example/) https://example.org/a?b=1";
    let fill = r#"const e = document.querySelector('[data-testid="composer"]'); e.value = arguments[0];
        e.dispatchEvent(new Event('input', { bubbles: true }));"#;
    ada.page.execute(fill, vec![json!(hostile)]).await.unwrap();
    ada.click("send-button").await;
    ada.until("it is sent", |shown| shown.len() == 1).await;
    let found = eval(
        ada,
        r#"const t = document.querySelector('[data-testid="timeline"]');
        return { elements: t.querySelectorAll('script, img, a, iframe, object').length, taken: window.taken ?? null,
            text: t.textContent, links: Array.from(t.querySelectorAll('[data-testid="link"]')).map(e => e.dataset.href),
            hosts: Array.from(t.querySelectorAll('[data-testid="link-host"]')).map(e => e.textContent.trim()) };"#,
    )
    .await;
    assert_eq!(found["elements"], 0, "{found}");
    assert_eq!(found["taken"], Value::Null);
    let text = found["text"].as_str().unwrap();
    assert!(
        text.contains("<script>window.taken = 1</script>")
            && text.contains("[click](javascript:window.taken=1)"),
        "{text}"
    );
    assert_eq!(
        found["links"],
        json!([
            "https://example.invalid/x.png",
            "https://evil.example/",
            "https://example.org/a?b=1"
        ])
    );
    assert_eq!(found["hosts"], json!(["(evil.example)"]));

    // A link leaves the page where it is.
    let before = eval(ada, "return [location.href, history.length]").await;
    let links = ada
        .page
        .find_all(Locator::Css("[data-testid=\"link\"]"))
        .await
        .unwrap();
    links[2].click().await.unwrap();
    let seen = wait::until(
        "the system is asked to open it",
        async || std::fs::read_to_string(&opened).unwrap_or_default(),
        |seen| seen.ends_with('\n'),
    )
    .await;
    assert_eq!(seen, "https://example.org/a?b=1\n");
    assert_eq!(
        eval(ada, "return [location.href, history.length]").await,
        before
    );

    // The command refuses what the page would never ask for.
    let asked = "const done = arguments[arguments.length - 1]; window.__TAURI__.core.invoke('open_link', { href: 'file:///etc/passwd' })
        .then(() => done('opened'), error => done(error.code));";
    let answer = ada.page.execute_async(asked, Vec::new()).await.unwrap();
    assert_eq!(answer, "address_refused");
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), seen);
    ada.shot("composer-hostile").await;
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
        "return document.querySelector('aside.people, .people')?.textContent.includes('grace') ?? false",
    )
    .await;
    ada.click("composer").await;
    keys(ada, "well @rac").await;
    until_true(
        ada,
        "the list offers grace, and the field says so",
        r#"const f = document.querySelector('[data-testid="composer"]');
        const o = document.getElementById(f.getAttribute('aria-activedescendant') ?? '-');
        return f.getAttribute('aria-expanded') === 'true' && o?.getAttribute('role') === 'option' && o.textContent.includes('grace');"#,
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
    ada.click("edit-button").await;
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
