//! A list of things to do: arrows, Home, End and first letters move in it, Enter and Space do, Escape closes.

use super::focus::{active, all};
use super::popover::{Anchor, Popover};
use web_sys::{Element, KeyboardEvent};
use yew::{
    AttrValue, Callback, Classes, Html, Properties, classes, component, html, use_node_ref,
    use_state_eq,
};

/// One thing to do.
#[derive(Clone, PartialEq)]
pub(crate) struct Item {
    /// What it is called.
    pub(crate) label: AttrValue,
    /// For tests.
    pub(crate) testid: AttrValue,
    /// What happens; the menu closes first.
    pub(crate) action: Callback<()>,
    /// It is a switch, and so it stands.
    pub(crate) checked: Option<bool>,
    /// It takes something away.
    pub(crate) is_dangerous: bool,
}

impl Item {
    /// A thing to do.
    pub(crate) fn new(
        testid: impl Into<AttrValue>,
        label: impl Into<AttrValue>,
        action: impl Fn() + 'static,
    ) -> Self {
        Self {
            label: label.into(),
            testid: testid.into(),
            action: Callback::from(move |()| action()),
            checked: None,
            is_dangerous: false,
        }
    }

    /// As a switch.
    pub(crate) fn checked(mut self, checked: bool) -> Self {
        self.checked = Some(checked);
        self
    }

    /// As one that takes something away.
    pub(crate) fn dangerous(mut self) -> Self {
        self.is_dangerous = true;
        self
    }
}

/// What an open menu is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MenuProps {
    /// What it stands beside.
    pub(crate) anchor: Anchor,
    /// Its accessible name.
    pub(crate) label: AttrValue,
    /// What there is to do.
    pub(crate) items: Vec<Item>,
    /// The person wants it closed.
    pub(crate) onclose: Callback<()>,
}

/// Where to go from `at` of `labels` for a key, if it goes anywhere. Pure.
pub(crate) fn step(labels: &[String], at: Option<usize>, key: &str) -> Option<usize> {
    let count = labels.len();
    if count == 0 {
        return None;
    }
    match key {
        "ArrowDown" => Some(at.map_or(0, |at| (at + 1) % count)),
        "ArrowUp" => Some(at.map_or(count - 1, |at| (at + count - 1) % count)),
        "Home" => Some(0),
        "End" => Some(count - 1),
        key => {
            let mut letters = key.chars();
            let letter = letters.next().filter(|letter| letter.is_alphanumeric())?;
            if letters.next().is_some() {
                return None;
            }
            let begins = |label: &String| {
                let first = label.chars().next();
                first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
            };
            let from = at.map_or(0, |at| at + 1);
            (from..from + count)
                .map(|at| at % count)
                .find(|at| labels.get(*at).is_some_and(begins))
        }
    }
}

/// An open menu.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let list = use_node_ref();
    let onkeydown = {
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| {
            let Some(list) = list.cast::<Element>() else {
                return;
            };
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            let items = all(&list, "button");
            let labels: Vec<String> = items
                .iter()
                .map(|item| item.text_content().unwrap_or_default().trim().to_owned())
                .collect();
            let now = active();
            let at = items.iter().position(|item| now.as_ref() == Some(item));
            if let Some(to) = step(&labels, at, &event.key()) {
                event.prevent_default();
                if let Some(item) = items.get(to) {
                    item.focus().ok();
                }
            }
        })
    };
    let item = |item: &Item| {
        let act = {
            let (close, action) = (props.onclose.clone(), item.action.clone());
            Callback::from(move |_| {
                close.emit(());
                action.emit(());
            })
        };
        let role = match item.checked {
            None => "menuitem",
            Some(_) => "menuitemcheckbox",
        };
        html! {
            <button type="button" role={role} class={classes!("menu-item", item.is_dangerous.then_some("danger"))}
                aria-checked={item.checked.map(|checked| checked.to_string())} data-testid={item.testid.clone()} onclick={act}>
                { item.label.clone() }
            </button>
        }
    };
    html! {
        <Popover anchor={props.anchor.clone()} onclose={props.onclose.clone()} label={props.label.clone()} role="menu" class="menu">
            <div ref={list} role="none" class="menu-list" {onkeydown}>{ for props.items.iter().map(item) }</div>
        </Popover>
    }
}

/// What a button with a menu is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MenuButtonProps {
    /// The accessible name of both.
    pub(crate) label: AttrValue,
    /// What there is to do.
    pub(crate) items: Vec<Item>,
    /// What is on the button.
    pub(crate) children: Html,
    /// The button's classes.
    #[prop_or_else(|| classes!("icon-button"))]
    pub(crate) class: Classes,
    /// For tests.
    pub(crate) testid: AttrValue,
}

/// A button that opens a menu.
#[component]
pub(crate) fn MenuButton(props: &MenuButtonProps) -> Html {
    let button = use_node_ref();
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    html! {
        <>
            <button ref={button.clone()} type="button" class={props.class.clone()} data-testid={props.testid.clone()} aria-haspopup="menu"
                aria-expanded={(*open).to_string()} aria-label={props.label.clone()} title={props.label.clone()} onclick={toggle}>
                { props.children.clone() }
            </button>
            if *open {
                <Menu anchor={Anchor::Node(button)} label={props.label.clone()} items={props.items.clone()} onclose={close} />
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn keys_go_round() {
        let labels: Vec<String> = ["Mute", "Mark read", "Leave"].map(str::to_owned).into();
        let go = |at, key| step(&labels, at, key);
        assert_eq!(go(None, "ArrowDown"), Some(0));
        assert_eq!(go(Some(2), "ArrowDown"), Some(0));
        assert_eq!(go(Some(0), "ArrowUp"), Some(2));
        assert_eq!(go(Some(0), "m"), Some(1));
        assert_eq!(go(Some(1), "m"), Some(0));
        assert_eq!(go(Some(1), "End"), Some(2));
        assert_eq!(go(Some(1), "x"), None);
        assert_eq!(go(Some(1), "Tab"), None);
        assert_eq!(step(&[], None, "ArrowDown"), None);
    }
}
