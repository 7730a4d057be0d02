//! Crashes: a note of where it happened, written as it happens, and told at the next start.
//!
//! Invariant: the note holds no text of a message: of what a panic says only what stands in the source, never what was formatted
//! into it. A kill -9 leaves no note, and needs none: what was acknowledged is on the disk.

use std::backtrace::Backtrace;
use std::fmt::Write;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

const FRESH: &str = "crash.txt";
const TOLD: &str = "crash-told.txt";

/// Writes a note of each panic from now on, beside what a panic prints anyway.
pub(crate) fn watch(folder: &Path) {
    let file = folder.join(FRESH);
    std::panic::set_hook(Box::new(move |info| {
        let note = note(info, &Backtrace::force_capture());
        eprintln!("{note}");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).ok();
        }
        // There is nobody left to tell if this fails.
        client::settings::write_whole(&file, note.as_bytes()).ok();
    }));
}

fn note(info: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let mut note = format!("Amend {} crashed.\n", env!("CARGO_PKG_VERSION"));
    if let Some(place) = info.location() {
        writeln!(note, "In {}:{}.", place.file(), place.line()).ok();
    }
    if let Some(thread) = std::thread::current().name() {
        writeln!(note, "Thread {thread}.").ok();
    }
    // A text of the source. One that was put together may hold anything.
    if let Some(text) = info.payload().downcast_ref::<&'static str>() {
        writeln!(note, "It says: {text}").ok();
    }
    writeln!(note, "\n{backtrace}").ok();
    note
}

/// The note of a crash that the person has not been told of. It is kept under another name for whoever wants to report it.
pub(crate) fn untold(folder: &Path) -> Option<PathBuf> {
    let told = folder.join(TOLD);
    std::fs::rename(folder.join(FRESH), &told)
        .ok()
        .map(|()| told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What is noted of a panic.
    fn noted(panics: impl FnOnce() + Send + 'static) -> String {
        static HOOK: Mutex<()> = Mutex::new(());
        let _one = HOOK.lock().expect("no panic holds it");
        let note = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&note);
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            *kept.lock().expect("a note") = super::note(info, &Backtrace::disabled());
        }));
        std::thread::spawn(panics).join().expect_err("a panic");
        std::panic::set_hook(former);
        let note = note.lock().expect("a note");
        note.clone()
    }

    #[test]
    fn a_note_says_where_and_nothing_of_what_was_written() {
        let plain = noted(|| panic!("no such row"));
        assert!(
            plain.contains("crash.rs:") && plain.contains("no such row"),
            "{plain}"
        );
        let body = "my secret".to_owned();
        let formatted = noted(move || panic!("cannot show {body}"));
        assert!(formatted.contains("crash.rs:"), "{formatted}");
        assert!(!formatted.contains("secret"), "{formatted}");
    }

    #[test]
    fn a_crash_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(untold(folder.path()), None);
        std::fs::write(folder.path().join(FRESH), "note").expect("written");
        let told = untold(folder.path()).expect("a note");
        assert_eq!(std::fs::read_to_string(told).expect("kept"), "note");
        assert_eq!(untold(folder.path()), None);
    }
}
