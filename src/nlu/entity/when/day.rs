//! Days as they are named: "tomorrow", "the 5th", "Friday, October the 16th", "el lunes que viene", "3/4".
//!
//! A [`DayRef`] keeps what was said; it becomes a date only when the whole expression is known, because "from the 13th
//! to the 15th of July" lends its month backwards. A day without a year is the next such day.
//!
//! Read next: [`super::combine`], [`super::period`].

use super::Reader;
use super::written::full_year;
use crate::nlu::entity::number;
use crate::nlu::lexicon::{Role, Unit};
use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// How many years ahead a day and its weekday are looked for ("Friday the 29th of February" comes every 28).
const YEARS_AHEAD_MAX: i16 = 29;

/// A day, as far as it was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayRef {
    /// The date, when the words give it whole.
    pub(crate) fixed: Option<Date>,
    /// 1 is Monday; 0 is unsaid.
    pub(crate) weekday: u8,
    /// Day of the month; 0 is unsaid.
    pub(crate) dom: u8,
    /// 1 is January; 0 is unsaid.
    pub(crate) month: u8,
    /// The year, when said.
    pub(crate) year: Option<i16>,
    /// Another day the words allow.
    pub(crate) other: Option<Date>,
}

impl DayRef {
    pub(crate) fn fixed(date: Date) -> Self {
        Self { fixed: Some(date), ..Self::default() }
    }

    /// The date meant, seen from `from`: the next one that fits what was said.
    pub(crate) fn resolve(&self, from: Date) -> Option<Date> {
        if let Some(date) = self.fixed {
            return Some(date);
        }
        let day = i8::try_from(self.dom).ok()?;
        let month = i8::try_from(self.month).ok()?;
        if let (Some(year), true) = (self.year, self.month > 0 && self.dom > 0) {
            return Date::new(year, month, day).ok();
        }
        if self.month > 0 && self.dom > 0 {
            let fits = |date: &Date| *date >= from && self.weekday_fits(*date);
            return (0..YEARS_AHEAD_MAX)
                .filter_map(|ahead| Date::new(from.year().checked_add(ahead)?, month, day).ok())
                .find(fits)
                .or_else(|| {
                    (0..9)
                        .filter_map(|ahead| Date::new(from.year() + ahead, month, day).ok())
                        .find(|date| *date >= from)
                });
        }
        if self.dom > 0 {
            let first = from.first_of_month();
            let months = |ahead: i32| Date::new(0, 1, 1).ok().and_then(|_| first.checked_add(ahead.months()).ok());
            let candidates = || (0..36).filter_map(months).filter_map(|month| month.with().day(day).build().ok());
            return candidates()
                .find(|date| *date >= from && self.weekday_fits(*date))
                .or_else(|| candidates().find(|date| *date >= from));
        }
        if self.weekday > 0 {
            return Some(next_weekday(from, self.weekday));
        }
        None
    }

    fn weekday_fits(&self, date: Date) -> bool {
        self.weekday == 0 || date.weekday().to_monday_one_offset() == i8::try_from(self.weekday).unwrap_or(0)
    }

    /// Takes from another day of the same expression what this one leaves open.
    pub(crate) fn borrow(&mut self, from: &Self) {
        if self.fixed.is_none() && self.weekday == 0 && self.dom > 0 {
            if self.month == 0 {
                self.month = from.month;
            }
            self.year = self.year.or(from.year);
        } else if self.fixed.is_none() && self.month > 0 {
            self.year = self.year.or(from.year);
        }
    }

    /// Only a number was said: it may be an hour as well.
    pub(crate) fn is_only_number(&self) -> bool {
        self.fixed.is_none() && self.weekday == 0 && self.month == 0 && self.year.is_none()
    }
}

/// The next such weekday after a day.
pub(crate) fn next_weekday(from: Date, weekday: u8) -> Date {
    let today = from.weekday().to_monday_one_offset();
    let ahead = (i8::try_from(weekday).unwrap_or(1) - today + 6).rem_euclid(7) + 1;
    plus_days(from, i32::from(ahead))
}

/// The Monday of the week of a day.
pub(crate) fn monday_of(day: Date) -> Date {
    plus_days(day, -i32::from(day.weekday().since(Weekday::Monday)))
}

/// So many days later; the same day at the end of the calendar.
pub(crate) fn plus_days(day: Date, days: i32) -> Date {
    day.checked_add(Span::new().days(days)).unwrap_or(day)
}

impl Reader<'_> {
    /// A day at `i`, and the token after it.
    pub(crate) fn day(&self, i: usize) -> Option<(DayRef, usize)> {
        let found = self
            .shifted_day(i)
            .or_else(|| self.day_beside(i))
            .or_else(|| self.figures_day(i))
            .or_else(|| self.calendar_day(i))
            .or_else(|| self.nth_weekday(i));
        let found = found.or_else(|| self.weekday_day(i)).or_else(|| self.day_word(i)).or_else(|| self.feast(i));
        let (day, next) = found?;
        let (day, next) = self.weekday_behind(day, next);
        Some(self.in_eight(day, next).unwrap_or((day, next)))
    }

    /// "today", "the day after tomorrow", "pasado mañana".
    fn shifted_day(&self, i: usize) -> Option<(DayRef, usize)> {
        let i = self.lex.role(i, Role::The).unwrap_or(i);
        let (days, next) = self.lex.pick(i, |atom| atom.shift)?;
        if self.spanish && self.lex.word(i).part.is_some() && next == i + 1 && self.is_morning(i) {
            return None;
        }
        let next = if self.lex.tokens.folded(next) == "'s" { next + 1 } else { next };
        Some((DayRef::fixed(plus_days(self.today(), i32::from(days))), next))
    }

    /// Spanish "mañana" is the morning behind an article or "esta", else tomorrow.
    pub(crate) fn is_morning(&self, i: usize) -> bool {
        let before = |role| i > 0 && self.lex.word(i - 1).roles.has(role);
        i > 0
            && (before(Role::The) || before(Role::This) || before(Role::Early) || before(Role::Late))
            && self.lex.tokens.folded(i - 1) != "el"
    }

    /// A day of the month as people say it: an ordinal, or a number up to 31.
    fn day_of_month(&self, i: usize) -> Option<(u8, usize)> {
        let (value, next) =
            number::ordinal(self.lex, i).map(|(value, next)| (u64::from(value), next)).or_else(|| {
                let (value, next) = number::small(self.lex, i)?;
                Some((u64::from(value), next))
            })?;
        let value = u8::try_from(value).ok().filter(|day| (1..=31).contains(day))?;
        Some((value, next))
    }

    /// "May 5th, 2015", "the 5th of May", "Friday 7 January 2016", "14april", "el 4 de julio de 1995".
    fn calendar_day(&self, i: usize) -> Option<(DayRef, usize)> {
        let mut at = i;
        let mut day = DayRef::default();
        if let Some((weekday, next)) = self.lex.pick(i, |atom| (atom.weekday > 0).then_some(atom.weekday)) {
            day.weekday = weekday;
            at = self.comma_or_dot(next);
            at = self.lex.skip(at, &[Role::On]);
        }
        at = self.lex.skip(at, &[Role::The]);
        at = self.lex.role(at, Role::DayWord).unwrap_or(at);
        if let Some((month, next)) = self.month(at) {
            let mut next = self.comma_or_dot(next);
            if self.lex.tokens.is_sign(next, '-') && self.lex.tokens.glued(next) {
                next += 1;
            }
            let next = self.lex.skip(next, &[Role::The]);
            let (dom, next) = self.day_of_month(next)?;
            // "March 2015" and "May 10 to 12 pm" are no days.
            if self.lex.tokens.is_sign(next, ':') && self.lex.tokens.glued(next) {
                return None;
            }
            (day.dom, day.month) = (dom, month);
            return Some(self.with_year(day, next));
        }
        let (dom, next) = self.day_of_month(at)?;
        let of = self.lex.role(next, Role::DayWord).unwrap_or(next);
        let of = self.lex.skip(of, &[Role::Of, Role::The]);
        let (month, next) = self.month(of)?;
        (day.dom, day.month) = (dom, month);
        Some(self.with_year(day, self.dot(next)))
    }

    fn month(&self, i: usize) -> Option<(u8, usize)> {
        self.lex.pick(i, |atom| (atom.month > 0).then_some(atom.month))
    }

    fn dot(&self, i: usize) -> usize {
        if self.lex.tokens.is_sign(i, '.') && self.lex.tokens.len() > i + 1 && self.lex.tokens.glued(i) {
            i + 1
        } else {
            i
        }
    }

    fn comma_or_dot(&self, i: usize) -> usize {
        let i = self.dot(i);
        if self.lex.tokens.is_sign(i, ',') { i + 1 } else { i }
    }

    /// A year behind a day of a month: "2015", ", 2015", "of 2015", "in 2020", "dos mil dieciocho", "15".
    pub(super) fn with_year(&self, mut day: DayRef, next: usize) -> (DayRef, usize) {
        let comma = if self.lex.tokens.is_sign(next, ',') { next + 1 } else { next };
        let linked = self.lex.skip(comma, &[Role::Of, Role::In]);
        let at = self.lex.role(linked, Role::The).unwrap_or(linked);
        if let Some((year, after)) = self.year(at, linked > comma || comma == next) {
            day.year = Some(year);
            if day.resolve(self.today()).is_some() {
                return (day, after);
            }
            day.year = None;
        }
        (day, next)
    }

    /// A year at `i`; two figures only where `short` allows and nothing else claims them.
    pub(crate) fn year(&self, i: usize, short: bool) -> Option<(i16, usize)> {
        if let Some((length, value)) = self.lex.tokens.figures(i) {
            let next = i + 1;
            let timed = self.lex.tokens.is_sign(next, ':')
                || self.half_at(next).is_some()
                || self.lex.role(next, Role::Oclock).is_some();
            let alone = !timed && !self.lex.tokens.glued(next) && self.lex.tokens.figures(next).is_none();
            if length == 2 {
                return (short && alone && next >= self.lex.tokens.len())
                    .then(|| full_year(2, value))
                    .flatten()
                    .map(|year| (year, next));
            }
            return (length == 4 && !timed && (1500..=2200).contains(&value))
                .then(|| full_year(4, value))
                .flatten()
                .map(|year| (year, next));
        }
        let (value, next) = number::small(self.lex, i)?;
        if (1900..=2100).contains(&value) {
            return Some((i16::try_from(value).ok()?, next));
        }
        // "nineteen ninety five", "twenty twenty six".
        if (19..=20).contains(&value) && !self.spanish {
            let (rest, after) = number::small(self.lex, next)?;
            if (10..100).contains(&rest) {
                return Some((i16::try_from(value * 100 + rest).ok()?, after));
            }
        }
        None
    }

    /// "first friday of july", "last monday of march 2014", "el primer lunes de próximo mes", "fifth last day of May".
    fn nth_weekday(&self, i: usize) -> Option<(DayRef, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let (nth, mut next) = match self.lex.role(at, Role::Last) {
            Some(next) => (-1, next),
            None => number::ordinal(self.lex, at).map(|(nth, next)| (i32::try_from(nth).unwrap_or(0), next))?,
        };
        let mut from_end = nth < 0;
        if let Some(after) = self.lex.role(next, Role::Last).filter(|_| !from_end) {
            from_end = true;
            next = after;
        }
        let (weekday, next) = self.lex.pick(next, |atom| {
            if atom.weekday > 0 { Some(atom.weekday) } else { (atom.unit == Some(Unit::Day)).then_some(0) }
        })?;
        let next = self.lex.skip(next, &[Role::Of, Role::In]);
        let ((start, end), next) = self.period_of_days(next)?;
        let nth = if nth < 0 { 1 } else { nth };
        let found = if from_end {
            let mut day = plus_days(end, -1);
            while weekday > 0 && day.weekday().to_monday_one_offset() != i8::try_from(weekday).unwrap_or(1) {
                day = plus_days(day, -1);
            }
            plus_days(day, -(nth - 1) * if weekday > 0 { 7 } else { 1 })
        } else {
            let first = if weekday > 0 { next_weekday(plus_days(start, -1), weekday) } else { start };
            plus_days(first, (nth - 1) * if weekday > 0 { 7 } else { 1 })
        };
        (found >= start && found < end).then_some((DayRef::fixed(found), next))
    }

    /// "Friday", "next Friday", "Friday the 26th", "Wednesday next week", "el lunes pasado", "viernes que viene".
    fn weekday_day(&self, i: usize) -> Option<(DayRef, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let direction = |at: usize| {
            [Role::Next, Role::Last, Role::This].into_iter().find_map(|role| Some((role, self.lex.role(at, role)?)))
        };
        let first = direction(at);
        let at = first.map_or(at, |(_, next)| next);
        // "este próximo viernes", "this coming Friday": the nearest.
        let both = first.filter(|(role, _)| *role == Role::This).and_then(|_| self.lex.role(at, Role::Next));
        let (weekday, mut next) =
            self.lex.pick(both.unwrap_or(at), |atom| (atom.weekday > 0).then_some(atom.weekday))?;
        if self.lex.tokens.folded(next) == "'s" {
            next += 1;
        }
        let named = DayRef { weekday, ..DayRef::default() };
        if let Some((role, _)) = first {
            let day = if both.is_some() {
                DayRef::fixed(next_weekday(self.today(), weekday))
            } else {
                self.relative_weekday(role, weekday)
            };
            return Some((day, next));
        }
        if let Some(after) = self.lex.role(next, Role::FollowsNextNext) {
            let nearest = next_weekday(self.today(), weekday);
            return Some((DayRef::fixed(plus_days(nearest, 7)), after));
        }
        if let Some(after) = self.lex.role(next, Role::FollowsNext) {
            return Some((self.relative_weekday(Role::Next, weekday), after));
        }
        if let Some(after) = self.lex.role(next, Role::FollowsLast) {
            return Some((self.relative_weekday(Role::Last, weekday), after));
        }
        // British "Thursday week" is a week after Thursday.
        if let Some((Unit::Week, after)) = self.unit_at(next).filter(|_| !self.spanish) {
            return Some((DayRef::fixed(plus_days(next_weekday(self.today(), weekday), 7)), after));
        }
        if let Some(found) = self.in_eight(named, next).or_else(|| self.weekday_beside(weekday, next)) {
            return Some(found);
        }
        let linked = self.lex.skip(self.comma_or_dot(next), &[Role::Of, Role::In, Role::On, Role::The]);
        // "Wednesday of next week".
        if let Some(((start, end), after)) = self.week(linked) {
            let day = next_weekday(plus_days(start, -1), weekday);
            return (day < end).then_some((DayRef::fixed(day), after));
        }
        // "Sunday 12/7/2014", "viernes 6-jul-2018".
        if let Some(found) = self.figures_day(linked) {
            return Some(found);
        }
        // "Wed 13th", "martes 25", "el lunes el veintisiete": but "Friday 5 to 7" and "Friday 3 pm" are times.
        let dom_at = self.lex.role(linked, Role::DayWord).unwrap_or(linked);
        // "Monday first thing" is no first of the month.
        let part = self.lex.phrase(dom_at).is_some_and(|(atom, _)| atom.part.is_some());
        let ordinal = number::ordinal(self.lex, dom_at);
        if let Some((dom, after)) = self.day_of_month(dom_at).filter(|_| !part).filter(|(_, after)| {
            ordinal.is_some() || (self.spanish || dom_at > linked) && !self.reads_as_time(dom_at, *after)
        }) {
            return Some((DayRef { dom, ..named }, after));
        }
        Some((named, next))
    }

    fn reads_as_time(&self, i: usize, after: usize) -> bool {
        self.half_at(after).is_some()
            || self.lex.tokens.is_sign(after, ':')
            || self.lex.role(after, Role::Oclock).is_some()
            || self.lex.role(after, Role::Until).is_some()
            || self.lex.tokens.is_sign(after, '-')
            || i > 0 && self.lex.role(i - 1, Role::From).is_some()
    }

    /// "next Friday" is the Friday of the next week, "last Friday" the latest gone, "this Friday" the nearest to come.
    fn relative_weekday(&self, role: Role, weekday: u8) -> DayRef {
        let today = self.today();
        let nearest = next_weekday(today, weekday);
        if role == Role::Next {
            let of_next_week = plus_days(monday_of(today), 6 + i32::from(weekday));
            DayRef { other: (nearest != of_next_week).then_some(nearest), ..DayRef::fixed(of_next_week) }
        } else if role == Role::Last {
            DayRef::fixed(plus_days(nearest, if nearest == plus_days(today, 7) { -14 } else { -7 }))
        } else {
            let of_this_week = plus_days(monday_of(today), i32::from(weekday) - 1);
            DayRef { other: (nearest != of_this_week).then_some(of_this_week), ..DayRef::fixed(nearest) }
        }
    }

    /// "the 5th", "on 15", "día quince", "the next day", "the 15th day of next month".
    fn day_word(&self, i: usize) -> Option<(DayRef, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        if let Some(found) = self.next_day(i, at) {
            return Some(found);
        }
        let day_said = self.lex.role(at, Role::DayWord).filter(|_| self.spanish);
        let (dom, next) = match number::ordinal(self.lex, day_said.unwrap_or(at)) {
            Some((value, next)) => (u8::try_from(value).ok()?, next),
            None if day_said.is_some() || self.number_is_day(i, at) => self.day_of_month(day_said.unwrap_or(at))?,
            None => return None,
        };
        if !(1..=31).contains(&dom) {
            return None;
        }
        let next_day = self.lex.role(next, Role::DayWord).unwrap_or(next);
        let of = self.lex.skip(next_day, &[Role::Of, Role::In, Role::The]);
        if (of > next_day
            || next_day > next
            || self.lex.role(of, Role::Next).is_some()
            || self.lex.role(of, Role::This).is_some())
            && let Some(((start, end), after)) = self.period_of_days(of)
        {
            let day = plus_days(start, i32::from(dom) - 1);
            return (day < end).then_some((DayRef::fixed(day), after));
        }
        // "the second" of what? A word behind it ("the first option", "the third time") makes it no day.
        let figures = self.lex.tokens.figures(at).is_some() || day_said.is_some();
        // "el veinte": with its article a Spanish number above a handful is a day.
        let spoken = self.spanish && (dom > 3 || self.expects_day) && number::ordinal(self.lex, at).is_none();
        (figures || spoken || self.ordinal_stands_alone(i, at, next))
            .then_some((DayRef { dom, ..DayRef::default() }, next))
    }

    /// "on 15", "el 3" before the end or a time: a plain number as a day.
    fn number_is_day(&self, i: usize, at: usize) -> bool {
        let Some((_, next)) = number::small(self.lex, at) else { return false };
        let on = i > 0
            && (self.lex.role(i - 1, Role::On).is_some()
                || at == i && self.lex.role(i - 1, Role::Of).is_some() && self.after_clock);
        // "las tres" is a time, "el tres" a day.
        let article = at > i && !self.lex.word(at - 1).roles.has(Role::Feminine);
        if self.lex.tokens.is_sign(next, ':') || self.half_at(next).is_some() || self.lex.word(next).unit.is_some() {
            return false;
        }
        if self.lex.tokens.is_sign(next, '-') && self.lex.tokens.glued(next) || self.lex.tokens.is_sign(next, '%') {
            return false;
        }
        let noun = |i: usize| {
            matches!(self.lex.tokens.kind(i), Some(crate::nlu::token::Kind::Word))
                && self.lex.word(i) == crate::nlu::lexicon::Atom::default()
        };
        (on || article && (self.spanish || self.lex.tokens.figures(at).is_some())) && !noun(next)
    }

    fn ordinal_stands_alone(&self, i: usize, at: usize, next: usize) -> bool {
        let in_range = i > 0
            && [Role::From, Role::Until, Role::Between].into_iter().any(|role| self.lex.role(i - 1, role).is_some());
        let led = at > i
            || i > 0
                && (self.lex.role(i - 1, Role::On).is_some()
                    || self.lex.role(i - 1, Role::From).is_some()
                    || self.lex.role(i - 1, Role::Until).is_some());
        let followed = matches!(self.lex.tokens.kind(next), Some(crate::nlu::token::Kind::Word))
            && self.lex.word(next).roles == crate::nlu::lexicon::Roles::default()
            && self.lex.word(next).part.is_none()
            && self.lex.phrase(next).is_none();
        led && !followed
            && (self.expects_day || in_range || number::ordinal(self.lex, at).is_some_and(|(value, _)| value > 3))
    }

    /// "the next day", "this day", "the day", "the day after".
    fn next_day(&self, i: usize, at: usize) -> Option<(DayRef, usize)> {
        if let Some(next) = self.lex.role(i, Role::This2).or_else(|| self.lex.role(at, Role::This2)) {
            return Some((DayRef::fixed(self.today()), next));
        }
        let (direction, next) = if let Some(next) = self.lex.role(at, Role::Next) {
            (1, next)
        } else if let Some(next) = self.lex.role(at, Role::This) {
            (0, next)
        } else {
            return None;
        };
        let next = self.lex.role(next, Role::DayWord)?;
        Some((DayRef::fixed(plus_days(self.today(), direction)), next))
    }

    /// "the 16th of October, Friday", "8pm de la tarde, Domingo": a weekday behind a day of the month.
    fn weekday_behind(&self, day: DayRef, next: usize) -> (DayRef, usize) {
        if day.fixed.is_some() || day.weekday > 0 || day.dom == 0 {
            return (day, next);
        }
        let at = self.comma_or_dot(next);
        let found = self.lex.pick(at, |atom| (atom.weekday > 0).then_some(atom.weekday));
        match found {
            Some((weekday, after)) if at > next => (DayRef { weekday, ..day }, after),
            _ => (day, next),
        }
    }
}
