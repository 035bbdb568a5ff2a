//! `GET /api/appointments?from&to`: the calendar.

use super::business;
use crate::crm::model::Appointment;
use crate::http::House;
use crate::http::extract::Ask;
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest stretch of one answer: a quarter with its edges.
const STRETCH_MAX: SignedDuration = SignedDuration::from_hours(100 * 24);

#[derive(Deserialize)]
pub(in crate::http) struct Wanted {
    business: Option<BusinessId>,
    from: Timestamp,
    to: Timestamp,
}

#[derive(Serialize)]
pub(in crate::http) struct Page {
    appointments: Vec<Appointment>,
}

pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    Ask(wanted): Ask<Wanted>,
) -> Result<Json<Page>, Problem> {
    if wanted.to <= wanted.from || wanted.to.duration_since(wanted.from) > STRETCH_MAX {
        return Err(Problem::invalid("`to` must lie after `from`, at most 100 days."));
    }
    let business = business(&house, wanted.business).await?;
    let appointments = house.book.agenda(business.id, wanted.from, wanted.to).await?;
    Ok(Json(Page { appointments }))
}
