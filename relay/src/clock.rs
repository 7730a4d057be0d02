//! The one place that reads the wall clock.

use model::Millis;

/// The wall clock: what rows are stamped with, never used for order.
#[must_use]
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Millis {
    let since_1970 = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
