//! Marks in the page's own timings for those who measure it: see `tests/src/bin/bench-ui`.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// Leaves a mark of this name when what is in the document now is on the screen. The browser runs what is asked for here right before
/// it paints; the next task comes when it has painted.
pub(crate) fn mark(name: &'static str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let before = Closure::once_into_js(move || {
        Timeout::new(0, move || {
            let performance = web_sys::window().and_then(|window| window.performance());
            if let Some(performance) = performance {
                performance.mark(name).ok();
            }
        })
        .forget();
    });
    window.request_animation_frame(before.unchecked_ref()).ok();
}
