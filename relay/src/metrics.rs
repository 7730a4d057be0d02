//! What the relay counts, for Prometheus. One set a process.
//!
//! Invariant: no label comes from a person: a name, room or channel never becomes one.

use crate::bus::BusKind;
use crate::hub::Hub;
use crate::limits::Limit;
use crate::listen::WakeUp;
use crate::store::Store;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use model::RejectionCode;
use model::wire::Outcome;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

/// A label with one of a few words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    kind: &'static str,
}

/// The version that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// One of the buses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBus {
    bus: &'static str,
}

/// A wake-up: what it is about and where it was heard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Woken {
    kind: &'static str,
    bus: &'static str,
}

/// All of them.
pub struct Metrics {
    registry: Registry,
    /// Open WebSocket connections.
    pub connections: Gauge,
    /// Connections that have said Hello.
    pub sessions: Gauge,
    /// Rooms that somebody is subscribed to.
    pub rooms: Gauge,
    /// HTTP requests by their answer's class.
    requests: Family<Kind, Counter>,
    /// Operations that were answered, by what became of them.
    ops: Family<Kind, Counter>,
    /// Operations of a batch.
    pub batch_ops: Histogram,
    /// Seconds from the first statement of a batch to its commit's answer.
    pub batch_seconds: Histogram,
    /// Batches that Postgres did not take.
    pub batch_failures: Counter,
    /// Pushes that wait for the applier.
    pub queued_pushes: Gauge,
    /// Rooms that somebody else keeps locked.
    pub locked_rooms: Gauge,
    /// Operations that wait for a locked room.
    pub set_aside_ops: Gauge,
    /// Seconds from a frame's making, just after its commit, to a session's having sent it.
    pub fanout_seconds: Histogram,
    /// Rows that sessions read to catch up.
    pub catch_up_rows: Counter,
    /// Frames that did not fit a session's queue: it became a catch-up reader.
    pub queue_overflows: Counter,
    wake_ups: Family<Woken, Counter>,
    announced: Family<OfBus, Counter>,
    bus_up: Family<OfBus, Gauge>,
    /// Rooms that had moved on without a wake-up.
    pub found_behind: Counter,
    /// What was over a limit, by which.
    refused: Family<Kind, Counter>,
    /// Reads for sessions that Postgres did not answer.
    pub failed_reads: Counter,
    /// Whether Postgres answered the last look.
    pub store_up: Gauge,
    /// Whether Postgres takes writes.
    pub store_writable: Gauge,
    /// Times that another state of the database answered than before.
    pub epoch_changes: Counter,
    /// Whether the relay is draining.
    pub stopping: Gauge,
    store_silent: Gauge<f64, AtomicU64>,
    pool: Family<Kind, Gauge>,
    resident_bytes: Gauge,
    open_files: Gauge,
    reached: Mutex<Instant>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// The process's metrics.
#[must_use]
pub fn metrics() -> &'static Metrics {
    &METRICS
}

/// From a tenth of a millisecond to some three seconds.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 16))
}

/// One metric under its name.
fn kept<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    fn new() -> Self {
        let mut whole = Registry::default();
        let own = whole.sub_registry_with_prefix("amend_relay");
        let build = Family::<Build, Gauge>::default();
        let version = env!("CARGO_PKG_VERSION");
        build.get_or_create(&Build { version }).set(1);
        own.register("build_info", "The version that runs", build);
        let batch_ops = Histogram::new(exponential_buckets(1.0, 2.0, 12));
        let mut metrics = Self {
            registry: Registry::default(),
            connections: kept(
                own,
                "connections",
                "Open WebSocket connections",
                Gauge::default(),
            ),
            sessions: kept(
                own,
                "sessions",
                "Connections that have said Hello",
                Gauge::default(),
            ),
            rooms: kept(
                own,
                "rooms",
                "Rooms that somebody is subscribed to",
                Gauge::default(),
            ),
            requests: kept(
                own,
                "requests",
                "HTTP requests by their answer",
                Family::default(),
            ),
            ops: kept(
                own,
                "ops",
                "Operations by what became of them",
                Family::default(),
            ),
            batch_ops: kept(own, "batch_ops", "Operations of a batch", batch_ops),
            batch_seconds: kept(own, "batch_seconds", "Time to apply a batch", seconds()),
            batch_failures: kept(
                own,
                "batch_failures",
                "Batches that Postgres did not take",
                Counter::default(),
            ),
            queued_pushes: kept(
                own,
                "queued_pushes",
                "Pushes that wait for the applier",
                Gauge::default(),
            ),
            locked_rooms: kept(
                own,
                "locked_rooms",
                "Rooms that somebody else keeps locked",
                Gauge::default(),
            ),
            set_aside_ops: kept(
                own,
                "set_aside_ops",
                "Operations that wait for a locked room",
                Gauge::default(),
            ),
            fanout_seconds: kept(
                own,
                "fanout_seconds",
                "From commit to a session having sent the frame",
                seconds(),
            ),
            catch_up_rows: kept(
                own,
                "catch_up_rows",
                "Rows read to catch up",
                Counter::default(),
            ),
            queue_overflows: kept(
                own,
                "queue_overflows",
                "Frames that did not fit a session's queue",
                Counter::default(),
            ),
            wake_ups: kept(
                own,
                "wake_ups",
                "Wake-ups heard, by what they are about and the bus",
                Family::default(),
            ),
            announced: kept(
                own,
                "announced",
                "Messages to other relays that did not ride in a commit, by the bus",
                Family::default(),
            ),
            bus_up: kept(
                own,
                "bus_up",
                "Whether the bus is listened to",
                Family::default(),
            ),
            found_behind: kept(
                own,
                "rooms_found_behind",
                "Rooms that had moved on without a wake-up",
                Counter::default(),
            ),
            refused: kept(
                own,
                "refused",
                "What was over a limit, by which",
                Family::default(),
            ),
            failed_reads: kept(
                own,
                "failed_reads",
                "Reads for sessions that failed",
                Counter::default(),
            ),
            store_up: kept(
                own,
                "store_up",
                "Whether Postgres answers",
                Gauge::default(),
            ),
            store_writable: kept(
                own,
                "store_writable",
                "Whether Postgres takes writes",
                Gauge::default(),
            ),
            epoch_changes: kept(
                own,
                "epoch_changes",
                "Times that another state of the database answered",
                Counter::default(),
            ),
            stopping: kept(
                own,
                "stopping",
                "Whether the relay is draining",
                Gauge::default(),
            ),
            store_silent: kept(
                own,
                "store_silent_seconds",
                "Time since Postgres last answered",
                Gauge::default(),
            ),
            pool: kept(
                own,
                "pool",
                "Connections to Postgres: open, used; and how many wait for one",
                Family::default(),
            ),
            resident_bytes: Gauge::default(),
            open_files: Gauge::default(),
            reached: Mutex::new(Instant::now()),
        };
        // Prometheus's own names for these.
        whole.register(
            "process_resident_memory_bytes",
            "Resident memory",
            metrics.resident_bytes.clone(),
        );
        whole.register(
            "process_open_fds",
            "Open files and sockets",
            metrics.open_files.clone(),
        );
        metrics.registry = whole;
        metrics
    }

    /// Postgres has answered.
    pub fn store_reached(&self) {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Counts an HTTP request's answer.
    pub fn requested(&self, status: u16) {
        let kind = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&Kind { kind }).inc();
    }

    /// Takes what is known only when it is asked for.
    fn refresh(&self, store: &Store, hub: &Hub) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (rooms, sessions) = hub.counts();
        self.rooms.set(gauge(rooms));
        self.sessions.set(gauge(sessions));
        let (open, used, waiting) = store.connections();
        for (kind, count) in [("open", open), ("used", used), ("waiting", waiting)] {
            self.pool.get_or_create(&Kind { kind }).set(gauge(count));
        }
        let reached = *self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        self.store_silent.set(reached.elapsed().as_secs_f64());
        // Where there is no /proc these stay 0.
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            self.open_files.set(gauge(files.count()));
        }
        if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kilobytes = resident.and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok());
            self.resident_bytes.set(kilobytes.unwrap_or(0) * 1024);
        }
    }

    /// Counts an operation's answer.
    pub fn answered(&self, outcome: &Outcome) {
        let kind = match outcome {
            Outcome::Applied { .. } => "applied",
            Outcome::Rejected { code, .. } => {
                if *code == RejectionCode::TooManyRooms {
                    self.refused(Limit::AccountRooms);
                }
                code.as_str()
            }
        };
        self.ops.get_or_create(&Kind { kind }).inc();
    }

    /// Counts a wake-up.
    pub fn woken(&self, by: &WakeUp, on: BusKind) {
        let kind = match by {
            WakeUp::Room(_) => "room",
            WakeUp::User(_) => "user",
            WakeUp::Presence(_) => "presence",
            WakeUp::Watch => "watch",
        };
        let bus = on.as_str();
        self.wake_ups.get_or_create(&Woken { kind, bus }).inc();
    }

    /// Counts what was said to the other relays.
    pub fn announced(&self, on: BusKind, messages: usize) {
        let bus = on.as_str();
        let messages = u64::try_from(messages).unwrap_or(u64::MAX);
        self.announced
            .get_or_create(&OfBus { bus })
            .inc_by(messages);
    }

    /// Says whether a bus is listened to.
    pub fn bus_is(&self, kind: BusKind, up: bool) {
        let bus = kind.as_str();
        self.bus_up.get_or_create(&OfBus { bus }).set(i64::from(up));
    }

    /// Counts what was over a limit.
    pub fn refused(&self, limit: Limit) {
        let kind = limit.as_str();
        self.refused.get_or_create(&Kind { kind }).inc();
    }

    /// The text format of OpenMetrics.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// `/metrics`, for a listener of its own: what it tells is for the host alone.
pub(crate) fn routes(store: Store, hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/metrics", get(served))
        .with_state((store, hub))
}

async fn served(State((store, hub)): State<(Store, Arc<Hub>)>) -> impl IntoResponse {
    metrics().refresh(&store, &hub);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics().text())
}
