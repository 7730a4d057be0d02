//! What the desktop wishes of every app: dark or light, and more contrast. GTK's web view learns of neither from the desktop's
//! portal, so the shell asks there.
//!
//! Invariant: a desktop without a portal costs a moment at the start and nothing else; what it does not say is left as it is.

use model::view::Theme;
use std::sync::{Mutex, PoisonError};

/// What the desktop wishes, as far as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Dark, light, or `system`: nothing said.
    pub(crate) theme: Theme,
    /// More contrast.
    pub(crate) contrast: bool,
}

/// The wishes that are known now.
#[derive(Default)]
pub(crate) struct System(Mutex<Wishes>);

impl System {
    /// What is known.
    pub(crate) fn wishes(&self) -> Wishes {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that is news.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code))]
    fn learn(&self, wishes: Wishes) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, wishes) != wishes
    }
}

/// Asks before the first window is made.
pub(crate) fn ask(app: &tauri::AppHandle) {
    #[cfg(target_os = "linux")]
    portal::ask(app);
    // Elsewhere the web view knows by itself.
    #[cfg(not(target_os = "linux"))]
    let _ = app;
}

/// Follows changes until the app ends.
pub(crate) async fn follow(app: tauri::AppHandle) {
    #[cfg(target_os = "linux")]
    portal::follow(app).await;
    #[cfg(not(target_os = "linux"))]
    drop(app);
}

#[cfg(target_os = "linux")]
mod portal {
    use super::{System, Wishes};
    use crate::window::look;
    use futures_util::StreamExt;
    use model::view::Theme;
    use std::time::Duration;
    use tauri::{AppHandle, Manager};
    use zbus::zvariant::{OwnedValue, Value};

    /// How long the start of the app waits for the answer.
    const ANSWER_MAX: Duration = Duration::from_millis(500);
    const APPEARANCE: &str = "org.freedesktop.appearance";

    #[zbus::proxy(
        interface = "org.freedesktop.portal.Settings",
        default_service = "org.freedesktop.portal.Desktop",
        default_path = "/org/freedesktop/portal/desktop",
        gen_blocking = false
    )]
    trait Settings {
        fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

        #[zbus(signal)]
        fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>)
        -> zbus::Result<()>;
    }

    /// A number, in as many boxes as the portal has put it.
    fn number(value: &Value<'_>) -> Option<u32> {
        match value {
            Value::U32(number) => Some(*number),
            Value::Value(inner) => number(inner),
            _ => None,
        }
    }

    async fn wishes() -> zbus::Result<Wishes> {
        let bus = crate::bus::session().await?;
        let portal = SettingsProxy::new(&bus).await?;
        let scheme = portal.read(APPEARANCE, "color-scheme").await?;
        // An older portal does not know of it.
        let contrast = portal.read(APPEARANCE, "contrast").await.ok();
        Ok(Wishes {
            theme: match number(&scheme) {
                Some(1) => Theme::Dark,
                Some(2) => Theme::Light,
                _ => Theme::System,
            },
            contrast: contrast.is_some_and(|value| number(&value) == Some(1)),
        })
    }

    pub(super) fn ask(app: &AppHandle) {
        let asked = tauri::async_runtime::block_on(async {
            tokio::time::timeout(ANSWER_MAX, wishes()).await
        });
        if let Ok(Ok(wishes)) = asked {
            app.state::<System>().learn(wishes);
        }
    }

    pub(super) async fn follow(app: AppHandle) {
        if let Err(error) = try_follow(&app).await {
            tracing::debug!(%error, "the desktop does not tell what it wishes");
        }
    }

    async fn try_follow(app: &AppHandle) -> zbus::Result<()> {
        let bus = crate::bus::session().await?;
        let portal = SettingsProxy::new(&bus).await?;
        let mut changes = portal.receive_setting_changed().await?;
        while let Some(change) = changes.next().await {
            let ours = change.args().is_ok_and(|args| args.namespace == APPEARANCE);
            if ours
                && let Ok(wishes) = wishes().await
                && app.state::<System>().learn(wishes)
            {
                look::again(app);
            }
        }
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_number_is_found_in_its_boxes() {
            let boxed = Value::Value(Box::new(Value::Value(Box::new(Value::U32(1)))));
            assert_eq!(number(&boxed), Some(1));
            assert_eq!(number(&Value::from("1")), None);
        }
    }
}
