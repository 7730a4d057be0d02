//! The page of settings: a list of sections, and the chosen one beside it.

use super::choices::{Way, one_of, yes_no};
use super::keys;
use crate::account::encryption::Encryption;
use crate::parts::time;
use crate::store::{Page, Store};
use crate::text::{self, LANGUAGES, t};
use model::view::{
    Contrast, DesktopView, FontSize, Level, Motion, Setting, Settings, SettingsTrouble,
    SettingsView, Theme,
};
use std::rc::Rc;
use yew::{Callback, Html, Properties, UseStateHandle, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For choosing.
    pub(crate) store: Store,
    /// What holds.
    pub(crate) view: Option<Rc<SettingsView>>,
    /// What is known of the app itself.
    pub(crate) desktop: Rc<DesktopView>,
}

/// A section of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Appearance,
    Language,
    Notifications,
    Encryption,
    Exchange,
    Start,
    Updates,
    Shortcuts,
    About,
}

impl Section {
    const ALL: [Self; 9] = [
        Self::Appearance,
        Self::Language,
        Self::Notifications,
        Self::Encryption,
        Self::Exchange,
        Self::Start,
        Self::Updates,
        Self::Shortcuts,
        Self::About,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Appearance => "appearance",
            Self::Language => "language",
            Self::Notifications => "notifications",
            Self::Encryption => "encryption",
            Self::Exchange => "exchange",
            Self::Start => "start",
            Self::Updates => "updates",
            Self::Shortcuts => "shortcuts",
            Self::About => "about",
        }
    }

    fn title(self) -> String {
        match self {
            Self::Appearance => t!("settings-appearance"),
            Self::Language => t!("settings-language"),
            Self::Notifications => t!("settings-notifications"),
            Self::Encryption => t!("encryption"),
            Self::Exchange => t!("exchange-title"),
            Self::Start => t!("settings-start"),
            Self::Updates => t!("settings-updates"),
            Self::Shortcuts => t!("settings-shortcuts"),
            Self::About => t!("settings-about"),
        }
    }
}

/// The page.
#[component]
pub(crate) fn SettingsPage(props: &Props) -> Html {
    let chosen = use_state_eq(|| Section::Appearance);
    let Some(view) = &props.view else {
        return html! { <div class="settings" aria-busy="true" /> };
    };
    html! {
        <div class="settings" data-testid="settings">
            <nav class="settings-sections" aria-label={t!("settings")}>
                { for Section::ALL.into_iter().map(|section| entry(&chosen, section)) }
            </nav>
            <section class="settings-section" aria-labelledby="settings-section-title">
                { trouble(view.trouble.as_ref()) }
                <h2 id="settings-section-title" data-testid="settings-section">{ chosen.title() }</h2>
                { section(*chosen, &props.store, &view.settings, &props.desktop) }
            </section>
        </div>
    }
}

fn entry(chosen: &UseStateHandle<Section>, section: Section) -> Html {
    let current = **chosen == section;
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |_: web_sys::MouseEvent| chosen.set(section))
    };
    html! {
        <button key={section.name()} type="button" class="settings-entry" aria-current={current.then_some("page")} onclick={choose}
            data-testid={format!("settings-{}", section.name())}>
            { section.title() }
        </button>
    }
}

fn trouble(trouble: Option<&SettingsTrouble>) -> Html {
    match trouble {
        None => Html::default(),
        Some(trouble) => {
            html! { <p class="banner error" role="status" data-testid="settings-trouble">{ trouble_text(trouble) }</p> }
        }
    }
}

/// What is wrong with the file, in a sentence.
pub(super) fn trouble_text(trouble: &SettingsTrouble) -> String {
    match trouble {
        SettingsTrouble::Unreadable { path } => t!("settings-unreadable", path = path.clone()),
        SettingsTrouble::Keys { path, keys } => {
            t!(
                "settings-bad-keys",
                path = path.clone(),
                keys = keys.join(", ")
            )
        }
    }
}

fn section(section: Section, store: &Store, settings: &Settings, desktop: &DesktopView) -> Html {
    match section {
        Section::Appearance => appearance(store, settings),
        Section::Language => language(store, settings),
        Section::Notifications => notifications(store, settings),
        Section::Encryption => html! { <Encryption /> },
        Section::Exchange => exchange(store),
        Section::Start => start(store, settings, desktop),
        Section::Updates => updates(store, settings, desktop),
        Section::Shortcuts => shortcuts(),
        Section::About => about(desktop),
    }
}

/// The way to the page, which works on the account that is open.
fn exchange(store: &Store) -> Html {
    let go = {
        let store = store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.go(Page::Exchange))
    };
    html! {
        <>
            <p>{ t!("exchange-hint") }</p>
            <button class="button" type="button" data-testid="exchange-button" onclick={go}>{ t!("exchange-open") }</button>
        </>
    }
}

fn appearance(store: &Store, settings: &Settings) -> Html {
    let theme = |name, text, theme| Way {
        name,
        text,
        setting: Setting::Theme(theme),
    };
    let contrast = |name, text, contrast| Way {
        name,
        text,
        setting: Setting::Contrast(contrast),
    };
    html! {
        <>
            { one_of(store, "theme", t!("setting-theme"), &Setting::Theme(settings.theme), vec![
                theme("system", t!("as-the-system"), Theme::System),
                theme("light", t!("theme-light"), Theme::Light),
                theme("dark", t!("theme-dark"), Theme::Dark),
            ]) }
            { one_of(store, "contrast", t!("setting-contrast"), &Setting::Contrast(settings.contrast), vec![
                contrast("system", t!("as-the-system"), Contrast::System),
                contrast("normal", t!("contrast-normal"), Contrast::Normal),
                contrast("high", t!("contrast-high"), Contrast::High),
            ]) }
            { size(store, settings.font_size) }
            { yes_no(store, "reduced-motion", t!("setting-reduced-motion"), Some(t!("setting-reduced-motion-hint")),
                settings.reduced_motion == Motion::On,
                |on| Setting::ReducedMotion(if on { Motion::On } else { Motion::System })) }
        </>
    }
}

fn size(store: &Store, size: FontSize) -> Html {
    let to = |change: fn(FontSize) -> FontSize| {
        let store = store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.resize(change))
    };
    html! {
        <div class="setting" role="group" aria-labelledby="font-size-label">
            <span id="font-size-label" class="setting-label">{ t!("setting-font-size") }</span>
            <div class="row">
                <button class="button small" type="button" data-testid="font-smaller" aria-label={t!("font-smaller")} onclick={to(FontSize::smaller)}>{ "−" }</button>
                <output data-testid="font-size" aria-live="polite">{ t!("percent", value = size.percent()) }</output>
                <button class="button small" type="button" data-testid="font-larger" aria-label={t!("font-larger")} onclick={to(FontSize::larger)}>{ "+" }</button>
                <button class="button small" type="button" data-testid="font-normal" onclick={to(|_| FontSize::NORMAL)}>{ t!("font-normal") }</button>
            </div>
            <p class="muted hint">{ t!("setting-font-size-hint") }</p>
        </div>
    }
}

fn language(store: &Store, settings: &Settings) -> Html {
    let language = |name: &'static str, text: String| Way {
        name,
        text,
        setting: Setting::Language(name.to_owned()),
    };
    let mut ways = vec![language("system", t!("as-the-system"))];
    ways.extend(
        LANGUAGES
            .iter()
            .map(|(tag, name)| language(tag, (*name).to_owned())),
    );
    one_of(
        store,
        "language",
        t!("settings-language"),
        &Setting::Language(settings.language.clone()),
        ways,
    )
}

fn notifications(store: &Store, settings: &Settings) -> Html {
    let level = |name, text, level| Way {
        name,
        text,
        setting: Setting::Notifications(level),
    };
    html! {
        <>
            { one_of(store, "notifications", t!("setting-notifications"), &Setting::Notifications(settings.notifications), vec![
                level("all", t!("notify-all"), Level::All),
                level("mentions", t!("notify-mentions"), Level::Mentions),
                level("none", t!("notify-none"), Level::None),
            ]) }
            { yes_no(store, "do-not-disturb", t!("setting-do-not-disturb"), Some(t!("setting-do-not-disturb-hint")),
                settings.do_not_disturb, Setting::DoNotDisturb) }
            { yes_no(store, "notification-text", t!("setting-notification-text"), Some(t!("setting-notification-text-hint")),
                settings.notification_text, Setting::NotificationText) }
        </>
    }
}

fn start(store: &Store, settings: &Settings, desktop: &DesktopView) -> Html {
    html! {
        <>
            if !desktop.tray {
                <p class="muted" data-testid="no-tray">{ t!("no-tray") }</p>
            }
            { yes_no(store, "start-minimised", t!("setting-start-minimised"), Some(t!("setting-start-minimised-hint")),
                settings.start_minimised, Setting::StartMinimised) }
            { yes_no(store, "close-to-tray", t!("setting-close-to-tray"), Some(t!("setting-close-to-tray-hint")),
                settings.close_to_tray, Setting::CloseToTray) }
        </>
    }
}

fn updates(store: &Store, settings: &Settings, desktop: &DesktopView) -> Html {
    let known = &desktop.updates;
    let ask = {
        let store = store.clone();
        Callback::from(move |_: web_sys::MouseEvent| store.ask_for_updates())
    };
    let state = match (&known.newer, known.checked_at) {
        (Some(release), _) => html! {
            <>
                <p data-testid="update-newer">{ t!("update-newer", version = release.version.clone()) }</p>
                if !release.notes.is_empty() {
                    <p class="update-notes">{ release.notes.clone() }</p>
                }
                <p class="address" dir="ltr" data-testid="update-page">{ release.page.clone() }</p>
            </>
        },
        (None, Some(at)) if known.trouble.is_none() => html! {
            <p class="muted" data-testid="update-none">{ t!("update-none", at = time::moment(at)) }</p>
        },
        (None, _) => Html::default(),
    };
    html! {
        <>
            { yes_no(store, "update-check", t!("setting-update-check"), Some(t!("setting-update-check-hint")),
                settings.update_check, Setting::UpdateCheck) }
            <div class="setting">
                { state }
                if let Some(trouble) = &known.trouble {
                    <p class="error" data-testid="update-trouble">{ t!("update-trouble", reason = trouble.clone()) }</p>
                }
                if let Some(feed) = &known.feed {
                    <p class="muted hint address" dir="ltr" data-testid="update-feed">{ feed.clone() }</p>
                    <div class="row">
                        <button class="button" type="button" data-testid="ask-for-updates" onclick={ask}>{ t!("update-ask") }</button>
                    </div>
                } else {
                    <p class="muted" data-testid="update-no-feed">{ t!("update-no-feed") }</p>
                }
            </div>
        </>
    }
}

fn shortcuts() -> Html {
    let row = |(keys, what): &(&str, &str)| {
        html! { <tr key={*keys}><th scope="row"><kbd dir="ltr">{ *keys }</kbd></th><td>{ text::text(what) }</td></tr> }
    };
    html! { <table class="shortcuts"><tbody>{ for keys::LIST.iter().map(row) }</tbody></table> }
}

fn about(desktop: &DesktopView) -> Html {
    html! {
        <dl class="about">
            <dt>{ "Amend" }</dt>
            <dd data-testid="about-version" dir="ltr">{ desktop.version.clone() }</dd>
            <dt>{ t!("about-licence") }</dt>
            <dd>{ "MIT OR Apache-2.0" }</dd>
        </dl>
    }
}
