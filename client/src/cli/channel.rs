//! `amend tail --channel …`: the events of a watched table, a JSON object a line.

use super::signed_in;
use client::Client;
use model::wire::ChannelEvent;
use std::io::Write;
use std::time::Duration;

/// How often a followed channel is asked for more.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Shows the newest events, or those after a position; `follow`: and what comes.
pub(crate) async fn tail(
    client: &Client,
    channel: &str,
    after: Option<i64>,
    lines: u32,
    follow: bool,
) -> anyhow::Result<()> {
    signed_in(client).await?;
    let mut cursor = match after {
        Some(after) => after,
        None => {
            let stands = client.channel_events(channel, None).await?.through;
            let first = stands.saturating_sub(i64::from(lines)).max(0);
            // Of what is pruned already there is nothing to show.
            match client.channel_events(channel, Some(first)).await {
                Ok(_) => first,
                Err(_) => stands,
            }
        }
    };
    loop {
        let page = client.channel_events(channel, Some(cursor)).await?;
        let mut out = std::io::stdout().lock();
        for event in &page.events {
            writeln!(out, "{}", line(event))?;
        }
        out.flush()?;
        drop(out);
        cursor = page.through;
        if !page.more && !follow {
            return Ok(());
        }
        if !page.more {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// The row's own text, so that no number loses a digit.
fn line(event: &ChannelEvent) -> String {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let json = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let one_line = |value: String| value.replace(['\n', '\r'], " ");
    let old_key = event.old_key.as_ref();
    let old_key = old_key.map_or(String::new(), |key| format!(r#""old_key":{key},"#));
    format!(
        r#"{{"position":{},"operation":{},"schema":{},"table":{},"key":{},{}"row":{}}}"#,
        event.position,
        text(&event.operation),
        text(&event.schema),
        text(&event.table),
        one_line(json(&event.key)),
        one_line(old_key),
        one_line(json(&event.row)),
    )
}
