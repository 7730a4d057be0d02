//! The one place where rules live: `decide(state, op, actor, now)` says which rows an operation changes, or why it
//! is refused.
//!
//! Invariants: pure and total (every state, operation and actor has an answer, none panics); it only looks at the
//! [`State`] it is given, which holds exactly what [`Op`] names; an operation that is already in effect is accepted with no
//! changes, so that a resend is harmless even without a ledger.

use crate::attachment;
use crate::id::{MessageId, Millis, Rev, Seq, UserId};
use crate::manage::{self, check_room_name, check_topic, membership};
use crate::op::Op;
use crate::rejection::Rejection;
use crate::row::{
    EditPolicy, Member, Message, MessageVersion, Reaction, ReadMarker, Role, Room, RoomKind, Row,
};
use crate::{limits, merge::merge};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user_id: UserId,
    /// Its name, for the membership row.
    pub name: String,
}

/// The rows that an operation names, as they stand.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The operation's room.
    pub room: Option<&'a Room>,
    /// The actor's own membership of that room.
    pub member: Option<&'a Member>,
    /// The operation's message.
    pub message: Option<&'a Message>,
    /// The actor's own reaction that the operation names.
    pub reaction: Option<&'a Reaction>,
    /// The actor's own read marker in the room.
    pub read_marker: Option<&'a ReadMarker>,
    /// The other people whom the operation names.
    pub people: &'a [Person<'a>],
    /// The actor owns the room and nobody else who is there does, while others are there.
    pub is_last_owner: bool,
    /// The actor is in as many rooms as the relay allows. Only the relay knows.
    pub is_full: bool,
    /// The actor has made as many rooms as the relay allows. Only the relay knows.
    pub made_all: bool,
    /// The files that the operation names are all there for its room. Only the relay knows when they are not.
    pub has_blobs: bool,
}

impl Default for State<'_> {
    fn default() -> Self {
        Self {
            room: None,
            member: None,
            message: None,
            reaction: None,
            read_marker: None,
            people: &[],
            is_full: false,
            made_all: false,
            is_last_owner: false,
            has_blobs: true,
        }
    }
}

/// Somebody else whom an operation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// Who.
    pub user_id: UserId,
    /// The account's name; `None`: there is no such account, or it was deactivated.
    pub name: Option<&'a str>,
    /// Their membership of the operation's room.
    pub member: Option<&'a Member>,
    /// They are in as many rooms as the relay allows.
    pub is_full: bool,
}

/// Decides one operation: the changed rows in the order in which they take their seqs, or why not.
///
/// New rows carry [`Seq::ZERO`] and changed ones their old seq: [`crate::row::stamp`] gives them their own.
///
/// # Errors
/// A [`Rejection`] whose text says what the person can do.
pub fn decide(
    state: State<'_>,
    op: &Op,
    actor: &Actor,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    match op {
        Op::CreateRoom {
            room_id,
            name,
            topic,
        } => {
            if let Some(room) = state.room {
                // A resend of the creator's own operation is harmless; anyone else has met a stolen id.
                return if room.created_by == actor.user_id && state.member.is_some() {
                    Ok(Vec::new())
                } else {
                    Err(Rejection::IdTaken)
                };
            }
            if manage::is_direct_id(*room_id) {
                return Err(Rejection::IdTaken);
            }
            check_room_name(name)?;
            check_topic(topic)?;
            if state.is_full || state.made_all {
                return Err(Rejection::TooManyRooms);
            }
            let room = Room {
                id: *room_id,
                seq: Seq::ZERO,
                name: name.trim().to_owned(),
                topic: topic.trim().to_owned(),
                kind: RoomKind::Channel,
                edit_policy: EditPolicy::Author,
                archived_at: None,
                created_by: actor.user_id,
                created_at: now,
            };
            let owner = membership(&room, actor, Role::Owner, now);
            Ok(vec![Row::Room(room), Row::Member(owner)])
        }
        Op::Join { .. } => join(state, actor, now),
        Op::Post {
            room_id,
            message_id,
            body,
            reply_to,
            attachments,
        } => {
            let mine = state.message.filter(|row| row.author_id == actor.user_id);
            if let Some(message) = mine {
                // A resend. As long as the first text still stands, another one is none.
                let stands = message.rev == Rev::FIRST && message.deleted_at.is_none();
                let same = message.body == *body && message.attachments == *attachments;
                return if stands && !same {
                    Err(Rejection::IdTaken)
                } else {
                    Ok(Vec::new())
                };
            }
            // An outsider is not even told that the id is taken.
            writer(state)?;
            if state.message.is_some() {
                return Err(Rejection::IdTaken);
            }
            if attachments.is_empty() || !body.trim().is_empty() {
                check_body(body)?;
            }
            attachment::check(attachments)?;
            if !state.has_blobs {
                return Err(Rejection::BlobMissing);
            }
            Ok(vec![Row::Message(Message {
                room_id: *room_id,
                id: *message_id,
                seq: Seq::ZERO,
                position: None,
                author_id: actor.user_id,
                body: body.clone(),
                reply_to: *reply_to,
                rev: Rev::FIRST,
                created_at: now,
                edited_at: None,
                edited_by: None,
                deleted_at: None,
                pinned_at: None,
                attachments: attachments.clone(),
            })])
        }
        Op::Edit {
            base_rev,
            base,
            body,
            ..
        } => edit(state, *base_rev, base.as_deref(), body, actor, now),
        Op::Delete { .. } => delete(state, actor, now),
        Op::React {
            message_id,
            emoji,
            on,
            ..
        } => react(state, *message_id, emoji, *on, actor, now),
        Op::Pin { on, .. } => pin(state, *on, now),
        Op::MarkRead { position, .. } => mark_read(state, *position, actor),
        Op::Leave { .. } => leave(state, now),
        Op::SetRoom { change, .. } => manage::set_room(state, change, now),
        Op::SetMember {
            user_id, change, ..
        } => manage::set_member(state, *user_id, *change, actor, now),
        Op::OpenDirect { room_id, with } => {
            let with: Vec<UserId> = with.iter().map(|person| person.user_id).collect();
            manage::open_direct(state, *room_id, &with, actor, now)
        }
    }
}

fn join(state: State<'_>, actor: &Actor, now: Millis) -> Result<Vec<Row>, Rejection> {
    let room = state.room.ok_or(Rejection::RoomNotFound)?;
    match state.member {
        Some(member) if member.left_at.is_none() => Ok(Vec::new()),
        // Not even its name is told to someone outside.
        _ if room.kind == RoomKind::Direct => Err(Rejection::RoomNotFound),
        _ if room.archived_at.is_some() => Err(Rejection::RoomArchived),
        Some(member) if member.role == Role::Removed => Err(Rejection::Removed),
        _ if state.is_full => Err(Rejection::TooManyRooms),
        // Coming back does not give back an office, nor lift a restriction.
        Some(member) => {
            let role = if member.role == Role::Reader {
                Role::Reader
            } else {
                Role::Member
            };
            Ok(vec![Row::Member(membership(room, actor, role, now))])
        }
        None => Ok(vec![Row::Member(membership(
            room,
            actor,
            Role::Member,
            now,
        ))]),
    }
}

/// Leaving is allowed to everyone, from archived rooms too; but a room in which people write is not left without an owner, whom they
/// would need for all that only owners may. Nobody owns a direct room, and whoever is alone strands nobody.
fn leave(state: State<'_>, now: Millis) -> Result<Vec<Row>, Rejection> {
    let (Some(room), Some(member)) = (state.room, state.member) else {
        return Err(Rejection::RoomNotFound);
    };
    if member.left_at.is_some() {
        return Ok(Vec::new());
    }
    let is_open = room.kind == RoomKind::Channel && room.archived_at.is_none();
    if is_open && member.role == Role::Owner && state.is_last_owner {
        return Err(Rejection::LastOwner);
    }
    let mut after = member.clone();
    after.left_at = Some(now);
    Ok(vec![Row::Member(after)])
}

fn edit(
    state: State<'_>,
    base_rev: Rev,
    base: Option<&str>,
    body: &str,
    actor: &Actor,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    let (room, member) = writer(state)?;
    let message = state.message.ok_or(Rejection::MessageNotFound)?;
    if message.deleted_at.is_some() {
        return Err(Rejection::MessageDeleted);
    }
    let allowed = message.author_id == actor.user_id
        || match room.edit_policy {
            EditPolicy::Author => false,
            EditPolicy::Moderators => moderates(member),
            EditPolicy::Everyone => true,
        };
    if !allowed {
        return Err(Rejection::NotAuthor);
    }
    if message.attachments.is_empty() || !body.trim().is_empty() {
        check_body(body)?;
    }
    if message.body == body {
        return Ok(Vec::new());
    }
    let conflict = || Rejection::Conflict {
        current: message.rev,
    };
    let body = match base {
        // What the author saw is what there is.
        Some(base) if base == message.body => body.to_owned(),
        None if base_rev == message.rev => body.to_owned(),
        // Someone else got there first.
        Some(base) => merge(base, &message.body, body).ok_or_else(conflict)?,
        None => return Err(conflict()),
    };
    if body == message.body {
        return Ok(Vec::new());
    }
    if message.attachments.is_empty() || !body.trim().is_empty() {
        check_body(&body).map_err(|_| conflict())?;
    }
    let mut after = message.clone();
    after.body = body;
    after.rev = message.rev.next();
    after.edited_at = Some(now);
    after.edited_by = Some(actor.user_id);
    Ok(vec![
        Row::MessageVersion(version_of(message)),
        Row::Message(after),
    ])
}

fn delete(state: State<'_>, actor: &Actor, now: Millis) -> Result<Vec<Row>, Rejection> {
    let (_, member) = writer(state)?;
    let message = state.message.ok_or(Rejection::MessageNotFound)?;
    if message.author_id != actor.user_id && !moderates(member) {
        return Err(Rejection::NotAuthor);
    }
    if message.deleted_at.is_some() {
        return Ok(Vec::new());
    }
    let mut after = message.clone();
    after.body = String::new();
    after.deleted_at = Some(now);
    after.pinned_at = None;
    after.attachments.clear();
    Ok(vec![
        Row::MessageVersion(version_of(message)),
        Row::Message(after),
    ])
}

/// Everyone who may write may react; what is taken back stays as a row.
fn react(
    state: State<'_>,
    message_id: MessageId,
    emoji: &str,
    on: bool,
    actor: &Actor,
    now: Millis,
) -> Result<Vec<Row>, Rejection> {
    let (room, _) = writer(state)?;
    let message = state.message.ok_or(Rejection::MessageNotFound)?;
    if !is_emoji(emoji) {
        return Err(Rejection::EmojiInvalid);
    }
    let is_on = state
        .reaction
        .is_some_and(|reaction| reaction.removed_at.is_none());
    if is_on == on {
        return Ok(Vec::new());
    }
    if on && message.deleted_at.is_some() {
        return Err(Rejection::MessageDeleted);
    }
    Ok(vec![Row::Reaction(Reaction {
        room_id: room.id,
        message_id,
        user_id: actor.user_id,
        emoji: emoji.to_owned(),
        seq: state.reaction.map_or(Seq::ZERO, |reaction| reaction.seq),
        removed_at: (!on).then_some(now),
    })])
}

/// Pins are for those who look after the room; in a direct room that is everyone.
fn pin(state: State<'_>, on: bool, now: Millis) -> Result<Vec<Row>, Rejection> {
    let (room, member) = writer(state)?;
    let message = state.message.ok_or(Rejection::MessageNotFound)?;
    if !moderates(member) && room.kind != RoomKind::Direct {
        return Err(Rejection::Forbidden);
    }
    if message.pinned_at.is_some() == on {
        return Ok(Vec::new());
    }
    if on && message.deleted_at.is_some() {
        return Err(Rejection::MessageDeleted);
    }
    let mut after = message.clone();
    after.pinned_at = on.then_some(now);
    Ok(vec![Row::Message(after)])
}

/// Everyone who can read has a marker; it only moves forward.
fn mark_read(state: State<'_>, position: Seq, actor: &Actor) -> Result<Vec<Row>, Rejection> {
    let (room, _) = reader(state)?;
    let before = state
        .read_marker
        .map_or(Seq::ZERO, |marker| marker.position);
    if position <= before {
        return Ok(Vec::new());
    }
    Ok(vec![Row::ReadMarker(ReadMarker {
        room_id: room.id,
        user_id: actor.user_id,
        seq: state.read_marker.map_or(Seq::ZERO, |marker| marker.seq),
        position,
    })])
}

/// The room and the actor's membership, if the actor may read there now.
pub(crate) fn reader(state: State<'_>) -> Result<(&Room, &Member), Rejection> {
    let room = state.room.ok_or(Rejection::RoomNotFound)?;
    let member = state
        .member
        .filter(|member| member.left_at.is_none())
        .ok_or(Rejection::RoomNotFound)?;
    Ok((room, member))
}

/// The room and the actor's membership, if the actor may write there now.
pub(crate) fn writer(state: State<'_>) -> Result<(&Room, &Member), Rejection> {
    let (room, member) = reader(state)?;
    if room.archived_at.is_some() {
        return Err(Rejection::RoomArchived);
    }
    match member.role {
        Role::Reader | Role::Removed => Err(Rejection::Forbidden),
        Role::Owner | Role::Moderator | Role::Member => Ok((room, member)),
    }
}

pub(crate) fn moderates(member: &Member) -> bool {
    matches!(member.role, Role::Owner | Role::Moderator)
}

/// The text that a change is about to replace.
fn version_of(message: &Message) -> MessageVersion {
    MessageVersion {
        room_id: message.room_id,
        message_id: message.id,
        seq: Seq::ZERO,
        rev: message.rev,
        body: message.body.clone(),
        editor_id: message.edited_by.unwrap_or(message.author_id),
        edited_at: message.edited_at.unwrap_or(message.created_at),
    }
}

/// Whether a text can be a message's: not empty, not too long, and one that every store takes.
///
/// # Errors
/// A [`Rejection`] that says what it is not.
pub fn check_body(body: &str) -> Result<(), Rejection> {
    if body.trim().is_empty() {
        return Err(Rejection::BodyEmpty);
    }
    if body.len() > limits::BODY_MAX_BYTES {
        return Err(Rejection::BodyTooLong { bytes: body.len() });
    }
    // The one character that Postgres cannot hold in a text.
    if body.contains('\0') {
        return Err(Rejection::BodyNotText);
    }
    Ok(())
}

/// Whether a text can be a reaction: short, and in one piece.
#[must_use]
pub fn is_emoji(emoji: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace();
    !emoji.is_empty() && emoji.len() <= limits::EMOJI_MAX_BYTES && !emoji.chars().any(odd)
}
