//! Ids of ours from ids of others: the same whenever the same thing is imported, so that nothing comes twice.
//!
//! Invariants: an id that is a UUID stays as it is, so that what is exported here and imported elsewhere keeps its ids; any other one is
//! hashed with its source. A message's id begins with its time, as those that are made here do, which is what Postgres likes.

use model::{MessageId, RoomId, UserId};
use uuid::{Builder, Uuid};

/// The namespace of what is imported.
const IMPORTED: Uuid = Uuid::from_u128(0x7b0d_51c2_9a6e_4f83_8d15_c4a0_37fe_6b92);

/// An account for somebody of a source.
#[must_use]
pub fn person(source: &str, id: &str) -> UserId {
    UserId(own(id).unwrap_or_else(|| custom(&hash(source, &["person", id]))))
}

/// A channel of a source.
#[must_use]
pub fn room(source: &str, id: &str) -> RoomId {
    RoomId(own(id).unwrap_or_else(|| custom(&hash(source, &["room", id]))))
}

/// A message of a source, written at this time.
#[must_use]
pub fn message(source: &str, room: &str, id: &str, at: i64) -> MessageId {
    let made = || {
        let hash = hash(source, &["message", room, id]);
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash.into_bytes()) {
            *to = from;
        }
        Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or(0), &random).into_uuid()
    };
    MessageId(own(id).unwrap_or_else(made))
}

fn own(id: &str) -> Option<Uuid> {
    // Only as we write it: other spellings of one would be other ids.
    Uuid::try_parse(id)
        .ok()
        .filter(|uuid| uuid.hyphenated().to_string() == id && !uuid.is_nil())
}

fn hash(source: &str, parts: &[&str]) -> Uuid {
    let mut named = source.as_bytes().to_vec();
    for part in parts {
        named.push(0);
        named.extend(part.as_bytes());
    }
    Uuid::new_v5(&IMPORTED, &named)
}

/// Version 8: made of something, and neither a time's nor, as version 5 is here, a direct room's.
fn custom(hash: &Uuid) -> Uuid {
    Builder::from_custom_bytes(hash.into_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_has_the_same_id_and_what_is_not_has_another() {
        let id = "018f3c2e-7b5a-7c11-8a45-0242ac120002";
        assert_eq!(person("a", id).to_string(), id);
        assert_eq!(message("b", "r", id, 5).to_string(), id);
        assert_eq!(person("T1", "U1"), person("T1", "U1"));
        assert_ne!(person("T1", "U1"), person("T2", "U1"));
        assert_ne!(person("T1", "U1").0, room("T1", "U1").0);
        assert_ne!(message("T1", "a", "1", 7), message("T1", "b", "1", 7));
        // Neither a direct room's nor one of two spellings.
        assert_eq!(room("T1", "C1").0.get_version_num(), 8);
        assert_ne!(person("a", &id.to_uppercase()).to_string(), id);
    }

    #[test]
    fn messages_are_ordered_by_their_time() {
        let early = message("T", "C", "z", 1_300_000_000_000);
        let late = message("T", "C", "a", 1_400_000_000_000);
        assert!(early < late);
        assert_eq!(early.0.get_version_num(), 7);
    }
}
