//! What somebody wants of the calendar, and which of the free slots to offer. Pure arithmetic over civil time.
//!
//! Invariant: everything offered is one of the slots found; an offer is in order of time and never longer than
//! [`OFFER_MAX`].

use crate::crm::model::{Hours, Opening, Slot};
use crate::nlu::{Bound, When, WhenValue};
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// Times offered at once: more than three are not remembered by ear.
pub(in crate::dialogue) const OFFER_MAX: usize = 3;

/// How far a search goes on when the days wanted are full, or were left open.
pub(in crate::dialogue) const WIDER_DAYS: i32 = 14;

/// When somebody asks for "as soon as possible", the second time offered is at least this much later.
const SOONEST_APART_HOURS: i64 = 2;

/// Days from `from` up to but not including `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialogue) struct Days {
    /// The first.
    pub(in crate::dialogue) from: Date,
    /// The day after the last.
    pub(in crate::dialogue) to: Date,
}

impl Days {
    /// One day.
    pub(in crate::dialogue) fn one(day: Date) -> Self {
        Self { from: day, to: later(day, 1) }
    }

    /// The only day, if there is only one.
    pub(in crate::dialogue) fn single(self) -> Option<Date> {
        (later(self.from, 1) >= self.to).then_some(self.from)
    }

    pub(in crate::dialogue) fn contains(self, day: Date) -> bool {
        self.from <= day && day < self.to
    }
}

/// A date some days later, or the last there is.
pub(in crate::dialogue) fn later(day: Date, days: i32) -> Date {
    day.checked_add(days.days()).unwrap_or(Date::MAX)
}

/// A wish for a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialogue) enum TimeWish {
    /// At this time; or at one of the others, when the words allow them.
    At(Time, Vec<Time>),
    /// From the first, before the second.
    Between(Time, Option<Time>),
}

impl TimeWish {
    fn fits(&self, time: Time) -> bool {
        match self {
            Self::At(at, _) => *at == time,
            Self::Between(from, to) => *from <= time && to.is_none_or(|to| time < to),
        }
    }

    /// Whether it names this time under any of its readings.
    pub(in crate::dialogue) fn names(&self, time: Time) -> bool {
        match self {
            Self::At(at, others) => *at == time || others.contains(&time),
            Self::Between(..) => self.fits(time),
        }
    }
}

/// What is wanted of the calendar; what is not said is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialogue) struct Wish {
    /// On which days.
    pub(in crate::dialogue) days: Option<Days>,
    /// The other day the words may mean: "next Friday".
    pub(in crate::dialogue) other_day: Option<Date>,
    /// Where that cannot be had: "Tuesday at ten or Thursday at two".
    pub(in crate::dialogue) second: Option<Box<Wish>>,
    /// At what time of day.
    pub(in crate::dialogue) time: Option<TimeWish>,
    /// The earlier the better.
    pub(in crate::dialogue) soonest: bool,
}

impl Wish {
    /// The wish an expression of time holds for an appointment: "to Thursday at two" is no "until" of one.
    pub(in crate::dialogue) fn to(when: &When, today: Date, toward: &[String]) -> Self {
        let first = when.text.split_whitespace().next().unwrap_or_default();
        let is_target = toward.iter().any(|word| word.eq_ignore_ascii_case(first));
        let WhenValue::Range { start: None, end: Some(end) } = &when.value else { return Self::of(when, today) };
        if !is_target {
            return Self::of(when, today);
        }
        let target = match end {
            Bound::Date(day) => WhenValue::Date(*day),
            Bound::Time(time) => WhenValue::Time(*time),
            Bound::DateTime(at) => WhenValue::DateTime(*at),
        };
        Self::of(&When { value: target, alternatives: Vec::new(), ..when.clone() }, today)
    }

    /// The wish an expression of time holds.
    pub(in crate::dialogue) fn of(when: &When, today: Date) -> Self {
        let mut wish = Self::of_value(&when.value, today);
        let meant = wish.days.and_then(Days::single);
        for other in when.alternatives.iter().map(|value| Self::of_value(value, today)) {
            match (meant, other.days.and_then(Days::single)) {
                // A time belongs to its own day.
                (Some(meant), Some(day)) if meant.weekday() != day.weekday() => {
                    wish.second.get_or_insert_with(|| Box::new(other));
                    continue;
                }
                (Some(meant), Some(day)) if meant != day => wish.other_day = wish.other_day.or(Some(day)),
                _ => {}
            }
            if let (Some(TimeWish::At(at, others)), Some(TimeWish::At(time, _))) = (&mut wish.time, other.time)
                && *at != time
            {
                others.push(time);
            }
        }
        wish.joined()
    }

    /// Two neighbouring days that leave the time open are looked at together.
    fn joined(mut self) -> Self {
        let second = self.second.as_ref().filter(|second| second.time.is_none() && self.time.is_none());
        let days = self.days.and_then(Days::single).zip(second.and_then(|second| second.days?.single()));
        if let Some((one, other)) = days.filter(|(one, other)| later(*one, 1) == *other || later(*other, 1) == *one) {
            self.days = Some(Days { from: one.min(other), to: later(one.max(other), 1) });
            self.second = None;
        }
        self
    }

    fn of_value(value: &WhenValue, today: Date) -> Self {
        let at = |time| Some(TimeWish::At(time, Vec::new()));
        match value {
            WhenValue::Date(day) => Self { days: Some(Days::one(*day)), ..Self::default() },
            WhenValue::Time(time) => Self { time: at(*time), ..Self::default() },
            WhenValue::DateTime(moment) => {
                Self { days: Some(Days::one(moment.date())), time: at(moment.time()), ..Self::default() }
            }
            WhenValue::Duration(_) => Self::default(),
            WhenValue::Range { start, end } => Self::between(*start, *end, today),
        }
    }

    fn between(start: Option<Bound>, end: Option<Bound>, today: Date) -> Self {
        let parts = |bound: Option<Bound>| match bound {
            Some(Bound::Date(date)) => (Some(date), None),
            Some(Bound::Time(time)) => (None, Some(time)),
            Some(Bound::DateTime(at)) => (Some(at.date()), Some(at.time())),
            None => (None, None),
        };
        let ((first, from), (last, to)) = (parts(start), parts(end));
        // An end at midnight is the day before's evening.
        let last_day = last.map(|day| if to.is_some_and(|to| to > Time::MIN) { later(day, 1) } else { day });
        let days = match (first, last_day) {
            (Some(first), Some(last)) => Some(Days { from: first, to: last.max(later(first, 1)) }),
            (Some(first), None) if from.is_some() => Some(Days::one(first)),
            (Some(first), None) => Some(Days { from: first, to: later(first, WIDER_DAYS) }),
            (None, Some(_)) if to.is_some() => last.map(Days::one),
            (None, Some(last)) => Some(Days { from: today, to: last }),
            (None, None) => None,
        };
        let one_day = days.is_none_or(|days| days.single().is_some());
        let time = match (from, to.filter(|to| *to > Time::MIN)) {
            _ if !one_day => None,
            (None, None) => None,
            (from, to) => Some(TimeWish::Between(from.unwrap_or(Time::MIN), to)),
        };
        Self { days, time, ..Self::default() }
    }

    /// Takes over what the other says, keeping what it leaves open.
    pub(in crate::dialogue) fn take(&mut self, other: Self) {
        if other.days.is_some() {
            self.days = other.days;
            self.other_day = other.other_day;
            self.second = other.second;
            self.soonest = false;
        }
        if other.time.is_some() {
            self.time = other.time;
        }
        self.soonest |= other.soonest;
    }

    /// Whether nothing is wanted.
    pub(in crate::dialogue) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a slot is what was wanted.
    pub(in crate::dialogue) fn fits(&self, slot: Slot, zone: &TimeZone) -> bool {
        let (day, time) = civil(slot, zone);
        self.days.is_none_or(|days| days.contains(day)) && self.time.as_ref().is_none_or(|wish| wish.names(time))
    }
}

/// A slot's day and time on the business's wall.
pub(in crate::dialogue) fn civil(slot: Slot, zone: &TimeZone) -> (Date, Time) {
    let start = slot.start.to_zoned(zone.clone());
    (start.date(), start.time())
}

/// What the calendar has for a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialogue) enum Offer {
    /// Exactly what was asked for.
    Exact(Slot),
    /// Some that fit.
    Fitting(Vec<Slot>),
    /// None that fits; these are the nearest.
    Instead(Vec<Slot>),
    /// Nothing at all.
    Nothing,
}

/// Chooses what to offer of the slots found.
pub(in crate::dialogue) fn offer(found: &[Slot], wish: &Wish, zone: &TimeZone) -> Offer {
    let on_days: Vec<Slot> =
        found.iter().copied().filter(|slot| wish.days.is_none_or(|days| days.contains(civil(*slot, zone).0))).collect();
    if on_days.is_empty() {
        return Offer::Nothing;
    }
    let single_day = wish.days.is_some_and(|days| days.single().is_some());
    let fitting: Vec<Slot> = match &wish.time {
        None => on_days.clone(),
        Some(time) => {
            let exact = |reading: &dyn Fn(Time) -> bool| -> Vec<Slot> {
                on_days.iter().copied().filter(|slot| reading(civil(*slot, zone).1)).collect()
            };
            let first = exact(&|at| time.fits(at));
            if first.is_empty() { exact(&|at| time.names(at)) } else { first }
        }
    };
    match (&wish.time, fitting.first()) {
        (Some(TimeWish::At(..)), Some(&slot)) if single_day => Offer::Exact(slot),
        (_, Some(_)) if wish.soonest => Offer::Fitting(soonest(&fitting, zone)),
        (_, Some(_)) => Offer::Fitting(spread(&fitting, zone)),
        (Some(TimeWish::At(at, _)), None) if single_day => Offer::Instead(nearest(&on_days, *at, zone)),
        (_, None) => Offer::Instead(spread(&on_days, zone)),
    }
}

/// Up to [`OFFER_MAX`] slots: spread over the day when it is one day, else over the first days.
pub(in crate::dialogue) fn spread(slots: &[Slot], zone: &TimeZone) -> Vec<Slot> {
    let mut days: Vec<Vec<Slot>> = Vec::new();
    for slot in slots {
        let day = civil(*slot, zone).0;
        match days.last_mut() {
            Some(last) if last.first().is_some_and(|first| civil(*first, zone).0 == day) => last.push(*slot),
            _ => days.push(vec![*slot]),
        }
    }
    if let [day] = days.as_slice() {
        return thirds(day, zone);
    }
    days.iter()
        .take(OFFER_MAX)
        .enumerate()
        .filter_map(|(place, day)| {
            let picked = thirds(day, zone);
            picked.get(place).or(picked.last()).copied()
        })
        .collect()
}

/// One slot out of each third of a day, round hours first: they are easier to hear and to keep.
fn thirds(day: &[Slot], zone: &TimeZone) -> Vec<Slot> {
    if day.len() <= OFFER_MAX {
        return day.to_vec();
    }
    let minute = |slot: &&Slot| civil(**slot, zone).1.minute();
    (0..OFFER_MAX)
        .filter_map(|third| {
            let part = &day[day.len() * third / OFFER_MAX..day.len() * (third + 1) / OFFER_MAX];
            let round = part.iter().find(|slot| minute(slot) == 0).or_else(|| part.iter().find(|s| minute(s) == 30));
            round.or(part.first()).copied()
        })
        .collect()
}

/// The earliest, one a while later, and the first of the next day.
fn soonest(slots: &[Slot], zone: &TimeZone) -> Vec<Slot> {
    let Some(&first) = slots.first() else { return Vec::new() };
    let day = civil(first, zone).0;
    let apart = |slot: &&Slot| slot.start.duration_since(first.start).as_hours() >= SOONEST_APART_HOURS;
    let second = slots.iter().filter(|slot| civil(**slot, zone).0 == day).find(apart);
    let third = slots.iter().find(|slot| civil(**slot, zone).0 > day);
    [Some(first), second.copied(), third.copied()].into_iter().flatten().collect()
}

/// The slots nearest to a time, in order of time: the last before it and the first after it, where there are both.
fn nearest(slots: &[Slot], at: Time, zone: &TimeZone) -> Vec<Slot> {
    let before = slots.iter().rfind(|slot| civil(**slot, zone).1 < at);
    let after = slots.iter().find(|slot| civil(**slot, zone).1 > at);
    if let (Some(before), Some(after)) = (before, after) {
        return vec![*before, *after];
    }
    let mut near = slots.to_vec();
    near.sort_by_key(|slot| civil(*slot, zone).1.duration_since(at).as_secs().abs());
    near.truncate(OFFER_MAX - 1);
    near.sort();
    near
}

/// When a business is open on a day, holidays and all.
pub(in crate::dialogue) fn openings_on(hours: &Hours, day: Date) -> &[Opening] {
    hours.exceptions.iter().find(|(date, _)| *date == day).map_or_else(
        || hours.week[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())].as_slice(),
        |(_, openings)| openings.as_slice(),
    )
}
