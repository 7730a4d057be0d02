//! Days of a calendar, without time zones: which days a month has, and what a key does in a grid of them.

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    /// The year.
    pub(crate) year: i32,
    /// The month, from 1.
    pub(crate) month: u32,
    /// The day of the month, from 1.
    pub(crate) day: u32,
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days a month has.
pub(crate) fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Day {
    /// The day of the week, 0 for Monday. By Sakamoto's method.
    pub(crate) fn weekday(self) -> u32 {
        const OFFSETS: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let index = usize::try_from(self.month).unwrap_or(1).clamp(1, 12) - 1;
        let year = self.year - i32::from(self.month < 3);
        let day = i32::try_from(self.day).unwrap_or(1);
        let sunday_first = year + year / 4 - year / 100 + year / 400 + OFFSETS[index] + day;
        u32::try_from((sunday_first + 6).rem_euclid(7)).unwrap_or(0)
    }

    /// The same day of another month, or that month's last.
    pub(crate) fn months(self, by: i32) -> Self {
        let all = self.year * 12 + i32::try_from(self.month).unwrap_or(1) - 1 + by;
        let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
        let month = u32::try_from(month).unwrap_or(1);
        Self {
            year,
            month,
            day: self.day.min(days_in(year, month)),
        }
    }

    /// So many days later.
    pub(crate) fn days(self, by: i32) -> Self {
        let mut at = self;
        let mut left = i32::try_from(self.day).unwrap_or(1) + by;
        loop {
            let length = i32::try_from(days_in(at.year, at.month)).unwrap_or(31);
            if left < 1 {
                at = Self { day: 1, ..at }.months(-1);
                left += i32::try_from(days_in(at.year, at.month)).unwrap_or(31);
            } else if left > length {
                left -= length;
                at = Self { day: 1, ..at }.months(1);
            } else {
                let day = u32::try_from(left).unwrap_or(1);
                return Self { day, ..at };
            }
        }
    }

    /// Where a key leads in a grid of a month's days; none for another key.
    pub(crate) fn by_key(self, key: &str, right_to_left: bool) -> Option<Self> {
        let weekday = i32::try_from(self.weekday()).unwrap_or(0);
        let forward = if right_to_left { -1 } else { 1 };
        Some(match key {
            "ArrowLeft" => self.days(-forward),
            "ArrowRight" => self.days(forward),
            "ArrowUp" => self.days(-7),
            "ArrowDown" => self.days(7),
            "Home" => self.days(-weekday),
            "End" => self.days(6 - weekday),
            "PageUp" => self.months(-1),
            "PageDown" => self.months(1),
            _ => return None,
        })
    }

    /// The weeks of its month, Monday first; none where a week's day is another month's.
    pub(crate) fn weeks(self) -> Vec<[Option<Self>; 7]> {
        let first = Self { day: 1, ..self };
        let before = first.weekday();
        let count = days_in(self.year, self.month);
        (0..(before + count).div_ceil(7))
            .map(|week| {
                std::array::from_fn(|column| {
                    let cell = week * 7 + u32::try_from(column).unwrap_or(0);
                    let day = (cell + 1).checked_sub(before)?;
                    (1..=count).contains(&day).then_some(Self { day, ..self })
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn day(year: i32, month: u32, day: u32) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn weekdays_are_right() {
        assert_eq!(day(1970, 1, 1).weekday(), 3);
        assert_eq!(day(2000, 2, 29).weekday(), 1);
        assert_eq!(day(2026, 11, 24).weekday(), 1);
        assert_eq!(day(2026, 3, 1).weekday(), 6);
    }

    #[test]
    fn walking_by_days_crosses_months_and_years() {
        assert_eq!(day(2026, 1, 1).days(-1), day(2025, 12, 31));
        assert_eq!(day(2024, 2, 28).days(1), day(2024, 2, 29));
        assert_eq!(day(2023, 2, 28).days(1), day(2023, 3, 1));
        assert_eq!(day(2023, 1, 31).months(1), day(2023, 2, 28));
        assert_eq!(day(2023, 1, 31).months(-2), day(2022, 11, 30));
        // A thousand days on, one by one or at once, is the same day, and the weekdays follow each other.
        let mut at = day(2023, 12, 30);
        for step in 1..1000_u32 {
            let next = at.days(1);
            assert_eq!(next.weekday(), (at.weekday() + 1) % 7);
            at = next;
            assert_eq!(day(2023, 12, 30).days(i32::try_from(step).unwrap_or(0)), at);
        }
    }

    #[test]
    fn a_month_has_its_weeks() {
        let weeks = day(2026, 11, 24).weeks();
        assert_eq!(weeks.len(), 6);
        assert_eq!(
            weeks[0],
            [None, None, None, None, None, None, Some(day(2026, 11, 1))]
        );
        assert_eq!(weeks[5][0], Some(day(2026, 11, 30)));
        assert_eq!(weeks[5][1], None);
        assert_eq!(day(2027, 2, 1).weeks().len(), 4);
    }

    #[test]
    fn keys_walk_the_grid() {
        let at = day(2026, 11, 24);
        assert_eq!(at.by_key("ArrowLeft", false), Some(day(2026, 11, 23)));
        assert_eq!(at.by_key("ArrowLeft", true), Some(day(2026, 11, 25)));
        assert_eq!(at.by_key("Home", false), Some(day(2026, 11, 23)));
        assert_eq!(at.by_key("End", false), Some(day(2026, 11, 29)));
        assert_eq!(at.by_key("PageUp", false), Some(day(2026, 10, 24)));
        assert_eq!(at.by_key("x", false), None);
    }
}
