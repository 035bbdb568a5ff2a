//! Lengths of time and stretches of days: "half an hour", "in three weeks", "next month", "el resto de la semana".
//!
//! Read next: [`super::combine`].

use super::Reader;
use super::day::{DayRef, monday_of, plus_days};
use super::length::Length;
use crate::nlu::entity::number;
use crate::nlu::lexicon::{Role, Unit};
use crate::nlu::token::Kind;
use jiff::Span;
use jiff::civil::{Date, DateTime};

/// Months of up to so many letters, in full or cut short, are also names and words.
const SHORT_MONTH_LETTERS: usize = 4;

/// A stretch of days: the first, and the one after the last.
pub(crate) type Days = (Date, Date);

/// A day or a moment counted from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Day(Date),
    Moment(DateTime),
}

impl Reader<'_> {
    /// A length of time: "an hour and a half", "30-minutes", "2.5 hrs", "tres cuartos de hora", "half a day".
    pub(crate) fn length(&self, i: usize) -> Option<(Length, usize)> {
        let (mut total, mut next) = self.one_length(i)?;
        // "one hour and 45 minutes", "una hora y media", "1 day, 5 hours".
        for _ in 0..4 {
            let mut at = if self.lex.tokens.is_sign(next, ',') { next + 1 } else { next };
            at = self.lex.role(at, Role::And).or_else(|| self.lex.role(at, Role::AndNumber)).unwrap_or(at);
            let unit = self.unit_before(next);
            let half_at = self.lex.role(at, Role::A).unwrap_or(at);
            if at > next
                && let (Some(after), Some(unit)) = (self.lex.role(half_at, Role::Half), unit)
                && self.unit_at(self.lex.role(after, Role::A).unwrap_or(after)).is_none()
            {
                total = total.plus(Length::of(0.5, unit)?);
                next = after;
                continue;
            }
            if at > next
                && let (Some(after), Some(unit)) = (self.lex.role(half_at, Role::QuarterHour), unit)
                && self.unit_at(after).is_none()
            {
                total = total.plus(Length::of(0.25, unit)?);
                next = after;
                continue;
            }
            let Some((more, after)) = self.one_length(at) else { break };
            total = total.plus(more);
            next = after;
        }
        Some((total, next))
    }

    fn unit_before(&self, i: usize) -> Option<Unit> {
        self.lex.word(i.checked_sub(1)?).unit
    }

    pub(crate) fn unit_at(&self, i: usize) -> Option<(Unit, usize)> {
        self.lex.pick(i, |atom| atom.unit.filter(|unit| *unit != Unit::Weekend))
    }

    fn one_length(&self, i: usize) -> Option<(Length, usize)> {
        if let Some(next) = self.lex.role(i, Role::Whole) {
            let next = if self.lex.tokens.is_sign(next, '-') { next + 1 } else { next };
            return self.unit_at(next).and_then(|(unit, next)| Some((Length::of(1.0, unit)?, next)));
        }
        // "half an hour", "half day", "a quarter of an hour", "tres cuartos de hora", "media hora".
        let fraction = self.fraction(i);
        if let Some((value, next)) = fraction {
            let next = self.lex.skip(next, &[Role::Of, Role::A]);
            if let Some((unit, next)) = self.unit_at(next) {
                return Some((Length::of(value, unit)?, next));
            }
        }
        let (count, next) = self.count(i)?;
        let glue = if self.lex.tokens.is_sign(next, '-') { next + 1 } else { next };
        // "two and a half hours", "one and half hour".
        if let Some(at) = self.lex.role(glue, Role::And).or_else(|| self.lex.role(glue, Role::AndNumber)) {
            let at = self.lex.role(at, Role::A).unwrap_or(at);
            if let Some(half) = self.lex.role(at, Role::Half)
                && let Some((unit, next)) = self.unit_at(self.lex.skip(half, &[Role::A, Role::Of]))
            {
                return Some((Length::of(count + 0.5, unit)?, next));
            }
        }
        let (unit, next) = self.unit_at(self.lex.role(glue, Role::Of).unwrap_or(glue))?;
        // "hora" alone and "h" alone are counted; a unit behind "of" needs a count that asks for it.
        Some((Length::of(count, unit)?, next))
    }

    fn fraction(&self, i: usize) -> Option<(f64, usize)> {
        if let (Some((_, 1)), true, Some((_, below))) =
            (self.lex.tokens.figures(i), self.lex.tokens.is_sign(i + 1, '/'), self.lex.tokens.figures(i + 2))
        {
            return ((2..=4).contains(&below)).then(|| (1.0 / below as f64, i + 3));
        }
        let start = self.lex.role(i, Role::A).unwrap_or(i);
        if let Some(next) = self.lex.role(start, Role::Half) {
            return Some((0.5, next));
        }
        if let Some(next) = self.lex.role(start, Role::QuarterHour) {
            return Some((0.25, next));
        }
        let (count, next) = number::small(self.lex, i)?;
        let next = self.lex.role(next, Role::QuarterHour)?;
        (count == 3).then_some((0.75, next))
    }

    /// How many: a number, "a", "a couple of", "a few".
    fn count(&self, i: usize) -> Option<(f64, usize)> {
        let tokens = self.lex.tokens;
        if let Some((length, value)) = tokens.figures(i) {
            let point = ['.', ','].into_iter().any(|sign| tokens.is_sign(i + 1, sign))
                && tokens.glued(i + 1)
                && tokens.glued(i + 2);
            if let (true, Some((decimals, part))) = (point, tokens.figures(i + 2)) {
                return Some((value as f64 + part as f64 / 10f64.powi(i32::try_from(decimals).unwrap_or(9)), i + 3));
            }
            return (length <= 5).then_some((value as f64, i + 1));
        }
        let a = self.lex.role(i, Role::A);
        let couple = a.unwrap_or(i);
        if let Some(next) = self.lex.role(couple, Role::Couple) {
            return Some((2.0, self.lex.role(next, Role::Of).unwrap_or(next)));
        }
        if let Some(next) = self.lex.role(couple, Role::Few) {
            return Some((3.0, self.lex.role(next, Role::Of).unwrap_or(next)));
        }
        if let Some((value, next)) = number::spoken(self.lex, i) {
            // "twenty and four hours" is dialect, but people say it.
            if let Some(at) = self.lex.role(next, Role::And)
                && let Some((unit, after)) = number::small(self.lex, at)
                && value >= 20.0
                && value % 10.0 == 0.0
                && unit < 10
            {
                return Some((value + f64::from(unit), after));
            }
            return Some((value, next));
        }
        a.map(|next| (1.0, next))
    }

    /// A day or moment counted from now or from another day: "in two weeks", "3 days ago", "hace dos horas",
    /// "10 days from now", "three weeks from tomorrow", "30 minutes later", "dentro de tres semanas".
    pub(crate) fn counted(&self, i: usize) -> Option<(Counted, usize)> {
        if let Some(at) = self.lex.role(i, Role::AgoBefore)
            && let Some((length, next)) = self.length(at)
        {
            return Some((self.count_from_now(length, -1)?, next));
        }
        let led = self.lex.role(i, Role::In).filter(|_| self.lex.role(i, Role::On).is_none() || !self.spanish);
        let led = led.map(|at| self.lex.role(at, Role::About).unwrap_or(at));
        let (length, next) = self.length(led.unwrap_or(i))?;
        if let Some(after) = self.lex.role(next, Role::Ago) {
            return Some((self.count_from_now(length, -1)?, after));
        }
        let from = self.lex.role(next, Role::From).or_else(|| self.lex.role(next, Role::After)).map(|at| (at, 1));
        let from = from.or_else(|| Some((self.lex.role(next, Role::Before)?, -1)));
        if let Some((at, sign)) = from
            && let Some((day, after)) = self.day(at)
            && let Some(day) = day.resolve(self.today())
            && length.is_of_days()
        {
            return Some((Counted::Day(length.after_day(day, sign)?), after));
        }
        if let Some(after) = self.lex.role(next, Role::FromNow) {
            return Some((self.count_from_now(length, 1)?, after));
        }
        // "in the morning", "in a meeting" never come here; "in 3 days" does. "en una hora": with a number, from now.
        led?;
        Some((self.count_from_now(length, 1)?, next))
    }

    fn count_from_now(&self, length: Length, sign: i64) -> Option<Counted> {
        if length.is_of_days() {
            return length.after_day(self.today(), sign).map(Counted::Day);
        }
        self.moment_from_now(length, sign).map(Counted::Moment)
    }

    /// The reading of the clock so much later or earlier than now.
    pub(crate) fn moment_from_now(&self, length: Length, sign: i64) -> Option<DateTime> {
        let at = length.after_instant(self.instant, sign)?;
        Some(at.date().at(at.hour(), at.minute(), 0, 0))
    }

    /// A week named from this one: "next week", "la semana que viene", "the coming week".
    pub(crate) fn week(&self, i: usize) -> Option<(Days, usize)> {
        let (days, next, unit) = self.relative_period(i)?;
        (unit == Unit::Week).then_some((days, next))
    }

    /// Days that have a name together: "next month", "this weekend", "March 2014", "2014", "the week of the 18th".
    pub(crate) fn period_of_days(&self, i: usize) -> Option<(Days, usize)> {
        let found = self
            .week_of(i)
            .or_else(|| self.working_week(i))
            .or_else(|| self.week_beside(i))
            .or_else(|| self.nth_period(i))
            .or_else(|| self.relative_period(i).map(|(days, next, _)| (days, next)));
        found.or_else(|| self.named_month(i)).or_else(|| self.named_year(i))
    }

    fn relative_period(&self, i: usize) -> Option<(Days, usize, Unit)> {
        let at = self.lex.skip(i, &[Role::The]);
        let direction = [(Role::Next, 1), (Role::Last, -1), (Role::This, 0)]
            .into_iter()
            .find_map(|(role, step)| Some((step, self.lex.role(at, role)?)));
        let at = direction.map_or(at, |(_, next)| next);
        let (unit, mut next) = self.lex.pick(at, |atom| atom.unit)?;
        let step = match direction {
            Some((step, _)) => step,
            None => {
                if let Some(after) = self.lex.role(next, Role::FollowsNextNext) {
                    next = after;
                    2
                } else if let Some(after) = self.lex.role(next, Role::FollowsNext) {
                    next = after;
                    1
                } else if let Some(after) = self.lex.role(next, Role::FollowsLast) {
                    next = after;
                    -1
                } else if at > i || unit == Unit::Weekend || self.unit_may_stand_alone {
                    0
                } else {
                    return None;
                }
            }
        };
        let today = self.today();
        let monday = plus_days(monday_of(today), step * 7);
        let days = match unit {
            Unit::Week => (monday, plus_days(monday, 7)),
            Unit::Weekend => (plus_days(monday, 5), plus_days(monday, 7)),
            Unit::Month => {
                let first = today.first_of_month().checked_add(Span::new().months(step)).ok()?;
                (first, first.checked_add(Span::new().months(1)).ok()?)
            }
            Unit::Year => {
                let first = Date::new(today.year().checked_add(i16::try_from(step).ok()?)?, 1, 1).ok()?;
                (first, first.checked_add(Span::new().years(1)).ok()?)
            }
            Unit::Quarter => {
                let first = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
                let first = first.checked_add(Span::new().months(3 * step)).ok()?;
                (first, first.checked_add(Span::new().months(3)).ok()?)
            }
            Unit::Second | Unit::Minute | Unit::Hour | Unit::Day | Unit::Workday | Unit::Fortnight | Unit::Decade => {
                return None;
            }
        };
        Some((days, next, unit))
    }

    /// "the week of the 18th", "la semana que comienza el 4 de febrero".
    fn week_of(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let ((), next) = self.lex.pick(at, |atom| (atom.unit == Some(Unit::Week)).then_some(()))?;
        let of = self.lex.role(next, Role::Starting).or_else(|| self.lex.role(next, Role::Of))?;
        let of = self.lex.skip(of, &[Role::On, Role::Of]);
        let (day, next) = self.day(of).or_else(|| {
            let (dom, next) = number::small(self.lex, self.lex.skip(of, &[Role::The]))?;
            let dom = u8::try_from(dom).ok().filter(|dom| (1..=31).contains(dom))?;
            Some((DayRef { dom, ..DayRef::default() }, next))
        })?;
        let day = day.resolve(self.today())?;
        let monday = monday_of(day);
        Some(((monday, plus_days(monday, 7)), next))
    }

    /// "la última semana de julio", "the first week of next month", "the third month of 2021".
    fn nth_period(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let (nth, next) = match self.lex.role(at, Role::Last) {
            Some(next) => (-1, next),
            None => number::ordinal(self.lex, at).map(|(nth, next)| (i32::try_from(nth).unwrap_or(0), next))?,
        };
        let (unit, next) = self.lex.pick(next, |atom| atom.unit)?;
        let of = self.lex.role(next, Role::Of).or_else(|| self.lex.role(next, Role::In))?;
        let of = self.lex.skip(of, &[Role::The]);
        let ((start, end), next) = self
            .relative_period(of)
            .map(|(days, next, _)| (days, next))
            .or_else(|| self.named_month(of))
            .or_else(|| self.named_year(of))?;
        let days = match (unit, nth) {
            (Unit::Week, -1) => {
                let monday = monday_of(plus_days(end, -1));
                // A last week that is mostly the next month's is not meant.
                let monday = if plus_days(monday, 3) >= end { plus_days(monday, -7) } else { monday };
                (monday, plus_days(monday, 7))
            }
            (Unit::Week, nth) => {
                let monday = monday_of(plus_days(start, 3));
                let monday = plus_days(monday, 7 * (nth - 1));
                (monday, plus_days(monday, 7))
            }
            (Unit::Month, nth @ 1..=12) => {
                let first = start.checked_add(Span::new().months(nth - 1)).ok()?;
                (first, first.checked_add(Span::new().months(1)).ok()?)
            }
            (Unit::Month, -1) => (plus_days(end, -1).first_of_month(), end),
            _ => return None,
        };
        (days.0 < end).then_some((days, next))
    }

    /// "March", "next March", "October 2014", "abril de 2018".
    pub(crate) fn named_month(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.skip(i, &[Role::The]);
        let direction =
            [Role::Next, Role::Last, Role::This].into_iter().find_map(|role| Some((role, self.lex.role(at, role)?)));
        let at = direction.map_or(at, |(_, next)| next);
        let (month, mut next) = self.lex.pick(at, |atom| (atom.month > 0).then_some(atom.month))?;
        let month = i8::try_from(month).ok()?;
        let today = self.today();
        if self.lex.tokens.is_sign(next, '.') && self.lex.tokens.glued(next) && self.lex.tokens.len() > next + 1 {
            next += 1;
        }
        let year_at = if self.lex.tokens.is_sign(next, ',') { next + 1 } else { next };
        let year_at = self.lex.skip(year_at, &[Role::Of, Role::The]);
        if let Some((year, after)) = self.year(year_at, false) {
            let first = Date::new(year, month, 1).ok()?;
            return Some(((first, first.checked_add(Span::new().months(1)).ok()?), after));
        }
        // "may" and "march" are verbs more often than months: alone they need a capital or a word that asks for them.
        let verb = |next: usize| {
            self.lex.tokens.kind(next) == Some(Kind::Word)
                && self.lex.word(next) == crate::nlu::lexicon::Atom::default()
        };
        if self.month_is_doubtful(i, at) && (direction.is_none() || verb(next)) {
            return None;
        }
        let mut year = today.year();
        match direction.map(|(role, _)| role) {
            Some(Role::Last) => year -= i16::from(month >= today.month()),
            Some(Role::This) => {}
            _ => year += i16::from(month < today.month()),
        }
        let first = Date::new(year, month, 1).ok()?;
        Some(((first, first.checked_add(Span::new().months(1)).ok()?), next))
    }

    fn month_is_doubtful(&self, i: usize, at: usize) -> bool {
        if !self.lex.word(at).roles.has(Role::Doubtful) {
            return false;
        }
        let asked = i > 0
            && [Role::In, Role::Of, Role::Until, Role::From, Role::Since, Role::Before, Role::After]
                .into_iter()
                .any(|role| self.lex.word(i - 1).roles.has(role));
        // A capital inside a sentence makes a long name a month; "May" is also a person.
        let written =
            at > 0 && self.lex.tokens.list[at].capital && self.lex.tokens.folded(at).len() > SHORT_MONTH_LETTERS;
        !(asked || self.lex.tokens.len() <= 2 || written)
    }

    /// "2014", "in 2014", "the year 2014".
    fn named_year(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.role(self.lex.skip(i, &[Role::The]), Role::Year).unwrap_or(i);
        let led = at > i
            || i > 0
                && [Role::In, Role::Of, Role::Since, Role::Until, Role::From, Role::After, Role::Before]
                    .into_iter()
                    .any(|role| self.lex.word(i - 1).roles.has(role));
        let (year, next) = self.year(at, false)?;
        let counted = self.lex.tokens.kind(next) == Some(Kind::Word)
            && self.lex.word(next) == crate::nlu::lexicon::Atom::default();
        if !led || counted {
            return None;
        }
        let first = Date::new(year, 1, 1).ok()?;
        Some(((first, first.checked_add(Span::new().years(1)).ok()?), next))
    }

    /// "early next week", "mid March", "end of the month", "rest of the week", "later this month".
    #[expect(clippy::wildcard_enum_match_arm, reason = "of all roles only the six looked for come here")]
    pub(crate) fn slice_of_period(&self, i: usize) -> Option<(Days, usize)> {
        let at = self.lex.skip(i, &[Role::At, Role::In, Role::The]);
        // "fin de semana" is the weekend, no end of a week.
        if self.lex.phrase(at).is_some_and(|(atom, _)| atom.unit == Some(Unit::Weekend)) {
            return None;
        }
        let roles = [Role::Begin, Role::Middle, Role::End, Role::Rest, Role::Early, Role::Late];
        let (role, next) = roles.into_iter().find_map(|role| Some((role, self.lex.role(at, role)?)))?;
        let of = self.lex.skip(next, &[Role::Of, Role::In]);
        let of = self.lex.role(of, Role::The).unwrap_or(of);
        let bare = Self { unit_may_stand_alone: true, ..*self };
        let ((start, end), next) = bare.period_of_days(of)?;
        let length = start.until(end).map_or(0, |span| span.get_days());
        if length > 100 {
            // Of a year: its first quarter, its middle, its last third.
            let month = |month: i8| Date::new(start.year(), month, 1).ok();
            let days = match role {
                Role::Begin | Role::Early => (start, month(4)?),
                Role::Middle => (month(5)?, month(9)?),
                Role::Rest => (self.today().max(start), end),
                Role::End | Role::Late => (month(9)?, end),
                _ => return None,
            };
            return Some((days, next));
        }
        let third = if length <= 7 { 3 } else { 10 };
        let days = match role {
            Role::Begin | Role::Early => (start, plus_days(start, third)),
            Role::Middle => {
                let first = plus_days(start, if length <= 7 { 2 } else { 10 });
                (first, plus_days(first, third))
            }
            Role::Rest => (self.today().max(start), plus_days(end, -1)),
            Role::Late if start <= self.today() => (self.today(), end),
            // The end of a month begins on the 21st, as its beginning ends on the 10th.
            _ => (if length <= 7 { plus_days(end, -3) } else { plus_days(start, 20) }, end),
        };
        Some((days, next))
    }
}
