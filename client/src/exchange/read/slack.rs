//! A Slack export: a zip archive or its folder, with `users.json`, `channels.json` (and, of a whole workspace, `groups.json`, `dms.json`,
//! `mpims.json`) and a folder of days for each room.
//!
//! Kept: people (bots, too), rooms and who is in them, messages with their threads, edits, reactions and pins; files as links, as an
//! export holds no more of them. Left out and counted: what Slack itself says in a room (somebody came, the topic changed).

use super::text::{emoji, plain, with_files};
use super::tree::Tree;
use super::{ReadError, Sink, mrkdwn};
use crate::exchange::record::{
    FileLink, Header, Member, Message, Person, Reaction, Record, Room, VERSION,
};
use model::{Role, RoomKind, limits};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::Read;

/// Bytes of one file (a room's day, or all people): more is no export's.
const FILE_MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The lists of rooms: a file, what its rooms are.
const LISTS: [(&str, Kind); 4] = [
    ("channels.json", Kind::Channel),
    ("groups.json", Kind::Private),
    ("dms.json", Kind::Direct),
    ("mpims.json", Kind::Direct),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Channel,
    Private,
    Direct,
}

/// Whether this is a Slack export.
pub(super) fn is_one(tree: &Tree) -> bool {
    root(tree).is_some()
}

/// Where it begins: an archive that somebody has packed again has a folder around it.
fn root(tree: &Tree) -> Option<String> {
    let found = tree.names().find_map(|name| {
        let root = name.strip_suffix("users.json")?;
        (root.is_empty() || root.ends_with('/')).then(|| root.to_owned())
    })?;
    let has_list = LISTS
        .iter()
        .any(|(file, _)| tree.has(&format!("{found}{file}")));
    has_list.then_some(found)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackUser {
    id: String,
    team_id: Option<String>,
    name: String,
    real_name: Option<String>,
    is_bot: bool,
    profile: Profile,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    display_name: Option<String>,
    real_name: Option<String>,
    email: Option<String>,
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackRoom {
    id: String,
    name: Option<String>,
    created: i64,
    creator: Option<String>,
    is_archived: bool,
    members: Vec<String>,
    topic: Text,
    purpose: Text,
    pins: Vec<Pin>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pin {
    id: String,
    created: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackMessage {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    user: Option<String>,
    bot_id: Option<String>,
    username: Option<String>,
    bot_profile: Option<Profile>,
    text: Option<String>,
    ts: String,
    thread_ts: Option<String>,
    edited: Option<Edited>,
    reactions: Vec<SlackReaction>,
    files: Vec<SlackFile>,
    attachments: Vec<Attachment>,
    pinned_to: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Edited {
    user: Option<String>,
    ts: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackReaction {
    name: String,
    users: Vec<String>,
    count: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SlackFile {
    name: Option<String>,
    title: Option<String>,
    url_private: Option<String>,
    permalink: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachment {
    fallback: Option<String>,
    pretext: Option<String>,
    title: Option<String>,
    title_link: Option<String>,
    text: Option<String>,
}

/// What is known before the messages are read.
#[derive(Default)]
struct Known {
    people: BTreeSet<String>,
    names: HashMap<String, String>,
    /// When what was pinned, by room and message.
    pins: HashMap<(String, String), i64>,
}

/// Reads an export to its end.
///
/// # Errors
/// Files that can't be read, or a sink that takes no more.
pub(super) fn read(tree: &mut Tree, to: &mut dyn Sink) -> Result<(), ReadError> {
    let root = root(tree).ok_or_else(|| ReadError::Unknown {
        path: tree.path().to_owned(),
    })?;
    let mut known = Known::default();
    let mut users: Vec<SlackUser> = Vec::new();
    let file = format!("{root}users.json");
    each(tree, &file, to, &mut |user: SlackUser, _| {
        users.push(user);
        Ok(())
    })?;
    let team = users.iter().find_map(|user| user.team_id.clone());
    to.begin(Header {
        version: VERSION,
        source: format!("slack:{}", team.unwrap_or_default()),
        exported_at: None,
    })?;
    let mut names = BTreeMap::new();
    for user in users {
        let person = person(user);
        known.people.insert(person.id.clone());
        names.insert(person.id.clone(), person.name.clone());
        to.record(Record::Person(person))?;
    }
    let mut folders = Vec::new();
    for (file, kind) in LISTS {
        let mut rooms: Vec<SlackRoom> = Vec::new();
        let file = format!("{root}{file}");
        if tree.has(&file) {
            each(tree, &file, to, &mut |room: SlackRoom, _| {
                rooms.push(room);
                Ok(())
            })?;
        }
        for room in rooms {
            folders.push(begin_room(room, kind, &names, &mut known, to)?);
        }
    }
    let mut bytes = 0;
    for (id, folder) in folders {
        // The name is compared, and nothing else done with it.
        let prefix = format!("{root}{folder}/");
        let days: Vec<String> = tree
            .names()
            .filter(|name| name.strip_prefix(&prefix).is_some_and(is_day))
            .map(str::to_owned)
            .collect();
        for day in days {
            bytes += tree.bytes_of(&day);
            each(tree, &day, to, &mut |message: SlackMessage, to| {
                take(&id, message, &mut known, to)
            })?;
            if !to.progress(bytes) {
                return Err(ReadError::Stopped);
            }
        }
    }
    Ok(())
}

/// `2024-05-01.json`; beside it there may be lists of canvases and the like.
fn is_day(name: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || c == '-';
    name.strip_suffix(".json")
        .is_some_and(|day| day.len() == 10 && day.chars().all(digits))
}

fn person(user: SlackUser) -> Person {
    let shown = [
        user.profile.display_name,
        user.profile.real_name,
        user.real_name,
        Some(user.name.clone()),
        Some(user.id.clone()),
    ];
    let name = shown
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty());
    Person {
        id: user.id,
        name: plain(&name.unwrap_or_default()),
        username: Some(user.name).filter(|name| !name.is_empty()),
        email: user.profile.email,
        bot: user.is_bot,
    }
}

/// Tells of a room and its people; returns its id and its folder.
fn begin_room(
    room: SlackRoom,
    kind: Kind,
    names: &BTreeMap<String, String>,
    known: &mut Known,
    to: &mut dyn Sink,
) -> Result<(String, String), ReadError> {
    let folder = match (&room.name, kind) {
        (Some(name), _) => name.clone(),
        (None, _) => room.id.clone(),
    };
    // An older export's group conversations have no id of their own.
    let id = match room.id.is_empty() {
        true => folder.clone(),
        false => room.id,
    };
    let fits = (2..=limits::DIRECT_MAX_PEOPLE).contains(&room.members.len());
    let is_direct = kind == Kind::Direct && fits;
    let name = match kind {
        Kind::Direct => {
            let of = |id: &String| names.get(id).cloned().unwrap_or_else(|| id.clone());
            let all: Vec<String> = room.members.iter().map(of).collect();
            all.join(", ")
        }
        Kind::Channel | Kind::Private => folder.clone(),
    };
    let topic = match room.topic.value.is_empty() {
        true => room.purpose.value,
        false => room.topic.value,
    };
    let created_at = room.created.saturating_mul(1000).max(0);
    for pin in room.pins {
        known
            .pins
            .insert((id.clone(), pin.id), pin.created.saturating_mul(1000));
    }
    known.names.insert(id.clone(), name.clone());
    to.record(Record::Room(Room {
        id: id.clone(),
        name,
        topic: mrkdwn::convert(&topic, &|_| None),
        room_kind: match is_direct {
            true => RoomKind::Direct,
            false => RoomKind::Channel,
        },
        private: kind != Kind::Channel && !is_direct,
        edit_policy: None,
        created_by: room.creator.clone(),
        created_at,
        archived_at: room.is_archived.then_some(created_at.max(1)),
        people: match is_direct {
            true => room.members.clone(),
            false => Vec::new(),
        },
    }))?;
    if !is_direct {
        for person in room.members {
            let is_owner = room.creator.as_ref() == Some(&person);
            to.record(Record::Member(Member {
                room: id.clone(),
                person,
                role: if is_owner { Role::Owner } else { Role::Member },
                joined_at: created_at,
                left_at: None,
            }))?;
        }
    }
    Ok((id, folder))
}

/// Subtypes that are somebody's words; all others are Slack's own.
const WORDS: [&str; 8] = [
    "bot_message",
    "me_message",
    "file_share",
    "file_comment",
    "thread_broadcast",
    "reply_broadcast",
    "document_mention",
    "tombstone",
];

fn take(
    room: &str,
    message: SlackMessage,
    known: &mut Known,
    to: &mut dyn Sink,
) -> Result<(), ReadError> {
    let example = format!("{room} {}", message.ts);
    if let Some(subtype) = &message.subtype
        && !WORDS.contains(&subtype.as_str())
    {
        return to.skip(
            &format!("Slack's own message ({})", plain(subtype)),
            &example,
        );
    }
    if !message.kind.is_empty() && message.kind != "message" {
        return to.skip("an entry that is no message", &example);
    }
    let Some(created_at) = millis(&message.ts) else {
        return to.skip("a message without a time", &example);
    };
    let author = author(&message, known, to)?;
    let deleted = message.subtype.as_deref() == Some("tombstone");
    let body = body(&message, known);
    if body.trim().is_empty() && !deleted {
        return to.skip("a message without words", &example);
    }
    let edited_at = message
        .edited
        .as_ref()
        .and_then(|edited| millis(&edited.ts));
    let edited_by = message
        .edited
        .as_ref()
        .and_then(|edited| edited.user.clone());
    let key = (room.to_owned(), message.ts.clone());
    let is_pinned = message.pinned_to.iter().any(|pinned| pinned == room);
    let pinned_at = known
        .pins
        .get(&key)
        .copied()
        .or(is_pinned.then_some(created_at));
    to.record(Record::Message(Message {
        room: room.to_owned(),
        id: message.ts.clone(),
        author,
        body,
        created_at,
        reply_to: message.thread_ts.filter(|thread| *thread != message.ts),
        edited_at,
        edited_by: edited_by.filter(|_| edited_at.is_some()),
        deleted_at: deleted.then_some(created_at),
        pinned_at,
        files: Vec::new(),
    }))?;
    for reaction in message.reactions {
        let unnamed = reaction.count.saturating_sub(reaction.users.len());
        for _ in 0..unnamed.min(10_000) {
            to.skip(
                "a reaction of somebody whom the export does not name",
                &example,
            )?;
        }
        for person in reaction.users {
            to.record(Record::Reaction(Reaction {
                room: room.to_owned(),
                message: message.ts.clone(),
                person,
                emoji: emoji(&reaction.name),
            }))?;
        }
    }
    Ok(())
}

/// Who wrote it; bots and people who are not in `users.json` are told of when they are met.
fn author(
    message: &SlackMessage,
    known: &mut Known,
    to: &mut dyn Sink,
) -> Result<String, ReadError> {
    let user = message.user.as_deref().filter(|user| !user.is_empty());
    let id = match (user, &message.bot_id) {
        (Some(user), _) => user.to_owned(),
        (None, Some(bot)) => bot.clone(),
        (None, None) => "USLACKBOT".to_owned(),
    };
    if known.people.insert(id.clone()) {
        let profile = message.bot_profile.as_ref();
        let name = message
            .username
            .clone()
            .or_else(|| profile.and_then(|profile| profile.name.clone()));
        let name = match name.filter(|name| !name.trim().is_empty()) {
            Some(name) => plain(&name),
            None if id == "USLACKBOT" => "Slackbot".to_owned(),
            None => id.clone(),
        };
        to.record(Record::Person(Person {
            id: id.clone(),
            name,
            username: None,
            email: None,
            bot: user.is_none(),
        }))?;
    }
    Ok(id)
}

fn body(message: &SlackMessage, known: &Known) -> String {
    let channel = |id: &str| known.names.get(id).cloned();
    let convert = |text: &str| mrkdwn::convert(text, &channel);
    let mut body = convert(message.text.as_deref().unwrap_or_default());
    if message.subtype.as_deref() == Some("me_message") && !body.is_empty() {
        body = format!("_{body}_");
    }
    for attachment in &message.attachments {
        let quoted = quoted(attachment, &convert);
        if !quoted.is_empty() && message.text.as_ref().is_none_or(|text| *text != quoted) {
            if !body.is_empty() {
                body.push_str("\n\n");
            }
            body.push_str(&quoted);
        }
    }
    let files: Vec<FileLink> = message.files.iter().map(file).collect();
    // The marks of a fence at either end.
    with_files(body.trim_matches('\n'), &files)
}

/// What a program has put under its message, as a quotation.
fn quoted(attachment: &Attachment, convert: &dyn Fn(&str) -> String) -> String {
    let title = attachment.title.as_deref().map(convert);
    let title = match (&title, &attachment.title_link) {
        (Some(title), Some(link)) if super::text::is_link(link) => {
            Some(format!("[{title}]({link})"))
        }
        _ => title,
    };
    let text = |text: &Option<String>| text.as_deref().map(convert);
    let mut lines: Vec<String> = [text(&attachment.pretext), title, text(&attachment.text)]
        .into_iter()
        .flatten()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() {
        lines.extend(text(&attachment.fallback).filter(|line| !line.trim().is_empty()));
    }
    let lines = lines.join("\n");
    let quoted: Vec<String> = lines.lines().map(|line| format!("> {line}")).collect();
    quoted.join("\n")
}

fn file(file: &SlackFile) -> FileLink {
    let name = file.title.clone().or_else(|| file.name.clone());
    FileLink {
        name: name.unwrap_or_default(),
        url: file.permalink.clone().or_else(|| file.url_private.clone()),
        path: None,
    }
}

/// `1355517523.000005`, seconds since 1970.
fn millis(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let seconds: i64 = seconds.parse().ok()?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let millis: i64 = digits.parse().ok()?;
    seconds.checked_mul(1000)?.checked_add(millis)
}

/// Reads a file that holds a list, one thing at a time; a broken one up to where it breaks.
fn each<T: for<'de> Deserialize<'de>>(
    tree: &mut Tree,
    name: &str,
    to: &mut dyn Sink,
    take: &mut dyn FnMut(T, &mut dyn Sink) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let file = match tree.file(name) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(()),
        Err(ReadError::Archive(why)) => {
            return to.skip(
                "a file of the archive that can't be unpacked",
                &format!("{name}: {why}"),
            );
        }
        Err(error) => return Err(error),
    };
    let mut failed = None;
    let list = List {
        to,
        take,
        name,
        failed: &mut failed,
    };
    let mut json = serde_json::Deserializer::from_reader(file.take(FILE_MAX_BYTES));
    let read = json.deserialize_seq(list);
    if let Some(error) = failed {
        return Err(error);
    }
    if let Err(error) = read {
        to.skip(
            "the rest of a file that is broken",
            &format!("{name}: {error}"),
        )?;
    }
    Ok(())
}

struct List<'a, T> {
    to: &'a mut dyn Sink,
    take: &'a mut dyn FnMut(T, &mut dyn Sink) -> Result<(), ReadError>,
    name: &'a str,
    failed: &'a mut Option<ReadError>,
}

impl<'de, T: for<'any> Deserialize<'any>> Visitor<'de> for List<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // First as it is, so that one that is odd does not end the list.
        while let Some(value) = list.next_element::<Value>()? {
            let done = match serde_json::from_value::<T>(value) {
                Ok(one) => (self.take)(one, self.to),
                Err(error) => {
                    let example = format!("{}: {error}", self.name);
                    self.to.skip("an entry that can't be understood", &example)
                }
            };
            if let Err(error) = done {
                *self.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
