//! Where the keyboard is: keeping it inside of what is open, and giving it back to what had it before.

use super::dom;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::{NodeRef, hook, use_effect_with};

/// What a keyboard can reach.
const REACHABLE: &str = "a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), \
    select:not([disabled]), [tabindex]:not([tabindex='-1'])";

/// Who has the keyboard now.
pub(crate) fn active() -> Option<HtmlElement> {
    web_sys::window()?
        .document()?
        .active_element()?
        .dyn_into()
        .ok()
}

/// Gives the keyboard to who had it before, or else to the first that a selector names: after all that is being drawn now, and only
/// if nobody has taken it meanwhile.
pub(crate) fn give_back(before: Option<HtmlElement>, otherwise: &'static str) {
    let is_body = |element: &HtmlElement| element.tag_name() == "BODY";
    gloo_timers::callback::Timeout::new(0, move || {
        if active().is_some_and(|now| !is_body(&now)) {
            return;
        }
        match before.filter(|before| before.is_connected() && !is_body(before)) {
            Some(before) => dom::focus_element(&before),
            None => dom::focus_first(otherwise),
        }
    })
    .forget();
}

/// What a keyboard can reach inside of `root`, in order.
pub(crate) fn reachable(root: &Element) -> Vec<HtmlElement> {
    all(root, REACHABLE)
        .into_iter()
        .filter(|element| {
            let shown = element.offset_width() > 0 || element.offset_height() > 0;
            shown && element.tab_index() >= 0
        })
        .collect()
}

/// All elements inside of `root` that a selector finds.
pub(crate) fn all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = root.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}

/// Lets Tab go round inside of `root`.
pub(crate) fn keep_within(event: &KeyboardEvent, root: &Element) {
    if event.key() != "Tab" {
        return;
    }
    let inside = reachable(root);
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else {
        event.prevent_default();
        return;
    };
    let now = active();
    let at = |element: &HtmlElement| now.as_ref() == Some(element);
    let outside = !now.as_ref().is_some_and(|now| root.contains(Some(now)));
    let root_itself = now.as_ref().is_some_and(|now| now.is_same_node(Some(root)));
    let wrapped = if event.shift_key() && (at(first) || outside || root_itself) {
        last
    } else if !event.shift_key() && (at(last) || outside) {
        first
    } else {
        return;
    };
    event.prevent_default();
    wrapped.focus().ok();
}

thread_local! {
    /// Where the keyboard was before something that closed while it was already elsewhere: a menu whose item opened a dialog.
    static EARLIER: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// While `is_open`, the keyboard is inside of `root`: at the element with `data-autofocus`, else at the first that it can
/// reach, else at `root` itself. Afterwards it goes back to what had it; unless it has gone elsewhere meanwhile, as where a menu
/// opens a dialog: then the dialog, when it closes, gives it to what had it before the menu.
#[hook]
pub(crate) fn use_focus_inside(root: &NodeRef, is_open: bool) {
    let root = root.clone();
    use_effect_with(is_open, move |is_open| {
        let before = if *is_open { active() } else { None };
        if *is_open && let Some(root) = root.cast::<HtmlElement>() {
            let wanted = all(&root, "[data-autofocus]").into_iter().next();
            let target = wanted.or_else(|| reachable(&root).into_iter().next());
            target.unwrap_or(root).focus().ok();
        }
        let root = root.cast::<Element>();
        move || {
            if let Some(before) = before {
                give_back(before, root.as_ref());
            }
        }
    });
}

/// `root` is what closes; it may still be in the document.
fn give_back(before: HtmlElement, root: Option<&Element>) {
    let is_elsewhere = active().is_some_and(|element| {
        element.tag_name() != "BODY" && !root.is_some_and(|root| root.contains(Some(&element)))
    });
    if is_elsewhere {
        EARLIER.set(Some(before));
        return;
    }
    let earlier = EARLIER.take();
    let target = Some(before).filter(|element| element.is_connected());
    let target = target.or(earlier.filter(|element| element.is_connected()));
    if let Some(target) = target {
        target.focus().ok();
    }
}
