//! How evenly a window scrolls: the frames of the timeline, and of the same messages as a dead picture of themselves in the same web
//! view, with no program behind them. What is slow in both is the machine's painting (there is no graphics card under Xvfb), what is
//! slow in the first alone is ours.
//!
//! Invariant: the script that watches reads nothing but two numbers a frame, so that it is not what is measured.

use crate::window::Window;
use serde_json::{Value, json};

/// A frame at 60 a second, in milliseconds.
pub const FRAME: f64 = 1000.0 / 60.0;

/// Scrolls `list` up by `step` pixels a frame, `count` times, or to and fro within what it holds. A frame's work is the time from its
/// beginning to the first task after it: what was laid out and painted, and what the page did about the scroll.
const SCROLL: &str = r#"
    const [selector, step, count, swing, done] = arguments;
    const list = document.querySelector(selector), spare = list.querySelector('.spare');
    const top = () => spare.offsetHeight;
    const end = top() + list.querySelector('.timeline-content').offsetHeight - list.clientHeight;
    const gaps = [], work = [], after = new MessageChannel();
    let last = null, n = 0, way = -1, began = 0;
    after.port1.onmessage = () => { work.push(performance.now() - began); };
    const frame = () => {
        began = performance.now();
        if (last !== null) gaps.push(began - last);
        last = began;
        if (n === count) {
            // The last frame's task comes before this one.
            setTimeout(() => done({ gaps, work }), 0);
            return;
        }
        n += 1;
        const at = list.scrollTop;
        if (swing && way < 0 && at - step < top()) way = 1;
        else if (swing && way > 0 && at + step > end) way = -1;
        list.scrollTop = Math.max(top(), at + way * step);
        after.port2.postMessage(0);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);"#;

/// Puts a dead copy of the messages over the page, or takes it away.
const STILL: &str = r#"
    const [shown] = arguments;
    document.getElementById('still')?.remove();
    const app = document.querySelector('.shell'), list = document.querySelector('[data-testid="timeline"]');
    app.hidden = false;
    if (!shown) return;
    const still = list.cloneNode(true), place = list.getBoundingClientRect(), box = document.createElement('div');
    box.id = 'still';
    Object.assign(box.style, { position: 'fixed', left: place.left + 'px', top: place.top + 'px',
        width: place.width + 'px', height: place.height + 'px' });
    box.append(still);
    document.body.append(box);
    still.querySelector('.spare').style.blockSize = '0px';
    still.scrollTop = still.scrollHeight;"#;

/// Milliseconds of frames.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// From each to the next.
    pub gaps: Vec<f64>,
    /// What was worked for each.
    pub work: Vec<f64>,
}

impl Frames {
    /// The value below which this share lies, in percent.
    ///
    /// # Panics
    /// Without a frame.
    #[must_use]
    pub fn percentile(times: &[f64], percent: usize) -> f64 {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() - 1) * percent / 100]
    }

    /// The share of frames, from 0 to 1, in which more was worked than a frame at 60 a second has time for.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share of some thousands")]
    pub fn over(&self) -> f64 {
        let over = self.work.iter().filter(|work| **work > FRAME).count();
        over as f64 / self.work.len().max(1) as f64
    }

    /// The share of frames, from 0 to 1, that came when another one should have come already.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share of some thousands")]
    pub fn late(&self) -> f64 {
        let late = self.gaps.iter().filter(|gap| **gap > 1.5 * FRAME).count();
        late as f64 / self.gaps.len().max(1) as f64
    }

    fn add(&mut self, found: &Value) {
        let numbers = |key: &str| {
            let found = found[key].as_array().cloned().unwrap_or_default();
            found.into_iter().filter_map(|number| number.as_f64())
        };
        self.gaps.extend(numbers("gaps"));
        self.work.extend(numbers("work"));
    }
}

/// Goes to the newest message, if the room was not opened there.
///
/// # Panics
/// When the window is gone.
pub async fn go_to_end(window: &Window) {
    let script = r#"const way = document.querySelector('[data-testid="jump-newest"]');
        if (way) way.click();
        return way === null && document.querySelector('[data-testid="message"]') !== null;"#;
    window
        .until_script("the end of the room", script, |seen| seen == true)
        .await;
}

/// Scrolls the open room up by `step` pixels a frame, for `count` frames.
///
/// # Panics
/// When the window is gone.
pub async fn of_timeline(window: &Window, step: u32, count: u32) -> Frames {
    scroll(window, "[data-testid=\"timeline\"]", step, count, false).await
}

/// Scrolls a dead copy of the same messages to and fro.
///
/// # Panics
/// When the window is gone.
pub async fn of_still(window: &Window, step: u32, count: u32) -> Frames {
    let shown = |shown: bool| window.page.execute(STILL, vec![json!(shown)]);
    shown(true).await.unwrap();
    let frames = scroll(window, "#still .timeline", step, count, true).await;
    shown(false).await.unwrap();
    frames
}

async fn scroll(window: &Window, selector: &str, step: u32, count: u32, swing: bool) -> Frames {
    let mut frames = Frames::default();
    let mut left = count;
    // In pieces: a script may not run for ever.
    while left > 0 {
        let piece = left.min(300);
        let arguments = vec![json!(selector), json!(step), json!(piece), json!(swing)];
        let found = window.page.execute_async(SCROLL, arguments).await.unwrap();
        frames.add(&found);
        left -= piece;
    }
    frames
}
