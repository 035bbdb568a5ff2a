//! Which of the expressions of a sentence is meant: halves joined, corrections obeyed, refusals and what is over left out.
//!
//! Read next: [`super::resolve`].

use super::day::{DayRef, plus_days};
use super::resolve::Expression;
use super::{Found, Reader};
use crate::nlu::entity::{Bound, When, WhenValue};
use crate::nlu::lexicon::Role;
use crate::nlu::token::Kind;
use jiff::ToSpan;

/// The one expression a sentence is about: the best of those found, halves joined, corrections obeyed.
pub(crate) fn choose(reader: &Reader<'_>, found: &[Found], corrected_from: Option<usize>) -> Option<When> {
    let kept = wanted(reader, found);
    let found = kept.as_slice();
    if let Some(again) = corrected_from.and_then(|at| said_again(reader, found, at)) {
        return Some(told(reader, &again, again.expression.end));
    }
    let after = corrected_from.and_then(|mark| found.iter().position(|found| found.expression.end > mark));
    let pool = &found[after.unwrap_or(0)..];
    let best = pool.iter().enumerate().max_by_key(|(i, found)| (weight(&found.expression), std::cmp::Reverse(*i)))?.1;
    if let Some(stay) = stay(reader, found) {
        return Some(stay);
    }
    if let Some(first) = either_before(reader, found, best) {
        return Some(told(reader, &first, best.expression.end));
    }
    let mut chosen = best.clone();
    let mut last_end = best.expression.end;
    // "Tuesday … at three": a day and a time of one wish, apart. After a correction the part not taken back still holds.
    if let Some(bits) = &best.expression.bits {
        for other in found {
            let Some(more) = &other.expression.bits else { continue };
            let mut joined = *bits;
            // "Tuesday at 3, sorry, Wednesday": what a correction leaves out still holds.
            let corrected = after.is_some() && other.start < best.start && more.day.is_some() && more.clock.is_some();
            if corrected && bits.day.is_some() && bits.clock.is_none() && bits.part.is_none() {
                joined.clock = more.clock;
            } else if corrected && !bits.has_day() && bits.clock.is_some() {
                joined.day = more.day;
            } else if bits.day.is_some()
                && bits.clock.is_none()
                && bits.part.is_none()
                && !more.has_day()
                && more.clock.is_some()
            {
                joined.clock = more.clock;
            } else if bits.day.is_some() && bits.clock.is_none() && bits.part.is_none() && more.is_part_only() {
                // "Mornings are best, maybe Wednesday."
                joined.part = more.part;
            } else if bits.is_part_only() && more.day.is_some() && more.clock.is_none() && more.part.is_none() {
                joined.day = more.day;
            } else if !bits.has_day() && bits.clock.is_some() && more.day.is_some() && more.clock.is_none() {
                joined.day = more.day;
                joined.clock = match (bits.clock, more.part) {
                    (Some(clock), Some(slice)) => Some(clock.in_part(slice.part)),
                    (clock, _) => clock,
                };
            } else {
                continue;
            }
            if let Some(expression) = reader.single(&joined) {
                last_end = last_end.max(other.expression.end);
                chosen = Found { start: best.start.min(other.start), expression, over: best.over };
                break;
            }
        }
    }
    if let Some((other, end)) = either(reader, found, &chosen.expression) {
        chosen.expression.alternatives.insert(0, other);
        last_end = last_end.max(end);
    }
    Some(told(reader, &chosen, last_end))
}

fn told(reader: &Reader<'_>, found: &Found, end: usize) -> When {
    let span = reader.lex.tokens.span(trimmed(reader, found.start, end), end);
    When {
        text: reader.lex.tokens.text[span.clone()].to_owned(),
        span,
        value: found.expression.value.clone(),
        alternatives: found.expression.alternatives.clone(),
    }
}

/// Those of the expressions found that are wished: "not Friday" is none; "I can't do Tuesday" and what is over are
/// none beside another.
fn wanted(reader: &Reader<'_>, found: &[Found]) -> Vec<Found> {
    let led = |found: &Found, role| {
        let from = found.start.saturating_sub(LEAD_TOKENS_MAX);
        (from..found.start).any(|i| {
            let skip = |next| reader.lex.skip(next, &[Role::On, Role::At, Role::The, Role::A]);
            let behind = |next| next <= found.start && skip(next) >= found.start;
            reader.lex.role(i, role).is_some_and(behind)
        })
    };
    let refused = |found: &Found| {
        led(found, Role::Refused) || reader.lex.role(found.expression.end, Role::RefusedAfter).is_some()
    };
    let kept: Vec<&Found> = found.iter().filter(|found| !led(found, Role::Not)).collect();
    let open: Vec<Found> = kept.iter().copied().filter(|found| !found.over && !refused(found)).cloned().collect();
    if open.is_empty() { kept.into_iter().cloned().collect() } else { open }
}

/// The longest "can't make it on the" before a day that is refused.
const LEAD_TOKENS_MAX: usize = 6;

/// "Tomorrow at 3, no, 4": a bare number in place of the time before the correction.
fn said_again(reader: &Reader<'_>, found: &[Found], at: usize) -> Option<Found> {
    let before = found.iter().rev().find(|found| found.start < at)?;
    let mut bits = before.expression.bits.filter(|bits| bits.clock.is_some())?;
    let mut i = at;
    while matches!(reader.lex.tokens.kind(i), Some(Kind::Sign(',' | '.' | '-'))) {
        i += 1;
    }
    if found.iter().any(|found| found.expression.end > i) {
        return None;
    }
    let mut again = reader.bits(i, true).filter(|again| !again.has_day() && again.end <= reader.lex.tokens.len())?;
    again.number_as_hour();
    let clock = again.clock?;
    let ends = matches!(reader.lex.tokens.kind(again.end), None | Some(Kind::Sign(_)));
    bits.clock = Some(bits.part.map_or(clock, |slice| clock.in_part(slice.part)));
    bits.end = again.end;
    let expression = reader.single(&bits).filter(|_| ends)?;
    Some(Found { start: before.start, expression, over: false })
}

/// "Tuesday or Wednesday", "at 3 or 4": the second of two, and where it ends.
fn either(reader: &Reader<'_>, found: &[Found], chosen: &Expression) -> Option<(WhenValue, usize)> {
    let comma = if reader.lex.tokens.is_sign(chosen.end, ',') { chosen.end + 1 } else { chosen.end };
    let or = reader.lex.role(comma, Role::Or)?;
    let at = reader.lex.skip(or, &[Role::At, Role::On, Role::The]);
    let mut other = chosen.bits?;
    let more = match found.iter().find(|found| (or..=at).contains(&found.start)) {
        Some(found) => found.expression.bits,
        None => reader.bits(at, true),
    };
    let mut more = more?;
    more.number_as_hour();
    if more.has_day() {
        (other.day, other.days) = (more.day, more.days);
        other.clock = more.clock.or(other.clock);
        other.part = more.part.or(other.part);
    } else {
        other.clock = more.clock;
        other.part = more.part;
    }
    let ends =
        more.has_day() || more.part.is_some() || matches!(reader.lex.tokens.kind(more.end), None | Some(Kind::Sign(_)));
    let other = reader.single(&other).filter(|_| ends)?;
    (other.value != chosen.value).then_some((other.value, more.end))
}

/// "Monday or Tuesday morning": the part said last holds for both, and the first day comes first.
fn either_before(reader: &Reader<'_>, found: &[Found], best: &Found) -> Option<Found> {
    let second =
        best.expression.bits.filter(|bits| bits.day.is_some() && (bits.clock.is_some() || bits.part.is_some()))?;
    let first = found.iter().find(|first| {
        let or = reader.lex.role(first.expression.end, Role::Or);
        or.is_some_and(|next| (next..=reader.lex.skip(next, &[Role::On, Role::The])).contains(&best.start))
    })?;
    let bits =
        first.expression.bits.filter(|bits| bits.day.is_some() && bits.clock.is_none() && bits.part.is_none())?;
    let mut joined = bits;
    (joined.clock, joined.part) = (second.clock, second.part);
    let mut expression = reader.single(&joined)?;
    expression.alternatives.insert(0, best.expression.value.clone());
    Some(Found { start: first.start, expression, over: best.over })
}

impl Reader<'_> {
    /// Whether the words before an expression tell of something that is over: "I was there Tuesday".
    ///
    /// Words before `from`, where the expression before it ends, tell of that one.
    pub(crate) fn is_over(&self, start: usize, from: usize) -> bool {
        let begin = self.lex.skip(start, &[Role::In, Role::On, Role::At, Role::The]);
        for i in (start.saturating_sub(OVER_TOKENS_MAX).max(from)..start).rev() {
            if matches!(self.lex.tokens.kind(i), Some(Kind::Sign(_))) || self.lex.role(i, Role::Booked).is_some() {
                return false;
            }
            if self.lex.role(i, Role::Over).is_some_and(|next| next <= begin) {
                return true;
            }
        }
        false
    }

    /// A day without its year or week as the last such day, not the next.
    pub(crate) fn backwards(&self, expression: &Expression) -> Option<Expression> {
        let mut bits = expression.bits?;
        let day = bits.day.filter(|day| day.fixed.is_none() && day.year.is_none())?;
        let next = day.resolve(self.today())?;
        let back = |months: i32| next.checked_sub(months.months()).ok();
        let last = match (day.weekday, day.dom, day.month) {
            (_, 1.., 1..) => back(12)?,
            (_, 1.., 0) => back(1)?,
            (1.., 0, _) if next == plus_days(self.today(), 7) => plus_days(next, -14),
            (1.., 0, _) => plus_days(next, -7),
            (0, 0, _) => return None,
        };
        bits.day = Some(DayRef { other: None, ..DayRef::fixed(last) });
        self.single(&bits)
    }
}

/// How far before a day its "I was there" may stand, in tokens.
const OVER_TOKENS_MAX: usize = 7;

/// Where something is moved to: the last point named.
pub(crate) fn destination(reader: &Reader<'_>, free: &dyn Fn(usize) -> bool) -> Option<When> {
    let moving = Reader { moves: true, ..*reader };
    let found = moving.all(free);
    let last = found.iter().rev().find(|found| found.expression.bits.is_some())?;
    choose(&moving, std::slice::from_ref(last), None)
}

/// "Arriving on the 4th and checking out on the 13th": two days of one stay.
fn stay(reader: &Reader<'_>, found: &[Found]) -> Option<When> {
    let leave = (0..reader.lex.tokens.len()).find(|i| reader.lex.role(*i, Role::Leave).is_some())?;
    let arrive = (0..reader.lex.tokens.len()).find(|i| reader.lex.role(*i, Role::Arrive).is_some())?;
    let day = |found: &&Found| match found.expression.value {
        WhenValue::Date(date) => Some(date),
        WhenValue::DateTime(_) | WhenValue::Time(_) | WhenValue::Duration(_) | WhenValue::Range { .. } => None,
    };
    let behind = |at: usize| found.iter().find(|found| found.start > at).as_ref().and_then(day);
    let (start, end) = (behind(arrive)?, behind(leave)?);
    let (first, last) = (found.first()?, found.last()?);
    let span = reader.lex.tokens.span(first.start, last.expression.end);
    (start < end).then(|| When {
        text: reader.lex.tokens.text[span.clone()].to_owned(),
        span,
        value: WhenValue::Range { start: Some(Bound::Date(start)), end: Some(Bound::Date(end)) },
        alternatives: Vec::new(),
    })
}

/// Without the small words in front, which belong to the sentence ("on Friday" is "Friday").
fn trimmed(reader: &Reader<'_>, start: usize, end: usize) -> usize {
    let mut at = start;
    let led = |at: usize| {
        let roles = reader.lex.word(at).roles;
        roles.has(Role::On) || roles.has(Role::At) || roles.has(Role::For) && !reader.spanish
    };
    while at + 1 < end && led(at) && reader.lex.word(at).part.is_none() {
        at += 1;
    }
    at
}

/// How much an expression says: a moment more than a day, a day more than a time, a length least.
fn weight(expression: &Expression) -> u8 {
    match &expression.value {
        WhenValue::DateTime(_)
        | WhenValue::Range { start: Some(Bound::DateTime(_)), .. }
        | WhenValue::Range { end: Some(Bound::DateTime(_)), .. } => 6,
        WhenValue::Range { start: Some(_), end: Some(_) } | WhenValue::Date(_) => 5,
        WhenValue::Range { .. } | WhenValue::Time(_) => 4,
        WhenValue::Duration(_) => 1,
    }
}
