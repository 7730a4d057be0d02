//! The looks in which the window is shown: sizes, colours, languages.

use anyhow::Result;
use serde_json::json;
use std::path::Path;
use system_tests::faces::{FACES, Face, named};
use system_tests::window::Window;

/// A size of the window, and how it is set.
pub(crate) struct Look {
    /// The folder's name.
    pub(crate) name: &'static str,
    /// What it is, for the index.
    pub(crate) says: &'static str,
    size: (u32, u32),
    theme: &'static str,
    contrast: &'static str,
    language: &'static str,
    /// Empty: all of them.
    faces: &'static [&'static str],
}

const PLAIN: Look = Look {
    name: "light-1280x800",
    says: "1280×800, light",
    size: (1280, 800),
    theme: "light",
    contrast: "normal",
    language: "en",
    faces: &[],
};

/// All of them.
pub(crate) const LOOKS: &[Look] = &[
    PLAIN,
    Look {
        name: "dark-1280x800",
        says: "1280×800, dark",
        theme: "dark",
        ..PLAIN
    },
    Look {
        name: "light-900x600",
        says: "900×600, light",
        size: (900, 600),
        ..PLAIN
    },
    Look {
        name: "dark-900x600",
        says: "900×600, dark",
        size: (900, 600),
        theme: "dark",
        ..PLAIN
    },
    Look {
        name: "narrow-420x800",
        says: "420×800, where the lists are drawers",
        size: (420, 800),
        faces: &[
            "room",
            "rooms",
            "people",
            "card",
            "message-menu",
            "emoji",
            "search",
            "room-settings",
            "settings",
            "versions",
        ],
        ..PLAIN
    },
    Look {
        name: "contrast-1280x800",
        says: "1280×800, high contrast",
        contrast: "high",
        faces: &["room", "settings", "versions", "search"],
        ..PLAIN
    },
    Look {
        name: "arabic-1280x800",
        says: "1280×800, Arabic, right to left",
        language: "ar",
        faces: &[
            "room",
            "message-menu",
            "reply",
            "emoji",
            "calendar",
            "versions",
            "room-settings",
            "search",
            "settings",
            "exchange",
        ],
        ..PLAIN
    },
];

impl Look {
    /// What is shown in it.
    pub(crate) fn faces(&self) -> Vec<&'static Face> {
        if self.faces.is_empty() {
            // "rooms" is the drawer, which wide windows don't have.
            return FACES.iter().filter(|face| face.name != "rooms").collect();
        }
        self.faces.iter().map(|name| named(name)).collect()
    }

    /// Sets it for the windows that open next.
    pub(crate) fn choose(&self, home: &Path) -> Result<()> {
        let settings = json!({
            "theme": self.theme,
            "contrast": self.contrast,
            "language": self.language,
            "reduced_motion": "on",
        });
        std::fs::write(home.join("settings.json"), settings.to_string())?;
        Ok(())
    }

    /// Width and height of the window, in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Gives a window its size.
    pub(crate) async fn fit(&self, window: &Window) {
        window.resize(self.size.0, self.size.1).await;
    }
}
