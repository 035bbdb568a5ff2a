//! Feasts by name: "Christmas", "Thanksgiving". Their dates are in the data.
//!
//! Read next: [`super::day`].

use super::Reader;
use super::day::DayRef;
use crate::nlu::lexicon::Role;
use jiff::civil::{Date, Weekday};

/// Feasts from this code on fall on a weekday of a month, not on a date.
const FLOATING_FEAST: u16 = 20_000;

impl Reader<'_> {
    /// "Christmas", "New Year's Eve".
    pub(super) fn feast(&self, i: usize) -> Option<(DayRef, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let (feast, next) = self.lex.pick(at, |atom| (atom.feast > 0).then_some(atom.feast))?;
        if feast >= FLOATING_FEAST {
            return Some((DayRef::fixed(self.floating_feast(feast - FLOATING_FEAST)?), next));
        }
        let day = DayRef {
            month: u8::try_from(feast / 100).ok()?,
            dom: u8::try_from(feast % 100).ok()?,
            ..DayRef::default()
        };
        Some(self.with_year(day, next))
    }

    /// "Thanksgiving": month, which one of the month (5 is the last) and weekday, as figures.
    fn floating_feast(&self, code: u16) -> Option<Date> {
        let (month, nth, weekday) = (code / 1000, code / 10 % 100, code % 10);
        let of_year = |year: i16| -> Option<Date> {
            let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
            let weekday = Weekday::from_monday_one_offset(i8::try_from(weekday).ok()?).ok()?;
            first.nth_weekday_of_month(if nth == 5 { -1 } else { i8::try_from(nth).ok()? }, weekday).ok()
        };
        let year = self.today().year();
        of_year(year).filter(|day| *day >= self.today()).or_else(|| of_year(year.checked_add(1)?))
    }
}
