//! Days in figures: "11/04/23", "2019-sep-1", "31 10 1974", "22/04".
//!
//! The order of day and month is the custom of the place, and the other one where only that is possible.
//! Read next: [`super::day`].

use super::Reader;
use super::day::DayRef;
use crate::nlu::lexicon::Role;
use jiff::civil::{Date, date};

/// A two-digit year is of this century up to 2068, as POSIX has it.
pub(crate) fn full_year(length: usize, value: u64) -> Option<i16> {
    let value = i16::try_from(value).ok()?;
    match length {
        2 if value < 69 => Some(2000 + value),
        2 => Some(1900 + value),
        4 if (1000..=2999).contains(&value) => Some(value),
        _ => None,
    }
}

impl Reader<'_> {
    /// "11/04/23", "2019-sep-1", "31 10 1974", "8.3.2015", "22/04".
    pub(crate) fn figures_day(&self, i: usize) -> Option<(DayRef, usize)> {
        let tokens = self.lex.tokens;
        let (length, first) = tokens.figures(i)?;
        let separator = |at: usize| -> Option<(char, usize)> {
            let sign = ['/', '-', '.', ','].into_iter().find(|sign| tokens.is_sign(at, *sign))?;
            (tokens.glued(at) && tokens.glued(at + 1)).then_some((sign, at + 1))
        };
        let Some((sign, second_at)) = separator(i + 1) else { return self.spaced_day(i) };
        // "2019-sep-1", "6-jul-2018".
        let named = self.lex.word(second_at).month;
        if named > 0 {
            return self.named_month_day(length, first, named, second_at + 1);
        }
        let (second_length, second) = tokens.figures(second_at)?;
        let third = separator(second_at + 1)
            .filter(|(other, _)| *other == sign || *other == ',')
            .and_then(|(_, at)| tokens.figures(at).map(|figures| (figures, at + 1)));
        if length == 4 {
            let ((_, day), next) = third?;
            let day = date_of(full_year(4, first)?, second, day)?;
            return self.ends_cleanly(next).then_some((DayRef::fixed(day), next));
        }
        if length > 2 || second_length > 2 {
            return None;
        }
        if let Some(((year_length, year), next)) = third {
            let year = full_year(year_length, year)?;
            let (month, day) = self.month_and_day(first, second)?;
            let day = date_of(year, month, day)?;
            return self.ends_cleanly(next).then_some((DayRef::fixed(day), next));
        }
        // Two parts only: a slash says it is a date; a dash or a dot could be a range, a time, a price.
        let (month, day) = self.month_and_day(first, second)?;
        let asked = self.lex.word(i.wrapping_sub(1)).roles.has(Role::On)
            || self.lex.word(i.wrapping_sub(1)).roles.has(Role::The);
        if !(sign == '/' || sign == '-' && asked && i > 0 && self.spanish) || !self.ends_cleanly(second_at + 1) {
            return None;
        }
        let mut day = DayRef { dom: u8::try_from(day).ok()?, month: u8::try_from(month).ok()?, ..DayRef::default() };
        if self.lex.role(i.wrapping_sub(1), Role::This).is_some() {
            day.year = Some(self.today().year());
        }
        date(2024, i8::try_from(month).ok()?, 1).with().day(i8::try_from(day.dom).ok()?).build().ok()?;
        Some((day, second_at + 1))
    }

    /// Nothing glued that would make the figures part of something longer.
    fn ends_cleanly(&self, i: usize) -> bool {
        let tokens = self.lex.tokens;
        let more =
            |sign| tokens.is_sign(i, sign) && tokens.glued(i) && tokens.glued(i + 1) && tokens.figures(i + 1).is_some();
        !(more('/') || more('.'))
    }

    /// "31 10 1974".
    fn spaced_day(&self, i: usize) -> Option<(DayRef, usize)> {
        let tokens = self.lex.tokens;
        let (first, second, third) = (tokens.figures(i)?, tokens.figures(i + 1)?, tokens.figures(i + 2)?);
        if first.0 > 2 || second.0 > 2 || third.0 != 4 || tokens.figures(i + 3).is_some() || tokens.glued(i + 1) {
            return None;
        }
        let (month, day) = self.month_and_day(first.1, second.1)?;
        Some((DayRef::fixed(date_of(full_year(4, third.1)?, month, day)?), i + 3))
    }

    /// "2019-sep-1" and "6-jul-2018", `next` behind the month.
    fn named_month_day(&self, length: usize, first: u64, month: u8, next: usize) -> Option<(DayRef, usize)> {
        let tokens = self.lex.tokens;
        let sign = ['-', '/', '.'].into_iter().any(|sign| tokens.is_sign(next, sign)) && tokens.glued(next);
        let second = if sign { tokens.figures(next + 1) } else { None };
        match (length, second) {
            (4, Some((_, day))) => {
                Some((DayRef::fixed(date_of(full_year(4, first)?, u64::from(month), day)?), next + 2))
            }
            (1 | 2, Some((year_length @ (2 | 4), year))) => {
                let day = date_of(full_year(year_length, year)?, u64::from(month), first)?;
                Some((DayRef::fixed(day), next + 2))
            }
            (1 | 2, _) => {
                let dom = u8::try_from(first).ok().filter(|day| (1..=31).contains(day))?;
                Some((DayRef { dom, month, ..DayRef::default() }, next))
            }
            _ => None,
        }
    }

    /// Month and day by the custom of the place; the other way round when only that is possible.
    fn month_and_day(&self, first: u64, second: u64) -> Option<(u64, u64)> {
        let possible = |month: u64, day: u64| (1..=12).contains(&month) && (1..=31).contains(&day);
        let (custom, other) =
            if self.month_first { ((first, second), (second, first)) } else { ((second, first), (first, second)) };
        if possible(custom.0, custom.1) { Some(custom) } else { possible(other.0, other.1).then_some(other) }
    }
}

fn date_of(year: i16, month: u64, day: u64) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
