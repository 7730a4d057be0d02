//! How far a message has got, and that it was changed.

use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::text::t;
use model::MessageId;
use model::view::{Delivery, TimelineItem};
use std::rc::Rc;
use yew::{Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message.
    pub(crate) item: Rc<TimelineItem>,
    /// It is our newest one here: it says also that it was sent.
    pub(crate) newest_own: bool,
    /// Shows all its texts.
    pub(crate) versions: Callback<MessageId>,
}

/// The marks behind the text.
#[component]
pub(crate) fn Marks(props: &Props) -> Html {
    let item = &props.item;
    let versions = {
        let (versions, id) = (props.versions.clone(), item.id);
        Callback::from(move |_: yew::MouseEvent| versions.emit(id))
    };
    let edited = |at| match &item.edited_by {
        Some(name) => t!("edited-by", name = name.clone(), moment = time::moment(at)),
        None => t!("edited-at", moment = time::moment(at)),
    };
    let sent = props.newest_own && item.mine && item.delivery == Delivery::Sent && !item.deleted;
    html! {
        <>
            if let Some(at) = item.edited_at.filter(|_| !item.deleted) {
                <button class="edited muted" type="button" data-testid="edited" title={edited(at)} onclick={versions}>{ t!("edited") }</button>
            }
            if item.pinned {
                <span class="pinned-mark muted" data-testid="pinned" title={t!("message-is-pinned")}>{ icon(Icon::Pin) }{ t!("pinned") }</span>
            }
            if item.delivery == Delivery::Pending {
                <span class="on-its-way muted" data-testid="pending" role="img" aria-label={t!("waiting")} title={t!("waiting-why")}>{ icon(Icon::Clock) }</span>
            }
            if sent {
                <span class="on-its-way muted" data-testid="sent" role="img" aria-label={t!("sent")} title={t!("sent")}>{ icon(Icon::Check) }</span>
            }
        </>
    }
}
