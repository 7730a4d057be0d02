//! A desktop's session bus of a test's own, with what a desktop has on it: a service that shows notifications, a tray,
//! and the portal that says what the desktop wishes.

// The macro of zbus adds methods without any.
#![allow(missing_docs)]

use crate::wait;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};

/// A bus; it ends with the test.
pub struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no `dbus-daemon`.
    #[must_use]
    pub fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon runs (Debian: dbus-daemon)");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            daemon,
            address: address.trim().to_owned(),
        }
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    fn connect(&self) -> zbus::connection::Builder<'_> {
        zbus::connection::Builder::address(self.address.as_str()).unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A notification on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The service's number for it.
    pub id: u32,
    /// Its first line.
    pub title: String,
    /// The rest.
    pub body: String,
}

#[derive(Default)]
struct Screen {
    shown: Vec<Note>,
    /// How many were asked for, those that took another one's place too.
    asked: u32,
    last: u32,
}

/// The service that shows notifications.
pub struct Notifications {
    connection: zbus::Connection,
    screen: Arc<Mutex<Screen>>,
}

struct Service(Arc<Mutex<Screen>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[allow(clippy::too_many_arguments)]
    fn notify(
        &self,
        _app_name: &str,
        replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        assert_eq!(actions.first().map(String::as_str), Some("default"));
        let mut screen = self.0.lock().unwrap();
        screen.asked += 1;
        let here = screen.shown.iter().any(|note| note.id == replaces_id);
        let id = if here {
            replaces_id
        } else {
            screen.last += 1;
            screen.last
        };
        screen.shown.retain(|note| note.id != id);
        screen.shown.push(Note {
            id,
            title: plain(summary),
            body: plain(body),
        });
        id
    }

    fn close_notification(&self, id: u32) {
        self.0.lock().unwrap().shown.retain(|note| note.id != id);
    }

    fn get_capabilities(&self) -> Vec<&'static str> {
        vec!["body", "body-markup", "actions"]
    }

    fn get_server_information(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        ("test", "amend", "1", "1.2")
    }

    #[zbus(signal)]
    async fn action_invoked(
        emitter: &SignalEmitter<'_>,
        id: u32,
        action_key: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        reason: u32,
    ) -> zbus::Result<()>;
}

/// Without the marks around names.
fn plain(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

const PATH: &str = "/org/freedesktop/Notifications";

impl Notifications {
    /// Serves a bus.
    ///
    /// # Panics
    /// When the bus does not take it.
    pub async fn serve(bus: &Bus) -> Self {
        let screen = Arc::default();
        let connection = bus
            .connect()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .serve_at(PATH, Service(Arc::clone(&screen)))
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { connection, screen }
    }

    /// Those on the screen.
    ///
    /// # Panics
    /// When the service has.
    #[must_use]
    pub fn shown(&self) -> Vec<Note> {
        self.screen.lock().unwrap().shown.clone()
    }

    /// How many were asked for.
    ///
    /// # Panics
    /// When the service has.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.screen.lock().unwrap().asked
    }

    /// Waits until the screen is as it should be.
    ///
    /// # Panics
    /// When it does not get so.
    pub async fn until(&self, what: &str, is_met: impl Fn(&[Note]) -> bool) -> Vec<Note> {
        wait::until(what, async || self.shown(), |shown| is_met(shown)).await
    }

    /// Clicks on one.
    ///
    /// # Panics
    /// When the bus is gone.
    pub async fn click(&self, id: u32) {
        let server = self.connection.object_server();
        let service = server.interface::<_, Service>(PATH).await.unwrap();
        let emitter = service.signal_emitter();
        Service::action_invoked(emitter, id, "default")
            .await
            .unwrap();
    }
}

/// The tray: it takes icons and shows them.
pub struct Tray {
    connection: zbus::Connection,
    items: Arc<Mutex<Vec<String>>>,
}

struct Watcher(Arc<Mutex<Vec<String>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        self.0.lock().unwrap().push(format!("{sender}{service}"));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Tray {
    /// Serves a bus.
    ///
    /// # Panics
    /// When the bus does not take it.
    pub async fn serve(bus: &Bus) -> Self {
        let items = Arc::default();
        let connection = bus
            .connect()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items)))
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { connection, items }
    }

    /// The picture that the tray shows for the first app in it: a file.
    ///
    /// # Panics
    /// When no app comes.
    pub async fn picture(&self) -> String {
        let item = wait::until(
            "an app is in the tray",
            async || self.items.lock().unwrap().first().cloned(),
            Option::is_some,
        )
        .await
        .unwrap();
        let (service, path) = item.split_at(item.find('/').unwrap());
        // Not from a cache: the item tells of new icons by a signal of its own.
        let answer = self
            .connection
            .call_method(
                Some(service),
                path,
                Some("org.freedesktop.DBus.Properties"),
                "Get",
                &("org.kde.StatusNotifierItem", "IconName"),
            )
            .await
            .unwrap();
        let value: OwnedValue = answer.body().deserialize().unwrap();
        String::try_from(value).unwrap()
    }
}

/// The portal that says what the desktop wishes of every app.
pub struct Portal {
    connection: zbus::Connection,
    wishes: Arc<Mutex<HashMap<String, u32>>>,
}

struct Wishes(Arc<Mutex<HashMap<String, u32>>>);

const APPEARANCE: &str = "org.freedesktop.appearance";
const PORTAL: &str = "/org/freedesktop/portal/desktop";

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Wishes {
    fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<Value<'static>> {
        let wishes = self.0.lock().unwrap();
        let found = (namespace == APPEARANCE).then(|| wishes.get(key)).flatten();
        // In two boxes, as the real one does it.
        found
            .map(|number| Value::Value(Box::new(Value::U32(*number))))
            .ok_or_else(|| zbus::fdo::Error::Failed("no such setting".to_owned()))
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

impl Portal {
    /// Serves a bus.
    ///
    /// # Panics
    /// When the bus does not take it.
    pub async fn serve(bus: &Bus, key: &str, number: u32) -> Self {
        let wishes = Arc::new(Mutex::new(HashMap::from([(key.to_owned(), number)])));
        let connection = bus
            .connect()
            .name("org.freedesktop.portal.Desktop")
            .unwrap()
            .serve_at(PORTAL, Wishes(Arc::clone(&wishes)))
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { connection, wishes }
    }

    /// The person changes it in the system's settings.
    ///
    /// # Panics
    /// When the bus is gone.
    pub async fn set(&self, key: &str, number: u32) {
        self.wishes.lock().unwrap().insert(key.to_owned(), number);
        let server = self.connection.object_server();
        let wishes = server.interface::<_, Wishes>(PORTAL).await.unwrap();
        let emitter = wishes.signal_emitter();
        Wishes::setting_changed(emitter, APPEARANCE, key, Value::U32(number))
            .await
            .unwrap();
    }
}
