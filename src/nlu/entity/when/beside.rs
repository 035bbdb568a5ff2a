//! Days and weeks counted from others: "the day after Christmas", "the week before", "de hoy en ocho", "a weekday".
//!
//! Read next: [`super::day`], [`super::period`], which ask here.

use super::Reader;
use super::day::{DayRef, monday_of, next_weekday, plus_days};
use super::period::Days;
use crate::nlu::entity::number;
use crate::nlu::lexicon::{Role, Unit};
use jiff::civil::Date;

impl Reader<'_> {
    /// "the day after Christmas", "el día antes de Navidad".
    pub(crate) fn day_beside(&self, i: usize) -> Option<(DayRef, usize)> {
        let (unit, sign, day, next) = self.beside(i)?;
        (unit == Unit::Day).then(|| (DayRef::fixed(plus_days(day, sign)), next))
    }

    /// "the Monday after Thanksgiving", "el viernes antes de Navidad".
    pub(crate) fn weekday_beside(&self, weekday: u8, next: usize) -> Option<(DayRef, usize)> {
        let after = self.lex.role(next, Role::After);
        let at = after.or_else(|| self.lex.role(next, Role::Before))?;
        let (day, end) = self.feast(at)?;
        let day = day.resolve(self.today())?;
        let beside =
            if after.is_some() { next_weekday(day, weekday) } else { plus_days(next_weekday(day, weekday), -7) };
        let beside = if beside == day { plus_days(day, -7) } else { beside };
        Some((DayRef::fixed(beside), end))
    }

    /// "de hoy en ocho", "el jueves en quince": a week and two, counted with both ends.
    pub(crate) fn in_eight(&self, day: DayRef, next: usize) -> Option<(DayRef, usize)> {
        let at = self.lex.role(next, Role::In).filter(|_| self.spanish)?;
        let (count, mut end) = number::small(self.lex, at)?;
        let days = match count {
            8 => 7,
            15 => 14,
            _ => return None,
        };
        match self.unit_at(end) {
            Some((Unit::Day, after)) => end = after,
            Some(_) => return None,
            None => {}
        }
        Some((DayRef::fixed(plus_days(day.resolve(self.today())?, days)), end))
    }

    /// "on a weekday", "weekdays": what is left of this working week, or the next one.
    pub(crate) fn working_week(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.skip(i, &[Role::A, Role::The]);
        let next = self.lex.role(at, Role::WorkingWeek)?;
        let today = self.today();
        let monday = monday_of(today);
        let saturday = plus_days(monday, 5);
        let days = if today < saturday { (today, saturday) } else { (plus_days(monday, 7), plus_days(saturday, 7)) };
        Some((days, next))
    }

    /// "the week after Thanksgiving", "la semana antes de Navidad".
    pub(crate) fn week_beside(&self, i: usize) -> Option<(Days, usize)> {
        let (unit, sign, day, next) = self.beside(i)?;
        let monday = plus_days(monday_of(day), 7 * sign);
        (unit == Unit::Week).then(|| ((monday, plus_days(monday, 7)), next))
    }

    /// "(the) day after …", "week before …" a day that has a name: the unit, the direction, that day.
    fn beside(&self, i: usize) -> Option<(Unit, i32, Date, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let (unit, next) = self.unit_at(at).filter(|(unit, _)| matches!(unit, Unit::Day | Unit::Week))?;
        let (sign, day_at) = match self.lex.role(next, Role::After) {
            Some(day_at) => (1, day_at),
            None => (-1, self.lex.role(next, Role::Before)?),
        };
        let (day, next) = self.day(day_at)?;
        Some((unit, sign, day.resolve(self.today())?, next))
    }
}
