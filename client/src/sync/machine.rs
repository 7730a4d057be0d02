//! The sync engine as a state machine: [`Event`]s in, [`Instruction`]s out; the shell does the I/O in the order of the
//! instructions.
//!
//! Invariants:
//! - A frame is stored before anything that follows from it is sent.
//! - At most one copy of an operation is in flight; after a lost connection all unanswered ones are pushed again.
//! - A room is subscribed with the cursor that the database holds, never with one that is only in memory.
//! - Pending operations never hold up incoming rows.

use super::backoff;
use model::view::Connection;
use model::wire::{ClientFrame, ErrorCode, PROTOCOL_VERSION, RelayFrame, WireError};
use model::{Envelope, OpId, RoomId, Seq, limits};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Try to connect now: at the start, after signing in, when the network changed.
    Wake,
    /// The profile was signed out by its owner.
    SignedOut,
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened.
    Closed {
        /// Why, for people.
        reason: String,
        /// From 0 to `u32::MAX`, for the jitter.
        random: u32,
    },
    /// A frame came.
    Frame(RelayFrame),
    /// A frame is in the database.
    Stored(Stored),
    /// The answer to [`Instruction::LoadOutbox`].
    Outbox(Vec<Envelope>),
    /// The outbox has something new.
    OutboxChanged,
    /// Ask for the directory.
    Browse,
    /// We are typing, or no more.
    Typing {
        /// Where.
        room: RoomId,
        /// Typing, or no more.
        on: bool,
    },
    /// The time of [`Instruction::SetTimer`] has come.
    Timer,
    /// The local database was replaced: nothing that it said is true any more.
    Rebuilt,
}

/// What storing a frame told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The rooms that we are in, with their cursors.
    Rooms(Vec<Subscription>),
    /// A room's changes; `cursor` is where it stands now.
    Changes {
        /// Which.
        room: RoomId,
        /// More follow at once.
        more: bool,
        /// Where the cursor stands; `None` when the room has none.
        cursor: Option<Seq>,
        /// How far the frame went.
        through: Seq,
    },
    /// A room's first or older page; `before` is where to go on fetching.
    Page {
        /// Which.
        room: RoomId,
        /// `None`: the whole history is here.
        before: Option<Seq>,
    },
    /// The room's cursor is forgotten.
    Forgotten {
        /// Which.
        room: RoomId,
    },
    /// Nothing follows from it.
    Done,
}

/// A room and how much of it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The room.
    pub room: RoomId,
    /// Its cursor; `None` before the first page.
    pub cursor: Option<Seq>,
    /// Where backfill goes on; `None` when it is done, or not begun.
    pub before: Option<Seq>,
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Instruction {
    /// Open a socket; answer with `Opened` or `Closed`.
    Connect,
    /// Close the socket, if there is one; no answer.
    Disconnect,
    /// Say hello with the profile's token.
    SendHello {
        /// The protocol's version.
        version: u16,
    },
    /// Send a frame.
    Send(ClientFrame),
    /// Write a frame into the database; answer with `Stored`.
    Store(RelayFrame),
    /// Read the outbox, passing over what is in flight; answer with `Outbox`.
    LoadOutbox {
        /// In flight.
        in_flight: BTreeSet<OpId>,
    },
    /// Replace the one timer.
    SetTimer(Duration),
    /// Write how many rooms are level with the relay into the database.
    Progress {
        /// So many.
        level: u32,
        /// Of so many.
        rooms: u32,
    },
    /// Write the connection's state into the database.
    Report(Connection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waiting for the timer or for a wake-up.
    Idle,
    /// A socket is being opened.
    Connecting,
    /// Hello is said.
    Greeting,
    /// Welcome was heard.
    Ready,
    /// The relay does not want us; only a wake-up helps.
    Refused,
}

/// The machine.
#[derive(Debug)]
pub struct Machine {
    phase: Phase,
    attempt: u32,
    in_flight: BTreeSet<OpId>,
    /// The subscribed rooms; `true`: level with the relay.
    rooms: BTreeMap<RoomId, bool>,
    loading: bool,
    load_again: bool,
    /// The relay asked for patience; pushes wait for the timer.
    holding: bool,
    /// The relay stops, and wants its people back one after the other.
    come_back_after: Duration,
    reported: Option<Connection>,
    /// Rooms that were last said to be level, and of how many.
    progress: (usize, usize),
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            attempt: 0,
            in_flight: BTreeSet::new(),
            rooms: BTreeMap::new(),
            loading: false,
            load_again: false,
            holding: false,
            come_back_after: Duration::ZERO,
            reported: None,
            progress: (0, 0),
        }
    }
}

impl Machine {
    /// Takes one event.
    pub fn handle(&mut self, event: Event) -> Vec<Instruction> {
        let mut out = Vec::new();
        match event {
            Event::Wake => match self.phase {
                Phase::Idle | Phase::Refused => {
                    self.attempt = 0;
                    self.connect(&mut out);
                }
                Phase::Connecting | Phase::Greeting | Phase::Ready => {}
            },
            Event::SignedOut => {
                self.forget_connection();
                self.phase = Phase::Refused;
                out.push(Instruction::Disconnect);
                let reason = "You signed out. Sign in to send and receive.".to_owned();
                self.report(Connection::SignedOut { reason }, &mut out);
            }
            Event::Opened => {
                self.phase = Phase::Greeting;
                out.push(Instruction::SendHello {
                    version: PROTOCOL_VERSION,
                });
            }
            Event::Closed { reason, random } => self.closed(reason, random, &mut out),
            Event::Frame(frame) => self.frame(frame, &mut out),
            Event::Stored(stored) => self.stored(stored, &mut out),
            Event::Outbox(ops) => self.outbox(ops, &mut out),
            Event::OutboxChanged => match self.phase {
                Phase::Ready => self.load(&mut out),
                // Somebody is writing: see at once whether the relay is back, if it is not being tried anyway.
                Phase::Idle => self.connect(&mut out),
                Phase::Connecting | Phase::Greeting | Phase::Refused => {}
            },
            Event::Browse if self.phase == Phase::Ready => {
                out.push(Instruction::Send(ClientFrame::Browse {}));
            }
            Event::Browse => {}
            // Worth nothing later.
            Event::Typing { room, on } if self.rooms.contains_key(&room) => {
                out.push(Instruction::Send(ClientFrame::Typing { room, on }));
            }
            Event::Typing { .. } => {}
            Event::Rebuilt => self.rebuilt(&mut out),
            Event::Timer => match self.phase {
                Phase::Idle => self.connect(&mut out),
                Phase::Ready => {
                    self.holding = false;
                    self.load(&mut out);
                }
                Phase::Connecting | Phase::Greeting | Phase::Refused => {}
            },
        }
        out
    }

    /// Whether a connection is wanted but must wait: the shell watches the network then.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.phase == Phase::Idle
    }

    fn connect(&mut self, out: &mut Vec<Instruction>) {
        self.phase = Phase::Connecting;
        // A failing relay is shown as offline with its reason, not as a flicker of tries.
        if self.attempt == 0 {
            self.report(Connection::Connecting, out);
        }
        out.push(Instruction::Connect);
    }

    fn closed(&mut self, reason: String, random: u32, out: &mut Vec<Instruction>) {
        if self.phase == Phase::Refused {
            return;
        }
        self.forget_connection();
        self.phase = Phase::Idle;
        let told = std::mem::take(&mut self.come_back_after);
        let pause = backoff::delay(self.attempt, random).max(told);
        out.push(Instruction::SetTimer(pause));
        self.attempt = self.attempt.saturating_add(1);
        self.report(Connection::Offline { reason }, out);
    }

    fn rebuilt(&mut self, out: &mut Vec<Instruction>) {
        // The new database has not been told.
        let Some(reported) = self.reported.take() else {
            return;
        };
        if self.phase == Phase::Refused {
            self.report(reported, out);
            return;
        }
        self.forget_connection();
        self.attempt = 0;
        out.push(Instruction::Disconnect);
        self.connect(out);
    }

    fn forget_connection(&mut self) {
        self.in_flight.clear();
        self.rooms.clear();
        self.loading = false;
        self.load_again = false;
        self.holding = false;
    }

    fn frame(&mut self, frame: RelayFrame, out: &mut Vec<Instruction>) {
        if self.phase == Phase::Greeting && matches!(frame, RelayFrame::Welcome { .. }) {
            self.phase = Phase::Ready;
            self.attempt = 0;
            self.report(Connection::CatchingUp, out);
        }
        match frame {
            RelayFrame::Error(error) => self.error(&error, out),
            RelayFrame::Outcomes { outcomes } => {
                for outcome in &outcomes {
                    self.in_flight.remove(&outcome.op_id);
                }
                out.push(Instruction::Store(RelayFrame::Outcomes { outcomes }));
                self.load(out);
            }
            frame => out.push(Instruction::Store(frame)),
        }
    }

    fn error(&mut self, error: &WireError, out: &mut Vec<Instruction>) {
        match error.code {
            ErrorCode::TokenInvalid
            | ErrorCode::TokenExpired
            | ErrorCode::BadCredentials
            | ErrorCode::AccountDeactivated
            | ErrorCode::VersionUnsupported => {
                self.forget_connection();
                self.phase = Phase::Refused;
                out.push(Instruction::Disconnect);
                self.report(
                    Connection::SignedOut {
                        reason: error.text.clone(),
                    },
                    out,
                );
            }
            ErrorCode::StoreUnavailable | ErrorCode::StoreReadOnly | ErrorCode::Overloaded => {
                // What was in flight was not taken: push it again when the relay has had its pause.
                self.in_flight.clear();
                self.holding = true;
                let pause = u64::from(error.retry_after_ms.unwrap_or(1000));
                out.push(Instruction::SetTimer(Duration::from_millis(pause)));
            }
            ErrorCode::ShuttingDown => {
                let pause = u64::from(error.retry_after_ms.unwrap_or(0));
                self.come_back_after = Duration::from_millis(pause).min(COME_BACK_MAX);
            }
            ErrorCode::RateLimited => {
                // What is in flight will be answered, only later; nothing is gained by sending more meanwhile.
                self.holding = true;
                let pause = u64::from(error.retry_after_ms.unwrap_or(1000));
                out.push(Instruction::SetTimer(Duration::from_millis(pause)));
            }
            ErrorCode::RoomNotFound => {
                if let Some(room) = error.room {
                    self.rooms.remove(&room);
                    self.report_progress(out);
                }
            }
            _ => {}
        }
    }

    fn stored(&mut self, stored: Stored, out: &mut Vec<Instruction>) {
        if self.phase != Phase::Ready {
            return;
        }
        match stored {
            Stored::Rooms(subscriptions) => {
                let first = self.reported == Some(Connection::CatchingUp) && self.rooms.is_empty();
                self.rooms
                    .retain(|room, _| subscriptions.iter().any(|one| one.room == *room));
                for subscription in subscriptions {
                    if !self.rooms.contains_key(&subscription.room) {
                        self.subscribe(&subscription, out);
                    }
                }
                if first {
                    out.push(Instruction::Send(ClientFrame::Browse {}));
                    self.load(out);
                }
                self.report_progress(out);
            }
            Stored::Changes {
                room,
                more,
                cursor,
                through,
            } => {
                // Before the first page there is no cursor to join on to; that page brings these rows as well.
                if let (Some(level), Some(cursor)) = (self.rooms.get_mut(&room), cursor) {
                    if cursor < through {
                        // A frame that does not join on: ask again from where the database stands.
                        *level = false;
                        let after = Some(cursor);
                        out.push(Instruction::Send(ClientFrame::Subscribe { room, after }));
                    } else if !more {
                        *level = true;
                    }
                }
                self.report_progress(out);
            }
            Stored::Page { room, before } => {
                if let Some(level) = self.rooms.get_mut(&room) {
                    *level = true;
                    self.fetch(room, before, out);
                }
                self.report_progress(out);
            }
            Stored::Forgotten { room } => {
                if let Some(level) = self.rooms.get_mut(&room) {
                    *level = false;
                    out.push(Instruction::Send(ClientFrame::Subscribe {
                        room,
                        after: None,
                    }));
                }
            }
            Stored::Done => {}
        }
    }

    fn subscribe(&mut self, subscription: &Subscription, out: &mut Vec<Instruction>) {
        let Subscription {
            room,
            cursor,
            before,
        } = *subscription;
        self.rooms.insert(room, false);
        out.push(Instruction::Send(ClientFrame::Subscribe {
            room,
            after: cursor,
        }));
        if cursor.is_some() {
            self.fetch(room, before, out);
        }
    }

    fn fetch(&self, room: RoomId, before: Option<Seq>, out: &mut Vec<Instruction>) {
        if let Some(before) = before {
            let limit = limits::PAGE_MAX_ROWS;
            out.push(Instruction::Send(ClientFrame::Fetch {
                room,
                before,
                limit,
            }));
        }
    }

    fn load(&mut self, out: &mut Vec<Instruction>) {
        if self.holding {
            return;
        }
        if self.loading {
            self.load_again = true;
            return;
        }
        self.loading = true;
        out.push(Instruction::LoadOutbox {
            in_flight: self.in_flight.clone(),
        });
    }

    fn outbox(&mut self, ops: Vec<Envelope>, out: &mut Vec<Instruction>) {
        let wanted = std::mem::take(&mut self.loading);
        if self.phase != Phase::Ready || !wanted {
            return;
        }
        let again = std::mem::take(&mut self.load_again) || !ops.is_empty();
        if !ops.is_empty() && !self.holding {
            self.in_flight
                .extend(ops.iter().map(|envelope| envelope.op_id));
            out.push(Instruction::Send(ClientFrame::Push { ops }));
        }
        // Pipelined, but bounded: the rest follows the outcomes.
        if again && self.in_flight.len() < IN_FLIGHT_MAX {
            self.load(out);
        }
    }

    fn report_progress(&mut self, out: &mut Vec<Instruction>) {
        let level = self.rooms.values().all(|level| *level);
        self.tell_progress(out);
        self.report(
            if level {
                Connection::Online
            } else {
                Connection::CatchingUp
            },
            out,
        );
    }

    /// Says it in twenty steps: each is a transaction.
    fn tell_progress(&mut self, out: &mut Vec<Instruction>) {
        let rooms = self.rooms.len();
        let level = self.rooms.values().filter(|level| **level).count();
        let step = |level: usize| level * 20 / rooms.max(1);
        let is_said = rooms == self.progress.1 && step(level) == step(self.progress.0);
        if is_said {
            return;
        }
        self.progress = (level, rooms);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        out.push(Instruction::Progress {
            level: count(level),
            rooms: count(rooms),
        });
    }

    fn report(&mut self, state: Connection, out: &mut Vec<Instruction>) {
        if self.reported.as_ref() != Some(&state) {
            self.reported = Some(state.clone());
            out.push(Instruction::Report(state));
        }
    }
}

/// The longest time that a relay may ask to be left alone for.
const COME_BACK_MAX: Duration = Duration::from_secs(60);

/// Operations that may be on their way unanswered: a few pushes, so that the line stays busy and a resend stays small.
const IN_FLIGHT_MAX: usize = 4 * limits::PUSH_MAX_OPS;

#[cfg(test)]
mod tests;
