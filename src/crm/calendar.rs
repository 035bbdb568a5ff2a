//! Slot search: which times can be booked, given opening hours, what is taken, and the rules of booking.
//!
//! Pure: no clock, no database, no service; the same question always has the same answer. Opening hours are civil times
//! in the business's zone; everything that leaves here is an instant, so a slot's length is elapsed time even in the
//! night the clocks change. That night an opening time that does not exist becomes the first instant that does, and of
//! an hour that comes twice both are offered, each an instant of its own.
//!
//! Invariant: slots come in order, none twice, each whole inside one opening, on its grid, clear of everything busy
//! together with its buffer, not before `now` plus notice and not past the horizon.
//! Invariant: [`open_slots`] yields a start exactly when [`is_bookable`] accepts it and nothing busy is in its way.
//!
//! The search is linear in days, taken stretches and slots. That two people do not get the same slot is not decided here
//! but by a constraint of the store (see [`crate::crm::local`]).

pub use super::model::{HORIZON_DAYS_MAX, SERVICE_MINUTES_MAX, STEP_MINUTES_MIN};

use super::error::Error;
use super::model::{Busy, Hours, Opening, Slot};
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Earliest start.
    pub from: Timestamp,
    /// Latest start, exclusive.
    pub to: Timestamp,
    /// How long it takes.
    pub minutes: u32,
    /// Time kept free after it (which may run past closing time).
    pub buffer_minutes: u32,
}

/// Why a start cannot be booked, whoever else is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBookable {
    /// It is over.
    Past,
    /// It is closer than the notice asked for.
    TooSoon,
    /// It is beyond the horizon.
    TooFar,
    /// The business is closed then.
    Closed,
    /// It begins in opening hours but would end after them.
    EndsAfterClosing,
    /// It is not one of the times slots begin at.
    OffGrid,
}

impl NotBookable {
    /// The reason in words, for [`Error::NotBookable`].
    pub fn reason(self) -> &'static str {
        match self {
            Self::Past => "it is in the past",
            Self::TooSoon => "it is too soon",
            Self::TooFar => "it is too far ahead",
            Self::Closed => "the business is closed then",
            Self::EndsAfterClosing => "it would end after closing time",
            Self::OffGrid => "bookings do not begin at that minute",
        }
    }
}

impl From<NotBookable> for Error {
    fn from(reason: NotBookable) -> Self {
        Self::NotBookable(reason.reason())
    }
}

/// The bookable slots a search finds, earliest first. `busy` may come in any order and overlap.
pub fn open_slots<'a>(
    hours: &'a Hours,
    zone: &'a TimeZone,
    busy: &[Busy],
    wanted: &Wanted,
    now: Timestamp,
) -> impl Iterator<Item = Slot> + use<'a> {
    let rules = Rules::new(hours, zone);
    let earliest = wanted.from.max(rules.notice_end(now));
    let latest = wanted.to.min(rules.horizon_end(now));
    let dates = (wanted.minutes > 0 && earliest < latest).then(|| {
        // An opening of the evening before may reach into the first day.
        let first = rules.date(earliest);
        (first.yesterday().unwrap_or(first), rules.date(latest))
    });
    OpenSlots {
        rules,
        dates,
        windows: Vec::new().into_iter(),
        window: None,
        busy: merged(busy).into_iter().peekable(),
        cursor: earliest,
        latest,
        length: minutes(wanted.minutes),
        buffer: minutes(wanted.buffer_minutes),
    }
}

/// Whether something of `length_minutes` may begin at `start`, leaving aside who else is there.
pub fn is_bookable(
    hours: &Hours,
    zone: &TimeZone,
    length_minutes: u32,
    start: Timestamp,
    now: Timestamp,
) -> Result<Slot, NotBookable> {
    let rules = Rules::new(hours, zone);
    if start < now {
        return Err(NotBookable::Past);
    }
    if start < rules.notice_end(now) {
        return Err(NotBookable::TooSoon);
    }
    if start >= rules.horizon_end(now) {
        return Err(NotBookable::TooFar);
    }
    let date = rules.date(start);
    let window = [date.yesterday().ok(), Some(date)]
        .into_iter()
        .flatten()
        .flat_map(|date| rules.windows(date))
        .find(|window| window.start <= start && start < window.end)
        .ok_or(NotBookable::Closed)?;
    let end = after(start, minutes(length_minutes));
    if end > window.end || length_minutes == 0 {
        return Err(NotBookable::EndsAfterClosing);
    }
    if rules.on_grid(window.origin, start) != start {
        return Err(NotBookable::OffGrid);
    }
    Ok(Slot { start, end })
}

/// When the business is open on a civil date of its zone, in order, as `(opens, closes)`.
pub fn openings(hours: &Hours, zone: &TimeZone, date: Date) -> Vec<(Timestamp, Timestamp)> {
    Rules::new(hours, zone).windows(date).into_iter().map(|window| (window.start, window.end)).collect()
}

/// The walk through days, openings and taken stretches, all in order of time.
struct OpenSlots<'a> {
    rules: Rules<'a>,
    /// The next date to open and the last.
    dates: Option<(Date, Date)>,
    /// What is left of the date opened last.
    windows: std::vec::IntoIter<Window>,
    window: Option<Window>,
    busy: std::iter::Peekable<std::vec::IntoIter<Busy>>,
    /// No slot begins before this; it only moves forward.
    cursor: Timestamp,
    latest: Timestamp,
    length: SignedDuration,
    buffer: SignedDuration,
}

impl Iterator for OpenSlots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        loop {
            let window = self.current_window()?;
            let start = self.rules.on_grid(window.origin, self.cursor.max(window.start));
            let end = after(start, self.length);
            // The next opening has a grid of its own, which may still have a start before the latest.
            if end > window.end || start >= self.latest {
                self.window = None;
                continue;
            }
            while self.busy.next_if(|busy| busy.end <= start).is_some() {}
            match self.busy.peek() {
                Some(busy) if busy.start < after(end, self.buffer) => self.cursor = busy.end,
                Some(_) | None => {
                    // Just past it, not a step: the next opening's grid may have a start in between.
                    self.cursor = after(start, SignedDuration::from_nanos(1));
                    return Some(Slot { start, end });
                }
            }
        }
    }
}

impl OpenSlots<'_> {
    fn current_window(&mut self) -> Option<Window> {
        while self.window.is_none() {
            self.window = self.windows.next();
            if self.window.is_none() {
                let (date, last) = self.dates?;
                self.dates = date.tomorrow().ok().filter(|next| *next <= last).map(|next| (next, last));
                self.windows = self.rules.windows(date).into_iter();
            }
        }
        self.window
    }
}

/// One opening of one day as instants. The grid counts from `origin`, which lies before `start` only where the evening
/// before reaches into this opening.
#[derive(Clone, Copy, Debug)]
struct Window {
    origin: Timestamp,
    start: Timestamp,
    end: Timestamp,
}

/// Opening hours, ready to be asked about dates.
struct Rules<'a> {
    hours: &'a Hours,
    exceptions: BTreeMap<Date, &'a [Opening]>,
    zone: &'a TimeZone,
    step: SignedDuration,
}

impl<'a> Rules<'a> {
    fn new(hours: &'a Hours, zone: &'a TimeZone) -> Self {
        Self {
            hours,
            exceptions: hours.exceptions.iter().map(|(date, openings)| (*date, openings.as_slice())).collect(),
            zone,
            step: minutes(hours.step_minutes.max(STEP_MINUTES_MIN)),
        }
    }

    fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    fn notice_end(&self, now: Timestamp) -> Timestamp {
        after(now, minutes(self.hours.notice_minutes))
    }

    /// The end of the last day that can be booked.
    fn horizon_end(&self, now: Timestamp) -> Timestamp {
        let days = i64::from(self.hours.horizon_days.min(HORIZON_DAYS_MAX)) + 1;
        self.date(now)
            .checked_add(jiff::Span::new().days(days))
            .ok()
            .and_then(|date| self.instant(date, jiff::civil::Time::midnight(), Fold::First))
            .unwrap_or(Timestamp::MAX)
    }

    /// The first time of the grid counted from `origin` that is not before `at`.
    fn on_grid(&self, origin: Timestamp, at: Timestamp) -> Timestamp {
        let step = self.step.as_nanos();
        let past = (at.as_nanosecond() - origin.as_nanosecond()).max(0);
        let steps = (past + step - 1) / step;
        Timestamp::from_nanosecond(origin.as_nanosecond() + steps * step).unwrap_or(Timestamp::MAX)
    }

    /// The openings of a date in order, disjoint from each other and from those of the evening before.
    fn windows(&self, date: Date) -> Vec<Window> {
        let eve = date.yesterday().ok();
        let mut free_from = eve.and_then(|eve| self.stretches(eve).into_iter().map(|(_, end)| end).max());
        let mut windows = Vec::new();
        for (origin, end) in self.stretches(date) {
            let start = free_from.map_or(origin, |free_from| free_from.max(origin));
            if start < end {
                windows.push(Window { origin, start, end });
                free_from = Some(end);
            }
        }
        windows
    }

    /// The openings of a date as they are written, in order of opening. One that closes at or before its opening time
    /// closes the next day: 18:00–02:00, and 09:00–00:00 until midnight.
    fn stretches(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let openings = self.exceptions.get(&date).copied().or_else(|| self.hours.week.get(weekday).map(Vec::as_slice));
        let mut stretches: Vec<_> = openings
            .unwrap_or_default()
            .iter()
            .filter_map(|opening| {
                let closes_on = if opening.to > opening.from { date } else { date.tomorrow().ok()? };
                // Where the hour comes twice the business is open through both.
                let opens = self.instant(date, opening.from, Fold::First)?;
                let closes = self.instant(closes_on, opening.to, Fold::Second)?;
                Some((opens, closes))
            })
            .collect();
        stretches.sort_unstable();
        stretches
    }

    /// The instant of a civil time; of one skipped by the clocks, the first instant after the gap.
    fn instant(&self, date: Date, time: jiff::civil::Time, fold: Fold) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(date.to_datetime(time));
        match (ambiguous.offset(), fold) {
            (AmbiguousOffset::Unambiguous { .. }, _) | (AmbiguousOffset::Fold { .. }, Fold::First) => {
                ambiguous.earlier().ok()
            }
            (AmbiguousOffset::Fold { .. }, Fold::Second) => ambiguous.later().ok(),
            (AmbiguousOffset::Gap { .. }, _) => {
                let before_gap = ambiguous.earlier().ok()?;
                self.zone.following(before_gap).next().map(|transition| transition.timestamp())
            }
        }
    }
}

/// Which of an hour that comes twice is meant.
#[derive(Clone, Copy)]
enum Fold {
    First,
    Second,
}

/// Taken stretches in order, those that touch or overlap made one, empty ones left out.
fn merged(busy: &[Busy]) -> Vec<Busy> {
    let mut sorted: Vec<Busy> = busy.iter().copied().filter(|busy| busy.start < busy.end).collect();
    sorted.sort_unstable_by_key(|busy| busy.start);
    let mut merged: Vec<Busy> = Vec::with_capacity(sorted.len());
    for next in sorted {
        match merged.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            Some(_) | None => merged.push(next),
        }
    }
    merged
}

fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}

/// `at` plus `duration`; the end of time when that lies beyond it.
fn after(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
