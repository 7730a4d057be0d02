//! One import or export: how far it is, what can be done with it, what came of it.

use super::preview::Preview;
use crate::bridge;
use crate::text::t;
use model::view::{ExchangeFormat, ExchangeKind, ExchangeState, ExchangeView, Failure};
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen_futures::spawn_local;
use web_sys::MouseEvent;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// Which.
    pub(crate) exchange: ExchangeView,
}

/// A command of the shell under way.
type Running = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// The entry.
#[component]
pub(crate) fn Job(props: &Props) -> Html {
    let failure = use_state_eq(|| None::<String>);
    let it = &props.exchange;
    let id = it.id;
    let run = |action: fn(i64) -> Running| {
        let failure = failure.setter();
        Callback::from(move |_: MouseEvent| {
            let failure = failure.clone();
            spawn_local(async move {
                failure.set(action(id).await.err().map(|reason| reason.text));
            });
        })
    };
    let is_active = it.state.is_active();
    let can_go_on = matches!(it.state, ExchangeState::Paused | ExchangeState::Failed);
    html! {
        <li class="exchange-job" data-testid="exchange" data-state={word(it.state)} data-kind={kind(it.kind)}>
            <h3><bdi>{ file(&it.path) }</bdi></h3>
            <p class="muted">{ format!("{} · {}", format_name(it.format), state(it)) }</p>
            if is_active {
                { progress(it) }
            }
            if !it.reason.is_empty() {
                <p class={if it.state == ExchangeState::Failed { "error" } else { "muted" }} role="status">{ it.reason.clone() }</p>
            }
            if it.state == ExchangeState::Ready {
                <Preview {id} />
            }
            if it.state == ExchangeState::Done {
                { result(it) }
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            <div class="row">
                if is_active {
                    <button class="button small" type="button" data-testid="exchange-pause" onclick={run(|id| Box::pin(bridge::exchange_pause(id)))}>{ t!("exchange-pause") }</button>
                }
                if can_go_on {
                    <button class="button small primary" type="button" data-testid="exchange-resume" onclick={run(|id| Box::pin(bridge::exchange_resume(id)))}>{ t!("exchange-resume") }</button>
                }
                if it.state == ExchangeState::Done {
                    <button class="button small" type="button" data-testid="exchange-remove" onclick={run(|id| Box::pin(bridge::exchange_remove(id)))}>{ t!("exchange-remove") }</button>
                } else {
                    <button class="button small" type="button" data-testid="exchange-cancel" onclick={run(|id| Box::pin(bridge::exchange_remove(id)))}>{ t!("exchange-cancel") }</button>
                }
            </div>
        </li>
    }
}

fn progress(it: &ExchangeView) -> Html {
    let label = state(it);
    match it.total {
        0 => html! { <progress aria-label={label} /> },
        total => {
            html! { <progress aria-label={label} max={total.to_string()} value={it.done.to_string()} /> }
        }
    }
}

/// What came of it, and what was left out with the reason.
fn result(it: &ExchangeView) -> Html {
    let counts = it.counts;
    let taken = match it.kind {
        ExchangeKind::Import => t!(
            "import-taken",
            messages = counts.messages,
            rooms = counts.rooms,
            people = counts.people
        ),
        ExchangeKind::Export => t!(
            "export-written",
            messages = counts.messages,
            rooms = counts.rooms
        ),
    };
    html! {
        <div data-testid="exchange-result">
            <p>{ taken }</p>
            if counts.changed > 0 {
                <p>{ t!("import-changed", count = counts.changed) }</p>
            }
            if counts.same > 0 {
                <p class="muted">{ t!("import-same", count = counts.same) }</p>
            }
            if !it.skipped.is_empty() {
                <details>
                    <summary>{ t!("exchange-skipped", count = it.skipped.iter().map(|one| one.count).sum::<u64>()) }</summary>
                    <ul class="skipped">
                        { for it.skipped.iter().map(|one| html! {
                            <li>{ format!("{} × ", one.count) }<bdi>{ one.reason.clone() }</bdi>
                                <span class="muted">{ " (" }<bdi>{ one.example.clone() }</bdi>{ ")" }</span></li>
                        }) }
                    </ul>
                </details>
            }
            if let Some(report) = &it.report {
                <p class="muted">{ t!("exchange-report", path = report.clone()) }</p>
            }
        </div>
    }
}

/// The last part of a path; the whole is in the report.
fn file(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).find(|part| !part.is_empty());
    name.unwrap_or(path).to_owned()
}

fn word(state: ExchangeState) -> &'static str {
    match state {
        ExchangeState::Reading => "reading",
        ExchangeState::Ready => "ready",
        ExchangeState::Running => "running",
        ExchangeState::Waiting => "waiting",
        ExchangeState::Paused => "paused",
        ExchangeState::Done => "done",
        ExchangeState::Failed => "failed",
    }
}

fn kind(kind: ExchangeKind) -> &'static str {
    match kind {
        ExchangeKind::Import => "import",
        ExchangeKind::Export => "export",
    }
}

fn state(it: &ExchangeView) -> String {
    let (done, total) = (it.done, it.total);
    match it.state {
        ExchangeState::Reading => t!("exchange-reading"),
        ExchangeState::Ready => t!("exchange-ready"),
        ExchangeState::Running => t!("exchange-running", done = done, total = total),
        ExchangeState::Waiting => t!("exchange-waiting"),
        ExchangeState::Paused => t!("exchange-paused", done = done, total = total),
        ExchangeState::Done => t!("exchange-done"),
        ExchangeState::Failed => t!("exchange-failed"),
    }
}

fn format_name(format: ExchangeFormat) -> String {
    match format {
        ExchangeFormat::Slack => t!("format-slack"),
        ExchangeFormat::Mattermost => t!("format-mattermost"),
        ExchangeFormat::JsonLines => t!("format-jsonl"),
        ExchangeFormat::Markdown => t!("format-markdown"),
        ExchangeFormat::Sqlite => t!("format-sqlite"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_by_its_last_part() {
        for (path, shown) in [
            ("/home/ada/out.jsonl", "out.jsonl"),
            ("/home/ada/slack/", "slack"),
            ("C:\\exports\\x.zip", "x.zip"),
            ("", ""),
        ] {
            assert_eq!(file(path), shown);
        }
    }
}
