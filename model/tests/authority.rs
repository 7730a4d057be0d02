//! Who may do what, when: every combination of operation, room, membership and message, and what comes of it.

#![allow(clippy::unwrap_used)]

use model::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One line a rule; the first that fits a combination says what comes of it. `*` fits everything, `a/b` either.
///
/// - room: `none`, or `kind-policy-state`: `channel`, `direct`; `author`, `moderators`, `everyone`; `open`, `archived`.
/// - me: `none`, `left-ROLE`, or my role. message: `none`, or `mine`, `theirs`, with `-deleted` or `-pinned`.
/// - what comes of it: the kinds of rows that change, or the code of the refusal.
const TABLE: &str = "
operation        room                 me                       message            what comes of it

create           none                 *                        *                  room+member
create-again     none                 *                        *                  room+member
create           *                    *                        *                  id_taken
create-again     *                    none                     *                  id_taken
create-again     *                    *                        *                  nothing

join             none                 *                        *                  room_not_found
join             *                    owner/moderator/member/reader  *            nothing
join             direct-*-*           *                        *                  room_not_found
join             *-*-archived         *                        *                  room_archived
join             *                    left-removed             *                  removed
join             *                    left-reader              *                  member:reader
join             *                    *                        *                  member:member

leave            none                 *                        *                  room_not_found
leave            *                    none                     *                  room_not_found
leave            *                    left-*                   *                  nothing
leave            *                    *                        *                  member:left

mark             none                 *                        *                  room_not_found
mark-behind      none                 *                        *                  room_not_found
mark/mark-behind *                    none/left-*              *                  room_not_found
mark             *                    *                        *                  read_marker
mark-behind      *                    *                        *                  nothing

rename/topic/policy/archive/unarchive none *                   *                  room_not_found
rename/topic/policy/archive/unarchive * none/left-*            *                  room_not_found
rename/topic/policy/archive/unarchive direct-*-* *             *                  forbidden
rename/topic     *                    member/reader            *                  forbidden
policy/archive/unarchive *            moderator/member/reader  *                  forbidden
rename/topic/policy *-*-archived      *                        *                  room_archived
policy           *-everyone-*         *                        *                  nothing
archive          *-*-archived         *                        *                  nothing
unarchive        *-*-open             *                        *                  nothing
rename/topic/policy/archive/unarchive * *                      *                  room

m-*              none                 *                        *                  room_not_found
m-*              *                    none/left-*              *                  room_not_found
m-*              *-*-archived         *                        *                  room_archived
m-*              *                    reader                   *                  forbidden
m-*              direct-*-*           *                        *                  forbidden
m-invite-me      *                    *                        *                  nothing
m-remove-me/m-silence-me *            *                        *                  forbidden
m-invite-here    *                    *                        *                  nothing
m-invite-unknown *                    *                        *                  person_not_found
m-invite-removed *                    member                   *                  forbidden
m-invite-reader  *                    member                   *                  member:reader
m-invite-*       *                    *                        *                  member:member
m-remove-none    *                    *                        *                  person_not_found
m-remove-*       *                    member                   *                  forbidden
m-remove-owner/m-remove-moderator *   moderator                *                  forbidden
m-remove-removed *                    *                        *                  nothing
m-remove-*       *                    *                        *                  member:left
m-silence-left   *                    *                        *                  person_not_found
m-banish-member  *                    *                        *                  forbidden
m-silence-*      *                    member                   *                  forbidden
m-silence-owner/m-silence-moderator * moderator                *                  forbidden
m-silence-*      *                    *                        *                  member:reader
m-speak-reader   *                    member                   *                  forbidden
m-speak-reader   *                    *                        *                  member:member
m-crown-member/m-promote-member/m-demote-* * moderator/member  *                  forbidden
m-crown-member   *                    *                        *                  member
m-promote-member *                    *                        *                  member:moderator
m-demote-*       *                    *                        *                  member:member

open-wrong       *                    *                        *                  direct_invalid
open/open-again  channel-*-*          *                        *                  id_taken
open/open-again  direct-*-archived    *                        *                  room_archived
open             none                 owner/moderator/member/reader *             room+member:member
open             none                 *                        *                  room+member:member+member:member
open-again       none                 owner/moderator/member/reader *             room
open-again       none                 *                        *                  room+member:member
open             *                    owner/moderator/member/reader *             member:member
open             *                    *                        *                  member:member+member:member
open-again       *                    owner/moderator/member/reader *             nothing
open-again       *                    *                        *                  member:member

post/post-empty  *                    *                        mine/mine-*        nothing

*                none                 *                        *                  room_not_found
*                *                    none/left-*              *                  room_not_found
*                *-*-archived         *                        *                  room_archived
*                *                    reader                   *                  forbidden

post             *                    *                        none               message
post-empty       *                    *                        none               body_empty
post/post-empty  *                    *                        theirs/theirs-*    id_taken

*                *                    *                        none               message_not_found

delete           *                    *                        mine-deleted       nothing
delete           *                    owner/moderator          theirs-deleted     nothing
delete           *                    *                        mine/mine-pinned   version+message
delete           *                    owner/moderator          *                  version+message
delete           *                    *                        *                  not_author

edit/edit-*      *                    *                        *-deleted          message_deleted
edit/edit-*      *-author-*           *                        theirs/theirs-*    not_author
edit/edit-*      *-moderators-*       member                   theirs/theirs-*    not_author
edit-same        *                    *                        *                  nothing
edit-empty       *                    *                        *                  body_empty
edit-conflict    *                    *                        *                  conflict
edit-blind       *                    *                        *                  conflict
edit/edit-merge  *                    *                        *                  version+message

react/react-back *                    *                        *-deleted          message_deleted
react/react-back *                    *                        *                  reaction
react-again      *                    *                        *                  nothing
react-off-again  *                    *                        *                  nothing
react-off        *                    *                        *                  reaction

pin/unpin        channel-*-*          member                   *                  forbidden
pin              *                    *                        *-deleted          message_deleted
pin              *                    *                        *-pinned           nothing
pin              *                    *                        *                  message
unpin            *                    *                        *-pinned           message
unpin            *                    *                        *                  nothing
";

const OPERATIONS: &[&str] = &[
    "create",
    "create-again",
    "join",
    "leave",
    "mark",
    "mark-behind",
    "post",
    "post-empty",
    "delete",
    "edit",
    "edit-merge",
    "edit-conflict",
    "edit-blind",
    "edit-same",
    "edit-empty",
    "react",
    "react-back",
    "react-again",
    "react-off",
    "react-off-again",
    "pin",
    "unpin",
    "rename",
    "topic",
    "policy",
    "archive",
    "unarchive",
    "m-invite-me",
    "m-invite-none",
    "m-invite-here",
    "m-invite-left",
    "m-invite-reader",
    "m-invite-removed",
    "m-invite-unknown",
    "m-remove-me",
    "m-remove-owner",
    "m-remove-moderator",
    "m-remove-member",
    "m-remove-left",
    "m-remove-removed",
    "m-remove-none",
    "m-silence-me",
    "m-silence-owner",
    "m-silence-moderator",
    "m-silence-member",
    "m-silence-left",
    "m-speak-reader",
    "m-crown-member",
    "m-promote-member",
    "m-demote-moderator",
    "m-demote-owner",
    "m-banish-member",
    "open",
    "open-again",
    "open-wrong",
];
const ROLES: [&str; 4] = ["owner", "moderator", "member", "reader"];
const MESSAGES: &[&str] = &[
    "none",
    "mine",
    "mine-deleted",
    "mine-pinned",
    "theirs",
    "theirs-deleted",
    "theirs-pinned",
];

const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const ME: UserId = UserId(Uuid::from_u128(10));
const OTHER: UserId = UserId(Uuid::from_u128(11));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(100));
const BODY: &str = "one two three four";

fn rooms() -> Vec<String> {
    let mut rooms = vec!["none".to_owned()];
    for kind in ["channel", "direct"] {
        for policy in ["author", "moderators", "everyone"] {
            for state in ["open", "archived"] {
                rooms.push(format!("{kind}-{policy}-{state}"));
            }
        }
    }
    rooms
}

fn memberships() -> Vec<String> {
    let here = ROLES.iter().map(|role| (*role).to_owned());
    let left = ROLES
        .iter()
        .chain(&["removed"])
        .map(|role| format!("left-{role}"));
    std::iter::once("none".to_owned())
        .chain(here)
        .chain(left)
        .collect()
}

fn room(word: &str, mine: bool) -> Option<Room> {
    let mut parts = word.split('-');
    Some(Room {
        kind: RoomKind::parse(parts.next()?)?,
        edit_policy: EditPolicy::parse(parts.next()?)?,
        archived_at: (parts.next()? == "archived").then_some(Millis(4)),
        id: ROOM,
        seq: Seq(1),
        name: "General".into(),
        topic: String::new(),
        created_by: if mine { ME } else { OTHER },
        created_at: Millis(1),
    })
}

fn membership(word: &str) -> Option<Member> {
    let role = word.strip_prefix("left-");
    Some(Member {
        role: Role::parse(role.unwrap_or(word))?,
        left_at: role.map(|_| Millis(3)),
        room_id: ROOM,
        user_id: ME,
        seq: Seq(2),
        name: "me".into(),
        joined_at: Millis(1),
    })
}

fn message(word: &str) -> Option<Message> {
    let author_id = match word.split('-').next()? {
        "mine" => ME,
        "theirs" => OTHER,
        _ => return None,
    };
    let deleted = word.ends_with("deleted");
    Some(Message {
        author_id,
        body: if deleted { String::new() } else { BODY.into() },
        deleted_at: deleted.then_some(Millis(5)),
        pinned_at: word.ends_with("pinned").then_some(Millis(5)),
        attachments: Vec::new(),
        room_id: ROOM,
        id: MESSAGE,
        seq: Seq(5),
        position: Some(Seq(3)),
        reply_to: None,
        rev: Rev(2),
        created_at: Millis(1),
        edited_at: None,
        edited_by: None,
    })
}

fn operation(word: &str) -> Op {
    let (room_id, message_id) = (ROOM, MESSAGE);
    let edit = |base: Option<&str>, body: &str| Op::Edit {
        room_id,
        message_id,
        base_rev: Rev(1),
        base: base.map(str::to_owned),
        body: body.into(),
    };
    let react = |on| Op::React {
        room_id,
        message_id,
        emoji: "👍".into(),
        on,
    };
    let post = |body: &str| Op::Post {
        room_id,
        message_id,
        body: body.into(),
        reply_to: None,
        attachments: Vec::new(),
    };
    match word {
        "create" | "create-again" => Op::CreateRoom {
            room_id,
            name: "General".into(),
            topic: String::new(),
        },
        "join" => Op::Join { room_id },
        "leave" => Op::Leave { room_id },
        "mark" => Op::MarkRead {
            room_id,
            position: Seq(9),
        },
        "mark-behind" => Op::MarkRead {
            room_id,
            position: Seq(3),
        },
        "post" => post("hello"),
        "post-empty" => post(" "),
        "delete" => Op::Delete {
            room_id,
            message_id,
        },
        "edit" => edit(Some(BODY), "new"),
        "edit-merge" => edit(Some("1 two three four"), "1 two three 4"),
        "edit-conflict" => edit(Some("1 two three four"), "uno two three four"),
        "edit-blind" => edit(None, "new"),
        "edit-same" => edit(Some("1 two three four"), BODY),
        "edit-empty" => edit(Some(BODY), " \n"),
        "react" | "react-back" | "react-again" => react(true),
        "react-off" | "react-off-again" => react(false),
        "pin" | "unpin" => Op::Pin {
            room_id,
            message_id,
            on: word == "pin",
        },
        "rename" => set_room(RoomChange::Name("Other".into())),
        "topic" => set_room(RoomChange::Topic("What for".into())),
        "policy" => set_room(RoomChange::EditPolicy(EditPolicy::Everyone)),
        "archive" => set_room(RoomChange::Archived(true)),
        "unarchive" => set_room(RoomChange::Archived(false)),
        "open" | "open-again" => Op::OpenDirect {
            room_id: direct_room_id([OTHER, ME]),
            with: named(OTHER),
        },
        "open-wrong" => Op::OpenDirect {
            room_id,
            with: named(OTHER),
        },
        _ => about_member(word),
    }
}

fn set_room(change: RoomChange) -> Op {
    Op::SetRoom {
        room_id: ROOM,
        change,
    }
}

fn named(user_id: UserId) -> Vec<NamedUser> {
    vec![NamedUser {
        user_id,
        name: "forged".into(),
    }]
}

/// `m-VERB-WHOM`.
fn about_member(word: &str) -> Op {
    let mut parts = word.split('-').skip(1);
    let change = match parts.next().unwrap() {
        "invite" => MemberChange::Invite,
        "remove" => MemberChange::Remove,
        "silence" => MemberChange::Role(Role::Reader),
        "speak" | "demote" => MemberChange::Role(Role::Member),
        "crown" => MemberChange::Role(Role::Owner),
        "promote" => MemberChange::Role(Role::Moderator),
        "banish" => MemberChange::Role(Role::Removed),
        _ => panic!("{word}"),
    };
    Op::SetMember {
        room_id: ROOM,
        user_id: if word.ends_with("-me") { ME } else { OTHER },
        name: "forged".into(),
        change,
    }
}

/// The other person's membership as the operation finds it.
fn other(operation: &str) -> Option<Member> {
    let whom = match operation {
        "open-again" => "member",
        "m-invite-reader" => "left-reader",
        "m-invite-here" => "member",
        word => word.strip_prefix("m-")?.split('-').nth(1)?,
    };
    let whom = match whom {
        "left" => "left-member",
        "removed" => "left-removed",
        whom => whom,
    };
    Some(Member {
        user_id: OTHER,
        name: "other".into(),
        ..membership(whom)?
    })
}

/// My reaction as the operation finds it.
fn reaction(operation: &str) -> Option<Reaction> {
    let removed_at = match operation {
        "react-back" | "react-off-again" => Some(Millis(5)),
        "react-again" | "react-off" => None,
        _ => return None,
    };
    Some(Reaction {
        room_id: ROOM,
        message_id: MESSAGE,
        user_id: ME,
        emoji: "👍".into(),
        seq: Seq(6),
        removed_at,
    })
}

fn ask(operation_word: &str, room_word: &str, me: &str, message_word: &str) -> String {
    let room = room(room_word, operation_word == "create-again");
    let (member, message) = (membership(me), message(message_word));
    let read_marker = ReadMarker {
        room_id: ROOM,
        user_id: ME,
        seq: Seq(4),
        position: Seq(3),
    };
    let reaction = reaction(operation_word);
    let other = other(operation_word);
    let people = [Person {
        user_id: OTHER,
        name: (!operation_word.ends_with("unknown")).then_some("other"),
        member: other.as_ref(),
        is_full: false,
    }];
    let state = State {
        people: &people,
        room: room.as_ref(),
        member: member.as_ref(),
        message: message.as_ref(),
        reaction: reaction.as_ref(),
        read_marker: Some(&read_marker),
        ..State::default()
    };
    let actor = Actor {
        user_id: ME,
        name: "me".into(),
    };
    match decide(state, &operation(operation_word), &actor, Millis(9)) {
        Err(why) => why.code().as_str().to_owned(),
        Ok(rows) if rows.is_empty() => "nothing".to_owned(),
        Ok(rows) => rows
            .iter()
            .inspect(|row| {
                if let Row::Member(member) = row {
                    // The account's own name, whatever the operation says.
                    let name = if member.user_id == ME { "me" } else { "other" };
                    assert_eq!(member.name, name, "{operation_word}");
                }
            })
            .map(kind)
            .collect::<Vec<_>>()
            .join("+"),
    }
}

fn kind(row: &Row) -> String {
    match row {
        Row::Room(_) => "room".into(),
        Row::Member(Member {
            left_at: Some(_), ..
        }) => "member:left".into(),
        Row::Member(Member {
            role: Role::Owner, ..
        }) => "member".into(),
        Row::Member(member) => format!("member:{}", member.role.as_str()),
        Row::Message(_) => "message".into(),
        Row::Reaction(_) => "reaction".into(),
        Row::ReadMarker(_) => "read_marker".into(),
        Row::MessageVersion(_) => "version".into(),
    }
}

fn fits(pattern: &str, word: &str) -> bool {
    pattern.split('/').any(|pattern| {
        if pattern == "*" {
            return true;
        }
        let (pattern, word): (Vec<&str>, Vec<&str>) =
            (pattern.split('-').collect(), word.split('-').collect());
        pattern.len() == word.len() && pattern.iter().zip(&word).all(|(p, w)| *p == "*" || p == w)
            // `edit-*` and `mark-behind` have one dash more than their verb.
            || pattern.len() > 1 && pattern.last() == Some(&"*") && word.starts_with(&pattern[..pattern.len() - 1])
                && word.len() > pattern.len()
    })
}

#[test]
fn every_combination_has_the_outcome_that_the_table_says() {
    let rules: Vec<Vec<&str>> = TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("operation"))
        .map(|line| line.split_whitespace().collect())
        .collect();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut combinations = 0;
    for operation in OPERATIONS {
        for room in rooms() {
            for me in memberships() {
                for message in MESSAGES {
                    combinations += 1;
                    let case = [*operation, &room, &me, message];
                    let found = rules.iter().position(|rule| {
                        rule.iter()
                            .zip(case)
                            .all(|(pattern, word)| fits(pattern, word))
                    });
                    let rule = found.unwrap_or_else(|| panic!("no rule for {case:?}"));
                    used.insert(rule);
                    let outcome = ask(operation, &room, &me, message);
                    if outcome != rules[rule][4] {
                        wrong.push(format!("{case:?}: {outcome}, and not as {:?}", rules[rule]));
                    }
                }
            }
        }
    }
    assert_eq!(combinations, OPERATIONS.len() * 13 * 10 * 7);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    let unused: Vec<_> = (0..rules.len())
        .filter(|rule| !used.contains(rule))
        .collect();
    assert!(
        unused.is_empty(),
        "rules that fit nothing: {:?}",
        unused.iter().map(|rule| &rules[*rule]).collect::<Vec<_>>()
    );
}
