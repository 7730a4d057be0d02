//! The tokio shell around the session machine: one task a connection.
//!
//! Invariants: memory is bounded: frames by [`limits::FRAME_MAX_BYTES`], pushes under way by [`PUSHES_MAX`] (more are not read from the
//! socket), frames to send by the hub's queue; a peer that is silent or does not take what is sent is given up.

use super::machine::{Command, Input, Machine};
use crate::RelayError;
use crate::accounts::{self, Bearer, Identity};
use crate::apply::{Answer, Applier, Submitter};
use crate::config::Registration;
use crate::drain::{self, Stage};
use crate::error::store_unavailable;
use crate::hub::{Heard, Hub, Lag, Missed, SessionId};
use crate::metrics::metrics;
use crate::store::Store;
use crate::watch::{WatchConfig, number};
use futures_util::stream::FuturesOrdered;
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use model::limits;
use model::wire::{Codec, RelayFrame, WireError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use uuid::Uuid;

/// Pushes of one session under way.
const PUSHES_MAX: usize = 8;

/// How long a connection may take to say Hello.
const HELLO_MAX: Duration = Duration::from_secs(10);

/// The longest session that `amend-relay token` makes; a timer needs a bound.
const SECONDS_LEFT_MAX: f64 = 3650.0 * 86_400.0;

/// How often a silent peer is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// After this long without a byte the peer is gone.
const SILENCE_MAX: Duration = Duration::from_secs(75);

/// How long a peer may take to take a frame.
const SEND_MAX: Duration = Duration::from_secs(30);

/// How long saying goodbye may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);

/// How long, and how much, is read and thrown away of a frame that is too large.
const DRAIN_MAX: Duration = Duration::from_secs(2);
const DRAIN_MAX_BYTES: usize = 16 * limits::FRAME_MAX_BYTES;

/// What all sessions share.
#[derive(Clone)]
pub struct Shared {
    /// The store.
    pub store: Store,
    /// The registry.
    pub hub: Arc<Hub>,
    /// Where pushes go.
    pub applier: Applier,
    /// Who may make an account by themselves.
    pub registration: Registration,
    /// The host's own identity provider, if there is one.
    pub identity: Option<Arc<Identity>>,
    /// Watched tables.
    pub watch: Arc<[WatchConfig]>,
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

/// An upgraded connection.
pub type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// The limits that the WebSocket library enforces for us.
#[must_use]
pub fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(limits::FRAME_MAX_BYTES))
        .max_frame_size(Some(limits::FRAME_MAX_BYTES))
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * limits::FRAME_MAX_BYTES)
}

struct Registered {
    id: SessionId,
    heard: mpsc::Receiver<Heard>,
    lag: Arc<Lag>,
}

struct Shell {
    shared: Shared,
    codec: Codec,
    socket: Socket,
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
}

/// Why the connection ends.
struct Ended;

/// What all lines of a session stand in.
#[must_use]
pub fn span(id: &str) -> tracing::Span {
    tracing::info_span!(parent: None, "session", session = id, user = tracing::field::Empty)
}

/// Serves one connection to its end.
pub async fn serve(socket: Socket, codec: Codec, shared: Shared) {
    let mut epoch = shared.store.health().epoch();
    let machine = Machine::new(*epoch.borrow_and_update());
    let answers = FuturesOrdered::new();
    let submitter = shared.applier.session();
    let mut shell = Shell {
        shared,
        codec,
        socket,
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
    };
    metrics().connections.inc();
    let began = Instant::now();
    tracing::info!(codec = shell.codec.subprotocol(), "session opened");
    let _ = shell.run().await;
    metrics().connections.dec();
    let seconds = began.elapsed().as_secs();
    let (taken, sent, why) = (shell.taken, shell.sent, shell.why);
    tracing::info!(why, seconds, taken, sent, "session closed");
    if let Some(registered) = shell.registered.take() {
        shell.shared.hub.unregister(registered.id);
    }
}

impl Shell {
    async fn run(&mut self) -> Result<(), Ended> {
        let mut last_heard = Instant::now();
        let hello_by = last_heard + HELLO_MAX;
        let mut ping_at = last_heard + PING_EVERY;
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
            let inputs = tokio::select! {
                message = self.socket.next(), if self.answers.len() < PUSHES_MAX && leave_by.is_none() => {
                    last_heard = Instant::now();
                    ping_at = last_heard + PING_EVERY;
                    self.read(message).await?
                }
                Some(answer) = self.answers.next() => {
                    let answer = answer.unwrap_or_else(|_| Err(store_unavailable()));
                    vec![Input::Answers(answer)]
                }
                heard = next(heard) => match heard {
                    Heard::Frame(frame) => vec![Input::Live(frame)],
                    Heard::Memberships => vec![Input::MembershipsChanged],
                    Heard::Removed(room) => vec![Input::Removed(room)],
                    Heard::Channel(channel) => vec![Input::ChannelMoved(channel)],
                },
                missed = missed(lag) => Input::of_missed(missed),
                () = tokio::time::sleep_until(hello_by), if !identified => vec![Input::HelloTimeout],
                () = tokio::time::sleep_until(expires.unwrap_or(ping_at)), if expires.is_some() => {
                    self.token = None;
                    vec![Input::Identified(Err(RelayError::TokenExpired.to_wire()))]
                }
                () = tokio::time::sleep_until(ping_at) => {
                    if last_heard.elapsed() > SILENCE_MAX {
                        self.why = "the client fell silent";
                        return Err(Ended);
                    }
                    ping_at = Instant::now() + PING_EVERY;
                    self.send(Message::Ping(bytes::Bytes::new())).await?;
                    Vec::new()
                }
                Ok(()) = self.epoch.changed() => vec![Input::NewEpoch],
                () = drain::stopping(&mut stage), if leave_by.is_none() => {
                    leave_by = Some(Instant::now() + drain::ANSWERS_MAX);
                    Vec::new()
                }
                () = tokio::time::sleep_until(leave_by.unwrap_or(ping_at)), if leave_by.is_some() => Vec::new(),
            };
            self.settle(inputs).await?;
        }
    }

    /// Feeds the machine until nothing follows any more.
    async fn settle(&mut self, inputs: Vec<Input>) -> Result<(), Ended> {
        let mut inputs = VecDeque::from(inputs);
        while let Some(input) = inputs.pop_front() {
            for command in self.machine.handle(input) {
                inputs.extend(self.perform(command).await?);
            }
        }
        Ok(())
    }

    async fn read(
        &mut self,
        message: Option<Result<Message, WsError>>,
    ) -> Result<Vec<Input>, Ended> {
        self.taken += 1;
        let bytes = match message {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                return Ok(Vec::new());
            }
            Some(Ok(Message::Close(_))) => {
                // The library has the answer ready; a peer that gets none waits for it.
                let _ = tokio::time::timeout(CLOSE_MAX, self.socket.flush()).await;
                return Err(Ended);
            }
            None => return Err(Ended),
            Some(Err(WsError::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.too_large().await?;
                return Err(Ended);
            }
            Some(Err(_)) => return Err(Ended),
        };
        Ok(vec![Input::Frame(self.codec.decode(&bytes))])
    }

    /// RFC 6455 has a close code for this; the error before it says what the limit is.
    async fn too_large(&mut self) -> Result<(), Ended> {
        let error = model::wire::WireError {
            code: model::wire::ErrorCode::TooLarge,
            text: format!(
                "A frame is larger than {} bytes. Send it in several.",
                limits::FRAME_MAX_BYTES
            ),
            retry_after_ms: None,
            room: None,
        };
        self.send_frame(&RelayFrame::Error(error)).await?;
        self.close(1009).await;
        // Closing on unread bytes resets the connection, and the peer would never read why.
        let rest = tokio::time::timeout(DRAIN_MAX, async {
            let mut bytes = [0_u8; 8 * 1024];
            let mut left = DRAIN_MAX_BYTES;
            while let Ok(read) = self.socket.get_mut().read(&mut bytes).await {
                left = left.saturating_sub(read);
                if read == 0 || left == 0 {
                    break;
                }
            }
        });
        let _ = rest.await;
        Ok(())
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
                let bytes = frame.bytes(self.codec);
                self.send_bytes(bytes).await?;
                metrics().fanout_seconds.observe(frame.age().as_secs_f64());
                return Ok(None);
            }
            Command::Identify(token) => Input::Identified(self.identify(&token).await),
            Command::ReadMemberships(user) => self.read_memberships(user).await,
            Command::Register(account) => {
                tracing::Span::current().record("user", tracing::field::display(account.id));
                tracing::debug!("hello");
                let (id, heard, lag) = hub.register(account.id);
                self.registered = Some(Registered { id, heard, lag });
                return Ok(None);
            }
            Command::Submit(actor, ops) => {
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
                let (attached, presence) = hub.attach(room, id, at);
                Input::Attached(room, attached, presence)
            }
            Command::Close(code) => {
                self.close(code).await;
                return Err(Ended);
            }
            read => match read_store(store, read).await {
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
        let bytes = self.codec.encode(frame).map_err(|error| {
            tracing::error!(%error, "frame not sent");
            Ended
        })?;
        self.send_bytes(bytes.into()).await
    }

    async fn send_bytes(&mut self, bytes: bytes::Bytes) -> Result<(), Ended> {
        let message = match self.codec {
            Codec::MessagePack => Message::Binary(bytes),
            Codec::Json => Message::Text(bytes.try_into().map_err(|_| Ended)?),
        };
        self.send(message).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match tokio::time::timeout(SEND_MAX, self.socket.send(message)).await {
            Ok(Ok(())) => {
                self.sent += 1;
                Ok(())
            }
            Ok(Err(_)) | Err(_) => {
                self.why = "the client did not take what was sent";
                Err(Ended)
            }
        }
    }

    async fn close(&mut self, code: u16) {
        self.why = match code {
            1001 => "the relay stops",
            1009 => "a frame was too large",
            1012 => "the database is another one",
            _ => "it was refused",
        };
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        // Whatever becomes of it, the connection ends.
        let _ = tokio::time::timeout(CLOSE_MAX, self.socket.close(Some(frame))).await;
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
    match number::read(&shared.store, &channel, after).await {
        Ok(Some(page)) => Input::Events(channel, Ok(page.for_frame())),
        Ok(None) => Input::Events(channel, Err(RelayError::HistoryGone.to_wire())),
        Err(error) => read_failed(&error),
    }
}

fn read_failed(error: &RelayError) -> Input {
    metrics().failed_reads.inc();
    tracing::warn!(%error, "a read for a session failed");
    Input::ReadFailed
}

async fn read_store(store: &Store, command: Command) -> Result<Input, RelayError> {
    Ok(match command {
        Command::ReadChanges(room, after) => {
            let page = store.changes(room, after).await?;
            let rows = page.as_ref().map_or(0, |page| page.rows.len());
            metrics()
                .catch_up_rows
                .inc_by(u64::try_from(rows).unwrap_or(0));
            Input::Changes(room, page)
        }
        Command::ReadFirstPage(room) => Input::FirstPage(room, store.first_page(room).await?),
        Command::ReadOlderPage(room, before, limit) => {
            Input::OlderPage(room, store.older_page(room, before, limit).await?)
        }
        Command::ReadDirectory => Input::Directory(store.directory().await?),
        other => return Err(RelayError::Stored(format!("{other:?} is no read"))),
    })
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
