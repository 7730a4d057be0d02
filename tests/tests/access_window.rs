//! The real window for people who use a keyboard, a screen reader, large letters or strong colours: axe-core on every face of it,
//! in each colouring, narrow, and from right to left.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use system_tests::axe::violations;
use system_tests::faces::{self, FACES, Face};
use system_tests::scenery::Scenery;
use system_tests::window::Window;

/// A way to look at the window.
struct Look {
    says: &'static str,
    settings: Value,
    size: (u32, u32),
}

fn look(says: &'static str, settings: Value, size: (u32, u32)) -> Look {
    Look {
        says,
        settings,
        size,
    }
}

const WIDE: (u32, u32) = (1280, 800);

/// Opens ada's window and gives it the look.
async fn open(scenery: &Scenery, profile: &str, look: &Look) -> Window {
    let mut settings = look.settings.clone();
    // What is still fading in has not its own colour yet.
    settings["reduced_motion"] = json!("on");
    let font_size = settings.as_object_mut().unwrap().remove("font_size");
    let file = scenery.home.path().join("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let window = Window::open(&scenery.home, profile).await;
    window.resize(look.size.0, look.size.1).await;
    if let Some(font_size) = font_size {
        settings["font_size"] = font_size;
        std::fs::write(&file, settings.to_string()).unwrap();
        let larger = |width: &Value| {
            width
                .as_u64()
                .is_some_and(|width| width < u64::from(look.size.0))
        };
        window
            .until_script("everything is larger", "return innerWidth;", larger)
            .await;
    }
    window
}

/// What is wrong with a face.
async fn wrong_with(window: &Window, look: &Look, face: &Face) -> Vec<String> {
    window.face(face).await;
    let found = violations(window).await;
    window.back().await;
    let at = format!("{}, {}", look.says, face.name);
    found
        .into_iter()
        .map(|line| format!("{at}: {line}"))
        .collect()
}

async fn check(looks: &[Look]) {
    let mut scenery = Scenery::set().await;
    let mut wrong = Vec::new();
    for look in looks {
        let stranger = open(&scenery, "nobody-yet", look).await;
        stranger.get("sign-in-button").await;
        wrong.extend(violations(&stranger).await);
        drop(stranger);
        let window = open(&scenery, "ada", look).await;
        window.until_connection("online").await;
        window.enter("General").await;
        for face in FACES {
            wrong.extend(wrong_with(&window, look, face).await);
        }
    }
    scenery.disagree().await;
    scenery.relay.kill();
    for look in looks {
        let window = open(&scenery, "ada", look).await;
        window.until_connection("offline").await;
        for face in faces::OFFLINE {
            wrong.extend(wrong_with(&window, look, face).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn light_and_dark_pass_the_checker_on_every_face() {
    let looks = [
        look("light", json!({ "theme": "light" }), WIDE),
        look("dark", json!({ "theme": "dark" }), WIDE),
    ];
    check(&looks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strong_colours_pass_the_checker_on_every_face() {
    let settings = json!({ "theme": "dark", "contrast": "high" });
    check(&[look("high contrast, dark", settings, WIDE)]).await;
    let settings = json!({ "theme": "light", "contrast": "high" });
    check(&[look("high contrast, light", settings, WIDE)]).await;
}

/// By keys alone: WebKit's driver clicks beside what it means while the page is zoomed.
#[tokio::test(flavor = "multi_thread")]
async fn letters_of_double_size_pass_the_checker_and_nothing_is_cut_off() {
    let scenery = Scenery::set().await;
    let large = look("200 %", json!({ "font_size": 200 }), WIDE);
    let window = open(&scenery, "ada", &large).await;
    window.until_connection("online").await;
    window.enter("General").await;
    for name in ["room", "switcher"] {
        let wrong = wrong_with(&window, &large, faces::named(name)).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let wide = "return document.documentElement.scrollWidth - innerWidth;";
        let over = window.page.execute(wide, Vec::new()).await.unwrap();
        assert_eq!(over, json!(0), "{name} is wider than the window");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_from_right_to_left_passes_the_checker_on_every_face() {
    let looks = [look(
        "Arabic, narrow",
        json!({ "language": "ar" }),
        (420, 800),
    )];
    check(&looks).await;
}
