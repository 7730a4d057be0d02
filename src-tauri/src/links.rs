//! What the page is to open: links that the system hands to the app, and clicked notifications, which are links too.
//!
//! Invariant: a link waits here until the page has taken it, so that one that comes before the page is up is not lost, and is taken
//! once. Nothing comes through but the forms that `model::Link` knows.

use crate::window;
use model::Link;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Emitter, Manager};

/// As many wait for a page; more than that is not a person's doing.
const WAITING_MAX: usize = 16;

/// The links that wait for the page.
#[derive(Default)]
pub(crate) struct Links(Mutex<Vec<String>>);

impl Links {
    fn put(&self, link: String) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = waiting.len() < WAITING_MAX;
        if room {
            waiting.push(link);
        }
        room
    }

    /// All that wait, oldest first.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives a link to the page and brings the window to the front.
pub(crate) fn open(app: &AppHandle, link: &str) {
    if Link::parse(link).is_none() {
        tracing::warn!("a link that is none of ours was passed over");
        return;
    }
    if !app.state::<Links>().put(link.to_owned()) {
        tracing::warn!("too many links wait for the page");
        return;
    }
    window::bring(app);
    // The page takes what waits when it hears this, and when it comes up.
    if let Err(error) = app.emit("links", ()) {
        tracing::warn!(%error, "the page could not be told of a link");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_they_are_bounded() {
        let links = Links::default();
        for n in 0..WAITING_MAX {
            assert!(links.put(format!("amend://{n}")));
        }
        assert!(!links.put("amend://more".to_owned()));
        assert_eq!(links.take().len(), WAITING_MAX);
        assert!(links.take().is_empty());
    }
}
