//! What the person chose on this device: read once, kept in the local database when it changes.

use super::Store;
use crate::bridge;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Emoji that are offered again.
const MAX_RECENT: usize = 36;

const RECENT_EMOJI: &str = "emoji";
const TOOLBAR: &str = "toolbar";

impl Store {
    /// What was chosen before. Without it the app works all the same.
    pub(super) async fn load_choices(&self) {
        if let Ok(found) = bridge::choices().await {
            *self.0.choices.borrow_mut() = found;
        }
    }

    fn keep_choice(&self, name: &'static str, value: String) {
        let mut choices = self.0.choices.borrow_mut();
        choices.insert(name.to_owned(), value.clone());
        spawn_local(async move {
            // Lost, it costs a click.
            bridge::choose(name, &value).await.ok();
        });
    }

    /// The emoji that were used lately, the last one first.
    pub(crate) fn recent_emoji(&self) -> Rc<Vec<String>> {
        let choices = self.0.choices.borrow();
        let kept = choices.get(RECENT_EMOJI).map_or("", String::as_str);
        Rc::new(kept.split_whitespace().map(str::to_owned).collect())
    }

    /// An emoji was used.
    pub(crate) fn use_emoji(&self, emoji: &str) {
        let recent = self.recent_emoji();
        let others = recent
            .iter()
            .map(String::as_str)
            .filter(|one| *one != emoji);
        let kept: Vec<&str> = std::iter::once(emoji)
            .chain(others)
            .take(MAX_RECENT)
            .collect();
        self.keep_choice(RECENT_EMOJI, kept.join(" "));
    }

    /// Whether the buttons for marks are shown.
    pub(crate) fn shows_toolbar(&self) -> bool {
        self.0
            .choices
            .borrow()
            .get(TOOLBAR)
            .is_some_and(|kept| kept == "shown")
    }

    /// Shows the buttons for marks, or not.
    pub(crate) fn set_shows_toolbar(&self, shown: bool) {
        let value = if shown { "shown" } else { "hidden" };
        self.keep_choice(TOOLBAR, value.to_owned());
    }
}
