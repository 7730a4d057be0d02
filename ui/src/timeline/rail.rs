//! The scrollbar. The document holds a window of the room, so its own scrollbar would tell of that alone; this one tells
//! where in the whole room one is, as far as positions tell, and can be dragged to any place in it. Beside it stands the date while
//! one scrolls.

use crate::parts::dom;
use crate::text::t;
use web_sys::{HtmlElement, PointerEvent};
use yew::{
    AttrValue, Callback, Html, Properties, classes, component, html, use_effect_with, use_node_ref,
    use_state_eq,
};

/// The thumb's height in pixels, as in the style sheet.
const THUMB: f64 = 40.0;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// How far down one is, from 0 to 1.
    pub(crate) fraction: f64,
    /// The date of what is looked at.
    pub(crate) date: AttrValue,
    /// One is scrolling.
    pub(crate) moving: bool,
    /// Goes to a place, from 0 to 1.
    pub(crate) go: Callback<f64>,
}

/// Which place a pointer is at.
fn fraction(rail: &HtmlElement, event: &PointerEvent) -> f64 {
    let area = rail.get_bounding_client_rect();
    let length = (area.height() - THUMB).max(1.0);
    ((f64::from(event.client_y()) - area.top() - THUMB / 2.0) / length).clamp(0.0, 1.0)
}

/// The scrollbar.
#[component]
pub(crate) fn Rail(props: &Props) -> Html {
    let node = use_node_ref();
    let thumb = use_node_ref();
    // While it is dragged, the thumb is where the pointer is, not where the messages are.
    let dragged = use_state_eq(|| None::<f64>);
    let shown = dragged.unwrap_or(props.fraction);
    {
        let thumb = thumb.clone();
        use_effect_with(shown, move |shown| {
            if let Some(thumb) = thumb.cast::<HtmlElement>() {
                dom::set_block_start(&thumb, &format!("calc((100% - {THUMB}px) * {shown:.5})"));
            }
        });
    }
    let drag = {
        let (node, dragged, go) = (node.clone(), dragged.clone(), props.go.clone());
        move |event: &PointerEvent| {
            if let Some(rail) = node.cast::<HtmlElement>() {
                let to = fraction(&rail, event);
                dragged.set(Some(to));
                go.emit(to);
            }
        }
    };
    let onpointerdown = {
        let (node, drag) = (node.clone(), drag.clone());
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            if let Some(rail) = node.cast::<HtmlElement>() {
                rail.set_pointer_capture(event.pointer_id()).ok();
            }
            drag(&event);
        })
    };
    let onpointermove = {
        let is_dragged = dragged.is_some();
        Callback::from(move |event: PointerEvent| {
            if is_dragged {
                drag(&event);
            }
        })
    };
    let onpointerup = {
        let dragged = dragged.clone();
        Callback::from(move |_: PointerEvent| dragged.set(None))
    };
    let busy = props.moving || dragged.is_some();
    html! {
        <div ref={node} class={classes!("rail", busy.then_some("moving"))} role="scrollbar" aria-controls="timeline-messages" aria-orientation="vertical"
            aria-label={t!("scrollbar")} aria-valuemin="0" aria-valuemax="100" aria-valuenow={format!("{:.0}", shown * 100.0)}
            aria-valuetext={props.date.clone()} data-testid="rail" {onpointerdown} {onpointermove} onpointerup={onpointerup.clone()}
            onpointercancel={onpointerup}>
            <div ref={thumb} class="rail-thumb">
                if busy {
                    <span class="rail-date" data-testid="rail-date" aria-hidden="true">{ props.date.clone() }</span>
                }
            </div>
        </div>
    }
}
