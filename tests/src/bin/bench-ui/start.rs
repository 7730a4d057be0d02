//! A start of the app: from the program's first moment to the first painted message.

use system_tests::people::Home;
use system_tests::wait;
use system_tests::window::Window;

/// Milliseconds after the program's first moment.
pub(crate) struct Start {
    /// The page was begun.
    pub(crate) page: f64,
    /// Its first message was on the screen.
    pub(crate) message: f64,
}

/// When the page was begun and when its first message was painted, in milliseconds since 1970; the page marks the latter.
const PAINTED: &str = "const mark = performance.getEntriesByName('first-message')[0];
    return mark ? [performance.timeOrigin, performance.timeOrigin + mark.startTime] : null;";

/// One start, and the window's end.
pub(crate) async fn measure(home: &Home) -> Start {
    let window = Window::open(home, "ada").await;
    let seen = wait::until(
        "the first message is painted",
        async || window.page.execute(PAINTED, Vec::new()).await.unwrap(),
        |seen| seen.is_array(),
    )
    .await;
    let began = began(window.app_pid());
    let start = Start {
        page: seen[0].as_f64().unwrap() - began,
        message: seen[1].as_f64().unwrap() - began,
    };
    window.kill().await;
    start
}

/// When a process began, in milliseconds since 1970; known to a hundredth of a second.
fn began(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let ticks: f64 = stat
        .rsplit_once(')')
        .and_then(|(_, fields)| fields.split_whitespace().nth(19))
        .and_then(|ticks| ticks.parse().ok())
        .unwrap();
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split_whitespace().next().unwrap().parse().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let now = client::clock::now().0 as f64;
    // Linux counts a hundred ticks a second for programs, whatever its own clock does.
    now - uptime * 1000.0 + ticks * 10.0
}
