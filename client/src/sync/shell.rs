//! The thin tokio shell around the machine: one task a profile, which owns the socket and the timer.
//!
//! Invariants: instructions are carried out in order and to their end (a frame is in the database before the next one is read,
//! which is also the back-pressure); a silent connection is given up after [`SILENCE_MAX`].

use super::machine::{Event, Instruction, Machine};
use super::{network, store};
use crate::account::blocking;
use crate::db::Db;
use crate::http::Address;
use crate::profile::Profile;
use crate::{ClientError, clock, views};
use futures_util::{SinkExt, StreamExt};
use model::wire::{ClientFrame, Codec, ErrorCode, RelayFrame, WireError};
use model::{Actor, limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The relay pings twice a minute; after this long without a byte the connection is dead.
const SILENCE_MAX: Duration = Duration::from_secs(75);

/// How long opening a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(15);

/// How often the routes are looked at while waiting.
const ROUTES_EVERY: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the rest of the client tells the task.
#[derive(Debug)]
pub enum Command {
    /// Try now.
    Wake,
    /// The outbox has something new.
    OutboxChanged,
    /// Ask for the directory.
    Browse,
    /// We are typing, or no more.
    Typing {
        /// Where.
        room: model::RoomId,
        /// Typing, or no more.
        on: bool,
    },
    /// The person signed out.
    SignedOut,
    /// Close the socket and end.
    Stop,
}

/// The running task.
pub struct Shell {
    db: Db,
    profile: Arc<Profile>,
    machine: Machine,
    socket: Option<Socket>,
    timer: Option<Instant>,
    heard: Instant,
    routes: [Option<std::net::IpAddr>; 2],
}

impl Shell {
    /// Starts the task; it ends with [`Command::Stop`] or when the sender is dropped.
    #[must_use]
    pub fn spawn(
        db: Db,
        profile: Arc<Profile>,
    ) -> (mpsc::UnboundedSender<Command>, tokio::task::JoinHandle<()>) {
        // Unbounded, but each command is a person's doing and carries no data.
        let (sender, commands) = mpsc::unbounded_channel();
        let shell = Self {
            db,
            profile,
            machine: Machine::default(),
            socket: None,
            timer: None,
            heard: Instant::now(),
            routes: network::routes(),
        };
        (sender, tokio::spawn(shell.run(commands)))
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut rebuilt = self.db.rebuilt();
        loop {
            let event = tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Wake) => Event::Wake,
                    Some(Command::OutboxChanged) => Event::OutboxChanged,
                    Some(Command::Browse) => Event::Browse,
                    Some(Command::Typing { room, on }) => Event::Typing { room, on },
                    Some(Command::SignedOut) => Event::SignedOut,
                    Some(Command::Stop) | None => break,
                },
                message = receive(&mut self.socket, self.heard) => {
                    self.heard = Instant::now();
                    match self.read(message) {
                        Some(event) => event,
                        None => continue,
                    }
                },
                // The writer lives as long as our handle of the database.
                Ok(()) = rebuilt.changed() => {
                    self.timer = None;
                    Event::Rebuilt
                },
                () = until(self.timer) => {
                    self.timer = None;
                    Event::Timer
                },
                () = tokio::time::sleep(ROUTES_EVERY), if self.machine.is_waiting() => {
                    let routes = network::routes();
                    if routes == self.routes {
                        continue;
                    }
                    self.routes = routes;
                    tracing::debug!("the network changed");
                    Event::Wake
                },
            };
            self.settle(event).await;
        }
        if let Some(mut socket) = self.socket.take() {
            let _ = tokio::time::timeout(Duration::from_millis(300), socket.close(None)).await;
        }
    }

    /// Feeds the machine until nothing follows any more.
    async fn settle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for instruction in self.machine.handle(event) {
                if let Some(event) = self.perform(instruction).await {
                    events.push_back(event);
                }
            }
        }
    }

    async fn perform(&mut self, instruction: Instruction) -> Option<Event> {
        let result = match instruction {
            Instruction::Connect => return Some(self.connect().await),
            Instruction::Disconnect => {
                self.socket = None;
                return None;
            }
            Instruction::SendHello { version } => match self.token().await {
                Ok(token) => return self.send(ClientFrame::Hello { version, token }).await,
                Err(reason) => return Some(reason),
            },
            Instruction::Send(frame) => return self.send(frame).await,
            Instruction::Store(frame) => self
                .store(frame)
                .await
                .map(|stored| Some(Event::Stored(stored))),
            Instruction::LoadOutbox { in_flight } => self
                .db
                .read(move |connection| store::load_outbox(connection, &in_flight))
                .await
                .map(|ops| Some(Event::Outbox(ops))),
            Instruction::SetTimer(delay) => {
                self.timer = Some(Instant::now() + delay);
                return None;
            }
            Instruction::Progress { level, rooms } => self
                .db
                .write(move |tx| store::progress(tx, level, rooms))
                .await
                .map(|()| None),
            Instruction::Report(state) => {
                let now = clock::now();
                self.db
                    .write(move |tx| store::report(tx, &state, now))
                    .await
                    .map(|()| None)
            }
        };
        match result {
            Ok(event) => event,
            // A database that can't be written must not look like a live connection.
            Err(error) => {
                tracing::error!(code = error.code(), "sync stopped for now");
                self.socket = None;
                Some(closed(error.to_string()))
            }
        }
    }

    /// The session's token; without one it is as if the relay had refused it.
    async fn token(&self) -> Result<String, Event> {
        let profile = Arc::clone(&self.profile);
        let text = match blocking(move || profile.token()).await {
            Ok(Some(token)) => return Ok(token),
            Ok(None) => "This device has lost its session. Sign in again; everything here is kept."
                .to_owned(),
            Err(error) => format!("{error} Or sign in again; everything here is kept."),
        };
        Err(Event::Frame(RelayFrame::Error(WireError {
            code: ErrorCode::TokenInvalid,
            text,
            retry_after_ms: None,
            room: None,
        })))
    }

    async fn connect(&mut self) -> Event {
        self.socket = None;
        self.timer = None;
        self.routes = network::routes();
        match tokio::time::timeout(CONNECT_MAX, self.open()).await {
            Ok(Ok(socket)) => {
                self.socket = Some(socket);
                self.heard = Instant::now();
                Event::Opened
            }
            Ok(Err(reason)) => closed(reason),
            Err(_) => closed(
                "The relay does not answer. Your changes are kept and sent later.".to_owned(),
            ),
        }
    }

    async fn open(&self) -> Result<Socket, String> {
        let account = self
            .db
            .read(views::account)
            .await
            .map_err(|error| error.to_string())?
            .ok_or_else(|| ClientError::SignedOut.to_string())?;
        let address = Address::parse(&account.account.relay).map_err(|error| error.to_string())?;
        let mut request = address
            .sync_url()
            .into_client_request()
            .map_err(|error| error.to_string())?;
        let protocol = HeaderValue::from_static(Codec::MessagePack.subprotocol());
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol);
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::FRAME_MAX_BYTES))
            .max_frame_size(Some(limits::FRAME_MAX_BYTES));
        let (socket, _) = tokio_tungstenite::connect_async_with_config(request, Some(config), true)
            .await
            .map_err(|error| unreachable_reason(&error))?;
        Ok(socket)
    }

    async fn send(&mut self, frame: ClientFrame) -> Option<Event> {
        let bytes = match Codec::MessagePack.encode(&frame) {
            Ok(bytes) => bytes,
            Err(error) => return Some(closed(error.to_string())),
        };
        let socket = self.socket.as_mut()?;
        let sent = tokio::time::timeout(SILENCE_MAX, socket.send(Message::binary(bytes))).await;
        match sent {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                self.socket = None;
                Some(closed(unreachable_reason(&error)))
            }
            Err(_) => {
                self.socket = None;
                Some(closed("The relay stopped answering.".to_owned()))
            }
        }
    }

    async fn store(&self, frame: RelayFrame) -> Result<super::machine::Stored, ClientError> {
        self.db
            .write(move |tx| {
                let row = views::account(tx)?.ok_or(ClientError::SignedOut)?;
                let actor = Actor {
                    user_id: row.account.user_id,
                    name: row.account.name,
                };
                store::store(tx, frame, &actor, clock::now())
            })
            .await
    }

    fn read(&mut self, message: Option<Result<Message, tungstenite::Error>>) -> Option<Event> {
        match message {
            Some(Ok(Message::Binary(bytes))) => match Codec::MessagePack.decode(&bytes) {
                Ok(frame) => Some(Event::Frame(frame)),
                // A later version's frame: nothing that this version needs.
                Err(error) => {
                    tracing::warn!(%error, "frame passed over");
                    None
                }
            },
            Some(Ok(Message::Close(_))) | None => {
                self.socket = None;
                Some(closed(
                    "The relay closed the connection. Your changes are kept and sent later."
                        .to_owned(),
                ))
            }
            Some(Ok(_)) => None,
            Some(Err(error)) => {
                self.socket = None;
                Some(closed(unreachable_reason(&error)))
            }
        }
    }
}

/// The next message; pends while there is no socket, and ends a connection that has been silent for too long.
async fn receive(
    socket: &mut Option<Socket>,
    heard: Instant,
) -> Option<Result<Message, tungstenite::Error>> {
    match socket {
        None => std::future::pending().await,
        Some(socket) => tokio::time::timeout_at(heard + SILENCE_MAX, socket.next())
            .await
            .unwrap_or_default(),
    }
}

async fn until(timer: Option<Instant>) {
    match timer {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn closed(reason: String) -> Event {
    // Without randomness the jitter is lost, nothing else.
    Event::Closed {
        reason,
        random: getrandom::u32().unwrap_or(u32::MAX / 2),
    }
}

fn unreachable_reason(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Io(io) => {
            format!("The relay cannot be reached ({io}). Your changes are kept and sent later.")
        }
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Protocol(_) => {
            "The connection to the relay broke. Your changes are kept and sent later.".to_owned()
        }
        other => {
            format!("The relay cannot be reached ({other}). Your changes are kept and sent later.")
        }
    }
}
