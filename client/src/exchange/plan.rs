//! Who is who: people of an export and accounts of the relay; and what an import's items are made of.
//!
//! Invariants: a suggestion only ever joins what is surely one: who was imported before, or whose name is an account's; what a person is
//! is decided once, before anything is sent, and kept with the import and for the next one of the same source.

use super::ids;
use super::read::mentions;
use super::record::{Message, Person, Reaction, Room};
use super::spool::Spool;
use crate::ClientError;
use model::view::{ImportChoices, PersonBecomes};
use model::wire::ImportItem;
use model::{
    EditPolicy, MessageId, Millis, NamedUser, Role, RoomId, RoomKind, UserId, direct_room_id,
    is_emoji, limits,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who somebody is here, as far as it can be told.
#[must_use]
pub fn suggest(
    person: &Person,
    source: &str,
    accounts: &[NamedUser],
    before: &BTreeMap<String, UserId>,
) -> PersonBecomes {
    let made = ids::person(source, &person.id);
    let is_account = |id: UserId| accounts.iter().any(|account| account.user_id == id);
    if let Some(known) = before.get(&person.id).filter(|id| is_account(**id)) {
        return PersonBecomes::Account(*known);
    }
    if is_account(made) {
        return PersonBecomes::Account(made);
    }
    if person.bot {
        return PersonBecomes::Placeholder;
    }
    let local = person
        .email
        .as_ref()
        .and_then(|email| email.split('@').next());
    let names = [
        Some(person.name.as_str()),
        person.username.as_deref(),
        local,
    ];
    for name in names.into_iter().flatten() {
        let wanted = name.trim().to_lowercase();
        let mut same = accounts
            .iter()
            .filter(|account| account.name.to_lowercase() == wanted);
        if let (Some(account), None) = (same.next(), same.next()) {
            return PersonBecomes::Account(account.user_id);
        }
    }
    PersonBecomes::Placeholder
}

/// Who everybody is: chosen, or suggested. Who is left out has no entry.
#[must_use]
pub fn people(
    all: &[(Person, u64)],
    source: &str,
    accounts: &[NamedUser],
    before: &BTreeMap<String, UserId>,
    choices: &ImportChoices,
) -> BTreeMap<String, UserId> {
    let becomes = |person: &Person| {
        let chosen = choices.people.get(&person.id).copied();
        match chosen.unwrap_or_else(|| suggest(person, source, accounts, before)) {
            PersonBecomes::Account(id) => Some(id),
            PersonBecomes::Placeholder => Some(ids::person(source, &person.id)),
            PersonBecomes::Skipped => None,
        }
    };
    all.iter()
        .filter_map(|(person, _)| Some((person.id.clone(), becomes(person)?)))
        .collect()
}

/// What makes items of records.
pub struct Plan {
    /// Where the ids are from.
    pub source: String,
    /// Who is who.
    pub people: BTreeMap<String, UserId>,
    /// What they are called here.
    pub names: HashMap<String, String>,
    /// Who imports: makes what nobody made.
    pub me: UserId,
}

/// What becomes of a room.
pub struct PlannedRoom {
    /// Its id here.
    pub id: RoomId,
    /// The room, and who is in it.
    pub items: Vec<ImportItem>,
}

/// Something of a record that is left out, and why.
pub type Left = (&'static str, String);

impl Plan {
    fn who(&self, person: &str) -> Option<UserId> {
        self.people.get(person).copied()
    }

    /// A room's items, or why it can't be here.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn room(
        &self,
        spool: &Spool,
        room: &Room,
        first_at: Option<i64>,
        left: &mut Vec<Left>,
    ) -> Result<Option<PlannedRoom>, ClientError> {
        let created_at = match (room.created_at, first_at) {
            (0, Some(first)) => first,
            (at, Some(first)) => at.min(first),
            (at, None) => at,
        };
        let created_at = Millis(created_at.max(1));
        let people: BTreeSet<UserId> = room.people.iter().filter_map(|p| self.who(p)).collect();
        let is_direct = room.room_kind == RoomKind::Direct;
        if is_direct && people.len() < 2 {
            left.push((
                "a direct room with fewer than two people who are imported",
                room.id.clone(),
            ));
            return Ok(None);
        }
        let id = match is_direct {
            true => direct_room_id(people.iter().copied()),
            false => ids::room(&self.source, &room.id),
        };
        let creator = room.created_by.as_ref().and_then(|person| self.who(person));
        let created_by = creator.or_else(|| people.first().copied().filter(|_| is_direct));
        let mut items = vec![ImportItem::Room {
            id,
            name: match is_direct {
                true => "Direct".to_owned(),
                false => line(&room.name, limits::ROOM_NAME_MAX_CHARS, "room"),
            },
            topic: line(&self.named(&room.topic), limits::TOPIC_MAX_CHARS, ""),
            kind: room.room_kind,
            edit_policy: room.edit_policy.unwrap_or(EditPolicy::Author),
            created_by: created_by.unwrap_or(self.me),
            created_at,
            archived_at: room.archived_at.map(|at| Millis(at.max(1))),
            people: match is_direct {
                true => people.into_iter().collect(),
                false => Vec::new(),
            },
        }];
        if is_direct {
            return Ok(Some(PlannedRoom { id, items }));
        }
        let (mut seen, mut has_owner) = (BTreeSet::new(), false);
        for member in spool.members(&room.id)? {
            let Some(user) = self.who(&member.person) else {
                continue;
            };
            if seen.insert(user) {
                has_owner |= member.role == Role::Owner && member.left_at.is_none();
                items.push(ImportItem::Member {
                    room: id,
                    user,
                    role: member.role,
                    joined_at: Millis(member.joined_at.max(created_at.0)),
                    left_at: member.left_at.map(|at| Millis(at.max(1))),
                });
            }
        }
        // Somebody has to look after it.
        if !has_owner && seen.insert(self.me) {
            items.push(ImportItem::Member {
                room: id,
                user: self.me,
                role: Role::Owner,
                joined_at: created_at,
                left_at: None,
            });
        }
        Ok(Some(PlannedRoom { id, items }))
    }

    /// A message's items: itself (in parts, if it is longer than one may be) and its reactions.
    ///
    /// # Errors
    /// SQLite's own.
    pub fn message(
        &self,
        spool: &Spool,
        room: RoomId,
        message: &Message,
        left: &mut Vec<Left>,
    ) -> Result<(MessageId, Vec<ImportItem>), ClientError> {
        let at = message.created_at.max(1);
        let id = ids::message(&self.source, &message.room, &message.id, at);
        let example = || format!("{} {}", message.room, message.id);
        let Some(author) = self.who(&message.author) else {
            left.push(("a message of somebody who is left out", example()));
            return Ok((id, Vec::new()));
        };
        let reply_to = match &message.reply_to {
            None => None,
            Some(to) => {
                let time = spool.time_of(&message.room, to)?;
                if time.is_none() {
                    left.push(("an answer's reference to a message that the export does not hold (the answer is kept)", example()));
                }
                time.map(|at| ids::message(&self.source, &message.room, to, at.max(1)))
            }
        };
        let body = match message.deleted_at {
            Some(_) => String::new(),
            None => super::read::with_files(&self.named(&message.body), &message.files),
        };
        let time = |at: i64| Millis(at.max(1));
        let mut items = Vec::new();
        for (number, part) in parts(&body).into_iter().enumerate() {
            let part_id = match number {
                0 => id,
                n => {
                    let part = format!("{}#{}", message.id, n + 1);
                    ids::message(&self.source, &message.room, &part, at)
                }
            };
            items.push(ImportItem::Message {
                room,
                id: part_id,
                author,
                body: part.to_owned(),
                reply_to: if number == 0 { reply_to } else { Some(id) },
                created_at: Millis(at),
                edited_at: message.edited_at.map(time),
                edited_by: message
                    .edited_by
                    .as_ref()
                    .and_then(|person| self.who(person)),
                deleted_at: message.deleted_at.map(time),
                pinned_at: message.pinned_at.filter(|_| number == 0).map(time),
            });
        }
        for reaction in spool.reactions(&message.room, &message.id)? {
            if message.deleted_at.is_none() {
                items.extend(self.reaction(room, id, &reaction, left));
            }
        }
        Ok((id, items))
    }

    fn reaction(
        &self,
        room: RoomId,
        message: MessageId,
        reaction: &Reaction,
        left: &mut Vec<Left>,
    ) -> Option<ImportItem> {
        let example = || format!("{} {}", reaction.room, reaction.message);
        let Some(user) = self.who(&reaction.person) else {
            left.push(("a reaction of somebody who is left out", example()));
            return None;
        };
        if !is_emoji(&reaction.emoji) {
            left.push(("a reaction that is no emoji", example()));
            return None;
        }
        Some(ImportItem::Reaction {
            room,
            message,
            user,
            emoji: reaction.emoji.clone(),
        })
    }

    /// With names in the place of mentions.
    fn named(&self, text: &str) -> String {
        mentions(text, |person| {
            let known = self.names.get(person).cloned();
            known.unwrap_or_else(|| person.to_owned())
        })
    }
}

/// A text as one line of so many characters.
fn line(text: &str, most: usize, otherwise: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let cut: String = plain.trim().chars().take(most).collect();
    match cut.trim() {
        "" => otherwise.to_owned(),
        cut => cut.to_owned(),
    }
}

/// A text in parts that each can be a message; cut at an end of a line where there is one.
fn parts(text: &str) -> Vec<&str> {
    let most = limits::BODY_MAX_BYTES;
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let fits = (0..=most).rev().find(|at| rest.is_char_boundary(*at));
        let Some(head) = rest.get(..fits.unwrap_or(0)) else {
            break;
        };
        let at = head.rfind('\n').filter(|at| *at > most / 2);
        let (part, after) = rest.split_at(at.map_or(head.len(), |at| at + 1));
        parts.push(part);
        rest = after;
    }
    if parts.is_empty() || !rest.trim().is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, name: &str, username: Option<&str>, email: Option<&str>) -> Person {
        Person {
            id: id.to_owned(),
            name: name.to_owned(),
            username: username.map(str::to_owned),
            email: email.map(str::to_owned),
            bot: false,
        }
    }

    #[test]
    fn people_are_known_by_what_they_were_before_and_by_their_names() {
        let account = |n: u128, name: &str| NamedUser {
            user_id: UserId(uuid::Uuid::from_u128(n)),
            name: name.to_owned(),
        };
        let imported = ids::person("T", "U9");
        let accounts = [
            account(1, "Ada Lovelace"),
            account(2, "grace"),
            account(3, "mary"),
            NamedUser {
                user_id: imported,
                name: "Zoe".into(),
            },
        ];
        let before = BTreeMap::from([("U7".to_owned(), accounts[2].user_id)]);
        let found = |person: &Person| suggest(person, "T", &accounts, &before);
        let is = |n: usize| PersonBecomes::Account(accounts[n].user_id);
        assert_eq!(found(&person("U1", "ada lovelace", None, None)), is(0));
        assert_eq!(
            found(&person("U2", "G. Hopper", Some("Grace"), None)),
            is(1)
        );
        assert_eq!(found(&person("U3", "M", None, Some("mary@x.org"))), is(2));
        assert_eq!(found(&person("U7", "Other", None, None)), is(2));
        assert_eq!(found(&person("U9", "Renamed", None, None)), is(3));
        let new = person("U4", "New", None, None);
        assert_eq!(found(&new), PersonBecomes::Placeholder);
        let bot = Person {
            bot: true,
            ..person("B1", "grace", None, None)
        };
        assert_eq!(found(&bot), PersonBecomes::Placeholder);
    }

    #[test]
    fn long_texts_are_cut_into_messages_and_nothing_of_them_is_lost() {
        let most = limits::BODY_MAX_BYTES;
        assert_eq!(parts(""), [""]);
        assert_eq!(parts("short"), ["short"]);
        for text in [
            "é".repeat(most),
            "a line of some length\n".repeat(5000),
            "x".repeat(most * 3 + 1),
        ] {
            let parts = parts(&text);
            assert!(parts.len() > 1);
            assert!(parts.iter().all(|part| part.len() <= most));
            assert_eq!(parts.concat().trim_end(), text.trim_end());
        }
    }
}
