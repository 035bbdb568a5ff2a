//! How a business did: one count by an index for each figure.

use super::places::{Place, currency};
use super::store::{away, count_of, damaged, get, instant};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::Statistics;
use crate::crm::operation::GetStatistics;
use jiff::{Timestamp, civil, tz::TimeZone};

/// Completes a count that begins so: of this business, and at or after and before two instants by a column.
macro_rules! count {
    ($what:literal, $column:literal) => {
        concat!($what, " AND business_id = $1 AND ", $column, " >= $2 AND ", $column, " < $3")
    };
}

impl Perform for GetStatistics {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Statistics, Error> {
        let place = Place::load(within.connection, within.business).await?;
        let currency = currency(within.connection, within.business).await?;
        let mut days = Days { start: beginning(self.from, &place.zone)?, end: end(self.to, &place.zone)?, within };
        let (opportunities_won, won_minor) = days.won().await?;
        Ok(Statistics {
            from: self.from,
            to: self.to,
            zone: place.zone_name,
            calls: days.count(count!("SELECT COUNT(*) FROM calls WHERE TRUE", "started_at")).await?,
            calls_answered: days
                .count(count!("SELECT COUNT(*) FROM calls WHERE status IN ('in-progress', 'completed')", "started_at"))
                .await?,
            appointments_booked: days
                .count(count!("SELECT COUNT(*) FROM appointments WHERE TRUE", "created_at"))
                .await?,
            appointments_cancelled: days
                .count(count!("SELECT COUNT(*) FROM appointments WHERE status = 'cancelled'", "start_at"))
                .await?,
            appointments_no_show: days
                .count(count!("SELECT COUNT(*) FROM appointments WHERE status = 'no-show'", "start_at"))
                .await?,
            contacts_new: days
                .count(count!("SELECT COUNT(*) FROM contacts WHERE deleted_at IS NULL", "created_at"))
                .await?,
            messages: days.count(count!("SELECT COUNT(*) FROM messages WHERE TRUE", "created_at")).await?,
            opportunities_won,
            won_minor,
            currency,
            tasks_done: days
                .count(count!("SELECT COUNT(*) FROM tasks WHERE completed_at IS NOT NULL", "completed_at"))
                .await?,
        })
    }
}

/// A stretch of days of a business.
struct Days<'w, 'c> {
    start: Timestamp,
    end: Timestamp,
    within: &'w mut Within<'c>,
}

impl Days<'_, '_> {
    async fn count(&mut self, query: &'static str) -> Result<u64, Error> {
        let count: i64 = sqlx::query_scalar(query)
            .bind(self.within.business.to_string())
            .bind(instant(self.start))
            .bind(instant(self.end))
            .fetch_one(&mut *self.within.connection)
            .await
            .map_err(away)?;
        u64::try_from(count).map_err(|_| damaged("count"))
    }

    /// How many opportunities were won, and what they are worth.
    async fn won(&mut self) -> Result<(u64, i64), Error> {
        let row = sqlx::query(count!(
            "SELECT COUNT(*) AS several, CAST(COALESCE(SUM(value_minor), 0) AS BIGINT) AS value_minor \
             FROM opportunities WHERE status = 'won'",
            "closed_at"
        ))
        .bind(self.within.business.to_string())
        .bind(instant(self.start))
        .bind(instant(self.end))
        .fetch_one(&mut *self.within.connection)
        .await
        .map_err(away)?;
        Ok((count_of(&row, "several")?, get(&row, "value_minor")?))
    }
}

/// When a day begins in a zone.
fn beginning(day: civil::Date, zone: &TimeZone) -> Result<Timestamp, Error> {
    let unknown = |_| Error::Invalid("that day is beyond the calendar".to_owned());
    day.to_zoned(zone.clone()).map(|begins| begins.timestamp()).map_err(unknown)
}

/// When a day is over.
fn end(day: civil::Date, zone: &TimeZone) -> Result<Timestamp, Error> {
    let next = day.tomorrow().map_err(|_| Error::Invalid("that day is beyond the calendar".to_owned()))?;
    beginning(next, zone)
}
