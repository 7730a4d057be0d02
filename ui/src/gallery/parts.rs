//! Colours, pictures, and the shared parts in their states.

use super::specimen::Specimen;
use crate::parts::dialog::Dialog;
use crate::parts::icon::{Icon, icon};
use crate::parts::menu::{Item, MenuButton};
use crate::parts::tabs::Tabs;
use crate::parts::toast::{Toast, Toasts};
use crate::people;
use model::UserId;
use uuid::Uuid;
use yew::{AttrValue, Callback, Html, component, html, use_state_eq};

/// The custom properties of `theme.css` that are colours to be looked at; gallery.css has a class for each.
const COLOURS: &[&str] = &[
    "ground",
    "side",
    "raised",
    "current",
    "line",
    "line-strong",
    "text",
    "muted",
    "accent",
    "link",
    "good",
    "warn",
    "bad",
    "mark",
    "mention-ground",
    "mention-me-ground",
    "code-ground",
];

/// Colours.
#[component]
pub(super) fn Colours() -> Html {
    let swatches = COLOURS.iter().map(|name| {
        html! { <li key={*name} class="swatch"><span class={format!("swatch-colour swatch-{name}")} aria-hidden="true" />{ *name }</li> }
    });
    html! { <ul class="swatches">{ for swatches }</ul> }
}

/// All pictures.
#[component]
pub(super) fn Icons() -> Html {
    let pictures = Icon::ALL.iter().map(|one| {
        let name = format!("{one:?}");
        html! { <li key={name.clone()} class="swatch">{ icon(*one) }{ name }</li> }
    });
    html! { <ul class="swatches">{ for pictures }</ul> }
}

/// Buttons.
#[component]
pub(super) fn Buttons() -> Html {
    html! {
        <div class="specimens">
            <Specimen title="primary"><button class="button primary" type="button">{ "Send" }</button></Specimen>
            <Specimen title="plain"><button class="button" type="button">{ "Cancel" }</button></Specimen>
            <Specimen title="danger"><button class="button danger" type="button">{ "Delete" }</button></Specimen>
            <Specimen title="small"><button class="button small" type="button">{ "Try again" }</button></Specimen>
            <Specimen title="disabled"><button class="button primary" type="button" disabled=true>{ "Send" }</button></Specimen>
            <Specimen title="picture"><button class="icon-button" type="button" aria-label="Search">{ icon(Icon::Search) }</button></Specimen>
            <Specimen title="link"><button class="link" type="button">{ "Show all versions" }</button></Specimen>
            <Specimen title="pill"><button class="pill" type="button"><span class="dot online" aria-hidden="true" />{ "online" }</button></Specimen>
        </div>
    }
}

/// Fields and choices.
#[component]
pub(super) fn Forms() -> Html {
    let tab = use_state_eq(|| AttrValue::from("first"));
    let select = {
        let tab = tab.clone();
        Callback::from(move |name| tab.set(name))
    };
    let tabs = vec![
        ("first".into(), "Waiting".into()),
        ("second".into(), "Recovered".into()),
    ];
    html! {
        <div class="specimens">
            <Specimen title="field">
                <label class="field"><span>{ "Name" }</span><input type="text" value="Analytical Engine" /></label>
            </Specimen>
            <Specimen title="field with a hint">
                <label class="field"><span>{ "Topic " }<span class="muted">{ "optional" }</span></span><input type="text" /></label>
                <p class="muted hint">{ "What the room is for, in a line." }</p>
            </Specimen>
            <Specimen title="refused">
                <label class="field"><span>{ "Relay" }</span><input type="text" value="htp:/x" aria-invalid="true" /></label>
                <p class="error">{ "This is no address. Type the one that whoever hosts your relay gave you." }</p>
            </Specimen>
            <Specimen title="tabs">
                <Tabs label="Example" {tabs} selected={(*tab).clone()} onselect={select} />
                <div id={format!("panel-{}", *tab)} role="tabpanel" aria-labelledby={format!("tab-{}", *tab)}>{ "The panel." }</div>
            </Specimen>
        </div>
    }
}

/// Sentences of the app.
#[component]
pub(super) fn Notes() -> Html {
    let toast = Toast {
        id: 1,
        text: "Link copied.".into(),
    };
    html! {
        <div class="specimens">
            <Specimen title="banner"><p class="banner">{ "Amend 0.3 is there." }</p></Specimen>
            <Specimen title="banner, error"><p class="banner error">{ "The disk is full: nothing is written until there is room." }</p></Specimen>
            <Specimen title="error"><p class="error">{ "The room could not be made: there is one of this name." }</p></Specimen>
            <Specimen title="counts"><span class="count">{ "3" }</span></Specimen>
            <Specimen title="people">
                <div class="row">{ for (0..8).map(|n| people::avatar(UserId(Uuid::from_u128(n)), "Ada Lovelace")) }</div>
            </Specimen>
            <Specimen title="toast"><Toasts toast={Some(toast)} ongone={Callback::noop()} /></Specimen>
        </div>
    }
}

/// Menus and dialogs.
#[component]
pub(super) fn Overlays() -> Html {
    let open = use_state_eq(|| false);
    let show = {
        let open = open.clone();
        Callback::from(move |_| open.set(true))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    let done = close.reform(|_: web_sys::MouseEvent| ());
    let items = vec![
        Item::new("gallery-first", "Mark as read", || ()),
        Item::new("gallery-second", "Muted", || ()).checked(true),
        Item::new("gallery-third", "Leave", || ()).dangerous(),
    ];
    html! {
        <div class="specimens">
            <Specimen title="menu">
                <MenuButton class="icon-button" label="Example" testid="gallery-menu" {items}>{ icon(Icon::More) }</MenuButton>
            </Specimen>
            <Specimen title="dialog">
                <button class="button" type="button" data-testid="gallery-dialog" onclick={show}>{ "Open" }</button>
                if *open {
                    <Dialog title="Delete this message?" onclose={close}>
                        <p>{ "Everyone will see that it was deleted." }</p>
                        <div class="row end"><button class="button danger" type="button" onclick={done}>{ "Delete" }</button></div>
                    </Dialog>
                }
            </Specimen>
        </div>
    }
}
