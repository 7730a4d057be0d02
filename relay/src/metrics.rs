//! What the relay counts, for Prometheus. One set a process.
//!
//! Invariant: no label comes from a person: a name, room or channel never becomes one.

use crate::bus::BusKind;
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
use prometheus_client::registry::Registry;
use std::sync::LazyLock;

/// A label with one of a few words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    kind: &'static str,
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
    /// Operations that were answered, by what became of them.
    ops: Family<Kind, Counter>,
    /// Operations of a batch.
    pub batch_ops: Histogram,
    /// Seconds from the first statement of a batch to its commit's answer.
    pub batch_seconds: Histogram,
    /// Batches that Postgres did not take.
    pub batch_failures: Counter,
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
    /// Whether Postgres answered when it was last asked for these metrics or for readiness.
    pub store_up: Gauge,
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

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("amend_relay");
        let metrics = Self {
            connections: Gauge::default(),
            ops: Family::default(),
            batch_ops: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            batch_seconds: seconds(),
            batch_failures: Counter::default(),
            fanout_seconds: seconds(),
            catch_up_rows: Counter::default(),
            queue_overflows: Counter::default(),
            wake_ups: Family::default(),
            announced: Family::default(),
            bus_up: Family::default(),
            found_behind: Counter::default(),
            refused: Family::default(),
            failed_reads: Counter::default(),
            store_up: Gauge::default(),
            registry: Registry::default(),
        };
        let gauge = |registry: &mut Registry, name, help, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        let counter = |registry: &mut Registry, name, help, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        let histogram = |registry: &mut Registry, name, help, histogram: &Histogram| {
            registry.register(name, help, histogram.clone());
        };
        gauge(
            &mut registry,
            "connections",
            "Open WebSocket connections",
            &metrics.connections,
        );
        registry.register(
            "ops",
            "Operations by what became of them",
            metrics.ops.clone(),
        );
        histogram(
            &mut registry,
            "batch_ops",
            "Operations of a batch",
            &metrics.batch_ops,
        );
        histogram(
            &mut registry,
            "batch_seconds",
            "Time to apply a batch",
            &metrics.batch_seconds,
        );
        counter(
            &mut registry,
            "batch_failures",
            "Batches that Postgres did not take",
            &metrics.batch_failures,
        );
        histogram(
            &mut registry,
            "fanout_seconds",
            "From commit to a session having sent the frame",
            &metrics.fanout_seconds,
        );
        counter(
            &mut registry,
            "catch_up_rows",
            "Rows read to catch up",
            &metrics.catch_up_rows,
        );
        counter(
            &mut registry,
            "queue_overflows",
            "Frames that did not fit a session's queue",
            &metrics.queue_overflows,
        );
        registry.register(
            "wake_ups",
            "Wake-ups heard, by what they are about and the bus",
            metrics.wake_ups.clone(),
        );
        registry.register(
            "announced",
            "Messages to other relays that did not ride in a commit, by the bus",
            metrics.announced.clone(),
        );
        registry.register(
            "bus_up",
            "Whether the bus is listened to",
            metrics.bus_up.clone(),
        );
        counter(
            &mut registry,
            "rooms_found_behind",
            "Rooms that had moved on without a wake-up",
            &metrics.found_behind,
        );
        registry.register(
            "refused",
            "What was over a limit, by which",
            metrics.refused.clone(),
        );
        counter(
            &mut registry,
            "failed_reads",
            "Reads for sessions that failed",
            &metrics.failed_reads,
        );
        gauge(
            &mut registry,
            "store_up",
            "Whether Postgres answers",
            &metrics.store_up,
        );
        Self {
            registry,
            ..metrics
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
pub(crate) fn routes(store: Store) -> Router {
    Router::new()
        .route("/metrics", get(served))
        .with_state(store)
}

async fn served(State(store): State<Store>) -> impl IntoResponse {
    let up = store.ping().await.is_ok();
    metrics().store_up.set(i64::from(up));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics().text())
}
