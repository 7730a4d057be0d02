//! Where the window stands, kept from start to start: written soon after it has moved, so that a kill -9 loses a moment at most.
//!
//! Invariant: a window is never put where nobody can reach it: not on a screen that is gone, not larger than the screen, and a file
//! that makes no sense means the usual place.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use tauri::{AppHandle, Manager, PhysicalPosition, PhysicalSize, WebviewWindow};

/// How long a window has to stand still before its place is written.
const STILL: Duration = Duration::from_millis(300);
/// What of a window must be on a screen for a hand to reach it.
const REACHABLE: i64 = 80;

/// A window's place, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    maximised: bool,
}

/// A screen, in physical pixels.
#[derive(Clone, Copy, Debug)]
struct Screen {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// Keeps the window's place.
pub(crate) struct Keeper {
    file: PathBuf,
    moved: tokio::sync::Notify,
}

impl Keeper {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            moved: tokio::sync::Notify::new(),
        }
    }

    /// The place of the last time, if there was one.
    pub(crate) fn read(&self) -> Option<Place> {
        let bytes = std::fs::read(&self.file).ok()?;
        serde_json::from_slice(&bytes)
            .inspect_err(|error| tracing::warn!(%error, "the window's place could not be read"))
            .ok()
    }

    fn write(&self, place: &Place) {
        let written = serde_json::to_vec(place)
            .map_err(std::io::Error::from)
            .and_then(|bytes| client::settings::write_whole(&self.file, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the window's place could not be kept");
        }
    }

    /// The window has moved, or another size.
    pub(crate) fn moved(&self) {
        self.moved.notify_one();
    }
}

/// Writes the window's place whenever it has come to rest, until the app ends.
pub(crate) async fn keep(app: AppHandle) {
    let keeper = app.state::<Keeper>();
    let mut written = keeper.read();
    loop {
        keeper.moved.notified().await;
        while tokio::time::timeout(STILL, keeper.moved.notified())
            .await
            .is_ok()
        {}
        let now = app
            .get_webview_window(super::MAIN)
            .and_then(|window| look(&window, written));
        if let Some(place) = now
            && written != Some(place)
        {
            keeper.write(&place);
            written = Some(place);
        }
    }
}

/// Where it is. A maximised window keeps the place that it will go back to; a hidden or minimised one stands nowhere.
fn look(window: &WebviewWindow, before: Option<Place>) -> Option<Place> {
    if !window.is_visible().ok()? || window.is_minimized().ok()? {
        return None;
    }
    let maximised = window.is_maximized().ok()?;
    if maximised && let Some(before) = before {
        return Some(Place {
            maximised,
            ..before
        });
    }
    let position = window.outer_position().ok()?;
    let size = window.inner_size().ok()?;
    Some(Place {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
        maximised,
    })
}

/// Puts it where it was.
pub(crate) fn restore(window: &WebviewWindow, place: &Place) {
    let screens: Vec<Screen> = window
        .available_monitors()
        .unwrap_or_default()
        .iter()
        .map(|monitor| Screen {
            x: monitor.position().x,
            y: monitor.position().y,
            width: monitor.size().width,
            height: monitor.size().height,
        })
        .collect();
    let Some(place) = sane(*place, &screens) else {
        return;
    };
    let put = window
        .set_size(PhysicalSize::new(place.width, place.height))
        .and_then(|()| window.set_position(PhysicalPosition::new(place.x, place.y)))
        .and_then(|()| {
            if place.maximised {
                window.maximize()
            } else {
                Ok(())
            }
        });
    if let Err(error) = put {
        tracing::warn!(%error, "the window could not be put where it was");
    }
}

/// The nearest place that a person can reach; none if no screen is known.
fn sane(place: Place, screens: &[Screen]) -> Option<Place> {
    let overlap = |screen: &Screen| {
        let along = |from: i32, length: u32, start: i32, extent: u32| {
            let end =
                (i64::from(from) + i64::from(length)).min(i64::from(start) + i64::from(extent));
            end - i64::from(from.max(start))
        };
        let across = along(place.x, place.width, screen.x, screen.width);
        let down = along(place.y, place.height, screen.y, screen.height);
        // The title must be on the screen, not only a lower corner.
        let titled = i64::from(place.y) >= i64::from(screen.y);
        (across >= REACHABLE && down >= REACHABLE && titled).then_some(across * down)
    };
    let best = screens
        .iter()
        .filter_map(|screen| overlap(screen).map(|area| (area, screen)))
        .max_by_key(|(area, _)| *area);
    let (screen, reachable) = match best {
        Some((_, screen)) => (screen, true),
        None => (screens.first()?, false),
    };
    let width = place.width.clamp(1, screen.width);
    let height = place.height.clamp(1, screen.height);
    let middle = |start: i32, extent: u32, length: u32| {
        start.saturating_add(i32::try_from((extent - length) / 2).unwrap_or(0))
    };
    Some(Place {
        x: if reachable {
            place.x
        } else {
            middle(screen.x, screen.width, width)
        },
        y: if reachable {
            place.y
        } else {
            middle(screen.y, screen.height, height)
        },
        width,
        height,
        maximised: place.maximised,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAPTOP: Screen = Screen {
        x: 0,
        y: 0,
        width: 1280,
        height: 800,
    };

    fn place(x: i32, y: i32, width: u32, height: u32) -> Place {
        Place {
            x,
            y,
            width,
            height,
            maximised: false,
        }
    }

    #[test]
    fn a_good_place_is_left_alone() {
        let there = place(100, 60, 900, 600);
        assert_eq!(sane(there, &[LAPTOP]), Some(there));
        let second = Screen { x: 1280, ..LAPTOP };
        let there = place(1400, 60, 900, 600);
        assert_eq!(sane(there, &[LAPTOP, second]), Some(there));
    }

    #[test]
    fn a_screen_that_is_gone_means_the_middle_of_one_that_is_there() {
        assert_eq!(
            sane(place(1400, 60, 900, 600), &[LAPTOP]),
            Some(place(190, 100, 900, 600))
        );
        assert_eq!(
            sane(place(100, -500, 900, 600), &[LAPTOP]),
            Some(place(190, 100, 900, 600)),
            "its title is above the screen"
        );
    }

    #[test]
    fn it_is_no_larger_than_the_screen() {
        let fitted = sane(place(0, 0, 3840, 2160), &[LAPTOP]).expect("a place");
        assert_eq!((fitted.width, fitted.height), (1280, 800));
        let odd = sane(place(i32::MAX, i32::MIN, u32::MAX, 0), &[LAPTOP]).expect("a place");
        assert_eq!((odd.width, odd.height), (1280, 1));
    }

    #[test]
    fn without_a_screen_there_is_no_place() {
        assert_eq!(sane(place(0, 0, 900, 600), &[]), None);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_no_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = Keeper::new(folder.path().join("window.json"));
        assert_eq!(keeper.read(), None);
        std::fs::write(&keeper.file, "{\"x\": \"left\"}").expect("written");
        assert_eq!(keeper.read(), None);
        keeper.write(&place(1, 2, 3, 4));
        assert_eq!(keeper.read(), Some(place(1, 2, 3, 4)));
    }
}
