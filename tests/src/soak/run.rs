//! One run: people write while everything breaks; then nothing breaks any more, and the history is checked.

use super::cluster::Cluster;
use super::device::{Command, Device};
use crate::database::Database;
use crate::history::{self, DeviceView, StoreView, Written};
use crate::proxy::Proxy;
use crate::relay_process::RelayProcess;
use model::{MessageId, MessageVersion, Millis, Rev, Room, RoomId, Row, Seq, UserId};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The person of each device.
const DEVICES: [&str; 5] = ["ada", "ada", "grace", "grace", "edsger"];

/// How long everything may take to come to rest when nothing breaks any more.
const REST_MAX: Duration = Duration::from_secs(180);

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was wrong.
    pub wrong: Vec<String>,
    /// What happened, by name.
    pub counts: BTreeMap<&'static str, u64>,
}

struct Run {
    rng: fastrand::Rng,
    cluster: Cluster,
    relays: Vec<RelayProcess>,
    devices: Vec<Device>,
    rooms: Vec<RoomId>,
    written: Vec<Written>,
    report: Report,
    words: u64,
}

/// Runs for so long, in a folder that is kept if something was wrong.
///
/// # Panics
/// When the parts can't be started at all.
pub async fn run(folder: &Path, seed: u64, time: Duration) -> Report {
    let mut run = Run::start(folder, seed).await;
    let end = Instant::now() + time;
    while Instant::now() < end {
        if run.rng.u32(0..1000) < 60 {
            run.fault().await;
        } else {
            run.deed().await;
        }
        let pause = run.rng.u64(0..30);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    run.heal().await;
    run.check().await
}

impl Run {
    async fn start(folder: &Path, seed: u64) -> Self {
        let cluster = Cluster::start(folder.join("postgres"));
        let database = Database {
            url: cluster.url.clone(),
        };
        let relays = vec![
            RelayProcess::on(database.clone()).await,
            RelayProcess::on(database).await,
        ];
        for name in ["ada", "grace", "edsger"] {
            relays[0].add_user(name);
        }
        let addresses = vec![relays[0].address(), relays[1].address()];
        let mut devices = Vec::new();
        for (number, person) in DEVICES.iter().enumerate() {
            let line = Proxy::start(addresses.clone()).await;
            line.switch(number);
            let name = format!("device {number}");
            let mut device = Device::new(&name, person, folder.join(&name), line);
            device.start();
            devices.push(device);
        }
        let mut run = Self {
            rng: fastrand::Rng::with_seed(seed),
            cluster,
            relays,
            devices,
            rooms: Vec::new(),
            written: Vec::new(),
            report: Report::default(),
            words: 0,
        };
        for name in ["General", "Random"] {
            let create = Command::CreateRoom { name: name.into() };
            let answer = run.devices[0].ask(&create).await.unwrap();
            run.rooms.push(RoomId(answer.message.unwrap().0));
        }
        run.enter_rooms().await;
        run
    }

    /// Everybody comes into the rooms, and in the first everybody may change everything.
    async fn enter_rooms(&mut self) {
        let begun = Instant::now();
        for device in [2, 4] {
            for room in self.rooms.clone() {
                while !self.devices[device]
                    .ask(&Command::Join { room })
                    .await
                    .unwrap_or_default()
                    .written
                {
                    assert!(begun.elapsed() < REST_MAX, "the rooms can't be entered");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    self.devices[device].start();
                }
            }
        }
        let policy = "UPDATE room SET edit_policy = 'everyone' WHERE name = 'General'";
        self.relays[0].database().sql(policy).await;
    }

    fn count(&mut self, what: &'static str) {
        *self.report.counts.entry(what).or_default() += 1;
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("w{}", self.words)
    }

    async fn deed(&mut self) {
        if self.rng.u8(0..100) < 6 {
            return self.plain_sql().await;
        }
        let device = self.rng.usize(0..self.devices.len());
        let room = self.rooms[self.rng.usize(0..self.rooms.len())];
        let token = self.word();
        let back = self.rng.usize(0..64);
        let (command, post) = match self.rng.u8(0..100) {
            0..50 => {
                let text = format!("{token} one two three four");
                (Command::Post { room, text }, true)
            }
            50..80 => {
                let token = token.clone();
                (Command::Edit { room, back, token }, false)
            }
            80..86 => (Command::Delete { room, back }, false),
            86..94 => {
                let on = self.rng.bool();
                (Command::React { room, back, on }, false)
            }
            _ => (Command::MarkRead { room }, false),
        };
        let has_words = matches!(command, Command::Post { .. } | Command::Edit { .. });
        let answer = self.devices[device].ask(&command).await;
        let Some(message) = answer
            .filter(|answer| answer.written)
            .and_then(|answer| answer.message)
        else {
            self.devices[device].start();
            return;
        };
        self.count("operations");
        if has_words {
            self.written.push(Written {
                person: UserId(uuid::Uuid::nil()),
                device: self.devices[device].name.clone(),
                room,
                message,
                token,
                post,
                excused: false,
            });
        }
    }

    async fn plain_sql(&mut self) {
        let token = self.word();
        let room = self.rooms[self.rng.usize(0..self.rooms.len())];
        let newest = format!(
            "SELECT id FROM message WHERE room_id = '{room}' AND deleted_at IS NULL ORDER BY position DESC LIMIT 1"
        );
        let statement = match self.rng.u8(0..4) {
            0 | 1 => format!(
                "INSERT INTO message (room_id, author_id, body) SELECT '{room}', id, '{token} by sql' FROM account WHERE name = 'ada'"
            ),
            2 => format!("UPDATE message SET body = body || ' {token}' WHERE id = ({newest})"),
            _ => format!("DELETE FROM message WHERE id = ({newest})"),
        };
        // Postgres may be on its way back.
        let Ok(config) = self.cluster.url.parse::<tokio_postgres::Config>() else {
            return;
        };
        let Ok((client, connection)) = config.connect(tokio_postgres::NoTls).await else {
            return;
        };
        tokio::spawn(connection);
        let Ok(rows) = client.execute(&statement, &[]).await else {
            return;
        };
        self.count("statements of plain SQL");
        if rows > 0 && !statement.starts_with("DELETE") {
            self.written.push(Written {
                person: UserId(uuid::Uuid::nil()),
                device: "sql".into(),
                room,
                message: MessageId(uuid::Uuid::nil()),
                token,
                post: false,
                excused: false,
            });
        }
    }

    async fn fault(&mut self) {
        let device = self.rng.usize(0..self.devices.len());
        match self.rng.u8(0..100) {
            0..25 => {
                self.count("devices killed");
                self.devices[device].kill().await;
                self.devices[device].start();
            }
            25..40 => {
                self.count("relays killed");
                let relay = self.rng.usize(0..self.relays.len());
                self.relays[relay].kill();
                self.relays[relay].come_back().await;
            }
            40..44 => {
                self.count("Postgres killed");
                self.cluster.kill_and_come_back();
            }
            44..70 => {
                self.count("lines cut");
                let relay = self.rng.usize(0..self.relays.len());
                self.devices[device].line.switch(relay);
                self.devices[device].line.cut();
            }
            70..85 => {
                self.count("lines stalled");
                let (up, down) = (self.rng.bool(), self.rng.bool());
                self.devices[device].line.stall(up, down);
            }
            _ => {
                self.devices[device].line.stall(false, false);
                self.devices[device].line.close(false);
                if self.rng.u8(0..3) == 0 {
                    self.count("lines closed");
                    self.devices[device].line.close(true);
                }
            }
        }
    }

    async fn heal(&mut self) {
        for device in &mut self.devices {
            device.line.stall(false, false);
            device.line.close(false);
            device.line.cut();
            device.start();
            let _ = device.ask(&Command::Wake).await;
            device.start();
        }
    }

    /// Waits until nothing is on its way and everybody is level; then checks, and says what it was if it never came to that.
    async fn check(mut self) -> Report {
        let begun = Instant::now();
        loop {
            let store = self.store().await;
            let devices: Vec<DeviceView> = self
                .devices
                .iter()
                .filter_map(|device| view(device).ok())
                .collect();
            let level = devices.len() == self.devices.len()
                && devices.iter().all(|device| {
                    device.outbox.is_empty()
                        && device.joined.len() == self.rooms.len()
                        && device.joined.iter().all(|(room, (cursor, whole))| {
                            *whole && *cursor == store.rooms.get(room).map(|(_, last)| *last)
                        })
                });
            let late = begun.elapsed() > REST_MAX;
            if level || late {
                let mut wrong = history::check(&self.written, &store, &devices);
                // Between two readings rows may have come: a level history that is wrong is read again.
                if wrong.is_empty() || late {
                    if late && !level {
                        wrong.push(format!("not level after {REST_MAX:?}"));
                    }
                    self.report.wrong = wrong;
                    self.report.counts.insert(
                        "messages",
                        store
                            .rows
                            .values()
                            .filter(|row| matches!(row, Row::Message(_)))
                            .count() as u64,
                    );
                    self.report.counts.insert(
                        "kept as recovered",
                        devices
                            .iter()
                            .map(|device| device.recovered.len() as u64)
                            .sum(),
                    );
                    return self.report;
                }
            }
            for device in &mut self.devices {
                let _ = device.ask(&Command::Wake).await;
                device.start();
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// What Postgres holds, read as the relay reads it.
    async fn store(&self) -> StoreView {
        let mut view = StoreView::default();
        let store = relay::store::Store::new(&self.cluster.url).unwrap();
        for room in &self.rooms {
            let mut after = Seq::ZERO;
            while let Ok(Some(page)) = store.changes(*room, after, None).await {
                for row in page.rows {
                    if let Row::Room(found) = &row {
                        let entry: &mut (Room, Seq) = view
                            .rooms
                            .entry(*room)
                            .or_insert((found.clone(), Seq::ZERO));
                        entry.0 = found.clone();
                    }
                    if let Some(key) = history::RowKey::of(&row) {
                        view.rows.insert(key, row);
                    }
                }
                after = page.through;
                if !page.more {
                    break;
                }
            }
            if let Some(entry) = view.rooms.get_mut(room) {
                entry.1 = after;
            }
        }
        let client = self.relays[0].database().client().await;
        let versions = client
            .query(
                "SELECT room_id, message_id, seq, rev, body, editor_id FROM message_version",
                &[],
            )
            .await
            .unwrap();
        view.versions = versions
            .iter()
            .map(|row| MessageVersion {
                room_id: RoomId(row.get(0)),
                message_id: MessageId(row.get(1)),
                seq: Seq(row.get(2)),
                rev: Rev(row.get(3)),
                body: row.get(4),
                editor_id: UserId(row.get(5)),
                edited_at: Millis(0),
            })
            .collect();
        view
    }
}

fn view(device: &Device) -> anyhow::Result<DeviceView> {
    let path = device.folder.join("amend.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    client::db::checksum::install(&connection)?;
    let moment = connection.unchecked_transaction()?;
    DeviceView::read(&moment, &device.name)
}
