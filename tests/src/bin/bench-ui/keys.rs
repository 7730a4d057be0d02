//! Keys pressed in the composer.

use fantoccini::elements::Element;
use system_tests::wait;
use system_tests::window::Window;

/// From each key's own time stamp to the frame after the one that its letter got into the field.
const WATCH: &str = r#"
    const box = document.querySelector('[data-testid="composer"]');
    window.keys = [];
    let pressed = 0;
    box.addEventListener('keydown', event => { pressed = event.timeStamp; }, true);
    box.addEventListener('input', () => {
        const at = pressed;
        requestAnimationFrame(() => { setTimeout(() => { window.keys.push(performance.now() - at); }, 0); });
    });
    box.focus();"#;

/// Presses `count` keys, one after the other; milliseconds of each.
pub(crate) async fn measure(window: &Window, count: u32) -> Vec<f64> {
    let composer: Element = window.get("composer").await;
    window.page.execute(WATCH, Vec::new()).await.unwrap();
    for number in 0..count {
        let letter = if number % 7 == 6 { " " } else { "e" };
        composer.send_keys(letter).await.unwrap();
        wait::until(
            "the letter is painted",
            async || {
                let seen = window
                    .page
                    .execute("return window.keys.length;", Vec::new())
                    .await;
                seen.unwrap().as_u64().unwrap()
            },
            |seen| *seen > u64::from(number),
        )
        .await;
    }
    let times = window
        .page
        .execute("return window.keys;", Vec::new())
        .await
        .unwrap();
    times
        .as_array()
        .unwrap()
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .collect()
}
