//! How the settings make the page look: attributes of `<html>`, which the style sheets follow.
//!
//! - `data-theme`: `light`, `dark`: as chosen, or else as the desktop wishes; `system` where that does not say, and the web view knows.
//! - `data-contrast`: `normal`, `high`; `data-motion`: `full`, `reduced`: as chosen, or else as the system wishes now.
//!
//! The size is the shell's: it zooms the whole page, so that nothing here has to be measured in another unit. The shell also sets
//! these attributes before the first paint (`src-tauri/src/window/first.js`); the words are the same there.

use crate::parts::time;
use crate::text;
use model::view::{Contrast, DesktopView, Motion, Settings, Theme};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

const MORE_CONTRAST: &str = "(prefers-contrast: more)";
const LESS_MOTION: &str = "(prefers-reduced-motion: reduce)";

thread_local! {
    static LAST: RefCell<Option<(Settings, DesktopView)>> = const { RefCell::new(None) };
}

/// Makes the page look so. What the desktop wishes the web view may not know.
pub(crate) fn apply(settings: &Settings, desktop: &DesktopView) {
    let now = Some((settings.clone(), desktop.clone()));
    let former = LAST.with(|last| last.replace(now));
    show(settings, desktop);
    if former.as_ref().map(|(former, _)| &former.language) != Some(&settings.language) {
        choose_language(&settings.language);
    }
    if former.is_none() {
        follow_the_system();
    }
}

fn show(settings: &Settings, desktop: &DesktopView) {
    let set = |name: &str, value: &str| {
        if let Some(root) = root() {
            // It cannot fail on these names.
            root.set_attribute(name, value).ok();
        }
    };
    set("data-theme", theme(settings.theme, desktop.theme));
    set(
        "data-contrast",
        contrast(settings.contrast, desktop.contrast || wishes(MORE_CONTRAST)),
    );
    set(
        "data-motion",
        motion(settings.reduced_motion, wishes(LESS_MOTION)),
    );
}

fn theme(chosen: Theme, desktops: Theme) -> &'static str {
    let theme = if chosen == Theme::System {
        desktops
    } else {
        chosen
    };
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

fn contrast(chosen: Contrast, system_wishes_more: bool) -> &'static str {
    match chosen {
        Contrast::High => "high",
        Contrast::System if system_wishes_more => "high",
        Contrast::System | Contrast::Normal => "normal",
    }
}

fn motion(chosen: Motion, system_wishes_less: bool) -> &'static str {
    match chosen {
        Motion::On => "reduced",
        Motion::System if system_wishes_less => "reduced",
        Motion::System => "full",
    }
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

fn query(query: &str) -> Option<web_sys::MediaQueryList> {
    web_sys::window()?.match_media(query).ok()?
}

fn wishes(media: &str) -> bool {
    query(media).is_some_and(|list| list.matches())
}

fn follow_the_system() {
    let changed = Closure::<dyn Fn()>::new(|| {
        if let Some((settings, desktop)) = LAST.with(|last| last.borrow().clone()) {
            show(&settings, &desktop);
        }
    });
    let handler = changed.into_js_value();
    for media in [MORE_CONTRAST, LESS_MOTION] {
        if let Some(list) = query(media) {
            list.add_event_listener_with_callback("change", handler.unchecked_ref())
                .ok();
        }
    }
}

/// Speaks the chosen language, or the one that the person's system does, as far as we know it.
pub(crate) fn choose_language(chosen: &str) {
    let languages = web_sys::window().map(|window| window.navigator().languages());
    let tags = languages.iter().flat_map(|list| list.iter());
    let systems: Vec<String> = tags.filter_map(|tag| tag.as_string()).collect();
    let chosen = [chosen.to_owned()];
    let wished: &[String] = if chosen[0] == "system" {
        &systems
    } else {
        &chosen
    };
    let language = text::negotiate(wished.iter().map(String::as_str));
    text::speak(language);
    time::speak(language, &systems);
    if let Some(root) = root() {
        let direction = if text::is_right_to_left(language) {
            "rtl"
        } else {
            "ltr"
        };
        root.set_attribute("lang", language).ok();
        root.set_attribute("dir", direction).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_beats_the_system() {
        assert_eq!(contrast(Contrast::Normal, true), "normal");
        assert_eq!(contrast(Contrast::High, false), "high");
        assert_eq!(contrast(Contrast::System, true), "high");
        assert_eq!(contrast(Contrast::System, false), "normal");
        assert_eq!(theme(Theme::Light, Theme::Dark), "light");
        assert_eq!(theme(Theme::System, Theme::Dark), "dark");
        assert_eq!(theme(Theme::System, Theme::System), "system");
        assert_eq!(motion(Motion::On, false), "reduced");
        assert_eq!(motion(Motion::System, true), "reduced");
        assert_eq!(motion(Motion::System, false), "full");
    }
}
