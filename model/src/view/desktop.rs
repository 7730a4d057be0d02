//! What the page shows of the app itself.

use super::Theme;
use crate::id::Millis;
use serde::{Deserialize, Serialize};

/// The app itself, as far as the settings and the banners show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesktopView {
    /// Our version.
    pub version: String,
    /// There is a tray, so that the window can be closed and come back.
    pub tray: bool,
    /// What the desktop wishes of every app: light or dark; `system` where it does not say, and the web view knows.
    pub theme: Theme,
    /// The desktop wishes more contrast.
    pub contrast: bool,
    /// What is known of newer versions.
    pub updates: UpdatesView,
    /// The note of a crash that the person has not been told of: where it is.
    pub crash: Option<String>,
}

/// What is known of newer versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatesView {
    /// Where is asked; none: this build and the settings name no feed.
    pub feed: Option<String>,
    /// When was asked last.
    pub checked_at: Option<Millis>,
    /// A version newer than ours.
    pub newer: Option<Release>,
    /// Why the last asking told nothing.
    pub trouble: Option<String>,
}

/// A version that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its number.
    pub version: String,
    /// What is new, as its makers say.
    pub notes: String,
    /// Where a person gets it.
    pub page: String,
}
