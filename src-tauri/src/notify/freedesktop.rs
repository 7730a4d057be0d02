//! Notifications by the desktop's own service (`org.freedesktop.Notifications`): one for each room, which is replaced as it grows,
//! opens its room when it is clicked, and is withdrawn when the room has been seen.
//!
//! Invariant: what a message says is text to the service too: where it takes markup, ours is escaped.

use super::{About, Shown};
use crate::accounts::{self, Shell};
use crate::links;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tauri::{AppHandle, Manager};
use tokio::sync::OnceCell;
use zbus::zvariant::Value;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[allow(clippy::too_many_arguments)] // as the specification has them
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;

    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// The service lets the person decide how long.
const AS_THE_SERVICE_LIKES: i32 = -1;
/// The action of a click on the notification itself.
const CLICK: &str = "default";

/// The notifications that are on the screen.
pub(crate) struct Notifier {
    app: AppHandle,
    service: OnceCell<Service>,
    open: Arc<Mutex<HashMap<About, Open>>>,
}

struct Service {
    proxy: NotificationsProxy<'static>,
    takes_markup: bool,
}

struct Open {
    id: u32,
    link: String,
}

type Table = Mutex<HashMap<About, Open>>;

fn lock(open: &Table) -> MutexGuard<'_, HashMap<About, Open>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Notifier {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self {
            app,
            service: OnceCell::new(),
            open: Arc::default(),
        }
    }

    /// Shows it, in place of the room's last one.
    pub(crate) async fn show(&self, shown: Shown) {
        if let Err(error) = self.try_show(shown).await {
            tracing::warn!(%error, "no notification was shown");
        }
    }

    async fn try_show(&self, shown: Shown) -> zbus::Result<()> {
        let service = self.service().await?;
        let replaces = lock(&self.open).get(&shown.about).map_or(0, |open| open.id);
        let body = if service.takes_markup {
            escaped(&shown.body)
        } else {
            shown.body
        };
        let hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from(super::DESKTOP_ENTRY)),
            ("urgency", Value::from(1_u8)),
        ]);
        let actions = [CLICK, shown.action.as_str()];
        let id = service
            .proxy
            .notify(
                "Amend",
                replaces,
                super::ICON,
                &shown.title,
                &body,
                &actions,
                hints,
                AS_THE_SERVICE_LIKES,
            )
            .await?;
        let link = shown.link;
        lock(&self.open).insert(shown.about, Open { id, link });
        Ok(())
    }

    /// Takes a room's away: it is old.
    pub(crate) async fn withdraw(&self, about: &About) {
        let open = lock(&self.open).remove(about);
        if let (Some(open), Some(service)) = (open, self.service.get())
            && let Err(error) = service.proxy.close_notification(open.id).await
        {
            // It may be closed already.
            tracing::debug!(%error, "a notification could not be withdrawn");
        }
    }

    async fn service(&self) -> zbus::Result<&Service> {
        self.service
            .get_or_try_init(|| async {
                let bus = crate::bus::session().await?;
                let proxy = NotificationsProxy::new(&bus).await?;
                let takes_markup = proxy
                    .get_capabilities()
                    .await?
                    .iter()
                    .any(|capability| capability == "body-markup");
                let clicks = proxy.receive_action_invoked().await?;
                let closings = proxy.receive_notification_closed().await?;
                let listening = listen(self.app.clone(), Arc::clone(&self.open), clicks, closings);
                tauri::async_runtime::spawn(listening);
                Ok(Service {
                    proxy,
                    takes_markup,
                })
            })
            .await
    }
}

async fn listen(
    app: AppHandle,
    open: Arc<Table>,
    mut clicks: ActionInvokedStream,
    mut closings: NotificationClosedStream,
) {
    loop {
        tokio::select! {
            Some(click) = clicks.next() => {
                let Ok(args) = click.args() else { continue };
                let clicked = lock(&open)
                    .iter()
                    .find(|(_, one)| one.id == args.id)
                    .map(|((profile, _), one)| (profile.clone(), one.link.clone()));
                // Other apps' clicks are told to everyone.
                if let Some((profile, link)) = clicked {
                    open_in(&app, &profile, &link).await;
                }
            }
            Some(closing) = closings.next() => {
                if let Ok(args) = closing.args() {
                    lock(&open).retain(|_, one| one.id != args.id);
                }
            }
            else => return,
        }
    }
}

/// Opens a link in the account that it is about.
async fn open_in(app: &AppHandle, profile: &str, link: &str) {
    let selected = app.state::<Shell>().selected() == profile;
    if !selected && let Err(failure) = accounts::select(app, profile).await {
        tracing::warn!(code = failure.code, "the account could not be shown");
    }
    links::open(app, link);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_a_message_is_text() {
        assert_eq!(escaped("<b>1 & 2</b>"), "&lt;b&gt;1 &amp; 2&lt;/b&gt;");
    }
}
