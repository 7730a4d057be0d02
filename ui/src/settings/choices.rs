//! The controls of the settings: one of several, yes or no. Each shows what holds, not what was last clicked.

use crate::store::Store;
use model::view::Setting;
use web_sys::HtmlInputElement;
use yew::{Callback, Html, TargetCast, html};

/// One way to choose: its value's name, for tests and styles, its text, and the choice.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) setting: Setting,
}

/// One of several, as a row of radio buttons. `key` names it; `now` is the choice that holds.
pub(super) fn one_of(
    store: &Store,
    key: &'static str,
    label: String,
    now: &Setting,
    ways: Vec<Way>,
) -> Html {
    let way = |way: Way| {
        let checked = way.setting == *now;
        let choose = {
            let (store, setting) = (store.clone(), way.setting.clone());
            // The box stays as it is until the settings have changed.
            Callback::from(move |event: web_sys::Event| {
                if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                    field.set_checked(checked);
                }
                store.choose(setting.clone());
            })
        };
        html! {
            <label key={way.name} class="choice">
                <input type="radio" name={key} value={way.name} checked={checked} onchange={choose}
                    data-testid={format!("setting-{key}-{}", way.name)} />
                <span>{ way.text }</span>
            </label>
        }
    };
    html! {
        <fieldset class="setting" data-testid={format!("setting-{key}")}>
            <legend>{ label }</legend>
            <div class="ways">{ for ways.into_iter().map(way) }</div>
        </fieldset>
    }
}

/// Yes or no, with a sentence on what it means.
pub(super) fn yes_no(
    store: &Store,
    key: &'static str,
    label: String,
    hint: Option<String>,
    now: bool,
    setting: impl Fn(bool) -> Setting + 'static,
) -> Html {
    let choose = {
        let store = store.clone();
        Callback::from(move |event: web_sys::Event| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                field.set_checked(now);
            }
            store.choose(setting(!now));
        })
    };
    let described = hint.as_ref().map(|_| format!("hint-{key}"));
    html! {
        <div class="setting">
            <label class="switch">
                <input type="checkbox" checked={now} onchange={choose} aria-describedby={described.clone()}
                    data-testid={format!("setting-{key}")} />
                <span>{ label }</span>
            </label>
            if let Some(hint) = hint {
                <p id={described} class="muted hint">{ hint }</p>
            }
        </div>
    }
}
