//! The host's commands for accounts, sessions and invites.

use super::database::{Database, with_store};
use super::people;
use anyhow::Context;
use clap::{Args, Subcommand};
use model::{Link, RoomId};
use relay::config::Config;
use relay::store::Store;
use relay::store::accounts::Account;
use relay::{RelayError, accounts};
use std::io::{IsTerminal, Read};
use uuid::Uuid;

#[derive(Subcommand)]
pub(crate) enum UserAction {
    /// Add an account; the first one is the admin's.
    Add {
        #[command(flatten)]
        who: Who,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts: name, id, and whether it is an admin's or deactivated.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Set a new password; ends all sessions of the account.
    Password {
        #[command(flatten)]
        who: Who,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let an account make invites.
    Promote {
        #[command(flatten)]
        who: Who,
    },
    /// Let an account no longer make invites.
    Demote {
        #[command(flatten)]
        who: Who,
    },
    /// End an account's sessions and let it sign in no more; its messages stay.
    Deactivate {
        #[command(flatten)]
        who: Who,
    },
    /// Let a deactivated account sign in again.
    Reactivate {
        #[command(flatten)]
        who: Who,
    },
    /// List an account's sessions.
    Sessions {
        #[command(flatten)]
        who: Who,
    },
    /// Give an account another name, in all rooms.
    Rename(people::Rename),
    /// Print all that is kept of one person, as JSON Lines.
    Export(people::Export),
    /// Erase one person's data: who they were, and what they wrote.
    Erase(people::Erase),
}

#[derive(Args)]
pub(crate) struct Who {
    /// The account's name.
    pub(super) name: String,
    #[command(flatten)]
    pub(super) database: Database,
}

#[derive(Args)]
pub(crate) struct Token {
    #[command(flatten)]
    who: Who,
    /// How long it lasts.
    #[arg(long, default_value_t = accounts::TOKEN_DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Invite {
    #[command(subcommand)]
    action: Option<InviteAction>,
    /// Print a link instead of the code: the relay's address as people reach it, such as https://chat.example.org.
    #[arg(long, value_name = "ADDRESS")]
    link: Option<String>,
    /// A channel that whoever opens the link joins, by its id.
    #[arg(long, value_name = "ROOM", requires = "link")]
    room: Option<RoomId>,
    /// How many people may use it.
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// How many days it is good.
    #[arg(long, default_value_t = 7)]
    days: u32,
    /// Somebody whose words were imported: the invite gives their account, once.
    #[arg(long = "for", value_name = "NAME", conflicts_with = "uses")]
    claims: Option<String>,
    #[command(flatten)]
    database: Database,
}

#[derive(Subcommand)]
pub(crate) enum InviteAction {
    /// List the invites that can still be used: id, uses left, who made it.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Take an invite back.
    Revoke {
        /// As `invite list` says.
        id: Uuid,
        #[command(flatten)]
        database: Database,
    },
}

pub(crate) async fn user(config: Config, action: UserAction) -> anyhow::Result<()> {
    match action {
        UserAction::Add {
            who,
            password_stdin,
        } => {
            let password = read_password(password_stdin)?;
            let name = who.name;
            with_store(who.database, config, async |store| {
                let admin = accounts::add(store, &name, &password).await?;
                let what = if admin { ", the admin" } else { "" };
                println!("Added {name}{what}.");
                Ok(())
            })
            .await
        }
        UserAction::List { database } => with_store(database, config, list).await,
        UserAction::Password {
            who,
            password_stdin,
        } => {
            let password = read_password(password_stdin)?;
            with_account(who, config, async |store, account| {
                accounts::reset_password(store, account.id, &password).await?;
                println!(
                    "{} has a new password and must sign in again.",
                    account.name
                );
                Ok(())
            })
            .await
        }
        UserAction::Promote { who } => set_admin(who, config, true).await,
        UserAction::Demote { who } => set_admin(who, config, false).await,
        UserAction::Deactivate { who } => set_deactivated(who, config, true).await,
        UserAction::Reactivate { who } => set_deactivated(who, config, false).await,
        UserAction::Sessions { who } => with_account(who, config, sessions).await,
        UserAction::Rename(how) => people::rename(config, how).await,
        UserAction::Export(how) => people::export(config, how).await,
        UserAction::Erase(how) => people::erase(config, how).await,
    }
}

pub(crate) async fn token(config: Config, token: Token) -> anyhow::Result<()> {
    with_account(token.who, config, async |store, account| {
        let label = "made by the host";
        println!(
            "{}",
            accounts::session(store, account.id, label, token.days).await?
        );
        Ok(())
    })
    .await
}

pub(crate) async fn invite(config: Config, invite: Invite) -> anyhow::Result<()> {
    match invite.action {
        Some(InviteAction::List { database }) => with_store(database, config, invites).await,
        Some(InviteAction::Revoke { id, database }) => {
            with_store(database, config, async |store| {
                if !store.revoke_invite(id).await? {
                    return Err(RelayError::NoInvite.into());
                }
                println!("The invite is taken back.");
                Ok(())
            })
            .await
        }
        None => {
            with_store(invite.database, config, async |store| {
                let claims = match &invite.claims {
                    Some(name) => Some(relay::admin::find(store, name).await?.id),
                    None => None,
                };
                let (code, _) =
                    accounts::invite(store, None, invite.uses, invite.days, claims).await?;
                match invite.link {
                    None => println!("{code}"),
                    Some(relay) => {
                        let room = invite.room;
                        println!("{}", Link::Join { relay, code, room });
                    }
                }
                Ok(())
            })
            .await
        }
    }
}

async fn invites(store: &Store) -> anyhow::Result<()> {
    for invite in store.invites().await? {
        let by = invite.by.unwrap_or_else(|| "the host".to_owned());
        println!("{}\t{} left\tby {by}", invite.id, invite.uses_left);
    }
    Ok(())
}

async fn list(store: &Store) -> anyhow::Result<()> {
    for row in store.accounts().await? {
        let admin = if row.is_admin { "\tadmin" } else { "" };
        let gone = if row.deactivated { "\tdeactivated" } else { "" };
        println!("{}\t{}{admin}{gone}", row.account.name, row.account.id);
    }
    Ok(())
}

async fn sessions(store: &Store, account: Account) -> anyhow::Result<()> {
    for session in store.sessions(account.id, None).await? {
        println!("{}\t{}", session.id, session.label);
    }
    Ok(())
}

async fn set_admin(who: Who, config: Config, admin: bool) -> anyhow::Result<()> {
    with_account(who, config, async |store, account| {
        store.set_admin(account.id, admin).await?;
        let what = if admin { "now" } else { "no longer" };
        println!("{} is {what} an admin.", account.name);
        Ok(())
    })
    .await
}

async fn set_deactivated(who: Who, config: Config, deactivated: bool) -> anyhow::Result<()> {
    with_account(who, config, async |store, account| {
        store.set_deactivated(account.id, deactivated).await?;
        let what = if deactivated {
            "can't sign in any more"
        } else {
            "can sign in again"
        };
        println!("{} {what}.", account.name);
        Ok(())
    })
    .await
}

async fn with_account(
    who: Who,
    config: Config,
    act: impl AsyncFnOnce(&Store, Account) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    with_store(who.database, config, async |store| {
        let known = store.credentials(who.name.trim()).await?;
        let known = known.ok_or(RelayError::NoAccount(who.name))?;
        act(store, known.account).await
    })
    .await
}

fn read_password(from_stdin: bool) -> anyhow::Result<String> {
    if !from_stdin && std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").context("The password could not be read.");
    }
    if !from_stdin {
        anyhow::bail!(
            "There is no terminal to ask for the password. Pipe it in and add --password-stdin."
        );
    }
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .context("The password could not be read from standard input.")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}
