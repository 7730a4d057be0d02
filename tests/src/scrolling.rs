//! Scrolling a real window as a person with a fast wheel does, frame by frame, and looking at each frame: how long it took, whether
//! what was in sight moved by anything but the scroll, whether there was anything in sight at all, and how much the document holds.

use crate::window::Window;
use serde_json::{Value, json};

/// What was seen while scrolling.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Milliseconds from each frame to the next.
    pub frames: Vec<f64>,
    /// By how many pixels at most a message in sight moved against the scroll.
    pub jump: f64,
    /// The most messages that the document held.
    pub messages: u64,
    /// The most elements that the document held.
    pub elements: u64,
    /// Frames in which no message was in sight.
    pub blank: u64,
    /// The messages that came by.
    pub seen: u64,
    /// An end of the room was reached.
    pub ended: bool,
}

/// Scrolls by `step` pixels a frame (up if negative) for so many frames, or to the end of the room.
const SCROLL: &str = r#"
    const [step, count, done] = arguments;
    const list = document.querySelector('[data-testid="timeline"]');
    const all = () => Array.from(list.querySelectorAll('[data-message-id]'));
    const top = list.getBoundingClientRect().top, height = list.clientHeight;
    const out = { frames: [], jump: 0, messages: 0, elements: 0, blank: 0, ended: false };
    const passed = new Set();
    let last = null, expected = null, n = 0, stuck = 0, where = null;
    const insight = m => { const r = m.getBoundingClientRect(); return r.bottom > top && r.top < top + height; };
    const frame = now => {
        if (last !== null) out.frames.push(now - last);
        last = now;
        const messages = all(), sight = messages.filter(insight);
        out.messages = Math.max(out.messages, messages.length);
        if (n % 20 === 0) out.elements = Math.max(out.elements, document.getElementsByTagName('*').length);
        if (sight.length === 0) out.blank += 1;
        for (const m of sight) passed.add(m.dataset.messageId);
        if (expected) {
            const m = messages.find(m => m.dataset.messageId === expected.id);
            if (m) out.jump = Math.max(out.jump, Math.abs(m.getBoundingClientRect().top - expected.y));
        }
        const before = list.scrollTop;
        const middle = sight[Math.floor(sight.length / 2)];
        const y = middle ? middle.getBoundingClientRect().top : 0;
        // Not beyond what is loaded: there the scroll ends, as a finger's does.
        const spare = list.querySelector('.spare').offsetHeight;
        const content = list.querySelector('.timeline-content');
        const bottom = content.offsetTop + content.offsetHeight - height;
        list.scrollTop = step < 0 ? Math.max(spare, before + step) : Math.min(Math.max(bottom, before), before + step);
        const moved = list.scrollTop - before;
        expected = middle ? { id: middle.dataset.messageId, y: y - moved } : null;
        const at = sight.length ? sight[0].dataset.messageId + sight[0].getBoundingClientRect().top : '';
        stuck = at === where ? stuck + 1 : 0;
        where = at;
        const beginning = document.querySelector('[data-testid="beginning"]').getBoundingClientRect().top >= top - 1;
        const end = !document.querySelector('[data-testid="jump-newest"]');
        out.ended = (step < 0 ? beginning && spare < 2 : end) && stuck > 10;
        n += 1;
        if (n >= count || out.ended) { out.seen = passed.size; done(out); } else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);"#;

/// Scrolls the open room by `step` pixels a frame (up if negative) for at most `frames` frames.
///
/// # Panics
/// When the window is gone.
pub async fn scroll(window: &Window, step: i32, frames: u32) -> Run {
    let mut run = Run::default();
    let mut left = frames;
    // In pieces: a script may not run for ever.
    while left > 0 && !run.ended {
        let piece = left.min(300);
        let found = window
            .page
            .execute_async(SCROLL, vec![json!(step), json!(piece)])
            .await
            .unwrap();
        run.add(&found);
        left -= piece;
    }
    run
}

impl Run {
    fn add(&mut self, found: &Value) {
        let number = |key: &str| found[key].as_f64().unwrap_or_default();
        let count = |key: &str| found[key].as_u64().unwrap_or_default();
        let frames = found["frames"].as_array().cloned().unwrap_or_default();
        self.frames.extend(frames.iter().filter_map(Value::as_f64));
        self.jump = self.jump.max(number("jump"));
        self.messages = self.messages.max(count("messages"));
        self.elements = self.elements.max(count("elements"));
        self.blank += count("blank");
        self.seen += count("seen");
        self.ended = found["ended"].as_bool().unwrap_or_default();
    }

    /// The frame time below which this share of them lies, in milliseconds.
    ///
    /// # Panics
    /// Without a frame.
    #[must_use]
    pub fn frame(&self, percent: usize) -> f64 {
        let mut sorted = self.frames.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() - 1) * percent / 100]
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{} frames: median {:.1} ms, p95 {:.1}, p99 {:.1}, max {:.1}; {} messages came by, {} blank frames, largest jump {:.1} px, at most {} messages and {} elements in the document",
            self.frames.len(),
            self.frame(50),
            self.frame(95),
            self.frame(99),
            self.frame(100),
            self.seen,
            self.blank,
            self.jump,
            self.messages,
            self.elements
        )
    }
}
