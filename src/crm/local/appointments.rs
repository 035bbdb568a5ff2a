//! Appointments: booked, moved, cancelled, listed.
//!
//! Invariant: an appointment owns its cells exactly while it is not cancelled (see [`super::slots`]).

use super::contacts::{self, refuse_stale};
use super::cursor::Cursor;
use super::places::{Place, service, service_booked};
use super::records::Order;
use super::slots::{Owner, Span, claim, promised_at, sweep};
use super::statement::Statement;
use super::store::{
    Connection, Row, away, count_of, damaged, get, instant, instant_of, parsed, parsed_option, phone_of, word, word_of,
};
use super::undo::Step;
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Appointment, AppointmentStatus, Contact, Kind, Page, Slot, Way, same_name};
use crate::crm::operation::{
    AppointmentStanding, BookAppointment, CancelAppointment, ConfirmAppointment, GetAppointment, ListAppointments,
    RescheduleAppointment, UpdateAppointment,
};
use crate::id::{AppointmentId, BusinessId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;

/// What a cursor of the listing is made for.
const BY_START: &str = "appointments by start";
/// The most appointments one listing returns.
const LIST_MAX: usize = 200;
/// The most appointments looked through for a name: a busy business's coming year.
const NAMES_MAX: usize = 20_000;
/// The most appointments one look at the agenda returns: a busy month.
const AGENDA_MAX: i64 = 2_000;

impl Perform for BookAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        book(within, self).await
    }
}

impl Perform for RescheduleAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        reschedule(within, self).await
    }
}

impl Perform for CancelAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        cancel(within, self).await
    }
}

impl Perform for ListAppointments {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Appointment>, Error> {
        list(within, self).await
    }
}

impl Perform for GetAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        load(within.connection, within.business, self.appointment).await
    }
}

impl Perform for ConfirmAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        confirm(within, self).await
    }
}

impl Perform for UpdateAppointment {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Appointment, Error> {
        update(within, self).await
    }
}

/// Books, and finds or makes the contact.
async fn book(within: &mut Within<'_>, book: &BookAppointment) -> Result<Appointment, Error> {
    let (business, now) = (within.business, within.now);
    let connection = &mut *within.connection;
    let place = Place::load(connection, business).await?;
    let service = service(connection, business, book.service).await?;
    sweep(connection, business, now).await?;
    let promised = promised_at(connection, business, book.hold, service.id, book.start).await?;
    let span = Span::bookable(&place, &service, book.start, promised.unwrap_or(now))?;
    let contact = contact_for(within, book).await?;
    let given = book.customer.name.trim();
    let appointment = Appointment {
        id: AppointmentId::fresh(),
        business,
        calendar: place.calendar,
        contact: contact.id,
        customer_name: if given.is_empty() { contact.full_name() } else { given.to_owned() },
        customer_phone: book.customer.phone.clone().or(contact.phone),
        service: service.id,
        service_name: service.name,
        slot: span.slot,
        zone: place.zone_name.clone(),
        status: AppointmentStatus::Scheduled,
        source: within.source,
        call: book.call,
        notes: book.notes.clone(),
        version: 1,
        created_at: now,
    };
    insert(within.connection, &appointment, span, now).await?;
    claim(within.connection, &place, Owner::Appointment(appointment.id), span, None, now).await?;
    within.changed(Kind::Appointment, &appointment.id, None, Some(&appointment))?;
    Ok(appointment)
}

/// The contact a booking names, as it is; else the one its customer is found or made.
async fn contact_for(within: &mut Within<'_>, book: &BookAppointment) -> Result<Contact, Error> {
    let Some(id) = book.contact else { return contacts::find_or_make(within, &book.customer).await };
    let contact = contacts::by_id(within.connection, within.business, id).await?;
    contacts::touch(within, id).await?;
    Ok(contact)
}

/// Moves an appointment; its old time is free again.
async fn reschedule(within: &mut Within<'_>, reschedule: &RescheduleAppointment) -> Result<Appointment, Error> {
    let (business, now) = (within.business, within.now);
    let connection = &mut *within.connection;
    let place = Place::load(connection, business).await?;
    let before = load(connection, business, reschedule.appointment).await?;
    refuse_stale(before.version, reschedule.version, "appointment")?;
    refuse_settled(&before, now)?;
    let service = service_booked(connection, business, before.service).await?;
    sweep(connection, business, now).await?;
    let promised = promised_at(connection, business, reschedule.hold, service.id, reschedule.start).await?;
    let span = Span::bookable(&place, &service, reschedule.start, promised.unwrap_or(now))?;
    free(connection, before.id).await?;
    claim(connection, &place, Owner::Appointment(before.id), span, None, now).await?;
    let after = Appointment {
        slot: span.slot,
        zone: place.zone_name.clone(),
        status: AppointmentStatus::Scheduled,
        ..before.clone()
    };
    change(within, &before, after, Some(span)).await
}

/// Cancels an appointment. Cancelling a cancelled one is no error: it is as wanted.
async fn cancel(within: &mut Within<'_>, cancel: &CancelAppointment) -> Result<Appointment, Error> {
    let before = read(within, cancel.appointment, cancel.version).await?;
    if before.status == AppointmentStatus::Cancelled {
        return Ok(before);
    }
    refuse_settled(&before, within.now)?;
    free(within.connection, before.id).await?;
    change(within, &before, Appointment { status: AppointmentStatus::Cancelled, ..before.clone() }, None).await
}

/// Appointments in order of time; of one person, by their contact, by their contact's number or the one given at booking, or
/// by the name given at booking, or of everybody.
async fn list(within: &mut Within<'_>, list: &ListAppointments) -> Result<Page<Appointment>, Error> {
    let limit = list.limit.clamp(1, LIST_MAX);
    // Names are compared as people hear them, which SQL cannot: all are read, and the limit counts what is kept.
    let rows_max = if list.name.is_some() { NAMES_MAX } else { limit + 1 };
    if let Some(contact) = list.contact {
        contacts::by_id(within.connection, within.business, contact).await?;
    }
    let after = list.cursor.as_deref().map(|cursor| Cursor::read(cursor, BY_START)).transpose()?;
    let business = within.business.to_string();
    let mut statement = Statement::new("SELECT a.* FROM appointments a WHERE a.business_id = ");
    statement.bind(business.as_str());
    if let Some(phone) = &list.phone {
        // Three indexed searches rather than one `OR` that walks the table; `UNION` leaves out what several find.
        statement.say(" AND a.customer_phone = ").bind(phone.as_str());
        say_wanted(&mut statement, list, after.as_ref(), within.now)?;
        statement.say(" UNION SELECT a.* FROM appointments a JOIN contacts c ON c.business_id = a.business_id");
        statement.say(" AND c.id = a.contact_id WHERE c.business_id = ").bind(business.as_str());
        statement.say(" AND c.phone = ").bind(phone.as_str());
        say_wanted(&mut statement, list, after.as_ref(), within.now)?;
        statement.say(" UNION SELECT a.* FROM contact_reach r JOIN appointments a ON a.business_id = r.business_id");
        statement.say(" AND a.contact_id = r.contact_id WHERE r.business_id = ").bind(business.as_str());
        statement.say(" AND r.value = ").bind(phone.as_str());
    }
    say_wanted(&mut statement, list, after.as_ref(), within.now)?;
    statement.say(" ORDER BY start_at, id LIMIT ").bind(i64::try_from(rows_max).unwrap_or(i64::MAX));
    let rows = statement.fetch_all(within.connection).await?;
    let (mut items, mut next) = (Vec::new(), None);
    for row in &rows {
        let name: &str = get(row, "customer_name")?;
        if list.name.as_deref().is_some_and(|wanted| !same_name(wanted, name)) {
            continue;
        }
        if items.len() == limit {
            next = items.last().map(cursor_of);
            break;
        }
        items.push(appointment_of(row)?);
    }
    Ok(Page { items, next })
}

/// Which appointments are wanted, but for the number they are under.
fn say_wanted(
    statement: &mut Statement,
    list: &ListAppointments,
    after: Option<&Cursor>,
    now: Timestamp,
) -> Result<(), Error> {
    statement.say(" AND a.start_at >= ").bind(instant(list.from));
    statement.say(" AND a.start_at < ").bind(instant(list.to));
    if list.status.is_empty() {
        statement.say(" AND a.status IN ('scheduled', 'confirmed') AND a.end_at > ").bind(instant(now));
    } else {
        let words = list.status.iter().map(word).collect::<Result<Vec<_>, _>>()?;
        statement.say(" AND a.status IN ").bind_all(words);
    }
    if let Some(contact) = list.contact {
        statement.say(" AND a.contact_id = ").bind(contact.to_string());
    }
    if let Some(Cursor { value, id }) = after {
        statement.say(" AND (a.start_at, a.id) > (").bind(Cursor::number(value)?);
        statement.say(", ").bind(id.as_str()).say(")");
    }
    Ok(())
}

fn cursor_of(last: &Appointment) -> String {
    Cursor { value: instant(last.slot.start).to_string(), id: last.id.to_string() }.write(BY_START)
}

/// Says of an appointment that whoever comes has said so. One that is confirmed stays so.
async fn confirm(within: &mut Within<'_>, confirm: &ConfirmAppointment) -> Result<Appointment, Error> {
    let before = read(within, confirm.appointment, confirm.version).await?;
    if before.status == AppointmentStatus::Confirmed {
        return Ok(before);
    }
    refuse_settled(&before, within.now)?;
    change(within, &before, Appointment { status: AppointmentStatus::Confirmed, ..before.clone() }, None).await
}

/// Notes something of an appointment, or how it went.
async fn update(within: &mut Within<'_>, update: &UpdateAppointment) -> Result<Appointment, Error> {
    let before = read(within, update.appointment, update.version).await?;
    let mut after = before.clone();
    if let Some(notes) = &update.notes {
        after.notes.clone_from(notes);
    }
    if let Some(standing) = update.status {
        after.status = standing.into();
        refuse_standing(&before, standing, within.now)?;
    }
    change(within, &before, after, None).await
}

/// What was cancelled has no standing; what has not begun has not gone in any way; what has, is not confirmed any more.
fn refuse_standing(before: &Appointment, standing: AppointmentStanding, now: Timestamp) -> Result<(), Error> {
    let refuse = |why| Err(Error::Invalid(why));
    match (before.status, standing) {
        (AppointmentStatus::Cancelled, _) => refuse(Reason::CancelledBookAnew),
        (AppointmentStatus::Confirmed, AppointmentStanding::Confirmed) => Ok(()),
        (_, AppointmentStanding::Confirmed) => refuse_settled(before, now),
        (_, AppointmentStanding::Completed | AppointmentStanding::NoShow) if before.slot.start > now => {
            refuse(Reason::AppointmentNotBegun)
        }
        (_, AppointmentStanding::Completed | AppointmentStanding::NoShow) => Ok(()),
    }
}

/// Appointments that are not cancelled, starting in `from..to`, in order of time.
pub(super) async fn agenda(
    connection: &mut Connection,
    business: BusinessId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Appointment>, Error> {
    sqlx::query(
        "SELECT * FROM appointments WHERE business_id = $1 AND start_at >= $2 AND start_at < $3 \
         AND status <> 'cancelled' ORDER BY start_at, id LIMIT $4",
    )
    .bind(business.to_string())
    .bind(instant(from))
    .bind(instant(to))
    .bind(AGENDA_MAX)
    .fetch_all(connection)
    .await
    .map_err(away)?
    .iter()
    .map(appointment_of)
    .collect()
}

/// A page of them.
pub(super) async fn agenda_page(
    within: &mut Within<'_>,
    (from, to): (Timestamp, Timestamp),
    way: Way<'_>,
) -> Result<Page<Appointment>, Error> {
    let mut list = Statement::new("SELECT * FROM appointments WHERE business_id = ");
    list.bind(within.business.to_string()).say(" AND status <> 'cancelled' AND start_at >= ").bind(instant(from));
    list.say(" AND start_at < ").bind(instant(to));
    let by_time = Order { column: "start_at", text: false, descending: false };
    within.page_of("appointments", list, by_time, way, appointment_of).await
}

/// The appointment, at the version that was read.
async fn read(within: &mut Within<'_>, id: AppointmentId, version: Option<u64>) -> Result<Appointment, Error> {
    let known = load(within.connection, within.business, id).await?;
    refuse_stale(known.version, version, "appointment")?;
    Ok(known)
}

async fn load(connection: &mut Connection, business: BusinessId, id: AppointmentId) -> Result<Appointment, Error> {
    let row = sqlx::query("SELECT * FROM appointments WHERE business_id = $1 AND id = $2")
        .bind(business.to_string())
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?
        .ok_or(Error::NotFound("appointment"))?;
    appointment_of(&row)
}

/// What is over, or closed in another way, is neither moved nor cancelled.
fn refuse_settled(appointment: &Appointment, now: Timestamp) -> Result<(), Error> {
    match appointment.status {
        AppointmentStatus::Scheduled | AppointmentStatus::Confirmed if appointment.slot.end > now => Ok(()),
        AppointmentStatus::Cancelled => Err(Error::Invalid(Reason::AppointmentCancelled)),
        AppointmentStatus::Scheduled
        | AppointmentStatus::Confirmed
        | AppointmentStatus::Completed
        | AppointmentStatus::NoShow => Err(Error::Invalid(Reason::AppointmentOver)),
    }
}

/// Makes an appointment what it was. Time it gave up since is taken again only if it is free.
pub(super) async fn put_back(within: &mut Within<'_>, step: Step<Appointment>) -> Result<(), Error> {
    let id: AppointmentId = step.id.parse().map_err(|_| step.stale())?;
    let now = match load(within.connection, within.business, id).await {
        Err(Error::NotFound(_)) => None,
        found => Some(found?),
    };
    step.refuse_other(now.as_ref())?;
    free(within.connection, id).await?;
    match (step.before, now) {
        (Some(before), Some(now)) => {
            let span = span_of(within, &before).await?;
            take(within, &before, span).await?;
            let before = Appointment { version: now.version, ..before };
            change(within, &now, before, Some(span)).await.map(drop)
        }
        (Some(mut before), None) => {
            let span = span_of(within, &before).await?;
            before.version += 1;
            insert(within.connection, &before, span, within.now).await?;
            take(within, &before, span).await?;
            within.changed(Kind::Appointment, &id, None, Some(&before))
        }
        (None, Some(now)) => {
            sqlx::query("DELETE FROM appointments WHERE business_id = $1 AND id = $2")
                .bind(within.business.to_string())
                .bind(now.id.to_string())
                .execute(&mut *within.connection)
                .await
                .map_err(away)?;
            within.changed(Kind::Appointment, &id, Some(&now), None)
        }
        (None, None) => Ok(()),
    }
}

/// Gives the appointments of one contact to another; how many they were.
pub(super) async fn give(within: &mut Within<'_>, from: ContactId, to: ContactId) -> Result<u64, Error> {
    let rows = sqlx::query("SELECT * FROM appointments WHERE business_id = $1 AND contact_id = $2 ORDER BY id")
        .bind(within.business.to_string())
        .bind(from.to_string())
        .fetch_all(&mut *within.connection)
        .await
        .map_err(away)?;
    for row in &rows {
        let before = appointment_of(row)?;
        let after = Appointment { contact: to, ..before.clone() };
        change(within, &before, after, None).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The time an appointment keeps, by what its service is now.
async fn span_of(within: &mut Within<'_>, appointment: &Appointment) -> Result<Span, Error> {
    let service = service_booked(within.connection, within.business, appointment.service).await?;
    Ok(Span::of(&service, appointment.slot))
}

/// Keeps an appointment as it is now, and the time it takes where that is another. Where nothing changes, the version stays.
async fn change(
    within: &mut Within<'_>,
    before: &Appointment,
    mut after: Appointment,
    span: Option<Span>,
) -> Result<Appointment, Error> {
    if *before == after {
        return Ok(after);
    }
    after.version = before.version + 1;
    sqlx::query(
        "UPDATE appointments SET contact_id = $3, start_at = $4, end_at = $5, busy_until = COALESCE($6, busy_until), \
         zone = $7, status = $8, notes = $9, version = version + 1, updated_at = $10 WHERE business_id = $1 AND id = $2",
    )
    .bind(after.business.to_string())
    .bind(after.id.to_string())
    .bind(after.contact.to_string())
    .bind(instant(after.slot.start))
    .bind(instant(after.slot.end))
    .bind(span.map(|span| instant(span.busy_until)))
    .bind(&after.zone)
    .bind(word(&after.status)?)
    .bind(&after.notes)
    .bind(instant(within.now))
    .execute(&mut *within.connection)
    .await
    .map_err(away)?;
    within.changed(Kind::Appointment, &after.id, Some(before), Some(&after))?;
    Ok(after)
}

/// Takes the cells of an appointment that stands.
async fn take(within: &mut Within<'_>, appointment: &Appointment, span: Span) -> Result<(), Error> {
    if appointment.status == AppointmentStatus::Cancelled {
        return Ok(());
    }
    sweep(within.connection, within.business, within.now).await?;
    let place = Place::load(within.connection, within.business).await?;
    claim(within.connection, &place, Owner::Appointment(appointment.id), span, None, within.now).await
}

/// Gives the appointment's cells back.
async fn free(connection: &mut Connection, appointment: AppointmentId) -> Result<(), Error> {
    sqlx::query("DELETE FROM calendar_cells WHERE appointment_id = $1")
        .bind(appointment.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(away)
}

async fn insert(
    connection: &mut Connection,
    appointment: &Appointment,
    span: Span,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO appointments (id, business_id, calendar_id, contact_id, service_id, service_name, customer_name, \
         customer_phone, start_at, end_at, busy_until, zone, status, source, call_id, notes, version, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)",
    )
    .bind(appointment.id.to_string())
    .bind(appointment.business.to_string())
    .bind(appointment.calendar.to_string())
    .bind(appointment.contact.to_string())
    .bind(appointment.service.to_string())
    .bind(&appointment.service_name)
    .bind(&appointment.customer_name)
    .bind(appointment.customer_phone.as_ref().map(E164::as_str))
    .bind(instant(span.slot.start))
    .bind(instant(span.slot.end))
    .bind(instant(span.busy_until))
    .bind(&appointment.zone)
    .bind(word(&appointment.status)?)
    .bind(word(&appointment.source)?)
    .bind(appointment.call.map(|call| call.to_string()))
    .bind(&appointment.notes)
    .bind(i64::try_from(appointment.version).unwrap_or(i64::MAX))
    .bind(instant(now))
    .execute(connection)
    .await
    .map(drop)
    .map_err(away)
}

fn appointment_of(row: &Row) -> Result<Appointment, Error> {
    let slot = Slot { start: instant_of(row, "start_at")?, end: instant_of(row, "end_at")? };
    if slot.start >= slot.end {
        return Err(damaged("end_at"));
    }
    Ok(Appointment {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        calendar: parsed(row, "calendar_id")?,
        contact: parsed(row, "contact_id")?,
        customer_name: get(row, "customer_name")?,
        customer_phone: phone_of(row, "customer_phone")?,
        service: parsed(row, "service_id")?,
        service_name: get(row, "service_name")?,
        slot,
        zone: get(row, "zone")?,
        status: word_of(row, "status")?,
        source: word_of(row, "source")?,
        call: parsed_option(row, "call_id")?,
        notes: get(row, "notes")?,
        version: count_of(row, "version")?,
        created_at: instant_of(row, "created_at")?,
    })
}
