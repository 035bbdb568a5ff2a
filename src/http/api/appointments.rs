//! `GET /api/appointments?from&to`: the calendar.

use super::business;
use super::described::Described;
use crate::accounts::Caller;
use crate::crm::model::Appointment;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::extract::{As, Ask};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest stretch of one answer: a quarter with its edges.
const STRETCH_MAX: SignedDuration = SignedDuration::from_hours(100 * 24);

pub(in crate::http) const LIST: Described = Described::get(
    "list_agenda",
    "The calendar: appointments that are not cancelled, starting from one time to another.",
)
.asks::<Wanted>()
.gives::<Agenda>()
.needs(Permission::ReadContacts);

/// Which appointments.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Wanted {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
    /// From when.
    from: Timestamp,
    /// Until when, at most 100 days later.
    to: Timestamp,
}

/// Appointments, by time.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Agenda {
    appointments: Vec<Appointment>,
    /// `from` of the rest, when there are more than one answer holds; none: that is all.
    next: Option<Timestamp>,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Agenda>, Problem> {
    if wanted.to <= wanted.from || wanted.to.duration_since(wanted.from) > STRETCH_MAX {
        return Err(Problem::invalid("`to` must lie after `from`, at most 100 days."));
    }
    let business = business(&house, &caller, wanted.business, Permission::ReadContacts).await?;
    let appointments = house.book.agenda(business.id, wanted.from, wanted.to).await?;
    let next = match appointments.last() {
        Some(last) => after(&house, business.id, last.slot.start, wanted.to).await?,
        None => None,
    };
    Ok(Json(Agenda { appointments, next }))
}

/// When the first appointment after this moment starts. A calendar has one at a time, so none is passed over.
async fn after(
    house: &House,
    business: BusinessId,
    moment: Timestamp,
    to: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    let Ok(from) = moment.checked_add(SignedDuration::from_millis(1)) else { return Ok(None) };
    let rest = house.book.agenda(business, from, to).await?;
    Ok(rest.first().map(|one| one.slot.start))
}
