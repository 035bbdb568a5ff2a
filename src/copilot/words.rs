//! Days, times, sums and lists as they are written.

use super::phrases::{Book, filled};
use crate::crm::model::{Currency, Opening, WeekHours};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

impl Book {
    /// "Friday, November 27".
    pub(super) fn date(&self, day: Date) -> String {
        let weekday = self.weekday(day.weekday());
        let month = usize::try_from(day.month() - 1).ok().and_then(|month| self.dates.months.get(month));
        let fills =
            [("weekday", weekday), ("day", day.day().to_string()), ("month", month.cloned().unwrap_or_default())];
        filled(&self.dates.date, &fills)
    }

    fn weekday(&self, day: Weekday) -> String {
        let place = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.dates.weekdays.get(place).cloned().unwrap_or_default()
    }

    /// "2:30 PM", "14:30".
    pub(super) fn time(&self, at: Time) -> String {
        if !self.dates.twelve_hours {
            return format!("{}:{:02}", at.hour(), at.minute());
        }
        let half = if at.hour() < 12 { "AM" } else { "PM" };
        let hour = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
        format!("{hour}:{:02} {half}", at.minute())
    }

    /// "Friday, November 27 at 2:30 PM".
    pub(super) fn moment(&self, at: Timestamp, zone: &TimeZone) -> String {
        let at: Zoned = at.to_zoned(zone.clone());
        filled(&self.dates.moment, &[("date", self.date(at.date())), ("time", self.time(at.time()))])
    }

    /// One line for each day of the week on which it is open.
    pub(super) fn week(&self, week: &WeekHours) -> Vec<String> {
        let days = (0_i8..).zip(week).filter(|(_, hours)| !hours.is_empty());
        days.map(|(day, hours)| {
            let stretch =
                |one: &Opening| filled(&self.dates.hours, &[("from", self.time(one.from)), ("to", self.time(one.to))]);
            let hours = hours.iter().map(stretch).collect::<Vec<_>>().join(", ");
            let weekday = Weekday::from_monday_zero_offset(day).map(|day| self.weekday(day)).unwrap_or_default();
            filled(&self.dates.open, &[("weekday", weekday), ("hours", hours)])
        })
        .collect()
    }
}

/// "$95", "$95.50", "95.50 EUR".
pub(super) fn money(minor: i64, currency: Currency) -> String {
    let (whole, cents) = (minor / 100, minor % 100);
    let sum = if cents == 0 { whole.to_string() } else { format!("{whole}.{cents:02}") };
    if currency == Currency::USD { format!("${sum}") } else { format!("{sum} {currency}") }
}

/// The beginning of a text, on one line.
pub(super) fn short(text: &str) -> String {
    /// A line of a list.
    const SHORT_MAX: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHORT_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Without the quotes that stand around all of it.
pub(super) fn unquoted(text: &str) -> &str {
    const QUOTES: [(char, char); 4] = [('"', '"'), ('“', '”'), ('«', '»'), ('‘', '’')];
    let text = text.trim();
    let within = |(opens, closes): &(char, char)| text.strip_prefix(*opens)?.strip_suffix(*closes);
    QUOTES.iter().find_map(within).map_or(text, str::trim)
}

/// A name as given and family name.
pub(super) fn parted(name: &str) -> (String, String) {
    let name = name.trim();
    let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    (first.to_owned(), last.trim().to_owned())
}
