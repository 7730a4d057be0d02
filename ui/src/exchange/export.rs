//! The form that begins an export: what, how, and where to.

use crate::bridge;
use crate::parts::dom;
use crate::text::t;
use model::view::{ExchangeFormat, ExportRequest, RoomView};
use model::{Millis, RoomId};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlSelectElement, SubmitEvent};
use yew::{Callback, Html, NodeRef, Properties, component, html, use_node_ref, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The rooms that could be exported.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
}

/// The form.
#[component]
pub(crate) fn Export(props: &Props) -> Html {
    let (path, format, room) = (use_node_ref(), use_node_ref(), use_node_ref());
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
                format: format_of(&chosen(&format)),
                path: wanted,
                rooms: chosen(&room).parse::<RoomId>().into_iter().collect(),
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
    let rooms = props.rooms.as_ref().map(|rooms| rooms.as_slice());
    html! {
        <form class="form" aria-labelledby="export-title" {onsubmit}>
            <h2 id="export-title">{ t!("export-title") }</h2>
            <p class="muted">{ t!("export-what") }</p>
            <label class="field">
                <span>{ t!("export-format") }</span>
                <select ref={format} data-testid="export-format">
                    <option value="jsonl">{ t!("format-jsonl") }</option>
                    <option value="markdown">{ t!("format-markdown") }</option>
                    <option value="sqlite">{ t!("format-sqlite") }</option>
                </select>
            </label>
            <label class="field">
                <span>{ t!("export-rooms") }</span>
                <select ref={room} data-testid="export-room">
                    <option value="">{ t!("export-all-rooms") }</option>
                    { for rooms.unwrap_or_default().iter().map(|room| html! {
                        <option key={room.id.to_string()} value={room.id.to_string()}>{ room.name.clone() }</option>
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
            <label class="field">
                <span>{ t!("export-path") }</span>
                <input ref={path} data-testid="export-path" type="text" autocomplete="off" spellcheck="false" placeholder="/home/ada/amend.jsonl" />
            </label>
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="export-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button primary" type="submit" data-testid="export-start" disabled={*busy}>{ t!("export-start") }</button>
            </div>
        </form>
    }
}

fn chosen(select: &NodeRef) -> String {
    let select = select.cast::<HtmlSelectElement>();
    select.map(|select| select.value()).unwrap_or_default()
}

fn format_of(value: &str) -> ExchangeFormat {
    match value {
        "markdown" => ExchangeFormat::Markdown,
        "sqlite" => ExchangeFormat::Sqlite,
        _ => ExchangeFormat::JsonLines,
    }
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
