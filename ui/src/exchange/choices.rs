//! What a person has chosen for an import, from what the controls say.

use model::UserId;
use model::view::{ImportChoices, ImportRoom, PersonBecomes};

/// The value of the choice "a new account" in a list of people.
pub(crate) const NEW: &str = "new";

/// The value of the choice "left out".
pub(crate) const SKIP: &str = "skip";

/// A choice as the value of a control.
pub(crate) fn value(becomes: PersonBecomes) -> String {
    match becomes {
        PersonBecomes::Account(id) => id.to_string(),
        PersonBecomes::Placeholder => NEW.to_owned(),
        PersonBecomes::Skipped => SKIP.to_owned(),
    }
}

/// The choice that a control's value says.
pub(crate) fn becomes(value: &str) -> Option<PersonBecomes> {
    match value {
        NEW => Some(PersonBecomes::Placeholder),
        SKIP => Some(PersonBecomes::Skipped),
        id => id.parse::<UserId>().ok().map(PersonBecomes::Account),
    }
}

/// Takes a room in, or leaves it out.
pub(crate) fn toggle(choices: &mut ImportChoices, room: &ImportRoom, on: bool) {
    choices.with_rooms.remove(&room.id);
    choices.without_rooms.remove(&room.id);
    match (room.private, on) {
        (true, true) => choices.with_rooms.insert(room.id.clone()),
        (false, false) => choices.without_rooms.insert(room.id.clone()),
        _ => false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(private: bool) -> ImportRoom {
        ImportRoom {
            id: "C1".to_owned(),
            name: "general".to_owned(),
            direct: false,
            private,
            messages: 1,
            chosen: !private,
        }
    }

    #[test]
    fn what_is_private_is_taken_by_choice_only() {
        let mut choices = ImportChoices::default();
        assert!(choices.takes("C1", false) && !choices.takes("C1", true));
        toggle(&mut choices, &room(true), true);
        assert!(choices.takes("C1", true));
        toggle(&mut choices, &room(true), false);
        assert!(!choices.takes("C1", true));
        toggle(&mut choices, &room(false), false);
        assert!(!choices.takes("C1", false));
        toggle(&mut choices, &room(false), true);
        assert_eq!(choices, ImportChoices::default());
    }

    #[test]
    fn a_choice_is_its_value_and_back() {
        let id = "018f3c2e-7b5a-7c11-8a45-0242ac120002"
            .parse()
            .expect("an id");
        for choice in [
            PersonBecomes::Placeholder,
            PersonBecomes::Skipped,
            PersonBecomes::Account(id),
        ] {
            assert_eq!(becomes(&value(choice)), Some(choice));
        }
        assert_eq!(becomes("nobody"), None);
    }
}
