//! What an idle connection costs the relay: many signed-in WebSockets that follow one room and say nothing, and the relay's resident memory
//! before and after.
//!
//! The connections are made with the relay's default limits: from several addresses of this machine, fifty to an account. A first hundred is
//! not counted: the relay's pool, caches and threads are there once they are.

use crate::relay_process::RelayProcess;
use crate::wait;
use futures_util::{SinkExt, StreamExt};
use model::RoomId;
use model::wire::{ClientFrame, Codec, PROTOCOL_VERSION, RelayFrame, SYNC_PATH};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

/// Connections of one account, and of one address: within the relay's defaults.
const PER_ACCOUNT: usize = 50;
const PER_ADDRESS: usize = 400;

/// Connections that are not counted.
const FIRST: usize = 100;

/// Connections that are being made at the same time.
const AT_ONCE: usize = 32;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Connections that were counted.
    pub connections: usize,
    /// The relay's resident kilobytes with the first hundred.
    pub before: usize,
    /// With all of them.
    pub after: usize,
    /// The most that it ever had.
    pub peak: usize,
}

impl Idle {
    /// Bytes of one connection.
    #[must_use]
    pub fn bytes_each(&self) -> usize {
        self.after.saturating_sub(self.before) * 1024 / self.connections
    }
}

/// Opens so many connections to a relay, waits until they have all that they asked for, and compares.
///
/// # Panics
/// When the relay refuses one.
pub async fn measure(relay: &RelayProcess, connections: usize) -> Idle {
    raise_open_files();
    let room = people(relay, (FIRST + connections).div_ceil(PER_ACCOUNT)).await;
    let mut open = JoinSet::new();
    connect(relay, room, 0..FIRST, &mut open).await;
    let before = settled(relay).await;
    connect(relay, room, FIRST..FIRST + connections, &mut open).await;
    let after = settled(relay).await;
    let peak = memory(relay, "VmHWM:");
    let gone = open.try_join_next();
    assert!(gone.is_none(), "a connection ended meanwhile: {gone:?}");
    Idle {
        connections,
        before,
        after,
        peak,
    }
}

/// Accounts with a token each, in a room with a page of messages.
async fn people(relay: &RelayProcess, accounts: usize) -> RoomId {
    let room = Uuid::now_v7();
    let sql = format!(
        "INSERT INTO account (name, password_hash) SELECT 'idle ' || n, '!' FROM generate_series(0, {accounts} - 1) AS n;
        INSERT INTO session_token (hash, account_id, expires_at)
            SELECT sha256(convert_to('token-' || substr(name, 6), 'UTF8')), id, now() + interval '1 day' FROM account;
        INSERT INTO room (id, name, created_by) SELECT '{room}', 'Hall', id FROM account LIMIT 1;
        INSERT INTO member (room_id, user_id, name) SELECT '{room}', id, name FROM account;
        INSERT INTO message (room_id, author_id, body)
            SELECT '{room}', (SELECT id FROM account LIMIT 1), repeat('word ', 20) FROM generate_series(1, 100);"
    );
    relay.database().sql(&sql).await;
    RoomId(room)
}

async fn connect(
    relay: &RelayProcess,
    room: RoomId,
    numbers: std::ops::Range<usize>,
    open: &mut JoinSet<()>,
) {
    let (at_once, relay) = (Arc::new(Semaphore::new(AT_ONCE)), relay.address());
    let (ready, mut all_ready) = tokio::sync::mpsc::channel(numbers.len());
    let count = numbers.len();
    for number in numbers {
        let (at_once, ready) = (Arc::clone(&at_once), ready.clone());
        open.spawn(async move {
            let permit = at_once.acquire_owned().await.unwrap();
            idle(relay, number, room, async || {
                drop(permit);
                ready.send(()).await.unwrap();
            })
            .await;
        });
    }
    for _ in 0..count {
        tokio::select! {
            Some(()) = all_ready.recv() => {}
            Some(ended) = open.join_next() => panic!("a connection ended: {ended:?}"),
        }
    }
}

/// One connection: signs in, subscribes, says when it has its snapshot and who is there, and then only answers pings.
async fn idle(relay: SocketAddr, number: usize, room: RoomId, ready: impl AsyncFnOnce()) {
    let last = u8::try_from(1 + number / PER_ADDRESS).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind((Ipv4Addr::new(127, 0, 0, last), 0).into())
        .unwrap();
    let stream = socket.connect(relay).await.unwrap();
    let url = format!("ws://{relay}{SYNC_PATH}");
    let mut request = url.into_client_request().unwrap();
    let protocol = Codec::MessagePack.subprotocol().parse().unwrap();
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let send = |frame: ClientFrame| Message::binary(Codec::MessagePack.encode(&frame).unwrap());
    let token = format!("token-{}", number / PER_ACCOUNT);
    let version = PROTOCOL_VERSION;
    let hello = ClientFrame::Hello { version, token };
    socket.send(send(hello)).await.unwrap();
    let subscribe = ClientFrame::Subscribe { room, after: None };
    socket.send(send(subscribe)).await.unwrap();
    let mut ready = Some(ready);
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else {
            continue;
        };
        match Codec::MessagePack.decode(&bytes).unwrap() {
            RelayFrame::Presence { reset: true, .. } => {
                if let Some(ready) = ready.take() {
                    ready().await;
                }
            }
            RelayFrame::Error(error) => panic!("{error:?}"),
            _ => {}
        }
    }
}

/// The resident kilobytes once they stay: batches of presence go out for a while.
async fn settled(relay: &RelayProcess) -> usize {
    let last = std::cell::Cell::new(usize::MAX);
    let same = std::cell::Cell::new(0);
    wait::until(
        "the relay's memory stays as it is",
        async || {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            let now = memory(relay, "VmRSS:");
            let stays = now.abs_diff(last.replace(now)) <= 64;
            same.set(if stays { same.get() + 1 } else { 0 });
            same.get()
        },
        |same| *same >= 10,
    )
    .await;
    last.get()
}

fn memory(relay: &RelayProcess, key: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// As many open files as the system gives: both ends are on this machine.
///
/// # Panics
/// When the system refuses.
pub fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, wanted).unwrap();
}
