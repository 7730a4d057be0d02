//! `amend-relay`: the relay and its host's commands.

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use relay::cluster::{Cluster, Owned};
use relay::server::{Config, Relay};
use relay::store::{Store, migrate};
use relay::{RelayError, accounts};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Hosts a team chat: applies what people write to Postgres and tells everyone.
#[derive(Parser)]
#[command(name = "amend-relay", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until Ctrl-C or SIGTERM.
    Serve {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:7420", env = "AMEND_LISTEN")]
        listen: String,
        #[command(flatten)]
        database: Database,
    },
    /// Manage accounts.
    User {
        #[command(subcommand)]
        action: UserAction,
    },
    /// Print a session token for an account.
    Token {
        /// The account's name.
        name: String,
        /// How long it lasts.
        #[arg(long, default_value_t = accounts::TOKEN_DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        #[command(flatten)]
        database: Database,
    },
    /// The private Postgres of a relay without a database URL.
    Postgres {
        #[command(subcommand)]
        action: PostgresAction,
    },
}

#[derive(Subcommand)]
enum UserAction {
    /// Add an account.
    Add {
        /// Its name.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Subcommand)]
enum PostgresAction {
    /// Start it and leave it running; prints how to connect.
    Start {
        #[command(flatten)]
        data: Data,
    },
    /// Stop it.
    Stop {
        #[command(flatten)]
        data: Data,
    },
    /// Print how to connect: psql "$(amend-relay postgres url)".
    Url {
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
struct Database {
    /// The database, as postgres://user:password@host/name; without it a private Postgres runs in the data folder.
    #[arg(long, env = "AMEND_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
struct Data {
    /// The folder of the private Postgres.
    #[arg(long, env = "AMEND_DATA")]
    data: Option<PathBuf>,
}

impl Data {
    fn cluster(self) -> anyhow::Result<Cluster> {
        let folder = match self.data {
            Some(folder) => folder,
            None => default_data()?,
        };
        Ok(Cluster::locate(&folder)?)
    }
}

/// `/var/lib/amend-relay` for root, else below the user's folder for data.
fn default_data() -> anyhow::Result<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = set("HOME");
    if home.as_deref() == Some(std::path::Path::new("/root")) {
        return Ok(PathBuf::from("/var/lib/amend-relay"));
    }
    set("XDG_DATA_HOME")
        .or_else(|| home.map(|home| home.join(".local/share")))
        .map(|data| data.join("amend-relay"))
        .context("There is no home folder to keep the data in. Choose a folder with --data.")
}

/// A database that answers, and what must be stopped when we are done with it.
struct Opened {
    url: String,
    cluster: Option<(Cluster, Owned)>,
}

impl Database {
    /// Connects to the given database, or runs the private one; `serving`: this process must own it.
    fn open(self, serving: bool) -> anyhow::Result<Opened> {
        if let Some(url) = self.database_url {
            return Ok(Opened { url, cluster: None });
        }
        let cluster = self.data.cluster()?;
        let url = cluster.url();
        match cluster.own()? {
            // Somebody started it by hand: it is theirs to stop.
            Some(_) if !serving && cluster.is_running()? => Ok(Opened { url, cluster: None }),
            Some(owned) => {
                cluster.start()?;
                Ok(Opened {
                    url,
                    cluster: Some((cluster, owned)),
                })
            }
            None if serving => {
                let folder = url.split("host=").nth(1).unwrap_or_default();
                let folder = folder.split_whitespace().next().unwrap_or_default();
                Err(RelayError::DataInUse(PathBuf::from(folder)).into())
            }
            // A relay is serving from it: use it beside that.
            None => Ok(Opened { url, cluster: None }),
        }
    }
}

impl Opened {
    fn close(self) -> anyhow::Result<()> {
        match self.cluster {
            Some((cluster, _owned)) => Ok(cluster.stop()?),
            None => Ok(()),
        }
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("AMEND_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = Arguments::parse();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The program could not start. Close other programs and try again.")
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("amend-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { listen, database } => serve(listen, database).await,
        Command::User {
            action:
                UserAction::Add {
                    name,
                    password_stdin,
                    database,
                },
        } => {
            let password = read_password(password_stdin)?;
            with_store(database, async |store| {
                accounts::add(store, &name, &password).await?;
                println!("Added {name}.");
                Ok(())
            })
            .await
        }
        Command::Token {
            name,
            days,
            database,
        } => {
            with_store(database, async |store| {
                let (account, _) = store
                    .account(&name)
                    .await?
                    .ok_or_else(|| RelayError::NoAccount(name.clone()))?;
                println!("{}", accounts::new_token(store, account.id, days).await?);
                Ok(())
            })
            .await
        }
        Command::Postgres { action } => postgres(action),
    }
}

fn postgres(action: PostgresAction) -> anyhow::Result<()> {
    match action {
        PostgresAction::Start { data } => {
            let cluster = data.cluster()?;
            cluster.start()?;
            println!("{}", cluster.url());
        }
        PostgresAction::Stop { data } => data.cluster()?.stop()?,
        PostgresAction::Url { data } => println!("{}", data.cluster()?.url()),
    }
    Ok(())
}

async fn serve(listen: String, database: Database) -> anyhow::Result<()> {
    // Before anything is started, so that an early Ctrl-C is not missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let opened = database.open(true)?;
    let config = Config {
        listen,
        database_url: opened.url.clone(),
    };
    let served = async {
        let relay = Relay::start(&config).await?;
        println!("listening on http://{}", relay.address());
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        relay.stop().await;
        Ok(())
    }
    .await;
    let closed = opened.close();
    served.and(closed)
}

async fn with_store(
    database: Database,
    act: impl AsyncFnOnce(&Store) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let opened = database.open(false)?;
    let done = async {
        let store = Store::new(&opened.url)?;
        migrate::run(&store).await?;
        act(&store).await
    }
    .await;
    let closed = opened.close();
    done.and(closed)
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
