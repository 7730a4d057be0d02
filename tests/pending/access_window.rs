//! The real window for people who use a keyboard, a screen reader, large letters or strong colours: axe-core on each page.

#![allow(clippy::unwrap_used)]

use system_tests::axe::assert_accessible;
use system_tests::scenery::Scenery;
use system_tests::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_the_checker() {
    let scenery = Scenery::set().await;
    let stranger = Window::open(&scenery.home, "nobody-yet").await;
    stranger.get("sign-in-button").await;
    assert_accessible(&stranger, "the welcome").await;
    drop(stranger);
    let window = Window::open(&scenery.home, "ada").await;
    window.until_connection("online").await;
    window.click("room").await;
    window.get("message").await;
    assert_accessible(&window, "a room").await;
    for button in ["new-room-button", "browse-button"] {
        window.click(button).await;
        assert_accessible(&window, button).await;
    }
}
