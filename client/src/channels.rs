//! Following a channel: the changes of a table that the relay's host watches. Nothing of it is kept here.

use crate::account::blocking;
use crate::{Client, ClientError};
use model::wire::EventsResponse;
use std::fmt::Write;

impl Client {
    /// The events of a channel after a position; `None` asks where the channel stands.
    ///
    /// # Errors
    /// The network, a channel that one may not follow, or a position whose events are not kept any more.
    pub async fn channel_events(
        &self,
        channel: &str,
        after: Option<i64>,
    ) -> Result<EventsResponse, ClientError> {
        let query = after.map_or(String::new(), |after| format!("?after={after}"));
        let path = format!("/v1/channels/{}/events{query}", encoded(channel));
        let request = self.request(&path).await?;
        blocking(move || request.get()).await
    }
}

/// RFC 3986, 2.1: everything that could mean something in a path, as %XX.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
