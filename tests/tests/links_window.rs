//! What a message leads to, in the real window: hostile texts stay texts, links are opened by the shell, and those to Amend in Amend.

#![allow(clippy::unwrap_used)]

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use system_tests::desk::{Desk, chord, eval, key, keys, value};
use system_tests::wait;

/// A system's opener that only notes what it is asked for.
struct Opener(tempfile::TempDir);

impl Opener {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        let program = this.0.path().join("xdg-open");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n",
            this.0.path().join("opened").display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        this
    }

    /// A `PATH` on which it is the first.
    fn path(&self) -> String {
        let others = std::env::var("PATH").unwrap();
        format!("{}:{others}", self.0.path().display())
    }

    /// What it was asked for, a line each.
    fn opened(&self) -> String {
        std::fs::read_to_string(self.0.path().join("opened")).unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_message_is_text_and_a_link_is_opened_by_the_shell() {
    let opener = Opener::new();
    let desk = Desk::set(&[("PATH", &opener.path())]).await;
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
        async || opener.opened(),
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
    assert_eq!(opener.opened(), seen);
    ada.shot("composer-hostile").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_link_leads_to_its_message_in_this_window() {
    let opener = Opener::new();
    let desk = Desk::set(&[("PATH", &opener.path())]).await;
    let ada = &desk.ada;
    ada.post("what it is about").await;
    // Only what the relay has can be linked to.
    let sent = |shown: &[system_tests::window::Shown]| {
        shown.last().is_some_and(|last| last.delivery == "sent")
    };
    let target = ada.until("it is sent", sent).await.pop().unwrap().id;
    // The clipboard of the test's display, as another program would read it: what is pasted into the composer.
    ada.act(&target, "more-button").await;
    ada.click("menu-copy-link-button").await;
    ada.get("toast").await;
    ada.click("composer").await;
    keys(ada, &chord(&[Key::Control], "v")).await;
    let link = wait::until(
        "the link is pasted",
        async || value(ada, "composer").await,
        |text| text.ends_with(&target),
    )
    .await;
    assert!(
        link.starts_with("amend://message?relay="),
        "a link that any Amend reads: {link}"
    );
    keys(ada, &key(Key::Enter)).await;
    ada.get("link").await;
    let elsewhere = format!("amend://room?relay=https://chat.example.net&room={target}");
    ada.post(&elsewhere).await;
    ada.until("both are there", |shown| shown.len() == 3).await;

    ada.click("link").await;
    let marked =
        format!(r#"return document.querySelector('[data-message-id="{target}"]').dataset.target"#);
    ada.until_script("the message is gone to", &marked, |seen| seen == "true")
        .await;

    // What is on another relay is said, and goes to no other program either.
    let links = ada.page.find_all(Locator::Css("[data-testid=\"link\"]"));
    links.await.unwrap()[1].click().await.unwrap();
    ada.until_script(
        "it is said where that is",
        r#"return document.querySelector('[data-testid="toast"]')?.textContent ?? ''"#,
        |said| {
            said.as_str()
                .unwrap_or_default()
                .contains("chat.example.net")
        },
    )
    .await;
    assert_eq!(opener.opened(), "");
}
