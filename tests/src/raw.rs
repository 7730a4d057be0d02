//! Bytes on TCP: HTTP/1.1 and RFC 6455 written by hand, so that a test can send what no library would.

use crate::wait::DEADLINE;
use model::wire::{Codec, ErrorCode, RelayFrame};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Opcodes, RFC 6455, 5.2.
pub const CONTINUATION: u8 = 0;
/// See [`CONTINUATION`].
pub const TEXT: u8 = 1;
/// See [`CONTINUATION`].
pub const BINARY: u8 = 2;
/// See [`CONTINUATION`].
pub const CLOSE: u8 = 8;
/// See [`CONTINUATION`].
pub const PING: u8 = 9;
/// See [`CONTINUATION`].
pub const PONG: u8 = 10;

/// A frame before it becomes bytes.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The first byte's upper half: FIN and the reserved bits.
    pub bits: u8,
    /// What it is.
    pub opcode: u8,
    /// The masking key; `None` leaves the payload as it is, which only servers may do.
    pub mask: Option<[u8; 4]>,
    /// The length that the header says; `None`: the true one.
    pub says: Option<u64>,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// FIN.
pub const FIN: u8 = 0x80;

impl Frame {
    /// A whole, masked frame as RFC 6455 wants it.
    #[must_use]
    pub fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self {
            bits: FIN,
            opcode,
            mask: Some([7, 77, 177, 211]),
            says: None,
            payload: payload.as_ref().to_vec(),
        }
    }

    /// Not the last of its message.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.bits = 0;
        self
    }

    /// Its bytes.
    ///
    /// # Panics
    /// Never: lengths fit 64 bits.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![self.bits | self.opcode];
        let length = self
            .says
            .unwrap_or(u64::try_from(self.payload.len()).unwrap());
        match length {
            0..126 => bytes.push(masked | u8::try_from(length).unwrap()),
            126..0x1_0000 => {
                bytes.push(masked | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(masked | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        let mask = self.mask.unwrap_or_default();
        bytes.extend(
            self.mask
                .unwrap_or_default()
                .iter()
                .take(if masked == 0 { 0 } else { 4 }),
        );
        let payload = self.payload.iter().zip(mask.iter().cycle());
        bytes.extend(payload.map(|(byte, key)| byte ^ key));
        bytes
    }
}

/// The bytes of several frames.
#[must_use]
pub fn all(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).collect()
}

/// A goodbye with a code and a reason.
#[must_use]
pub fn goodbye(code: u16, reason: &[u8]) -> Frame {
    Frame::new(CLOSE, [&code.to_be_bytes(), reason].concat())
}

/// The request that upgrades, with other headers than the usual ones where `headers` names them (an empty value leaves one out).
#[must_use]
pub fn upgrade(headers: &[(&str, &str)]) -> String {
    request("GET /v1/sync HTTP/1.1", headers)
}

/// As [`upgrade`], with another first line.
#[must_use]
pub fn request(line: &str, headers: &[(&str, &str)]) -> String {
    let usual = [
        ("Host", "relay"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "amend.v1.json"),
    ];
    let mut text = format!("{line}\r\n");
    let is_usual = |name: &str| usual.iter().all(|(other, _)| *other != name);
    let kept = usual
        .iter()
        .filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
    let others = headers
        .iter()
        .filter(|(name, value)| !value.is_empty() || is_usual(name));
    for (name, value) in kept.chain(others) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n"
}

/// A connection.
pub struct Raw {
    read: OwnedReadHalf,
    write: Option<OwnedWriteHalf>,
    buffer: Vec<u8>,
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Such as 400.
    pub status: u16,
    /// The head as it came.
    pub head: String,
    /// The body as it came; none where no length was said.
    pub body: String,
}

impl Answer {
    /// The code of the error in its body.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        let error: model::wire::WireError = serde_json::from_str(&self.body).unwrap();
        assert!(!error.text.is_empty());
        error.code
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    }
}

/// How a connection ended: the error before the goodbye, and the goodbye's code, where there were any.
pub type Ending = (Option<ErrorCode>, Option<u16>);

impl Raw {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (read, write) = stream.into_split();
        Self {
            read,
            write: Some(write),
            buffer: Vec::new(),
        }
    }

    /// Connects and upgrades to a subprotocol.
    ///
    /// # Panics
    /// When the relay does not take it.
    pub async fn upgraded(address: SocketAddr, codec: Codec) -> Self {
        let mut raw = Self::connect(address).await;
        raw.send(upgrade(&[("Sec-WebSocket-Protocol", codec.subprotocol())]))
            .await;
        let answer = raw.answer().await.unwrap();
        assert_eq!(answer.status, 101, "{answer:?}");
        raw
    }

    /// Connects, upgrades and says Hello.
    ///
    /// # Panics
    /// When the relay does not take it.
    pub async fn known(address: SocketAddr, codec: Codec, token: &str) -> Self {
        let mut raw = Self::upgraded(address, codec).await;
        raw.send(hello(codec, token).bytes()).await;
        assert!(matches!(
            raw.relay_frame(codec).await,
            Some(RelayFrame::Welcome { .. })
        ));
        raw
    }

    /// Sends bytes. A relay that has ended already is no failure: what it said before is what a test looks at.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let write = self.write.as_mut().expect("it was not taken");
        let _ = write.write_all(bytes.as_ref()).await;
    }

    /// The sending half, to send from elsewhere while this reads, or does not.
    ///
    /// # Panics
    /// When it was taken before.
    #[must_use]
    pub fn take_writer(&mut self) -> OwnedWriteHalf {
        self.write.take().expect("it was not taken")
    }

    /// Reads on; `false`: the relay has ended.
    async fn read_on(&mut self) -> bool {
        let read = self.read.read_buf(&mut self.buffer);
        let read = tokio::time::timeout(DEADLINE, read).await;
        matches!(read.expect("something comes, or the end"), Ok(read) if read > 0)
    }

    /// The next HTTP answer; `None`: the connection ended without one.
    ///
    /// # Panics
    /// When it is none.
    pub async fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.read_on().await {
                return None;
            }
        };
        let head = String::from_utf8(self.buffer.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        while self.buffer.len() < length && self.read_on().await {}
        answer.body = String::from_utf8(self.buffer.drain(..length).collect()).unwrap();
        Some(answer)
    }

    /// The next WebSocket frame: opcode and payload; `None`: the relay has ended.
    ///
    /// # Panics
    /// When the relay itself breaks RFC 6455.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(found) = self.take_frame() {
                return Some(found);
            }
            if !self.read_on().await {
                return None;
            }
        }
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, second) = (*self.buffer.first()?, *self.buffer.get(1)?);
        assert_eq!(
            first & 0xf0,
            FIN,
            "the relay fragments or sets reserved bits"
        );
        assert_eq!(second & 0x80, 0, "the relay masks");
        let (length, start) = match second {
            126 => {
                let bytes = self.buffer.get(2..4)?;
                (
                    usize::from(u16::from_be_bytes(bytes.try_into().unwrap())),
                    4,
                )
            }
            127 => {
                let bytes = self.buffer.get(2..10)?;
                let length = u64::from_be_bytes(bytes.try_into().unwrap());
                (usize::try_from(length).unwrap(), 10)
            }
            short => (usize::from(short), 2),
        };
        self.buffer.get(start..start + length)?;
        let payload = self.buffer.drain(..start + length).skip(start).collect();
        Some((first & 0x0f, payload))
    }

    /// The next frame of the protocol, whatever else comes between; `None`: the relay has ended.
    ///
    /// # Panics
    /// When it is not of this version, or of the wrong kind.
    pub async fn relay_frame(&mut self, codec: Codec) -> Option<RelayFrame> {
        loop {
            let (opcode, payload) = self.frame().await?;
            match opcode {
                PING | PONG => {}
                CLOSE => return None,
                _ => {
                    let kind = if codec == Codec::Json { TEXT } else { BINARY };
                    assert_eq!(opcode, kind);
                    return Some(codec.decode(&payload).unwrap());
                }
            }
        }
    }

    /// Reads to the end.
    ///
    /// # Panics
    /// When the relay does not end the connection.
    pub async fn ending(&mut self, codec: Codec) -> Ending {
        let mut ending = (None, None);
        while let Some((opcode, payload)) = self.frame().await {
            assert_eq!(ending.1, None, "a frame after the goodbye");
            if opcode == CLOSE {
                let code = payload.get(..2).map(|code| code.try_into().unwrap());
                ending.1 = Some(code.map_or(1005, u16::from_be_bytes));
            } else if (opcode == TEXT || opcode == BINARY)
                && let Ok(RelayFrame::Error(error)) = codec.decode(&payload)
            {
                ending.0 = Some(error.code);
            }
        }
        ending
    }
}

/// A Hello.
///
/// # Panics
/// Never.
#[must_use]
pub fn hello(codec: Codec, token: &str) -> Frame {
    let hello = model::wire::ClientFrame::Hello {
        version: model::wire::PROTOCOL_VERSION,
        token: token.to_owned(),
    };
    whole(codec, codec.encode(&hello).unwrap())
}

/// Bytes as one message of the codec's kind.
#[must_use]
pub fn whole(codec: Codec, bytes: impl AsRef<[u8]>) -> Frame {
    let kind = match codec {
        Codec::Json => TEXT,
        Codec::MessagePack => BINARY,
    };
    Frame::new(kind, bytes)
}
