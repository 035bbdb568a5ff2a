//! How a business did. Whole days of UTC are counted as they happen, by the database itself (the table `figures`, see
//! `migrations/`); only what is left at both ends of a stretch, because the business's days begin at other times, is counted
//! from the rows.

use super::places::{Place, currency};
use super::statement::Statement;
use super::store::{count_of, damaged, get, instant};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::Statistics;
use crate::crm::operation::GetStatistics;
use crate::id::BusinessId;
use jiff::{civil, tz::TimeZone};

/// The milliseconds of a day of UTC.
const DAY_MS: i64 = 86_400_000;

/// A figure: what it is called among those that are kept, and how it is counted from its rows.
struct Figure {
    /// What it is in the answer.
    name: &'static str,
    /// The sum of the days kept, up to the business.
    kept: &'static str,
    /// The count of the rows, up to the business.
    rows: &'static str,
    /// From when on a row counts.
    from: &'static str,
    /// Until when.
    to: &'static str,
}

/// A figure's statements: its name, what is summed of it, and how its rows are counted.
macro_rules! figure {
    ($name:literal, $figure:literal, $kept:literal, $what:literal, $from:literal, $at:literal) => {
        Figure {
            name: $name,
            kept: concat!(
                "(SELECT CAST(COALESCE(SUM(",
                $kept,
                "), 0) AS BIGINT) FROM figures WHERE figure = '",
                $figure,
                "' AND business_id = "
            ),
            rows: concat!("(SELECT CAST(", $what, " AS BIGINT) FROM ", $from, " AND business_id = "),
            from: concat!(" AND ", $at, " >= "),
            to: concat!(" AND ", $at, " < "),
        }
    };
    ($name:literal, $from:literal, $at:literal) => {
        figure!($name, $name, "several", "COUNT(*)", $from, $at)
    };
}

const FIGURES: [Figure; 10] = [
    figure!("calls", "calls WHERE TRUE", "started_at"),
    figure!("calls_answered", "calls WHERE status IN ('in-progress', 'completed')", "started_at"),
    figure!("appointments_booked", "appointments WHERE TRUE", "created_at"),
    figure!("appointments_cancelled", "appointments WHERE status = 'cancelled'", "start_at"),
    figure!("appointments_no_show", "appointments WHERE status = 'no-show'", "start_at"),
    figure!("contacts_new", "contacts WHERE deleted_at IS NULL", "created_at"),
    figure!("messages", "messages WHERE TRUE", "created_at"),
    figure!("opportunities_won", "opportunities WHERE status = 'won'", "closed_at"),
    figure!(
        "won_minor",
        "opportunities_won",
        "worth_minor",
        "COALESCE(SUM(value_minor), 0)",
        "opportunities WHERE status = 'won'",
        "closed_at"
    ),
    figure!("tasks_done", "tasks WHERE completed_at IS NOT NULL", "completed_at"),
];

impl Perform for GetStatistics {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Statistics, Error> {
        let place = Place::load(within.connection, within.business).await?;
        let currency = currency(within.connection, within.business).await?;
        let stretch = Stretch::between(beginning(self.from, &place.zone)?, end(self.to, &place.zone)?);
        let rows = stretch.count(within.business).fetch_all(within.connection).await?;
        let row = rows.first().ok_or_else(|| damaged("count"))?;
        Ok(Statistics {
            from: self.from,
            to: self.to,
            zone: place.zone_name,
            calls: count_of(row, "calls")?,
            calls_answered: count_of(row, "calls_answered")?,
            appointments_booked: count_of(row, "appointments_booked")?,
            appointments_cancelled: count_of(row, "appointments_cancelled")?,
            appointments_no_show: count_of(row, "appointments_no_show")?,
            contacts_new: count_of(row, "contacts_new")?,
            messages: count_of(row, "messages")?,
            opportunities_won: count_of(row, "opportunities_won")?,
            won_minor: get(row, "won_minor")?,
            currency,
            tasks_done: count_of(row, "tasks_done")?,
        })
    }
}

/// A stretch of time taken apart: ends are excluded.
#[derive(Debug, PartialEq, Eq)]
struct Stretch {
    /// The whole days of UTC in it, counted since 1970.
    days: Option<(i64, i64)>,
    /// What is left of it, in milliseconds since 1970.
    rest: Vec<(i64, i64)>,
}

impl Stretch {
    /// From one instant to another.
    fn between(start: i64, end: i64) -> Self {
        // What was before 1970 is on no day that is kept rightly: dividing rounds it up.
        let first = start.div_euclid(DAY_MS) + i64::from(start.rem_euclid(DAY_MS) > 0);
        let (first, last) = (first.max(1), end.div_euclid(DAY_MS));
        if first >= last {
            return Self { days: None, rest: vec![(start, end)] };
        }
        let rest = [(start, first * DAY_MS), (last * DAY_MS, end)].into_iter().filter(|(from, to)| from < to);
        Self { days: Some((first, last)), rest: rest.collect() }
    }

    /// Counts all figures of it at once.
    fn count(&self, business: BusinessId) -> Statement {
        let mut statement = Statement::new("SELECT ");
        for (place, figure) in FIGURES.iter().enumerate() {
            statement.say(if place == 0 { "0" } else { ", 0" });
            if let Some((first, last)) = self.days {
                statement.say(" + ").say(figure.kept).bind(business.to_string());
                statement.say(" AND day >= ").bind(first).say(" AND day < ").bind(last).say(")");
            }
            for (from, to) in &self.rest {
                statement.say(" + ").say(figure.rows).bind(business.to_string());
                statement.say(figure.from).bind(*from).say(figure.to).bind(*to).say(")");
            }
            statement.say(" AS ").say(figure.name);
        }
        statement
    }
}

/// When a day begins in a zone.
fn beginning(day: civil::Date, zone: &TimeZone) -> Result<i64, Error> {
    let unknown = |_| Error::Invalid(Reason::DayBeyondCalendar);
    day.to_zoned(zone.clone()).map(|begins| instant(begins.timestamp())).map_err(unknown)
}

/// When a day is over.
fn end(day: civil::Date, zone: &TimeZone) -> Result<i64, Error> {
    let next = day.tomorrow().map_err(|_| Error::Invalid(Reason::DayBeyondCalendar))?;
    beginning(next, zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stretch_is_its_whole_days_and_what_is_left_at_both_ends() {
        let hour = DAY_MS / 24;
        let stretch = |days, rest: &[(i64, i64)]| Stretch { days, rest: rest.to_vec() };
        for (from, to, parts) in [
            (DAY_MS, 3 * DAY_MS, stretch(Some((1, 3)), &[])),
            (5 * hour, 53 * hour, stretch(Some((1, 2)), &[(5 * hour, DAY_MS), (2 * DAY_MS, 53 * hour)])),
            (5 * hour, 29 * hour, stretch(None, &[(5 * hour, 29 * hour)])),
            (-DAY_MS, 2 * DAY_MS, stretch(Some((1, 2)), &[(-DAY_MS, DAY_MS)])),
        ] {
            assert_eq!(Stretch::between(from, to), parts, "{from} to {to}");
        }
    }

    proptest! {
        #[test]
        fn each_instant_is_in_one_part_or_outside(from in -3 * DAY_MS..40 * DAY_MS, long in 1..30 * DAY_MS, at in -4 * DAY_MS..80 * DAY_MS) {
            let stretch = Stretch::between(from, from + long);
            // As the database counts days.
            let day = at / DAY_MS;
            let parts = stretch.rest.iter().filter(|(from, to)| (*from..*to).contains(&at)).count()
                + usize::from(stretch.days.is_some_and(|(first, last)| (first..last).contains(&day)));
            prop_assert_eq!(parts, usize::from((from..from + long).contains(&at)));
        }
    }
}
