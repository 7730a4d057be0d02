//! Times as the reader's system writes them.

use crate::text::t;
use crate::timeline::days;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use model::Millis;
use model::search::Day;
use wasm_bindgen::JsValue;

const DAY_MILLIS: f64 = 86_400_000.0;

fn formatter(options: &[(&str, &str)]) -> Function {
    let object = Object::new();
    for (key, value) in options {
        // Setting a property of a plain object cannot fail.
        Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value)).ok();
    }
    Intl::DateTimeFormat::new(&Array::new(), &object).format()
}

thread_local! {
    // Making one of these takes longer than drawing a message.
    static CLOCK: Function = formatter(&[("hour", "2-digit"), ("minute", "2-digit")]);
    static DATE: Function = formatter(&[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")]);
    static WEEKDAY: Function = formatter(&[("weekday", "narrow")]);
    static MONTH: Function = formatter(&[("month", "long"), ("year", "numeric")]);
    static BOTH: Function = formatter(&[("dateStyle", "medium"), ("timeStyle", "short")]);
}

#[allow(clippy::cast_precision_loss)] // exact for the next 280,000 years
fn date(at: Millis) -> Date {
    Date::new(&JsValue::from_f64(at.0 as f64))
}

fn format(with: &Function, at: Millis) -> String {
    with.call1(&JsValue::UNDEFINED, &date(at))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// "14:05"
pub(crate) fn clock(at: Millis) -> String {
    CLOCK.with(|with| format(with, at))
}

/// "12 Mar 2026, 14:05"
pub(crate) fn moment(at: Millis) -> String {
    BOTH.with(|with| format(with, at))
}

/// When a day of the reader's calendar begins.
pub(crate) fn start(day: Day) -> Millis {
    let year = u32::try_from(day.year).unwrap_or_default();
    let month = i32::try_from(day.month).unwrap_or(1) - 1;
    let date = Date::new_with_year_month_day(year, month, i32::try_from(day.day).unwrap_or(1));
    #[allow(clippy::cast_possible_truncation)] // whole milliseconds
    Millis(date.get_time() as i64)
}

/// The reader's day.
pub(crate) fn today() -> Day {
    let now = Date::new_0();
    let year = i32::try_from(now.get_full_year()).unwrap_or_default();
    Day::new(year, now.get_month() + 1, now.get_date()).unwrap_or_else(|| Day::of_utc(Millis(0)))
}

/// The time of today, or the date with it.
pub(crate) fn near(at: Millis) -> String {
    if number(&Date::new_0()) == day(at) {
        clock(at)
    } else {
        moment(at)
    }
}

fn number(date: &Date) -> i64 {
    let local = date.get_time() - date.get_timezone_offset() * 60_000.0;
    #[allow(clippy::cast_possible_truncation)] // days of a calendar
    let day = (local / DAY_MILLIS).floor() as i64;
    day
}

/// The number of the day in the reader's calendar.
pub(crate) fn day(at: Millis) -> i64 {
    number(&date(at))
}

/// "Thursday, 12 March 2026"
pub(crate) fn date_name(at: Millis) -> String {
    DATE.with(|with| format(with, at))
}

/// "Today", "Yesterday" or the date.
pub(crate) fn day_name(at: Millis) -> String {
    match number(&Date::new_0()) - day(at) {
        0 => t!("today"),
        1 => t!("yesterday"),
        _ => DATE.with(|with| format(with, at)),
    }
}

/// "T" for Tuesday.
pub(crate) fn weekday_name(at: Millis) -> String {
    WEEKDAY.with(|with| format(with, at))
}

/// "November 2026"
pub(crate) fn month_name(at: Millis) -> String {
    MONTH.with(|with| format(with, at))
}

/// The present moment, as this machine's clock has it.
pub(crate) fn now() -> Millis {
    #[allow(clippy::cast_possible_truncation)] // whole milliseconds
    Millis(Date::now() as i64)
}

/// The day of the reader's calendar.
pub(crate) fn local_day(at: Millis) -> days::Day {
    let date = date(at);
    days::Day {
        year: i32::try_from(date.get_full_year()).unwrap_or(1970),
        month: date.get_month() + 1,
        day: date.get_date(),
    }
}

/// When a day of the reader's calendar begins.
pub(crate) fn first_moment(day: days::Day) -> Millis {
    let (year, month) = (u32::try_from(day.year).unwrap_or(1970), day.month);
    let date = Date::new_with_year_month_day(
        year,
        i32::try_from(month).unwrap_or(1) - 1,
        i32::try_from(day.day).unwrap_or(1),
    );
    #[allow(clippy::cast_possible_truncation)] // whole milliseconds
    Millis(date.get_time() as i64)
}
