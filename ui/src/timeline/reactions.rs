//! What people have put on a message, and the emoji to put on it: a row of common ones, and all of them behind it.

use crate::composer::emoji::picker::EmojiPicker;
use crate::parts::icon::{Icon, icon};
use crate::parts::popover::{Anchor, Popover};
use crate::parts::{dom, focus};
use crate::store::Store;
use crate::text::t;
use model::view::ReactionView;
use web_sys::KeyboardEvent;
use yew::{
    Callback, Html, Properties, classes, component, html, use_effect_with, use_node_ref,
    use_state_eq,
};

/// The emoji at hand.
const COMMON: [&str; 8] = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The reactions.
    pub(crate) reactions: Vec<ReactionView>,
    /// We may react.
    pub(crate) may: bool,
    /// Puts one on (`true`) or takes it back.
    pub(crate) react: Callback<(String, bool)>,
    /// Opens the row of emoji.
    pub(crate) add: Callback<()>,
}

/// Who, for people: "Ada, Grace and 3 others reacted with 👍".
fn who(reaction: &ReactionView) -> String {
    let named = u32::try_from(reaction.names.len()).unwrap_or(reaction.count);
    let names = reaction.names.join(", ");
    let others = reaction.count.saturating_sub(named);
    if others == 0 {
        t!(
            "reaction-who",
            names = names,
            emoji = reaction.emoji.clone()
        )
    } else {
        t!(
            "reaction-who-others",
            names = names,
            others = others,
            emoji = reaction.emoji.clone()
        )
    }
}

/// The reactions under a message.
#[component]
pub(crate) fn Reactions(props: &Props) -> Html {
    let chip = |reaction: &ReactionView| {
        let (react, emoji, on) = (props.react.clone(), reaction.emoji.clone(), !reaction.mine);
        let onclick = Callback::from(move |_: yew::MouseEvent| react.emit((emoji.clone(), on)));
        let who = who(reaction);
        html! {
            <button key={reaction.emoji.clone()} class={classes!("reaction", reaction.mine.then_some("mine"))} type="button" data-testid="reaction"
                data-emoji={reaction.emoji.clone()} data-count={reaction.count.to_string()} disabled={!props.may}
                aria-pressed={reaction.mine.to_string()} {onclick}>
                <span class="reaction-emoji">{ reaction.emoji.clone() }</span><span>{ reaction.count }</span>{ " " }
                <span class="visually-hidden">{ who.clone() }</span>
                <span class="tip" aria-hidden="true">{ who }</span>
            </button>
        }
    };
    let add = {
        let add = props.add.clone();
        Callback::from(move |_: yew::MouseEvent| add.emit(()))
    };
    html! {
        <div class="reactions" role="group" aria-label={t!("reactions")}>
            { for props.reactions.iter().map(chip) }
            if props.may {
                <button class="reaction add" type="button" data-testid="add-reaction" aria-label={t!("message-react")} title={t!("message-react")} onclick={add}>
                    { icon(Icon::Smile) }
                </button>
            }
        </div>
    }
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PickerProps {
    /// For those that were used lately.
    pub(crate) store: Store,
    /// Takes an emoji.
    pub(crate) pick: Callback<String>,
    /// The person wants none.
    pub(crate) close: Callback<()>,
}

/// The row of emoji to put on a message.
#[component]
pub(crate) fn Picker(props: &PickerProps) -> Html {
    let first = use_node_ref();
    let more = use_node_ref();
    let all = use_state_eq(|| false);
    {
        let first = first.clone();
        use_effect_with((), move |()| {
            dom::focus(&first);
        });
    }
    let onkeydown = {
        let close = props.close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(());
            }
            event.stop_propagation();
        })
    };
    let emoji = |(at, emoji): (usize, &'static str)| {
        let pick = props.pick.clone();
        let onclick = Callback::from(move |_: yew::MouseEvent| pick.emit(emoji.to_owned()));
        let node = if at == 0 {
            first.clone()
        } else {
            yew::NodeRef::default()
        };
        html! {
            <button ref={node} class="icon-button emoji" type="button" data-testid="pick-emoji" data-emoji={emoji} {onclick}>{ emoji }</button>
        }
    };
    let toggle = {
        let all = all.clone();
        Callback::from(move |_: yew::MouseEvent| all.set(!*all))
    };
    // The picker takes the keyboard before the box around it can see who had it.
    let close = {
        let (all, more) = (all.clone(), more.clone());
        Callback::from(move |()| {
            all.set(false);
            focus::give_back(more.cast(), "[data-testid=composer]");
        })
    };
    let label = t!("more-emoji");
    html! {
        <div class="reaction-picker" role="group" aria-label={t!("message-react")} data-testid="reaction-picker" {onkeydown}>
            { for COMMON.into_iter().enumerate().map(emoji) }
            <button ref={more.clone()} class="icon-button" type="button" data-testid="more-emoji" aria-haspopup="dialog"
                aria-expanded={all.to_string()} aria-label={label.clone()} title={label.clone()} onclick={toggle}>
                { icon(Icon::Plus) }
            </button>
            if *all {
                <Popover anchor={Anchor::Node(more)} onclose={close.clone()} {label} class="holds-picker">
                    <EmojiPicker store={props.store.clone()} onpick={props.pick.clone()} onclose={close} />
                </Popover>
            }
        </div>
    }
}
