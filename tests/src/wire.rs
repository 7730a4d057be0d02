//! A bare client of the protocol, on JSON frames, for what the real client would never do.

use crate::relay_process::{RelayProcess, password};
use crate::wait::DEADLINE;
use futures_util::{SinkExt, StreamExt};
use model::wire::{
    ClientFrame, Codec, ErrorCode, LOGIN_PATH, LoginRequest, LoginResponse, Outcome,
    PROTOCOL_VERSION, RelayFrame, SYNC_PATH,
};
use model::{Envelope, Millis, Op, OpId, RoomId, Row, Seq};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A connection.
pub struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// Signs in over HTTP.
///
/// # Panics
/// When the relay does not give a token.
#[must_use]
pub fn token(relay: &str, name: &str) -> String {
    let request = LoginRequest {
        name: name.to_owned(),
        password: password(name),
        label: String::new(),
    };
    let mut response = ureq::post(format!("{relay}{LOGIN_PATH}"))
        .send_json(&request)
        .unwrap();
    response
        .body_mut()
        .read_json::<LoginResponse>()
        .unwrap()
        .token
}

impl Wire {
    /// Connects and says nothing.
    ///
    /// # Panics
    /// When the relay does not take the connection.
    pub async fn connect(relay: &str) -> Self {
        let url = format!("{}{SYNC_PATH}", relay.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        let protocol = Codec::Json.subprotocol().parse().unwrap();
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", protocol);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        Self { socket }
    }

    /// Connects and says Hello.
    ///
    /// # Panics
    /// When the relay does not answer with Welcome.
    pub async fn hello(relay: &RelayProcess, name: &str) -> Self {
        Self::hello_at(&relay.url(), name).await
    }

    /// Connects to a relay by its address and says Hello.
    ///
    /// # Panics
    /// When the relay does not answer with Welcome.
    pub async fn hello_at(relay: &str, name: &str) -> Self {
        Self::hello_with(relay, &token(relay, name)).await
    }

    /// Connects to a relay by its address and says Hello with a token.
    ///
    /// # Panics
    /// When the relay does not answer with Welcome.
    pub async fn hello_with(relay: &str, token: &str) -> Self {
        let mut wire = Self::connect(relay).await;
        let hello = ClientFrame::Hello {
            version: PROTOCOL_VERSION,
            token: token.to_owned(),
        };
        wire.send(&hello).await;
        wire.until(|frame| matches!(frame, RelayFrame::Welcome { .. }).then_some(()))
            .await;
        wire
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, frame: &ClientFrame) {
        let json = Codec::Json.encode(frame).unwrap();
        self.send_raw(Message::text(String::from_utf8(json).unwrap()))
            .await;
    }

    /// Sends anything.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Pushes operations and returns their keys.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn push(&mut self, ops: Vec<Op>) -> Vec<OpId> {
        let ops: Vec<Envelope> = ops
            .into_iter()
            .map(|op| Envelope {
                op_id: OpId(uuid::Uuid::now_v7()),
                at: Millis(0),
                op,
            })
            .collect();
        let keys = ops.iter().map(|envelope| envelope.op_id).collect();
        self.send(&ClientFrame::Push { ops }).await;
        keys
    }

    /// Says goodbye; whether the relay answers it as RFC 6455 wants, before it closes.
    ///
    /// # Panics
    /// When neither comes.
    pub async fn close(mut self) -> bool {
        self.send_raw(Message::Close(None)).await;
        loop {
            let message = tokio::time::timeout(DEADLINE, self.socket.next())
                .await
                .expect("the connection ends");
            match message {
                Some(Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
    }

    /// The next frame; `None` when the relay has closed.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn next(&mut self) -> Option<RelayFrame> {
        loop {
            let message = tokio::time::timeout(DEADLINE, self.socket.next())
                .await
                .expect("a frame comes");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Some(Codec::Json.decode(text.as_bytes()).unwrap());
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The first frame that `wanted` takes; others are passed over.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(RelayFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await.expect("the connection stays open");
            if let Some(found) = wanted(frame) {
                return found;
            }
        }
    }

    /// The code of the next error.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn error(&mut self) -> ErrorCode {
        self.until(|frame| match frame {
            RelayFrame::Error(error) => Some(error.code),
            _ => None,
        })
        .await
    }

    /// The next outcome.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn outcome(&mut self) -> Outcome {
        self.until(|frame| match frame {
            RelayFrame::Outcomes { outcomes } => outcomes.into_iter().next().map(|one| one.outcome),
            _ => None,
        })
        .await
    }

    /// Makes a room and waits until the relay has answered and says that we are in it.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn create_room(&mut self, name: &str) -> RoomId {
        let room_id = RoomId(uuid::Uuid::now_v7());
        let (name, topic) = (name.to_owned(), String::new());
        self.enter(Op::CreateRoom {
            room_id,
            name,
            topic,
        })
        .await;
        room_id
    }

    /// Joins a room and waits until the relay has answered and says that we are in it.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn join(&mut self, room_id: RoomId) {
        self.enter(Op::Join { room_id }).await;
    }

    /// The answer and the membership may come in either order.
    async fn enter(&mut self, op: Op) {
        let room = op.room_id();
        let key = self.push(vec![op]).await[0];
        let (mut answered, mut member) = (false, false);
        self.until(|frame| {
            match frame {
                RelayFrame::Outcomes { outcomes } => {
                    answered |= outcomes.iter().any(|one| one.op_id == key);
                }
                RelayFrame::Memberships { rooms } => member |= rooms.contains(&room),
                _ => {}
            }
            (answered && member).then_some(())
        })
        .await;
    }

    /// Subscribes, and takes frames until the cursor is level with the first snapshot or page; returns where that is.
    ///
    /// # Panics
    /// When the relay refuses.
    pub async fn subscribe(&mut self, room: RoomId, after: Option<Seq>) -> Seq {
        self.send(&ClientFrame::Subscribe { room, after }).await;
        self.until(|frame| match frame {
            RelayFrame::Snapshot { through, .. } => Some(through),
            RelayFrame::Changes {
                through,
                more: false,
                ..
            } => Some(through),
            _ => None,
        })
        .await
    }

    /// The rows of the next `Changes`, which must join on to `cursor`; moves it.
    ///
    /// # Panics
    /// When there is a gap.
    pub async fn changes(&mut self, cursor: &mut Seq) -> Vec<Row> {
        let (from, through, rows) = self
            .until(|frame| match frame {
                RelayFrame::Changes {
                    from,
                    through,
                    rows,
                    ..
                } => Some((from, through, rows)),
                _ => None,
            })
            .await;
        assert!(from <= *cursor, "a gap between {cursor} and {from}");
        *cursor = through;
        rows
    }
}
