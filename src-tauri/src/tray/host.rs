//! Whether there is a tray: on the freedesktop's desktops somebody must watch for icons (`org.kde.StatusNotifierWatcher`) and
//! somebody must show them.

use futures_util::StreamExt;
use std::time::Duration;
use tauri::AppHandle;
use zbus::fdo::DBusProxy;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
/// How long the start of the app waits for the answer.
const ANSWER_MAX: Duration = Duration::from_secs(1);

#[zbus::proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher",
    gen_blocking = false
)]
trait Watcher {
    #[zbus(property(emits_changed_signal = "false"))]
    fn is_status_notifier_host_registered(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn status_notifier_host_registered(&self) -> zbus::Result<()>;
}

/// Asks each time: there may be nobody to keep answers of.
async fn watcher() -> zbus::Result<WatcherProxy<'static>> {
    WatcherProxy::builder(&crate::bus::session().await?)
        .cache_properties(zbus::proxy::CacheProperties::No)
        .build()
        .await
}

/// Whether an icon would be seen.
pub(super) async fn is_there() -> bool {
    let asked = async { watcher().await?.is_status_notifier_host_registered().await };
    matches!(tokio::time::timeout(ANSWER_MAX, asked).await, Ok(Ok(true)))
}

/// Looks again whenever a watcher or a host comes or goes.
pub(super) async fn follow(app: AppHandle) {
    if let Err(error) = try_follow(&app).await {
        tracing::info!(%error, "trays that come later will not be seen");
    }
}

async fn try_follow(app: &AppHandle) -> zbus::Result<()> {
    let bus = crate::bus::session().await?;
    let names = DBusProxy::new(&bus).await?;
    let mut owners = names
        .receive_name_owner_changed_with_args(&[(0, WATCHER)])
        .await?;
    let watcher = watcher().await?;
    let mut hosts = watcher.receive_status_notifier_host_registered().await?;
    loop {
        tokio::select! {
            Some(_) = owners.next() => {}
            Some(_) = hosts.next() => {}
            else => return Ok(()),
        }
        let present = is_there().await;
        let shown = app.clone();
        app.run_on_main_thread(move || super::appeared(&shown, present))
            .ok();
    }
}
