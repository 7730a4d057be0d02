//! Files on the screen: those that are attached to what is being written, and how those of shown messages are.
//!
//! Invariant: only files that some component shows are asked about, so a long room costs no more than its screen.

use super::Store;
use super::refresh::Part;
use crate::bridge;
use model::view::{DraftFileView, Failure, FileView};
use model::{BlobHash, RoomId};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// How the files are that are on the screen.
pub(crate) type Files = Rc<HashMap<BlobHash, FileView>>;

/// Which files are on the screen, and how many times.
#[derive(Default)]
pub(crate) struct Shown(RefCell<BTreeMap<(RoomId, BlobHash), u32>>);

impl Shown {
    fn of(&self, room: RoomId) -> Vec<BlobHash> {
        let shown = self.0.borrow();
        let here = shown.keys().filter(|(of, _)| *of == room);
        here.map(|(_, hash)| *hash).collect()
    }
}

impl Store {
    /// A file is on the screen from now on, until the returned function is called.
    pub(crate) fn show_file(&self, room: RoomId, hash: BlobHash) -> impl FnOnce() + use<> {
        let count = |shown: &mut BTreeMap<_, u32>| {
            let count = shown.entry((room, hash)).or_default();
            *count += 1;
            *count == 1
        };
        let is_new = count(&mut self.0.shown_files.0.borrow_mut());
        if is_new {
            self.read(Part::Files);
        }
        let store = self.clone();
        move || {
            let mut shown = store.0.shown_files.0.borrow_mut();
            if let Some(count) = shown.get_mut(&(room, hash)) {
                *count -= 1;
                if *count == 0 {
                    shown.remove(&(room, hash));
                }
            }
        }
    }

    pub(super) async fn read_files(&self) -> Result<(), Failure> {
        let Some(room) = self.open_room() else {
            return Ok(());
        };
        let hashes = self.0.shown_files.of(room);
        if hashes.is_empty() {
            return Ok(());
        }
        let states = bridge::file_states(room, hashes).await?;
        let states: HashMap<_, _> = states.into_iter().map(|one| (one.hash, one)).collect();
        if self.open_room() == Some(room) {
            self.update(|state| state.files = Rc::new(states));
        }
        Ok(())
    }

    pub(super) async fn read_draft_files(&self) -> Result<(), Failure> {
        let files: Rc<Vec<DraftFileView>> = Rc::new(bridge::draft_files().await?);
        self.update(|state| state.draft_files = files);
        Ok(())
    }
}
