//! `amend rooms …` and `amend direct …`.

use super::{find_room, print, settle, signed_in, wait};
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use client::Client;
use model::{EditPolicy, NamedUser, Role, RoomId, Target};
use std::time::Duration;

#[derive(Subcommand)]
pub(crate) enum RoomsAction {
    /// Your rooms (the default).
    List,
    /// Make a room; prints its id.
    Create {
        /// Its name.
        name: String,
        /// What it is about.
        #[arg(long, default_value = "")]
        topic: String,
    },
    /// Join a channel.
    Join {
        /// Its name or id.
        room: String,
    },
    /// Leave a room; what is here of it stays.
    Leave {
        /// Its name or id.
        room: String,
    },
    /// Give a room another name.
    Rename {
        /// Its name or id.
        room: String,
        /// The new name.
        name: String,
    },
    /// Give a room another topic.
    Topic {
        /// Its name or id.
        room: String,
        /// One line; may be empty.
        topic: String,
    },
    /// Close a room for writing, or open it again.
    Archive {
        /// Its name or id.
        room: String,
        /// Open it again.
        #[arg(long)]
        undo: bool,
    },
    /// Show who is online in a room, and how many they are.
    Online {
        /// Its name or id.
        room: String,
    },
    /// Say who may edit whose messages.
    Policy {
        /// Its name or id.
        room: String,
        /// Who.
        policy: Policy,
    },
    /// Bring somebody into a room.
    Invite {
        /// Its name or id.
        room: String,
        /// Whom, by name or id.
        person: String,
    },
    /// Put somebody out of a room; they come back by invitation only.
    Remove {
        /// Its name or id.
        room: String,
        /// Whom, by name or id.
        person: String,
    },
    /// Give somebody a role in a room.
    Role {
        /// Its name or id.
        room: String,
        /// Whom, by name or id.
        person: String,
        /// Which.
        role: GivenRole,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Policy {
    /// Only the author.
    Author,
    /// The author, moderators and owners.
    Moderators,
    /// Everyone who may write.
    Everyone,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum GivenRole {
    /// Everything.
    Owner,
    /// Look after the room: delete, pin, rename, invite back, remove, silence.
    Moderator,
    /// Write.
    Member,
    /// Read only.
    Reader,
}

pub(crate) async fn rooms(
    client: &Client,
    action: Option<RoomsAction>,
    wait: Duration,
) -> anyhow::Result<()> {
    signed_in(client).await?;
    let target = match action {
        None | Some(RoomsAction::List) => {
            wait::until_level(client, wait).await?;
            return print::rooms(client).await;
        }
        Some(RoomsAction::Create { name, topic }) => {
            let id = client.create_room(&name, &topic).await?;
            println!("{id}");
            Target::Room(id)
        }
        Some(RoomsAction::Join { room }) => {
            wait::until_level(client, wait).await?;
            let id = wait::directory_room(client, &room, wait).await?;
            client.join(id).await?;
            println!("{id}");
            Target::Room(id)
        }
        Some(RoomsAction::Online { room }) => {
            let room = find_room(client, &room, wait).await?;
            return online(client, room).await;
        }
        Some(other) => change(client, other, wait).await?,
    };
    settle(client, target, wait).await
}

/// Writes a change of a room that we are in; returns what it is about.
async fn change(client: &Client, action: RoomsAction, wait: Duration) -> anyhow::Result<Target> {
    use RoomsAction as A;
    let wanted = match &action {
        A::Leave { room }
        | A::Rename { room, .. }
        | A::Topic { room, .. }
        | A::Archive { room, .. }
        | A::Policy { room, .. }
        | A::Invite { room, .. }
        | A::Remove { room, .. }
        | A::Role { room, .. }
        | A::Online { room }
        | A::Join { room } => room,
        A::Create { name, .. } => name,
        A::List => "",
    };
    let room = find_room(client, wanted, wait).await?;
    let person = match &action {
        A::Invite { person, .. } | A::Remove { person, .. } | A::Role { person, .. } => {
            Some(find_person(client, Some(room), person).await?)
        }
        _ => None,
    };
    match (&action, &person) {
        (A::Leave { .. }, _) => client.leave(room).await?,
        (A::Rename { name, .. }, _) => client.rename_room(room, name).await?,
        (A::Topic { topic, .. }, _) => client.set_topic(room, topic).await?,
        (A::Archive { undo, .. }, _) => client.archive(room, !undo).await?,
        (A::Policy { policy, .. }, _) => {
            let policy = match policy {
                Policy::Author => EditPolicy::Author,
                Policy::Moderators => EditPolicy::Moderators,
                Policy::Everyone => EditPolicy::Everyone,
            };
            client.set_edit_policy(room, policy).await?;
        }
        (A::Invite { .. }, Some(who)) => client.invite_to_room(room, who).await?,
        (A::Remove { .. }, Some(who)) => client.remove_from_room(room, who).await?,
        (A::Role { role, .. }, Some(who)) => {
            let role = match role {
                GivenRole::Owner => Role::Owner,
                GivenRole::Moderator => Role::Moderator,
                GivenRole::Member => Role::Member,
                GivenRole::Reader => Role::Reader,
            };
            client.set_role(room, who, role).await?;
        }
        _ => {}
    }
    Ok(match person {
        Some(person) => Target::Member(room, person.user_id),
        None => Target::Room(room),
    })
}

/// One a line, by name, and the count.
async fn online(client: &Client, room: RoomId) -> anyhow::Result<()> {
    let present = client.online(room).await?;
    let people = client.everybody().await?;
    for user in &present.online {
        let known = people.iter().find(|person| person.user_id == *user);
        let name = known.map_or_else(|| user.to_string(), |person| person.name.clone());
        let types = present.typing.contains(user);
        println!("{name}{}", if types { "\ttyping" } else { "" });
    }
    eprintln!("{} online", present.count);
    Ok(())
}

/// Opens a direct room and prints its id.
pub(crate) async fn direct(
    client: &Client,
    names: &[String],
    wait: Duration,
) -> anyhow::Result<()> {
    signed_in(client).await?;
    let mut with = Vec::new();
    for name in names {
        with.push(find_person(client, None, name).await?);
    }
    let room = client.open_direct(with).await?;
    println!("{room}");
    settle(client, Target::Room(room), wait).await
}

/// Somebody in the room, or else anybody on the relay.
async fn find_person(
    client: &Client,
    room: Option<RoomId>,
    wanted: &str,
) -> anyhow::Result<NamedUser> {
    let fits = |person: &NamedUser| {
        person.name.to_lowercase() == wanted.trim().to_lowercase()
            || person.user_id.to_string() == wanted
    };
    if let Some(room) = room {
        let here = client.people(room).await?;
        let here = here.into_iter().map(|person| NamedUser {
            user_id: person.id,
            name: person.name,
        });
        if let Some(person) = here.into_iter().find(&fits) {
            return Ok(person);
        }
    }
    let everybody = client.everybody().await?;
    everybody.into_iter().find(&fits).with_context(|| {
        format!("There is nobody called \"{wanted}\" on this relay. See the spelling, or invite them to the relay first.")
    })
}
