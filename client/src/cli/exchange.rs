//! `amend import` and `amend export`.

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use client::Client;
use client::exchange::write::when;
use model::view::{
    ExchangeFormat, ExchangeState, ExchangeView, ExportRequest, ImportChoices, ImportPreview,
    PersonBecomes,
};
use model::{Millis, RoomId};
use std::path::{Path, PathBuf};
use tokio::sync::broadcast::error::RecvError;

#[derive(Args)]
pub(super) struct Import {
    /// A Slack export (.zip or folder), a Mattermost bulk export (.jsonl or .zip), or Amend's JSON Lines.
    file: PathBuf,
    /// Only show what would be imported, and who would be who.
    #[arg(long)]
    preview: bool,
    /// Import private rooms as well: here, a room is open to everybody unless it is a direct one of up to ten people.
    #[arg(long)]
    with_private: bool,
    /// Leave out a room, by the name or id that the preview shows.
    #[arg(long, value_name = "ROOM")]
    without: Vec<String>,
    /// Who somebody is here: the id that the preview shows, then the name of an account, or "new", or "skip".
    #[arg(long, value_name = "ID=NAME")]
    person: Vec<String>,
}

#[derive(Args)]
pub(super) struct Export {
    /// The file to write; of Markdown, the folder.
    file: PathBuf,
    /// How; otherwise as the file's name ends (.jsonl, .sqlite or .db), else Markdown.
    #[arg(long)]
    format: Option<Format>,
    /// Only this room, by name or id; may be given several times.
    #[arg(long)]
    room: Vec<String>,
    /// Only messages of this day (2024-05-01, UTC) or later.
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Only messages before this day.
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Jsonl,
    Markdown,
    Sqlite,
}

pub(super) async fn import(client: &Client, how: Import) -> anyhow::Result<()> {
    super::signed_in(client).await?;
    let id = client.import_open(&how.file).await?;
    let mut job = until_still(client, id).await?;
    if job.state == ExchangeState::Ready {
        let preview = client.import_preview(id).await?;
        if how.preview {
            show(&preview);
            return Ok(());
        }
        client.import_start(id, choices(&how, &preview)?).await?;
        job = until_still(client, id).await?;
    }
    report(&job)
}

pub(super) async fn export(client: &Client, how: Export) -> anyhow::Result<()> {
    let mut rooms: Vec<RoomId> = Vec::new();
    for room in &how.room {
        rooms.push(super::find_room(client, room, std::time::Duration::ZERO).await?);
    }
    let ending = how.file.extension().and_then(|ending| ending.to_str());
    let format = match (how.format, ending) {
        (Some(Format::Jsonl), _) | (None, Some("jsonl")) => ExchangeFormat::JsonLines,
        (Some(Format::Sqlite), _) | (None, Some("sqlite" | "sqlite3" | "db")) => {
            ExchangeFormat::Sqlite
        }
        (Some(Format::Markdown), _) | (None, _) => ExchangeFormat::Markdown,
    };
    let request = ExportRequest {
        format,
        path: how.file.to_string_lossy().into_owned(),
        rooms,
        since: day(how.since.as_deref())?,
        until: day(how.until.as_deref())?,
    };
    let id = client.export_start(request).await?;
    report(&until_still(client, id).await?)
}

fn day(date: Option<&str>) -> anyhow::Result<Option<Millis>> {
    let Some(date) = date else { return Ok(None) };
    let millis = when::day(date)
        .with_context(|| format!("\"{date}\" is no day. Write it as 2024-05-01."))?;
    Ok(Some(Millis(millis)))
}

fn choices(how: &Import, preview: &ImportPreview) -> anyhow::Result<ImportChoices> {
    let mut choices = ImportChoices::default();
    if how.with_private {
        let private = preview.rooms.iter().filter(|room| room.private);
        choices.with_rooms = private.map(|room| room.id.clone()).collect();
    }
    for wanted in &how.without {
        let is_it = |id: &str, name: &str| id == wanted || name.eq_ignore_ascii_case(wanted);
        let found = preview
            .rooms
            .iter()
            .filter(|room| is_it(&room.id, &room.name));
        let before = choices.without_rooms.len();
        choices
            .without_rooms
            .extend(found.map(|room| room.id.clone()));
        if choices.without_rooms.len() == before {
            bail!("There is no room \"{wanted}\" in the export. See `amend import --preview`.");
        }
    }
    choices
        .with_rooms
        .retain(|room| !choices.without_rooms.contains(room));
    for person in &how.person {
        let (id, name) = person
            .split_once('=')
            .with_context(|| format!("\"{person}\" is not of the form ID=NAME."))?;
        if !preview.people.iter().any(|person| person.id == id) {
            bail!("There is nobody \"{id}\" in the export. See `amend import --preview`.");
        }
        let account = preview
            .accounts
            .iter()
            .find(|account| account.name.to_lowercase() == name.to_lowercase());
        let becomes = match (name, account) {
            ("skip", _) => PersonBecomes::Skipped,
            ("new", _) => PersonBecomes::Placeholder,
            (_, Some(account)) => PersonBecomes::Account(account.user_id),
            (_, None) => bail!("There is no account \"{name}\" at the relay."),
        };
        choices.people.insert(id.to_owned(), becomes);
    }
    Ok(choices)
}

fn show(preview: &ImportPreview) {
    println!(
        "{} messages, {} reactions",
        preview.messages, preview.reactions
    );
    println!("\nRooms (messages, id, name):");
    for room in &preview.rooms {
        let what = match (room.direct, room.private) {
            (true, _) => "\tdirect",
            (_, true) => "\tprivate: left out unless --with-private is given",
            _ => "",
        };
        println!("{}\t{}\t{}{what}", room.messages, room.id, room.name);
    }
    println!("\nPeople (messages, id, name, who they would be here):");
    for person in &preview.people {
        let becomes = match person.becomes {
            PersonBecomes::Account(id) => preview
                .accounts
                .iter()
                .find(|account| account.user_id == id)
                .map_or("an account", |account| account.name.as_str()),
            PersonBecomes::Placeholder => "(a new account, to be claimed by invite)",
            PersonBecomes::Skipped => "(left out)",
        };
        let email = person.email.as_deref().unwrap_or_default();
        println!(
            "{}\t{}\t{}\t{email}\t{becomes}",
            person.messages, person.id, person.name
        );
    }
    for skipped in &preview.skipped {
        println!(
            "\nLeft out: {} × {} (such as {})",
            skipped.count, skipped.reason, skipped.example
        );
    }
}

/// Waits until nothing works on it any more, and says how far it is.
async fn until_still(client: &Client, id: i64) -> anyhow::Result<ExchangeView> {
    let mut events = client.events();
    let mut said = String::new();
    loop {
        let job = client.exchange(id).await?;
        let now = match job.state {
            ExchangeState::Waiting => format!("waiting: {}", job.reason),
            ExchangeState::Reading if job.total > 0 => {
                format!("reading: {} %", job.done * 100 / job.total)
            }
            _ if job.total > 0 => format!("{} of {} messages", job.done, job.total),
            _ => String::new(),
        };
        if now != said && !now.is_empty() {
            eprintln!("{now}");
            said = now;
        }
        if !job.state.is_active() {
            return Ok(job);
        }
        match events.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => bail!("The local database was closed."),
        }
    }
}

fn report(job: &ExchangeView) -> anyhow::Result<()> {
    match job.state {
        ExchangeState::Done => {
            let Some(path) = &job.report else {
                return Ok(());
            };
            print!("{}", std::fs::read_to_string(Path::new(path))?);
            eprintln!("This report is kept in {path}.");
            Ok(())
        }
        ExchangeState::Paused => {
            bail!("It was stopped. The same command goes on where it was.")
        }
        _ => bail!("{}", job.reason),
    }
}
