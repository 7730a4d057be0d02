//! A day of the calendar. When it begins is the reader's to say; here only UTC is known.

use crate::Millis;
use std::fmt;

const DAY_MILLIS: i64 = 86_400_000;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// From 1970 to 9999.
    pub year: i32,
    /// From 1 to 12.
    pub month: u32,
    /// From 1 to 31.
    pub day: u32,
}

impl Day {
    /// A day that the calendar has.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let is_day = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day);
        is_day.then_some(Self { year, month, day })
    }

    /// The day of a time in UTC.
    #[must_use]
    pub fn of_utc(at: Millis) -> Self {
        // From the days since 1970 to the day of the year 0 with March as its first month, so that the leap day is last.
        let shifted = at.0.div_euclid(DAY_MILLIS).clamp(0, 2_932_896) + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(9999),
            month: u32::try_from(month).unwrap_or(1),
            day: u32::try_from(day).unwrap_or(1),
        }
    }

    /// When the day begins in UTC.
    #[must_use]
    pub fn utc_start(self) -> Millis {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = i64::from((self.month + 9) % 12);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Millis((era * 146_097 + of_era - 719_468) * DAY_MILLIS)
    }

    /// So many days later, or earlier.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self::of_utc(Millis(self.utc_start().0 + days * DAY_MILLIS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_of(year: i32, month: u32) -> u32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The first day that is meant and the day behind the last one: of a day, a month, a year, "today" or "yesterday".
pub(super) fn span(text: &str, today: Day) -> Option<(Day, Day)> {
    match text.to_lowercase().as_str() {
        "today" => return Some((today, today.plus(1))),
        "yesterday" => return Some((today.plus(-1), today)),
        _ => {}
    }
    let plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    if !parts.iter().all(plain) || parts.first()?.len() != 4 {
        return None;
    }
    let number = |index: usize| parts.get(index).map(|part| part.parse::<u32>());
    let year: i32 = parts.first()?.parse().ok()?;
    match (number(1), number(2), parts.len()) {
        (None, None, 1) => Some((Day::new(year, 1, 1)?, Day::new(year, 12, 31)?.plus(1))),
        (Some(Ok(month)), None, 2) => {
            let last = Day::new(year, month, 1).map(|_| days_of(year, month))?;
            let behind = Day::new(year, month, last)?.plus(1);
            Some((Day::new(year, month, 1)?, behind))
        }
        (Some(Ok(month)), Some(Ok(day)), 3) => {
            let day = Day::new(year, month, day)?;
            Some((day, day.plus(1)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Day {
        Day::new(year, month, day).unwrap()
    }

    #[test]
    fn a_day_and_its_beginning_belong_together() {
        assert_eq!(day(1970, 1, 1).utc_start(), Millis(0));
        assert_eq!(day(2026, 11, 24).utc_start(), Millis(1_795_478_400_000));
        let mut one = day(1970, 1, 1);
        for number in 0..60_000 {
            assert_eq!(one.utc_start().0, number * DAY_MILLIS);
            assert_eq!(Day::of_utc(Millis(number * DAY_MILLIS + 1)), one);
            one = one.plus(1);
        }
        assert!(Day::new(2026, 2, 29).is_none() && Day::new(2028, 2, 29).is_some());
    }

    #[test]
    fn a_month_and_a_year_are_all_their_days() {
        let today = day(2026, 3, 1);
        assert_eq!(
            span("2028-02", today),
            Some((day(2028, 2, 1), day(2028, 3, 1)))
        );
        assert_eq!(
            span("2026", today),
            Some((day(2026, 1, 1), day(2027, 1, 1)))
        );
        assert_eq!(
            span("Yesterday", today),
            Some((day(2026, 2, 28), day(2026, 3, 1)))
        );
        for other in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-02-30",
            "2026-1-1-1",
            "2026-+1",
            "soon",
        ] {
            assert_eq!(span(other, today), None, "{other}");
        }
    }
}
