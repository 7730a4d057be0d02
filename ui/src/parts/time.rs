//! Times as the reader's system writes them.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use model::Millis;
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

/// "Today", "Yesterday" or the date.
pub(crate) fn day_name(at: Millis) -> String {
    match number(&Date::new_0()) - day(at) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => DATE.with(|with| format(with, at)),
    }
}
