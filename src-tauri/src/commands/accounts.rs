//! The accounts of this window: which there are, showing another one, one more.

use super::Answer;
use crate::accounts::{self, Shell};
use client::{Client, profile, profiles};
use model::view::{Failure, ProfileState, ProfileView};
use tauri::{AppHandle, State};

#[tauri::command]
pub(crate) async fn accounts(shell: State<'_, Shell>) -> Answer<Vec<ProfileView>> {
    let selected = shell.selected();
    let mut views = Vec::new();
    for (name, client) in shell.all() {
        let is_selected = name == selected;
        views.push(view(name, client, is_selected).await?);
    }
    Ok(views)
}

async fn view(
    name: String,
    client: Result<Client, Failure>,
    selected: bool,
) -> Answer<ProfileView> {
    let folder = profile::folder(&name).map_err(|e| e.failure())?;
    let mut view = ProfileView {
        label: profiles::About::read(&folder).label,
        name,
        account: None,
        selected,
        state: ProfileState::Open,
        unread: 0,
        waiting: 0,
    };
    match client {
        Ok(client) => {
            view.account = client.account().await.map_err(|e| e.failure())?;
            let status = client.status().await.map_err(|e| e.failure())?;
            view.waiting = status.changes().into();
            let rooms = client.rooms().await.map_err(|e| e.failure())?;
            let heard = rooms.iter().filter(|room| !room.muted);
            view.unread = heard.map(|room| u64::from(room.unread)).sum();
        }
        Err(failure) if failure.code == "locked" => view.state = ProfileState::Locked { failure },
        Err(failure) => view.state = ProfileState::Failed { failure },
    }
    Ok(view)
}

#[tauri::command]
pub(crate) async fn switch_account(app: AppHandle, name: String) -> Answer<()> {
    accounts::select(&app, &name).await
}

/// Makes a profile for one more account, and shows it.
#[tauri::command]
pub(crate) async fn add_account(app: AppHandle) -> Answer<()> {
    let name = profiles::free_name().map_err(|e| e.failure())?;
    accounts::select(&app, &name).await
}

#[tauri::command]
pub(crate) async fn rename_account(app: AppHandle, name: String, label: String) -> Answer<()> {
    let folder = profile::folder(&name).map_err(|e| e.failure())?;
    profiles::rename(&folder, &label).map_err(|e| e.failure())?;
    accounts::changed(&app);
    Ok(())
}
