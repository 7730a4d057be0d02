//! The settings, and changing them.
//!
//! Invariant: what the screen shows of them, and how it looks, is what the shell last said; a choice alone changes nothing.

use super::Store;
use crate::bridge;
use crate::settings::apply;
use model::view::{DesktopView, FontSize, Setting, SettingsView};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Store {
    pub(super) fn set_settings(&self, view: SettingsView, desktop: DesktopView) {
        if self.0.size_wanted.get() == Some(view.settings.font_size) {
            self.0.size_wanted.set(None);
        }
        apply::apply(&view.settings, &desktop);
        self.update(|state| {
            state.settings = Some(Rc::new(view));
            state.desktop = Rc::new(desktop);
        });
    }

    /// Chooses; a failure to keep it is shown where troubles are.
    pub(crate) fn choose(&self, setting: Setting) {
        let store = self.clone();
        spawn_local(async move {
            if let Err(failure) = bridge::set_setting(setting).await {
                store.0.size_wanted.set(None);
                store.update(|state| state.trouble = Some(failure));
            }
        });
    }

    /// Asks now whether there is a newer version; the answer comes as the settings do.
    pub(crate) fn ask_for_updates(&self) {
        let store = self.clone();
        spawn_local(async move {
            if let Err(failure) = bridge::ask_for_updates().await {
                store.update(|state| state.trouble = Some(failure));
            }
        });
    }

    /// Makes everything larger or smaller.
    pub(crate) fn resize(&self, to: impl FnOnce(FontSize) -> FontSize) {
        // Two presses of a key, faster than the settings change, are two steps.
        let size = self.0.size_wanted.get().or_else(|| {
            let state = self.0.state.borrow();
            let view = state.settings.as_ref()?;
            Some(view.settings.font_size)
        });
        let Some(size) = size else {
            return;
        };
        let wanted = to(size);
        if wanted != size {
            self.0.size_wanted.set(Some(wanted));
            self.choose(Setting::FontSize(wanted));
        }
    }
}
