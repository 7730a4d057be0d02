//! What people do and what goes wrong in one history: a list of actions, made from a seed. A failing history is made shorter by
//! leaving actions out.

use super::context::{DeviceId, RelayId, Weather};

/// One action, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Virtual milliseconds since the beginning.
    pub at: u64,
    /// What.
    pub act: Act,
}

/// What people do, and what goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A person writes a message.
    Post(DeviceId),
    /// A person changes a message that they see.
    Edit(DeviceId),
    /// A person deletes a message.
    Delete(DeviceId),
    /// A person reacts, or takes it back.
    React(DeviceId, bool),
    /// A person pins or unpins.
    Pin(DeviceId, bool),
    /// A person has read everything.
    MarkRead(DeviceId),
    /// A person leaves a room.
    Leave(DeviceId),
    /// A person comes back to a room.
    Join(DeviceId),
    /// A person makes a room.
    CreateRoom(DeviceId),
    /// A person retries (or discards) what was refused.
    Settle(DeviceId, bool),
    /// Plain SQL inserts a message.
    SqlInsert,
    /// Plain SQL changes a text.
    SqlUpdate,
    /// Plain SQL deletes a message.
    SqlDelete,
    /// Plain SQL changes a room's edit policy, or archives it, or opens it again.
    SqlRoom(u8),
    /// Plain SQL changes a person's role, or puts them out, or lets them in again.
    SqlMember(u8),
    /// A transaction of plain SQL holds a room for so long.
    SqlHold(u64),
    /// A device is killed, and started again after so long.
    KillDevice(DeviceId, u64),
    /// A device is killed between its next write and the commit.
    KillWriting(DeviceId),
    /// A relay is killed, and started again after so long.
    KillRelay(RelayId, u64),
    /// The store is killed: what was not committed is gone, and some answers with it.
    KillStore,
    /// The store answers nobody for so long.
    StoreOutage(u64),
    /// A backup of the store is taken.
    BackUpStore,
    /// The store is restored from the last backup.
    RestoreStore,
    /// A device's connection is cut; `true`: both ends notice soon.
    Cut(DeviceId, bool),
    /// A device's connection passes nothing on for so long.
    Stall(DeviceId, u64),
    /// A device does not read for so long.
    Slow(DeviceId, u64),
    /// A device's disk is full for so long.
    DiskFull(DeviceId, u64),
    /// A device's disk is backed up.
    BackUpDevice(DeviceId),
    /// A device's disk is restored from its last backup.
    RestoreDevice(DeviceId),
    /// A device is installed anew.
    Reinstall(DeviceId),
}

impl Act {
    /// A fault's name; none for what people do.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        Some(match self {
            Self::KillDevice(..) | Self::KillWriting(_) => "device killed",
            Self::KillRelay(..) => "relay killed",
            Self::KillStore => "store killed",
            Self::StoreOutage(_) => "store outage",
            Self::RestoreStore => "store restored",
            Self::Cut(..) => "connection cut",
            Self::Stall(..) => "connection stalled",
            Self::Slow(..) => "slow consumer",
            Self::DiskFull(..) => "disk full",
            Self::RestoreDevice(_) => "device restored",
            Self::Reinstall(_) => "device reinstalled",
            Self::SqlHold(_) => "room held",
            _ => return None,
        })
    }
}

/// One history before it happens.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where all chance begins.
    pub seed: u64,
    /// The person of each device.
    pub devices: Vec<usize>,
    /// The clock of each device and relay, in milliseconds off.
    pub skews: Vec<i64>,
    /// How many relays.
    pub relays: usize,
    /// The network.
    pub weather: Weather,
    /// In order of time.
    pub actions: Vec<Action>,
}

impl Plan {
    /// The history of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x616d_656e_6421);
        let devices = match rng.u8(0..4) {
            0 => vec![0, 1],
            1 => vec![0, 0, 1],
            2 => vec![0, 0, 1, 2],
            _ => vec![0, 0, 1, 1, 2],
        };
        let relays = 1 + rng.usize(0..2);
        let hour = 3_600_000;
        let skews = (0..devices.len() + relays)
            .map(|_| {
                if rng.bool() {
                    0
                } else {
                    rng.i64(-12 * hour..12 * hour)
                }
            })
            .collect();
        let calm = rng.u8(0..4) == 0;
        let weather = Weather {
            delay: [2, 20, 150, 800][rng.usize(0..4)],
            duplicate: if calm { 0 } else { rng.u32(0..100) },
            reorder: if calm { 0 } else { rng.u32(0..100) },
            lose: if calm { 0 } else { rng.u32(0..12) },
        };
        let actions = 12 + rng.usize(0..40);
        let span = [4_000, 30_000, 200_000][rng.usize(0..3)];
        // Each history has its own faults, so that some are about one thing.
        let faults = rng.u8(0..6) * 10;
        let only = (rng.u8(0..3) == 0).then(|| rng.usize(0..FAULTS));
        let mut plan = Self {
            seed,
            relays,
            weather,
            actions: Vec::new(),
            devices,
            skews,
        };
        for _ in 0..actions {
            let at = rng.u64(0..span);
            let act = if rng.u8(0..100) < faults {
                let kind = only.unwrap_or_else(|| rng.usize(0..FAULTS));
                plan.fault(kind, &mut rng)
            } else {
                plan.deed(&mut rng)
            };
            plan.actions.push(Action { at, act });
        }
        plan.actions.sort_by_key(|action| action.at);
        plan
    }

    fn device(&self, rng: &mut fastrand::Rng) -> DeviceId {
        rng.usize(0..self.devices.len())
    }

    fn deed(&self, rng: &mut fastrand::Rng) -> Act {
        let device = self.device(rng);
        match rng.u8(0..100) {
            0..36 => Act::Post(device),
            36..60 => Act::Edit(device),
            60..66 => Act::Delete(device),
            66..71 => Act::React(device, rng.u8(0..3) > 0),
            71..74 => Act::Pin(device, rng.bool()),
            74..78 => Act::MarkRead(device),
            78..79 => Act::Leave(device),
            79..81 => Act::Join(device),
            81..83 => Act::CreateRoom(device),
            83..88 => Act::Settle(device, rng.u8(0..3) > 0),
            88..92 => Act::SqlInsert,
            92..95 => Act::SqlUpdate,
            95..96 => Act::SqlDelete,
            96..98 => Act::SqlRoom(rng.u8(..)),
            _ => Act::SqlMember(rng.u8(..)),
        }
    }

    fn fault(&self, kind: usize, rng: &mut fastrand::Rng) -> Act {
        let device = self.device(rng);
        let relay = rng.usize(0..self.relays);
        let time = [50, 500, 5_000, 60_000][rng.usize(0..4)];
        let time = 1 + rng.u64(0..time);
        match kind {
            0 => Act::KillDevice(device, time),
            1 => Act::KillWriting(device),
            2 | 3 => Act::KillRelay(relay, time),
            4 => Act::KillStore,
            5 => Act::StoreOutage(time),
            6 => Act::BackUpStore,
            7 => Act::RestoreStore,
            8 => Act::Cut(device, true),
            9 => Act::Cut(device, rng.bool()),
            10 => Act::Stall(device, time),
            11 => Act::Slow(device, time),
            12 => Act::DiskFull(device, time),
            13 => Act::BackUpDevice(device),
            14 => Act::RestoreDevice(device),
            15 if rng.bool() => Act::Reinstall(device),
            _ => Act::SqlHold(time.min(5_000)),
        }
    }
}

/// Kinds of faults of [`Plan::fault`].
const FAULTS: usize = 17;
