//! The component gallery in the real window: all of it is drawn, and passes the accessibility checker in each colouring and direction.

#![allow(clippy::unwrap_used)]

use fantoccini::Locator;
use serde_json::json;
use system_tests::axe::assert_accessible;
use system_tests::people::Home;
use system_tests::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn every_component_is_drawn_and_passes_the_checker() {
    let home = Home::new();
    let window =
        Window::open_with(&home, &["--profile", "gallery"], &[("AMEND_GALLERY", "1")]).await;
    window.get("gallery").await;
    let specimens = "return document.querySelectorAll('[data-testid=specimen]').length;";
    let found = window.page.execute(specimens, Vec::new()).await.unwrap();
    assert!(found.as_u64().is_some_and(|count| count >= 30), "{found}");
    for state in ["sent", "pending", "failed"] {
        let shown = format!("[data-testid=message][data-delivery={state}]");
        window.page.find(Locator::Css(&shown)).await.unwrap();
    }
    let looks = window
        .page
        .find_all(Locator::Css("[data-testid=gallery-look]"))
        .await
        .unwrap()
        .len();
    for look in 0..looks {
        let choose =
            "document.querySelectorAll('[data-testid=gallery-look]')[arguments[0]].click();";
        window
            .page
            .execute(choose, vec![json!(look)])
            .await
            .unwrap();
        window.shot(&format!("gallery-{look}")).await;
        assert_accessible(&window, &format!("look {look}")).await;
    }
    window
        .until_script(
            "it is from right to left",
            "return document.documentElement.dir;",
            |dir| *dir == json!("rtl"),
        )
        .await;
    window.click("gallery-menu").await;
    assert_accessible(&window, "the menu").await;
    window.keys(&fantoccini::key::Key::Escape.to_string()).await;
    window.click("gallery-dialog").await;
    assert_accessible(&window, "the dialog").await;
}
