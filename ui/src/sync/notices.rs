//! What the person should read once, each until they have said so.

use crate::bridge;
use crate::text::t;
use model::view::NoticeView;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// What is to be read.
    pub(crate) notices: Rc<Vec<NoticeView>>,
}

/// The banners.
#[component]
pub(crate) fn Notices(props: &Props) -> Html {
    let notice = |notice: &NoticeView| {
        let id = notice.id;
        let dismiss = Callback::from(move |_: web_sys::MouseEvent| {
            spawn_local(async move {
                // Whether it is gone is seen in its row.
                bridge::dismiss_notice(id).await.ok();
            });
        });
        html! {
            <div key={id.to_string()} class="banner notice" role="status" data-testid="notice">
                <p>{ notice.text.clone() }</p>
                <button class="button small" type="button" data-testid="dismiss-notice" onclick={dismiss}>{ t!("notice-dismiss") }</button>
            </div>
        }
    };
    props.notices.iter().map(notice).collect()
}
