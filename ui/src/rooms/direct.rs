//! Writing to people: a direct room with one or several; and bringing people into a room. Both are a choice of people; into a
//! room there is also a link, for those who have no account yet.

use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::people::pick::Pick;
use crate::store::Store;
use crate::text::t;
use model::view::{KnownPerson, PersonView};
use model::{Link, NamedUser, RoomId, UserId, limits};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For opening the room.
    pub(crate) store: Store,
    /// Everybody.
    pub(crate) known: Rc<Vec<KnownPerson>>,
}

/// Whom to write to.
#[component]
pub(crate) fn NewDirect(props: &Props) -> Html {
    let chosen = use_state_eq(Rc::<Vec<NamedUser>>::default);
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |people| chosen.set(people))
    };
    let open = {
        let (store, chosen) = (props.store.clone(), chosen.clone());
        Callback::from(move |_| store.write_to((**chosen).clone()))
    };
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let is_too_many = chosen.len() >= limits::DIRECT_MAX_PEOPLE;
    html! {
        <Dialog title={t!("new-direct")} {onclose} testid="new-direct">
            <Pick known={props.known.clone()} chosen={(*chosen).clone()} {onchange} />
            if is_too_many {
                <p class="error" role="alert">{ t!("direct-too-many", max = limits::DIRECT_MAX_PEOPLE) }</p>
            }
            <button class="button primary" type="button" data-testid="direct-open" disabled={chosen.is_empty() || is_too_many} onclick={open}>
                { t!("write-to") }
            </button>
        </Dialog>
    }
}

/// What bringing people in is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct InviteProps {
    /// For closing it.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// Its name.
    pub(crate) name: String,
    /// Who is there.
    pub(crate) people: Rc<Vec<PersonView>>,
    /// Everybody.
    pub(crate) known: Rc<Vec<KnownPerson>>,
    /// The relay that a link names.
    pub(crate) relay: String,
}

/// Whom to bring into a room.
#[component]
pub(crate) fn InviteTo(props: &InviteProps) -> Html {
    let chosen = use_state_eq(Rc::<Vec<NamedUser>>::default);
    let failure = use_state_eq(|| None::<String>);
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |people| chosen.set(people))
    };
    let invite = {
        let (store, chosen, failure) = (props.store.clone(), chosen.clone(), failure.clone());
        let room = props.room;
        Callback::from(move |_| {
            let (store, chosen, failure) = (store.clone(), (*chosen).clone(), failure.clone());
            spawn_local(async move {
                for who in chosen.iter() {
                    if let Err(reason) = bridge::invite_to_room(room, who).await {
                        failure.set(Some(format!("{}: {}", who.name, reason.text)));
                        return;
                    }
                }
                store.show(None);
            });
        })
    };
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let there: Vec<UserId> = props.people.iter().map(|one| one.id).collect();
    html! {
        <Dialog title={t!("invite-to", name = props.name.clone())} {onclose} testid="invite-to">
            <Pick known={props.known.clone()} without={Rc::new(there)} chosen={(*chosen).clone()} {onchange} />
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
            <button class="button primary" type="button" data-testid="invite-add" disabled={chosen.is_empty()} onclick={invite}>
                { t!("invite-add") }
            </button>
            <InviteLink store={props.store.clone()} room={props.room} relay={props.relay.clone()} />
        </Dialog>
    }
}

/// How many people a link is for, and for how many days.
const TERMS: (u32, u32) = (1, 7);

/// What the link is told.
#[derive(Clone, PartialEq, Properties)]
struct LinkProps {
    store: Store,
    room: RoomId,
    relay: String,
}

/// A link that gives an account and leads into the room. Only admins may make one, so others are not shown it.
#[component]
fn InviteLink(props: &LinkProps) -> Html {
    let is_admin = use_state_eq(|| false);
    let made = use_state_eq(|| None::<String>);
    let failure = use_state_eq(|| None::<String>);
    {
        let is_admin = is_admin.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                is_admin.set(bridge::is_admin().await.unwrap_or(false));
            });
        });
    }
    let make = {
        let (props, made, failure) = (props.clone(), made.setter(), failure.setter());
        Callback::from(move |_| {
            let (props, made, failure) = (props.clone(), made.clone(), failure.clone());
            spawn_local(async move {
                match bridge::make_invite(TERMS.0, TERMS.1).await {
                    Ok(invite) => {
                        let link = Link::Join {
                            relay: props.relay,
                            code: invite.code,
                            room: Some(props.room),
                        };
                        made.set(Some(link.to_string()));
                        failure.set(None);
                    }
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    // The system lets a page use the clipboard in the moment of a click only, and the relay has to be asked for the link first.
    let copy = {
        let (store, made) = (props.store.clone(), made.clone());
        Callback::from(move |_| {
            if let Some(link) = &*made {
                store.copy(link);
            }
        })
    };
    let copy_button = use_node_ref();
    {
        let copy_button = copy_button.clone();
        use_effect_with(made.is_some(), move |made| {
            if *made {
                dom::focus(&copy_button);
            }
        });
    }
    if !*is_admin {
        return Html::default();
    }
    html! {
        <section class="room-invite" aria-label={t!("invite-link")}>
            <p class="muted">{ t!("invite-room-what", count = TERMS.0, days = TERMS.1) }</p>
            if let Some(link) = &*made {
                <div class="row">
                    <input type="text" readonly=true data-testid="room-invite" aria-label={t!("invite-link")} value={link.clone()} />
                    <button ref={copy_button} class="button" type="button" data-testid="room-invite-copy" onclick={copy}>{ t!("copy-link") }</button>
                </div>
                <p class="muted hint">{ t!("invite-once") }</p>
            } else {
                <button class="button" type="button" data-testid="room-invite-make" onclick={make}>
                    { icon(Icon::Link) }{ t!("invite-make") }
                </button>
            }
            if let Some(text) = &*failure {
                <p class="error" role="alert">{ text.clone() }</p>
            }
        </section>
    }
}
