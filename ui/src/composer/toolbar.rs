//! The buttons for marks: one stop for the keyboard, arrows go on from there.

use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::{Callback, Html, Properties, classes, component, html, use_node_ref, use_state_eq};

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Bold,
    Italic,
    Strike,
    Link,
    Code,
    Fence,
    Quote,
    List,
    Numbers,
    /// Shows the text as it will be, or not.
    Preview,
    /// Shows these buttons, or not.
    Toolbar,
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// A button was pressed.
    pub(crate) ontool: Callback<Tool>,
    /// The preview is shown.
    pub(crate) previewing: bool,
}

/// The buttons.
#[component]
pub(crate) fn Toolbar(props: &Props) -> Html {
    let bar = use_node_ref();
    let current = use_state_eq(|| 0_u32);
    let tools = [
        (Tool::Bold, Icon::Bold, t!("bold"), "bold"),
        (Tool::Italic, Icon::Italic, t!("italic"), "italic"),
        (Tool::Strike, Icon::Strike, t!("strike"), "strike"),
        (Tool::Link, Icon::Link, t!("link"), "link"),
        (Tool::Code, Icon::Code, t!("code-mark"), "code"),
        (Tool::Fence, Icon::Fence, t!("code-block"), "fence"),
        (Tool::Quote, Icon::Quote, t!("quote"), "quote"),
        (Tool::List, Icon::List, t!("list"), "list"),
        (Tool::Numbers, Icon::Numbers, t!("numbers"), "numbers"),
        (Tool::Preview, Icon::Eye, t!("preview-hint"), "preview"),
    ];
    let count = u32::try_from(tools.len()).unwrap_or(1);
    let onkeydown = {
        let (bar, current) = (bar.clone(), current.clone());
        Callback::from(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowRight" => 1,
                "ArrowLeft" => count - 1,
                _ => return,
            };
            event.prevent_default();
            // In a right-to-left window the next one is at the left.
            let step = if dom::is_right_to_left() {
                count - step
            } else {
                step
            };
            let next = (*current + step) % count;
            current.set(next);
            let button = bar
                .cast::<HtmlElement>()
                .and_then(|bar| bar.children().item(next))
                .and_then(|button| button.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                button.focus().ok();
            }
        })
    };
    let buttons = tools.into_iter().zip(0_u32..).map(|((tool, picture, label, name), at)| {
        let pressed = (tool == Tool::Preview).then(|| props.previewing.to_string());
        let onclick = {
            let (current, ontool) = (current.clone(), props.ontool.clone());
            Callback::from(move |_: yew::MouseEvent| {
                current.set(at);
                ontool.emit(tool);
            })
        };
        html! {
            <button type="button" class={classes!("icon-button", (tool == Tool::Preview).then_some("at-end"))} data-testid={format!("tool-{name}")}
                aria-label={label.clone()} title={label} aria-pressed={pressed} tabindex={if at == *current { "0" } else { "-1" }} {onclick}>
                { icon(picture) }
            </button>
        }
    });
    html! {
        <div ref={bar} class="toolbar" role="toolbar" aria-label={t!("formatting")} {onkeydown}>{ for buttons }</div>
    }
}
