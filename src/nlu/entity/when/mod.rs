//! Dates and times in words.
//!
//! Words become meanings once ([`crate::nlu::lexicon::Lexed`]); from each word on, the readers try every kind of
//! expression and the longest wins. Reference time, customs of the place and the question asked are arguments.
//!
//! Invariant: a span lies inside the text, and the same words at the same reference time give the same answer.
//! Read next: [`clock`], [`day`], [`period`] for the parts, [`combine`] and [`resolve`] for the whole,
//! [`choose`] for which of several is meant.

pub(crate) mod beside;
pub(crate) mod choose;
pub(crate) mod clock;
pub(crate) mod combine;
pub(crate) mod day;
pub(crate) mod feast;
pub(crate) mod length;
pub(crate) mod period;
pub(crate) mod resolve;
pub(crate) mod stretch;
pub(crate) mod written;

use super::{Bound, WhenValue};
use crate::nlu::lexicon::{Lexed, Role};
use crate::nlu::token::Kind;
pub(crate) use choose::{choose, destination};
use combine::Bits;
use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use period::Counted;
use resolve::Expression;

/// Most expressions looked at in one sentence; more is a list, of which the first few are enough.
const EXPRESSIONS_MAX: usize = 8;

/// Reads expressions of time in one sentence.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent circumstances of one reading, each named and explained")]
pub(crate) struct Reader<'a> {
    /// The sentence.
    pub(crate) lex: &'a Lexed<'a>,
    /// The reference time, local to the business.
    pub(crate) now: DateTime,
    /// The same as an instant, to count hours from.
    pub(crate) instant: &'a Zoned,
    /// Spanish rather than English.
    pub(crate) spanish: bool,
    /// "4/5" is the fifth of April.
    pub(crate) month_first: bool,
    /// The hours in which a bare "three" is meant.
    pub(crate) hours: Option<(Time, Time)>,
    /// A day was asked for: "the second" is one.
    pub(crate) expects_day: bool,
    /// A time was asked for: "three" is one.
    pub(crate) expects_time: bool,
    /// A plain "month" or "week" counts ("end of month").
    pub(crate) unit_may_stand_alone: bool,
    /// A time stands before: "seven on 15", "8pm del 15".
    pub(crate) after_clock: bool,
    /// Inside "from … to …", "between … and …": "5 and 10" are two times, "10 to 11" is no clock face.
    pub(crate) in_range: bool,
    /// "from Monday to Wednesday" moves something from one day to another and is no range.
    pub(crate) moves: bool,
}

/// An expression and where it stands, in tokens.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) expression: Expression,
    /// The sentence tells of it as something that is over.
    pub(crate) over: bool,
}

impl Reader<'_> {
    pub(crate) fn today(&self) -> Date {
        self.now.date()
    }

    /// The reference time without its seconds: people speak in minutes.
    pub(crate) fn now_minute(&self) -> DateTime {
        let time = self.now.time();
        self.now.date().at(time.hour(), time.minute(), 0, 0)
    }

    /// Every expression of time, in order, not overlapping. `free` says which tokens may be read.
    pub(crate) fn all(&self, free: &dyn Fn(usize) -> bool) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut i = 0;
        while i < self.lex.tokens.len() && found.len() < EXPRESSIONS_MAX {
            if !free(i) || !self.may_start(i) {
                i += 1;
                continue;
            }
            match self.expression(i).filter(|expression| expression.end > i && (i..expression.end).all(free)) {
                Some(expression) => {
                    let next = expression.end;
                    let over = self.is_over(i, found.last().map_or(0, |last: &Found| last.expression.end));
                    let past = if over { self.backwards(&expression) } else { None };
                    found.push(Found { start: i, expression: past.unwrap_or(expression), over });
                    i = next;
                }
                None => i += 1,
            }
        }
        found
    }

    /// A cheap look: does anything here mean anything to dates?
    fn may_start(&self, i: usize) -> bool {
        let known = self.lex.word(i) != crate::nlu::lexicon::Atom::default() || self.lex.phrase(i).is_some();
        // In the middle of a number or a code nothing starts.
        let glued = i > 0
            && self.lex.tokens.glued(i)
            && matches!(
                self.lex.tokens.kind(i - 1),
                Some(Kind::Figures | Kind::Sign('.' | '/' | '-' | '@' | '_' | '+' | ')'))
            );
        match self.lex.tokens.kind(i) {
            Some(Kind::Figures) => {
                !(glued
                    && i > 1
                    && self.lex.tokens.glued(i - 1)
                    && self.lex.tokens.kind(i - 2).is_some_and(|kind| !matches!(kind, Kind::Sign(_))))
            }
            Some(Kind::Word) => known,
            Some(Kind::Sign(_)) | None => false,
        }
    }

    /// The longest expression that starts at `i`.
    pub(crate) fn expression(&self, i: usize) -> Option<Expression> {
        let mut best: Option<Expression> = None;
        let mut offer = |candidate: Option<Expression>| {
            if let Some(candidate) = candidate
                && best.as_ref().is_none_or(|best| candidate.end > best.end)
            {
                best = Some(candidate);
            }
        };
        offer(self.lasting(i));
        if !self.moves {
            offer(self.range_at(i));
        }
        offer(self.coming(i));
        offer(self.open(i));
        offer(self.point(i));
        offer(self.bare_length(i));
        best
    }

    /// A single point or stretch, led by "at", "on", "in" or nothing.
    fn point(&self, i: usize) -> Option<Expression> {
        if let Some((Counted::Moment(moment), end)) = self.present(i) {
            let value = WhenValue::DateTime(moment);
            return Some(Expression { value, alternatives: Vec::new(), end, bits: None });
        }
        let mut bits = self.bits(i, self.expects_time)?;
        let led = self.lex.role(i, Role::At).is_some() || self.lex.role(i, Role::About).is_some();
        if bits.number.is_some() {
            if bits.is_empty() && !(led || self.expects_time) {
                return None;
            }
            if self.expects_day && !led && bits.is_empty() {
                bits.number_as_day();
            }
            bits.number_as_hour();
        }
        // "3 pm or later on Monday", "January the 1st and later": open towards the future.
        if let Some(after) = self.lex.role(bits.end, Role::AndLater) {
            let more = self.bits(after, false).filter(|more| more.has_day() && !bits.has_day() && more.clock.is_none());
            let end = more.map_or(after, |more| more.end);
            bits.day = bits.day.or(more.and_then(|more| more.day));
            let (start, _) = self.bound(&bits, false)?;
            let value = WhenValue::Range { start: Some(start), end: None };
            return Some(Expression { value, alternatives: Vec::new(), end, bits: None });
        }
        if let Some(end) = self.lex.role(bits.end, Role::OrEarlier) {
            let (last, _) = self.bound(&bits, true)?;
            let value = WhenValue::Range { start: None, end: Some(last) };
            return Some(Expression { value, alternatives: Vec::new(), end, bits: None });
        }
        self.single(&bits)
    }

    /// "from X to Y", "between X and Y", "X - Y", with a day or part in front or behind.
    fn range_at(&self, i: usize) -> Option<Expression> {
        let plain = self.range_behind(i, None);
        let led = self.leading_day(i).and_then(|day| self.range_behind(i, Some(day)));
        match (plain, led) {
            (Some(plain), Some(led)) => Some(if led.end > plain.end { led } else { plain }),
            (plain, led) => plain.or(led),
        }
    }

    /// A range at `i`, or behind the day that stands there.
    fn range_behind(&self, i: usize, day: Option<Bits>) -> Option<Expression> {
        let mut at = i;
        if let Some(day) = &day {
            at = day.end;
            if self.lex.tokens.is_sign(at, ',') {
                at += 1;
            }
        }
        let at_words = self.lex.skip(at, &[Role::For]);
        let opened = self.lex.role(at_words, Role::Between).map(|next| (next, true));
        let opened = opened.or_else(|| {
            self.lex
                .role(at_words, Role::From)
                .or_else(|| self.lex.role(at_words, Role::LaterThan))
                .map(|next| (next, false))
        });
        let (from, between) = opened.unwrap_or((at, false));
        let from = self.lex.skip(from, &[Role::From, Role::At]);
        let reader = Self { in_range: opened.is_some(), ..*self };
        let mut a = reader.bits_or_now(from, opened.is_some() || day.is_some())?;
        let to = self.range_link(a.end, between, opened.is_some())?;
        let to = self.lex.skip(to, &[Role::At, Role::From]);
        let mut b = reader.bits_or_now(to, true)?;
        if let Some(day) = day {
            if a.has_day() || b.has_day() && !b.day_first {
                return None;
            }
            a.day = day.day;
            a.part = a.part.or(day.part);
            a.day_first = true;
        }
        let mut expression = self.range(a, b)?;
        // "between 9:30 and 11:00 on Thursday" is read inside `b`; "from 4 to 23 in next month" needs its month here.
        if b.is_empty() && b.number.is_some() && a.number.is_some() {
            let of = self.lex.skip(b.end, &[Role::Of, Role::In, Role::The]);
            if let Some((days, next)) = self.period_of_days(of).or_else(|| self.period_of_days(b.end)) {
                b.days = Some(days);
                b.end = next;
                expression = Self::days_of(&a, &b, days)?;
            }
        }
        Some(expression)
    }

    /// "4 to 23 next month": two numbers as days of that month.
    fn days_of(a: &Bits, b: &Bits, days: period::Days) -> Option<Expression> {
        let day = |number: Option<u16>| {
            let day = day::plus_days(days.0, i32::from(number?) - 1);
            (day < days.1).then_some(Bound::Date(day))
        };
        let value = WhenValue::Range { start: Some(day(a.number)?), end: Some(day(b.number)?) };
        Some(Expression { value, alternatives: Vec::new(), end: b.end, bits: None })
    }

    /// A day, or a part of a day, that stands before a range of times.
    fn leading_day(&self, i: usize) -> Option<Bits> {
        let bits = self.bits(i, false)?;
        let only_day = bits.day.is_some() && bits.clock.is_none() && bits.moment.is_none();
        if only_day {
            return Some(bits);
        }
        // "Friday 7 to 9": the 7 was taken as the hour of Friday; give it back.
        let (day, next) = self.day(self.lex.skip(i, &[Role::On, Role::The])).or_else(|| self.day(i))?;
        Some(Bits { day: Some(day), day_first: true, end: next, ..Bits::default() })
    }

    fn bits_or_now(&self, i: usize, bare: bool) -> Option<Bits> {
        if let Some((Counted::Moment(moment), end)) = self.present(i) {
            return Some(Bits { moment: Some(moment), end, ..Bits::default() });
        }
        self.bits(i, bare)
    }

    /// The word between two sides of a range.
    fn range_link(&self, i: usize, between: bool, opened: bool) -> Option<usize> {
        let at = if self.lex.tokens.is_sign(i, ',') { i + 1 } else { i };
        if self.lex.tokens.is_sign(at, '-') {
            return Some(at + 1);
        }
        let link = self.lex.role(at, Role::Until).or_else(|| self.lex.role(at, Role::Through));
        let and = || self.lex.role(at, Role::And).filter(|_| between);
        let but = || self.lex.role(at, Role::Before).filter(|_| opened);
        link.or_else(and).or_else(but)
    }

    /// "after 2 pm", "before Friday", "until tomorrow", "since August", "a partir de mañana", "Thursday before 5pm".
    fn open(&self, i: usize) -> Option<Expression> {
        let day = self.leading_day(i).filter(|day| day.part.is_none());
        let at = day.as_ref().map_or(i, |day| day.end);
        let kinds = [
            (Role::After, true),
            (Role::Since, true),
            (Role::Before, false),
            (Role::Until, false),
            (Role::Through, false),
            (Role::From, true),
            (Role::LaterThan, true),
        ];
        let (role, starts, next) =
            kinds.into_iter().find_map(|(role, starts)| Some((role, starts, self.lex.role(at, role)?)))?;
        // Spanish "a las" and "de" only open a range that is closed; alone they are "at" and "of".
        if self.spanish && (role == Role::From || role == Role::Until && self.lex.role(at, Role::Opening).is_none()) {
            return None;
        }
        // "to Friday" is where something moves, not until when.
        if self.lex.word(at).roles.has(Role::Target) {
            return None;
        }
        let next = self.lex.skip(next, &[Role::At]);
        let mut bits = self.bits_or_now(next, !matches!(role, Role::From) || self.expects_time)?;
        let hour_asked = self.expects_time
            || matches!(role, Role::After | Role::Before)
            || self.spanish && self.lex.word(next.saturating_sub(1)).roles.has(Role::Feminine);
        if bits.is_empty() && bits.number.is_some() && !hour_asked {
            return None;
        }
        // "from" alone opens a time; before a day it is usually "the one from Friday".
        if let Some(day) = day {
            if bits.has_day() {
                return None;
            }
            bits.day = day.day;
        }
        let (bound, other) = self.bound(&bits, role == Role::After)?;
        let value = |bound| {
            if starts {
                WhenValue::Range { start: Some(bound), end: None }
            } else {
                WhenValue::Range { start: None, end: Some(bound) }
            }
        };
        Some(Expression {
            value: value(bound),
            alternatives: other.map(value).into_iter().collect(),
            end: bits.end,
            bits: None,
        })
    }

    /// A length of time on its own.
    fn bare_length(&self, i: usize) -> Option<Expression> {
        let at = self.lex.role(i, Role::For).unwrap_or(i);
        let (length, end) = self.length(at)?;
        let value = WhenValue::Duration(length.in_seconds());
        Some(Expression { value, alternatives: Vec::new(), end, bits: None })
    }
}
