//! Stretches measured by a length: "for 10 days from the 18th", "the next three days", "within a week".
//!
//! Read next: [`super::period`] for lengths, [`super::resolve`] for what a point comes to.

use super::Reader;
use super::combine::Bits;
use super::day::plus_days;
use super::length::Length;
use super::period::Counted;
use super::resolve::{Expression, end_time};
use crate::nlu::entity::{Bound, WhenValue};
use crate::nlu::lexicon::{Role, Unit};
use crate::nlu::token::Kind;

impl Reader<'_> {
    /// "for 10 days from the 18th", "3 hours from 10 am", "from 9 for 2.5 hrs".
    pub(crate) fn lasting(&self, i: usize) -> Option<Expression> {
        let at = self.lex.role(i, Role::For).unwrap_or(i);
        if let Some((length, next)) = self.length(at).filter(|_| at > i) {
            let comma = if self.lex.tokens.is_sign(next, ',') { next + 1 } else { next };
            let from = self.lex.role(comma, Role::From).or_else(|| self.lex.role(comma, Role::Starting))?;
            let mut bits = self.bits(from, true)?;
            bits.number_as_hour();
            return self.stretch(&bits, length, bits.end);
        }
        let from = self.lex.role(i, Role::From).unwrap_or(i);
        let mut bits = self.bits(from, from > i)?;
        let for_at = self.lex.role(bits.end, Role::For)?;
        let (length, next) = self.length(for_at)?;
        bits.number_as_hour();
        self.stretch(&bits, length, next)
    }

    fn stretch(&self, bits: &Bits, length: Length, end: usize) -> Option<Expression> {
        let one = |value: &WhenValue| -> Option<WhenValue> {
            Some(match value {
                WhenValue::Date(day) if length.is_of_days() => WhenValue::Range {
                    start: Some(Bound::Date(*day)),
                    end: Some(Bound::Date(length.after_day(*day, 1)?)),
                },
                WhenValue::Time(time) => {
                    let at = self.today().to_datetime(*time);
                    WhenValue::Range {
                        start: Some(Bound::Time(*time)),
                        end: Some(Bound::Time(length.after_moment(at, 1)?.time())),
                    }
                }
                WhenValue::DateTime(at) => WhenValue::Range {
                    start: Some(Bound::DateTime(*at)),
                    end: Some(Bound::DateTime(length.after_moment(*at, 1)?)),
                },
                WhenValue::Date(_) | WhenValue::Duration(_) | WhenValue::Range { .. } => return None,
            })
        };
        let point = self.single(bits)?;
        let alternatives = point.alternatives.iter().filter_map(one).collect();
        Some(Expression { value: one(&point.value)?, alternatives, end, bits: None })
    }

    /// "next 3 days", "the last two weeks", "within 5 days", "los próximos tres días", "la próxima hora".
    pub(crate) fn coming(&self, i: usize) -> Option<Expression> {
        let at = self.lex.skip(i, &[Role::In, Role::For, Role::The]);
        if let Some(of) = self.lex.role(at, Role::Rest) {
            // "the rest of the day".
            let of = self.lex.skip(of, &[Role::Of]);
            let day = self
                .lex
                .role(of, Role::This2)
                .or_else(|| self.lex.role(self.lex.skip(of, &[Role::The]), Role::DayWord))?;
            let (start, end) = (self.now_minute(), self.today().to_datetime(end_time(24)));
            let value = WhenValue::Range { start: Some(Bound::DateTime(start)), end: Some(Bound::DateTime(end)) };
            return Some(Expression::plain(value, day));
        }
        if let Some(found) = self.minutes_ahead(i) {
            return Some(found);
        }
        let within = self.lex.role(at, Role::Within);
        let at = self.lex.skip(within.unwrap_or(at), &[Role::The]);
        let (sign, at) = match (self.lex.role(at, Role::Next), self.lex.role(at, Role::Last)) {
            (Some(next), _) => (1, next),
            (None, Some(next)) => (-1, next),
            (None, None) => (1, within?),
        };
        // "la próxima hora" is one hour; "next week" is a period with a name and read elsewhere.
        let (length, next) = self.length(at).or_else(|| {
            let (unit, next) = self.unit_at(at)?;
            let seconds = if unit == Unit::Hour { 3_600 } else { 60 };
            matches!(unit, Unit::Hour | Unit::Minute).then_some((Length { seconds, ..Length::default() }, next))
        })?;
        let next = self.lex.role(next, Role::FromNow).unwrap_or(next);
        if within.is_some() {
            let from = self.lex.role(next, Role::From).and_then(|at| self.day(at)).filter(|_| length.is_of_days());
            if let Some((day, after)) = from {
                let day = day.resolve(self.today())?;
                let value = WhenValue::Range {
                    start: Some(Bound::Date(day)),
                    end: Some(Bound::Date(length.after_day(day, 1)?)),
                };
                return Some(Expression::plain(value, after));
            }
        }
        if length.is_of_days() {
            let first = if within.is_some() || sign < 0 { self.today() } else { plus_days(self.today(), 1) };
            let other = length.after_day(first, sign)?;
            let (start, end) = if sign > 0 { (first, other) } else { (other, first) };
            let value = WhenValue::Range { start: Some(Bound::Date(start)), end: Some(Bound::Date(end)) };
            return Some(Expression::plain(value, next));
        }
        let now = self.now_minute();
        let other = self.moment_from_now(length, sign)?;
        let (start, end) = if sign > 0 { (now, other) } else { (other, now) };
        let value = WhenValue::Range { start: Some(Bound::DateTime(start)), end: Some(Bound::DateTime(end)) };
        Some(Expression::plain(value, next))
    }

    /// "in 15" at the end of what is said: minutes.
    fn minutes_ahead(&self, i: usize) -> Option<Expression> {
        let at = self.lex.role(i, Role::In).filter(|_| !self.spanish)?;
        let (_, minutes) =
            self.lex.tokens.figures(at).filter(|(length, value)| *length <= 2 && (1..60).contains(value))?;
        let ends = at + 1 >= self.lex.tokens.len()
            || matches!(self.lex.tokens.kind(at + 1), Some(Kind::Sign('.' | '!' | '?')));
        let length = Length { seconds: i64::try_from(minutes).ok()? * 60, ..Length::default() };
        ends.then(|| {
            self.moment_from_now(length, 1).map(|moment| Expression::plain(WhenValue::DateTime(moment), at + 1))
        })?
    }

    /// The present, as "now", "right now", "as soon as possible".
    pub(crate) fn present(&self, i: usize) -> Option<(Counted, usize)> {
        self.lex.role(i, Role::Now).map(|next| (Counted::Moment(self.now_minute()), next))
    }
}
