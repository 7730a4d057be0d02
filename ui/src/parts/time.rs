//! Times in the reader's language, as they are written where the reader lives.

use crate::text::t;
use crate::timeline::days;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use model::Millis;
use model::search::Day;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

const DAY_MILLIS: f64 = 86_400_000.0;

fn formatter(locale: &str, options: &[(&str, &str)]) -> Function {
    let object = Object::new();
    for (key, value) in options {
        // Setting a property of a plain object cannot fail.
        Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value)).ok();
    }
    let locales = Array::new();
    if !locale.is_empty() {
        locales.push(&JsValue::from_str(locale));
    }
    Intl::DateTimeFormat::new(&locales, &object).format()
}

/// What writes times, in one language. Making these takes longer than drawing a message.
struct Formats {
    clock: Function,
    date: Function,
    weekday: Function,
    month: Function,
    both: Function,
}

impl Formats {
    /// An empty locale is the web view's own.
    fn new(locale: &str) -> Self {
        let formatter = |options: &[(&str, &str)]| formatter(locale, options);
        Self {
            clock: formatter(&[("hour", "2-digit"), ("minute", "2-digit")]),
            date: formatter(&[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
            ]),
            weekday: formatter(&[("weekday", "narrow")]),
            month: formatter(&[("month", "long"), ("year", "numeric")]),
            both: formatter(&[("dateStyle", "medium"), ("timeStyle", "short")]),
        }
    }
}

thread_local! {
    static FORMATS: RefCell<Formats> = RefCell::new(Formats::new(""));
}

/// Writes times in a language from now on. `preferred` are the reader's own locales: one of the same language says which way it is
/// written where they live. Digits are those of the texts around them, which are European in every language that there is.
pub(crate) fn speak(language: &str, preferred: &[String]) {
    let locale = locale(language, preferred);
    FORMATS.with(|formats| formats.replace(Formats::new(&locale)));
}

fn locale(language: &str, preferred: &[String]) -> String {
    let is_same = |tag: &&String| tag.split(['-', '_']).next() == Some(language);
    let tag = preferred
        .iter()
        .find(is_same)
        .map_or(language, String::as_str);
    // A tag with extensions of its own has them last already.
    let extension = if tag.contains("-u-") {
        ""
    } else {
        "-u-nu-latn"
    };
    format!("{tag}{extension}")
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
    FORMATS.with_borrow(|formats| format(&formats.clock, at))
}

/// "12 Mar 2026, 14:05"
pub(crate) fn moment(at: Millis) -> String {
    FORMATS.with_borrow(|formats| format(&formats.both, at))
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
    FORMATS.with_borrow(|formats| format(&formats.date, at))
}

/// "Today", "Yesterday" or the date.
pub(crate) fn day_name(at: Millis) -> String {
    match number(&Date::new_0()) - day(at) {
        0 => t!("today"),
        1 => t!("yesterday"),
        _ => FORMATS.with_borrow(|formats| format(&formats.date, at)),
    }
}

/// "T" for Tuesday.
pub(crate) fn weekday_name(at: Millis) -> String {
    FORMATS.with_borrow(|formats| format(&formats.weekday, at))
}

/// "November 2026"
pub(crate) fn month_name(at: Millis) -> String {
    FORMATS.with_borrow(|formats| format(&formats.month, at))
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

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_readers_own_way_of_the_language_is_preferred() {
        let reader = ["de-AT".to_owned(), "en-GB".to_owned()];
        assert_eq!(locale("en", &reader), "en-GB-u-nu-latn");
        assert_eq!(locale("ar", &reader), "ar-u-nu-latn");
        assert_eq!(locale("en", &[]), "en-u-nu-latn");
        assert_eq!(locale("en", &["english".to_owned()]), "en-u-nu-latn");
        assert_eq!(
            locale("ar", &["ar-EG-u-nu-arab".to_owned()]),
            "ar-EG-u-nu-arab"
        );
    }
}
