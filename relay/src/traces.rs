//! OpenTelemetry traces over HTTP, if they are configured: requests, sessions' pushes, batches, commits, fan-out.
//!
//! Invariants: spans wait in a bounded queue and a collector that is down costs nothing but them, and one line; no span holds what a
//! log line may not hold ([`crate::logs`]): they are made from the same fields, of our own code alone.

use crate::RelayError;
use crate::logs::is_ours;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::Deserialize;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Where OTLP over HTTP takes traces.
const PATH: &str = "/v1/traces";

/// How long a collector may take.
const SEND_MAX: Duration = Duration::from_secs(5);

/// How long the last spans may take when the relay ends.
const GOODBYE_MAX: Duration = Duration::from_secs(2);

/// `[traces]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// The collector, as `http://127.0.0.1:4318`.
    pub endpoint: String,
    /// Sent along, for a collector that wants a key.
    pub headers: HashMap<String, String>,
    /// The part of all traces that is kept, from 0 to 1.
    pub sample_ratio: f64,
    /// By which name the relay is known there.
    pub service_name: String,
}

/// The configuration holds no number that is none.
impl Eq for TracesConfig {}

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            headers: HashMap::new(),
            sample_ratio: 1.0,
            service_name: "amend-relay".to_owned(),
        }
    }
}

/// The spans of this process on their way; the last are sent when it is dropped.
pub struct Traces(SdkTracerProvider);

impl Traces {
    pub(crate) fn new(config: &TracesConfig) -> Result<Self, RelayError> {
        let good = ["http://", "https://"]
            .iter()
            .any(|scheme| config.endpoint.starts_with(scheme));
        if !good || !(0.0..=1.0).contains(&config.sample_ratio) {
            return Err(RelayError::Traces(
                "endpoint is an address as http://127.0.0.1:4318, sample_ratio a number from 0 to 1".to_owned(),
            ));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}{PATH}", config.endpoint.trim_end_matches('/')))
            .with_headers(config.headers.clone())
            .with_timeout(SEND_MAX)
            .build()
            .map_err(|error| RelayError::Traces(error.to_string()))?;
        let resource = Resource::builder_empty()
            .with_service_name(config.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let ratio = Sampler::TraceIdRatioBased(config.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("amend-relay"))
            .with_location(false)
            .with_threads(false)
            .with_filter(filter_fn(|of| {
                is_ours(of.target()) && *of.level() <= Level::DEBUG && of.is_span()
            }))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // A collector that is down gets no more time than this.
        let _ = self.0.shutdown_with_timeout(GOODBYE_MAX);
    }
}

/// The exporter's own thread sends, one request at a time: so a client that waits is the right one.
#[derive(Debug)]
struct Client {
    agent: ureq::Agent,
    fails: AtomicBool,
}

impl Client {
    fn new() -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(SEND_MAX))
            .http_status_as_error(false)
            .build();
        Self {
            agent: agent.into(),
            fails: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut sent = self.agent.post(parts.uri.to_string());
        for (name, value) in &parts.headers {
            sent = sent.header(name.as_str(), value.to_str()?);
        }
        let answer = sent.send(&body[..]);
        let fails = !matches!(&answer, Ok(answer) if answer.status().is_success());
        if fails != self.fails.swap(fails, Ordering::Relaxed) {
            // Once, not once a batch.
            if fails {
                tracing::warn!(
                    "traces can't be sent to the collector and are dropped until they can"
                );
            } else {
                tracing::info!("traces are sent to the collector again");
            }
        }
        let mut answer = answer?;
        let body = answer.body_mut().read_to_vec()?;
        Ok(Response::builder()
            .status(answer.status().as_u16())
            .body(Bytes::from(body))?)
    }
}

impl HttpClient for Client {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(self.send(request)))
    }
}
