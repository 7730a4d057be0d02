//! A small calendar: which day to jump to.

use super::days::Day;
use crate::parts::icon::{Icon, icon};
use crate::parts::{dom, time};
use crate::text::t;
use model::Millis;
use web_sys::KeyboardEvent;
use yew::{
    Callback, Html, NodeRef, Properties, classes, component, html, use_effect_with, use_node_ref,
    use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The day that is looked at now.
    pub(crate) from: Millis,
    /// Goes to a day.
    pub(crate) pick: Callback<Millis>,
    /// Goes to the first message.
    pub(crate) beginning: Callback<()>,
    /// Goes to the last message.
    pub(crate) newest: Callback<()>,
    /// The person wants none of it.
    pub(crate) close: Callback<()>,
}

/// The calendar.
#[component]
pub(crate) fn Calendar(props: &Props) -> Html {
    let at = {
        let from = props.from;
        use_state_eq(move || time::local_day(from))
    };
    let focused = use_node_ref();
    {
        let focused = focused.clone();
        use_effect_with(*at, move |_| dom::focus(&focused));
    }
    let today = time::local_day(time::now());
    let pick = {
        let pick = props.pick.clone();
        Callback::from(move |day: Day| pick.emit(time::first_moment(day)))
    };
    let onkeydown = {
        let (at, close, pick) = (at.clone(), props.close.clone(), pick.clone());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            let key = event.key();
            let in_grid = dom::is_within(&event, "[role=grid]");
            if key == "Escape" {
                event.prevent_default();
                close.emit(());
            } else if in_grid && key == "Enter" {
                event.prevent_default();
                pick.emit(*at);
            } else if in_grid && let Some(to) = at.by_key(&key, dom::is_right_to_left()) {
                event.prevent_default();
                at.set(to);
            }
        })
    };
    let turn = |by: i32| {
        let at = at.clone();
        Callback::from(move |_: yew::MouseEvent| at.set(at.months(by)))
    };
    let click = |done: &Callback<()>| {
        let done = done.clone();
        Callback::from(move |_: yew::MouseEvent| done.emit(()))
    };
    let cell = |day: Option<Day>| {
        let Some(day) = day else {
            return html! { <td role="gridcell" /> };
        };
        let chosen = day == *at;
        let node = if chosen {
            focused.clone()
        } else {
            NodeRef::default()
        };
        let pick = pick.clone();
        let onclick = Callback::from(move |_: yew::MouseEvent| pick.emit(day));
        let label = time::date_name(time::first_moment(day));
        html! {
            <td role="gridcell" aria-selected={chosen.to_string()}>
                <button ref={node} class={classes!("calendar-day", (day == today).then_some("today"))} type="button" data-testid="calendar-day"
                    data-day={format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)} tabindex={if chosen { "0" } else { "-1" }}
                    aria-label={label} {onclick}>
                    { day.day }
                </button>
            </td>
        }
    };
    // A week that has a Monday first, for the names above the columns.
    let names = (0..7).map(|n| {
        time::weekday_name(time::first_moment(Day {
            year: 2024,
            month: 1,
            day: 1 + n,
        }))
    });
    let month = time::month_name(time::first_moment(*at));
    html! {
        <section class="calendar" role="dialog" aria-label={t!("jump-to-date")} data-testid="calendar" {onkeydown}>
            <div class="calendar-head">
                <button class="icon-button flip" type="button" data-testid="month-back" aria-label={t!("month-before")} title={t!("month-before")} onclick={turn(-1)}>
                    { icon(Icon::Back) }
                </button>
                <strong aria-live="polite">{ month }</strong>
                <button class="icon-button flip" type="button" data-testid="month-on" aria-label={t!("month-after")} title={t!("month-after")} onclick={turn(1)}>
                    { icon(Icon::Forward) }
                </button>
            </div>
            <table role="grid" aria-label={t!("jump-to-date")}>
                <thead><tr>{ for names.map(|name| html! { <th scope="col">{ name }</th> }) }</tr></thead>
                <tbody>
                    { for at.weeks().into_iter().map(|week| html! { <tr>{ for week.into_iter().map(cell) }</tr> }) }
                </tbody>
            </table>
            <div class="row">
                <button class="button small" type="button" data-testid="jump-beginning" onclick={click(&props.beginning)}>{ t!("jump-beginning") }</button>
                <button class="button small" type="button" data-testid="jump-end" onclick={click(&props.newest)}>{ t!("jump-newest") }</button>
            </div>
        </section>
    }
}
