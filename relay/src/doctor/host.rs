//! What is looked at outside of the database: configuration, folders, a running relay.

use super::{Check, Place};
use crate::backup::folder;
use crate::config::Config;
use std::path::Path;
use std::time::Duration;

/// Less free than this is little, and this is next to nothing.
const DISK_LITTLE: u64 = 2 << 30;
const DISK_NOTHING: u64 = 256 << 20;

/// Older than this, a backup is no help.
const BACKUP_OLD_DAYS: u64 = 7;

const ANSWER_MAX: Duration = Duration::from_secs(5);

pub(super) fn configuration(config: &Config) -> Vec<Check> {
    let mut checks = vec![Check::good(
        "amend-relay",
        format!("version {}", env!("CARGO_PKG_VERSION")),
    )];
    checks.push(match config.check() {
        Ok(()) => Check::good("configuration", "it can be used"),
        Err(error) => Check::bad("configuration", error.to_string()),
    });
    checks
}

pub(super) fn folders(place: &Place) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(data) = &place.data {
        checks.push(disk("disk of the data folder", data));
    }
    if place.backups.exists() {
        checks.push(disk("disk of the backups", &place.backups));
    }
    checks.push(newest_backup(&place.backups));
    checks
}

/// How much is free where a folder is.
pub(super) fn disk(what: &str, folder: &Path) -> Check {
    let shown = folder.display();
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let says = format!("{} MiB are free at {shown}", free >> 20);
            if free < DISK_NOTHING {
                Check::bad(
                    what,
                    format!("only {says}. Make room before Postgres stops."),
                )
            } else if free < DISK_LITTLE {
                Check::warn(what, format!("only {says}. Make room soon."))
            } else {
                Check::good(what, says)
            }
        }
        Err(error) => Check::warn(
            what,
            format!("it can't be seen at {shown} ({error}). Run doctor as the relay's user."),
        ),
    }
}

fn newest_backup(backups: &Path) -> Check {
    let what = "newest backup";
    let shown = backups.display();
    let how = "Take one every day: amend-relay backup --keep 14";
    match folder::newest(backups) {
        Err(error) => Check::warn(what, error.to_string()),
        Ok(None) => Check::warn(what, format!("there is none in {shown}. {how}")),
        Ok(Some((path, written))) => {
            let days = folder::age(written).as_secs() / 86_400;
            let says = format!("{} is {days} days old", path.display());
            if days >= BACKUP_OLD_DAYS {
                Check::warn(what, format!("{says}. {how}"))
            } else {
                Check::good(what, says)
            }
        }
    }
}

/// Whether a relay answers where the configuration says that one listens.
pub(super) fn running(config: &Config) -> Check {
    let what = "running relay";
    let address = config
        .listen
        .replace("0.0.0.0:", "127.0.0.1:")
        .replace("[::]:", "[::1]:");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(ANSWER_MAX))
        .http_status_as_error(false)
        .build()
        .into();
    match agent.get(format!("http://{address}/readyz")).call() {
        Ok(answer) if answer.status().is_success() => {
            Check::good(what, format!("the one at {address} is ready"))
        }
        Ok(answer) => Check::bad(
            what,
            format!(
                "the one at {address} is not ready ({}). See its log.",
                answer.status()
            ),
        ),
        Err(error) => Check::warn(
            what,
            format!(
                "none answers at {address} ({error}). Start it, or name its address with --listen."
            ),
        ),
    }
}
