//! The number on the app's icon in the launcher, as Ubuntu's dock, Dash to Dock and KDE's task bar take it.

use super::Unread;
use crate::notify::DESKTOP_ENTRY;
use std::collections::HashMap;
use zbus::zvariant::Value;

/// Tells whoever listens.
pub(super) fn tell(unread: Unread) {
    tauri::async_runtime::spawn(async move {
        if let Err(error) = try_tell(unread).await {
            tracing::debug!(%error, "no launcher could be told what is unread");
        }
    });
}

async fn try_tell(unread: Unread) -> zbus::Result<()> {
    let bus = crate::bus::session().await?;
    let uri = format!("application://{DESKTOP_ENTRY}.desktop");
    let says = HashMap::from([
        ("count", Value::from(i64::from(unread.messages))),
        ("count-visible", Value::from(unread.messages > 0)),
        ("urgent", Value::from(unread.mentions > 0)),
    ]);
    bus.emit_signal(
        None::<&str>,
        "/chat/amend/desktop",
        "com.canonical.Unity.LauncherEntry",
        "Update",
        &(uri, says),
    )
    .await
}
