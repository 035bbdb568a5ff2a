//! From bits to values: what a point, a stretch or a pair of them comes to, and what else it may mean.
//!
//! Read next: [`super`] for how the best expression of a sentence is chosen.

use super::Reader;
use super::clock::Clock;
use super::combine::{Bits, Slice};
use super::day::{DayRef, plus_days};
use crate::nlu::entity::{Bound, WhenValue};
use crate::nlu::lexicon::Part;
use jiff::civil::{Date, DateTime, Time};

/// An expression found: what it means, what else it may, and where it ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expression {
    pub(crate) value: WhenValue,
    pub(crate) alternatives: Vec<WhenValue>,
    pub(crate) end: usize,
    /// The bits of a single point, so that two halves of one wish can meet across a sentence.
    pub(crate) bits: Option<Bits>,
}

impl Expression {
    pub(crate) fn plain(value: WhenValue, end: usize) -> Self {
        Self { value, alternatives: Vec::new(), end, bits: None }
    }
}

/// The hours of a part of the day; an end of 24 is midnight.
fn hours(slice: Slice, spanish: bool) -> (u8, u8) {
    let (from, to) = match slice.part {
        Part::Morning | Part::Am => (8, 12),
        Part::MidMorning => (9, 11),
        Part::Afternoon | Part::MidAfternoon if spanish => (12, 20),
        Part::Afternoon => (12, 17),
        Part::MidAfternoon => (14, 16),
        Part::Pm => (12, 20),
        Part::Evening => (16, 20),
        Part::Night | Part::Tonight | Part::LastNight => (20, 24),
        Part::Late => (22, 24),
        Part::Dawn => (0, 6),
        Part::Noon | Part::Lunch => (12, 14),
        Part::Midnight => (0, 1),
        Part::Breakfast => (7, 10),
        Part::Dinner => (18, 21),
        Part::Work => (8, 18),
        Part::FirstThing => (8, 10),
        Part::DayEnd => (16, 18),
        Part::AfterWork => (17, 20),
    };
    let third = (to - from) / 2;
    if slice.early {
        (from, to - third)
    } else if slice.late {
        (from + third, to)
    } else {
        (from, to)
    }
}

/// Midnight at the end of a day is its last minute, so that a range of times stays in one day.
pub(crate) fn end_time(hour: u8) -> Time {
    if hour >= 24 { Time::constant(23, 59, 0, 0) } else { time(hour, 0) }
}

fn time(hour: u8, minute: u8) -> Time {
    Time::new(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0).unwrap_or(Time::midnight())
}

impl Clock {
    pub(crate) fn time(self) -> Time {
        time(self.hour, self.minute)
    }

    /// The same face in the other half of the day.
    fn other(self) -> Self {
        let hour = if self.hour >= 12 { self.hour - 12 } else { self.hour + 12 };
        Self { hour, ..self }
    }
}

impl Reader<'_> {
    /// A time without its half of the day: within the hours the business keeps, else at a sociable hour.
    fn settle(&self, clock: Clock) -> (Clock, Option<Clock>) {
        if !clock.loose {
            return (clock, None);
        }
        let other = clock.other();
        let prefer_other = match self.hours {
            Some((open, close)) => {
                // The reading inside the hours, or else the one nearer to them: "five" where they close at five is 17:00.
                let outside = |clock: Clock| match clock.time() {
                    early if early < open => open.duration_since(early).as_mins(),
                    late if late >= close => late.duration_since(close).as_mins() + 1,
                    _ => 0,
                };
                outside(other) < outside(clock)
            }
            // Without hours: one to six are afternoons, seven to twelve are as said.
            None => (1..=6).contains(&clock.hour),
        };
        let (first, second) = if prefer_other { (other, clock) } else { (clock, other) };
        let settled = |clock: Clock| Clock { loose: false, ..clock };
        (settled(first), Some(settled(second)))
    }

    /// The value of one side, standing alone.
    pub(crate) fn single(&self, bits: &Bits) -> Option<Expression> {
        let end = bits.end;
        if let Some(moment) = bits.moment {
            return Some(Expression::plain(WhenValue::DateTime(moment), end));
        }
        let mut alternatives = Vec::new();
        let value = match (bits.day, bits.days, bits.clock, bits.part) {
            (Some(day), _, Some(clock), _) => {
                let date = day.resolve(self.today())?;
                let (clock, other) = self.settle(clock);
                if let Some(other) = other {
                    alternatives.push(WhenValue::DateTime(date.to_datetime(other.time())));
                }
                if let Some(date) = day.other {
                    alternatives.push(WhenValue::DateTime(date.to_datetime(clock.time())));
                }
                WhenValue::DateTime(date.to_datetime(clock.time()))
            }
            (Some(day), _, None, Some(slice)) => {
                let date = day.resolve(self.today())?;
                let (start, end) = self.slice_of(date, slice);
                WhenValue::Range { start: Some(Bound::DateTime(start)), end: Some(Bound::DateTime(end)) }
            }
            (Some(day), _, None, None) => {
                alternatives.extend(day.other.map(WhenValue::Date));
                WhenValue::Date(day.resolve(self.today())?)
            }
            (None, Some((start, end)), None, _) => {
                WhenValue::Range { start: Some(Bound::Date(start)), end: Some(Bound::Date(end)) }
            }
            (None, _, Some(clock), _) => {
                let (clock, other) = self.settle(clock);
                alternatives.extend(other.map(|clock| WhenValue::Time(clock.time())));
                WhenValue::Time(clock.time())
            }
            (None, None, None, Some(slice)) => {
                let (from, to) = hours(slice, self.spanish);
                WhenValue::Range { start: Some(Bound::Time(time(from, 0))), end: Some(Bound::Time(end_time(to))) }
            }
            (None, None, None, None) => return None,
        };
        Some(Expression { value, alternatives, end, bits: Some(*bits) })
    }

    fn slice_of(&self, date: Date, slice: Slice) -> (DateTime, DateTime) {
        let (from, to) = hours(slice, self.spanish);
        let start = date.to_datetime(time(from, 0));
        (start, date.to_datetime(end_time(to)))
    }

    /// Two sides as one range: what one side left unsaid it takes from the other.
    pub(crate) fn range(&self, mut a: Bits, mut b: Bits) -> Option<Expression> {
        let end = b.end;
        Self::settle_numbers(&mut a, &mut b);
        if let (Some(x), Some(y)) = (a.day.as_mut(), b.day.as_mut()) {
            let (lend_a, lend_b) = (*x, *y);
            x.borrow(&lend_b);
            if lend_a.is_only_number() && lend_a.dom > lend_b.dom && lend_b.month > 0 {
                // "from the 29th to the 16th of April": the 29th of the month before.
                (x.month, x.year) = if lend_b.month == 1 {
                    (12, lend_b.year.map(|year| year - 1))
                } else {
                    (lend_b.month - 1, lend_b.year)
                };
            }
            if y.month > 0 {
                // The weekday beside a full date is heard, not checked: people get it wrong.
                y.weekday = 0;
            }
            if lend_a.month > 0 && y.dom > 0 && y.month == 0 && lend_a.dom >= y.dom && y.fixed.is_none() {
                // "April the 27th to the third": the next month's.
            } else {
                y.borrow(&lend_a);
            }
        }
        if a.moment.is_some() && b.has_day() && b.clock.is_none() && b.moment.is_none() {
            // "from now until next Tuesday" is said of days.
            (a.moment, a.day) = (None, Some(DayRef::fixed(self.today())));
        }
        if a.moment.is_some() || b.moment.is_some() || a.clock.is_some() || b.clock.is_some() {
            return self.range_of_times(a, b, end);
        }
        let start = self.first_day(&a, self.today())?;
        let last = Self::last_day(&b, start)?;
        let start = if start > last
            && a.day.is_some_and(|day| day.is_only_number() || day.weekday > 0 && day.fixed.is_none())
        {
            Self::first_day_before(&a, last)?
        } else {
            start
        };
        if start > last {
            return None;
        }
        let value = WhenValue::Range { start: Some(Bound::Date(start)), end: Some(Bound::Date(last)) };
        Some(Expression::plain(value, end))
    }

    fn settle_numbers(a: &mut Bits, b: &mut Bits) {
        let dayish = |bits: &Bits| bits.day.is_some() && bits.clock.is_none() && bits.part.is_none();
        // "13 to 15 July", "4 to 23 next month": the numbers are days when the other side has a day and no time.
        if b.number.is_some() && a.number.is_some() && b.days.is_some() {
            a.number_as_day();
            b.number_as_day();
        }
        if a.number.is_some()
            && b.clock.is_none()
            && b.number.is_none()
            && dayish(b)
            && b.day.is_some_and(|day| day.dom > 0)
        {
            a.number_as_day();
        }
        if b.number.is_some()
            && a.number.is_none()
            && dayish(a)
            && a.day.is_some_and(|day| day.dom > 0 && day.fixed.is_none())
            && b.clock.is_none()
            && !b.has_day()
        {
            b.number_as_day();
        }
        a.number_as_hour();
        b.number_as_hour();
    }

    fn first_day(&self, bits: &Bits, from: Date) -> Option<Date> {
        bits.day
            .and_then(|day| day.resolve(from))
            .or(bits.days.map(|(start, _)| start))
            .or_else(|| bits.part.map(|_| self.today()))
    }

    fn first_day_before(bits: &Bits, last: Date) -> Option<Date> {
        let day = bits.day?;
        let mut date = plus_days(last, -1);
        for _ in 0..62 {
            let month_fits = day.dom == 0 || i8::try_from(day.dom) == Ok(date.day());
            let week_fits = day.weekday == 0 || i8::try_from(day.weekday) == Ok(date.weekday().to_monday_one_offset());
            if month_fits && week_fits {
                return Some(date);
            }
            date = plus_days(date, -1);
        }
        None
    }

    fn last_day(bits: &Bits, start: Date) -> Option<Date> {
        if let Some(mut day) = bits.day {
            // "next monday to friday": the Friday after that Monday.
            if day.fixed.is_some_and(|date| date < start) && day.other.is_some() {
                day.fixed = day.other;
            }
            return day.resolve(start);
        }
        bits.days.map(|(_, end)| end)
    }

    fn range_of_times(&self, mut a: Bits, mut b: Bits, end: usize) -> Option<Expression> {
        if let Some(part) = b.part.or(a.part).filter(|_| a.part.is_none() || b.part.is_none()) {
            // "from 7 to 9 in the evening", "the evening from 7 to 9": the part speaks for both.
            if let (Some(from), Some(to)) = (a.clock, b.clock) {
                (a.clock, b.clock) = (Some(from.in_part(part.part)), Some(to.in_part(part.part)));
            }
        }
        let two_days = a.day.zip(b.day).is_some_and(|(a, b)| a.resolve(self.today()) != b.resolve(self.today()));
        let (from, to) = match (a.clock, b.clock) {
            // "from the 19th 10:30 to the 26th 00:00": on two days, neither says anything of the other's half.
            (Some(from), Some(to)) if two_days && from.loose != to.loose => {
                (Some(self.settle(from).0), Some(self.settle(to).0))
            }
            (Some(from), Some(to)) => same_half(from, to),
            (from, to) => (from, to),
        };
        (a.clock, b.clock) = (from, to);
        // A day said behind the second time counts for both; in front of it ("till tomorrow 4:30") for that one alone.
        let shared = a.day.is_none()
            && a.days.is_none()
            && a.moment.is_none()
            && b.day.is_some()
            && a.clock.is_some()
            && !b.day_first;
        if shared {
            a.day = b.day;
        }
        let a_day = a.day.and_then(|day| day.resolve(self.today()));
        let b_day = match b.day {
            Some(_) if shared => a_day,
            Some(day) => day.resolve(a_day.unwrap_or(self.today())),
            None => a_day,
        };
        let both_loose = a.clock.is_some_and(|clock| clock.loose) && b.clock.is_none_or(|clock| clock.loose);
        let bound = |clock: Option<Clock>, moment: Option<DateTime>, day: Option<Date>, other: bool| -> Option<Bound> {
            if let Some(moment) = moment {
                return Some(Bound::DateTime(moment));
            }
            match (day, clock) {
                (Some(day), Some(clock)) => Some(Bound::DateTime(
                    day.to_datetime(if other && clock.loose { clock.other() } else { clock }.time()),
                )),
                (None, Some(clock)) => {
                    Some(Bound::Time(if other && clock.loose { clock.other() } else { clock }.time()))
                }
                (Some(day), None) => Some(Bound::DateTime(day.to_datetime(Time::midnight()))),
                (None, None) => None,
            }
        };
        let dated = a_day.or((b_day.is_some()).then_some(self.today()));
        let value = |other: bool| -> Option<WhenValue> {
            let start = bound(a.clock, a.moment, dated, other)?;
            let end = bound(b.clock, b.moment, b_day, other)?;
            Some(WhenValue::Range { start: Some(start), end: Some(end) })
        };
        let prefer_other = both_loose && a.clock.is_some_and(|clock| self.settle(clock).0.hour != clock.hour);
        let alternatives = if both_loose { value(!prefer_other).into_iter().collect() } else { Vec::new() };
        Some(Expression { value: value(prefer_other)?, alternatives, end, bits: None })
    }

    /// The bound of an open range ("after 2 pm", "until tomorrow").
    pub(crate) fn bound(&self, bits: &Bits, at_end: bool) -> Option<(Bound, Option<Bound>)> {
        let mut bits = *bits;
        bits.number_as_hour();
        let expression = self.single(&bits)?;
        let one = |value: &WhenValue| match value {
            WhenValue::Date(date) => Some(Bound::Date(*date)),
            WhenValue::Time(time) => Some(Bound::Time(*time)),
            WhenValue::DateTime(at) => Some(Bound::DateTime(*at)),
            WhenValue::Range { start, end } => {
                if at_end {
                    *end
                } else {
                    *start
                }
            }
            WhenValue::Duration(_) => None,
        };
        Some((one(&expression.value)?, expression.alternatives.first().and_then(one)))
    }
}

/// Gives two loose times the halves of the day that make the shortest sense: "11 to 3pm" starts in the morning.
fn same_half(from: Clock, to: Clock) -> (Option<Clock>, Option<Clock>) {
    let minutes = |clock: Clock| (i32::from(clock.hour) * 60 + i32::from(clock.minute)) % (24 * 60);
    let face = |clock: Clock| minutes(clock) % (12 * 60);
    let settled = |clock: Clock| Clock { loose: false, ..clock };
    match (from.loose, to.loose) {
        (true, false) => {
            let later = to.hour >= 12;
            let same = if later { from.pm() } else { from.am() };
            let fits = minutes(same) < minutes(to);
            let other = if later { from.am() } else { from.pm() };
            (Some(settled(if fits { same } else { other })), Some(to))
        }
        (false, true) => {
            let (am, pm) = (to.am(), to.pm());
            let start = minutes(from);
            // The end is the next such face of the clock; "from 1:30am to 3" ends at three in the night, but an end
            // that would need more than half a day keeps its face ("from 11:01 pm to 11").
            let next = [am, pm].into_iter().filter(|clock| minutes(*clock) > start).min_by_key(|clock| minutes(*clock));
            (Some(from), Some(next.map_or(Clock { loose: false, ..to }, settled)))
        }
        (true, true) => {
            if from.hour == 12 && to.hour != 12 {
                return (Some(from.pm()), Some(to.pm()));
            }
            if face(to) < face(from) {
                // "8 to 2": morning to afternoon; "11 to 3" too.
                return (Some(from.am()), Some(to.pm()));
            }
            (Some(from), Some(to))
        }
        (false, false) => (Some(from), Some(to)),
    }
}
