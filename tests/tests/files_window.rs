//! Files in real windows: attached, sent, seen as an image with its place kept, fetched, opened large by keyboard, refused with a reason.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use system_tests::native;
use system_tests::people::Home;
use system_tests::relay_process::{RelayProcess, password};
use system_tests::wait;
use system_tests::window::Window;

/// An image of so many pixels, as a file.
fn image(path: &std::path::Path, width: u32, height: u32) {
    let mut image = image::RgbImage::new(width, height);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let part = |value: u32, of: u32| u8::try_from(value * 255 / of).unwrap();
        *pixel = image::Rgb([part(x, width), part(y, height), 160]);
    }
    image.save(path).unwrap();
}

async fn script(window: &Window, text: &str, arguments: Vec<Value>) -> Value {
    window.page.execute(text, arguments).await.unwrap()
}

async fn choose(window: &Window, path: &std::path::Path) {
    // A file field takes its path even while it is hidden.
    window
        .get("file-input")
        .await
        .send_keys(path.to_str().unwrap())
        .await
        .unwrap();
}

async fn count(window: &Window, testid: &str) -> u64 {
    let text = "return document.querySelectorAll(`[data-testid=\"${arguments[0]}\"]`).length";
    script(window, text, vec![json!(testid)])
        .await
        .as_u64()
        .unwrap()
}

async fn until_count(window: &Window, testid: &str, wanted: u64) {
    let seen = async || count(window, testid).await;
    wait::until(&format!("{wanted} × {testid}"), seen, |seen| {
        *seen == wanted
    })
    .await;
}

/// The image's own width, once it is drawn; 0 before.
async fn drawn(window: &Window, selector: &str) -> u64 {
    let text = "const e = document.querySelector(arguments[0]); return e && e.complete ? e.naturalWidth : 0";
    script(window, text, vec![json!(selector)])
        .await
        .as_u64()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_and_a_file_go_from_window_to_window() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[blobs]\nmax_bytes = 400000\n").unwrap();
    let mut relay = RelayProcess::configured(config.path()).await;
    relay.add_user("ada");
    relay.add_user("grace");
    let home = Home::new();
    let ada = Window::open(&home, "ada").await;
    ada.sign_in(&relay.url(), "ada", &password("ada")).await;
    ada.until_connection("online").await;
    ada.click("new-room-button").await;
    ada.type_into("new-room-name", "General").await;
    ada.click("new-room-create").await;
    ada.click("room").await;
    let grace = Window::open(&home, "grace").await;
    grace
        .sign_in(&relay.url(), "grace", &password("grace"))
        .await;
    grace.until_connection("online").await;
    grace.click("browse-button").await;
    grace.click("join-button").await;
    grace.click("room").await;
    grace.get("composer").await;

    // Offline: attached, seen in the strip, posted, and seen in the message.
    relay.kill();
    ada.until_connection("offline").await;
    let folder = tempfile::tempdir().unwrap();
    let (photo, notes, large) = (
        folder.path().join("photo.png"),
        folder.path().join("notes.txt"),
        folder.path().join("large.bin"),
    );
    image(&photo, 1200, 800);
    std::fs::write(&notes, "some notes").unwrap();
    std::fs::write(&large, vec![7_u8; 500_000]).unwrap();
    choose(&ada, &photo).await;
    choose(&ada, &notes).await;
    until_count(&ada, "strip-file", 2).await;
    choose(&ada, &large).await;
    let refused = ada.text("composer-error").await;
    assert!(refused.contains("400000"), "{refused}");
    until_count(&ada, "strip-file", 2).await;
    ada.shot("files-1-strip").await;
    ada.click("send-button").await;
    until_count(&ada, "strip-file", 0).await;
    until_count(&ada, "picture", 1).await;
    until_count(&ada, "file-card", 1).await;
    let seen = async || drawn(&ada, ".picture img").await;
    wait::until("the small image is drawn", seen, |width| *width == 960).await;
    ada.shot("files-2-offline").await;

    // Online again: grace sees the image without asking, and fetches the file.
    relay.come_back().await;
    until_count(&grace, "file-card", 1).await;
    until_count(&grace, "picture", 1).await;
    let seen = async || drawn(&grace, ".picture img").await;
    wait::until("the small image is drawn", seen, |width| *width == 960).await;
    let place = "const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.width, b.height]";
    let shown = script(&grace, place, vec![json!(".picture img")]).await;
    assert_eq!(shown, json!([360, 240]));
    grace.click("file-fetch").await;
    grace.get("file-save").await;
    grace.shot("files-3-received").await;

    // The viewer, by keyboard.
    grace.click("picture").await;
    let seen = async || drawn(&grace, "[data-testid=viewer-image]").await;
    wait::until("the image is drawn whole", seen, |width| *width == 1200).await;
    let keys = grace.page.active_element().await.unwrap();
    keys.send_keys("+").await.unwrap();
    let zoom = async || {
        let text = "return document.querySelector('[data-testid=viewer-image]').dataset.zoom";
        script(&grace, text, vec![]).await
    };
    wait::until("it is half its size", zoom, |zoom| *zoom == "50").await;
    grace.shot("files-4-viewer").await;
    keys.send_keys("\u{e00c}").await.unwrap();
    until_count(&grace, "viewer", 0).await;
    let focused = "return document.activeElement.dataset.testid";
    assert_eq!(script(&grace, focused, vec![]).await, "picture");

    // Deleted: it is on no screen any more.
    let id = ada.messages().await.pop().unwrap().id;
    ada.act(&id, "delete-button").await;
    ada.click("confirm-delete").await;
    until_count(&grace, "picture", 0).await;
    until_count(&grace, "file-card", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_here_says_so_is_fetched_later_and_saved_where_one_likes() {
    let mut relay = RelayProcess::start().await;
    relay.add_user("ada");
    relay.add_user("grace");
    let home = Home::new();
    let ada = home.client(&relay, "ada", "ada").await;
    let room = ada.create_room("General", "").await.unwrap();
    let grace = home.client(&relay, "grace", "grace").await;
    wait::until(
        "grace hears of the room",
        async || {
            grace.browse().await.unwrap();
            !grace.directory().await.unwrap().is_empty()
        },
        |heard| *heard,
    )
    .await;
    grace.join(room).await.unwrap();
    grace.close().await;
    // Too large to be fetched before somebody asks for it: noise can't be made smaller.
    let mut noise = image::RgbImage::new(1_800, 1_600);
    fastrand::seed(7);
    noise.iter_mut().for_each(|part| *part = fastrand::u8(..));
    let mut bytes = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let bytes = bytes.into_inner();
    ada.attach_bytes(room, "noise.png", bytes.clone())
        .await
        .unwrap();
    ada.post(room, "").await.unwrap();
    wait::until(
        "it is at the relay",
        async || ada.timeline(room, None, 1).await.unwrap().items,
        |items| {
            items
                .last()
                .is_some_and(|last| last.delivery == model::view::Delivery::Sent)
        },
    )
    .await;

    let window = Window::open(&home, "grace").await;
    until_space(&window, "absent").await;
    assert!(window.text("picture-space").await.contains("noise.png"));
    assert_eq!(window.text("picture-size").await, "8.6 MB");
    relay.kill();
    window.until_connection("offline").await;
    until_space(&window, "offline").await;
    let said = window.text("picture-status").await;
    assert!(said.contains("you are offline"), "{said}");
    assert_eq!(window.text("picture-fetch").await, "Fetch when online");
    window.shot("files-5-offline").await;
    window.click("picture-fetch").await;
    until_space(&window, "wanted").await;
    assert_eq!(window.text("picture-size").await, "8.6 MB");
    let said = window.text("picture-status").await;
    assert!(said.contains("when you are online"), "{said}");
    window.shot("files-6-wanted").await;
    relay.come_back().await;
    until_count(&window, "picture", 1).await;

    // Where one likes: in the system's dialog, or not at all.
    window.click("picture").await;
    window.click("viewer-save-as").await;
    native::answer("Save as", None).await;
    window.click("viewer-save-as").await;
    let place = home.path().join("kept here.png");
    native::answer("Save as", Some(&place)).await;
    let said = window.text("toast").await;
    assert!(said.contains("kept here.png"), "{said}");
    assert!(std::fs::read(&place).unwrap() == bytes, "the same file");
    ada.close().await;
}

/// Waits until the place of an image that is not here is in this state.
async fn until_space(window: &Window, state: &str) {
    let script =
        "return document.querySelector('[data-testid=picture-space]')?.dataset.state ?? null";
    window
        .until_script(&format!("the image is {state}"), script, |seen| {
            *seen == state
        })
        .await;
}
