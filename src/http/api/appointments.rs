//! `GET /api/appointments?from&to`: the calendar.

use super::described::Described;
use super::{business, page_of};
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
    /// At most so many: 50 unless said otherwise, 200 at the most.
    #[schemars(range(min = 1, max = super::PAGE_MAX))]
    limit: Option<usize>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

/// Appointments, by time.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Agenda {
    appointments: Vec<Appointment>,
    /// The cursor of the next page; none on the last one.
    next: Option<String>,
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
    let way = (Some(page_of(wanted.limit)), wanted.cursor.as_deref());
    let page = house.book.agenda_page(business.id, (wanted.from, wanted.to), way).await?;
    Ok(Json(Agenda { appointments: page.items, next: page.next }))
}
