//! The file of settings: read with forgiveness, written whole or not at all.

use crate::ClientError;
use model::view::{Setting, Settings, SettingsTrouble, SettingsView};
use serde_json::{Map, Value};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "settings.json";

/// Where the settings of a folder of profiles are.
pub(super) struct SettingsFile(PathBuf);

impl SettingsFile {
    pub(super) fn in_folder(home: &Path) -> Self {
        Self(home.join(NAME))
    }

    /// What it says. No file is no trouble: nothing was chosen yet.
    pub(super) fn read(&self) -> SettingsView {
        match self.object() {
            Ok(object) => self.judge(&object),
            Err(error) => {
                tracing::warn!(%error, "the settings could not be read; the defaults hold");
                let path = self.0.display().to_string();
                SettingsView {
                    settings: Settings::default(),
                    trouble: Some(SettingsTrouble::Unreadable { path }),
                }
            }
        }
    }

    fn object(&self) -> std::io::Result<Map<String, Value>> {
        match std::fs::read(&self.0) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Map::new()),
            Err(error) => Err(error),
        }
    }

    /// Takes each key by itself, so that one bad value costs that value alone.
    fn judge(&self, object: &Map<String, Value>) -> SettingsView {
        let mut settings = Settings::default();
        let mut keys = Vec::new();
        for (key, value) in object {
            let one = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            // A key that is unknown here leaves the settings as they are.
            match with(&settings, one) {
                Some(better) => settings = better,
                None => keys.push(key.clone()),
            }
        }
        let path = self.0.display().to_string();
        SettingsView {
            settings,
            trouble: (!keys.is_empty()).then_some(SettingsTrouble::Keys { path, keys }),
        }
    }

    /// Writes one choice into it and leaves the rest.
    pub(super) fn write(&self, setting: &Setting) -> Result<(), ClientError> {
        let failed = |error| ClientError::file(&self.0, error);
        let folder = self.0.parent().unwrap_or(Path::new("."));
        crate::profile::make_private_folder(folder)?;
        // Several processes share the file; each reads, changes and writes it with nobody else between.
        let _turn = turn(&folder.join("settings.lock")).map_err(failed)?;
        let mut object = match self.object() {
            Ok(object) => object,
            Err(error) if error.kind() == ErrorKind::InvalidData || is_json(&error) => {
                std::fs::rename(&self.0, self.0.with_extension("broken.json")).map_err(failed)?;
                Map::new()
            }
            Err(error) => return Err(failed(error)),
        };
        let choice = serde_json::to_value(setting).map_err(|error| failed(error.into()))?;
        if let (Some(key), Some(value)) = (choice["key"].as_str(), choice.get("value")) {
            object.insert(key.to_owned(), value.clone());
        }
        let mut text =
            serde_json::to_string_pretty(&object).map_err(|error| failed(error.into()))?;
        text.push('\n');
        write_whole(&self.0, text.as_bytes()).map_err(failed)
    }
}

/// The settings with the keys of an object in place of theirs; none if a value is none.
fn with(settings: &Settings, change: Value) -> Option<Settings> {
    let mut all = serde_json::to_value(settings).ok()?;
    let (Value::Object(all), Value::Object(change)) = (&mut all, change) else {
        return None;
    };
    all.extend(change);
    serde_json::from_value(Value::Object(std::mem::take(all))).ok()
}

fn is_json(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<serde_json::Error>())
}

/// Waits until nobody else writes.
fn turn(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

/// Writes a file whole: whatever happens meanwhile, there is the old one or the new one. For its owner's eyes only.
///
/// # Errors
/// The system's own.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let fresh = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::view::{FontSize, Level, Theme};

    fn file(text: Option<&str>) -> (tempfile::TempDir, SettingsFile) {
        let home = tempfile::tempdir().expect("a folder");
        let file = SettingsFile::in_folder(home.path());
        if let Some(text) = text {
            std::fs::write(&file.0, text).expect("written");
        }
        (home, file)
    }

    #[test]
    fn no_file_is_no_trouble() {
        assert_eq!(file(None).1.read(), SettingsView::default());
    }

    #[test]
    fn one_bad_value_costs_that_value_alone() {
        let (_home, file) = file(Some(
            r#"{"theme": "purple", "font_size": 999, "notifications": "none", "later": [1]}"#,
        ));
        let view = file.read();
        assert_eq!(view.settings.theme, Theme::System);
        assert_eq!(view.settings.font_size, FontSize::NORMAL);
        assert_eq!(view.settings.notifications, Level::None);
        let Some(SettingsTrouble::Keys { mut keys, .. }) = view.trouble else {
            panic!("{view:?}");
        };
        keys.sort();
        assert_eq!(keys, ["font_size", "theme"]);
    }

    #[test]
    fn what_is_unknown_stays() {
        let (_home, file) = file(Some(r#"{"later": {"a": 1}, "theme": "light"}"#));
        file.write(&Setting::Theme(Theme::Dark)).expect("written");
        let object = file.object().expect("an object");
        assert_eq!(object["later"]["a"], 1);
        assert_eq!(object["theme"], "dark");
    }

    #[test]
    fn a_broken_file_is_set_aside_and_not_lost() {
        for broken in ["{ \"theme\": ", "", "[]", "\u{0}\u{1}"] {
            let (home, file) = file(Some(broken));
            let unreadable = file.read();
            assert!(
                matches!(unreadable.trouble, Some(SettingsTrouble::Unreadable { .. })),
                "{broken:?}"
            );
            let there = std::fs::read_to_string(&file.0).expect("still there");
            assert_eq!(there, broken, "reading changes nothing");
            file.write(&Setting::Theme(Theme::Dark)).expect("written");
            assert_eq!(file.read().trouble, None);
            let aside = home.path().join("settings.broken.json");
            assert_eq!(std::fs::read_to_string(aside).expect("aside"), broken);
        }
    }

    #[test]
    fn writers_in_turn_lose_nothing() {
        let (home, _) = file(None);
        let choices = [
            Setting::Theme(Theme::Dark),
            Setting::StartMinimised(true),
            Setting::CloseToTray(true),
            Setting::NotificationText(false),
            Setting::DoNotDisturb(true),
            Setting::UpdateCheck(false),
        ];
        std::thread::scope(|scope| {
            for choice in &choices {
                let file = SettingsFile::in_folder(home.path());
                scope.spawn(move || file.write(choice).expect("written"));
            }
        });
        let settings = SettingsFile::in_folder(home.path()).read().settings;
        let expected = Settings {
            theme: Theme::Dark,
            start_minimised: true,
            close_to_tray: true,
            notification_text: false,
            do_not_disturb: true,
            update_check: false,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
    }
}
