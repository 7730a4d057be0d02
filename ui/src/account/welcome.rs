//! The first page: sign in, come by an invite, or host a relay of one's own. A link that was opened leads to the second.

use super::join::JoinRelay;
use super::sign_in::SignIn;
use super::switcher::OtherAccounts;
use crate::parts::tabs::{Tabs, panel};
use crate::store::Store;
use crate::text::t;
use model::Link;
use yew::{AttrValue, Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For links.
    pub(crate) store: Store,
    /// The link that was opened, if one was.
    pub(crate) link: Option<Link>,
}

/// The page.
#[component]
pub(crate) fn Welcome(props: &Props) -> Html {
    let tab = use_state_eq(|| AttrValue::from("sign-in"));
    let invite = props
        .link
        .clone()
        .filter(|link| matches!(link, Link::Join { .. }));
    {
        let tab = tab.clone();
        use_effect_with(invite.clone(), move |invite| {
            if invite.is_some() {
                tab.set("join".into());
            }
        });
    }
    let onselect = {
        let tab = tab.clone();
        Callback::from(move |name| tab.set(name))
    };
    let tabs = vec![
        ("sign-in".into(), t!("sign-in").into()),
        ("join".into(), t!("have-invite").into()),
        ("host".into(), t!("host-own").into()),
    ];
    let content = match tab.as_str() {
        "join" => html! { <JoinRelay store={props.store.clone()} {invite} /> },
        "host" => html! {
            <div class="form">
                <p>{ t!("host-what") }</p>
                <pre class="command" tabindex="0">{ "amend-relay serve\namend-relay user add ada\namend-relay invite --link https://chat.example.org" }</pre>
                <p class="muted">{ t!("host-docs") }{ " " }<code>{ "docs/self-hosting.md" }</code></p>
            </div>
        },
        _ => html! { <SignIn /> },
    };
    html! {
        <main class="welcome" data-testid="welcome">
            <div class="welcome-card">
                <h1>{ t!("welcome-title") }</h1>
                <p class="muted">{ t!("welcome-line") }</p>
                <Tabs label={t!("welcome-ways")} {tabs} selected={(*tab).clone()} {onselect} />
                { panel(&tab, content) }
                <OtherAccounts />
            </div>
        </main>
    }
}
