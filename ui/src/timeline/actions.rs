//! What can be done with a message: which of it is offered, its key, and the buttons beside the message.

use crate::parts::icon::{Icon, icon};
use crate::text::t;
use model::MessageId;
use model::view::{Abilities, Delivery, TimelineItem};
use yew::{Callback, Html, Properties, component, html};

/// Something that can be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Reply,
    React,
    Edit,
    Pin,
    Unpin,
    CopyLink,
    CopyText,
    Versions,
    Delete,
}

impl Action {
    /// What stands in a menu.
    pub(crate) fn label(self) -> String {
        match self {
            Self::Reply => t!("message-reply"),
            Self::React => t!("message-react"),
            Self::Edit => t!("message-edit"),
            Self::Pin => t!("message-pin"),
            Self::Unpin => t!("message-unpin"),
            Self::CopyLink => t!("message-copy-link"),
            Self::CopyText => t!("message-copy-text"),
            Self::Versions => t!("message-versions"),
            Self::Delete => t!("message-delete"),
        }
    }

    /// The key that does it while the message has the focus.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Reply => "R",
            Self::React => "+",
            Self::Edit => "E",
            Self::Pin | Self::Unpin => "P",
            Self::CopyLink => "C",
            Self::CopyText => "T",
            Self::Versions => "V",
            Self::Delete => "Delete",
        }
    }

    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Reply => Icon::Reply,
            Self::React => Icon::Smile,
            Self::Edit => Icon::Pencil,
            Self::Pin | Self::Unpin => Icon::Pin,
            Self::CopyLink => Icon::Link,
            Self::CopyText => Icon::Copy,
            Self::Versions => Icon::Clock,
            Self::Delete => Icon::Bin,
        }
    }

    /// For the tests.
    pub(crate) fn test_id(self) -> &'static str {
        match self {
            Self::Reply => "reply-button",
            Self::React => "react-button",
            Self::Edit => "edit-button",
            Self::Pin => "pin-button",
            Self::Unpin => "unpin-button",
            Self::CopyLink => "copy-link-button",
            Self::CopyText => "copy-text-button",
            Self::Versions => "versions-button",
            Self::Delete => "delete-button",
        }
    }

    /// Beside the message, not only in its menu.
    fn is_frequent(self) -> bool {
        matches!(self, Self::Reply | Self::React | Self::Edit | Self::Delete)
    }
}

/// What may be done with a message now. The rules have the last word; this is what they will most likely allow.
pub(crate) fn offered(item: &TimelineItem, may: Abilities, editing: bool) -> Vec<Action> {
    let known = item.position.is_some();
    let mut actions = Vec::new();
    if !item.deleted {
        if may.write && known {
            actions.extend([Action::Reply, Action::React]);
        }
        // Until the relay has said something the rows may not be here.
        let refused = matches!(item.delivery, Delivery::Failed(_));
        if !editing && !refused && (item.mine || may.edit_others) {
            actions.push(Action::Edit);
        }
        if may.pin && known {
            actions.push(if item.pinned {
                Action::Unpin
            } else {
                Action::Pin
            });
        }
    }
    if known {
        actions.push(Action::CopyLink);
    }
    if !item.deleted {
        actions.push(Action::CopyText);
    }
    if known && (item.edited_at.is_some() || (item.deleted && item.mine)) {
        actions.push(Action::Versions);
    }
    if !item.deleted && !editing && (item.mine || may.delete_others) {
        actions.push(Action::Delete);
    }
    actions
}

/// The action of a key, if it is offered.
pub(crate) fn by_key(key: &str, offered: &[Action]) -> Option<Action> {
    offered
        .iter()
        .copied()
        .find(|action| action.key().eq_ignore_ascii_case(key))
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message.
    pub(crate) message: MessageId,
    /// What is offered.
    pub(crate) actions: Vec<Action>,
    /// Does one.
    pub(crate) act: Callback<(MessageId, Action)>,
    /// Opens the menu with all of them.
    pub(crate) more: Callback<yew::MouseEvent>,
}

/// The buttons beside a message.
#[component]
pub(crate) fn Toolbar(props: &Props) -> Html {
    let button = |action: Action| {
        let (act, message) = (props.act.clone(), props.message);
        let onclick = Callback::from(move |_: yew::MouseEvent| act.emit((message, action)));
        let label = action.label();
        let title = t!(
            "action-with-key",
            action = label.clone(),
            key = action.key()
        );
        html! {
            <button class="icon-button" type="button" data-testid={action.test_id()} aria-label={label} {title} {onclick}>
                { icon(action.icon()) }
            </button>
        }
    };
    let more = t!("message-more");
    html! {
        <div class="message-actions" role="toolbar" aria-label={t!("message-actions")}>
            { for props.actions.iter().copied().filter(|action| action.is_frequent()).map(button) }
            <button class="icon-button" type="button" data-testid="more-button" aria-haspopup="menu" aria-label={more.clone()} title={more}
                onclick={props.more.clone()}>
                { icon(Icon::More) }
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::window::tests::item;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const MEMBER: Abilities = Abilities {
        write: true,
        pin: false,
        edit_others: false,
        delete_others: false,
    };

    #[test]
    fn a_member_changes_only_their_own() {
        let others = offered(&item(1), MEMBER, false);
        assert!(others.contains(&Action::Reply) && others.contains(&Action::React));
        for action in [Action::Edit, Action::Delete, Action::Pin] {
            assert!(!others.contains(&action), "{action:?}");
        }
        let mut mine = item(1);
        mine.mine = true;
        let own = offered(&mine, MEMBER, false);
        assert!(own.contains(&Action::Edit) && own.contains(&Action::Delete));
    }

    #[test]
    fn a_reader_only_copies() {
        let found = offered(&item(1), Abilities::default(), false);
        assert_eq!(found, [Action::CopyLink, Action::CopyText]);
    }

    #[test]
    fn nothing_is_done_with_a_tombstone_but_linking_to_it() {
        let mut gone = item(1);
        gone.deleted = true;
        let all = Abilities {
            pin: true,
            edit_others: true,
            delete_others: true,
            ..MEMBER
        };
        assert_eq!(offered(&gone, all, false), [Action::CopyLink]);
    }

    #[test]
    fn a_message_that_only_we_have_has_no_link() {
        let mut pending = item(1);
        pending.mine = true;
        pending.position = None;
        let found = offered(&pending, MEMBER, false);
        assert_eq!(found, [Action::Edit, Action::CopyText, Action::Delete]);
    }

    #[test]
    fn keys_do_what_is_offered() {
        let found = offered(&item(1), MEMBER, false);
        assert_eq!(by_key("r", &found), Some(Action::Reply));
        assert_eq!(by_key("+", &found), Some(Action::React));
        assert_eq!(by_key("e", &found), None);
    }
}
