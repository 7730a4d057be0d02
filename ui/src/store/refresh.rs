//! Which parts of the screen a row event concerns.
//!
//! Invariant: looking at too much is slow, looking at too little is a lie on the screen; in doubt, look.

use model::RoomId;
use model::view::{RowEvent, Table};
use std::collections::BTreeSet;

/// A part of the screen that is read by one query. In the order in which a person misses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The messages of the open room.
    Timeline,
    /// The list of rooms.
    Rooms,
    /// The connection and the waiting changes.
    Status,
    /// The people of the open room.
    People,
    /// The rooms that could be joined.
    Directory,
    /// Who is signed in.
    Account,
    /// What did not get through.
    Recovered,
    /// What the person should read once.
    Notices,
    /// The pinned messages of the open room.
    Pins,
    /// The texts of the message whose history is open.
    Versions,
    /// How the files on the screen are.
    Files,
    /// What is attached to messages that are not written yet.
    DraftFiles,
    /// Whether the open room may be written in.
    Writing,
    /// The app's settings.
    Settings,
    /// Everybody at the relay.
    Known,
    /// The folded sections of the list of rooms.
    Folded,
    /// What was found.
    Search,
    /// What waits for the relay; read only while it is on the screen.
    Waiting,
    /// Imports and exports.
    Exchanges,
}

impl Part {
    /// All of them.
    pub(crate) const ALL: [Self; 19] = [
        Self::Timeline,
        Self::Rooms,
        Self::Status,
        Self::People,
        Self::Directory,
        Self::Account,
        Self::Recovered,
        Self::Notices,
        Self::Pins,
        Self::Versions,
        Self::Files,
        Self::DraftFiles,
        Self::Writing,
        Self::Settings,
        Self::Known,
        Self::Folded,
        Self::Search,
        Self::Waiting,
        Self::Exchanges,
    ];
}

/// The parts to read again after `event`, while the room `open` is on the screen.
pub(crate) fn parts(event: &RowEvent, open: Option<RoomId>) -> BTreeSet<Part> {
    let here = event.rooms_unknown || open.is_some_and(|open| event.rooms.contains(&open));
    let mut parts = BTreeSet::new();
    for table in &event.tables {
        if is_searched(*table) {
            parts.insert(Part::Search);
        }
        match table {
            Table::Account => parts.extend(Part::ALL),
            Table::Room => parts.extend([Part::Rooms, Part::Directory, Part::Writing]),
            Table::Member => {
                parts.extend([Part::Rooms, Part::Directory]);
                if here {
                    parts.extend([Part::People, Part::Timeline, Part::Writing]);
                }
            }
            // What is unread in any room.
            Table::Message => {
                parts.insert(Part::Rooms);
                if here {
                    parts.extend([Part::Timeline, Part::Pins, Part::Versions]);
                }
            }
            Table::Reaction => {
                if here {
                    parts.insert(Part::Timeline);
                }
            }
            // The list counts what is unread.
            Table::ReadMarker => {
                parts.insert(Part::Rooms);
                if here {
                    parts.insert(Part::Timeline);
                }
            }
            Table::MessageVersion => {
                parts.insert(Part::Versions);
            }
            // Which rooms we are in, and how far each has been fetched.
            Table::Cursor => {
                parts.extend([Part::Rooms, Part::Directory, Part::Status]);
                if here {
                    parts.extend([Part::Timeline, Part::People, Part::Writing]);
                }
            }
            // An outbox row may belong to any room, whatever else the batch touched.
            Table::Outbox => {
                parts.extend([Part::Timeline, Part::Status, Part::Rooms, Part::Waiting]);
            }
            // A direct room shows whether the other is there.
            Table::Presence => {
                parts.extend([Part::Rooms, Part::Known]);
                if here {
                    parts.insert(Part::People);
                }
            }
            Table::Typing => {
                if here {
                    parts.insert(Part::People);
                }
            }
            Table::Directory => {
                parts.insert(Part::Directory);
            }
            Table::Connection => {
                parts.extend([Part::Status, Part::Waiting]);
            }
            // A refused change may be about any row.
            Table::Recovered => {
                parts.extend([Part::Timeline, Part::Status, Part::Rooms, Part::Recovered])
            }
            Table::Exchange => {
                parts.insert(Part::Exchanges);
            }
            Table::Notice => {
                parts.insert(Part::Notices);
            }
            Table::Setting => {
                parts.insert(Part::Settings);
            }
            // A file may be in any room.
            Table::Blob => {
                parts.insert(Part::Files);
            }
            Table::Upload => {
                if here {
                    parts.insert(Part::Files);
                }
            }
            Table::DraftFile => {
                parts.insert(Part::DraftFiles);
            }
            Table::Person => {
                parts.insert(Part::Known);
            }
            Table::RoomPref => parts.extend([Part::Rooms, Part::Folded]),
            // Drafts are written here and read at the start; the list shows that there is one.
            Table::Draft => {
                parts.insert(Part::Rooms);
            }
            Table::Index => {}
        }
    }
    parts
}

/// Whether what was found may be another thing now, in whatever room. It is only read while it is on the screen.
fn is_searched(table: Table) -> bool {
    matches!(
        table,
        Table::Message
            | Table::Reaction
            | Table::Room
            | Table::Member
            | Table::Cursor
            | Table::Index
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn room(n: u8) -> RoomId {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
            .parse()
            .expect("an id")
    }

    fn event(tables: &[Table], rooms: &[RoomId]) -> RowEvent {
        RowEvent {
            tables: tables.to_vec(),
            rooms: rooms.to_vec(),
            rooms_unknown: false,
        }
    }

    #[test]
    fn a_message_elsewhere_leaves_the_timeline_alone() {
        let elsewhere = event(&[Table::Message], &[room(2)]);
        let found: Vec<Part> = parts(&elsewhere, Some(room(1))).into_iter().collect();
        assert_eq!(found, [Part::Rooms, Part::Search]);
        assert!(parts(&elsewhere, Some(room(2))).contains(&Part::Timeline));
    }

    #[test]
    fn reactions_and_markers_of_the_open_room_are_looked_at() {
        for table in [Table::Reaction, Table::ReadMarker] {
            assert!(parts(&event(&[table], &[room(1)]), Some(room(1))).contains(&Part::Timeline));
            let elsewhere = parts(&event(&[table], &[room(2)]), Some(room(1)));
            assert!(!elsewhere.contains(&Part::Timeline));
        }
        let versions = parts(&event(&[Table::MessageVersion], &[room(1)]), Some(room(1)));
        assert!(versions.contains(&Part::Versions));
    }

    #[test]
    fn an_event_of_unknown_rooms_concerns_every_room() {
        let mut lagged = event(&[Table::Message, Table::Presence], &[room(2)]);
        lagged.rooms_unknown = true;
        let found = parts(&lagged, Some(room(1)));
        assert!(found.contains(&Part::Timeline) && found.contains(&Part::People));
    }

    #[test]
    fn the_outbox_is_looked_at_whatever_room_shares_its_batch() {
        let batch = event(&[Table::Message, Table::Outbox], &[room(2)]);
        let found = parts(&batch, Some(room(1)));
        assert!(found.contains(&Part::Timeline) && found.contains(&Part::Status));
    }

    #[test]
    fn another_account_changes_everything() {
        let found = parts(&event(&[Table::Account], &[]), None);
        assert_eq!(found.len(), Part::ALL.len());
    }

    #[test]
    fn the_connection_alone_reads_no_messages() {
        let found = parts(&event(&[Table::Connection], &[]), Some(room(1)));
        let found: Vec<Part> = found.into_iter().collect();
        assert_eq!(found, [Part::Status, Part::Waiting]);
    }
}
