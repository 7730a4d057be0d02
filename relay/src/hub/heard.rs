//! What a session hears from the hub: frames, encoded once for all, and what it missed because its queue was full.

use super::lock;
use super::presence::Told;
use bytes::Bytes;
use model::RoomId;
use model::wire::{Codec, RelayFrame};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A session's number in the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// A frame for many, encoded when first asked for.
#[derive(Debug)]
pub struct SharedFrame {
    /// The frame.
    pub frame: RelayFrame,
    encoded: [OnceLock<Bytes>; 2],
    made: Instant,
}

impl SharedFrame {
    /// A frame that nobody has encoded yet.
    #[must_use]
    pub fn new(frame: RelayFrame) -> Arc<Self> {
        Arc::new(Self {
            frame,
            encoded: Default::default(),
            made: Instant::now(),
        })
    }

    /// How long ago it was made.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// The frame's bytes; encoded once a codec, whoever asks.
    #[must_use]
    pub fn bytes(&self, codec: Codec) -> Bytes {
        let slot = match codec {
            Codec::MessagePack => &self.encoded[0],
            Codec::Json => &self.encoded[1],
        };
        // Every frame can be encoded; an empty message would be passed over by the client.
        slot.get_or_init(|| {
            codec
                .encode(&self.frame)
                .map(Bytes::from)
                .unwrap_or_default()
        })
        .clone()
    }
}

/// What a session hears from the hub.
#[derive(Clone, Debug)]
pub enum Heard {
    /// A frame of a room that it is attached to.
    Frame(Arc<SharedFrame>),
    /// A delta of who is online in a room that it is attached to.
    Presence(RoomId, Told),
    /// Its person's memberships may have changed.
    Memberships,
    /// Its person is not in this room any more; nothing more of it is sent.
    Removed(RoomId),
    /// A channel that it follows has moved on.
    Channel(String),
}

/// What there is to catch up with after a full queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Rooms to be read from where they were sent through.
    pub rooms: BTreeSet<RoomId>,
    /// Rooms that the person is not in any more.
    pub removed: BTreeSet<RoomId>,
    /// Channels that have moved on.
    pub channels: BTreeSet<String>,
    /// The memberships must be read again.
    pub memberships: bool,
}

/// What a session missed because its queue was full.
#[derive(Debug, Default)]
pub struct Lag {
    rooms: Mutex<BTreeSet<RoomId>>,
    removed: Mutex<BTreeSet<RoomId>>,
    channels: Mutex<BTreeSet<String>>,
    memberships: std::sync::atomic::AtomicBool,
    woken: Notify,
}

impl Lag {
    /// Waits until there is something to catch up with.
    pub async fn wait(&self) {
        self.woken.notified().await;
    }

    /// Takes what there is to catch up with.
    pub fn take(&self) -> Missed {
        Missed {
            rooms: std::mem::take(&mut *lock(&self.rooms)),
            removed: std::mem::take(&mut *lock(&self.removed)),
            channels: std::mem::take(&mut *lock(&self.channels)),
            memberships: self
                .memberships
                .swap(false, std::sync::atomic::Ordering::AcqRel),
        }
    }

    pub(super) fn removed(&self, room: RoomId) {
        lock(&self.removed).insert(room);
        self.woken.notify_one();
    }

    pub(super) fn room(&self, room: RoomId) {
        lock(&self.rooms).insert(room);
        self.woken.notify_one();
    }

    pub(super) fn channel(&self, channel: &str) {
        lock(&self.channels).insert(channel.to_owned());
        self.woken.notify_one();
    }

    pub(super) fn all_memberships(&self) {
        self.memberships
            .store(true, std::sync::atomic::Ordering::Release);
        self.woken.notify_one();
    }
}
