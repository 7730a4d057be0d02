//! `amend profile …`: the accounts of this machine, and the encryption of one.
//!
//! The recovery code comes from the environment (AMEND_RECOVERY_CODE), from standard input, or from the terminal; never from an
//! argument, which other users of the machine could read.

use anyhow::{Context, bail};
use clap::Subcommand;
use client::vault::{Keyring, RecoveryCode, VaultError};
use client::{Client, ClientError, profile, profiles, wipe};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// The code, for a machine without a keyring.
const VARIABLE: &str = "AMEND_RECOVERY_CODE";

#[derive(Subcommand)]
pub(crate) enum ProfileAction {
    /// List this machine's profiles: name, what you call it, whose it is, encrypted or not; and what was set aside in each.
    List,
    /// Call the profile something.
    Rename {
        /// What; empty takes the name away again.
        label: String,
    },
    /// Encrypt the profile's messages; prints the recovery code, once. The key goes into the system's keyring.
    Encrypt {
        /// Go on without a keyring: the recovery code is asked for at each start.
        #[arg(long)]
        without_keyring: bool,
    },
    /// Turn encryption off.
    Decrypt,
    /// Make a new recovery code and print it, once; the earlier one is good for nothing any more.
    RecoveryCode,
    /// Open a profile whose key the keyring has lost, by its recovery code; the key goes into the keyring again.
    Unlock {
        /// Read the code from standard input.
        #[arg(long)]
        code_stdin: bool,
        /// Without the code: set what is encrypted aside, untouched, and start with an empty profile.
        #[arg(long, conflicts_with = "code_stdin")]
        start_fresh: bool,
    },
    /// Take what was unsent in a set-aside profile into this one.
    Import {
        /// The folder's name, as `amend profile list` shows it.
        folder: String,
        /// Read the code from standard input.
        #[arg(long)]
        code_stdin: bool,
    },
    /// Sign out and remove everything of the profile from this device, unsent changes too.
    Wipe {
        /// Do it without asking, unsent changes or not.
        #[arg(long)]
        yes: bool,
    },
}

/// Runs one of them.
pub(crate) async fn run(name: &str, action: ProfileAction) -> anyhow::Result<()> {
    let folder = profile::folder(name)?;
    match action {
        ProfileAction::List => return list().await,
        ProfileAction::Rename { label } => {
            if !folder.is_dir() {
                bail!("There is no profile \"{name}\". List them with `amend profile list`.");
            }
            profiles::rename(&folder, &label)?;
            return Ok(());
        }
        ProfileAction::Unlock {
            code_stdin,
            start_fresh,
        } => return unlock(&folder, code_stdin, start_fresh).await,
        ProfileAction::Wipe { yes } => return wipe(name, &folder, yes).await,
        ProfileAction::Encrypt { .. }
        | ProfileAction::Decrypt
        | ProfileAction::RecoveryCode
        | ProfileAction::Import { .. } => {}
    }
    let client = open(&folder).await?;
    let result = change(&client, action).await;
    client.close().await;
    result
}

async fn change(client: &Client, action: ProfileAction) -> anyhow::Result<()> {
    match action {
        ProfileAction::Encrypt { without_keyring } => {
            let code = client.encrypt(without_keyring).await?;
            eprintln!("The messages on this device are encrypted.");
            show(client, &code).await
        }
        ProfileAction::Decrypt => {
            client.decrypt().await?;
            println!("The messages on this device are not encrypted any more.");
            Ok(())
        }
        ProfileAction::RecoveryCode => {
            let code = client.renew_recovery_code().await?;
            show(client, &code).await
        }
        ProfileAction::Import { folder, code_stdin } => {
            let taken = match client.import_set_aside(&folder, None).await {
                Err(ClientError::Vault(VaultError::Locked(_))) => {
                    let code = read_code(code_stdin)?;
                    client.import_set_aside(&folder, Some(code)).await?
                }
                other => other?,
            };
            println!(
                "Taken over: {} unsent, {} refused, {} drafts. {folder} stays as it is.",
                taken.waiting, taken.recovered, taken.drafts
            );
            Ok(())
        }
        ProfileAction::List
        | ProfileAction::Rename { .. }
        | ProfileAction::Unlock { .. }
        | ProfileAction::Wipe { .. } => Ok(()),
    }
}

/// Prints the code; it counts as written down when it has been printed.
async fn show(client: &Client, code: &RecoveryCode) -> anyhow::Result<()> {
    eprintln!(
        "Write this recovery code down and keep it apart from this device. It is shown once, and is the only way in if the keyring is lost:"
    );
    let mut out = std::io::stdout();
    writeln!(out, "{}", code.shown()).and_then(|()| out.flush())?;
    client.recovery_code_saved().await?;
    Ok(())
}

/// Opens a profile; an encrypted one without its key with the code, if there is a way to ask for it.
pub(crate) async fn open(folder: &Path) -> anyhow::Result<Client> {
    match Client::open(folder).await {
        Err(error @ ClientError::Vault(VaultError::Locked(_))) => {
            let given = std::env::var_os(VARIABLE).is_some();
            if !given && !std::io::stdin().is_terminal() {
                return Err(error).context(format!(
                    "Set {VARIABLE}, or run `amend profile unlock` once"
                ));
            }
            eprintln!("amend: {error}");
            let code = read_code(false)?;
            Ok(Client::open_with(folder, Keyring::from_env(), Some(code)).await?)
        }
        other => Ok(other?),
    }
}

fn read_code(from_stdin: bool) -> anyhow::Result<RecoveryCode> {
    let typed = match std::env::var(VARIABLE) {
        Ok(code) if !from_stdin => code,
        _ if from_stdin => {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            read.context("The code could not be read from standard input.")?;
            line
        }
        _ if std::io::stdin().is_terminal() => {
            rpassword::prompt_password("Recovery code: ").context("The code could not be read.")?
        }
        _ => bail!(
            "There is no terminal to ask for the recovery code. Set {VARIABLE}, or pipe it in and add --code-stdin."
        ),
    };
    Ok(RecoveryCode::parse(&typed)?)
}

async fn unlock(folder: &Path, code_stdin: bool, start_fresh: bool) -> anyhow::Result<()> {
    if !client::vault::is_encrypted(folder)? {
        return Err(VaultError::NotOn.into());
    }
    let client = match Client::open(folder).await {
        Ok(client) => {
            println!("The key is in the keyring; nothing is to be unlocked.");
            client
        }
        Err(ClientError::Vault(VaultError::Locked(_))) if start_fresh => {
            let client = Client::start_fresh(folder, Keyring::from_env()).await?;
            println!(
                "The profile is empty. What was encrypted is set aside beside it; `amend profile list` shows where."
            );
            client
        }
        Err(error @ ClientError::Vault(VaultError::Locked(_))) => {
            eprintln!("amend: {error}");
            let code = read_code(code_stdin)?;
            let client = Client::open_with(folder, Keyring::from_env(), Some(code)).await?;
            if client.vault().await?.key_in_keyring {
                println!("Unlocked; the key is in the keyring again.");
            } else {
                println!(
                    "The code is right, but there is no keyring to keep the key in. Set {VARIABLE} at each start."
                );
            }
            client
        }
        Err(error) => return Err(error.into()),
    };
    client.close().await;
    Ok(())
}

async fn wipe(name: &str, folder: &Path, yes: bool) -> anyhow::Result<()> {
    if !folder.is_dir() {
        bail!("There is no profile \"{name}\". List them with `amend profile list`.");
    }
    let client = match Client::open(folder).await {
        Ok(client) => Some(client),
        // It can't be opened, and need not be for this.
        Err(ClientError::Vault(VaultError::Locked(_))) => None,
        Err(error) => return Err(error.into()),
    };
    let asked = match &client {
        Some(client) => {
            let unsent = client.unsent().await?;
            format!(
                "{} unsent changes, {} refused texts and {} drafts would be lost with the messages of profile \"{name}\".",
                unsent.waiting, unsent.recovered, unsent.drafts
            )
        }
        None => format!(
            "Profile \"{name}\" is locked: nobody knows what is unsent in it, and it would be lost."
        ),
    };
    let agreed = yes || agree(&asked)?;
    match client {
        Some(client) if agreed => client.sign_out_and_wipe().await?,
        Some(client) => client.close().await,
        None if agreed => wipe::wipe(folder, Keyring::from_env()).await?,
        None => {}
    }
    if !agreed {
        bail!("{asked} Nothing was removed; say --yes to remove it all.");
    }
    println!("Everything of profile \"{name}\" is removed from this device.");
    Ok(())
}

fn agree(asked: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{asked}\nRemove everything? [y/N] ");
    std::io::stderr().flush().ok();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn list() -> anyhow::Result<()> {
    for name in profiles::list()? {
        let folder = profile::folder(&name)?;
        let label = profiles::About::read(&folder).label.unwrap_or_default();
        let encrypted = if client::vault::is_encrypted(&folder)? {
            "encrypted"
        } else {
            "plain"
        };
        let (whose, aside) = match Client::open(&folder).await {
            Ok(client) => {
                let account = client.account().await?;
                let whose = account.map_or_else(
                    || "signed out".to_owned(),
                    |account| format!("{} at {}", account.name, account.relay),
                );
                let aside = client.vault().await?.set_aside;
                client.close().await;
                (whose, aside)
            }
            Err(error) => (error.code(), Vec::new()),
        };
        println!("{name}\t{label}\t{whose}\t{encrypted}");
        for one in aside {
            let done = if one.imported {
                "taken over"
            } else {
                "not taken over"
            };
            println!("\t{}\t{done}", one.folder);
        }
    }
    Ok(())
}
