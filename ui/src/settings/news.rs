//! What the person should know of the app itself: a crash, settings that could not be read, a newer version.

use crate::bridge;
use crate::settings::page::trouble_text;
use crate::store::{Page, Store};
use crate::text::t;
use model::view::{DesktopView, SettingsView};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For going to the settings.
    pub(crate) store: Store,
    /// The settings, with what is wrong with their file.
    pub(crate) settings: Option<Rc<SettingsView>>,
    /// The app.
    pub(crate) desktop: Rc<DesktopView>,
}

/// The banners.
#[component]
pub(crate) fn AppNews(props: &Props) -> Html {
    // A version that the person has put off, until the next start.
    let later = use_state_eq(|| None::<String>);
    let settings = {
        let store = props.store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.go(Page::Settings))
    };
    let read = Callback::from(|_: web_sys::MouseEvent| {
        spawn_local(async {
            // Whether it is gone is seen in what the shell says next.
            bridge::dismiss_crash().await.ok();
        });
    });
    let trouble = props
        .settings
        .as_ref()
        .and_then(|view| view.trouble.as_ref());
    let newer = props.desktop.updates.newer.as_ref();
    let newer = newer.filter(|release| later.as_ref() != Some(&release.version));
    let put_off = newer.map(|release| {
        let (later, version) = (later.clone(), release.version.clone());
        Callback::from(move |_: web_sys::MouseEvent| later.set(Some(version.clone())))
    });
    html! {
        <>
            if let Some(path) = &props.desktop.crash {
                <div class="banner notice" role="status" data-testid="crash-notice">
                    <p>{ t!("crashed", path = path.clone()) }</p>
                    <button class="button small" type="button" data-testid="crash-read" onclick={read}>{ t!("crash-read") }</button>
                </div>
            }
            if let Some(trouble) = trouble {
                <div class="banner error" role="status" data-testid="settings-notice">
                    <p>{ trouble_text(trouble) }</p>
                    <button class="button small" type="button" onclick={settings}>{ t!("settings") }</button>
                </div>
            }
            if let (Some(release), Some(put_off)) = (newer, put_off) {
                <div class="banner notice" role="status" data-testid="update-notice">
                    <p>{ t!("update-newer", version = release.version.clone()) }{ " " }<span class="address" dir="ltr">{ release.page.clone() }</span></p>
                    <button class="button small" type="button" data-testid="update-later" onclick={put_off}>{ t!("update-later") }</button>
                </div>
            }
        </>
    }
}
