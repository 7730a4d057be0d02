//! Imports and exports: what is under way, and what is to be chosen before an import begins.

use crate::id::{Millis, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A format of a file that is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeFormat {
    /// A Slack export; read only.
    Slack,
    /// A Mattermost bulk export; read only.
    Mattermost,
    /// Our own: read and written.
    JsonLines,
    /// A file a room and month, for people; written only.
    Markdown,
    /// A database, for whoever asks questions; written only.
    Sqlite,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeKind {
    /// From a file to the relay.
    Import,
    /// From this device to a file.
    Export,
}

/// How far one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeState {
    /// The file is being read; nothing is sent yet.
    Reading,
    /// The file is read: the person chooses.
    Ready,
    /// Under way.
    Running,
    /// The relay can't be reached, or is busy: it goes on by itself.
    Waiting,
    /// The person has stopped it; it can go on.
    Paused,
    /// All is done.
    Done,
    /// It can't go on; the reason says what to do.
    Failed,
}

impl ExchangeState {
    /// Whether something works on it, or will by itself.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Reading | Self::Running | Self::Waiting)
    }
}

/// An import or an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeView {
    /// For what is done with it.
    pub id: i64,
    /// Which way.
    pub kind: ExchangeKind,
    /// What is read or written.
    pub format: ExchangeFormat,
    /// The file or folder.
    pub path: String,
    /// How far it is.
    pub state: ExchangeState,
    /// Why it waits or failed; what a finished one has to say.
    pub reason: String,
    /// How much is done: bytes while a file is read, else messages.
    pub done: u64,
    /// Of how much; 0: not known.
    pub total: u64,
    /// What came of it so far.
    pub counts: ExchangeCounts,
    /// What was left out, most first.
    pub skipped: Vec<SkippedView>,
    /// Where the report is, once there is one.
    pub report: Option<String>,
    /// When it was begun.
    pub started_at: Millis,
}

/// What came of an import or export so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExchangeCounts {
    /// Accounts that were made, or people that were written.
    pub people: u64,
    /// Rooms.
    pub rooms: u64,
    /// Messages.
    pub messages: u64,
    /// Reactions.
    pub reactions: u64,
    /// What was there and has changed.
    pub changed: u64,
    /// What was there already.
    pub same: u64,
}

/// What was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedView {
    /// Why.
    pub reason: String,
    /// How often.
    pub count: u64,
    /// Where one of them is.
    pub example: String,
}

/// What an import would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// Its rooms.
    pub rooms: Vec<ImportRoom>,
    /// Its people, those who wrote most first.
    pub people: Vec<ImportPerson>,
    /// The relay's accounts, for choosing.
    pub accounts: Vec<crate::op::NamedUser>,
    /// How many messages it has.
    pub messages: u64,
    /// How many reactions.
    pub reactions: u64,
    /// What is left out whatever is chosen.
    pub skipped: Vec<SkippedView>,
}

/// A room of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRoom {
    /// What the export knows it by.
    pub id: String,
    /// Its name.
    pub name: String,
    /// It is between named people only, and stays so.
    pub direct: bool,
    /// It was between its members only, and would be open to everybody here.
    pub private: bool,
    /// How many messages it has.
    pub messages: u64,
    /// It would be imported.
    pub chosen: bool,
}

/// Somebody in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPerson {
    /// What the export knows them by.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address, if the export has it.
    pub email: Option<String>,
    /// It is a program.
    pub bot: bool,
    /// How many messages they wrote.
    pub messages: u64,
    /// Who they would be here.
    pub becomes: PersonBecomes,
}

/// Who somebody in an export is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonBecomes {
    /// Somebody who has an account.
    Account(UserId),
    /// A new account, which nobody can sign in to until it is claimed by invite.
    Placeholder,
    /// Nobody: what they wrote is left out.
    Skipped,
}

/// What a person has chosen for an import, where that is not what was suggested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportChoices {
    /// Rooms that are imported though they were not suggested: private ones.
    pub with_rooms: BTreeSet<String>,
    /// Rooms that are left out though they were suggested.
    pub without_rooms: BTreeSet<String>,
    /// Who somebody is here.
    pub people: BTreeMap<String, PersonBecomes>,
}

impl ImportChoices {
    /// Whether a room is imported.
    #[must_use]
    pub fn takes(&self, id: &str, private: bool) -> bool {
        match private {
            true => self.with_rooms.contains(id),
            false => !self.without_rooms.contains(id),
        }
    }
}

/// What is to be exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRequest {
    /// How.
    pub format: ExchangeFormat,
    /// Where to: a file, of Markdown a folder.
    pub path: String,
    /// Which rooms; none: all.
    pub rooms: Vec<RoomId>,
    /// Messages of this time or later.
    pub since: Option<Millis>,
    /// Messages before this time.
    pub until: Option<Millis>,
}
