//! The texts of the one message whose history is open.
//!
//! Invariant: what is shown is read from the local database; the relay's answer arrives there first.

use super::Store;
use super::refresh::Part;
use crate::bridge;
use model::view::{Failure, VersionsView};
use model::{MessageId, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// The history that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The message.
    pub(crate) message: MessageId,
    /// What is on this device; none before it was read.
    pub(crate) known: Option<VersionsView>,
    /// The relay is being asked.
    pub(crate) asking: bool,
    /// Why the relay could not be asked.
    pub(crate) trouble: Option<Failure>,
}

impl Store {
    /// Shows all texts of a message, and asks the relay for those that are not here.
    pub(crate) fn open_versions(&self, room: RoomId, message: MessageId) {
        let versions = Versions {
            room,
            message,
            known: None,
            asking: true,
            trouble: None,
        };
        self.update(|state| state.versions = Some(Rc::new(versions)));
        self.read(Part::Versions);
        let store = self.clone();
        spawn_local(async move {
            let trouble = bridge::fetch_versions(message).await.err();
            store.change_versions(message, |versions| {
                versions.asking = false;
                versions.trouble = trouble;
            });
        });
    }

    /// Closes it.
    pub(crate) fn close_versions(&self) {
        self.update(|state| state.versions = None);
    }

    pub(super) async fn read_versions(&self) -> Result<(), Failure> {
        let open = self.0.state.borrow().versions.clone();
        let Some(open) = open else {
            return Ok(());
        };
        match bridge::versions(open.room, open.message).await {
            Ok(known) => {
                self.change_versions(open.message, |versions| versions.known = Some(known));
                Ok(())
            }
            // It was an own message that was given up.
            Err(failure) if failure.code == "message_not_found" => {
                self.close_versions();
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    fn change_versions(&self, message: MessageId, change: impl FnOnce(&mut Versions)) {
        self.update(|state| {
            if let Some(versions) = &mut state.versions
                && versions.message == message
            {
                change(Rc::make_mut(versions));
            }
        });
    }
}
