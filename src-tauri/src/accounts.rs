//! The accounts of this window: all of them open at once in this one process, so that each syncs and each can notify; the
//! commands act on the one that the page shows.
//!
//! Invariants: an account that can't be opened takes nothing from the others; with `--profile` there is only that one, and no
//! other is touched; the page is told of rows of the selected account only.

use crate::rows;
use client::vault::Keyring;
use client::{Client, ClientError, profile, profiles};
use model::view::{Failure, RowEvent};
use std::sync::{PoisonError, RwLock};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast;

/// Row events that a slow listener may leave unread.
const EVENTS_MAX_UNREAD: usize = 256;

/// What the commands share.
pub(crate) struct Shell {
    state: RwLock<State>,
    /// One account that was named on the command line: no others are looked for.
    only_one: bool,
    events: broadcast::Sender<AccountEvent>,
}

struct State {
    accounts: Vec<Entry>,
    selected: String,
}

#[derive(Clone)]
struct Entry {
    profile: String,
    client: Result<Client, Failure>,
}

/// Rows that changed, and in which account.
#[derive(Clone, Debug)]
pub(crate) struct AccountEvent {
    /// The profile's name.
    pub(crate) profile: String,
    /// What changed in it.
    pub(crate) rows: RowEvent,
}

impl Shell {
    /// Opens the account that is shown first; `only` names it on the command line.
    pub(crate) fn open(only: Option<String>) -> Self {
        let only_one = only.is_some();
        if !only_one {
            tauri::async_runtime::block_on(profiles::finish_wipes());
        }
        let selected = only
            .map_or_else(profiles::selected, Ok)
            .unwrap_or_else(|_| profiles::DEFAULT.to_owned());
        let first = tauri::async_runtime::block_on(Entry::open(&selected));
        Self {
            state: RwLock::new(State {
                accounts: vec![first],
                selected,
            }),
            only_one,
            events: broadcast::channel(EVENTS_MAX_UNREAD).0,
        }
    }

    /// The account that the page shows.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_of(&self.selected())
    }

    /// One of the accounts.
    pub(crate) fn client_of(&self, profile: &str) -> Result<Client, Failure> {
        self.read(|state| {
            let mut entries = state.accounts.iter();
            entries
                .find(|entry| entry.profile == profile)
                .map_or_else(|| Err(gone(profile)), |entry| entry.client.clone())
        })
    }

    /// All that are open, by their profiles' names.
    pub(crate) fn clients(&self) -> Vec<(String, Client)> {
        self.all()
            .into_iter()
            .filter_map(|(profile, client)| Some((profile, client.ok()?)))
            .collect()
    }

    /// All, open or not.
    pub(crate) fn all(&self) -> Vec<(String, Result<Client, Failure>)> {
        self.read(|state| {
            let pair = |entry: &Entry| (entry.profile.clone(), entry.client.clone());
            state.accounts.iter().map(pair).collect()
        })
    }

    /// The profile that the page shows.
    pub(crate) fn selected(&self) -> String {
        self.read(|state| state.selected.clone())
    }

    /// Whether there is one account only, named on the command line.
    pub(crate) fn only_one(&self) -> bool {
        self.only_one
    }

    /// Rows that change in any of the accounts, those that are opened later too.
    pub(crate) fn events(&self) -> broadcast::Receiver<AccountEvent> {
        self.events.subscribe()
    }

    fn read<T>(&self, act: impl FnOnce(&State) -> T) -> T {
        act(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, entry: Entry) {
        self.change(|state| {
            state
                .accounts
                .retain(|other| other.profile != entry.profile);
            state.accounts.push(entry);
            let order = |entry: &Entry| (entry.profile != profiles::DEFAULT, entry.profile.clone());
            state.accounts.sort_by_key(order);
        });
    }
}

impl Entry {
    async fn open(name: &str) -> Self {
        let opened = match profile::folder(name) {
            Ok(folder) => Client::open(&folder).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &opened {
            tracing::error!(%error, "the profile could not be opened");
        }
        Self {
            profile: name.to_owned(),
            client: opened.map_err(|error: ClientError| error.failure()),
        }
    }
}

fn gone(profile: &str) -> Failure {
    Failure {
        code: "no_account".to_owned(),
        text: format!(
            "There is no account \"{profile}\" in this window any more. Choose another one."
        ),
    }
}

/// Listens to the first account, and opens the others behind it.
pub(crate) fn start(app: &AppHandle) {
    let shell = app.state::<Shell>();
    listen(app, &shell.selected());
    if shell.only_one() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let shell = app.state::<Shell>();
        let selected = shell.selected();
        for name in profiles::list().unwrap_or_default() {
            if name != selected {
                shell.put(Entry::open(&name).await);
                listen(&app, &name);
            }
        }
        changed(&app);
    });
}

/// Shows another account, at the next start too. One that could not be opened is tried again.
pub(crate) async fn select(app: &AppHandle, name: &str) -> Result<(), Failure> {
    let shell = app.state::<Shell>();
    if shell.only_one() && name != shell.selected() {
        return Err(gone(name));
    }
    if shell.client_of(name).is_err() {
        reopen(app, name).await;
    }
    shell.change(|state| name.clone_into(&mut state.selected));
    if !shell.only_one() {
        profiles::select(name).map_err(|error| error.failure())?;
    }
    crate::retitle(app).await;
    changed(app);
    Ok(())
}

/// Opens a profile again: after it was unlocked, or if something else had it.
pub(crate) async fn reopen(app: &AppHandle, name: &str) {
    put(app, name, Entry::open(name).await);
}

/// Takes a client that was opened otherwise.
pub(crate) fn opened(app: &AppHandle, name: &str, client: Client) {
    let entry = Entry {
        profile: name.to_owned(),
        client: Ok(client),
    };
    put(app, name, entry);
}

fn put(app: &AppHandle, name: &str, entry: Entry) {
    app.state::<Shell>().put(entry);
    listen(app, name);
    changed(app);
}

/// Signs an account out, removes everything of it, and shows another one; where there is no other, an empty one.
pub(crate) async fn wipe(app: &AppHandle, name: &str) -> Result<(), Failure> {
    let shell = app.state::<Shell>();
    let wiped = match shell.client_of(name) {
        Ok(client) => client.sign_out_and_wipe().await,
        Err(_) => match profile::folder(name) {
            Ok(folder) => client::wipe::wipe(&folder, Keyring::from_env()).await,
            Err(error) => Err(error),
        },
    };
    // Also after a failure: it is not open any more, and the rest goes at the next start.
    let next = shell.change(|state| {
        state.accounts.retain(|entry| entry.profile != name);
        let next = state.accounts.first().map(|entry| entry.profile.clone());
        next.unwrap_or_else(|| name.to_owned())
    });
    select(app, &next).await?;
    wiped.map_err(|error| error.failure())
}

/// Passes one account's row events on: to all who listen, and of the selected one to the page.
fn listen(app: &AppHandle, name: &str) {
    let Ok(client) = app.state::<Shell>().client_of(name) else {
        return;
    };
    tauri::async_runtime::spawn(rows::forward(app.clone(), name.to_owned(), client.events()));
    tauri::async_runtime::spawn(async move {
        // Imports and exports that the last process left under way.
        if let Err(error) = client.exchange_go_on().await {
            tracing::warn!(%error, "an import or export does not go on");
        }
    });
}

/// What a row event leads to.
pub(crate) fn rows_changed(app: &AppHandle, profile: &str, rows: RowEvent) {
    let shell = app.state::<Shell>();
    if shell.selected() == profile {
        rows::emit(app, &rows);
    }
    changed(app);
    let event = AccountEvent {
        profile: profile.to_owned(),
        rows,
    };
    // Nobody listening is not an error.
    let _ = shell.events.send(event);
}

/// Tells the page that the list of accounts, or what stands in it, may have changed.
pub(crate) fn changed(app: &AppHandle) {
    if let Err(error) = app.emit("accounts", ()) {
        tracing::error!(%error, "the page could not be told of the accounts");
    }
}

/// Closes all, when the program ends.
pub(crate) async fn close_all(shell: &Shell) {
    for (_, client) in shell.clients() {
        client.close().await;
    }
}
