//! A file that is no image: its name, its length, how it is, and what can be done with it.

use super::{attempt, size, use_file};
use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use model::view::{FileHere, FileSending};
use model::{Attachment, RoomId};
use yew::{Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The file.
    pub(crate) file: Attachment,
}

/// The card.
#[component]
pub(crate) fn Card(props: &Props) -> Html {
    let (room, file) = (props.room, &props.file);
    let (context, state) = use_file(room, file.hash);
    let store = context.as_ref().map(|context| context.store.clone());
    let online = context.as_ref().is_some_and(|context| context.online);
    let here = state.as_ref().map(|state| state.here.clone());
    let sending = state.and_then(|state| state.sending);
    let run = |what: What| {
        let (store, file) = (store.clone(), file.clone());
        Callback::from(move |_| {
            let file = file.clone();
            attempt(store.clone(), async move {
                match what {
                    What::Fetch => bridge::fetch_file(room, &file).await.map(|()| None),
                    What::Stop => bridge::stop_fetching(file.hash).await.map(|()| None),
                    What::Open => bridge::open_file(&file).await.map(|()| None),
                    What::Save => {
                        let path = bridge::save_file(&file).await?;
                        Ok(Some(t!("file-saved", path = path)))
                    }
                    What::SaveAs => {
                        let path = bridge::save_file_as(&file).await?;
                        Ok(path.map(|path| t!("file-saved", path = path)))
                    }
                }
            });
        })
    };
    let button = |what: What, picture: Icon, label: String| {
        html! {
            <button class="icon-button" type="button" data-testid={what.testid()} aria-label={label.clone()} title={label} onclick={run(what)}>
                { icon(picture) }
            </button>
        }
    };
    let name = file.name.clone();
    let (word, status, progress) = match (&here, &sending) {
        (_, Some(FileSending::Going { sent })) => {
            let percent = size::percent(*sent, file.bytes);
            let text = if online {
                t!("file-sending", percent = percent)
            } else {
                t!("file-waiting")
            };
            ("sending", text, Some(percent))
        }
        (Some(FileHere::Coming { received }), _) => {
            let percent = size::percent(*received, file.bytes);
            let text = if online {
                t!("file-coming", percent = percent)
            } else {
                t!("file-wanted")
            };
            ("coming", text, Some(percent))
        }
        (Some(FileHere::Failed { reason }), _) => ("failed", reason.clone(), None),
        (Some(FileHere::Absent), _) if !online => ("absent", t!("file-offline"), None),
        (Some(FileHere::Absent), _) => ("absent", String::new(), None),
        (Some(FileHere::Whole), _) => ("whole", String::new(), None),
        (None, _) => ("unknown", String::new(), None),
    };
    let buttons = match &here {
        Some(FileHere::Whole) => html! {
            <>
                { button(What::Open, Icon::Link, t!("file-open", name = name.clone())) }
                { button(What::Save, Icon::Down, t!("file-save", name = name.clone())) }
                { button(What::SaveAs, Icon::Folder, t!("file-save-as", name = name.clone())) }
            </>
        },
        Some(FileHere::Coming { .. }) => button(
            What::Stop,
            Icon::Close,
            t!("file-stop", name = name.clone()),
        ),
        Some(FileHere::Failed { .. }) => button(
            What::Fetch,
            Icon::Down,
            t!("file-again", name = name.clone()),
        ),
        Some(FileHere::Absent) if !online => button(
            What::Fetch,
            Icon::Down,
            t!("file-fetch-later", name = name.clone()),
        ),
        Some(FileHere::Absent) => button(
            What::Fetch,
            Icon::Down,
            t!("file-fetch", name = name.clone()),
        ),
        None => Html::default(),
    };
    html! {
        <div class="file-card" role="group" aria-label={name.clone()} data-testid="file-card" data-state={word}>
            <span class="file-picture" aria-hidden="true">{ icon(Icon::Archive) }</span>
            <div class="file-words">
                <bdi class="file-name" title={name.clone()}>{ name }</bdi>
                <span class="muted">
                    { size::words(file.bytes) }
                    if !status.is_empty() {
                        { " · " }<span data-testid="file-status">{ status }</span>
                    }
                </span>
                if let Some(percent) = progress {
                    <progress max="100" value={percent.to_string()} aria-label={t!("file-progress")} />
                }
            </div>
            <div class="file-buttons">{ buttons }</div>
        </div>
    }
}

#[derive(Clone, Copy)]
enum What {
    Fetch,
    Stop,
    Open,
    Save,
    SaveAs,
}

impl What {
    fn testid(self) -> &'static str {
        match self {
            Self::Fetch => "file-fetch",
            Self::Stop => "file-stop",
            Self::Open => "file-open",
            Self::Save => "file-save",
            Self::SaveAs => "file-save-as",
        }
    }
}
