//! A Mattermost bulk export: JSON Lines, alone or in a zip archive or folder with its attachments.
//!
//! Kept: people, channels and who is in them, posts with replies, edits, deletions, reactions and pins, direct and group messages; of
//! attachments their names. Posts have no ids there: room, author and time are one, with a number where several are the same.

use super::text::{Piece, emoji, mention, pieces, plain, shortcodes, with_files};
use super::tree::{self, Tree};
use super::{ReadError, Sink, lines};
use crate::exchange::record::{
    FileLink, Header, Member, Message, Person, Reaction, Record, Room, VERSION,
};
use model::{Role, RoomKind, limits};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// The file of posts in an archive or folder.
pub(super) fn inside(tree: &Tree) -> Option<String> {
    let names = tree.names().filter(|name| name.ends_with(".jsonl"));
    names
        .min_by_key(|name| name.matches('/').count())
        .map(str::to_owned)
}

/// A line; which of them is there is what `type` says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    version: Option<i64>,
    team: Option<Team>,
    channel: Option<Channel>,
    user: Option<User>,
    post: Option<Post>,
    direct_channel: Option<DirectChannel>,
    direct_post: Option<Post>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Team {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Channel {
    team: String,
    name: String,
    display_name: String,
    #[serde(rename = "type")]
    kind: String,
    header: String,
    purpose: String,
    deleted_at: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
    email: Option<String>,
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    is_bot: bool,
    teams: Option<Vec<UserTeam>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserTeam {
    name: String,
    channels: Option<Vec<UserChannel>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserChannel {
    name: String,
    roles: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DirectChannel {
    members: Option<Vec<String>>,
    participants: Option<Vec<Participant>>,
    header: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Participant {
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Post {
    team: String,
    channel: String,
    channel_members: Vec<String>,
    user: String,
    #[serde(rename = "type")]
    kind: String,
    message: String,
    create_at: i64,
    edit_at: i64,
    delete_at: i64,
    is_pinned: bool,
    reactions: Option<Vec<PostReaction>>,
    replies: Option<Vec<Post>>,
    attachments: Option<Vec<PostFile>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PostReaction {
    user: String,
    emoji_name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PostFile {
    path: String,
}

#[derive(Default)]
struct Reader {
    people: BTreeSet<String>,
    rooms: BTreeSet<String>,
    /// How many posts of one person had one time in one room: they come in the order in which they are in the file.
    seen: HashMap<u64, u32>,
}

/// Reads an export to its end.
///
/// # Errors
/// Files that can't be read, another version, or a sink that takes no more.
pub(super) fn read(path: &Path, to: &mut dyn Sink) -> Result<(), ReadError> {
    to.begin(Header {
        version: VERSION,
        source: "mattermost".to_owned(),
        exported_at: None,
    })?;
    let mut reader = Reader::default();
    let mut take = |line: &str, number: u64, to: &mut dyn Sink| reader.take(line, number, to);
    if !path.is_dir() && !tree::is_zip(path)? {
        return lines::each(tree::open_file(path)?, to, &mut take);
    }
    let mut tree = Tree::open(path)?;
    let inside = inside(&tree).ok_or_else(|| ReadError::Unknown {
        path: path.to_owned(),
    })?;
    match tree.file(&inside)? {
        Some(file) => lines::each(file, to, &mut take),
        None => Ok(()),
    }
}

impl Reader {
    fn take(&mut self, line: &str, number: u64, to: &mut dyn Sink) -> Result<(), ReadError> {
        let line: Line = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(error) => {
                return to.skip(
                    "a line that is no record",
                    &format!("line {number}: {error}"),
                );
            }
        };
        match line {
            Line {
                version: Some(version),
                ..
            } if line.kind == "version" => match version {
                1 => Ok(()),
                other => Err(ReadError::MattermostVersion(other)),
            },
            Line {
                channel: Some(channel),
                ..
            } => self.channel(channel, to),
            Line {
                user: Some(user), ..
            } => self.user(user, to),
            Line {
                post: Some(post), ..
            } => {
                let room = format!("{}/{}", post.team, post.channel);
                self.post(&room, None, post, to).map(|_| ())
            }
            Line {
                direct_channel: Some(direct),
                ..
            } => self.direct_channel(direct, to),
            Line {
                direct_post: Some(post),
                ..
            } => {
                let members = post.channel_members.clone();
                let room = self.direct(&members, "", to)?;
                self.post(&room, None, post, to).map(|_| ())
            }
            Line {
                team: Some(team), ..
            } => {
                // A team is a part of its channels' names.
                let _ = team.name;
                Ok(())
            }
            other => to.skip(
                &format!("a record of another kind ({})", plain(&other.kind)),
                &format!("line {number}"),
            ),
        }
    }

    fn channel(&mut self, channel: Channel, to: &mut dyn Sink) -> Result<(), ReadError> {
        let id = format!("{}/{}", channel.team, channel.name);
        self.rooms.insert(id.clone());
        let topic = match channel.header.is_empty() {
            true => channel.purpose,
            false => channel.header,
        };
        let name = match channel.display_name.is_empty() {
            true => channel.name,
            false => channel.display_name,
        };
        to.record(Record::Room(Room {
            id,
            name: plain(&name),
            topic: plain(&topic),
            room_kind: RoomKind::Channel,
            private: channel.kind == "P",
            edit_policy: None,
            created_by: None,
            created_at: 0,
            archived_at: Some(channel.deleted_at).filter(|at| *at > 0),
            people: Vec::new(),
        }))
    }

    fn user(&mut self, user: User, to: &mut dyn Sink) -> Result<(), ReadError> {
        let full = [user.first_name, user.last_name];
        let full: Vec<String> = full
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
            .collect();
        let nickname = user.nickname.filter(|name| !name.trim().is_empty());
        let name = match (nickname, full.join(" ")) {
            (Some(nickname), _) => nickname,
            (None, full) if !full.trim().is_empty() => full,
            _ => user.username.clone(),
        };
        self.people.insert(user.username.clone());
        to.record(Record::Person(Person {
            id: user.username.clone(),
            name: plain(&name),
            username: Some(user.username.clone()),
            email: user.email.filter(|email| !email.is_empty()),
            bot: user.is_bot,
        }))?;
        for team in user.teams.unwrap_or_default() {
            for channel in team.channels.unwrap_or_default() {
                let roles = channel.roles.unwrap_or_default();
                let is_admin = roles.split_whitespace().any(|role| role == "channel_admin");
                to.record(Record::Member(Member {
                    room: format!("{}/{}", team.name, channel.name),
                    person: user.username.clone(),
                    role: if is_admin {
                        Role::Moderator
                    } else {
                        Role::Member
                    },
                    joined_at: 0,
                    left_at: None,
                }))?;
            }
        }
        Ok(())
    }

    fn direct_channel(
        &mut self,
        direct: DirectChannel,
        to: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let mut members = direct.members.unwrap_or_default();
        let participants = direct.participants.unwrap_or_default();
        members.extend(participants.into_iter().map(|one| one.username));
        self.direct(&members, &direct.header, to).map(|_| ())
    }

    /// A direct room's id; tells of the room when it is met first.
    fn direct(
        &mut self,
        members: &[String],
        topic: &str,
        to: &mut dyn Sink,
    ) -> Result<String, ReadError> {
        let people: BTreeSet<&str> = members.iter().map(String::as_str).collect();
        let people: Vec<String> = people.into_iter().map(str::to_owned).collect();
        let id = format!("direct/{}", people.join(","));
        if self.rooms.insert(id.clone()) {
            let fits = (2..=limits::DIRECT_MAX_PEOPLE).contains(&people.len());
            to.record(Record::Room(Room {
                id: id.clone(),
                name: people.join(", "),
                topic: plain(topic),
                room_kind: if fits {
                    RoomKind::Direct
                } else {
                    RoomKind::Channel
                },
                private: !fits,
                edit_policy: None,
                created_by: None,
                created_at: 0,
                archived_at: None,
                people: if fits { people.clone() } else { Vec::new() },
            }))?;
            if !fits {
                for person in people {
                    to.record(Record::Member(Member {
                        room: id.clone(),
                        person,
                        role: Role::Member,
                        joined_at: 0,
                        left_at: None,
                    }))?;
                }
            }
        }
        Ok(id)
    }

    fn post(
        &mut self,
        room: &str,
        reply_to: Option<&str>,
        mut post: Post,
        to: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let id = self.id(room, &post);
        let example = format!("{room} {id}");
        let replies = post.replies.take().unwrap_or_default();
        if post.kind.starts_with("system_") {
            to.skip(
                &format!("Mattermost's own message ({})", plain(&post.kind)),
                &example,
            )?;
        } else if has_words(&post) {
            let author = self.known(&post.user, to)?;
            let files: Vec<FileLink> = post
                .attachments
                .unwrap_or_default()
                .into_iter()
                .map(file)
                .collect();
            to.record(Record::Message(Message {
                room: room.to_owned(),
                id: id.clone(),
                author,
                body: with_files(&markdown(&post.message), &files),
                created_at: post.create_at,
                reply_to: reply_to.map(str::to_owned),
                edited_at: Some(post.edit_at).filter(|at| *at > 0),
                edited_by: None,
                deleted_at: Some(post.delete_at).filter(|at| *at > 0),
                pinned_at: post.is_pinned.then_some(post.create_at),
                files: Vec::new(),
            }))?;
            for reaction in post.reactions.unwrap_or_default() {
                let person = self.known(&reaction.user, to)?;
                to.record(Record::Reaction(Reaction {
                    room: room.to_owned(),
                    message: id.clone(),
                    person,
                    emoji: emoji(&reaction.emoji_name),
                }))?;
            }
        } else {
            to.skip("a message without words", &example)?;
        }
        for reply in replies {
            self.post(room, Some(&id), reply, to)?;
        }
        Ok(())
    }

    /// Somebody who is no longer among the people is told of when they are met.
    fn known(&mut self, username: &str, to: &mut dyn Sink) -> Result<String, ReadError> {
        if self.people.insert(username.to_owned()) {
            to.record(Record::Person(Person {
                id: username.to_owned(),
                name: plain(username),
                username: Some(username.to_owned()),
                ..Person::default()
            }))?;
        }
        Ok(username.to_owned())
    }

    fn id(&mut self, room: &str, post: &Post) -> String {
        let key = format!("{} {}", post.create_at, post.user);
        let hash = fnv(&[room, &key]);
        let seen = self.seen.entry(hash).or_default();
        *seen += 1;
        match *seen {
            1 => key,
            n => format!("{key} {n}"),
        }
    }
}

/// Whether there is anything to be read in it.
fn has_words(post: &Post) -> bool {
    let files = post.attachments.as_ref();
    !post.message.trim().is_empty() || files.is_some_and(|files| !files.is_empty())
}

/// FNV-1a: only to count what has the same time.
fn fnv(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

fn file(file: PostFile) -> FileLink {
    let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
    FileLink {
        name,
        url: None,
        path: Some(file.path),
    }
}

/// Its texts are Markdown already: only emoji and mentions are not ours.
fn markdown(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len());
    for piece in pieces(&text) {
        match piece {
            Piece::Code(code) => out.push_str(code),
            Piece::Text(text) => out.push_str(&mentioned(&shortcodes(text))),
        }
    }
    out
}

/// `@username`, but not in an address.
fn mentioned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        let end = inner
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c)))
            .unwrap_or(inner.len());
        let name = inner.get(..end).unwrap_or_default().trim_end_matches('.');
        let in_word = before
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '@');
        if name.is_empty() || in_word || ["here", "all", "channel"].contains(&name) {
            out.push('@');
            rest = inner;
        } else {
            out.push_str(&mention(name));
            rest = inner.get(name.len()..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}
