//! One WebSocket as a session sees it: whole messages in, frames out, and a goodbye that the peer can read.
//!
//! Invariants: what the peer may make us hold or read for nothing is bounded: by [`limits::HELLO_MAX_BYTES`] until it is known, then by
//! [`limits::FRAME_MAX_BYTES`] a message and [`IDLE_MAX_BYTES`] without one; whatever RFC 6455 forbids ends the connection with an error
//! that says what it was and with the close code that the RFC has for it.

use crate::front::stream::Stream;
use bytes::{Buf, BufMut};
use futures_util::{SinkExt, StreamExt};
use model::limits;
use model::wire::{Codec, ErrorCode, WireError};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

/// The relay is stopping: come back in a moment.
pub const CLOSE_GOING_AWAY: u16 = 1001;
/// What came is not the WebSocket protocol (RFC 6455).
pub const CLOSE_PROTOCOL: u16 = 1002;
/// Text came on `amend.v1.msgpack`, or binary on `amend.v1.json`.
pub const CLOSE_UNSUPPORTED: u16 = 1003;
/// Text, or the reason of a goodbye, is not UTF-8.
pub const CLOSE_NOT_TEXT: u16 = 1007;
/// Not without a change, or not now: the error before it says why.
pub const CLOSE_POLICY: u16 = 1008;
/// A frame is too large.
pub const CLOSE_TOO_LARGE: u16 = 1009;
/// The relay's database has become another state of itself: come back, the next `welcome` says its epoch.
pub const CLOSE_RESTART: u16 = 1012;

/// Bytes without a whole message (pings, fragments that never end) between two of our own pings.
const IDLE_MAX_BYTES: usize = 16 * limits::FRAME_MAX_BYTES;

/// How long saying goodbye may take.
const CLOSE_MAX: Duration = Duration::from_secs(1);

/// How long, and how much, is read and thrown away so that the peer can read why the connection ends.
const DRAIN_MAX: Duration = Duration::from_secs(2);
const DRAIN_MAX_BYTES: usize = 16 * limits::FRAME_MAX_BYTES;

/// A WebSocket and how frames are written on it.
pub struct Line {
    socket: WebSocketStream<Metered<Stream>>,
    codec: Codec,
    /// How long a peer may take to take a frame.
    send_max: Duration,
}

/// What came.
#[derive(Debug)]
pub(super) enum Received {
    /// A whole message of the codec's kind.
    Message(bytes::Bytes),
    /// A ping, which is answered already, or a pong.
    Control,
    /// The peer says goodbye.
    Goodbye,
    /// The connection is gone.
    Gone,
    /// What may not be sent, and the close code for it.
    Forbidden(WireError, u16),
}

/// The peer does not take what is sent, or is gone.
#[derive(Debug)]
pub(super) struct Broken;

impl Line {
    /// Takes over an upgraded connection, of which some bytes have been read already.
    pub async fn new(stream: Stream, read: &[u8], codec: Codec, send_max: Duration) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::FRAME_MAX_BYTES))
            .max_frame_size(Some(limits::FRAME_MAX_BYTES))
            // Held by every session. A larger frame gets room of its own while it is read.
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_write_buffer_size(4 * limits::FRAME_MAX_BYTES);
        let metered = Metered::new(stream, limits::HELLO_MAX_BYTES);
        let read = read.to_vec();
        let socket =
            WebSocketStream::from_partially_read(metered, read, Role::Server, Some(config)).await;
        Self {
            socket,
            codec,
            send_max,
        }
    }

    /// How frames are written on it.
    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// Waits for what comes; what has come in part is kept when this is dropped.
    pub(super) async fn receive(&mut self) -> Received {
        match self.socket.next().await {
            Some(Ok(message)) => self.sort(message),
            Some(Err(error)) => match forbidden(&error) {
                Some((error, close)) => Received::Forbidden(error, close),
                None => Received::Gone,
            },
            None => Received::Gone,
        }
    }

    fn sort(&self, message: Message) -> Received {
        match (message, self.codec) {
            (Message::Binary(bytes), Codec::MessagePack) => Received::Message(bytes),
            (Message::Text(text), Codec::Json) => Received::Message(text.into()),
            (Message::Binary(_) | Message::Text(_), codec) => {
                let text = match codec {
                    Codec::MessagePack => {
                        "amend.v1.msgpack was agreed on, whose frames are binary messages. Offer amend.v1.json to send text."
                    }
                    Codec::Json => {
                        "amend.v1.json was agreed on, whose frames are text messages. Offer amend.v1.msgpack to send binary ones."
                    }
                };
                let error = wire(ErrorCode::Malformed, text.to_owned(), None);
                Received::Forbidden(error, CLOSE_UNSUPPORTED)
            }
            (Message::Ping(_) | Message::Pong(_) | Message::Frame(_), _) => Received::Control,
            (Message::Close(_), _) => Received::Goodbye,
        }
    }

    /// When the last byte came.
    pub(super) fn last_heard(&self) -> Instant {
        self.socket.get_ref().heard
    }

    /// Lets a peer that is known send on.
    pub(super) fn allow_more(&mut self) {
        let metered = self.socket.get_mut();
        metered.left = IDLE_MAX_BYTES;
        metered.known = true;
    }

    /// Sends a frame's bytes.
    pub(super) async fn send(&mut self, bytes: bytes::Bytes) -> Result<(), Broken> {
        let opcode = match self.codec {
            Codec::MessagePack => 0x82,
            Codec::Json => 0x81,
        };
        let socket = &mut self.socket;
        // The frame that many share goes to the socket as it is. The library would copy it into a buffer of each session, and keep that.
        let sent = tokio::time::timeout(self.send_max, async {
            socket.flush().await.map_err(|_| Broken)?;
            let mut frame = head(opcode, bytes.len()).chain(bytes);
            let stream = socket.get_mut();
            stream.write_all_buf(&mut frame).await.map_err(|_| Broken)?;
            stream.flush().await.map_err(|_| Broken)
        });
        sent.await.unwrap_or(Err(Broken))
    }

    /// Asks the peer whether it is there.
    pub(super) async fn ping(&mut self) -> Result<(), Broken> {
        self.put(Message::Ping(bytes::Bytes::new())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), Broken> {
        match tokio::time::timeout(self.send_max, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// Says why, and goodbye; a peer that does not read is not waited for.
    pub(super) async fn refuse(&mut self, error: bytes::Bytes, code: u16) {
        let _ = tokio::time::timeout(CLOSE_MAX, self.send(error)).await;
        self.close(code).await;
    }

    /// Says goodbye, after what was sent.
    pub(super) async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        // Whatever becomes of it, the connection ends.
        let _ = tokio::time::timeout(CLOSE_MAX, self.socket.close(Some(frame))).await;
        self.linger().await;
    }

    /// Answers the peer's goodbye: the library has the answer ready; a peer that gets none waits for it.
    pub(super) async fn answer_goodbye(&mut self) {
        let _ = tokio::time::timeout(CLOSE_MAX, self.socket.flush()).await;
        self.linger().await;
    }

    /// Ending with bytes unread resets the connection, and the peer would never read why; so it is told that nothing more comes and
    /// gets a moment to end by itself.
    async fn linger(&mut self) {
        let stream = &mut self.socket.get_mut().stream;
        let rest = tokio::time::timeout(DRAIN_MAX, async {
            let _ = stream.shutdown().await;
            // On the heap: an array would be room in the task of every session.
            let mut bytes = vec![0_u8; 8 * 1024];
            let mut left = DRAIN_MAX_BYTES;
            while let Ok(read) = stream.read(&mut bytes).await {
                left = left.saturating_sub(read);
                if read == 0 || left == 0 {
                    break;
                }
            }
        });
        let _ = rest.await;
    }
}

/// RFC 6455, 5.2: the head of an unmasked frame that is not fragmented.
fn head(opcode: u8, length: usize) -> bytes::BytesMut {
    let mut head = bytes::BytesMut::with_capacity(10);
    head.put_u8(opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => head.put_u8(short),
        (_, Ok(long)) => {
            head.put_u8(126);
            head.put_u16(long);
        }
        _ => {
            head.put_u8(127);
            head.put_u64(length as u64);
        }
    }
    head
}

/// What the peer is told about what the WebSocket library refused, and the close code; `None`: there is nobody to tell.
fn forbidden(error: &WsError) -> Option<(WireError, u16)> {
    match error {
        WsError::Capacity(_) => {
            let text = format!(
                "A frame is larger than {} bytes. Send it in several.",
                limits::FRAME_MAX_BYTES
            );
            Some((wire(ErrorCode::TooLarge, text, None), CLOSE_TOO_LARGE))
        }
        WsError::Utf8(_) => {
            let text = "What was sent as text is not UTF-8. Send UTF-8.".to_owned();
            Some((wire(ErrorCode::Malformed, text, None), CLOSE_NOT_TEXT))
        }
        WsError::Protocol(
            ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::HandshakeIncomplete
            | ProtocolError::ReceivedAfterClosing
            | ProtocolError::SendAfterClosing,
        ) => None,
        WsError::Protocol(what) => {
            let text = format!("This breaks RFC 6455: {what}. Use a WebSocket library.");
            Some((wire(ErrorCode::Malformed, text, None), CLOSE_PROTOCOL))
        }
        WsError::Io(error) => error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Spent>())
            .map(|spent| spent.told()),
        _ => None,
    }
}

fn wire(code: ErrorCode, text: String, retry_after_ms: Option<u32>) -> WireError {
    WireError {
        code,
        text,
        retry_after_ms,
        room: None,
    }
}

/// A stream that reads no more than it was allowed to, and knows when it last read something.
struct Metered<S> {
    stream: S,
    left: usize,
    known: bool,
    heard: Instant,
}

/// More came than was allowed.
#[derive(Debug, thiserror::Error)]
#[error("more was sent than is read without a message")]
struct Spent {
    known: bool,
}

impl Spent {
    fn told(&self) -> (WireError, u16) {
        if self.known {
            let text = "Too much came without a whole frame. Send less at a time.".to_owned();
            let error = wire(ErrorCode::Overloaded, text, Some(1000));
            return (error, CLOSE_POLICY);
        }
        let text = format!(
            "The first frame is Hello, and it fits {} bytes. Send it with a token from /v1/login.",
            limits::HELLO_MAX_BYTES
        );
        (wire(ErrorCode::TooLarge, text, None), CLOSE_TOO_LARGE)
    }
}

impl<S> Metered<S> {
    fn new(stream: S, left: usize) -> Self {
        let heard = Instant::now();
        Self {
            stream,
            left,
            known: false,
            heard,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(Err(io::Error::other(Spent { known: this.known })));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        if read > 0 {
            this.heard = Instant::now();
            this.left = this.left.saturating_sub(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
