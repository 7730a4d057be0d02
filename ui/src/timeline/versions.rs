//! All texts of a message, the newest first, each with what it changed in the one before.

use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::store::{Store, Versions};
use crate::text::t;
use model::diff::{self, Change};
use model::view::VersionView;
use std::rc::Rc;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_node_ref};

/// The pieces of two texts as nodes: what was removed and what was added, marked as such.
pub(crate) fn difference(before: &str, after: &str) -> Html {
    diff::words(before, after)
        .into_iter()
        .map(|piece| match piece.change {
            Change::Kept => html! { <span>{ piece.text }</span> },
            Change::Removed => html! { <del>{ piece.text }</del> },
            Change::Added => html! { <ins>{ piece.text }</ins> },
        })
        .collect()
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For closing it.
    pub(crate) store: Store,
    /// What is open.
    pub(crate) versions: Rc<Versions>,
}

/// The panel.
#[component]
pub(crate) fn VersionsPanel(props: &Props) -> Html {
    let close_button = use_node_ref();
    {
        let close_button = close_button.clone();
        use_effect_with(props.versions.message, move |_| dom::focus(&close_button));
    }
    let close = {
        let (store, message) = (props.store.clone(), props.versions.message);
        Callback::from(move |()| {
            store.close_versions();
            dom::focus_message(&message.to_string());
        })
    };
    let onkeydown = {
        let close = close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(());
            }
            event.stop_propagation();
        })
    };
    let onclose = Callback::from(move |_: yew::MouseEvent| close.emit(()));
    html! {
        <section class="panel versions-panel" role="dialog" aria-label={t!("versions-title")} data-testid="versions-panel" {onkeydown}>
            <header class="panel-head">
                <h2>{ t!("versions-title") }</h2>
                <button ref={close_button} class="icon-button" type="button" data-testid="close-versions" aria-label={t!("close")} title={t!("close")} onclick={onclose}>
                    { icon(Icon::Close) }
                </button>
            </header>
            { remarks(&props.versions) }
            if let Some(known) = &props.versions.known {
                <ol class="versions-list">
                    { for (0..known.versions.len()).rev().map(|at| version(&known.versions, at)) }
                </ol>
            }
        </section>
    }
}

/// What is not there, and why.
fn remarks(versions: &Versions) -> Html {
    let missing = versions.known.as_ref().map_or(0, |known| known.missing);
    let deleted = versions.known.as_ref().is_some_and(|known| known.deleted);
    html! {
        <>
            if deleted {
                <p class="muted">{ t!("versions-deleted") }</p>
            }
            if missing > 0 && versions.asking {
                <p class="muted" role="status">{ t!("versions-asking") }</p>
            }
            if let Some(trouble) = versions.trouble.as_ref().filter(|_| missing > 0) {
                <p class="error" role="status" data-testid="versions-missing">
                    { t!("versions-missing", count = missing) }{ " " }{ trouble.text.clone() }
                </p>
            }
        </>
    }
}

fn version(versions: &[VersionView], at: usize) -> Html {
    let version = &versions[at];
    // Where one is not here the texts beside it can't be compared.
    let before = at
        .checked_sub(1)
        .map(|before| &versions[before])
        .filter(|before| before.rev.next() == version.rev);
    html! {
        <li key={version.rev.0.to_string()} class="version" data-testid="version" data-rev={version.rev.0.to_string()}>
            <p class="muted">
                <strong>{ version.editor_name.clone() }</strong>{ " · " }{ time::moment(version.edited_at) }
            </p>
            <div class="version-text">
                { match before {
                    Some(before) => difference(&before.body, &version.body),
                    None => html! { <span>{ version.body.clone() }</span> },
                } }
            </div>
        </li>
    }
}
