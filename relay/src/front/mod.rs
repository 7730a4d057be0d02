//! The relay's front: whatever comes from the network meets this first.
//!
//! - [`stream`]: a connection's bytes; [`tls`]: through TLS.
//! - [`address`]: whose connection it is. [`counts`]: how many they have. [`rates`]: how often they ask.
//! - [`origin`]: which web pages may ask.
//! - [`gate`]: what all of these know, for the rest of the relay.
//!
//! Invariants: what is refused is refused before any work is done for it, with a typed answer, and is counted; the loop that accepts ends only
//! when the relay stops, and never spins; a connection has a deadline in each of its states.

pub mod address;
pub mod counts;
pub(crate) mod gate;
pub mod origin;
pub mod rates;
pub mod stream;
pub mod tls;

use crate::drain;
use crate::http::{self, import};
use crate::limits::{Limit, seconds};
use crate::metrics::metrics;
use crate::session::line::Line;
use crate::session::shell::{self, Shared};
use address::Prefix;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use counts::Counted;
use futures_util::StreamExt;
use gate::Gate;
use hyper::body::{Body as _, Incoming};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use model::wire::{Codec, ErrorCode, IMPORT_MAX_BYTES, IMPORT_PATH, WireError};
use origin::Page;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stream::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tracing::Instrument;

/// Refused connections that are told why at the same time; others are just closed.
const TOLD_MAX: usize = 64;

/// How long telling may take.
const TELL_MAX: Duration = Duration::from_secs(1);

/// Bytes of a request's head: as much as a Hello, for the same tokens. The room is taken only as it is needed.
const HEAD_MAX_BYTES: usize = model::limits::HELLO_MAX_BYTES;

/// Waits between two tries to accept while the system has nothing to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Open files that the relay needs for itself: the database, logs, files.
const FILES_OWN: u64 = 64;

/// What all connections share.
pub(crate) struct Front {
    shared: Shared,
    router: TowerToHyperService<axum::Router>,
    tls: Option<TlsAcceptor>,
    permits: Arc<Semaphore>,
    connections: u32,
    told: Arc<Semaphore>,
}

/// What a connection holds of the limits, for as long as it lasts.
#[derive(Debug)]
struct Held {
    _one: OwnedSemaphorePermit,
    _of_address: Option<Counted<Prefix>>,
}

/// With whom a session is, and what it holds of the limits.
#[derive(Debug)]
pub struct Guest {
    /// Whose connection it is: the peer, or whom a trusted proxy names.
    pub address: IpAddr,
    _held: Held,
    _behind_proxy: Option<Counted<Prefix>>,
}

/// What a request is told about where it came from, and where it leaves that it becomes a WebSocket.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Whose request it is.
    pub(crate) client: IpAddr,
    peer: IpAddr,
    upgrade: Arc<Mutex<Option<Upgrade>>>,
}

struct Upgrade {
    codec: Codec,
    /// What its session's lines in the log stand in.
    span: tracing::Span,
    client: IpAddr,
    behind_proxy: Option<Counted<Prefix>>,
}

impl Visitor {
    /// The connection becomes a WebSocket once the answer is sent; `Err`: the client behind the proxy has too many.
    pub(crate) fn upgrade(
        &self,
        gate: &Gate,
        codec: Codec,
        span: tracing::Span,
    ) -> Result<(), WireError> {
        let behind_proxy = if self.client == self.peer {
            None
        } else {
            let counted = gate.count_address(self.client);
            Some(counted.ok_or_else(too_many_of_address)?)
        };
        let upgrade = Upgrade {
            codec,
            span,
            client: self.client,
            behind_proxy,
        };
        let mut slot = self.upgrade.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(upgrade);
        Ok(())
    }
}

impl Front {
    pub(crate) fn new(shared: Shared, tls: Option<TlsAcceptor>) -> Arc<Self> {
        let connections = open_files(shared.gate.limits.connections);
        let router = http::routes(shared.clone());
        Arc::new(Self {
            router: TowerToHyperService::new(router),
            shared,
            tls,
            permits: Arc::new(Semaphore::new(connections as usize)),
            connections,
            told: Arc::new(Semaphore::new(TOLD_MAX)),
        })
    }

    /// Serves until the relay stops and the last connection has ended.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut stopping = self.shared.stage.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = drain::stopping(&mut stopping) => break,
            };
            match accepted {
                Ok((line, peer)) => self.admit(line, peer),
                // That one connection's trouble.
                Err(error) if of_connection(error.kind()) => {}
                // Ours: no more open files, no more memory. It passes when others end.
                Err(error) => {
                    metrics().refused(Limit::Accept);
                    tracing::warn!(%error, "no further connection can be accepted right now");
                    tokio::select! {
                        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                        () = drain::stopping(&mut stopping) => break,
                    }
                }
            }
        }
        drop(listener);
        let _ = self.permits.acquire_many(self.connections).await;
    }

    fn admit(self: &Arc<Self>, line: TcpStream, peer: SocketAddr) {
        let address = peer.ip().to_canonical();
        let Ok(one) = Arc::clone(&self.permits).try_acquire_owned() else {
            return self.turn_away(line, Limit::Connections);
        };
        let gate = &self.shared.gate;
        let of_address = if gate.proxies.has(address) {
            None
        } else {
            match gate.count_address(address) {
                Some(counted) => Some(counted),
                None => return self.turn_away(line, Limit::AddressConnections),
            }
        };
        let held = Held {
            _one: one,
            _of_address: of_address,
        };
        tokio::spawn(Arc::clone(self).connection(line, address, held));
    }

    /// Closes a connection before any work is done for it, in clear with a word on why.
    fn turn_away(&self, mut line: TcpStream, limit: Limit) {
        metrics().refused(limit);
        let Ok(told) = Arc::clone(&self.told).try_acquire_owned() else {
            return;
        };
        if self.tls.is_some() {
            return;
        }
        let (status, error) = match limit {
            Limit::AddressConnections => (StatusCode::TOO_MANY_REQUESTS, too_many_of_address()),
            _ => (StatusCode::SERVICE_UNAVAILABLE, too_many()),
        };
        tokio::spawn(async move {
            let _told = told;
            let _ = tokio::time::timeout(TELL_MAX, tell(&mut line, status, &error)).await;
        });
    }

    async fn connection(self: Arc<Self>, line: TcpStream, peer: IpAddr, held: Held) {
        let limits = &self.shared.gate.limits;
        // A frame is one write, and its reader waits for it.
        let _ = line.set_nodelay(true);
        let (head_max, send_max) = (seconds(limits.head_seconds), seconds(limits.send_seconds));
        let stream = match &self.tls {
            None => Stream::clear(line, send_max),
            Some(acceptor) => match tokio::time::timeout(head_max, acceptor.accept(line)).await {
                Ok(Ok(line)) => Stream::tls(line, send_max),
                Ok(Err(_)) | Err(_) => return metrics().refused(Limit::TlsHandshake),
            },
        };
        // On the heap, so that the task of an idle WebSocket does not carry the room that HTTP needed.
        let Some((upgrade, stream, read)) = Box::pin(self.http(stream, peer)).await else {
            return;
        };
        let guest = Guest {
            address: upgrade.client,
            _held: held,
            _behind_proxy: upgrade.behind_proxy,
        };
        let shared = self.shared.clone();
        let session = websocket(upgrade.codec, stream, read, shared, guest);
        tokio::spawn(session.instrument(upgrade.span));
    }

    /// Requests and answers until the connection ends (`None`) or becomes a WebSocket.
    async fn http(
        self: &Arc<Self>,
        stream: Stream,
        peer: IpAddr,
    ) -> Option<(Upgrade, Stream, bytes::Bytes)> {
        let limits = &self.shared.gate.limits;
        let upgrade = Arc::new(Mutex::new(None));
        let served = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let service = {
            let (front, upgrade, served) =
                (Arc::clone(self), Arc::clone(&upgrade), Arc::clone(&served));
            service_fn(move |request| {
                served.store(true, std::sync::atomic::Ordering::Relaxed);
                let (front, upgrade) = (Arc::clone(&front), Arc::clone(&upgrade));
                Box::pin(
                    async move { Ok::<_, Infallible>(front.answer(request, peer, upgrade).await) },
                )
            })
        };
        let mut connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(seconds(limits.head_seconds))
            .max_buf_size(HEAD_MAX_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut stopping = self.shared.stage.clone();
        let mut finishing = false;
        let ended = loop {
            let done = std::future::poll_fn(|context| connection.poll_without_shutdown(context));
            tokio::select! {
                ended = done => break ended,
                () = drain::stopping(&mut stopping), if !finishing => {
                    finishing = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            }
        };
        let parts = connection.into_parts();
        let mut stream = parts.io.into_inner();
        let upgrade = upgrade
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let (Ok(()), Some(upgrade)) = (&ended, upgrade) {
            return Some((upgrade, stream, parts.read_buf));
        }
        let was_served = served.load(std::sync::atomic::Ordering::Relaxed);
        if ended.is_err_and(|error| error.is_timeout()) && !was_served {
            metrics().refused(Limit::Head);
            let error = too_slow();
            let told = tell(&mut stream, StatusCode::REQUEST_TIMEOUT, &error);
            let _ = tokio::time::timeout(TELL_MAX, told).await;
        } else {
            let _ = tokio::time::timeout(TELL_MAX, stream.shutdown()).await;
        }
        None
    }

    /// Answers one request: what may not, asks too often, is too large or too slow is answered here.
    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        upgrade: Arc<Mutex<Option<Upgrade>>>,
    ) -> Response<Body> {
        let gate = &self.shared.gate;
        let (mut parts, body) = request.into_parts();
        let client = gate.proxies.client(peer, &parts.headers);
        let origin = match origin::page(&parts, &gate.origins) {
            Page::None => None,
            Page::Taken(origin) => Some(origin),
            Page::Refused => {
                metrics().refused(Limit::Origin);
                return http::respond(StatusCode::FORBIDDEN, origin_refused());
            }
        };
        let mut response = if let Err(error) = gate.request(client) {
            http::respond(StatusCode::TOO_MANY_REQUESTS, error)
        } else if origin.is_some() && origin::is_preflight(&parts) {
            let mut response = StatusCode::NO_CONTENT.into_response();
            origin::allow_request(response.headers_mut());
            response
        } else if http::blobs::is_range(&parts) {
            self.range(parts, body, client, peer, upgrade).await
        } else {
            match self.body(&parts, body).await {
                Err(response) => *response,
                Ok(body) => {
                    parts.extensions.insert(Visitor {
                        client,
                        peer,
                        upgrade,
                    });
                    let request = Request::from_parts(parts, Body::from(body));
                    match self.router.call(request).await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    }
                }
            }
        };
        if let Some(origin) = origin {
            origin::allow(response.headers_mut(), origin);
        }
        response
    }

    /// How large a body may be: an admin's import is the one that is not small.
    async fn body_max(&self, head: &Parts) -> u32 {
        let max = self.shared.gate.limits.body_bytes;
        if head.uri.path() == IMPORT_PATH && import::is_admins(&self.shared, &head.headers).await {
            return max.max(u32::try_from(IMPORT_MAX_BYTES).unwrap_or(max));
        }
        max
    }

    /// A range of a file. Its sender is known before anything of it is read; what has come when the line breaks is as good as the whole, and
    /// is taken to its end although nobody hears of it.
    async fn range(
        &self,
        mut parts: axum::http::request::Parts,
        body: Incoming,
        client: IpAddr,
        peer: IpAddr,
        upgrade: Arc<Mutex<Option<Upgrade>>>,
    ) -> Response<Body> {
        if let Err(response) = http::blobs::admit(&self.shared, &parts.headers).await {
            return close(response);
        }
        let range_max = self
            .shared
            .blobs
            .as_ref()
            .map_or(0, |blobs| blobs.limits.range_max_bytes);
        if body.size_hint().lower() > range_max {
            metrics().refused(Limit::BodyBytes);
            let text = format!("A range is at most {range_max} bytes long. Send less at once.");
            let error = wire(ErrorCode::TooLarge, &text, None);
            return close(http::respond(StatusCode::PAYLOAD_TOO_LARGE, error));
        }
        let patience = seconds(self.shared.gate.limits.body_seconds);
        let router = self.router.clone();
        let taken = tokio::spawn(async move {
            let (range, whole) = what_comes(body, range_max, patience).await;
            parts.extensions.insert(Visitor {
                client,
                peer,
                upgrade,
            });
            let request = Request::from_parts(parts, Body::from(range));
            let response = match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if whole { response } else { close(response) }
        });
        taken.await.unwrap_or_else(|_| {
            http::respond(
                StatusCode::SERVICE_UNAVAILABLE,
                crate::error::store_unavailable(),
            )
        })
    }

    /// The whole body: it is small, and must be here in time.
    async fn body(
        &self,
        head: &Parts,
        body: Incoming,
    ) -> Result<bytes::Bytes, Box<Response<Body>>> {
        let limits = &self.shared.gate.limits;
        let max = self.body_max(head).await;
        let too_large = || {
            metrics().refused(Limit::BodyBytes);
            let text = format!("A request's body is at most {max} bytes long. Send less.");
            let error = wire(ErrorCode::TooLarge, &text, None);
            close(http::respond(StatusCode::PAYLOAD_TOO_LARGE, error))
        };
        if body.is_end_stream() {
            return Ok(bytes::Bytes::new());
        }
        if body.size_hint().lower() > u64::from(max) {
            return Err(Box::new(too_large()));
        }
        let read = axum::body::to_bytes(Body::new(body), max as usize);
        match tokio::time::timeout(seconds(limits.body_seconds), read).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(_)) => Err(Box::new(too_large())),
            Err(_) => {
                metrics().refused(Limit::Body);
                Err(Box::new(close(http::respond(
                    StatusCode::REQUEST_TIMEOUT,
                    too_slow(),
                ))))
            }
        }
    }
}

/// What comes of a body in time and within its bounds, and whether that is all of it.
async fn what_comes(body: Incoming, max: u64, patience: Duration) -> (bytes::Bytes, bool) {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let until = tokio::time::Instant::now() + patience;
    let mut stream = Body::new(body).into_data_stream();
    let mut came = bytes::BytesMut::new();
    let mut whole = false;
    // One byte more shows that there is more.
    while came.len() <= max {
        match tokio::time::timeout_at(until, stream.next()).await {
            Ok(Some(Ok(bytes))) => came.extend_from_slice(&bytes),
            Ok(None) => {
                whole = true;
                break;
            }
            Ok(Some(Err(_))) | Err(_) => break,
        }
    }
    came.truncate(max);
    (came.freeze(), whole)
}

async fn websocket(codec: Codec, stream: Stream, read: bytes::Bytes, shared: Shared, guest: Guest) {
    let send_max = seconds(shared.gate.limits.send_seconds);
    let line = Line::new(stream, &read, codec, send_max).await;
    drop(read);
    shell::serve(line, shared, guest).await;
}

/// Nothing more is read from the connection.
fn close(mut response: Response<Body>) -> Response<Body> {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Writes an answer on a bare connection, and reads on until the peer has it: closing on unread bytes would take it back.
async fn tell<S>(line: &mut S, status: StatusCode, error: &WireError) -> std::io::Result<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let body = serde_json::to_string(error).unwrap_or_default();
    let retry = error.retry_after_ms.map_or(String::new(), |ms| {
        format!("Retry-After: {}\r\n", ms.div_ceil(1000))
    });
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{retry}Connection: close\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).await?;
    line.write_all(body.as_bytes()).await?;
    line.shutdown().await?;
    let mut rest = [0_u8; 1024];
    while line.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Errors of one connection that was gone before it was accepted.
fn of_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}

/// Asks the system for as many open files as it gives; returns how many connections fit.
fn open_files(connections: u32) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let had = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: had.maximum,
        maximum: had.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the number of open files stays as it was");
    }
    // None: as many as there are.
    let Some(files) = getrlimit(Resource::Nofile).current else {
        return connections;
    };
    let fit = u32::try_from(files.saturating_sub(FILES_OWN))
        .unwrap_or(u32::MAX)
        .max(1);
    if fit < connections {
        tracing::warn!(
            open_files = files,
            connections = fit,
            "fewer connections than configured fit the number of open files; raise it (systemd: LimitNOFILE)"
        );
    }
    connections.min(fit)
}

/// An error for the wire.
pub(crate) fn wire(code: ErrorCode, text: &str, retry_after_ms: Option<u32>) -> WireError {
    WireError {
        code,
        text: text.to_owned(),
        retry_after_ms,
        room: None,
    }
}

fn too_many() -> WireError {
    let text =
        "The relay has as many connections as it takes. What you write is kept and sent later.";
    wire(ErrorCode::Overloaded, text, Some(5000))
}

fn too_many_of_address() -> WireError {
    let text = "There are too many connections from this address. Close some, or ask the one who hosts the relay to allow more.";
    wire(ErrorCode::TooManyConnections, text, Some(5000))
}

fn too_slow() -> WireError {
    let text = "The request did not come in time. Send it again on a new connection.";
    wire(ErrorCode::TooSlow, text, None)
}

fn origin_refused() -> WireError {
    let text = "Pages of this origin may not use the relay. The one who hosts it can add it to origins in its configuration.";
    wire(ErrorCode::OriginRefused, text, None)
}
