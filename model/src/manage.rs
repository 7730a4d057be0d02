//! The rules for rooms and their members: who may rename, archive, invite, remove and give roles. Part of [`crate::decide`].
//!
//! Invariants: an owner acts on everyone else, a moderator on those who are none, nobody on themselves (one leaves); a direct room is between
//! the people that its id is made of, for ever, and nobody rules in it; whoever was removed comes back by invitation only.

use crate::decide::{Actor, State, moderates, reader, writer};
use crate::id::{Millis, RoomId, Seq, UserId};
use crate::limits;
use crate::op::{MemberChange, RoomChange};
use crate::rejection::Rejection;
use crate::row::{EditPolicy, Member, Role, Room, RoomKind, Row};
use uuid::Uuid;

/// The namespace of direct rooms' ids.
const DIRECT: Uuid = Uuid::from_u128(0x3c1d_95a2_7f0e_5b64_9a41_0e6d_22c8_b7f5);

/// The id of the direct room of these people: the same whoever of them asks, so that there is one and it can be made offline.
#[must_use]
pub fn direct_room_id(people: impl IntoIterator<Item = UserId>) -> RoomId {
    let mut people: Vec<Uuid> = people.into_iter().map(|user| user.0).collect();
    people.sort_unstable();
    people.dedup();
    let bytes: Vec<u8> = people.iter().flat_map(|user| *user.as_bytes()).collect();
    RoomId(Uuid::new_v5(&DIRECT, &bytes))
}

/// Whether an id can only be that of a direct room.
pub(crate) fn is_direct_id(room: RoomId) -> bool {
    room.0.get_version_num() == 5
}

pub(crate) fn set_room(
    state: State<'_>,
    change: &RoomChange,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    let (room, member) = reader(state)?;
    let allowed = room.kind != RoomKind::Direct
        && match change {
            RoomChange::Name(_) | RoomChange::Topic(_) => moderates(member),
            RoomChange::EditPolicy(_) | RoomChange::Archived(_) => member.role == Role::Owner,
        };
    if !allowed {
        return Err(Rejection::Forbidden);
    }
    if room.archived_at.is_some() && !matches!(change, RoomChange::Archived(_)) {
        return Err(Rejection::RoomArchived);
    }
    let mut after = room.clone();
    match change {
        RoomChange::Name(name) => {
            check_room_name(name)?;
            name.trim().clone_into(&mut after.name);
        }
        RoomChange::Topic(topic) => {
            check_topic(topic)?;
            topic.trim().clone_into(&mut after.topic);
        }
        RoomChange::EditPolicy(policy) => after.edit_policy = *policy,
        RoomChange::Archived(true) => after.archived_at = room.archived_at.or(Some(now)),
        RoomChange::Archived(false) => after.archived_at = None,
    }
    Ok(if after == *room {
        Vec::new()
    } else {
        vec![Row::Room(after)]
    })
}

pub(crate) fn set_member(
    state: State<'_>,
    user: UserId,
    change: MemberChange,
    actor: &Actor,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    let (room, me) = writer(state)?;
    if room.kind == RoomKind::Direct {
        return Err(Rejection::Forbidden);
    }
    // Whoever has had enough leaves; an office is handed on by giving it to somebody else first.
    if user == actor.user_id {
        return match change {
            MemberChange::Invite => Ok(Vec::new()),
            MemberChange::Remove | MemberChange::Role(_) => Err(Rejection::Forbidden),
        };
    }
    let person = state.people.iter().find(|person| person.user_id == user);
    let known = person.and_then(|person| person.member);
    let present = known.filter(|member| member.left_at.is_none());
    match change {
        MemberChange::Invite => {
            if present.is_some() {
                return Ok(Vec::new());
            }
            let name = person.and_then(|person| person.name);
            let name = name.ok_or(Rejection::PersonNotFound)?;
            let is_full = person.is_some_and(|person| person.is_full);
            let role = match known.map(|member| member.role) {
                // Whoever was removed is let in again by those who may remove.
                Some(Role::Removed) if !moderates(me) => return Err(Rejection::Forbidden),
                Some(Role::Reader) if !moderates(me) => Role::Reader,
                _ => Role::Member,
            };
            if is_full {
                return Err(Rejection::TooManyRooms);
            }
            let invited = Actor {
                user_id: user,
                name: name.to_owned(),
            };
            Ok(vec![Row::Member(membership(room, &invited, role, now))])
        }
        MemberChange::Remove => {
            let Some(member) = known else {
                return Err(Rejection::PersonNotFound);
            };
            if !moderates(me) || !outranks(me.role, member.role) {
                return Err(Rejection::Forbidden);
            }
            if member.role == Role::Removed {
                return Ok(Vec::new());
            }
            let mut after = member.clone();
            after.role = Role::Removed;
            after.left_at = member.left_at.or(Some(now));
            Ok(vec![Row::Member(after)])
        }
        MemberChange::Role(role) => {
            let member = present.ok_or(Rejection::PersonNotFound)?;
            // A moderator may silence a member and let them speak again; offices are the owner's to give.
            let reach = me.role == Role::Owner
                || (me.role == Role::Moderator && matches!(role, Role::Member | Role::Reader));
            if !reach || !outranks(me.role, member.role) || role == Role::Removed {
                return Err(Rejection::Forbidden);
            }
            Ok(with_role(member, role))
        }
    }
}

fn with_role(member: &Member, role: Role) -> Vec<Row> {
    if member.role == role {
        return Vec::new();
    }
    let mut after = member.clone();
    after.role = role;
    vec![Row::Member(after)]
}

/// Owners act on everyone, moderators on those who are none.
fn outranks(mine: Role, theirs: Role) -> bool {
    mine == Role::Owner || rank(mine) > rank(theirs)
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Owner => 3,
        Role::Moderator => 2,
        Role::Member => 1,
        Role::Reader | Role::Removed => 0,
    }
}

/// Makes the direct room of these people, or brings those back who have left it.
pub(crate) fn open_direct(
    state: State<'_>,
    room_id: RoomId,
    with: &[UserId],
    actor: &Actor,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    let mut people: Vec<UserId> = with.to_vec();
    people.push(actor.user_id);
    people.sort_unstable();
    people.dedup();
    let fits = (2..=limits::DIRECT_MAX_PEOPLE).contains(&people.len());
    if !fits || direct_room_id(people.iter().copied()) != room_id {
        return Err(Rejection::DirectInvalid);
    }
    let mut rows = Vec::new();
    let room = match state.room {
        Some(room) if room.kind != RoomKind::Direct => return Err(Rejection::IdTaken),
        Some(room) => room.clone(),
        None if state.made_all => return Err(Rejection::TooManyRooms),
        None => {
            let room = direct_room(room_id, actor, now);
            rows.push(Row::Room(room.clone()));
            room
        }
    };
    if room.archived_at.is_some() {
        return Err(Rejection::RoomArchived);
    }
    let present = |member: Option<&Member>| member.is_some_and(|member| member.left_at.is_none());
    for user in people {
        if user == actor.user_id {
            if !present(state.member) {
                if state.is_full {
                    return Err(Rejection::TooManyRooms);
                }
                rows.push(Row::Member(membership(&room, actor, Role::Member, now)));
            }
            continue;
        }
        let person = state.people.iter().find(|person| person.user_id == user);
        if present(person.and_then(|person| person.member)) {
            continue;
        }
        let name = person.and_then(|person| person.name);
        let invited = Actor {
            user_id: user,
            name: name.ok_or(Rejection::PersonNotFound)?.to_owned(),
        };
        rows.push(Row::Member(membership(&room, &invited, Role::Member, now)));
    }
    Ok(rows)
}

/// Its name is who is in it, which every screen sees for itself.
fn direct_room(id: RoomId, actor: &Actor, now: Millis) -> Room {
    Room {
        id,
        seq: Seq::ZERO,
        name: "Direct".to_owned(),
        topic: String::new(),
        kind: RoomKind::Direct,
        edit_policy: EditPolicy::Author,
        archived_at: None,
        created_by: actor.user_id,
        created_at: now,
    }
}

pub(crate) fn membership(room: &Room, actor: &Actor, role: Role, now: Millis) -> Member {
    Member {
        room_id: room.id,
        user_id: actor.user_id,
        seq: Seq::ZERO,
        name: actor.name.clone(),
        role,
        joined_at: now,
        left_at: None,
    }
}

/// Whether a text can be a room's name.
///
/// # Errors
/// [`Rejection::RoomNameInvalid`].
pub fn check_room_name(name: &str) -> Result<(), Rejection> {
    let name = name.trim();
    let chars = name.chars().count();
    if chars == 0 || chars > limits::ROOM_NAME_MAX_CHARS || name.chars().any(char::is_control) {
        return Err(Rejection::RoomNameInvalid);
    }
    Ok(())
}

/// Whether a text can be a room's topic.
///
/// # Errors
/// [`Rejection::TopicInvalid`].
pub fn check_topic(topic: &str) -> Result<(), Rejection> {
    let topic = topic.trim();
    if topic.chars().count() > limits::TOPIC_MAX_CHARS || topic.chars().any(char::is_control) {
        return Err(Rejection::TopicInvalid);
    }
    Ok(())
}
