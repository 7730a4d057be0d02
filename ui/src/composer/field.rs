//! Where a text is written: the field with its marks, suggestions, emoji and preview. The composer and the edit box are
//! made of it.
//!
//! Invariants: the field keeps its text itself, drawing the screen never touches it; every letter is in the draft; a key
//! that an input method is composing with does nothing here.

use super::area::Area;
use super::change::{Prefix, Selected};
use super::completion::{self, Candidate, Query, Suggestion};
use super::emoji::picker::EmojiPicker;
use super::emoji::shortcodes;
use super::suggestions::{self, Suggestions};
use super::toolbar::{Tool, Toolbar};
use crate::markdown::Markdown;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::store::{Draft, Store};
use crate::text::t;
use model::limits;
use web_sys::{ClipboardEvent, DragEvent, InputEvent, KeyboardEvent};
use yew::{
    AttrValue, Callback, Html, Properties, component, html, use_effect_with, use_mut_ref,
    use_node_ref, use_state_eq,
};

/// Bytes before the limit from which on the rest is counted.
const COUNT_FROM: usize = limits::BODY_MAX_BYTES / 10;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the draft.
    pub(crate) store: Store,
    /// Whose text it is.
    pub(crate) draft: Draft,
    /// The field, for those who send what is in it.
    pub(crate) area: Area,
    /// For programs.
    pub(crate) testid: &'static str,
    /// For people.
    pub(crate) label: String,
    /// Enter.
    pub(crate) onsubmit: Callback<()>,
    /// Counts what was sent: with it the preview has done its work.
    #[prop_or_default]
    pub(crate) sent: u32,
    /// Escape, when there is nothing nearer to close.
    #[prop_or_default]
    pub(crate) onescape: Callback<()>,
    /// ArrowUp in an empty field.
    #[prop_or_default]
    pub(crate) onup: Callback<()>,
    /// The text changed.
    #[prop_or_default]
    pub(crate) onchange: Callback<()>,
    /// Whether the text may be sent as far as its length goes.
    #[prop_or_default]
    pub(crate) onfit: Callback<Fit>,
    /// Files that are pasted; says whether it has taken them.
    #[prop_or_default]
    pub(crate) onpaste: Option<Callback<ClipboardEvent, bool>>,
    /// Files that are dropped; says whether it has taken them.
    #[prop_or_default]
    pub(crate) ondrop: Option<Callback<DragEvent, bool>>,
    /// Buttons beside the emoji's.
    #[prop_or_default]
    pub(crate) buttons: Html,
    /// Buttons at the end: send, save.
    #[prop_or_default]
    pub(crate) children: Html,
}

/// How a text stands to what may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fit {
    /// There is nothing to send.
    #[default]
    Empty,
    /// It may be sent.
    Fits,
    /// It is longer than a message may be, by so many bytes.
    TooLong(usize),
}

impl Fit {
    /// Of a text.
    pub(crate) fn of(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Empty;
        }
        match text.len().checked_sub(limits::BODY_MAX_BYTES) {
            None | Some(0) => Self::Fits,
            Some(over) => Self::TooLong(over),
        }
    }
}

/// What is open beside the field.
#[derive(Clone, Debug, Default, PartialEq)]
struct Beside {
    /// What the word at the caret could name, and which of it is chosen.
    suggestions: Option<(Query, Vec<Suggestion>, usize)>,
    /// The text as it will be shown.
    preview: Option<AttrValue>,
    /// Bytes that are left, when they are few; less than none when it is too long.
    left: Option<i64>,
}

/// The field.
#[component]
pub(crate) fn Field(props: &Props) -> Html {
    let beside = use_state_eq(Beside::default);
    let picking = use_state_eq(|| false);
    let toolbar = use_state_eq(|| props.store.shows_toolbar());
    // What the last key left open; the state's handle would be the one of the last drawing.
    let now = use_mut_ref(Beside::default);
    let dismissed = use_mut_ref(|| None::<usize>);
    let smile = use_node_ref();
    let desk = Desk {
        store: props.store.clone(),
        area: props.area.clone(),
    };
    let show = {
        let (beside, now) = (beside.setter(), now.clone());
        move |change: &dyn Fn(&mut Beside)| {
            change(&mut now.borrow_mut());
            beside.set(now.borrow().clone());
        }
    };
    let look = {
        let (desk, show, dismissed) = (desk.clone(), show.clone(), dismissed.clone());
        move || {
            let found = desk.suggestions(*dismissed.borrow());
            if found.is_none() && desk.query().is_none() {
                *dismissed.borrow_mut() = None;
            }
            let text = desk.area.text();
            let left = i64::try_from(limits::BODY_MAX_BYTES).unwrap_or(i64::MAX)
                - i64::try_from(text.len()).unwrap_or(i64::MAX);
            let few = i64::try_from(COUNT_FROM).unwrap_or(0);
            show(&|beside| {
                let chosen = beside
                    .suggestions
                    .as_ref()
                    .map_or(0, |(_, _, chosen)| *chosen);
                beside.suggestions = found.clone().map(|(query, list)| {
                    let chosen = chosen.min(list.len() - 1);
                    (query, list, chosen)
                });
                beside.left = (left < few).then_some(left);
                if beside.preview.is_some() {
                    beside.preview = Some(AttrValue::from(shortcodes::convert(&text)));
                }
            });
        }
    };
    {
        // Another text: another room, or the field has just come.
        let (area, store, look, onfit) = (
            props.area.clone(),
            props.store.clone(),
            look.clone(),
            props.onfit.clone(),
        );
        use_effect_with(props.draft, move |draft| {
            let draft = *draft;
            let text = store.draft(draft);
            onfit.emit(Fit::of(&text));
            dom::set_text(&area.0, &text);
            match store.place(draft) {
                Some(place) => {
                    dom::focus(&area.0);
                    area.stand(place);
                }
                None => dom::focus_end(&area.0),
            }
            look();
        });
    }
    {
        let show = show.clone();
        use_effect_with(props.sent, move |_| show(&|beside| beside.preview = None));
    }
    let oninput = {
        let (props, look, now) = (props.clone(), look.clone(), now.clone());
        Callback::from(move |_: InputEvent| {
            let text = props.area.text();
            props.onfit.emit(Fit::of(&text));
            props.store.set_draft(props.draft, text);
            dom::fit(&props.area.0);
            if let Some((_, _, chosen)) = &mut now.borrow_mut().suggestions {
                *chosen = 0;
            }
            look();
            props.onchange.emit(());
        })
    };
    let onselect = {
        let (area, store, draft, look) = (
            props.area.clone(),
            props.store.clone(),
            props.draft,
            look.clone(),
        );
        move || {
            store.set_place(draft, area.place());
            look();
        }
    };
    let accept = {
        let (desk, now, show) = (desk.clone(), now.clone(), show.clone());
        Callback::from(move |at: usize| {
            let open = now.borrow().suggestions.clone();
            if let Some((query, list, _)) = open
                && let Some(one) = list.get(at)
            {
                show(&|beside| beside.suggestions = None);
                let change = desk
                    .area
                    .with(|selected| completion::accept(selected, &query, one));
                if let Some(change) = change {
                    desk.area.make(&change);
                }
            }
        })
    };
    let preview = {
        let (area, show) = (props.area.clone(), show.clone());
        move || {
            let text = AttrValue::from(shortcodes::convert(&area.text()));
            show(&|beside| {
                beside.preview = match beside.preview {
                    Some(_) => None,
                    None => Some(text.clone()),
                };
            });
        }
    };
    let tool = {
        let (area, preview, toolbar, store) = (
            props.area.clone(),
            preview.clone(),
            toolbar.clone(),
            props.store.clone(),
        );
        Callback::from(move |tool: Tool| match tool {
            Tool::Preview => {
                preview();
                dom::focus(&area.0);
            }
            Tool::Toolbar => {
                store.set_shows_toolbar(!*toolbar);
                toolbar.set(!*toolbar);
            }
            other => {
                if let Some(change) = area.with(|selected| apply(other, selected)).flatten() {
                    area.make(&change);
                }
            }
        })
    };
    let onkeydown = {
        let (props, now, show, accept, tool) = (
            props.clone(),
            now.clone(),
            show.clone(),
            accept.clone(),
            tool.clone(),
        );
        let (picking, dismissed, area) = (picking.clone(), dismissed.clone(), props.area.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() || event.key_code() == 229 {
                return;
            }
            let key = event.key();
            let command = event.ctrl_key() || event.meta_key();
            let open = now.borrow().suggestions.clone();
            if let Some((query, list, chosen)) = open
                && !command
            {
                let last = list.len() - 1;
                let moved = match key.as_str() {
                    "ArrowDown" => Some(if chosen == last { 0 } else { chosen + 1 }),
                    "ArrowUp" => Some(if chosen == 0 { last } else { chosen - 1 }),
                    _ => None,
                };
                if let Some(to) = moved {
                    event.prevent_default();
                    show(&|beside| {
                        if let Some((_, _, chosen)) = &mut beside.suggestions {
                            *chosen = to;
                        }
                    });
                    return;
                }
                if matches!(key.as_str(), "Enter" | "Tab") && !event.shift_key() {
                    event.prevent_default();
                    accept.emit(chosen);
                    return;
                }
                if key == "Escape" {
                    event.prevent_default();
                    event.stop_propagation();
                    *dismissed.borrow_mut() = Some(query.from);
                    show(&|beside| beside.suggestions = None);
                    return;
                }
            }
            if let Some(found) = shortcut(&event) {
                event.prevent_default();
                match found {
                    Shortcut::Tool(one) => tool.emit(one),
                    Shortcut::Emoji => picking.set(true),
                }
                return;
            }
            match key.as_str() {
                "Enter" if event.shift_key() => {
                    event.prevent_default();
                    if let Some(change) = area.with(|selected| selected.new_line()) {
                        area.make(&change);
                    }
                }
                "Enter" => {
                    event.prevent_default();
                    props.onsubmit.emit(());
                }
                "Tab" if !command => {
                    if let Some(change) = area.with(|s| s.tab(event.shift_key())).flatten() {
                        event.prevent_default();
                        area.make(&change);
                    }
                }
                "Escape" => {
                    event.prevent_default();
                    if now.borrow().preview.is_some() {
                        tool.emit(Tool::Preview);
                    } else {
                        props.onescape.emit(());
                    }
                }
                "ArrowUp" if area.text().is_empty() => {
                    event.prevent_default();
                    props.onup.emit(());
                }
                _ => {}
            }
        })
    };
    let onpaste = {
        let (area, take) = (props.area.clone(), props.onpaste.clone());
        Callback::from(move |event: yew::Event| {
            use wasm_bindgen::JsCast;
            let Ok(event) = event.dyn_into::<ClipboardEvent>() else {
                return;
            };
            if take.as_ref().is_some_and(|take| take.emit(event.clone())) {
                event.prevent_default();
                return;
            }
            let pasted = event
                .clipboard_data()
                .and_then(|data| data.get_data("text/plain").ok())
                .unwrap_or_default();
            if let Some(change) = area
                .with(|selected| selected.paste(pasted.trim()))
                .flatten()
            {
                event.prevent_default();
                area.make(&change);
            }
        })
    };
    let ondrop = props.ondrop.clone().map(|take| {
        Callback::from(move |event: DragEvent| {
            if take.emit(event.clone()) {
                event.prevent_default();
            }
        })
    });
    let pick = {
        let (area, picking) = (props.area.clone(), picking.clone());
        Callback::from(move |emoji: String| {
            picking.set(false);
            area.put(&emoji);
        })
    };
    let close_picker = {
        let (area, picking) = (props.area.clone(), picking.clone());
        Callback::from(move |()| {
            picking.set(false);
            dom::focus(&area.0);
        })
    };
    let open_picker = {
        let picking = picking.clone();
        Callback::from(move |_| picking.set(!*picking))
    };
    let list_id = format!("{}-suggestions", props.testid);
    let active = beside
        .suggestions
        .as_ref()
        .map(|(_, _, chosen)| suggestions::option_id(&list_id, *chosen));
    let select = Callback::from({
        let onselect = onselect.clone();
        move |_: yew::Event| onselect()
    });
    let onkeyup = Callback::from({
        let onselect = onselect.clone();
        move |_: KeyboardEvent| onselect()
    });
    let onclick = Callback::from(move |_: yew::MouseEvent| onselect());
    html! {
        <div class="field-box">
            if let Some(text) = &beside.preview {
                <div class="preview" data-testid="preview" role="region" aria-label={t!("preview")} tabindex="0">
                    if text.trim().is_empty() {
                        <p class="muted">{ t!("preview-empty") }</p>
                    } else {
                        <Markdown text={text.clone()} />
                    }
                </div>
            }
            if *toolbar {
                <Toolbar ontool={tool.clone()} previewing={beside.preview.is_some()} />
            }
            <div class="field-row">
                <textarea ref={props.area.0.clone()} data-testid={props.testid} rows="1" dir="auto" aria-autocomplete="list" aria-haspopup="listbox"
                    aria-controls={active.is_some().then(|| list_id.clone())} aria-activedescendant={active}
                    aria-label={props.label.clone()} placeholder={props.label.clone()}
                    {oninput} {onkeydown} {onkeyup} {onclick} onselect={select} {onpaste} {ondrop} />
                <div class="field-buttons">
                    { props.buttons.clone() }
                    <button class="icon-button" type="button" data-testid="format-button" aria-label={t!("formatting")} title={t!("formatting")}
                        aria-pressed={toolbar.to_string()} onclick={tool.reform(|_| Tool::Toolbar)}>
                        { icon(Icon::Format) }
                    </button>
                    <button ref={smile} class="icon-button" type="button" data-testid="emoji-button" aria-label={t!("emoji")} title={t!("emoji-hint")}
                        aria-haspopup="dialog" aria-expanded={picking.to_string()} onclick={open_picker}>
                        { icon(Icon::Smile) }
                    </button>
                    { props.children.clone() }
                </div>
            </div>
            if let Some((_, list, chosen)) = &beside.suggestions {
                <Suggestions id={list_id} list={list.clone()} chosen={*chosen} onpick={accept} />
            }
            if *picking {
                <div class="picker-frame">
                    <EmojiPicker store={props.store.clone()} onpick={pick} onclose={close_picker} />
                </div>
            }
            if let Some(left) = beside.left {
                <p class={if left < 0 { "error counter" } else { "muted counter" }} role={if left < 0 { "alert" } else { "status" }} data-testid="counter">
                    { counter(left) }
                </p>
            }
        </div>
    }
}

fn counter(left: i64) -> String {
    if left < 0 {
        t!("too-long", count = -left)
    } else {
        t!("bytes-left", count = left)
    }
}

/// What the keys of a field work on.
#[derive(Clone)]
struct Desk {
    store: Store,
    area: Area,
}

impl Desk {
    fn query(&self) -> Option<Query> {
        self.area.with(completion::query).flatten()
    }

    /// What the word at the caret could name, unless the person has sent the list away.
    fn suggestions(&self, dismissed: Option<usize>) -> Option<(Query, Vec<Suggestion>)> {
        let query = self.query().filter(|query| dismissed != Some(query.from))?;
        let people: Vec<Candidate> = self
            .store
            .people()
            .iter()
            .map(|person| Candidate {
                name: person.name.clone(),
                online: Some(person.online),
            })
            .collect();
        let rooms: Vec<Candidate> = self
            .store
            .room_names()
            .into_iter()
            .map(|name| Candidate { name, online: None })
            .collect();
        let list = completion::suggest(&query, &people, &rooms);
        (!list.is_empty()).then_some((query, list))
    }
}

enum Shortcut {
    Tool(Tool),
    Emoji,
}

/// The keys for marks, as in other editors.
fn shortcut(event: &KeyboardEvent) -> Option<Shortcut> {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return None;
    }
    let tool = match (event.key().to_lowercase().as_str(), event.shift_key()) {
        ("b", false) => Tool::Bold,
        ("i", false) => Tool::Italic,
        ("e", false) => Tool::Code,
        ("k", true) => Tool::Link,
        ("x", true) => Tool::Strike,
        ("p", true) => Tool::Preview,
        ("e", true) => return Some(Shortcut::Emoji),
        _ => return None,
    };
    Some(Shortcut::Tool(tool))
}

fn apply(tool: Tool, selected: &Selected<'_>) -> Option<super::change::Change> {
    Some(match tool {
        Tool::Bold => selected.wrap("**"),
        Tool::Italic => selected.wrap("_"),
        Tool::Strike => selected.wrap("~~"),
        Tool::Code => selected.code(),
        Tool::Fence => selected.fence(),
        Tool::Link => selected.link(),
        Tool::Quote => selected.prefix(Prefix::Quote),
        Tool::List => selected.prefix(Prefix::List),
        Tool::Numbers => selected.prefix(Prefix::Numbers),
        Tool::Preview | Tool::Toolbar => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_or_not() {
        assert_eq!(Fit::of(" \n"), Fit::Empty);
        assert_eq!(Fit::of("a"), Fit::Fits);
        assert_eq!(Fit::of(&"a".repeat(limits::BODY_MAX_BYTES)), Fit::Fits);
        assert_eq!(
            Fit::of(&"é".repeat(limits::BODY_MAX_BYTES / 2 + 1)),
            Fit::TooLong(2)
        );
    }
}
