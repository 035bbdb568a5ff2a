//! Lengths of time: what "half an hour", "three weeks" and "five working days" add to a day or a moment.
//!
//! Read next: [`super::period`], which reads them.

use super::day::plus_days;
use crate::nlu::lexicon::Unit;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, Zoned};

/// A length above a thousand years is nobody's appointment; it keeps the arithmetic inside the calendar.
const SECONDS_MAX: i64 = 1_000 * 366 * 86_400;

/// Working days are counted one by one; nobody counts further than a year of them.
const WORKDAYS_MAX: i32 = 366;

/// A length of time: months and days keep their calendar meaning, the rest is seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) months: i32,
    pub(crate) days: i32,
    /// Days of the working week, Monday to Friday.
    pub(crate) workdays: i32,
    pub(crate) seconds: i64,
}

impl Length {
    #[expect(clippy::cast_possible_truncation, reason = "counts are at most 100,000 and units at most 120 months")]
    pub(super) fn of(count: f64, unit: Unit) -> Option<Self> {
        if unit == Unit::Workday {
            return (0.0..=f64::from(WORKDAYS_MAX))
                .contains(&count)
                .then(|| Self { workdays: count as i32, ..Self::default() });
        }
        let (months, days, seconds) = match unit {
            Unit::Second => (0.0, 0.0, 1.0),
            Unit::Minute => (0.0, 0.0, 60.0),
            Unit::Hour => (0.0, 0.0, 3_600.0),
            Unit::Day | Unit::Workday => (0.0, 1.0, 0.0),
            Unit::Week => (0.0, 7.0, 0.0),
            Unit::Weekend => return None,
            Unit::Fortnight => (0.0, 14.0, 0.0),
            Unit::Month => (1.0, 0.0, 0.0),
            Unit::Quarter => (3.0, 0.0, 0.0),
            Unit::Year => (12.0, 0.0, 0.0),
            Unit::Decade => (120.0, 0.0, 0.0),
        };
        if !(0.0..=100_000.0).contains(&count) {
            return None;
        }
        let mut length = Self {
            months: (months * count) as i32,
            days: (days * count) as i32,
            seconds: (seconds * count) as i64,
            ..Self::default()
        };
        // Half a day is twelve hours, half a month fifteen days.
        length.seconds += (days * count).fract().mul_add(86_400.0, 0.0) as i64;
        length.days += ((months * count).fract() * 30.0) as i32;
        Some(length)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            months: self.months.saturating_add(other.months),
            days: self.days.saturating_add(other.days),
            workdays: self.workdays.saturating_add(other.workdays),
            seconds: self.seconds.saturating_add(other.seconds),
        }
    }

    /// The length in seconds, with months of 30 days and years of 365.
    pub(crate) fn in_seconds(self) -> i64 {
        let months = i64::from(self.months / 12) * 365 + i64::from(self.months % 12) * 30;
        let days = i64::from(self.days) + i64::from(self.workdays) + months;
        (days * 86_400 + self.seconds).min(SECONDS_MAX)
    }

    /// Only whole days: an answer in dates rather than moments.
    pub(crate) fn is_of_days(self) -> bool {
        self.seconds == 0
    }

    fn span(self, sign: i64) -> Option<Span> {
        Span::new()
            .try_months(i64::from(self.months) * sign)
            .and_then(|span| span.try_days(i64::from(self.days) * sign))
            .and_then(|span| span.try_seconds(self.seconds * sign))
            .ok()
    }

    /// The day so much later (or earlier, with sign -1).
    pub(crate) fn after_day(self, day: Date, sign: i64) -> Option<Date> {
        let mut day = day.checked_add(self.span(sign)?).ok()?;
        let mut left = self.workdays.min(WORKDAYS_MAX);
        while left > 0 {
            day = plus_days(day, if sign < 0 { -1 } else { 1 });
            left -= i32::from(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
        }
        Some(day)
    }

    /// The moment so much later (or earlier, with sign -1).
    pub(crate) fn after_moment(self, at: DateTime, sign: i64) -> Option<DateTime> {
        at.checked_add(self.span(sign)?).ok()
    }

    /// The same from an instant: hours are hours, also in the nights in which the clocks are changed.
    pub(super) fn after_instant(self, at: &Zoned, sign: i64) -> Option<DateTime> {
        at.checked_add(self.span(sign)?).ok().map(|at| at.datetime())
    }
}
