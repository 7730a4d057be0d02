//! The tokio shell around the session machine: one task a connection.
//!
//! Invariants: memory is bounded: what comes by the [`Line`], pushes under way by [`PUSHES_MAX`] (more are not read from the socket),
//! frames to send by the hub's queue; a peer that is silent ([`Pulse`]) or does not take what is sent is given up.

use super::line::{
    Broken, CLOSE_GOING_AWAY, CLOSE_POLICY, CLOSE_RESTART, CLOSE_TOO_LARGE, Line, Received,
};
use super::machine::{Command, Input, Machine};
use super::pulse::{Beat, Pulse};
use crate::RelayError;
use crate::accounts::{self, Bearer, Identity};
use crate::apply::{Answer, Applier, Submitter};
use crate::blobs::Blobs;
use crate::bus::Buses;
use crate::config::Registration;
use crate::drain::{self, Stage};
use crate::error::store_unavailable;
use crate::front::Guest;
use crate::front::counts::Counted;
use crate::front::gate::{Gate, rate_limited};
use crate::front::rates::{Due, SessionRates};
use crate::hub::{Heard, Hub, Lag, Missed, SessionId};
use crate::limits::{Limit, seconds};
use crate::metrics::metrics;
use crate::store::Store;
use crate::watch::WatchConfig;
use crate::watch::number::{self, For};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use model::wire::{ClientFrame, DecodeError, ErrorCode, RelayFrame, WireError};
use model::{UserId, limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// Pushes of one session under way.
const PUSHES_MAX: usize = 8;

/// How often a session is told that it is slowed.
const TELL_SLOWED_EVERY: Duration = Duration::from_secs(1);

/// The longest session that `amend-relay token` makes; a timer needs a bound.
const SECONDS_LEFT_MAX: f64 = 3650.0 * 86_400.0;

/// What all sessions share.
#[derive(Clone)]
pub struct Shared {
    /// The store.
    pub store: Store,
    /// The registry.
    pub hub: Arc<Hub>,
    /// How the other relays are reached.
    pub bus: Arc<Buses>,
    /// Where pushes go.
    pub applier: Applier,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// The host's own identity provider, if there is one.
    pub identity: Option<Arc<Identity>>,
    /// Files, if any are taken.
    pub blobs: Option<Blobs>,
    /// Watched tables.
    pub watch: Arc<[WatchConfig]>,
    /// Limits.
    pub(crate) gate: Arc<Gate>,
    /// How far the relay is with stopping.
    pub stage: watch::Receiver<Stage>,
}

impl Shared {
    /// Whether somebody may follow a channel.
    #[must_use]
    pub fn admits(&self, channel: &str, name: &str, is_admin: bool) -> bool {
        let entry = self.watch.iter().find(|entry| entry.channel == channel);
        entry.is_some_and(|entry| entry.admits(name, is_admin))
    }
}

struct Registered {
    id: SessionId,
    heard: mpsc::Receiver<Heard>,
    lag: Arc<Lag>,
}

struct Shell {
    shared: Shared,
    line: Line,
    machine: Machine,
    /// The store's identity, and when it becomes another one.
    epoch: watch::Receiver<Uuid>,
    registered: Option<Registered>,
    submitter: Submitter,
    answers: FuturesOrdered<oneshot::Receiver<Answer>>,
    /// The token of the session and when it expires, once it was good.
    token: Option<(Bearer, Instant)>,
    /// As of the last time that the token was looked at.
    who: Option<(String, bool)>,
    /// Messages in both directions, for the log.
    taken: u64,
    sent: u64,
    /// Why it ends, for the log.
    why: &'static str,
    rates: SessionRates,
    /// What came too early; nothing is read before it has been taken.
    slowed: Option<Box<Slowed>>,
    slowed_told: Option<Instant>,
    /// One of the account's connections.
    counted: Option<Counted<model::UserId>>,
    _guest: Guest,
}

/// Something that came, whose time comes when its rate allows it.
struct Slowed {
    until: Instant,
    due: Due,
    /// `None`: it was only a ping.
    frame: Option<Result<ClientFrame, DecodeError>>,
}

/// Why the connection ends.
struct Ended;

/// What all lines of a session stand in.
#[must_use]
pub fn span(id: &str) -> tracing::Span {
    tracing::info_span!(parent: None, "session", session = id, user = tracing::field::Empty)
}

/// Serves one connection to its end.
pub async fn serve(line: Line, shared: Shared, guest: Guest) {
    let limits = &shared.gate.limits;
    let mut epoch = shared.store.health().epoch();
    let machine = Machine::new(*epoch.borrow_and_update())
        .limited(limits.rooms_per_connection, limits.channels_per_connection)
        .takes_files(shared.blobs.as_ref().map(|blobs| blobs.limits.clone()));
    let rates = SessionRates::new(limits);
    tracing::debug!(address = %guest.address, "a session begins");
    let answers = FuturesOrdered::new();
    let submitter = shared.applier.session();
    let mut shell = Shell {
        shared,
        line,
        machine,
        epoch,
        registered: None,
        submitter,
        answers,
        token: None,
        who: None,
        taken: 0,
        sent: 0,
        why: "the client left",
        rates,
        slowed: None,
        slowed_told: None,
        counted: None,
        _guest: guest,
    };
    metrics().connections.inc();
    let began = Instant::now();
    tracing::info!(codec = shell.line.codec().subprotocol(), "session opened");
    let _ = shell.run().await;
    metrics().connections.dec();
    let seconds = began.elapsed().as_secs();
    let (taken, sent, why) = (shell.taken, shell.sent, shell.why);
    tracing::info!(why, seconds, taken, sent, "session closed");
    shell.unregister();
}

impl Shell {
    async fn run(&mut self) -> Result<(), Ended> {
        let began = Instant::now();
        let limits = &self.shared.gate.limits;
        let hello_by = began + seconds(limits.hello_seconds);
        let mut pulse = Pulse::new(
            began,
            seconds(limits.ping_seconds),
            seconds(limits.silence_seconds),
        );
        let mut stage = self.shared.stage.clone();
        // Set when the relay is stopping: nothing more is read, and what was pushed is answered until then.
        let mut leave_by: Option<Instant> = None;
        loop {
            let owed = !self.answers.is_empty() || self.machine.owes_outcomes();
            if leave_by.is_some_and(|by| !owed || by <= Instant::now()) {
                let sessions = u64::try_from(metrics().connections.get()).unwrap_or(0);
                let after = drain::come_back_after(self.submitter.number(), sessions);
                self.settle(vec![Input::ShuttingDown(after)]).await?;
            }
            let identified = self.machine.is_identified();
            let expires = self.token.as_ref().map(|(_, at)| *at);
            let (heard, lag) = match &mut self.registered {
                Some(one) => (Some(&mut one.heard), Some(&one.lag)),
                None => (None, None),
            };
            let slowed = self.slowed.as_ref().map(|slowed| slowed.until);
            let listens = slowed.is_none() && self.answers.len() < PUSHES_MAX && leave_by.is_none();
            // Reads and writes need kilobytes of room, on the heap and for as long as they last: an idle session's task is small.
            let inputs = tokio::select! {
                received = self.line.receive(), if listens => {
                    Box::pin(self.read(received)).await?
                }
                () = tokio::time::sleep_until(slowed.unwrap_or(began)), if slowed.is_some() && leave_by.is_none() => {
                    Box::pin(self.go_on()).await?
                }
                Some(answer) = self.answers.next() => {
                    let answer = answer.unwrap_or_else(|_| Err(store_unavailable()));
                    vec![Input::Answers(answer)]
                }
                heard = next(heard) => vec![Input::of_heard(heard)],
                missed = missed(lag) => Input::of_missed(missed),
                () = tokio::time::sleep_until(hello_by), if !identified => {
                    metrics().refused(Limit::Hello);
                    vec![Input::HelloTimeout]
                }
                () = tokio::time::sleep_until(expires.unwrap_or(began)), if expires.is_some() => {
                    self.token = None;
                    vec![Input::Identified(Err(RelayError::TokenExpired.to_wire()))]
                }
                () = tokio::time::sleep_until(pulse.next()) => {
                    Box::pin(self.beat(&mut pulse)).await?;
                    Vec::new()
                }
                Ok(()) = self.epoch.changed() => vec![Input::NewEpoch],
                () = drain::stopping(&mut stage), if leave_by.is_none() => {
                    leave_by = Some(Instant::now() + drain::ANSWERS_MAX);
                    Vec::new()
                }
                () = tokio::time::sleep_until(leave_by.unwrap_or(began)), if leave_by.is_some() => Vec::new(),
            };
            Box::pin(self.settle(inputs)).await?;
        }
    }

    /// Feeds the machine until nothing follows any more.
    async fn settle(&mut self, inputs: Vec<Input>) -> Result<(), Ended> {
        let mut inputs = VecDeque::from(inputs);
        while let Some(input) = inputs.pop_front() {
            for command in self.machine.handle(input) {
                let Some(answer) = self.perform(command).await? else {
                    continue;
                };
                // Somebody who catches up with much must not be put out, or signed out, only when they are done.
                let heard = if answer.is_to_be_continued() {
                    self.overheard()
                } else {
                    Vec::new()
                };
                inputs.push_back(answer);
                inputs.extend(heard);
            }
        }
        Ok(())
    }

    /// What the hub has said meanwhile.
    fn overheard(&mut self) -> Vec<Input> {
        let Some(registered) = &mut self.registered else {
            return Vec::new();
        };
        let heard = std::iter::from_fn(|| registered.heard.try_recv().ok());
        let mut inputs: Vec<Input> = heard.map(Input::of_heard).collect();
        inputs.extend(Input::of_missed(registered.lag.take()));
        inputs
    }

    /// Asks the peer whether it is there, or gives it up. One that is not read from, as enough of its pushes are under way or it sends too
    /// much, is not silent.
    async fn beat(&mut self, pulse: &mut Pulse) -> Result<(), Ended> {
        let reading = self.slowed.is_none() && self.answers.len() < PUSHES_MAX;
        let heard = if reading {
            self.line.last_heard()
        } else {
            Instant::now()
        };
        match pulse.beat(Instant::now(), heard) {
            Beat::Gone => {
                self.why = "the client fell silent";
                metrics().refused(Limit::Silence);
                Err(Ended)
            }
            Beat::Ask => {
                if self.machine.is_identified() {
                    self.line.allow_more();
                }
                self.line.ping().await?;
                Ok(())
            }
        }
    }

    async fn read(&mut self, received: Received) -> Result<Vec<Input>, Ended> {
        match received {
            Received::Message(bytes) => {
                self.taken += 1;
                if self.machine.is_identified() {
                    self.line.allow_more();
                }
                let frame = self.line.codec().decode(&bytes);
                self.take(Some(frame), bytes.len()).await
            }
            Received::Control => self.take(None, 0).await,
            Received::Goodbye => {
                self.unregister();
                self.line.answer_goodbye().await;
                Err(Ended)
            }
            Received::Gone => Err(Ended),
            Received::Forbidden(error, code) => {
                self.unregister();
                self.why = why(code);
                if error.code == ErrorCode::TooLarge {
                    metrics().refused(if self.machine.is_identified() {
                        Limit::FrameBytes
                    } else {
                        Limit::HelloBytes
                    });
                }
                let error = self.encode(&RelayFrame::Error(error))?;
                self.line.refuse(error, code).await;
                Err(Ended)
            }
        }
    }

    /// Takes what came, now or when its rate allows it. Until then nothing more is read: so operations keep their order, and whoever sends
    /// too much waits for themselves.
    async fn take(
        &mut self,
        frame: Option<Result<ClientFrame, DecodeError>>,
        bytes: usize,
    ) -> Result<Vec<Input>, Ended> {
        let ops = match &frame {
            Some(Ok(ClientFrame::Push { ops })) if ops.len() > limits::PUSH_MAX_OPS => {
                metrics().refused(Limit::PushOps);
                0
            }
            Some(Ok(ClientFrame::Push { ops })) => ops.len(),
            // What is said again in a moment anyway is not kept.
            Some(Ok(ClientFrame::Typing { .. })) => {
                if let Err(wait) = self.rates.typing() {
                    self.tell_slowed(Limit::Typing, wait).await?;
                    return Ok(Vec::new());
                }
                0
            }
            _ => 0,
        };
        let due = Due {
            frames: 1,
            ops: u32::try_from(ops).unwrap_or(u32::MAX),
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        };
        let until = Instant::now();
        self.pay(Slowed { until, due, frame }).await
    }

    /// The time of what came too early may have come.
    async fn go_on(&mut self) -> Result<Vec<Input>, Ended> {
        match self.slowed.take() {
            Some(slowed) => self.pay(*slowed).await,
            None => Ok(Vec::new()),
        }
    }

    async fn pay(&mut self, mut what: Slowed) -> Result<Vec<Input>, Ended> {
        let Err((limit, wait)) = self.rates.pay(&mut what.due) else {
            return Ok(what.frame.into_iter().map(Input::Frame).collect());
        };
        what.until = Instant::now() + wait;
        self.slowed = Some(Box::new(what));
        self.tell_slowed(limit, wait).await?;
        Ok(Vec::new())
    }

    /// Counts it, and tells it from time to time: a word on each frame would cost more than the frame.
    async fn tell_slowed(&mut self, limit: Limit, wait: Duration) -> Result<(), Ended> {
        metrics().refused(limit);
        let told = self.slowed_told;
        if told.is_some_and(|at| at.elapsed() < TELL_SLOWED_EVERY) {
            return Ok(());
        }
        self.slowed_told = Some(Instant::now());
        let text = "This connection sends more than it may; the relay reads it more slowly.";
        self.send_frame(&RelayFrame::Error(rate_limited(text, wait)))
            .await
    }

    /// Nobody sends to it any more.
    fn unregister(&mut self) {
        if let Some(registered) = self.registered.take() {
            self.shared.hub.unregister(registered.id);
        }
    }

    async fn perform(&mut self, command: Command) -> Result<Option<Input>, Ended> {
        let store = &self.shared.store;
        let hub = &self.shared.hub;
        let id = self.registered.as_ref().map(|one| one.id);
        let input = match command {
            Command::Send(frame) => {
                self.send_frame(&frame).await?;
                return Ok(None);
            }
            Command::SendShared(frame) => {
                let bytes = frame.bytes(self.line.codec());
                self.sent += 1;
                self.line.send(bytes).await?;
                if matches!(frame.frame, RelayFrame::Changes { .. }) {
                    metrics().fanout_seconds.observe(frame.age().as_secs_f64());
                }
                return Ok(None);
            }
            Command::Identify(token) => Input::Identified(self.identify(&token).await),
            Command::ReadMemberships(user) => self.read_memberships(user).await,
            Command::Register(account) => {
                tracing::Span::current().record("user", tracing::field::display(account.id));
                tracing::debug!("hello");
                let (id, heard, lag) = hub.register(account.id);
                self.registered = Some(Registered { id, heard, lag });
                self.line.allow_more();
                return Ok(None);
            }
            Command::Submit(mut actor, ops) => {
                // The name may have changed since Hello.
                if let Some((name, _)) = &self.who {
                    actor.name.clone_from(name);
                }
                let answer = self.submitter.submit(actor, ops).await;
                self.answers.push_back(answer);
                return Ok(None);
            }
            Command::Enter(room) => {
                if let Some(id) = id {
                    hub.enter(room, id);
                }
                return Ok(None);
            }
            Command::Follow(channel) => {
                if let Some(id) = id {
                    hub.follow(&channel, id);
                }
                return Ok(None);
            }
            Command::Unfollow(channel) => {
                if let Some(id) = id {
                    hub.unfollow(&channel, id);
                }
                return Ok(None);
            }
            Command::ReadEvents(channel, after) => {
                let who = self.who.as_ref();
                read_events(&self.shared, who, channel, after).await
            }
            Command::Typing(room, on) => {
                if let Some(id) = id {
                    hub.typing(room, id, on);
                }
                return Ok(None);
            }
            Command::Leave(room) => {
                if let Some(id) = id {
                    hub.leave(room, id);
                }
                return Ok(None);
            }
            Command::Attach(room, at) => {
                let Some(id) = id else { return Ok(None) };
                Input::Attached(room, hub.attach(room, id, at))
            }
            Command::Close(code) => {
                self.unregister();
                self.why = why(code);
                self.line.close(code).await;
                return Err(Ended);
            }
            read => match read_store(store, self.machine.user(), read).await {
                Ok(input) => input,
                Err(error) => {
                    store.health().look_soon();
                    read_failed(&error)
                }
            },
        };
        Ok(Some(input))
    }

    async fn identify(
        &mut self,
        token: &str,
    ) -> Result<(crate::store::accounts::Account, Vec<model::RoomId>), WireError> {
        let token = Bearer::of(token);
        let provider = self.shared.identity.as_deref();
        let store = &self.shared.store;
        let wire = |error: RelayError| error.to_wire();
        let row = accounts::use_token(store, provider, &token)
            .await
            .map_err(wire)?;
        if self.counted.is_none() {
            self.counted = Some(self.shared.gate.count_account(row.account.id)?);
        }
        let rooms = store.memberships(row.account.id).await.map_err(wire)?;
        self.who = Some((row.account.name.clone(), row.is_admin));
        let left = Duration::from_secs_f64(row.seconds_left.clamp(0.0, SECONDS_LEFT_MAX));
        self.token = Some((token, Instant::now() + left));
        Ok((row.account, rooms))
    }

    /// What ends a session (its token taken back, its account deactivated) is told by the same wake-up as changed memberships.
    async fn read_memberships(&mut self, user: model::UserId) -> Input {
        let store = &self.shared.store;
        if let Some((token, _)) = &self.token {
            match accounts::identify(store, self.shared.identity.as_deref(), token).await {
                Ok(row) => self.who = Some((row.account.name, row.is_admin)),
                Err(
                    error @ (RelayError::TokenInvalid
                    | RelayError::TokenExpired
                    | RelayError::Deactivated),
                ) => return Input::Identified(Err(error.to_wire())),
                Err(error) => return read_failed(&error),
            }
        }
        match store.memberships(user).await {
            Ok(rooms) => Input::Memberships(rooms),
            Err(error) => read_failed(&error),
        }
    }

    async fn send_frame(&mut self, frame: &RelayFrame) -> Result<(), Ended> {
        let bytes = self.encode(frame)?;
        self.sent += 1;
        Ok(self.line.send(bytes).await?)
    }

    fn encode(&self, frame: &RelayFrame) -> Result<bytes::Bytes, Ended> {
        let bytes = self.line.codec().encode(frame).map_err(|error| {
            tracing::error!(%error, "frame not sent");
            Ended
        })?;
        Ok(bytes.into())
    }
}

impl From<Broken> for Ended {
    fn from(_: Broken) -> Self {
        Self
    }
}

async fn read_events(
    shared: &Shared,
    who: Option<&(String, bool)>,
    channel: String,
    after: Option<i64>,
) -> Input {
    if !who.is_some_and(|(name, is_admin)| shared.admits(&channel, name, *is_admin)) {
        return Input::Events(channel, Err(RelayError::NoChannel.to_wire()));
    }
    match number::read(&shared.store, &channel, after, For::Frame).await {
        Ok(Some(page)) => Input::Events(channel, Ok(page)),
        Ok(None) => Input::Events(channel, Err(RelayError::HistoryGone.to_wire())),
        Err(error) => read_failed(&error),
    }
}

fn read_failed(error: &RelayError) -> Input {
    metrics().failed_reads.inc();
    tracing::warn!(%error, "a read for a session failed");
    Input::ReadFailed
}

async fn read_store(
    store: &Store,
    reader: Option<UserId>,
    command: Command,
) -> Result<Input, RelayError> {
    let room = match &command {
        Command::ReadChanges(room, _)
        | Command::ReadFirstPage(room)
        | Command::ReadOlderPage(room, ..) => Some(*room),
        _ => None,
    };
    match (read_as(store, reader, command).await, room) {
        (Err(RelayError::NoRoom), Some(room)) => Ok(Input::Removed(room)),
        (answer, _) => answer,
    }
}

async fn read_as(
    store: &Store,
    reader: Option<UserId>,
    command: Command,
) -> Result<Input, RelayError> {
    Ok(match command {
        Command::ReadChanges(room, after) => {
            let page = store.changes(room, after, reader).await?;
            let rows = page.as_ref().map_or(0, |page| page.rows.len());
            metrics()
                .catch_up_rows
                .inc_by(u64::try_from(rows).unwrap_or(0));
            Input::Changes(room, page)
        }
        Command::ReadFirstPage(room) => {
            Input::FirstPage(room, store.first_page(room, reader).await?)
        }
        Command::ReadOlderPage(room, before, limit) => {
            Input::OlderPage(room, store.older_page(room, before, limit, reader).await?)
        }
        Command::ReadDirectory => Input::Directory(store.directory().await?),
        other => return Err(RelayError::Stored(format!("{other:?} is no read"))),
    })
}

/// Why the relay ends a connection, for the log.
fn why(close: u16) -> &'static str {
    match close {
        CLOSE_GOING_AWAY => "the relay stops",
        CLOSE_RESTART => "the database is another one",
        CLOSE_TOO_LARGE => "a frame was too large",
        CLOSE_POLICY => "it was refused",
        _ => "it broke the WebSocket protocol",
    }
}

async fn next(heard: Option<&mut mpsc::Receiver<Heard>>) -> Heard {
    if let Some(heard) = heard
        && let Some(one) = heard.recv().await
    {
        return one;
    }
    std::future::pending().await
}

async fn missed(lag: Option<&Arc<Lag>>) -> Missed {
    match lag {
        Some(lag) => {
            lag.wait().await;
            lag.take()
        }
        None => std::future::pending().await,
    }
}
