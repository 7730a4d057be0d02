//! The host's commands for rooms and their members.

use super::database::{Database, with_store};
use clap::{Args, Subcommand, ValueEnum};
use model::{Role, RoomId};
use relay::RelayError;
use relay::admin::{self, rooms};
use relay::config::Config;
use relay::store::Store;
use relay::store::accounts::Account;

#[derive(Subcommand)]
pub(crate) enum RoomAction {
    /// List the rooms: name, id, kind, people in it, messages, last activity, and whether it is archived.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// List who is and was in a room: name, id, role.
    Members(Which),
    /// Close a room for writing; everyone can still read it.
    Archive(Which),
    /// Open an archived room again.
    Unarchive(Which),
    /// Bring somebody into a room.
    AddMember {
        #[command(flatten)]
        member: WhichMember,
        /// What they may do there.
        #[arg(long, value_enum, default_value_t = RoleName::Member)]
        role: RoleName,
    },
    /// Put somebody out of a room, at once; they come back by invitation only.
    RemoveMember(WhichMember),
    /// Change what somebody may do in a room.
    SetRole {
        /// The room's name or id.
        room: String,
        /// The account's name.
        name: String,
        /// The role.
        #[arg(value_enum)]
        role: RoleName,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Args)]
pub(crate) struct Which {
    /// The room's name or id.
    room: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Args)]
pub(crate) struct WhichMember {
    /// The room's name or id.
    room: String,
    /// The account's name.
    name: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    Owner,
    Moderator,
    Member,
    Reader,
}

impl RoleName {
    fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Moderator => Role::Moderator,
            Self::Member => Role::Member,
            Self::Reader => Role::Reader,
        }
    }
}

pub(crate) async fn room(config: Config, action: RoomAction) -> anyhow::Result<()> {
    match action {
        RoomAction::List { database } => with_store(database, config, list).await,
        RoomAction::Members(which) => {
            with_store(which.database, config, async |store| {
                let (room, _) = rooms::find(store, &which.room).await?;
                members(store, room).await
            })
            .await
        }
        RoomAction::Archive(which) => set_archived(config, which, true).await,
        RoomAction::Unarchive(which) => set_archived(config, which, false).await,
        RoomAction::AddMember { member, role } => {
            let WhichMember {
                room,
                name,
                database,
            } = member;
            with_store(database, config, async |store| {
                let (id, account) = place(store, &room, &name).await?;
                rooms::add_member(store, id, account.id, role.role()).await?;
                println!("{} is in {room} as {}.", account.name, role.role().as_str());
                Ok(())
            })
            .await
        }
        RoomAction::RemoveMember(member) => {
            let (room, name) = (member.room, member.name);
            with_store(member.database, config, async |store| {
                let (id, account) = place(store, &room, &name).await?;
                rooms::remove_member(store, id, account.id).await?;
                println!("{} is not in {room} any more.", account.name);
                Ok(())
            })
            .await
        }
        RoomAction::SetRole {
            room,
            name,
            role,
            database,
        } => {
            with_store(database, config, async |store| {
                let (id, account) = place(store, &room, &name).await?;
                rooms::set_role(store, id, account.id, role.role()).await?;
                println!("{} is {} in {room}.", account.name, role.role().as_str());
                Ok(())
            })
            .await
        }
    }
}

async fn list(store: &Store) -> anyhow::Result<()> {
    for room in rooms::list(store).await? {
        let archived = if room.archived { "\tarchived" } else { "" };
        println!(
            "{}\t{}\t{}\t{}\t{}\t{}{archived}",
            room.name, room.id, room.kind, room.members, room.messages, room.active
        );
    }
    Ok(())
}

async fn members(store: &Store, room: RoomId) -> anyhow::Result<()> {
    for member in rooms::members(store, room).await? {
        let gone = if member.present { "" } else { "\tleft" };
        println!("{}\t{}\t{}{gone}", member.name, member.id, member.role);
    }
    Ok(())
}

async fn set_archived(config: Config, which: Which, archived: bool) -> anyhow::Result<()> {
    with_store(which.database, config, async |store| {
        let (room, _) = rooms::find(store, &which.room).await?;
        rooms::set_archived(store, room, archived).await?;
        let what = if archived { "archived" } else { "open again" };
        println!("{} is {what}.", which.room);
        Ok(())
    })
    .await
}

/// A channel and an account: in direct rooms nobody rules.
async fn place(store: &Store, room: &str, name: &str) -> anyhow::Result<(RoomId, Account)> {
    let (id, direct) = rooms::find(store, room).await?;
    if direct {
        return Err(RelayError::DirectRoom.into());
    }
    Ok((id, admin::find(store, name).await?))
}
