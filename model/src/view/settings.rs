//! What a person has chosen for the whole app: kept beside the profiles, not in one of them, and never sent anywhere.
//!
//! Invariant: every value of these types is a usable one; what a file says beyond them is somebody's mistake or a later version's.

use serde::{Deserialize, Serialize};

/// All settings, with what holds where nothing was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// How strongly things stand out.
    pub contrast: Contrast,
    /// The size of everything, in percent.
    pub font_size: FontSize,
    /// `system`, or a language's tag, as `en`.
    pub language: String,
    /// Whether things move.
    pub reduced_motion: Motion,
    /// No window at the start, only the tray's icon.
    pub start_minimised: bool,
    /// Closing the window leaves the app in the tray.
    pub close_to_tray: bool,
    /// What is worth a notification.
    pub notifications: Level,
    /// A notification says what was written, not only that something was.
    pub notification_text: bool,
    /// No notifications for now.
    pub do_not_disturb: bool,
    /// Ask once a day whether there is a newer version.
    pub update_check: bool,
    /// Where to ask; empty: where this build says.
    pub update_feed: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            contrast: Contrast::System,
            font_size: FontSize::NORMAL,
            language: "system".to_owned(),
            reduced_motion: Motion::System,
            start_minimised: false,
            close_to_tray: false,
            notifications: Level::All,
            notification_text: true,
            do_not_disturb: false,
            update_check: true,
            update_feed: String::new(),
        }
    }
}

/// One choice: as `{"key": "theme", "value": "dark"}`, with the keys of [`Settings`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", content = "value", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Setting {
    Theme(Theme),
    Contrast(Contrast),
    FontSize(FontSize),
    Language(String),
    ReducedMotion(Motion),
    StartMinimised(bool),
    CloseToTray(bool),
    Notifications(Level),
    NotificationText(bool),
    DoNotDisturb(bool),
    UpdateCheck(bool),
    UpdateFeed(String),
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// How strongly things stand out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Contrast {
    #[default]
    System,
    Normal,
    High,
}

/// Whether things move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// As the system says.
    #[default]
    System,
    /// Nothing moves.
    On,
}

/// What is worth a notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Every message.
    #[default]
    All,
    /// Messages to the person: mentions and direct messages.
    Mentions,
    /// Nothing.
    None,
}

/// The size of everything on the screen, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct FontSize(u16);

impl FontSize {
    /// As designed.
    pub const NORMAL: Self = Self(100);
    /// All that can be chosen with a key or a button, rising.
    pub const STEPS: [Self; 9] = [
        Self(80),
        Self(90),
        Self(100),
        Self(110),
        Self(125),
        Self(140),
        Self(160),
        Self(180),
        Self(200),
    ];

    /// In percent.
    #[must_use]
    pub fn percent(self) -> u16 {
        self.0
    }

    /// The next step, or this at the end.
    #[must_use]
    pub fn larger(self) -> Self {
        let next = Self::STEPS.into_iter().find(|step| *step > self);
        next.unwrap_or(self)
    }

    /// The step before, or this at the end.
    #[must_use]
    pub fn smaller(self) -> Self {
        let next = Self::STEPS.into_iter().rev().find(|step| *step < self);
        next.unwrap_or(self)
    }
}

impl TryFrom<u16> for FontSize {
    type Error = String;

    fn try_from(percent: u16) -> Result<Self, String> {
        if (80..=200).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(format!(
                "a font size is between 80 and 200 percent, not {percent}"
            ))
        }
    }
}

impl From<FontSize> for u16 {
    fn from(size: FontSize) -> Self {
        size.0
    }
}

/// The settings as they hold, and what is wrong with the file that keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    /// What holds.
    pub settings: Settings,
    /// What could not be used.
    pub trouble: Option<SettingsTrouble>,
}

/// What is wrong with the file of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsTrouble {
    /// It is no JSON object, or cannot be read: nothing of it holds. It is set aside before the next one is written.
    Unreadable {
        /// Where it is.
        path: String,
    },
    /// These keys have values that are none; the rest holds.
    Keys {
        /// Where it is.
        path: String,
        /// Which.
        keys: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_step_up_and_down_and_stop_at_the_ends() {
        let odd = FontSize::try_from(117).expect("a size");
        assert_eq!(odd.larger().percent(), 125);
        assert_eq!(odd.smaller().percent(), 110);
        let [first, .., last] = FontSize::STEPS;
        assert_eq!((first.smaller(), last.larger()), (first, last));
        assert!(FontSize::try_from(79).is_err() && FontSize::try_from(201).is_err());
    }
}
