//! The account at the head of the sidebar: which accounts there are, going to another one, one more, signing out.

use super::encryption::Encryption;
use super::sign_out::SignOut;
use super::{SETTLE_MS, begin_anew};
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::parts::menu::{Item, MenuButton};
use crate::people;
use crate::store::{Over, Page, Store};
use crate::text::t;
use gloo_timers::future::TimeoutFuture;
use model::view::{Account, Failure, ProfileState, ProfileView};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::{
    Callback, Html, Properties, UseStateHandle, component, hook, html, use_effect_with,
    use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For going elsewhere.
    pub(crate) store: Store,
    /// What the main part shows.
    pub(crate) page: Page,
    /// Who is signed in.
    pub(crate) account: Rc<Account>,
}

/// The accounts of this window, read again whenever they may have changed.
#[hook]
fn use_accounts() -> Rc<Vec<ProfileView>> {
    let accounts = use_state_eq(Rc::<Vec<ProfileView>>::default);
    let handle = accounts.clone();
    use_effect_with((), move |()| {
        let read = move || {
            let handle = handle.clone();
            spawn_local(async move {
                // The next event tries again.
                if let Ok(list) = bridge::accounts().await {
                    handle.set(Rc::new(list));
                }
            });
        };
        read();
        spawn_local(async move {
            bridge::on_accounts(read).await.ok();
        });
    });
    (*accounts).clone()
}

/// Goes to an account, or to a new one.
fn go(name: Option<String>, failure: UseStateHandle<Option<Failure>>) {
    spawn_local(async move {
        TimeoutFuture::new(SETTLE_MS).await;
        let gone = match &name {
            Some(name) => bridge::switch_account(name).await,
            None => bridge::add_account().await,
        };
        match gone {
            Ok(()) => begin_anew(),
            Err(reason) => failure.set(Some(reason)),
        }
    });
}

/// What the menu says of an account.
fn label(view: &ProfileView) -> String {
    let title = view.title();
    match &view.state {
        ProfileState::Locked { .. } => t!("account-locked", account = title),
        ProfileState::Failed { .. } => t!("account-failed", account = title),
        ProfileState::Open if view.unread > 0 => {
            t!("account-unread", account = title, count = view.unread)
        }
        ProfileState::Open if view.waiting > 0 => {
            t!("account-waiting", account = title, count = view.waiting)
        }
        ProfileState::Open => title,
    }
}

fn items(
    accounts: &[ProfileView],
    failure: &UseStateHandle<Option<Failure>>,
    opened: &UseStateHandle<Opened>,
) -> Vec<Item> {
    let others = accounts.iter().map(|view| {
        let (name, selected, failure) = (view.name.clone(), view.selected, failure.clone());
        Item::new(format!("account-{name}"), label(view), move || {
            if !selected {
                go(Some(name.clone()), failure.clone());
            }
        })
        .checked(selected)
    });
    let failure = failure.clone();
    let add = Item::new("add-account", t!("add-account"), move || {
        go(None, failure.clone())
    });
    let open = |testid: &'static str, label: String, what: Opened| {
        let opened = opened.clone();
        Item::new(testid, label, move || opened.set(what))
    };
    let rename = open("rename-account", t!("rename-account"), Opened::Rename);
    let encryption = open("open-encryption", t!("encryption"), Opened::Encryption);
    others.chain([add, rename, encryption]).collect()
}

/// What stands before the window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    Nothing,
    SignOut,
    Rename,
    Encryption,
}

/// The head of the sidebar.
#[component]
pub(crate) fn AccountHead(props: &Props) -> Html {
    let accounts = use_accounts();
    let failure = use_state_eq(|| None::<Failure>);
    let opened = use_state_eq(|| Opened::Nothing);
    let account = &props.account;
    let leave = {
        let opened = opened.clone();
        Callback::from(move |_| opened.set(Opened::SignOut))
    };
    let close = {
        let opened = opened.clone();
        Callback::from(move |()| opened.set(Opened::Nothing))
    };
    let settings = {
        let store = props.store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.go(Page::Settings))
    };
    let profile = {
        let store = props.store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.show(Some(Over::Profile)))
    };
    let elsewhere: u64 = accounts
        .iter()
        .filter(|view| !view.selected)
        .map(|view| view.unread)
        .sum();
    let selected = accounts.iter().find(|view| view.selected);
    let title = selected
        .and_then(|view| view.label.clone())
        .unwrap_or_else(|| account.name.clone());
    html! {
        <>
            <div class="account">
                <button class="account-button" type="button" data-testid="profile-button" title={t!("profile")} onclick={profile}>
                    { people::avatar(account.user_id, &account.name) }
                    <span class="account-who">
                        <strong data-testid="account-name">{ title }</strong>
                        <span class="muted">{ host(&account.relay) }</span>
                    </span>
                </button>
                <MenuButton class="icon-button" label={t!("accounts")} testid="accounts-button" items={items(&accounts, &failure, &opened)}>
                    if elsewhere > 0 {
                        <span class="count" data-testid="unread-elsewhere">{ elsewhere }</span>
                    } else {
                        { icon(Icon::People) }
                    }
                </MenuButton>
                <button class="icon-button" type="button" data-testid="settings-button" aria-label={t!("settings-button")} title={t!("settings-button")}
                    aria-current={(props.page == Page::Settings).then_some("page")} onclick={settings}>
                    { icon(Icon::Gear) }
                </button>
                <button class="icon-button" type="button" data-testid="sign-out-button" aria-label={t!("sign-out")} title={t!("sign-out")} onclick={leave}>
                    { icon(Icon::Leave) }
                </button>
            </div>
            if let Some(failure) = &*failure {
                <p class="error" role="alert">{ failure.text.clone() }</p>
            }
            { match *opened {
                Opened::Nothing => Html::default(),
                Opened::SignOut => html! { <SignOut onclose={close} /> },
                Opened::Rename => html! {
                    <Rename name={selected.map(|view| view.name.clone()).unwrap_or_default()}
                        label={selected.and_then(|view| view.label.clone()).unwrap_or_default()} onclose={close} />
                },
                Opened::Encryption => html! {
                    <Dialog title={t!("encryption")} class="wide" onclose={close} testid="encryption-dialog">
                        <Encryption />
                    </Dialog>
                },
            } }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct RenameProps {
    /// The profile's.
    name: String,
    /// What it is called now.
    label: String,
    onclose: Callback<()>,
}

/// Calls the account something of one's own.
#[component]
fn Rename(props: &RenameProps) -> Html {
    let field = use_node_ref();
    let failure = use_state_eq(|| None::<Failure>);
    {
        let (field, label) = (field.clone(), props.label.clone());
        use_effect_with((), move |()| dom::set_value(&field, &label));
    }
    let onsubmit = {
        let (field, failure) = (field.clone(), failure.clone());
        let (name, close) = (props.name.clone(), props.onclose.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (name, label) = (name.clone(), dom::value(&field));
            let (failure, close) = (failure.clone(), close.clone());
            spawn_local(async move {
                match bridge::rename_account(&name, &label).await {
                    Ok(()) => close.emit(()),
                    Err(reason) => failure.set(Some(reason)),
                }
            });
        })
    };
    html! {
        <Dialog title={t!("rename-account")} onclose={props.onclose.clone()} testid="rename-dialog">
            <form class="form" {onsubmit}>
                <label class="field">
                    <span>{ t!("account-label") }</span>
                    <input ref={field} data-testid="rename-input" data-autofocus="true" type="text" maxlength="60" />
                </label>
                if let Some(failure) = &*failure {
                    <p class="error" role="alert">{ failure.text.clone() }</p>
                }
                <div class="row end">
                    <button class="button primary" type="submit" data-testid="rename-save">{ t!("save") }</button>
                </div>
            </form>
        </Dialog>
    }
}

/// The way to the other accounts, where the selected one has no sidebar: signed out, locked, or not to be opened.
#[component]
pub(crate) fn OtherAccounts() -> Html {
    let accounts = use_accounts();
    let failure = use_state_eq(|| None::<Failure>);
    if accounts.len() < 2 {
        return Html::default();
    }
    html! {
        <nav class="other-accounts" aria-label={t!("accounts")}>
            <p class="muted">{ t!("other-accounts") }</p>
            { for accounts.iter().filter(|view| !view.selected).map(|view| {
                let (name, failure) = (view.name.clone(), failure.clone());
                let onclick = Callback::from(move |_| go(Some(name.clone()), failure.clone()));
                html! {
                    <button class="button" type="button" key={view.name.clone()} data-testid={format!("account-{}", view.name)} {onclick}>
                        { label(view) }
                    </button>
                }
            }) }
            if let Some(failure) = &*failure {
                <p class="error" role="alert">{ failure.text.clone() }</p>
            }
        </nav>
    }
}

fn host(relay: &str) -> String {
    let host = relay.split_once("://").map_or(relay, |(_, host)| host);
    host.trim_end_matches('/').to_owned()
}
