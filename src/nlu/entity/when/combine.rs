//! How days, times and parts of the day join: in any order, and two of them to a range.
//!
//! [`Bits`] collects what one side of an expression says. A bare number waits ([`Bits::number`]) until the other bits
//! tell whether it is an hour or a day.
//!
//! Read next: [`super::resolve`].

use super::Reader;
use super::clock::Clock;
use super::day::{DayRef, plus_days};
use super::period::{Counted, Days};
use crate::nlu::entity::number;
use crate::nlu::lexicon::{Part, Role};
use crate::nlu::token::Kind;
use jiff::civil::DateTime;

/// Most joints in one side of an expression; "Friday, October the 16th, in the evening at ten" has three.
const JOINTS_MAX: usize = 5;

/// One side of an expression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bits {
    pub(crate) day: Option<DayRef>,
    pub(crate) days: Option<Days>,
    pub(crate) clock: Option<Clock>,
    pub(crate) part: Option<Slice>,
    pub(crate) moment: Option<DateTime>,
    /// A number that is an hour or a day.
    pub(crate) number: Option<u16>,
    /// The day was said before the time.
    pub(crate) day_first: bool,
    /// The token after the last.
    pub(crate) end: usize,
}

/// A part of a day, or its beginning or end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) part: Part,
    pub(crate) early: bool,
    pub(crate) late: bool,
}

impl Bits {
    pub(crate) fn is_empty(&self) -> bool {
        self.day.is_none()
            && self.days.is_none()
            && self.clock.is_none()
            && self.part.is_none()
            && self.moment.is_none()
    }

    pub(crate) fn has_day(&self) -> bool {
        self.day.is_some() || self.days.is_some()
    }

    /// A part of the day and nothing more: "mornings".
    pub(crate) fn is_part_only(&self) -> bool {
        self.part.is_some() && self.clock.is_none() && self.moment.is_none() && !self.has_day()
    }

    /// Reads the waiting number as an hour.
    pub(crate) fn number_as_hour(&mut self) {
        if let (None, Some(hour @ 0..=24)) = (self.clock, self.number) {
            let hour = u8::try_from(hour % 24).unwrap_or(0);
            self.clock = Some(Clock { hour, minute: 0, loose: (1..=12).contains(&hour), bare: true });
            self.number = None;
        }
    }

    /// Reads the waiting number as a day of the month.
    pub(crate) fn number_as_day(&mut self) {
        if let (None, Some(dom @ 1..=31)) = (self.day, self.number) {
            self.day = Some(DayRef { dom: u8::try_from(dom).unwrap_or(1), ..DayRef::default() });
            self.number = None;
        }
    }
}

impl Reader<'_> {
    /// Everything from `i` on that belongs to one point or stretch of time. `bare` admits a plain number.
    pub(crate) fn bits(&self, i: usize, bare: bool) -> Option<Bits> {
        let mut bits = Bits { end: i, ..Bits::default() };
        let mut at = i;
        for joint in 0..JOINTS_MAX {
            let (from, asked) = self.joint(at, joint == 0);
            let Some(next) = self.bit(&mut bits, from, asked || bare && joint == 0) else {
                break;
            };
            bits.end = next;
            at = next;
        }
        if bits.number.is_some() && (bits.day.is_some() || bits.part.is_some()) && bits.clock.is_none() {
            // "9 tomorrow", "Friday 5": the number beside a day is the hour.
            bits.number_as_hour();
        }
        if let (Some(clock), Some(slice)) = (bits.clock, bits.part) {
            bits.clock = Some(clock.in_part(slice.part));
        }
        (bits.end > i && (!bits.is_empty() || bits.number.is_some())).then_some(bits)
    }

    /// Skips the words that hold bits together; says whether they ask for a time.
    fn joint(&self, at: usize, first: bool) -> (usize, bool) {
        let mut i = at;
        if !first
            && (self.lex.tokens.is_sign(i, ',')
                || self.lex.tokens.is_sign(i, '.')
                    && i + 1 < self.lex.tokens.len()
                    && self.lex.role(i + 1, Role::At).is_some())
        {
            i += 1;
        }
        let mut asked = false;
        for _ in 0..3 {
            if let Some(next) = self.lex.role(i, Role::At) {
                asked = true;
                i = next;
            } else if let Some(next) = self.lex.role(i, Role::On).or_else(|| self.lex.role(i, Role::By)) {
                i = next;
            } else if let Some(next) = self
                .lex
                .role(i, Role::Of)
                .or_else(|| self.lex.role(i, Role::In))
                .or_else(|| self.lex.role(i, Role::For))
            {
                if first && self.counted(i).is_some() {
                    break;
                }
                i = next;
            } else if (asked || first && self.about_a_time(i))
                && let Some(next) = self.lex.role(i, Role::About)
            {
                asked = true;
                i = next;
            } else {
                break;
            }
        }
        (i, asked)
    }

    /// "around 5", when the number counts nothing.
    fn about_a_time(&self, i: usize) -> bool {
        let Some((hour, next)) = self.lex.role(i, Role::About).and_then(|at| number::small(self.lex, at)) else {
            return false;
        };
        (1..=12).contains(&hour) && (self.lex.tokens.kind(next) != Some(Kind::Word) || self.time_may_go_on(next))
    }

    /// One more bit at `i`; the token after it.
    fn bit(&self, bits: &mut Bits, i: usize, bare: bool) -> Option<usize> {
        if bits.moment.is_some() {
            return None;
        }
        let timeless = bits.clock.is_none() && bits.number.is_none();
        if let Some(next) = self.relative_bit(bits, i, timeless) {
            return Some(next);
        }
        if let (None, Some((start, end))) = (bits.day, bits.days)
            && plus_days(start, 7) == end
            && let Some((weekday, next)) = self.lex.pick(i, |atom| (atom.weekday > 0).then_some(atom.weekday))
        {
            // "next week Wednesday".
            bits.day = Some(DayRef::fixed(plus_days(start, i32::from(weekday) - 1)));
            bits.days = None;
            return Some(next);
        }
        if bits.clock.is_none()
            && let Some((clock, next)) = self.clock(i, false).filter(|_| bits.number.is_none())
        {
            bits.clock = Some(clock);
            return Some(next);
        }
        if !bits.has_day() {
            if let Some((day, next)) = self.day_or_now(i, !timeless) {
                bits.day = Some(day);
                bits.day_first = timeless;
                return Some(next);
            }
            if let Some((days, next)) = self.slice_of_period(i).or_else(|| self.period_of_days(i)) {
                bits.days = Some(days);
                bits.day_first = timeless;
                return Some(next);
            }
        } else if let (Some(day), None) = (bits.day, bits.days)
            && day.weekday > 0
            && day.dom == 0
            && day.fixed.is_none()
            && let Some(((start, _), next)) = self.week(i)
        {
            bits.day = Some(DayRef::fixed(plus_days(start, i32::from(day.weekday) - 1)));
            return Some(next);
        }
        if bits.part.is_none()
            && let Some((slice, next)) = self.part(i, bits.has_day())
        {
            bits.part = Some(slice);
            return Some(next);
        }
        if timeless {
            return self.number_bit(bits, i, bare);
        }
        None
    }

    /// "this morning", "in two weeks", and the weekday counted from there.
    fn relative_bit(&self, bits: &mut Bits, i: usize, timeless: bool) -> Option<usize> {
        if !bits.has_day() {
            if let Some((slice, day, next)) = self.part_of_a_day(i) {
                bits.day = Some(DayRef::fixed(day));
                bits.day_first = timeless;
                bits.part = Some(slice);
                return Some(next);
            }
            if timeless && let Some((counted, next)) = self.counted(i) {
                match counted {
                    Counted::Day(day) => {
                        // "Monday two weeks from now": the weekday on or after that day.
                        bits.day = Some(DayRef::fixed(day));
                        bits.day_first = true;
                    }
                    Counted::Moment(moment) => bits.moment = Some(moment),
                }
                return Some(next);
            }
        } else if let Some(day) = bits.day.filter(|day| day.weekday > 0 && day.dom == 0 && day.fixed.is_none())
            && let Some((Counted::Day(counted), next)) = self.counted(i)
        {
            let monday = super::day::monday_of(counted);
            bits.day = Some(DayRef::fixed(plus_days(monday, i32::from(day.weekday) - 1)));
            return Some(next);
        }
        None
    }

    /// A plain hour where one is asked for, or a number that waits for its meaning.
    fn number_bit(&self, bits: &mut Bits, i: usize, bare: bool) -> Option<usize> {
        let follows_day = bits.has_day() || bits.part.is_some();
        // "tomorrow to Saturday for 1": a number behind "for" counts people, unless a time was asked for.
        if follows_day && !bare && i > 0 && self.lex.role(i - 1, Role::For).is_some() {
            return None;
        }
        if (bare || follows_day)
            && let Some((clock, next)) = self.clock(i, true)
        {
            // A sum, a count, a street number: a unit or a noun behind it speaks against a time.
            if clock.bare {
                if self.number_is_of_something(i, next) {
                    return None;
                }
                if follows_day && !bare && self.lex.tokens.kind(next) == Some(Kind::Word) && !self.time_may_go_on(next)
                {
                    return None;
                }
                bits.number = Some(u16::from(clock.hour));
                if clock.hour == 0 && number::small(self.lex, i).is_some_and(|(value, _)| value == 24) {
                    bits.number = Some(24);
                }
            } else {
                bits.clock = Some(clock);
            }
            return Some(next);
        }
        let (value, next) = number::small(self.lex, self.lex.skip(i, &[Role::The]))?;
        if !(1..=31).contains(&value)
            || self.number_is_of_something(i, next)
            || !bare && bits.is_empty() && !self.number_may_start(next)
        {
            return None;
        }
        bits.number = Some(value);
        Some(next)
    }

    /// A number that opens an expression must be followed by what makes it one: "4 to 23 next month", "9 tomorrow".
    fn number_may_start(&self, next: usize) -> bool {
        self.lex.role(next, Role::Until).is_some()
            || self.lex.tokens.is_sign(next, '-') && self.lex.tokens.figures(next + 1).is_some()
            || self.lex.role(next, Role::And).is_some() && self.spanish
            || self.lex.word(next).shift.is_some()
            || self.part_of_a_day(next).is_some()
            || self.lex.role(next, Role::Of).is_some_and(|at| self.lex.word(at).shift.is_some())
    }

    /// After "Friday 5" only words of time go on, else the 5 counts something ("Friday 5 people").
    fn time_may_go_on(&self, i: usize) -> bool {
        let word = self.lex.word(i);
        let plain = [Role::Until, Role::And, Role::At, Role::For, Role::On, Role::Of, Role::In]
            .into_iter()
            .any(|role| word.roles.has(role));
        plain || word.part.is_some() || word.weekday > 0 || word.shift.is_some() || word.month > 0
    }

    fn number_is_of_something(&self, i: usize, next: usize) -> bool {
        let tokens = self.lex.tokens;
        let word = self.lex.word(next);
        let unit = word.unit.is_some() && self.lex.role(next, Role::Noon2).is_none();
        let money = i > 0 && matches!(tokens.kind(i - 1), Some(Kind::Sign('$' | '€' | '£' | '#' | '+')));
        let sign = matches!(tokens.kind(next), Some(Kind::Sign('%' | '€' | '$' | '°' | '@')));
        let glued = tokens.glued(next)
            && (tokens.kind(next) == Some(Kind::Word) && word.part.is_none()
                || matches!(tokens.kind(next), Some(Kind::Sign('.' | ',' | '/' | '-')))
                    && tokens.glued(next + 1)
                    && tokens.figures(next + 1).is_some_and(|(length, _)| length > 2));
        unit || money || sign || glued || tokens.figures(next).is_some() && tokens.figures(i).is_some()
    }

    fn day_or_now(&self, i: usize, after_clock: bool) -> Option<(DayRef, usize)> {
        Self { after_clock, ..*self }.day(i)
    }

    /// "this morning", "tonight", "anoche", "next evening", "esta noche", "yesterday evening" is a day and a part.
    fn part_of_a_day(&self, i: usize) -> Option<(Slice, jiff::civil::Date, usize)> {
        // "pasado mañana" is a day, no last morning.
        if self.lex.phrase(i).is_some_and(|(atom, _)| atom.shift.is_some()) {
            return None;
        }
        let (early, late, at) = self.early_or_late(i);
        let today = self.today();
        if let Some((part, next)) =
            self.lex.pick(at, |atom| atom.part.filter(|part| matches!(part, Part::Tonight | Part::LastNight)))
        {
            let (part, day) =
                if part == Part::Tonight { (Part::Night, today) } else { (Part::Night, plus_days(today, -1)) };
            return Some((Slice { part, early, late }, day, next));
        }
        let (step, at) = [(Role::This, 0), (Role::Next, 1), (Role::Last, -1)]
            .into_iter()
            .find_map(|(role, step)| Some((step, self.lex.role(at, role)?)))?;
        let (early_inside, late_inside, at) = self.early_or_late(at);
        let (part, next) =
            self.lex.pick(at, |atom| atom.part.filter(|part| !matches!(part, Part::Am | Part::Pm | Part::Work)))?;
        Some((Slice { part, early: early || early_inside, late: late || late_inside }, plus_days(today, step), next))
    }

    fn early_or_late(&self, i: usize) -> (bool, bool, usize) {
        if let Some(next) = self.lex.role(i, Role::Early) {
            let next = self.lex.skip(next, &[Role::In, Role::Of, Role::The]);
            return (true, false, next);
        }
        if let Some(next) = self.lex.role(i, Role::Late) {
            let next = self.lex.skip(next, &[Role::In, Role::Of, Role::The]);
            return (false, true, next);
        }
        (false, false, i)
    }

    /// "in the morning", "evenings", "por la tarde", "late afternoon".
    fn part(&self, i: usize, has_day: bool) -> Option<(Slice, usize)> {
        let i = self.lex.skip(i, &[Role::The]);
        let (early, late, at) = self.early_or_late(i);
        let at = self.lex.skip(at, &[Role::The]);
        let (part, next) = self.lex.pick(at, |atom| atom.part)?;
        // "am" and "pm" are only half of a time; Spanish "mañana" alone is tomorrow.
        if matches!(part, Part::Am | Part::Pm) && !has_day {
            return None;
        }
        if self.spanish && self.lex.word(at).shift.is_some() && next == at + 1 && !self.is_morning(at) {
            return None;
        }
        Some((Slice { part, early, late }, next))
    }
}
