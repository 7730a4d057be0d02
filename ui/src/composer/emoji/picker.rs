//! The emoji to choose from, for the composer and for reactions. The keyboard stays in the search field; arrows move in the
//! grid, Enter picks, Escape closes.

use super::find::{self, TONES, last_tone, toned};
use crate::parts::dom;
use crate::store::Store;
use crate::text::{t, text};
use emojis::{Group, SkinTone};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlSelectElement, InputEvent, KeyboardEvent, Node};
use yew::{
    Callback, FocusEvent, Html, MouseEvent, Properties, classes, component, html, use_effect_with,
    use_node_ref, use_state_eq,
};

/// Emoji in a row; the style sheet has as many columns.
const COLUMNS: usize = 9;

/// What a search shows at most.
const MAX_FOUND: usize = 90;

/// The newest Unicode version of emoji that systems of the last years can draw.
const MAX_VERSION: u32 = 15;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For those that were used lately.
    pub(crate) store: Store,
    /// One was picked.
    pub(crate) onpick: Callback<String>,
    /// The person has closed it.
    pub(crate) onclose: Callback<()>,
}

const GROUPS: [(Option<Group>, &str, &str); 10] = [
    (None, "🕘", "emoji-recent"),
    (Some(Group::SmileysAndEmotion), "😀", "emoji-smileys"),
    (Some(Group::PeopleAndBody), "👋", "emoji-people"),
    (Some(Group::AnimalsAndNature), "🐻", "emoji-nature"),
    (Some(Group::FoodAndDrink), "🍎", "emoji-food"),
    (Some(Group::TravelAndPlaces), "🚗", "emoji-travel"),
    (Some(Group::Activities), "⚽", "emoji-activities"),
    (Some(Group::Objects), "💡", "emoji-objects"),
    (Some(Group::Symbols), "💠", "emoji-symbols"),
    (Some(Group::Flags), "🏁", "emoji-flags"),
];

/// An emoji with its name.
type Shown = (String, String);

fn named(emoji: &'static emojis::Emoji, tone: SkinTone) -> Shown {
    let code = emoji
        .shortcode()
        .map_or(String::new(), |code| format!(" :{code}:"));
    (
        toned(emoji, tone).to_owned(),
        format!("{}{code}", emoji.name()),
    )
}

fn shown(word: &str, group: usize, recent: &[String], tone: SkinTone) -> Vec<Shown> {
    if !word.trim().is_empty() {
        return find::find(word, MAX_FOUND)
            .into_iter()
            .map(|emoji| named(emoji, tone))
            .collect();
    }
    match GROUPS[group].0 {
        Some(group) => group
            .emojis()
            .filter(|emoji| emoji.emoji_version().major() <= MAX_VERSION)
            .map(|emoji| named(emoji, tone))
            .collect(),
        None => recent
            .iter()
            .filter_map(|emoji| {
                let known = emojis::get(emoji)?;
                Some((emoji.clone(), named(known, SkinTone::Default).1))
            })
            .collect(),
    }
}

/// The picker.
#[component]
pub(crate) fn EmojiPicker(props: &Props) -> Html {
    let search = use_node_ref();
    let frame = use_node_ref();
    let word = use_state_eq(String::new);
    let recent = props.store.recent_emoji();
    let group = use_state_eq(|| usize::from(recent.is_empty()));
    let tone = use_state_eq(|| last_tone(&recent));
    let active = use_state_eq(|| 0_usize);
    {
        let search = search.clone();
        use_effect_with((), move |()| dom::focus(&search));
    }
    let list = shown(&word, *group, &recent, *tone);
    let chosen = (*active).min(list.len().saturating_sub(1));
    {
        let frame = frame.clone();
        use_effect_with((chosen, (*word).clone(), *group), move |_| {
            keep_in_sight(&frame)
        });
    }
    let pick = {
        let (store, onpick) = (props.store.clone(), props.onpick.clone());
        Callback::from(move |emoji: String| {
            store.use_emoji(&emoji);
            onpick.emit(emoji);
        })
    };
    let oninput = {
        let (search, word, active) = (search.clone(), word.clone(), active.clone());
        Callback::from(move |_: InputEvent| {
            word.set(dom::value(&search));
            active.set(0);
        })
    };
    let onkeydown = {
        let (pick, onclose, active) = (pick.clone(), props.onclose.clone(), active.clone());
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            // The picker stands in a form and beside a field: its keys are its own.
            event.stop_propagation();
            let key = event.key();
            if key == "Escape" {
                event.prevent_default();
                onclose.emit(());
                return;
            }
            let in_search = event
                .target()
                .is_some_and(|target| target.dyn_into::<web_sys::HtmlInputElement>().is_ok());
            if !in_search {
                return;
            }
            let last = list.len().saturating_sub(1);
            let to = match key.as_str() {
                "ArrowRight" => (chosen + 1).min(last),
                "ArrowLeft" => chosen.saturating_sub(1),
                "ArrowDown" => (chosen + COLUMNS).min(last),
                "ArrowUp" => chosen.checked_sub(COLUMNS).unwrap_or(chosen),
                "Enter" => {
                    event.prevent_default();
                    if let Some((emoji, _)) = list.get(chosen) {
                        pick.emit(emoji.clone());
                    }
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            active.set(to);
        })
    };
    let onfocusout = {
        let (frame, onclose) = (frame.clone(), props.onclose.clone());
        Callback::from(move |event: FocusEvent| {
            // Elsewhere in the window: closed. The window itself left: not.
            let to = event
                .related_target()
                .and_then(|to| to.dyn_into::<Node>().ok());
            if let (Some(to), Some(frame)) = (to, frame.cast::<Node>())
                && !frame.contains(Some(&to))
            {
                onclose.emit(());
            }
        })
    };
    let ontone = {
        let tone = tone.clone();
        Callback::from(move |event: yew::Event| {
            let value = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlSelectElement>().ok())
                .and_then(|select| usize::try_from(select.selected_index()).ok());
            if let Some(found) = value.and_then(|at| TONES.get(at)) {
                tone.set(*found);
            }
        })
    };
    let hand = emojis::get("👋");
    let tones = TONES.iter().map(|one| {
        let picture = hand.map_or("", |hand| toned(hand, *one));
        html! { <option selected={*one == *tone}>{ picture }</option> }
    });
    let groups: Vec<Html> = GROUPS.iter().enumerate().map(|(at, (_, picture, key))| {
        let selected = at == *group && word.trim().is_empty();
        let onclick = {
            let (group, word, active, search) = (group.clone(), word.clone(), active.clone(), search.clone());
            Callback::from(move |_: MouseEvent| {
                dom::set_value(&search, "");
                word.set(String::new());
                group.set(at);
                active.set(0);
                dom::focus(&search);
            })
        };
        html! {
            <button type="button" class={classes!("picker-group", selected.then_some("chosen"))} aria-pressed={selected.to_string()}
                aria-label={text(key)} title={text(key)} data-testid={*key} {onclick}>{ *picture }</button>
        }
    }).collect();
    let rows = list.chunks(COLUMNS).enumerate().map(|(row, emoji)| {
        let cells = emoji.iter().zip(row * COLUMNS..).map(|((emoji, name), at)| {
            let onmousedown = {
                let (pick, emoji) = (pick.clone(), emoji.clone());
                Callback::from(move |event: MouseEvent| {
                    event.prevent_default();
                    pick.emit(emoji.clone());
                })
            };
            html! {
                <span role="gridcell" id={cell_id(at)} class={classes!("picker-emoji", (at == chosen).then_some("chosen"))}
                    aria-selected={(at == chosen).to_string()} aria-label={name.clone()} title={name.clone()} data-testid="picker-emoji" {onmousedown}>
                    { emoji.clone() }
                </span>
            }
        });
        html! { <div key={row} role="row" class="picker-row">{ for cells }</div> }
    });
    let name = list
        .get(chosen)
        .map(|(_, name)| name.clone())
        .unwrap_or_default();
    html! {
        <div ref={frame} class="picker" role="dialog" aria-label={t!("emoji")} data-testid="emoji-picker" {onkeydown} {onfocusout}>
            <div class="picker-head">
                <input ref={search} type="text" role="combobox" aria-expanded="true" aria-controls="picker-grid" aria-autocomplete="list"
                    aria-activedescendant={(!list.is_empty()).then(|| cell_id(chosen))} aria-label={t!("emoji-search")} placeholder={t!("emoji-search")}
                    dir="auto" autocomplete="off" data-testid="emoji-search" {oninput} />
                <select aria-label={t!("skin-tone")} title={t!("skin-tone")} data-testid="skin-tone" onchange={ontone}>{ for tones }</select>
            </div>
            <div class="picker-groups" role="group" aria-label={t!("emoji-groups")}>{ for groups }</div>
            <div id="picker-grid" class="picker-grid" role="grid" aria-label={t!("emoji")}>{ for rows }</div>
            <p class="picker-name muted" aria-live="polite">
                if list.is_empty() { { t!("emoji-none") } } else { { name } }
            </p>
        </div>
    }
}

fn cell_id(at: usize) -> String {
    format!("picker-emoji-{at}")
}

fn keep_in_sight(frame: &yew::NodeRef) {
    let chosen = frame
        .cast::<Element>()
        .and_then(|frame| frame.query_selector(".picker-emoji.chosen").ok().flatten());
    if let Some(chosen) = chosen {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        chosen.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
