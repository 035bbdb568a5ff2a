//! Free time: found, held, let go, and claimed.
//!
//! Time that is taken stands in `calendar_cells`, one row per five minutes, and its primary key is what makes double
//! booking impossible: two claims on one cell cannot both be committed, whatever was read before.
//!
//! Invariant: a live hold and a live appointment own a cell for each five minutes they touch, buffer included, except
//! that a hold made for moving an appointment leaves the cells that appointment owns where they are.

use super::places::{Place, service, service_booked};
use super::store::{Connection, away, instant, instant_of, is_conflict, parsed};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::calendar::{self, HORIZON_DAYS_MAX, SERVICE_MINUTES_MAX, Wanted};
use crate::crm::model::{Busy, Hold, Service, Slot};
use crate::crm::operation::{FindSlots, HoldSlots, ReleaseHold};
use crate::id::{AppointmentId, BusinessId, HoldId, ServiceId};
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection as _;

/// The length of a cell. Openings and steps lie on multiples of it; a service that does not is rounded up.
const CELL_MS: i64 = 5 * 60 * 1_000;
/// How long a hold lasts: longer than anyone takes to decide, short enough that a dropped call does not lose the slot.
const HOLD_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// The most live holds of one business: each belongs to a conversation, and there are never so many.
const HOLDS_MAX: i64 = 200;

/// Whose time a claim is.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Appointment(AppointmentId),
    /// One slot of a hold; others of the same token may overlap it.
    Hold {
        row: HoldId,
        token: HoldId,
    },
}

/// A slot with the time kept free after it.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) slot: Slot,
    pub(super) busy_until: Timestamp,
}

impl Span {
    /// The time a service takes from `start`, if the business's rules allow it at `judged_at`.
    pub(super) fn bookable(
        place: &Place,
        service: &Service,
        start: Timestamp,
        judged_at: Timestamp,
    ) -> Result<Self, Error> {
        let slot = calendar::is_bookable(&place.hours, &place.zone, service.minutes, start, judged_at)?;
        Ok(Self::of(service, slot))
    }

    /// A slot with what its service keeps free after it.
    pub(super) fn of(service: &Service, slot: Slot) -> Self {
        let buffer = SignedDuration::from_mins(i64::from(service.buffer_minutes));
        Self { slot, busy_until: slot.end.checked_add(buffer).unwrap_or(Timestamp::MAX) }
    }
}

impl Perform for FindSlots {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Vec<Slot>, Error> {
        find(within.connection, within.business, self, within.now).await
    }
}

impl Perform for HoldSlots {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Hold, Error> {
        hold(within.connection, within.business, self, within.now).await
    }
}

impl Perform for ReleaseHold {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        release(within.connection, within.business, self).await
    }
}

/// The service time is looked for; what is moved may be of one that is offered no longer.
async fn wanted_service(
    connection: &mut Connection,
    business: BusinessId,
    id: ServiceId,
    moving: Option<AppointmentId>,
) -> Result<Service, Error> {
    if moving.is_some() {
        service_booked(connection, business, id).await
    } else {
        service(connection, business, id).await
    }
}

/// Bookable times, earliest first.
async fn find(
    connection: &mut Connection,
    business: BusinessId,
    find: &FindSlots,
    now: Timestamp,
) -> Result<Vec<Slot>, Error> {
    let place = Place::load(connection, business).await?;
    let service = wanted_service(connection, business, find.service, find.moving).await?;
    // A day to spare on both sides: notice and horizon are the calendar's to apply.
    let horizon = SignedDuration::from_hours(24 * (i64::from(place.hours.horizon_days.min(HORIZON_DAYS_MAX)) + 2));
    let until = find.to.min(now.checked_add(horizon).unwrap_or(Timestamp::MAX));
    let busy = busy(connection, &place, (find.from.max(now), until), now, find).await?;
    let wanted =
        Wanted { from: find.from, to: find.to, minutes: service.minutes, buffer_minutes: service.buffer_minutes };
    Ok(calendar::open_slots(&place.hours, &place.zone, &busy, &wanted, now)
        .take(find.limit.min(FindSlots::LIMIT_MAX))
        .collect())
}

/// What is taken by appointments and live holds, leaving out one's own, in whole cells as they are claimed.
async fn busy(
    connection: &mut Connection,
    place: &Place,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
    find: &FindSlots,
) -> Result<Vec<Busy>, Error> {
    // Whatever reaches into the time looked at began at most a service and its buffer before it, and a search may end
    // in the middle of a slot whose length and buffer reach past `to`.
    let reach = i64::from(SERVICE_MINUTES_MAX) * 2 * 60 * 1_000;
    let rows = sqlx::query(
        "SELECT start_at, busy_until FROM appointments \
         WHERE business_id = $1 AND start_at >= $2 AND start_at < $3 AND calendar_id = $4 AND status <> 'cancelled' \
         AND id <> $5 \
         UNION ALL \
         SELECT start_at, busy_until FROM holds \
         WHERE business_id = $1 AND start_at >= $2 AND start_at < $3 AND calendar_id = $4 AND expires_at > $6 \
         AND token <> $7",
    )
    .bind(place.business.to_string())
    .bind(instant(from).saturating_sub(reach))
    .bind(instant(to).saturating_add(reach))
    .bind(place.calendar.to_string())
    .bind(text_or_empty(find.moving))
    .bind(instant(now))
    .bind(text_or_empty(find.own_hold))
    .fetch_all(connection)
    .await
    .map_err(away)?;
    rows.iter()
        .map(|row| {
            let (first, end) = cells(instant_of(row, "start_at")?, instant_of(row, "busy_until")?);
            let edge = |cell: i64| Timestamp::from_millisecond(cell.saturating_mul(CELL_MS)).unwrap_or(Timestamp::MAX);
            Ok(Busy { start: edge(first), end: edge(end) })
        })
        .collect()
}

/// Keeps slots for somebody, as many of those wanted as are free; the hold it replaces is let go only if this one
/// succeeds.
async fn hold(
    connection: &mut Connection,
    business: BusinessId,
    wanted: &HoldSlots,
    now: Timestamp,
) -> Result<Hold, Error> {
    let place = Place::load(connection, business).await?;
    let service = wanted_service(connection, business, wanted.service, wanted.moving).await?;
    sweep(connection, business, now).await?;
    if let Some(old) = wanted.instead_of {
        take_hold(connection, business, old).await?;
    }
    let live: i64 = sqlx::query_scalar("SELECT COUNT(DISTINCT token) FROM holds WHERE business_id = $1")
        .bind(business.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(away)?;
    if live >= HOLDS_MAX {
        return Err(Error::Unavailable("too many times are being held".to_owned()));
    }
    let expires_at = now.checked_add(HOLD_LIFETIME).unwrap_or(Timestamp::MAX);
    let mut hold = Hold { id: HoldId::fresh(), slots: Vec::new(), expires_at };
    let mut refusal = Error::SlotTaken;
    for &start in wanted.starts.iter().take(HoldSlots::STARTS_MAX) {
        let kept = match Span::bookable(&place, &service, start, now) {
            Ok(span) => keep(connection, &place, &service, span, &hold, (wanted.moving, now)).await.map(|()| span.slot),
            Err(error) => Err(error),
        };
        match kept {
            Ok(slot) => {
                hold.slots.push(slot);
                if hold.slots.len() >= wanted.count {
                    break;
                }
            }
            Err(error @ (Error::SlotTaken | Error::NotBookable(_))) => refusal = error,
            Err(error) => return Err(error),
        }
    }
    hold.slots.sort();
    if hold.slots.is_empty() { Err(refusal) } else { Ok(hold) }
}

/// Keeps one slot under a hold's token, or changes nothing.
async fn keep(
    connection: &mut Connection,
    place: &Place,
    service: &Service,
    span: Span,
    hold: &Hold,
    (moving, now): (Option<AppointmentId>, Timestamp),
) -> Result<(), Error> {
    // A claim that fails takes its row back with it, and nothing else.
    let mut attempt = connection.begin().await.map_err(away)?;
    let row = HoldId::fresh();
    sqlx::query(
        "INSERT INTO holds (id, business_id, calendar_id, service_id, start_at, end_at, busy_until, expires_at, \
         created_at, updated_at, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
    )
    .bind(row.to_string())
    .bind(place.business.to_string())
    .bind(place.calendar.to_string())
    .bind(service.id.to_string())
    .bind(instant(span.slot.start))
    .bind(instant(span.slot.end))
    .bind(instant(span.busy_until))
    .bind(instant(hold.expires_at))
    .bind(instant(now))
    .bind(hold.id.to_string())
    .execute(&mut *attempt)
    .await
    .map_err(away)?;
    match claim(&mut attempt, place, Owner::Hold { row, token: hold.id }, span, moving, now).await {
        Ok(()) => attempt.commit().await.map_err(away),
        Err(error) => {
            attempt.rollback().await.map_err(away)?;
            Err(error)
        }
    }
}

/// Lets a hold go; one that lapsed or was used up is gone already.
pub(super) async fn release(
    connection: &mut Connection,
    business: BusinessId,
    release: &ReleaseHold,
) -> Result<(), Error> {
    take_hold(connection, business, release.hold).await.map(drop)
}

/// Since when the hold used for a booking has been kept for just that, if it is still live. Uses the hold up.
///
/// A time is judged by the moment it was promised: notice that ran out while the caller was deciding is not their fault.
pub(super) async fn promised_at(
    connection: &mut Connection,
    business: BusinessId,
    hold: Option<HoldId>,
    service: ServiceId,
    start: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let Some(hold) = hold else { return Ok(None) };
    let taken = take_hold(connection, business, hold).await?;
    Ok(taken.into_iter().find(|taken| taken.service == service && taken.start == start).map(|taken| taken.created_at))
}

/// A slot that was kept.
struct TakenHold {
    service: ServiceId,
    start: Timestamp,
    created_at: Timestamp,
}

/// Removes a hold with its cells.
async fn take_hold(connection: &mut Connection, business: BusinessId, hold: HoldId) -> Result<Vec<TakenHold>, Error> {
    sqlx::query("DELETE FROM holds WHERE business_id = $1 AND token = $2 RETURNING service_id, start_at, created_at")
        .bind(business.to_string())
        .bind(hold.to_string())
        .fetch_all(connection)
        .await
        .map_err(away)?
        .iter()
        .map(|row| {
            Ok(TakenHold {
                service: parsed(row, "service_id")?,
                start: instant_of(row, "start_at")?,
                created_at: instant_of(row, "created_at")?,
            })
        })
        .collect()
}

/// Removes lapsed holds, and with them their cells. Runs in every transaction that claims time.
pub(super) async fn sweep(connection: &mut Connection, business: BusinessId, now: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM holds WHERE business_id = $1 AND expires_at <= $2")
        .bind(business.to_string())
        .bind(instant(now))
        .execute(connection)
        .await
        .map(drop)
        .map_err(away)
}

/// Takes the cells of a span, or fails with `SlotTaken`. Cells that belong to `moving`, or to another slot of the same
/// hold, are left to it.
pub(super) async fn claim(
    connection: &mut Connection,
    place: &Place,
    owner: Owner,
    span: Span,
    moving: Option<AppointmentId>,
    now: Timestamp,
) -> Result<(), Error> {
    let (first, end) = cells(span.slot.start, span.busy_until);
    let (appointment, hold, token) = match owner {
        Owner::Appointment(id) => (Some(id.to_string()), None, None),
        Owner::Hold { row, token } => (None, Some(row.to_string()), Some(token)),
    };
    let claimed = sqlx::query(
        "INSERT INTO calendar_cells (calendar_id, cell, business_id, appointment_id, hold_id, created_at, updated_at) \
         WITH RECURSIVE wanted (cell) AS (\
         SELECT CAST($2 AS BIGINT) UNION ALL SELECT cell + 1 FROM wanted WHERE cell + 1 < CAST($3 AS BIGINT)) \
         SELECT $1, wanted.cell, $4, $5, $6, CAST($7 AS BIGINT), CAST($7 AS BIGINT) FROM wanted \
         WHERE NOT EXISTS (SELECT 1 FROM calendar_cells own \
         LEFT JOIN holds kept ON kept.id = own.hold_id \
         WHERE own.calendar_id = $1 AND own.cell = wanted.cell AND (own.appointment_id = $8 OR kept.token = $9))",
    )
    .bind(place.calendar.to_string())
    .bind(first)
    .bind(end)
    .bind(place.business.to_string())
    .bind(appointment)
    .bind(hold)
    .bind(instant(now))
    .bind(text_or_empty(moving))
    .bind(text_or_empty(token))
    .execute(connection)
    .await;
    match claimed {
        Ok(_) => Ok(()),
        Err(error) if is_conflict(&error) => Err(Error::SlotTaken),
        Err(error) => Err(away(error)),
    }
}

/// The cells from `from` to `to`: the first, and the one after the last.
fn cells(from: Timestamp, to: Timestamp) -> (i64, i64) {
    let end = instant(to);
    (instant(from).div_euclid(CELL_MS), end.div_euclid(CELL_MS) + i64::from(end.rem_euclid(CELL_MS) > 0))
}

/// An id to leave out: no row has an empty one.
fn text_or_empty<T: ToString>(id: Option<T>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
