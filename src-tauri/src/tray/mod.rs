//! The tray's icon: how much is unread, and a menu to open, to be left in peace, to quit.
//!
//! - [`picture`]: the icon with its badge.
//! - `host`: whether there is a tray at all.
//!
//! Invariant: the app is never hidden where nobody can bring it back: without a tray, closing its window ends it and starting
//! it hidden shows it minimised.

#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod launcher;
mod picture;

use crate::texts::Texts;
use crate::window;
use client::settings::SettingsStore;
use model::view::Setting;
use picture::Picture;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

const ICON: &[u8] = include_bytes!("../../icons/32x32.png");

const OPEN: &str = "open";
const DO_NOT_DISTURB: &str = "do-not-disturb";
const QUIT: &str = "quit";

/// What is unread, over all accounts and their rooms that are not muted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Unread {
    /// Messages.
    messages: u32,
    /// Those of them that name us or are direct.
    mentions: u32,
}

/// The tray, where there is one.
#[derive(Default)]
pub(crate) struct Tray {
    present: AtomicBool,
    icon: Mutex<Option<Shown>>,
    unread: Mutex<Unread>,
}

struct Shown {
    icon: TrayIcon,
    open: MenuItem<Wry>,
    do_not_disturb: CheckMenuItem<Wry>,
    quit: MenuItem<Wry>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tray {
    /// Whether a hidden window could be brought back.
    pub(crate) fn is_present(&self) -> bool {
        self.present.load(Ordering::Relaxed)
    }
}

/// Looks for a tray before the first window is made.
pub(crate) fn find(app: &AppHandle) {
    #[cfg(target_os = "linux")]
    let present = tauri::async_runtime::block_on(host::is_there());
    #[cfg(not(target_os = "linux"))]
    let present = true;
    appeared(app, present);
}

/// Follows trays that come and go, and the settings, until the app ends.
pub(crate) async fn follow(app: AppHandle) {
    #[cfg(target_os = "linux")]
    tauri::async_runtime::spawn(host::follow(app.clone()));
    let mut changes = app.state::<SettingsStore>().changes();
    while changes.changed().await.is_ok() {
        changes.borrow_and_update();
        let shown = app.clone();
        app.run_on_main_thread(move || draw(&shown)).ok();
    }
}

/// There is a tray now, or none any more. On the main thread.
fn appeared(app: &AppHandle, present: bool) {
    let tray = app.state::<Tray>();
    tray.present.store(present, Ordering::Relaxed);
    let missing = lock(&tray.icon).is_none();
    if present && missing {
        match make(app) {
            Ok(shown) => *lock(&tray.icon) = Some(shown),
            Err(error) => {
                tracing::warn!(%error, "there is no icon in the tray");
                tray.present.store(false, Ordering::Relaxed);
            }
        }
    }
    draw(app);
    // The settings say what closing the window does.
    window::look::tell(app);
}

fn make(app: &AppHandle) -> tauri::Result<Shown> {
    let open = MenuItem::with_id(app, OPEN, "", true, None::<&str>)?;
    let do_not_disturb =
        CheckMenuItem::with_id(app, DO_NOT_DISTURB, "", true, false, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &do_not_disturb, &quit])?;
    let icon = TrayIconBuilder::with_id("amend")
        .icon(Image::from_bytes(ICON)?)
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                window::bring(icon.app_handle());
            }
        })
        .build(app)?;
    Ok(Shown {
        icon,
        open,
        do_not_disturb,
        quit,
    })
}

fn chosen(app: &AppHandle, item: &str) {
    match item {
        OPEN => window::bring(app),
        QUIT => app.exit(0),
        DO_NOT_DISTURB => {
            let store = app.state::<SettingsStore>();
            let now = store.current().settings.do_not_disturb;
            if let Err(error) = store.set(&Setting::DoNotDisturb(!now)) {
                tracing::warn!(%error, "the setting could not be kept");
            }
        }
        _ => {}
    }
}

/// Shows how much is unread.
pub(crate) fn show(app: &AppHandle, messages: u32, mentions: u32) {
    let unread = Unread { messages, mentions };
    let tray = app.state::<Tray>();
    if std::mem::replace(&mut *lock(&tray.unread), unread) == unread {
        return;
    }
    let shown = app.clone();
    app.run_on_main_thread(move || draw(&shown)).ok();
    badge(app, unread);
}

/// The number on the app's icon in the launcher or dock, where there is such a thing.
fn badge(app: &AppHandle, unread: Unread) {
    #[cfg(target_os = "linux")]
    {
        let _ = app;
        launcher::tell(unread);
    }
    #[cfg(not(target_os = "linux"))]
    if let Some(window) = app.get_webview_window(window::MAIN) {
        let count = (unread.messages > 0).then_some(i64::from(unread.messages));
        window.set_badge_count(count).ok();
    }
}

/// Draws icon and menu as everything is now. On the main thread.
fn draw(app: &AppHandle) {
    let tray = app.state::<Tray>();
    let unread = *lock(&tray.unread);
    let settings = app.state::<SettingsStore>().current().settings;
    let texts = Texts::of(&settings.language);
    let shown = lock(&tray.icon);
    let Some(shown) = &*shown else {
        return;
    };
    let drawn = || -> tauri::Result<()> {
        let plain = Image::from_bytes(ICON)?;
        let plain = Picture {
            rgba: plain.rgba().to_vec(),
            width: plain.width(),
            height: plain.height(),
        };
        let drawn = picture::with_badge(&plain, unread.messages, unread.mentions > 0);
        let icon = Image::new_owned(drawn.rgba, drawn.width, drawn.height);
        shown.icon.set_icon(Some(icon))?;
        let says = texts.with("tray-unread", &[("count", unread.messages.into())]);
        // Only some systems have tooltips there.
        shown.icon.set_tooltip(Some(&says)).ok();
        shown.open.set_text(texts.text("tray-open"))?;
        shown
            .do_not_disturb
            .set_text(texts.text("tray-do-not-disturb"))?;
        shown.do_not_disturb.set_checked(settings.do_not_disturb)?;
        shown.quit.set_text(texts.text("tray-quit"))
    };
    if let Err(error) = drawn() {
        tracing::warn!(%error, "the tray's icon could not be drawn");
    }
}
