//! What the shell asks the page to open, and what the page tells it: which room is on the screen.

use super::{Page, State, Store};
use crate::bridge;
use wasm_bindgen_futures::spawn_local;

impl Store {
    /// Opens what waits, and what comes later.
    pub(super) async fn listen_for_links(&self) {
        let store = self.clone();
        let heard = bridge::on_links(move || store.take_links()).await;
        if let Err(failure) = heard {
            self.update(|state| state.trouble = Some(failure));
        }
        self.take_links();
    }

    fn take_links(&self) {
        let store = self.clone();
        spawn_local(async move {
            for link in bridge::take_links().await.unwrap_or_default() {
                store.open_link(&link);
            }
        });
    }

    /// Tells the shell which room is on the screen, when it is another one.
    pub(super) fn tell_where(&self, state: &State) {
        let shown = state
            .open
            .filter(|_| state.page == Page::Room && state.account.is_some());
        if self.0.told_where.replace(shown) != shown {
            spawn_local(async move {
                // Without it there is a notification too many.
                bridge::looking_at(shown).await.ok();
            });
        }
    }
}
