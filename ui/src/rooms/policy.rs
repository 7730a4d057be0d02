//! The choice of who may edit whose messages in a room.

use crate::text::t;
use model::EditPolicy;
use web_sys::HtmlSelectElement;
use yew::{Callback, Event, Html, TargetCast, html};

const POLICIES: [EditPolicy; 3] = [
    EditPolicy::Author,
    EditPolicy::Moderators,
    EditPolicy::Everyone,
];

/// What a policy is called.
pub(crate) fn word(policy: EditPolicy) -> String {
    match policy {
        EditPolicy::Author => t!("policy-author"),
        EditPolicy::Moderators => t!("policy-moderators"),
        EditPolicy::Everyone => t!("policy-everyone"),
    }
}

/// The choice.
pub(crate) fn policy_field(
    chosen: EditPolicy,
    is_disabled: bool,
    onchange: Callback<EditPolicy>,
) -> Html {
    let changed = Callback::from(move |event: Event| {
        let field = event.target_dyn_into::<HtmlSelectElement>();
        if let Some(policy) = field.and_then(|field| EditPolicy::parse(&field.value())) {
            onchange.emit(policy);
        }
    });
    let option = |policy: &EditPolicy| {
        html! { <option value={policy.as_str()} selected={*policy == chosen}>{ word(*policy) }</option> }
    };
    html! {
        <label class="field">
            <span>{ t!("policy") }</span>
            <select data-testid="policy" disabled={is_disabled} onchange={changed}>{ for POLICIES.iter().map(option) }</select>
        </label>
    }
}
