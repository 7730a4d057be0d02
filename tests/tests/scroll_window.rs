//! What scrolling costs, in the real window and without a clock: what is drawn again, and what is still held after long scrolling.

#![allow(clippy::unwrap_used)]

use serde_json::json;
use system_tests::held::Held;
use system_tests::window::Window;
use system_tests::{frames, long_room, scrolling, wait};

/// Elements of a page with the most messages that a window holds; a message has fewer than twenty.
const ELEMENTS_MAX: u64 = 4500;

/// Scrolls up by single pixels, which never leaves what is loaded, and counts how often the page asks for a date on the way: each message that
/// is drawn asks for three or more.
const COUNT_DATES: &str = r#"
    const [frames, done] = arguments;
    const list = document.querySelector('[data-testid="timeline"]'), Real = window.Date;
    const first = () => Array.from(list.querySelectorAll('[data-message-id]')).find(m =>
        m.getBoundingClientRect().bottom > list.getBoundingClientRect().top).dataset.messageId;
    const messages = () => Array.from(list.querySelectorAll('[data-message-id]')).map(m => m.dataset.messageId).join();
    let dates = 0, n = 0, passed = 0, before = first();
    const loaded = messages();
    window.Date = class extends Real { constructor(...of) { super(...of); dates += 1; } };
    const frame = () => {
        const now = first();
        if (now !== before) passed += 1;
        before = now;
        if (n === frames) {
            window.Date = Real;
            done({ dates, passed, drawn: list.querySelectorAll('[data-message-id]').length, same: messages() === loaded });
            return;
        }
        n += 1;
        list.scrollTop -= 8;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);"#;

#[tokio::test(flavor = "multi_thread")]
async fn scrolling_within_what_is_loaded_draws_no_message_again() {
    let home = long_room::profile("ada", 2000).await;
    let window = Window::open(&home, "ada").await;
    window.get("message").await;
    frames::go_to_end(&window).await;
    // A jump that was still under way when it began would have brought it back to the end: that was no scrolling.
    let scroll = async || {
        let run = window.page.execute_async(COUNT_DATES, vec![json!(60)]);
        run.await.unwrap()
    };
    let has_passed = |seen: &serde_json::Value| seen["passed"].as_u64() >= Some(5);
    let seen = wait::until("messages pass by", scroll, has_passed).await;
    let count = |key: &str| seen[key].as_u64().unwrap();
    assert_eq!(seen["same"], true, "{seen}");
    // The date beside the scrollbar asks as well, with each message that passes, and the mouse may come upon a message and leave it.
    // Drawing all of them a single time takes more than that.
    assert!(count("dates") < 3 * count("drawn"), "{seen}");
}

/// The counts after which nothing more is under way: twice the same.
async fn at_rest(window: &Window) -> Held {
    let last = std::cell::Cell::new(None);
    let seen = wait::until(
        "the page is at rest",
        async || {
            let now = Held::by(window).await;
            (last.replace(Some(now)), now)
        },
        |(before, now)| *before == Some(*now),
    );
    seen.await.1
}

/// Scrolls up until so many messages have come by.
async fn pass(window: &Window, messages: u64) {
    let mut seen = 0;
    while seen < messages {
        let run = scrolling::scroll(window, -700, 150).await;
        assert!(run.elements < ELEMENTS_MAX, "{}", run.line());
        assert!(!run.ended, "the room is too short for this: {}", run.line());
        seen += run.seen;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_holds_no_more_after_four_times_the_scrolling() {
    let home = long_room::profile("ada", 20_000).await;
    let window = Window::open(&home, "ada").await;
    window.get("message").await;
    frames::go_to_end(&window).await;
    // Enough for every cache to be full.
    pass(&window, 800).await;
    let first = at_rest(&window).await;
    pass(&window, 2400).await;
    let then = at_rest(&window).await;
    assert_eq!(then.things, first.things, "{first:?} {then:?}");
    // The program's memory comes in pages of 64 KiB, and where things lie in it differs: but a message that is kept is 300 bytes at least.
    let grown = then.memory - first.memory;
    assert!(grown < 50 * 2400, "{first:?} {then:?}");
}
