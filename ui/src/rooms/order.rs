//! In which order rooms stand in the list, and which is next to which. Pure.
//!
//! Invariant: each room stands in exactly one section; what is counted beside it never depends on where it stands.

use model::RoomId;
use model::RoomKind;
use model::view::{RoomView, UNREAD_MAX};

/// A section of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// What the person has put there.
    Favourites,
    /// Channels.
    Rooms,
    /// Between people.
    Direct,
    /// Closed for writing.
    Archived,
}

impl Section {
    /// Its name in the local database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Favourites => "favourites",
            Self::Rooms => "rooms",
            Self::Direct => "direct",
            Self::Archived => "archived",
        }
    }

    fn of(room: &RoomView) -> Self {
        if room.archived {
            Self::Archived
        } else if room.favourite {
            Self::Favourites
        } else if room.kind == RoomKind::Direct {
            Self::Direct
        } else {
            Self::Rooms
        }
    }
}

/// The sections that are not empty, with their rooms: channels by name as they come, people by the last message.
pub(crate) fn arrange(rooms: &[RoomView]) -> Vec<(Section, Vec<&RoomView>)> {
    let sections = [
        Section::Favourites,
        Section::Rooms,
        Section::Direct,
        Section::Archived,
    ];
    let mut arranged = Vec::new();
    for section in sections {
        let mut found: Vec<&RoomView> = rooms
            .iter()
            .filter(|room| Section::of(room) == section)
            .collect();
        if section == Section::Direct {
            found.sort_by_key(|room| std::cmp::Reverse(room.last_at.map(|at| at.0)));
        }
        if !found.is_empty() {
            arranged.push((section, found));
        }
    }
    arranged
}

/// Whether a room calls for the person: something is unread that they want to hear of.
pub(crate) fn calls(room: &RoomView) -> bool {
    room.mentions > 0 || (room.unread > 0 && !room.muted)
}

/// How many unread messages are for the person alone: those that name them, and all between people.
pub(crate) fn for_me(room: &RoomView) -> u32 {
    if room.kind == RoomKind::Direct && !room.muted {
        room.unread
    } else {
        room.mentions
    }
}

/// The room before or after the open one, as the list shows them; round at the ends. `unread_only`: of those that call.
pub(crate) fn next(
    rooms: &[RoomView],
    open: Option<RoomId>,
    is_forward: bool,
    unread_only: bool,
) -> Option<RoomId> {
    let order: Vec<&RoomView> = arrange(rooms)
        .into_iter()
        .flat_map(|(_, rooms)| rooms)
        .collect();
    let count = order.len();
    let at = order.iter().position(|room| Some(room.id) == open);
    let step = |steps: usize| match (at, is_forward) {
        (Some(at), true) => (at + steps) % count,
        (Some(at), false) => (at + count - steps) % count,
        (None, true) => steps - 1,
        (None, false) => count - steps,
    };
    (1..=count)
        .filter_map(|steps| order.get(step(steps)))
        .find(|room| Some(room.id) != open && (!unread_only || calls(room)))
        .map(|room| room.id)
}

/// A count as it stands on a mark.
pub(crate) fn count_text(count: u32) -> String {
    if count >= UNREAD_MAX {
        "999+".to_owned()
    } else {
        count.to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::{EditPolicy, Millis, Role};

    pub(crate) fn room(n: u8, name: &str) -> RoomView {
        RoomView {
            id: format!("00000000-0000-7000-8000-0000000000{n:02x}")
                .parse()
                .expect("an id"),
            name: name.to_owned(),
            topic: String::new(),
            kind: RoomKind::Channel,
            edit_policy: EditPolicy::Author,
            archived: false,
            role: Role::Member,
            unread: 0,
            mentions: 0,
            muted: false,
            favourite: false,
            draft: false,
            last_at: None,
            opened_at: Millis(0),
            with: Vec::new(),
            pending: false,
            failed: None,
        }
    }

    fn rooms() -> Vec<RoomView> {
        let direct = |n, name, at| RoomView {
            kind: RoomKind::Direct,
            last_at: Some(Millis(at)),
            ..room(n, name)
        };
        vec![
            room(1, "alpha"),
            RoomView {
                favourite: true,
                ..room(2, "beta")
            },
            direct(3, "eve", 5),
            direct(4, "grace", 9),
            RoomView {
                archived: true,
                favourite: true,
                ..room(5, "old")
            },
        ]
    }

    fn names(rooms: &[RoomView]) -> Vec<(Section, Vec<String>)> {
        arrange(rooms)
            .into_iter()
            .map(|(section, rooms)| {
                let names = rooms.into_iter().map(|room| room.name.clone());
                (section, names.collect())
            })
            .collect()
    }

    #[test]
    fn each_room_has_one_place() {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            names(&rooms()),
            [
                (Section::Favourites, of(&["beta"])),
                (Section::Rooms, of(&["alpha"])),
                (Section::Direct, of(&["grace", "eve"])),
                (Section::Archived, of(&["old"])),
            ]
        );
        assert!(arrange(&[]).is_empty());
    }

    #[test]
    fn the_next_room_is_the_one_below_and_unread_ones_are_jumped_to() {
        let mut rooms = rooms();
        let id = |rooms: &[RoomView], name: &str| {
            rooms
                .iter()
                .find(|room| room.name == name)
                .map(|room| room.id)
        };
        let go = |rooms: &[RoomView], from, forward, unread| {
            let to = next(rooms, id(rooms, from), forward, unread);
            rooms
                .iter()
                .find(|room| Some(room.id) == to)
                .map(|room| room.name.clone())
        };
        assert_eq!(go(&rooms, "beta", true, false).as_deref(), Some("alpha"));
        assert_eq!(go(&rooms, "beta", false, false).as_deref(), Some("old"));
        assert_eq!(go(&rooms, "old", true, false).as_deref(), Some("beta"));
        assert_eq!(go(&rooms, "nowhere", true, false).as_deref(), Some("beta"));
        assert_eq!(go(&rooms, "nowhere", false, false).as_deref(), Some("old"));
        assert_eq!(go(&rooms, "beta", true, true), None);
        rooms[0].unread = 2;
        rooms[0].muted = true;
        rooms[2].unread = 1;
        assert_eq!(go(&rooms, "beta", true, true).as_deref(), Some("eve"));
        rooms[0].mentions = 1;
        assert_eq!(go(&rooms, "beta", true, true).as_deref(), Some("alpha"));
        assert_eq!(next(&[], None, true, false), None);
    }

    #[test]
    fn a_mark_counts_what_is_for_the_person() {
        let mut room = room(1, "x");
        room.unread = 5;
        assert_eq!(for_me(&room), 0);
        room.kind = RoomKind::Direct;
        assert_eq!(for_me(&room), 5);
        room.muted = true;
        room.mentions = 2;
        assert_eq!(for_me(&room), 2);
        assert_eq!(count_text(999), "999");
        assert_eq!(count_text(UNREAD_MAX), "999+");
    }
}
