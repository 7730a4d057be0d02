//! The commands. Each opens the profile, works on the local database, and (where it writes) waits a while for the relay.
//!
//! Invariant: ids and data go to stdout, words about what is going on to stderr; a change that is safely in the outbox is a
//! success, whether or not the relay could be reached.

mod channel;
mod exchange;
mod files;
mod print;
mod profile;
mod rooms;
mod search;
mod wait;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use client::{Client, ClientError};
use model::view::{Delivery, RoomView};
use model::{MessageId, RoomId, Target};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::time::Duration;

/// Team chat whose messages can be edited, offline included.
#[derive(Parser)]
#[command(name = "amend", version)]
pub(crate) struct Args {
    /// Which account and database on this machine.
    #[arg(long, global = true, default_value = "default", env = "AMEND_PROFILE")]
    profile: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign in to a relay.
    Login {
        /// Its address, like https://chat.example.org.
        #[arg(long)]
        relay: String,
        /// Your name there.
        #[arg(long, required_unless_present = "token_stdin")]
        name: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        /// Read a token from standard input instead: your identity provider's, or one from `amend-relay token`.
        #[arg(long, conflicts_with_all = ["name", "password_stdin"])]
        token_stdin: bool,
    },
    /// Make an account at a relay, with an invite, and sign in to it.
    Register {
        /// The relay's address, like https://chat.example.org.
        #[arg(long)]
        relay: String,
        /// Your name there.
        #[arg(long)]
        name: String,
        /// The invite's code; not needed where the relay is open to everybody.
        #[arg(long)]
        invite: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Sign out; messages and outbox stay on this machine.
    Logout,
    /// List where you are signed in, or sign out another device.
    Sessions {
        /// The id of the session to end.
        #[arg(long, value_name = "ID")]
        end: Option<uuid::Uuid>,
    },
    /// Set a new password; signs out your other devices.
    Password {
        /// Read the old password and the new one from standard input, a line each.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print the code of an invite, if you are an admin of the relay.
    Invite {
        /// How many people may use it.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// How many days it is good.
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// List your rooms; make, join, leave or change one, or who is in it.
    Rooms {
        #[command(subcommand)]
        action: Option<rooms::RoomsAction>,
        /// Seconds to wait for the relay; 0 only writes to the outbox.
        #[arg(long, default_value_t = 10, global = true)]
        wait: u64,
    },
    /// Open the direct room with some people; prints its id.
    Direct {
        /// Their names.
        #[arg(required = true)]
        people: Vec<String>,
        /// Seconds to wait for the relay; 0 only writes to the outbox.
        #[arg(long, default_value_t = 10)]
        wait: u64,
    },
    /// Write a message; prints its id.
    Send {
        /// The room's name or id.
        room: String,
        /// The text; "-" reads standard input. With a file it may be left out.
        #[arg(default_value = "", required_unless_present = "attach")]
        text: String,
        /// A file to send along; may be given several times.
        #[arg(long, value_name = "FILE")]
        attach: Vec<PathBuf>,
        /// Seconds to wait for the relay; 0 only writes to the outbox.
        #[arg(long, default_value_t = 10)]
        wait: u64,
    },
    /// Fetch a message's files and copy them to a folder; prints where they are.
    Get {
        /// The message's id.
        message: MessageId,
        /// Only the file that is called so.
        name: Option<String>,
        /// Where to put them.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
        /// Seconds to wait for each file.
        #[arg(long, default_value_t = 60)]
        wait: u64,
    },
    /// Change a message's text.
    Edit {
        /// The message's id.
        message: MessageId,
        /// The whole new text; "-" reads standard input.
        text: String,
        /// Seconds to wait for the relay; 0 only writes to the outbox.
        #[arg(long, default_value_t = 10)]
        wait: u64,
    },
    /// Show the earlier texts of a message, oldest first.
    Versions {
        /// The message's id.
        message: MessageId,
    },
    /// Delete a message.
    Delete {
        /// The message's id.
        message: MessageId,
        /// Seconds to wait for the relay; 0 only writes to the outbox.
        #[arg(long, default_value_t = 10)]
        wait: u64,
    },
    /// Show a room's newest messages.
    Tail {
        /// The room's name or id.
        #[arg(required_unless_present = "channel")]
        room: Option<String>,
        /// A channel with the changes of a watched table, instead of a room.
        #[arg(long, conflicts_with_all = ["room", "json"])]
        channel: Option<String>,
        /// The position of a channel to go on from.
        #[arg(long, requires = "channel")]
        after: Option<i64>,
        /// How many.
        #[arg(long, default_value_t = 20)]
        lines: u32,
        /// Stay, and show what changes.
        #[arg(long)]
        follow: bool,
        /// One JSON object a message.
        #[arg(long)]
        json: bool,
    },
    /// This machine's profiles, and the encryption of one.
    Profile {
        #[command(subcommand)]
        action: profile::ProfileAction,
    },
    /// Search the messages that are here; works offline.
    Search(search::Search),
    /// Look whether the search index of this profile is right.
    Doctor {
        /// Make it anew.
        #[arg(long)]
        rebuild_index: bool,
    },
    /// Import another chat's export, if you are an admin of the relay. Cut short, the same command goes on.
    Import(exchange::Import),
    /// Write what is on this device to JSON Lines, Markdown or SQLite.
    Export(exchange::Export),
    /// Show the account, the connection and the outbox.
    Status,
    /// Wait until the outbox is empty and all rooms are level with the relay.
    Sync {
        /// Seconds to wait.
        #[arg(long, default_value_t = 60)]
        timeout: u64,
    },
}

/// Runs one command.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    if let Command::Profile { action } = args.command {
        return profile::run(&args.profile, action).await;
    }
    let client = profile::open(&client::profile::folder(&args.profile)?).await?;
    for notice in client.notices().await? {
        eprintln!("amend: {}", notice.text);
        client.dismiss_notice(notice.id).await?;
    }
    let result = perform(&client, args.command).await;
    client.close().await;
    result
}

async fn perform(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Login {
            relay,
            name,
            password_stdin,
            token_stdin,
        } => {
            let account = if token_stdin {
                let token = read_password(true)?;
                client.sign_in_with_token(&relay, &token).await?
            } else {
                let password = read_password(password_stdin)?;
                let name = name.unwrap_or_default();
                client.sign_in(&relay, &name, &password).await?
            };
            println!("Signed in to {} as {}.", account.relay, account.name);
            wait::until_level(client, Duration::from_secs(10)).await?;
            Ok(())
        }
        Command::Register {
            relay,
            name,
            invite,
            password_stdin,
        } => {
            let password = read_password(password_stdin)?;
            let invite = invite.as_deref();
            let account = client.register(&relay, &name, &password, invite).await?;
            println!("Signed in to {} as {}.", account.relay, account.name);
            wait::until_level(client, Duration::from_secs(10)).await?;
            Ok(())
        }
        Command::Sessions { end: Some(id) } => {
            client.end_session(id).await?;
            println!("Signed out {id}.");
            Ok(())
        }
        Command::Sessions { end: None } => print::sessions(client).await,
        Command::Password { password_stdin } => {
            let (old, new) = read_passwords(password_stdin)?;
            client.change_password(&old, &new).await?;
            println!("The password is changed. Your other devices must sign in again.");
            Ok(())
        }
        Command::Invite { uses, days } => {
            println!("{}", client.invite(uses, days).await?.code);
            Ok(())
        }
        Command::Logout => {
            client.sign_out().await?;
            println!("Signed out. Messages and outbox stay on this machine.");
            Ok(())
        }
        // Done before a profile is opened.
        Command::Profile { .. } => Ok(()),
        Command::Versions { message } => {
            for version in client.versions(message).await? {
                println!("{}\t{}", version.rev.0, version.body);
            }
            Ok(())
        }
        Command::Direct { people, wait } => {
            rooms::direct(client, &people, Duration::from_secs(wait)).await
        }
        Command::Rooms { action, wait } => {
            rooms::rooms(client, action, Duration::from_secs(wait)).await
        }
        Command::Get {
            message,
            name,
            folder,
            wait,
        } => {
            let time = Duration::from_secs(wait);
            files::get(client, message, name.as_deref(), &folder, time).await
        }
        Command::Send {
            room,
            text,
            attach,
            wait,
        } => {
            let room = find_room(client, &room, Duration::from_secs(wait)).await?;
            files::attach(client, room, &attach).await?;
            let id = client.post(room, &read_text(&text)?).await?;
            println!("{id}");
            settle(client, Target::Message(room, id), Duration::from_secs(wait)).await
        }
        Command::Edit {
            message,
            text,
            wait,
        } => {
            let (room, item) = find_message(client, message).await?;
            client
                .edit(
                    room,
                    message,
                    (item.rev, &item.body),
                    &read_text(&text)?,
                    None,
                )
                .await?;
            println!("{message}");
            settle(
                client,
                Target::Message(room, message),
                Duration::from_secs(wait),
            )
            .await
        }
        Command::Delete { message, wait } => {
            let (room, _) = find_message(client, message).await?;
            client.delete(room, message).await?;
            println!("{message}");
            settle(
                client,
                Target::Message(room, message),
                Duration::from_secs(wait),
            )
            .await
        }
        Command::Tail {
            room,
            channel,
            after,
            lines,
            follow,
            json,
        } => {
            if let Some(name) = channel {
                return channel::tail(client, &name, after, lines, follow).await;
            }
            let room = room.unwrap_or_default();
            let room = find_room(client, &room, Duration::from_secs(10)).await?;
            print::tail(client, room, lines, follow, json).await
        }
        Command::Search(args) => search::search(client, args).await,
        Command::Doctor { rebuild_index } => search::doctor(client, rebuild_index).await,
        Command::Import(how) => exchange::import(client, how).await,
        Command::Export(how) => exchange::export(client, how).await,
        Command::Status => print::status(client).await,
        Command::Sync { timeout } => {
            signed_in(client).await?;
            if wait::until_level(client, Duration::from_secs(timeout)).await? {
                return Ok(());
            }
            bail!("{}", wait::why_not(client).await?)
        }
    }
}

/// Waits for the relay's answer to what was just written, and says what became of it.
async fn settle(client: &Client, target: Target, wait: Duration) -> anyhow::Result<()> {
    match wait::until_answered(client, target, wait).await? {
        Delivery::Sent => Ok(()),
        Delivery::Pending => {
            eprintln!("queued: it is in the outbox and is sent when the relay can be reached.");
            Ok(())
        }
        Delivery::Failed(failed) => bail!(
            "The relay did not accept it: {} Your text is kept; it is shown by `amend tail`.",
            failed.reason
        ),
    }
}

async fn signed_in(client: &Client) -> Result<(), ClientError> {
    client
        .account()
        .await?
        .map(|_| ())
        .ok_or(ClientError::SignedOut)
}

async fn find_room(client: &Client, wanted: &str, wait: Duration) -> anyhow::Result<RoomId> {
    signed_in(client).await?;
    if let Some(room) = pick(&client.rooms().await?, wanted)? {
        return Ok(room);
    }
    // It may be known to the relay already, and to us in a moment.
    wait::until_level(client, wait).await?;
    pick(&client.rooms().await?, wanted)?.with_context(|| {
        format!("There is no room \"{wanted}\" among yours. See `amend rooms`, or join it with `amend rooms join \"{wanted}\"`.")
    })
}

fn pick(rooms: &[RoomView], wanted: &str) -> anyhow::Result<Option<RoomId>> {
    if let Ok(id) = wanted.parse::<RoomId>() {
        return Ok(rooms.iter().find(|room| room.id == id).map(|room| room.id));
    }
    let mut named = rooms
        .iter()
        .filter(|room| room.name.eq_ignore_ascii_case(wanted.trim()));
    match (named.next(), named.next()) {
        (Some(room), None) => Ok(Some(room.id)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => {
            bail!(
                "Several of your rooms are called \"{wanted}\". Give the id that `amend rooms` shows."
            )
        }
    }
}

async fn find_message(
    client: &Client,
    message: MessageId,
) -> Result<(RoomId, model::Message), ClientError> {
    signed_in(client).await?;
    client
        .db()
        .read(move |db| {
            let room = client::outbox::room_of_message(db, message)?;
            let row = client::db::rows::message(db, room, message)?;
            Ok((room, row.ok_or(ClientError::NoMessage(message))?))
        })
        .await
}

fn read_password(from_stdin: bool) -> anyhow::Result<String> {
    if !from_stdin && std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").context("The password could not be read.");
    }
    if !from_stdin {
        bail!("There is no terminal to ask for the password. Pipe it in and add --password-stdin.");
    }
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .context("The password could not be read from standard input.")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

/// The old password and the new one.
fn read_passwords(from_stdin: bool) -> anyhow::Result<(String, String)> {
    if from_stdin {
        let both = read_password(true)?;
        let (old, new) = both
            .split_once('\n')
            .context("Give the old password and the new one on standard input, a line each.")?;
        return Ok((old.trim_end_matches('\r').to_owned(), new.to_owned()));
    }
    eprintln!("First the old password, then the new one.");
    Ok((read_password(false)?, read_password(false)?))
}

fn read_text(text: &str) -> anyhow::Result<String> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("Standard input is not text (UTF-8).")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
