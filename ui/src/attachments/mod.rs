//! Files: of a message that is being written ([`strip`]), and in messages, as images ([`picture`], [`viewer`]) and as cards ([`card`]).
//!
//! Invariant: an image takes its place before it is here, so nothing jumps when it comes.

mod card;
mod picture;
pub(crate) mod size;
pub(crate) mod strip;
mod viewer;

use crate::store::Store;
use card::Card;
use model::view::{DraftFileView, FileHere, FileView};
use model::{Attachment, BlobHash, RoomId};
use picture::Picture;
use std::collections::HashMap;
use std::rc::Rc;
use viewer::Viewer;
use yew::{
    Callback, Html, Properties, component, html, use_context, use_effect_with, use_state_eq,
};

/// What every file on the screen needs to know; given to the whole window.
#[derive(Clone, PartialEq)]
pub(crate) struct Context {
    /// For what a person does.
    pub(crate) store: Store,
    /// How the files on the screen are.
    pub(crate) files: Rc<HashMap<BlobHash, FileView>>,
    /// What is attached to messages that are not written yet.
    pub(crate) drafts: Rc<Vec<DraftFileView>>,
    /// There is a relay.
    pub(crate) online: bool,
}

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The message's files.
    pub(crate) files: Vec<Attachment>,
}

/// A message's files.
#[component]
pub(crate) fn Attachments(props: &Props) -> Html {
    let open = use_state_eq(|| None::<usize>);
    if props.files.is_empty() {
        return Html::default();
    }
    let is_image = |file: &&Attachment| file.image_size().is_some();
    let images: Vec<Attachment> = props.files.iter().filter(is_image).cloned().collect();
    let others = props.files.iter().filter(|file| !is_image(file));
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(None))
    };
    html! {
        <div class="attachments" data-testid="attachments">
            if !images.is_empty() {
                <div class="pictures">
                    { for images.iter().enumerate().map(|(at, file)| {
                        let open = open.clone();
                        let onopen = Callback::from(move |()| open.set(Some(at)));
                        html! { <Picture key={file.hash.to_string()} room={props.room} file={file.clone()} {onopen} /> }
                    }) }
                </div>
            }
            { for others.map(|file| html! { <Card key={file.hash.to_string()} room={props.room} file={file.clone()} /> }) }
            if let Some(at) = *open {
                <Viewer room={props.room} files={images} {at} onclose={close} />
            }
        </div>
    }
}

/// How a file is, for as long as it is on the screen; `None`: that is not known yet.
#[yew::hook]
fn use_file(room: RoomId, hash: BlobHash) -> (Option<Context>, Option<FileView>) {
    let context = use_context::<Context>();
    let store = context.as_ref().map(|context| context.store.clone());
    use_effect_with((room, hash), move |(room, hash)| {
        let gone = store.map(|store| store.show_file(*room, *hash));
        move || {
            if let Some(gone) = gone {
                gone();
            }
        }
    });
    let state = context
        .as_ref()
        .and_then(|context| context.files.get(&hash).cloned());
    (context, state)
}

/// Whether all of it is here.
fn is_whole(state: Option<&FileView>) -> bool {
    state.is_some_and(|state| state.here == FileHere::Whole)
}

/// Does something, and says why it failed if it did.
fn attempt(
    store: Option<Store>,
    action: impl Future<Output = Result<Option<String>, model::view::Failure>> + 'static,
) {
    wasm_bindgen_futures::spawn_local(async move {
        let said = match action.await {
            Ok(said) => said,
            Err(failure) => Some(failure.text),
        };
        if let (Some(store), Some(said)) = (store, said) {
            store.toast(said);
        }
    });
}
