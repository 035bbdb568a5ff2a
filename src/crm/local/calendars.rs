//! The calendars of a business.

use super::store::{Row, away, get, instant_of, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::Calendar;
use crate::crm::operation::ListCalendars;

/// The most calendars one listing returns.
const CALENDARS_MAX: i64 = 200;

impl Perform for ListCalendars {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<Calendar>, Error> {
        sqlx::query("SELECT * FROM calendars WHERE business_id = $1 ORDER BY created_at, id LIMIT $2")
            .bind(within.business.to_string())
            .bind(CALENDARS_MAX)
            .fetch_all(&mut *within.connection)
            .await
            .map_err(away)?
            .iter()
            .map(calendar_of)
            .collect()
    }
}

fn calendar_of(row: &Row) -> Result<Calendar, Error> {
    Ok(Calendar {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        name: get(row, "name")?,
        created_at: instant_of(row, "created_at")?,
    })
}
