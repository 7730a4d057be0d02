//! Hearing that a file in a folder was changed, whoever did it.
//!
//! Invariant: it may call too often, never too seldom. Where the system can't tell (or won't: its watches are limited), it looks
//! every two seconds.

use std::path::Path;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Calls `changed` after every change in the folder, until it returns false.
pub fn watch_folder(folder: &Path, changed: impl FnMut() -> bool + Send + 'static) {
    if let Err(error) = crate::profile::make_private_folder(folder) {
        tracing::warn!(%error, "the folder cannot be watched");
        return;
    }
    // Told before this returns, so that no change falls between.
    let watch = Watch::new(folder);
    let thread = std::thread::Builder::new().name("amend-settings".to_owned());
    let spawned = thread.spawn(move || {
        let mut changed = changed;
        while {
            watch.wait();
            changed()
        } {}
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "nobody watches the folder");
    }
}

#[cfg(target_os = "linux")]
struct Watch(Option<std::fs::File>);

#[cfg(target_os = "linux")]
impl Watch {
    fn new(folder: &Path) -> Self {
        use rustix::fs::inotify;
        let watch = || -> rustix::io::Result<std::fs::File> {
            let queue = inotify::init(inotify::CreateFlags::CLOEXEC)?;
            let flags = inotify::WatchFlags::CLOSE_WRITE
                | inotify::WatchFlags::MOVED_TO
                | inotify::WatchFlags::MOVED_FROM
                | inotify::WatchFlags::DELETE;
            inotify::add_watch(&queue, folder, flags)?;
            Ok(queue.into())
        };
        match watch() {
            Ok(queue) => Self(Some(queue)),
            Err(error) => {
                tracing::info!(%error, "the system does not tell of changes; looking every two seconds");
                Self(None)
            }
        }
    }

    fn wait(&self) {
        let mut events = [0; 4096];
        let told = self
            .0
            .as_ref()
            .is_some_and(|mut queue| std::io::Read::read(&mut queue, &mut events).is_ok());
        if !told {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

#[cfg(not(target_os = "linux"))]
struct Watch;

#[cfg(not(target_os = "linux"))]
impl Watch {
    fn new(_folder: &Path) -> Self {
        Self
    }

    fn wait(&self) {
        std::thread::sleep(LOOK_EVERY);
    }
}
