//! The log: lines on the standard error, as text or as JSON, each line of a request or a session with its id.
//!
//! Invariant: no filter makes the log tell what people write, their names, tokens or passwords. Our own lines never hold them; the
//! crates below us would (whole frames, statements and their parameters), so of those only warnings pass, whatever is asked for.

use crate::RelayError;
use crate::traces::{self, TracesConfig};
use serde::Deserialize;
use std::io::IsTerminal;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// The variable whose filter wins over the configuration.
const FILTER: &str = "AMEND_LOG";

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How a line is written.
    pub format: Format,
    /// What is written: a level, or a filter as `info,relay::apply=debug`.
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: Format::Text,
            level: "info".to_owned(),
        }
    }
}

impl LogConfig {
    /// The filter of the environment, or else the configured one.
    ///
    /// # Errors
    /// [`RelayError::LogFilter`].
    pub fn filter(&self) -> Result<EnvFilter, RelayError> {
        let given = std::env::var(FILTER).ok().filter(|text| !text.is_empty());
        let text = given.unwrap_or_else(|| self.level.clone());
        EnvFilter::try_new(&text).map_err(|_| RelayError::LogFilter(text))
    }
}

/// Starts the log of this process, and its traces if they are configured; they end with what is returned.
///
/// # Errors
/// A filter that is none, traces that can't be sent.
pub fn start(
    log: &LogConfig,
    traces: Option<&TracesConfig>,
) -> Result<Option<traces::Traces>, RelayError> {
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(log.filter()?.and(filter_fn(is_told)));
    let traces = traces.map(traces::Traces::new).transpose()?;
    let spans = traces.as_ref().map(traces::Traces::layer);
    let registry = tracing_subscriber::registry().with(lines).with(spans);
    // Only a test that starts two relays in one process has one already.
    let _ = registry.try_init();
    Ok(traces)
}

/// Whether a line may be told, or a span, whatever the filter says.
fn is_told(of: &Metadata<'_>) -> bool {
    let silent = crate::bus::SILENCED;
    is_ours(of.target()) || (*of.level() <= Level::WARN && !of.target().starts_with(silent))
}

/// Whether a line comes from our own code.
pub(crate) fn is_ours(target: &str) -> bool {
    let name = target.split("::").next();
    name.is_some_and(|name| ["relay", "amend_relay", "model"].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_tell_warnings_alone() {
        for (target, ours) in [
            ("relay::apply::shell", true),
            ("relay", true),
            ("amend_relay::cli", true),
            ("relayed", false),
            ("tokio_postgres::prepare", false),
            ("tungstenite::protocol", false),
        ] {
            assert_eq!(is_ours(target), ours, "{target}");
        }
    }
}
