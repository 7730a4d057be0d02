//! Listening to the window for as long as a component is there.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{AddEventListenerOptions, Event, EventTarget};

/// Hears one kind of event until it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    handler: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Hears `kind` at `target`, before the elements inside of it do.
    pub(crate) fn new(
        target: &EventTarget,
        kind: &'static str,
        handler: impl Fn(Event) + 'static,
    ) -> Self {
        let handler = Closure::<dyn Fn(Event)>::new(handler);
        let options = AddEventListenerOptions::new();
        options.set_capture(true);
        // It cannot fail on a known kind.
        target
            .add_event_listener_with_callback_and_add_event_listener_options(
                kind,
                handler.as_ref().unchecked_ref(),
                &options,
            )
            .ok();
        Self {
            target: target.clone(),
            kind,
            handler,
        }
    }

    /// Hears it anywhere in the window.
    pub(crate) fn window(kind: &'static str, handler: impl Fn(Event) + 'static) -> Option<Self> {
        web_sys::window().map(|window| Self::new(&window, kind, handler))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.target
            .remove_event_listener_with_callback_and_bool(
                self.kind,
                self.handler.as_ref().unchecked_ref(),
                true,
            )
            .ok();
    }
}
