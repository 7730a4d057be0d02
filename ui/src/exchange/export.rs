//! The form that begins an export: what, how, and where to.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use model::view::{ExchangeFormat, ExportRequest, RoomView};
use model::{Millis, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlSelectElement, MouseEvent, SubmitEvent};
use yew::{Callback, Html, Properties, TargetCast, component, html, use_node_ref, use_state_eq};

/// A format, its value in the list, and its name there.
type Choice = (ExchangeFormat, &'static str, fn() -> String);

/// What can be written.
const FORMATS: [Choice; 3] = [
    (ExchangeFormat::JsonLines, "jsonl", || t!("format-jsonl")),
    (ExchangeFormat::Markdown, "markdown", || {
        t!("format-markdown")
    }),
    (ExchangeFormat::Sqlite, "sqlite", || t!("format-sqlite")),
];

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The rooms that could be exported.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
}

/// The form.
#[component]
pub(crate) fn Export(props: &Props) -> Html {
    let path = use_node_ref();
    // Said of each option: the browser would choose the one that is drawn first, which is the last.
    let format = use_state_eq(|| ExchangeFormat::JsonLines);
    let room = use_state_eq(|| None::<RoomId>);
    let (since, until) = (use_node_ref(), use_node_ref());
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    let onsubmit = {
        let (path, format, room) = (path.clone(), format.clone(), room.clone());
        let (since, until) = (since.clone(), until.clone());
        let (busy, failure) = (busy.clone(), failure.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let wanted = dom::value(&path).trim().to_owned();
            if *busy || wanted.is_empty() {
                return;
            }
            let request = ExportRequest {
                format: *format,
                path: wanted,
                rooms: room.into_iter().collect(),
                since: day(&dom::value(&since)),
                until: day(&dom::value(&until)),
            };
            let (busy, failure) = (busy.clone(), failure.clone());
            busy.set(true);
            spawn_local(async move {
                let answer = bridge::export_start(request).await;
                busy.set(false);
                failure.set(answer.err().map(|reason| reason.text));
            });
        })
    };
    let choose_format = {
        let format = format.setter();
        Callback::from(move |event: Event| format.set(format_of(&chosen(&event))))
    };
    let choose_room = {
        let room = room.setter();
        Callback::from(move |event: Event| room.set(chosen(&event).parse().ok()))
    };
    let pick = {
        let (path, format, failure) = (path.clone(), format.clone(), failure.clone());
        Callback::from(move |_: MouseEvent| {
            let (path, failure) = (path.clone(), failure.clone());
            let format = *format;
            spawn_local(async move {
                match bridge::pick_export(format).await {
                    Ok(None) => {}
                    Ok(Some(place)) => {
                        failure.set(None);
                        dom::set_value(&path, &place);
                        dom::focus(&path);
                    }
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    let rooms = props.rooms.as_ref().map(|rooms| rooms.as_slice());
    html! {
        <form class="form" aria-labelledby="export-title" {onsubmit}>
            <h2 id="export-title">{ t!("export-title") }</h2>
            <p class="muted">{ t!("export-what") }</p>
            <label class="field">
                <span>{ t!("export-format") }</span>
                <select data-testid="export-format" onchange={choose_format}>
                    { for FORMATS.into_iter().map(|(one, value, name)| html! {
                        <option key={value} {value} selected={*format == one}>{ name() }</option>
                    }) }
                </select>
            </label>
            <label class="field">
                <span>{ t!("export-rooms") }</span>
                <select data-testid="export-room" onchange={choose_room}>
                    <option key="all" value="" selected={room.is_none()}>{ t!("export-all-rooms") }</option>
                    { for rooms.unwrap_or_default().iter().map(|one| html! {
                        <option key={one.id.to_string()} value={one.id.to_string()} selected={*room == Some(one.id)}>{ one.name.clone() }</option>
                    }) }
                </select>
            </label>
            <div class="exchange-days">
                <label class="field">
                    <span>{ t!("export-since") }</span>
                    <input ref={since} data-testid="export-since" type="date" />
                </label>
                <label class="field">
                    <span>{ t!("export-until") }</span>
                    <input ref={until} data-testid="export-until" type="date" />
                </label>
            </div>
            <div class="exchange-place">
                <label class="field">
                    <span>{ t!("export-path") }</span>
                    <input ref={path} data-testid="export-path" type="text" dir="ltr" autocomplete="off" spellcheck="false" placeholder="/home/ada/amend.jsonl" />
                </label>
                <button class="button" type="button" data-testid="export-pick" onclick={pick}>{ t!("export-pick") }</button>
            </div>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="export-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button primary" type="submit" data-testid="export-start" disabled={*busy}>{ t!("export-start") }</button>
            </div>
        </form>
    }
}

/// What the person has chosen in a list.
fn chosen(event: &Event) -> String {
    let select = event.target_dyn_into::<HtmlSelectElement>();
    select.map(|select| select.value()).unwrap_or_default()
}

fn format_of(value: &str) -> ExchangeFormat {
    let found = FORMATS.into_iter().find(|(_, one, _)| *one == value);
    found.map_or(ExchangeFormat::JsonLines, |(format, _, _)| format)
}

/// The beginning of a day, as a date's field has it, in UTC.
fn day(value: &str) -> Option<Millis> {
    if value.is_empty() {
        return None;
    }
    let millis = js_sys::Date::parse(value);
    // A date is a whole number of milliseconds, far within what fits.
    #[allow(clippy::cast_possible_truncation)]
    millis.is_finite().then_some(Millis(millis as i64))
}
