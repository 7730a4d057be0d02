//! The commands of `amend-relay`. Each reads the configuration first.

mod accounts;
mod backup;
mod database;
mod doctor;
mod people;
mod rooms;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use database::{Data, Database, Opened};
use relay::config::{Config, DEFAULT_FILE};
use relay::server::Relay;
use sd_notify::NotifyState;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Hosts a team chat: applies what people write to Postgres and tells everyone.
#[derive(Parser)]
#[command(name = "amend-relay", version)]
pub(crate) struct Arguments {
    /// The configuration file; without it /etc/amend-relay/config.toml, if it is there.
    #[arg(long, global = true, env = "AMEND_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until Ctrl-C or SIGTERM.
    Serve(Serve),
    /// Manage accounts.
    User {
        #[command(subcommand)]
        action: accounts::UserAction,
    },
    /// Print a session token for an account.
    Token(accounts::Token),
    /// Print the code or link of an invite, with which people make their accounts; or list invites, or take one back.
    Invite(accounts::Invite),
    /// Manage rooms.
    Room {
        #[command(subcommand)]
        action: rooms::RoomAction,
    },
    /// Save everything into one file, while the relay serves.
    Backup(backup::Backup),
    /// Read a whole backup, check it, and say what is in it.
    VerifyBackup(backup::VerifyBackup),
    /// Put a backup into an empty database (or in the place of one).
    Restore(backup::Restore),
    /// Look at the whole installation and say what is wrong and what to do.
    Doctor(doctor::Doctor),
    /// Ask a running relay whether it is ready; for images without a shell.
    Healthcheck {
        /// Where it listens.
        #[arg(long, env = "AMEND_LISTEN")]
        listen: Option<String>,
    },
    /// The watched tables of the configuration.
    Watch {
        #[command(subcommand)]
        action: WatchAction,
    },
    /// The configuration file.
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Print a commented configuration file with every key at its default.
    DefaultConfig,
    /// The private Postgres of a relay without a database URL.
    Postgres {
        #[command(subcommand)]
        action: PostgresAction,
    },
}

#[derive(Args)]
struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "AMEND_LISTEN")]
    listen: Option<String>,
    /// Migrate an older database without a backup of it.
    #[arg(long)]
    without_backup: bool,
    #[command(flatten)]
    database: Database,
}

#[derive(Subcommand)]
enum WatchAction {
    /// Say what would be installed in the database, and with which rights; changes nothing.
    Check {
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Subcommand)]
enum ConfigAction {
    /// Say whether the file can be used.
    Check,
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

/// Runs one command.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::DefaultConfig = arguments.command {
        print!("{DEFAULT_FILE}");
        return Ok(());
    }
    let config = Config::load(arguments.config.as_deref())?;
    // Commands end before a span would be worth sending.
    let serves = matches!(arguments.command, Command::Serve(_));
    let traces = config.traces.as_ref().filter(|_| serves);
    let _traces = relay::logs::start(&config.log, traces)?;
    match arguments.command {
        Command::Serve(how) => serve(config, how).await,
        Command::User { action } => accounts::user(config, action).await,
        Command::Room { action } => rooms::room(config, action).await,
        Command::Backup(how) => backup::backup(config, how).await,
        Command::VerifyBackup(how) => backup::verify(config, how).await,
        Command::Restore(how) => backup::restore(config, how).await,
        Command::Doctor(how) => doctor::doctor(config, how).await,
        Command::Token(token) => accounts::token(config, token).await,
        Command::Invite(invite) => accounts::invite(config, invite).await,
        Command::Config {
            action: ConfigAction::Check,
        } => {
            config.check()?;
            println!("The configuration can be used.");
            Ok(())
        }
        Command::Watch {
            action: WatchAction::Check { database },
        } => watch_check(config, database).await,
        Command::Healthcheck { listen } => {
            healthcheck(&listen.unwrap_or(config.listen), config.tls.is_some())
        }
        Command::DefaultConfig => Ok(()),
        Command::Postgres { action } => postgres(config, action),
    }
}

fn postgres(config: Config, action: PostgresAction) -> anyhow::Result<()> {
    let cluster = |given: Data| database::cluster(&given.over(config));
    match action {
        PostgresAction::Start { data } => {
            let cluster = cluster(data)?;
            cluster.start()?;
            println!("{}", cluster.url());
        }
        PostgresAction::Stop { data } => cluster(data)?.stop()?,
        PostgresAction::Url { data } => println!("{}", cluster(data)?.url()),
    }
    Ok(())
}

fn healthcheck(listen: &str, tls: bool) -> anyhow::Result<()> {
    // Where it listens on every address it is asked on this machine's own.
    let address = listen
        .replace("0.0.0.0:", "127.0.0.1:")
        .replace("[::]:", "[::1]:");
    let scheme = if tls { "https" } else { "http" };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(std::time::Duration::from_secs(5)))
        // The certificate is for the name that others know the relay by; nothing secret is asked or told here.
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .disable_verification(true)
                .build(),
        )
        .build()
        .into();
    agent
        .get(format!("{scheme}://{address}/readyz"))
        .call()
        .with_context(|| format!("The relay at {address} is not ready. See its log."))?;
    println!("The relay at {address} is ready.");
    Ok(())
}

async fn watch_check(config: Config, database: Database) -> anyhow::Result<()> {
    relay::watch::check(&config.watch)?;
    let entries = config.watch.clone();
    database::with_store(database, config, async |store| {
        let told = relay::watch::install::explain(store, &entries).await?;
        print!("{}", told.text);
        anyhow::ensure!(
            told.good,
            "Not all tables can be watched as they are; see above."
        );
        Ok(())
    })
    .await
}

async fn serve(mut config: Config, how: Serve) -> anyhow::Result<()> {
    // Before anything is started, so that an early Ctrl-C is not missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    if let Some(listen) = how.listen {
        config.listen = listen;
    }
    config.backup.before_migrations &= !how.without_backup;
    let mut config = how.database.over(config);
    let opened = Opened::new(&config, true)?;
    config.database_url = Some(opened.url.clone());
    let mut told_to_stop = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let served = async {
        let relay = tokio::select! {
            relay = Relay::start(&config) => relay?,
            () = told_to_stop() => return Ok(()),
        };
        let scheme = if config.tls.is_some() {
            "https"
        } else {
            "http"
        };
        println!("listening on {scheme}://{}", relay.address());
        tell_service_manager(NotifyState::Ready);
        told_to_stop().await;
        tracing::info!("stopping; a second signal ends it at once");
        tell_service_manager(NotifyState::Stopping);
        tokio::select! {
            () = relay.stop() => {}
            () = told_to_stop() => tracing::warn!("stopped at once"),
        }
        Ok(())
    }
    .await;
    let closed = opened.close();
    served.and(closed)
}

/// systemd, if it is one that asks for it (`Type=notify`).
fn tell_service_manager(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
