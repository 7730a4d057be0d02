//! `amend search …`: what is here, also offline; and `amend doctor`, which looks at the index and its database.

use super::{print, signed_in};
use anyhow::{Context, bail};
use client::Client;
use model::Millis;
use model::search::{Day, Query, What, pieces};
use model::view::{SearchHit, SearchOrder, SearchRequest, Table};
use std::io::IsTerminal;

const MINUTE_MILLIS: i64 = 60_000;

/// What to search, and how to show it.
#[derive(clap::Args)]
pub(crate) struct Search {
    /// Words, "phrases", -exclusions, and from:NAME in:ROOM before:2026-11-01 after: on: has:link|code|pin|reaction.
    #[arg(required = true, allow_hyphen_values = true)]
    query: Vec<String>,
    /// How many at most.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// What fits best first, instead of the newest.
    #[arg(long)]
    best: bool,
    /// One JSON object a message.
    #[arg(long)]
    json: bool,
    /// How far your clock is ahead of UTC, like +02:00: where days begin, and the times that are shown.
    #[arg(
        long,
        default_value = "+00:00",
        allow_hyphen_values = true,
        env = "AMEND_UTC_OFFSET"
    )]
    utc_offset: String,
}

/// Searches, and prints a line a message.
pub(crate) async fn search(client: &Client, args: Search) -> anyhow::Result<()> {
    signed_in(client).await?;
    let offset = offset(&args.utc_offset)?;
    let query = query(&args.query.join(" "), offset);
    wait_for_index(client).await?;
    let mut request = SearchRequest {
        query,
        order: if args.best {
            SearchOrder::Best
        } else {
            SearchOrder::Newest
        },
        limit: args.limit.max(1),
        after: None,
    };
    let mut left = usize::try_from(args.limit.max(1)).unwrap_or(usize::MAX);
    loop {
        let page = client.search(request.clone()).await?;
        if request.after.is_none() {
            for one in &page.unknown {
                eprintln!(
                    "Nobody and nothing here is called \"{}\" ({}:).",
                    one.name,
                    one.filter.word()
                );
            }
            for room in &page.fetching {
                eprintln!(
                    "Older messages of {room} are still to be fetched; what is here was searched."
                );
            }
            if page.hits.is_empty() {
                eprintln!("Nothing found.");
            }
        }
        for hit in page.hits.iter().take(left) {
            print::line(&if args.json {
                serde_json::to_string(hit)?
            } else {
                as_text(hit, offset)
            })?;
        }
        left = left.saturating_sub(page.hits.len());
        request.after = page.next;
        if left == 0 || request.after.is_none() {
            return Ok(());
        }
    }
}

fn query(text: &str, offset: i64) -> Query {
    let now = Millis(client::clock::now().0 + offset * MINUTE_MILLIS);
    // With the space: on a command line nothing is still being typed.
    let pieces = pieces(&format!("{text} "), Day::of_utc(now));
    for piece in &pieces {
        if let What::Unclear { filter, value } = &piece.what {
            eprintln!("{}:{value} is not understood and left out.", filter.word());
        }
    }
    Query::of(&pieces, |day| {
        Millis(day.utc_start().0 - offset * MINUTE_MILLIS)
    })
}

fn offset(text: &str) -> anyhow::Result<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text
        .trim_start_matches(['+', '-'])
        .split_once(':')
        .with_context(|| format!("\"{text}\" is not an offset. Give it like +02:00."))?;
    let (hours, minutes): (i64, i64) = (hours.parse()?, minutes.parse()?);
    if hours > 14 || minutes > 59 || hours < 0 || minutes < 0 {
        bail!("\"{text}\" is not an offset. Give it like +02:00.");
    }
    Ok(sign * (hours * 60 + minutes))
}

async fn wait_for_index(client: &Client) -> anyhow::Result<()> {
    let mut events = client.events();
    let mut said = false;
    while client.indexing().await?.is_some() {
        if !std::mem::replace(&mut said, true) {
            eprintln!("The index of this database is being made, once.");
        }
        while let Ok(event) = events.recv().await {
            if event.tables.contains(&Table::Index) {
                break;
            }
        }
    }
    Ok(())
}

fn as_text(hit: &SearchHit, offset: i64) -> String {
    let at = Millis(hit.at.0 + offset * MINUTE_MILLIS);
    let minutes = at.0.div_euclid(MINUTE_MILLIS).rem_euclid(24 * 60);
    let (on, off) = if std::io::stdout().is_terminal() {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let snippet: String = hit
        .snippet
        .iter()
        .map(|segment| {
            let text = print::plain(&segment.text);
            if segment.marked {
                format!("{on}{text}{off}")
            } else {
                text
            }
        })
        .collect();
    format!(
        "{}  {} {:02}:{:02}  #{}  {}: {snippet}",
        hit.message_id,
        Day::of_utc(at),
        minutes / 60,
        minutes % 60,
        print::plain(&hit.room_name),
        print::plain(&hit.author_name),
    )
}

/// Says whether the index and the messages agree; `rebuild`: makes it anew.
pub(crate) async fn doctor(client: &Client, rebuild: bool) -> anyhow::Result<()> {
    if rebuild {
        client.rebuild_index().await?;
    }
    wait_for_index(client).await?;
    let found = client.check_index().await?;
    if found.is_right() {
        print::line("The search index says what the messages say.")?;
        return Ok(());
    }
    bail!(
        "The search index is wrong ({} messages missing, {} entries of messages that are gone{}). Run `amend doctor --rebuild-index`.",
        found.missing,
        found.astray,
        if found.damaged { ", damaged" } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_where_the_reader_is() {
        assert_eq!(offset("+02:00").unwrap(), 120);
        assert_eq!(offset("-03:30").unwrap(), -210);
        assert!(offset("2").is_err() && offset("+25:00").is_err());
        let noon = Day::new(2026, 11, 1).unwrap().utc_start().0;
        assert_eq!(
            query("before:2026-11-01", 120).until,
            Some(Millis(noon - 7_200_000))
        );
    }
}
