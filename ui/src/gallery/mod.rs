//! The component gallery, for those who work on the page: every component in every state, without a relay and without a
//! profile. `cargo xtask gallery` opens it; it is not in the page that people install (feature `gallery`).
//!
//! Invariant: it draws the same components as the app, from made-up data, and calls no command of the shell.

mod messages;
mod parts;
mod specimen;

use self::messages::Messages;
use self::parts::{Buttons, Colours, Forms, Icons, Notes, Overlays};
use self::specimen::Section;
use crate::settings::apply;
use yew::{Callback, Html, component, html, use_effect_with, use_state_eq};

/// What stands after `#` in the address of the page.
const ADDRESS: &str = "#gallery";

/// Whether it is wanted instead of the app.
pub(crate) fn is_asked() -> bool {
    web_sys::window()
        .and_then(|window| window.location().hash().ok())
        .is_some_and(|hash| hash == ADDRESS)
}

/// How everything is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    theme: &'static str,
    contrast: &'static str,
    language: &'static str,
}

impl Look {
    fn apply(self) {
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            for (name, value) in [("data-theme", self.theme), ("data-contrast", self.contrast)] {
                root.set_attribute(name, value).ok();
            }
        }
        apply::choose_language(self.language);
    }
}

/// The page.
#[component]
pub(crate) fn Gallery() -> Html {
    let look = use_state_eq(|| Look {
        theme: "light",
        contrast: "normal",
        language: "en",
    });
    // Before the components ask for their texts.
    look.apply();
    use_effect_with((), |()| {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title("Amend – gallery");
        }
    });
    let ways: [(&str, Look); 4] = [
        (
            "Light",
            Look {
                theme: "light",
                contrast: "normal",
                ..*look
            },
        ),
        (
            "Dark",
            Look {
                theme: "dark",
                contrast: "normal",
                ..*look
            },
        ),
        (
            "High contrast, light",
            Look {
                theme: "light",
                contrast: "high",
                ..*look
            },
        ),
        (
            "High contrast, dark",
            Look {
                theme: "dark",
                contrast: "high",
                ..*look
            },
        ),
    ];
    let language = if look.language == "en" { "ar" } else { "en" };
    let ways = ways
        .into_iter()
        .chain([("Other direction", Look { language, ..*look })]);
    let buttons: Html = ways
        .map(|(name, way)| {
            let look = look.clone();
            let onclick = Callback::from(move |_| look.set(way));
            html! { <button key={name} class="button small" type="button" data-testid="gallery-look" {onclick}>{ name }</button> }
        })
        .collect();
    html! {
        <main class="gallery" data-testid="gallery" key={look.language}>
            <header class="gallery-head"><h1>{ "Gallery" }</h1><div class="row">{ buttons }</div></header>
            <Section title="Colours"><Colours /></Section>
            <Section title="Pictures"><Icons /></Section>
            <Section title="Buttons"><Buttons /></Section>
            <Section title="Forms"><Forms /></Section>
            <Section title="What is said beside things"><Notes /></Section>
            <Section title="What opens over the page"><Overlays /></Section>
            <Section title="Messages"><Messages /></Section>
        </main>
    }
}
