//! Measures two real windows on one relay: local write → own screen, and post → other window. Prints medians and 99th
//! percentiles; run it with `cargo xtask measure`.
//!
//! Both windows are on one machine, so their clocks are one. A time begins when the send button is pressed and ends when the message
//! stands in the page (a MutationObserver), which is before the compositor shows it.

#![allow(clippy::unwrap_used)]

use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::window::Window;

/// How many messages are posted, one after the other.
const POSTS: usize = 200;

/// Notes when each new text appears.
const WATCH: &str = r"
    window.seen = {};
    const look = () => { for (const e of document.querySelectorAll('[data-testid=body]')) window.seen[e.textContent] ??= Date.now(); };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    look();";

/// Posts a text and returns when.
const POST: &str = r#"
    const box = document.querySelector('[data-testid="composer"]');
    box.value = arguments[0];
    box.dispatchEvent(new Event('input', { bubbles: true }));
    const at = Date.now();
    document.querySelector('[data-testid="send-button"]').click();
    return at;"#;

#[tokio::main]
async fn main() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    let mut windows = Vec::new();
    for name in ["ada", "grace"] {
        relay.add_user(name);
        home.login(&relay, name);
        let action = if name == "ada" { "create" } else { "join" };
        let _ = home.amend(name, &["rooms", action, "General"]);
        let window = Window::open(&home, name).await;
        window.until_connection("online").await;
        window.click("room").await;
        window.get("composer").await;
        window.page.execute(WATCH, Vec::new()).await.unwrap();
        windows.push(window);
    }
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for number in 0..POSTS {
        let text = format!("message number {number}");
        let sent = windows[0]
            .page
            .execute(POST, vec![text.clone().into()])
            .await
            .unwrap();
        let sent = sent.as_i64().unwrap();
        for (window, times) in windows.iter().zip([&mut own, &mut other]) {
            let seen = system_tests::wait::until(
                "the message is seen",
                async || {
                    let script = "return window.seen[arguments[0]] ?? null;";
                    window
                        .page
                        .execute(script, vec![text.clone().into()])
                        .await
                        .unwrap()
                },
                |seen| seen.is_number(),
            )
            .await;
            times.push(seen.as_i64().unwrap() - sent);
        }
    }
    println!("{POSTS} posts, milliseconds (debug build)");
    report("local write -> own screen", own);
    report("post -> other window     ", other);
}

fn report(what: &str, mut times: Vec<i64>) {
    times.sort_unstable();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!(
        "{what}  median {median}  p99 {p99}  max {}",
        times[times.len() - 1]
    );
}
