//! What we may do with somebody in a room: asked of the rules themselves, so that nothing is offered which they refuse. Pure.

use model::view::{PersonView, RoomView};
use model::{
    Actor, Member, MemberChange, MessageId, Millis, Op, Person, Role, Room, RoomChange, Seq, State,
    UserId, decide,
};

/// The room's row, as far as the rules look at it.
fn row(room: &RoomView) -> Room {
    Room {
        id: room.id,
        seq: Seq(1),
        name: room.name.clone(),
        topic: room.topic.clone(),
        kind: room.kind,
        edit_policy: room.edit_policy,
        archived_at: room.archived.then_some(Millis(1)),
        created_by: UserId(uuid::Uuid::nil()),
        created_at: Millis(0),
    }
}

fn member(room: &RoomView, user_id: UserId, role: Role) -> Member {
    Member {
        room_id: room.id,
        user_id,
        seq: Seq(1),
        name: String::new(),
        role,
        joined_at: Millis(0),
        left_at: None,
    }
}

fn allows(room: &RoomView, me: UserId, other: Option<(UserId, Role)>, op: &Op) -> bool {
    let (row, mine) = (row(room), member(room, me, room.role));
    let theirs = other.map(|(user, role)| (user, member(room, user, role)));
    let people: Vec<Person<'_>> = theirs
        .iter()
        .map(|(user_id, member)| Person {
            user_id: *user_id,
            name: Some("somebody"),
            member: Some(member),
            is_full: false,
        })
        .collect();
    let state = State {
        room: Some(&row),
        member: Some(&mine),
        people: &people,
        ..State::default()
    };
    let actor = Actor {
        user_id: me,
        name: String::new(),
    };
    decide(state, op, &actor, Millis(2)).is_ok_and(|rows| !rows.is_empty())
}

fn change(room: &RoomView, person: &PersonView, change: MemberChange) -> Op {
    Op::SetMember {
        room_id: room.id,
        user_id: person.id,
        name: person.name.clone(),
        change,
    }
}

/// Whether we may write in a room.
pub(crate) fn post(room: &RoomView, me: UserId) -> bool {
    let op = Op::Post {
        room_id: room.id,
        message_id: MessageId(uuid::Uuid::nil()),
        body: "?".to_owned(),
        reply_to: None,
        attachments: Vec::new(),
    };
    allows(room, me, None, &op)
}

/// The roles that we may give somebody, from most to least; the present one is not among them.
pub(crate) fn roles(room: &RoomView, me: UserId, person: &PersonView) -> Vec<Role> {
    [Role::Owner, Role::Moderator, Role::Member, Role::Reader]
        .into_iter()
        .filter(|role| {
            let op = change(room, person, MemberChange::Role(*role));
            allows(room, me, Some((person.id, person.role)), &op)
        })
        .collect()
}

/// Whether we may put somebody out.
pub(crate) fn remove(room: &RoomView, me: UserId, person: &PersonView) -> bool {
    let op = change(room, person, MemberChange::Remove);
    allows(room, me, Some((person.id, person.role)), &op)
}

/// Whether we may bring people in.
pub(crate) fn invite(room: &RoomView, me: UserId) -> bool {
    let stranger = UserId(uuid::Uuid::max());
    let op = Op::SetMember {
        room_id: room.id,
        user_id: stranger,
        name: String::new(),
        change: MemberChange::Invite,
    };
    // They are known to the relay and not in the room.
    let (row, mine) = (row(room), member(room, me, room.role));
    let people = [Person {
        user_id: stranger,
        name: Some("somebody"),
        member: None,
        is_full: false,
    }];
    let state = State {
        room: Some(&row),
        member: Some(&mine),
        people: &people,
        ..State::default()
    };
    let actor = Actor {
        user_id: me,
        name: String::new(),
    };
    decide(state, &op, &actor, Millis(2)).is_ok()
}

/// What of a room we may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Name and topic.
    pub(crate) words: bool,
    /// Who may edit.
    pub(crate) policy: bool,
    /// Whether it is archived.
    pub(crate) archive: bool,
}

/// What of a room we may change.
pub(crate) fn settings(room: &RoomView, me: UserId) -> Settings {
    let set = |change| {
        let op = Op::SetRoom {
            room_id: room.id,
            change,
        };
        allows(room, me, None, &op)
    };
    let other = match room.edit_policy {
        model::EditPolicy::Author => model::EditPolicy::Everyone,
        _ => model::EditPolicy::Author,
    };
    Settings {
        words: set(RoomChange::Topic(format!(
            "{}.",
            room.topic.chars().take(9).collect::<String>()
        ))),
        policy: set(RoomChange::EditPolicy(other)),
        archive: set(RoomChange::Archived(!room.archived)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::order::tests::room;
    use model::RoomKind;

    const ME: UserId = UserId(uuid::Uuid::from_u128(1));

    fn person(role: Role) -> PersonView {
        PersonView {
            id: UserId(uuid::Uuid::from_u128(2)),
            name: "grace".to_owned(),
            role,
            online: false,
            typing: false,
            me: false,
        }
    }

    fn as_role(role: Role) -> RoomView {
        RoomView {
            role,
            ..room(1, "x")
        }
    }

    #[test]
    fn only_what_the_rules_allow_is_offered() {
        let owner = as_role(Role::Owner);
        assert_eq!(
            roles(&owner, ME, &person(Role::Member)),
            [Role::Owner, Role::Moderator, Role::Reader]
        );
        assert!(remove(&owner, ME, &person(Role::Owner)));
        let moderator = as_role(Role::Moderator);
        assert_eq!(roles(&moderator, ME, &person(Role::Reader)), [Role::Member]);
        assert!(roles(&moderator, ME, &person(Role::Owner)).is_empty());
        assert!(!remove(&moderator, ME, &person(Role::Moderator)));
        let member = as_role(Role::Member);
        assert!(roles(&member, ME, &person(Role::Member)).is_empty());
        assert!(!remove(&member, ME, &person(Role::Reader)) && invite(&member, ME));
        assert!(!invite(&as_role(Role::Reader), ME));
        assert!(post(&member, ME) && !post(&as_role(Role::Reader), ME));
    }

    #[test]
    fn settings_are_for_whoever_looks_after_the_room() {
        let of = |role| settings(&as_role(role), ME);
        let is = |words, policy, archive| Settings {
            words,
            policy,
            archive,
        };
        assert_eq!(of(Role::Owner), is(true, true, true));
        assert_eq!(of(Role::Moderator), is(true, false, false));
        assert_eq!(of(Role::Member), is(false, false, false));
        let mut archived = as_role(Role::Owner);
        archived.archived = true;
        assert_eq!(settings(&archived, ME), is(false, false, true));
        let mut direct = as_role(Role::Owner);
        direct.kind = RoomKind::Direct;
        assert_eq!(settings(&direct, ME), is(false, false, false));
    }
}
