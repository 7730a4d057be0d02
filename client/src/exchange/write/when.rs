//! Dates, in UTC: an export says the same wherever it is written.

/// A moment, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
}

const DAY_MILLIS: i64 = 86_400_000;

/// The moment so many milliseconds after the beginning of 1970.
#[must_use]
pub fn of(millis: i64) -> When {
    let (days, rest) = (millis.div_euclid(DAY_MILLIS), millis.rem_euclid(DAY_MILLIS));
    let seconds = u32::try_from(rest / 1000).unwrap_or(0);
    // Counted from the first of March of a year divisible by 400, a leap day is always a year's last.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    When {
        year,
        month: u32::try_from(month).unwrap_or(1),
        day: u32::try_from(day).unwrap_or(1),
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
    }
}

impl When {
    /// `2024-05-01`.
    #[must_use]
    pub fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `2024-05`.
    #[must_use]
    pub fn month_of_year(&self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// `2024-05-01T10:02:03Z`.
    #[must_use]
    pub fn iso(&self) -> String {
        let Self {
            hour,
            minute,
            second,
            ..
        } = self;
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }
}

/// The beginning of a day such as `2024-05-01`, in milliseconds since 1970.
#[must_use]
pub fn day(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: u32 = parts.next()?.parse().ok()?;
    let day: u32 = parts.next()?.parse().ok()?;
    if parts.next().is_some() || !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Near enough to look from there.
    let guess = (year - 1970) * 365 + (year - 1969) / 4 + i64::from(month - 1) * 30;
    (guess - 60..guess + 60)
        .map(|days| days * DAY_MILLIS)
        .find(|millis| {
            let when = of(*millis);
            (when.year, when.month, when.day) == (year, month, day)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_as_the_calendar_has_them() {
        for (millis, iso) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(of(millis).iso(), iso);
        }
    }

    #[test]
    fn days_are_found_again() {
        for days in (0..60_000).step_by(13) {
            let millis = days * DAY_MILLIS;
            assert_eq!(day(&of(millis).date()), Some(millis));
        }
        for none in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "x-1-1",
            "2024-1-1-1",
        ] {
            assert_eq!(day(none), None, "{none}");
        }
    }
}
