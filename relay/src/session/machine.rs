//! One connection as a state machine: [`Input`]s in, [`Command`]s out; the shell carries them out in order.
//!
//! Invariants:
//! - The first frame is `Hello`; nothing is read or written before it is accepted.
//! - Each operation of the session on a room is preceded by the check that its person is in it.
//! - Frames of a room are sent in seq order, each joining on to the one before.
//! - An `Applied` outcome for a subscribed room waits until the session has sent the room's changes through its seq, one for a room
//!   that the person was not in until the memberships have been read again; outcomes keep the order of the pushes.

use super::line::{CLOSE_GOING_AWAY, CLOSE_POLICY, CLOSE_RESTART};
use crate::error::{shutting_down, store_unavailable};
use crate::hub::{Attached, Heard, Missed, SharedFrame, Told};
use crate::limits::Limit;
use crate::metrics::metrics;
use crate::paging::{self, ChangesPage, HistoryPage};
use crate::store::accounts::Account;
use crate::watch::number::EventsPage;
use model::wire::{
    BlobLimits, ClientFrame, DecodeError, DirectoryEntry, ErrorCode, OpOutcome, Outcome,
    PROTOCOL_VERSION, RelayFrame, WireError,
};
use model::{Actor, Envelope, RoomId, Row, Seq, UserId, limits};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

/// Frames that are none, before the connection is closed.
const MALFORMED_MAX: u32 = 10;

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A frame came, or something that is none.
    Frame(Result<ClientFrame, DecodeError>),
    /// The answer to [`Command::Identify`].
    Identified(Result<(Account, Vec<RoomId>), WireError>),
    /// No `Hello` came in time.
    HelloTimeout,
    /// The answers to a [`Command::Submit`].
    Answers(Result<Vec<(RoomId, OpOutcome)>, WireError>),
    /// The answer to [`Command::ReadChanges`]; `None`: the store is behind the cursor.
    Changes(RoomId, Option<ChangesPage>),
    /// The answer to [`Command::ReadFirstPage`].
    FirstPage(RoomId, Option<(HistoryPage, Seq)>),
    /// The answer to [`Command::ReadOlderPage`].
    OlderPage(RoomId, HistoryPage),
    /// The answer to [`Command::Attach`].
    Attached(RoomId, Attached),
    /// The answer to [`Command::ReadMemberships`].
    Memberships(Vec<RoomId>),
    /// The answer to [`Command::ReadDirectory`].
    Directory(Vec<DirectoryEntry>),
    /// The database did not answer a read.
    ReadFailed,
    /// A frame of an attached room.
    Live(Arc<SharedFrame>),
    /// A delta of who is online in an attached room.
    Presence(RoomId, Told),
    /// The queue was full: the hub sends no more of this room.
    Lagging(RoomId),
    /// A channel that is followed has moved on.
    ChannelMoved(String),
    /// The answer to [`Command::ReadEvents`].
    Events(String, Result<EventsPage, WireError>),
    /// The person is not in this room any more, and the hub sends nothing more of it.
    Removed(RoomId),
    /// The person's memberships may have changed.
    MembershipsChanged,
    /// The store has become another one than the session was welcomed to.
    NewEpoch,
    /// The relay is stopping; after how many milliseconds the client is to come back.
    ShuttingDown(u32),
}

impl Input {
    /// Whether it is a page behind which there are more.
    #[must_use]
    pub fn is_to_be_continued(&self) -> bool {
        match self {
            Self::Changes(_, Some(page)) => page.more,
            Self::Events(_, Ok(page)) => page.more,
            _ => false,
        }
    }

    /// What the hub has said.
    #[must_use]
    pub fn of_heard(heard: Heard) -> Self {
        match heard {
            Heard::Frame(frame) => Self::Live(frame),
            Heard::Presence(room, told) => Self::Presence(room, told),
            Heard::Memberships => Self::MembershipsChanged,
            Heard::Removed(room) => Self::Removed(room),
            Heard::Channel(channel) => Self::ChannelMoved(channel),
        }
    }

    /// What follows from a full queue.
    #[must_use]
    pub fn of_missed(missed: Missed) -> Vec<Self> {
        let mut inputs: Vec<Self> = missed.removed.into_iter().map(Self::Removed).collect();
        inputs.extend(missed.channels.into_iter().map(Self::ChannelMoved));
        inputs.extend(missed.rooms.into_iter().map(Self::Lagging));
        if missed.memberships {
            inputs.push(Self::MembershipsChanged);
        }
        inputs
    }
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Send a frame.
    Send(RelayFrame),
    /// Send a frame that others get too.
    SendShared(Arc<SharedFrame>),
    /// Check the token and read the memberships.
    Identify(String),
    /// Register with the hub under this account.
    Register(Account),
    /// Hand operations to the applier.
    Submit(Actor, Vec<Envelope>),
    /// Tell the hub that a room is about to be read.
    Enter(RoomId),
    /// Read changes after a cursor.
    ReadChanges(RoomId, Seq),
    /// Read a room's first page.
    ReadFirstPage(RoomId),
    /// Read older messages.
    ReadOlderPage(RoomId, Seq, u32),
    /// Go live from a seq on.
    Attach(RoomId, Seq),
    /// Hear of a channel.
    Follow(String),
    /// Hear no more of a channel.
    Unfollow(String),
    /// Read a channel's events after a cursor; without one, where it stands.
    ReadEvents(String, Option<i64>),
    /// Tell the hub that the person is typing, or no more.
    Typing(RoomId, bool),
    /// End a subscription.
    Leave(RoomId),
    /// Read the memberships again.
    ReadMemberships(UserId),
    /// Read the directory.
    ReadDirectory,
    /// Close the connection, after what was sent.
    Close(u16),
}

/// A subscribed room.
#[derive(Debug)]
struct Subscription {
    /// Sent through here; `None` before the first page.
    sent: Option<Seq>,
    live: bool,
    /// Who is online was told up to this tick.
    presence: u64,
}

/// A channel that is followed.
#[derive(Debug)]
struct Followed {
    /// Sent through here; `None` before the first answer.
    sent: Option<i64>,
    reading: bool,
    /// It moved on while it was being read.
    stale: bool,
}

/// The machine.
#[derive(Debug)]
pub struct Machine {
    epoch: Uuid,
    account: Option<Account>,
    greeting: bool,
    closed: bool,
    malformed: u32,
    memberships: BTreeSet<RoomId>,
    rooms: BTreeMap<RoomId, Subscription>,
    channels: BTreeMap<String, Followed>,
    /// Answered operations whose rows have not been sent yet, in order.
    held: VecDeque<Held>,
    /// Reads of the memberships that were asked for, and answered.
    reads: (u64, u64),
    rooms_max: u32,
    channels_max: u32,
    blobs: Option<BlobLimits>,
}

/// An answered operation on its way to its author.
#[derive(Debug)]
struct Held {
    room: RoomId,
    outcome: OpOutcome,
    /// The read of the memberships that it waits for: it may have brought its author into a room, who is to hear of that first.
    after_read: u64,
}

impl Machine {
    /// A fresh connection to a store with this epoch.
    #[must_use]
    pub fn new(epoch: Uuid) -> Self {
        Self {
            epoch,
            account: None,
            greeting: false,
            closed: false,
            malformed: 0,
            memberships: BTreeSet::new(),
            rooms: BTreeMap::new(),
            channels: BTreeMap::new(),
            held: VecDeque::new(),
            reads: (0, 0),
            rooms_max: u32::MAX,
            channels_max: u32::MAX,
            blobs: None,
        }
    }

    /// The same, with what is taken of files.
    #[must_use]
    pub fn takes_files(self, blobs: Option<BlobLimits>) -> Self {
        Self { blobs, ..self }
    }

    /// The same, with so many rooms and channels at most.
    #[must_use]
    pub fn limited(self, rooms: u32, channels: u32) -> Self {
        Self {
            rooms_max: rooms,
            channels_max: channels,
            ..self
        }
    }

    /// Whether `Hello` has been accepted.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        self.account.is_some()
    }

    /// Whether operations are answered whose rows have not been sent yet.
    #[must_use]
    pub fn owes_outcomes(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whose session it is, once `Hello` has been accepted.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.account.as_ref().map(|account| account.id)
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input) -> Vec<Command> {
        let mut out = Vec::new();
        if !self.closed {
            self.take(input, &mut out);
        }
        out
    }

    fn take(&mut self, input: Input, out: &mut Vec<Command>) {
        match input {
            Input::Frame(Ok(frame)) => self.frame(frame, out),
            Input::Frame(Err(error)) => self.nonsense(&error, out),
            Input::Identified(Ok((account, rooms))) => self.identified(account, rooms, out),
            Input::Identified(Err(error)) => self.refuse(error, out),
            Input::HelloTimeout if self.account.is_none() => {
                self.refuse(hello_expected("No Hello came in time."), out);
            }
            Input::HelloTimeout => {}
            Input::Answers(Ok(outcomes)) => {
                self.hold(outcomes, out);
                self.release(out);
            }
            // What was pushed behind it is not applied either; the client pushes all of it again on a fresh connection.
            Input::Answers(Err(error)) => self.refuse(error, out),
            Input::Changes(room, page) => self.changes(room, page, out),
            Input::FirstPage(room, page) => self.first_page(room, page, out),
            Input::OlderPage(room, mut page) => {
                if self.memberships.contains(&room) {
                    send_ahead(room, &mut page, out);
                    let HistoryPage { rows, before } = page;
                    out.push(Command::Send(RelayFrame::Page { room, rows, before }));
                }
            }
            Input::Attached(room, attached) => self.attached(room, attached, out),
            Input::Presence(room, told) => self.presence(room, told, out),
            Input::Memberships(rooms) => {
                self.reads.1 += 1;
                self.set_memberships(rooms, out);
                self.release(out);
            }
            Input::Directory(rooms) => {
                let rooms = paging::directory(rooms);
                out.push(Command::Send(RelayFrame::Directory { rooms }));
            }
            // The client comes back with its cursors; keeping a half-subscribed connection would be a silent gap.
            Input::ReadFailed => self.refuse(store_unavailable(), out),
            Input::Live(frame) => self.live(frame, out),
            Input::Lagging(room) => self.read_on(room, out),
            Input::ChannelMoved(channel) => self.channel_moved(channel, out),
            Input::Events(channel, page) => self.events(channel, page, out),
            Input::Removed(room) => self.removed(room, out),
            Input::MembershipsChanged => {
                self.read_memberships(out);
            }
            // Rows and cursors of two states must not mix; the next Welcome says the new epoch, and the client offers what was lost.
            Input::NewEpoch => {
                let text = "The relay's database has been restored or replaced. What you wrote is kept and offered again.";
                out.push(error_frame(
                    ErrorCode::StoreUnavailable,
                    text,
                    Some(500),
                    None,
                ));
                self.close(CLOSE_RESTART, out);
            }
            Input::ShuttingDown(retry_after_ms) => {
                out.push(Command::Send(RelayFrame::Error(shutting_down(
                    retry_after_ms,
                ))));
                self.close(CLOSE_GOING_AWAY, out);
            }
        }
    }

    fn frame(&mut self, frame: ClientFrame, out: &mut Vec<Command>) {
        let Some(account) = &self.account else {
            return self.hello(frame, out);
        };
        match frame {
            ClientFrame::Hello { .. } => {
                let text =
                    "This connection has already said Hello. Open another one for another session.";
                out.push(error_frame(ErrorCode::Malformed, text, None, None));
            }
            ClientFrame::Push { ops } if ops.len() > limits::PUSH_MAX_OPS => {
                let text = format!(
                    "A push of {} operations is too large; at most {} fit. Send the rest in another.",
                    ops.len(),
                    limits::PUSH_MAX_OPS
                );
                out.push(error_frame(ErrorCode::TooLarge, &text, None, None));
            }
            ClientFrame::Push { ops } => {
                let actor = Actor {
                    user_id: account.id,
                    name: account.name.clone(),
                };
                if !ops.is_empty() {
                    out.push(Command::Submit(actor, ops));
                }
            }
            ClientFrame::Subscribe { room, after } => self.subscribe(room, after, out),
            ClientFrame::Unsubscribe { room } => {
                if self.rooms.remove(&room).is_some() {
                    out.push(Command::Leave(room));
                    self.release(out);
                }
            }
            ClientFrame::Fetch {
                room,
                before,
                limit,
            } => {
                if self.memberships.contains(&room) {
                    out.push(Command::ReadOlderPage(room, before, limit));
                } else {
                    out.push(room_not_found(room));
                }
            }
            ClientFrame::Watch { channel, after } => self.follow(channel, after, out),
            ClientFrame::Unwatch { channel } => {
                if self.channels.remove(&channel).is_some() {
                    out.push(Command::Unfollow(channel));
                }
            }
            ClientFrame::Typing { room, on } => {
                if self.rooms.contains_key(&room) {
                    out.push(Command::Typing(room, on));
                } else {
                    out.push(room_not_found(room));
                }
            }
            ClientFrame::Browse {} => out.push(Command::ReadDirectory),
        }
    }

    fn hello(&mut self, frame: ClientFrame, out: &mut Vec<Command>) {
        match frame {
            ClientFrame::Hello { version, .. } if version != PROTOCOL_VERSION => {
                let text = format!(
                    "The client speaks protocol version {version}, the relay {PROTOCOL_VERSION}. Update the older of the two."
                );
                let error = WireError {
                    code: ErrorCode::VersionUnsupported,
                    text,
                    retry_after_ms: None,
                    room: None,
                };
                self.refuse(error, out);
            }
            ClientFrame::Hello { token, .. } if !self.greeting => {
                self.greeting = true;
                out.push(Command::Identify(token));
            }
            _ => self.refuse(hello_expected("The first frame must be Hello."), out),
        }
    }

    fn nonsense(&mut self, error: &DecodeError, out: &mut Vec<Command>) {
        let code = match error {
            DecodeError::UnknownFrame { .. } => ErrorCode::UnknownFrame,
            DecodeError::Malformed { .. } => ErrorCode::Malformed,
        };
        out.push(error_frame(code, &error.to_string(), None, None));
        self.malformed += u32::from(code == ErrorCode::Malformed);
        if self.malformed >= MALFORMED_MAX || self.account.is_none() {
            self.close(CLOSE_POLICY, out);
        }
    }

    fn identified(&mut self, account: Account, rooms: Vec<RoomId>, out: &mut Vec<Command>) {
        self.memberships = rooms.iter().copied().collect();
        out.push(Command::Register(account.clone()));
        let (user, name, epoch) = (account.id, account.name.clone(), self.epoch);
        out.push(Command::Send(RelayFrame::Welcome {
            user,
            name,
            epoch,
            rooms,
            blobs: self.blobs.clone(),
        }));
        // Between reading the memberships and registering for their changes they may have changed.
        self.account = Some(account);
        self.read_memberships(out);
    }

    fn subscribe(&mut self, room: RoomId, after: Option<Seq>, out: &mut Vec<Command>) {
        if !self.memberships.contains(&room) {
            out.push(room_not_found(room));
            return;
        }
        if self.rooms.len() >= self.rooms_max as usize && !self.rooms.contains_key(&room) {
            metrics().refused(Limit::Rooms);
            let text = format!(
                "A connection can follow at most {} rooms. Unsubscribe from some first.",
                self.rooms_max
            );
            out.push(error_frame(ErrorCode::TooLarge, &text, None, Some(room)));
            return;
        }
        self.rooms.insert(
            room,
            Subscription {
                sent: after,
                live: false,
                presence: 0,
            },
        );
        out.push(Command::Enter(room));
        match after {
            Some(after) => out.push(Command::ReadChanges(room, after)),
            None => out.push(Command::ReadFirstPage(room)),
        }
    }

    fn follow(&mut self, channel: String, after: Option<i64>, out: &mut Vec<Command>) {
        if self.channels.len() >= self.channels_max as usize
            && !self.channels.contains_key(&channel)
        {
            metrics().refused(Limit::Channels);
            let text = format!(
                "A connection can follow at most {} channels. Unwatch some first.",
                self.channels_max
            );
            return out.push(error_frame(ErrorCode::TooLarge, &text, None, None));
        }
        let followed = Followed {
            sent: after,
            reading: true,
            stale: false,
        };
        self.channels.insert(channel.clone(), followed);
        // Before the read, so that nothing falls between.
        out.push(Command::Follow(channel.clone()));
        out.push(Command::ReadEvents(channel, after));
    }

    fn channel_moved(&mut self, channel: String, out: &mut Vec<Command>) {
        let Some(followed) = self.channels.get_mut(&channel) else {
            return;
        };
        if followed.reading {
            followed.stale = true;
        } else {
            followed.reading = true;
            out.push(Command::ReadEvents(channel, followed.sent));
        }
    }

    fn events(
        &mut self,
        channel: String,
        page: Result<EventsPage, WireError>,
        out: &mut Vec<Command>,
    ) {
        let Some(followed) = self.channels.get_mut(&channel) else {
            return;
        };
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.channels.remove(&channel);
                out.push(Command::Unfollow(channel));
                return out.push(Command::Send(RelayFrame::Error(error)));
            }
        };
        let first = followed.sent.is_none();
        let from = followed.sent.unwrap_or(page.through);
        followed.sent = Some(page.through);
        followed.reading = page.more || std::mem::take(&mut followed.stale);
        if followed.reading {
            out.push(Command::ReadEvents(channel.clone(), followed.sent));
        }
        if first || !page.events.is_empty() {
            let frame = RelayFrame::Events {
                channel,
                from,
                through: page.through,
                events: page.events,
            };
            // Before the read that follows.
            let at = out.len().saturating_sub(usize::from(followed.reading));
            out.insert(at, Command::Send(frame));
        }
    }

    fn changes(&mut self, room: RoomId, page: Option<ChangesPage>, out: &mut Vec<Command>) {
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(from) = subscription.sent else {
            return;
        };
        let Some(ChangesPage {
            rows,
            through,
            more,
        }) = page
        else {
            self.rooms.remove(&room);
            out.push(Command::Leave(room));
            out.push(Command::Send(RelayFrame::Resync { room }));
            return;
        };
        if self.puts_out(&rows) {
            return self.removed(room, out);
        }
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        subscription.sent = Some(through);
        out.push(Command::Send(RelayFrame::Changes {
            room,
            from,
            through,
            rows,
            more,
        }));
        out.push(if more {
            Command::ReadChanges(room, through)
        } else {
            Command::Attach(room, through)
        });
        self.release(out);
    }

    fn first_page(
        &mut self,
        room: RoomId,
        page: Option<(HistoryPage, Seq)>,
        out: &mut Vec<Command>,
    ) {
        if !self.rooms.contains_key(&room) {
            return;
        }
        let Some((mut page, through)) = page else {
            self.rooms.remove(&room);
            out.push(Command::Leave(room));
            out.push(room_not_found(room));
            return;
        };
        if self.puts_out(&page.rows) {
            return self.removed(room, out);
        }
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        subscription.sent = Some(through);
        send_ahead(room, &mut page, out);
        let HistoryPage { rows, before } = page;
        out.push(Command::Send(RelayFrame::Snapshot {
            room,
            rows,
            through,
            before,
        }));
        out.push(Command::Attach(room, through));
        self.release(out);
    }

    fn attached(&mut self, room: RoomId, attached: Attached, out: &mut Vec<Command>) {
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        match attached {
            Attached::Behind => self.read_on(room, out),
            // What follows is on its way: the person was put out.
            Attached::Gone => {}
            Attached::Live(frames, told) => {
                subscription.live = true;
                subscription.presence = told.tick;
                out.push(Command::SendShared(told.frame));
                for frame in frames {
                    self.live(frame, out);
                }
            }
        }
    }

    /// A delta joins on to the list that was sent; one that waited in the queue since before it is none any more.
    fn presence(&mut self, room: RoomId, told: Told, out: &mut Vec<Command>) {
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        if subscription.live && told.tick > subscription.presence {
            subscription.presence = told.tick;
            out.push(Command::SendShared(told.frame));
        }
    }

    fn live(&mut self, shared: Arc<SharedFrame>, out: &mut Vec<Command>) {
        let RelayFrame::Changes {
            room,
            from,
            through,
            ..
        } = &shared.frame
        else {
            return;
        };
        let (room, from, through) = (*room, *from, *through);
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(sent) = subscription
            .sent
            .filter(|sent| subscription.live && through > *sent)
        else {
            return;
        };
        if from > sent {
            return self.read_on(room, out);
        }
        subscription.sent = Some(through);
        out.push(Command::SendShared(shared));
        self.release(out);
    }

    /// Goes on as a catch-up reader from what was sent.
    fn read_on(&mut self, room: RoomId, out: &mut Vec<Command>) {
        let Some(subscription) = self.rooms.get_mut(&room) else {
            return;
        };
        subscription.live = false;
        if let Some(sent) = subscription.sent {
            out.push(Command::ReadChanges(room, sent));
        }
    }

    fn set_memberships(&mut self, rooms: Vec<RoomId>, out: &mut Vec<Command>) {
        let now: BTreeSet<RoomId> = rooms.iter().copied().collect();
        if now == self.memberships {
            return;
        }
        self.memberships = now;
        let lost: Vec<RoomId> = self
            .rooms
            .keys()
            .filter(|room| !self.memberships.contains(room))
            .copied()
            .collect();
        for room in lost {
            self.rooms.remove(&room);
            out.push(Command::Leave(room));
        }
        out.push(Command::Send(RelayFrame::Memberships { rooms }));
        self.release(out);
    }

    /// Out at once. If they were let in again meanwhile, the read says so and the client subscribes anew.
    fn removed(&mut self, room: RoomId, out: &mut Vec<Command>) {
        let mut rooms = self.memberships.clone();
        if rooms.remove(&room) {
            self.set_memberships(rooms.into_iter().collect(), out);
        }
        self.read_memberships(out);
    }

    /// Whether these rows, read for the session, show that its person is out of the room.
    fn puts_out(&self, rows: &[Row]) -> bool {
        rows.iter().any(|row| match row {
            Row::Member(member) => member.left_at.is_some() && Some(member.user_id) == self.user(),
            _ => false,
        })
    }

    fn read_memberships(&mut self, out: &mut Vec<Command>) {
        if let Some(user) = self.user() {
            self.reads.0 += 1;
            out.push(Command::ReadMemberships(user));
        }
    }

    fn hold(&mut self, outcomes: Vec<(RoomId, OpOutcome)>, out: &mut Vec<Command>) {
        let enters = outcomes.iter().any(|(room, outcome)| {
            matches!(outcome.outcome, Outcome::Applied { .. }) && !self.memberships.contains(room)
        });
        if enters {
            self.read_memberships(out);
        }
        let after_read = if enters { self.reads.0 } else { 0 };
        self.held
            .extend(outcomes.into_iter().map(|(room, outcome)| Held {
                room,
                outcome,
                after_read,
            }));
    }

    /// Sends the outcomes whose rows have been sent, up to the first whose rows have not.
    fn release(&mut self, out: &mut Vec<Command>) {
        let mut outcomes = Vec::new();
        while let Some(held) = self.held.front() {
            let waits = match (&held.outcome.outcome, self.rooms.get(&held.room)) {
                (Outcome::Applied { seq }, Some(subscription)) => {
                    subscription.sent.is_none_or(|sent| sent < *seq)
                }
                _ => false,
            };
            if waits || held.after_read > self.reads.1 {
                break;
            }
            outcomes.extend(self.held.pop_front().map(|held| held.outcome));
        }
        if !outcomes.is_empty() {
            out.push(Command::Send(RelayFrame::Outcomes { outcomes }));
        }
    }

    fn refuse(&mut self, error: WireError, out: &mut Vec<Command>) {
        out.push(Command::Send(RelayFrame::Error(error)));
        self.close(CLOSE_POLICY, out);
    }

    fn close(&mut self, code: u16, out: &mut Vec<Command>) {
        self.closed = true;
        out.push(Command::Close(code));
    }
}

/// What does not fit a page's frame, as changes that move no cursor: whoever loses the connection in between asks for the page again.
fn send_ahead(room: RoomId, page: &mut HistoryPage, out: &mut Vec<Command>) {
    for rows in paging::ahead(page) {
        out.push(Command::Send(RelayFrame::Changes {
            room,
            from: Seq::ZERO,
            through: Seq::ZERO,
            rows,
            more: true,
        }));
    }
}

fn error_frame(
    code: ErrorCode,
    text: &str,
    retry_after_ms: Option<u32>,
    room: Option<RoomId>,
) -> Command {
    Command::Send(RelayFrame::Error(WireError {
        code,
        text: text.to_owned(),
        retry_after_ms,
        room,
    }))
}

fn room_not_found(room: RoomId) -> Command {
    let text =
        "There is no such room, or you are not in it. Ask someone in the room to invite you.";
    error_frame(ErrorCode::RoomNotFound, text, None, Some(room))
}

fn hello_expected(what: &str) -> WireError {
    WireError {
        code: ErrorCode::HelloExpected,
        text: format!("{what} Send Hello with a token from /v1/login first."),
        retry_after_ms: None,
        room: None,
    }
}

#[cfg(test)]
mod tests;
