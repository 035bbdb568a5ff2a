//! A CRM in memory that keeps the real rules of the calendar, and fails when it is told to.

use crate::chance::Chance;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ringlypro::crm::calendar::{Wanted, is_bookable, open_slots};
use ringlypro::crm::model::{
    Appointment, AppointmentStatus, Business, Busy, ContactDraft, Hold, Message, Page, Service, Slot, Source,
};
use ringlypro::crm::{Error, Operation, Outcome};
use ringlypro::id::{AppointmentId, CalendarId, ContactId, HoldId, MessageId, ServiceId};
use ringlypro::phone::E164;
use std::sync::Arc;

/// How often things go wrong, in a hundred.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// Somebody else takes the slot at the last moment.
    pub(crate) slot_taken: u64,
    /// It is away: nothing was changed.
    pub(crate) unavailable: u64,
    /// It broke in mid-write: done or not, nobody knows.
    pub(crate) unknown: u64,
}

pub(crate) struct Crm {
    business: Arc<Business>,
    zone: TimeZone,
    pub(crate) appointments: Vec<Appointment>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) messages: Vec<Message>,
    pub(crate) trouble: Trouble,
    chance: Chance,
    ids: u128,
}

impl Crm {
    pub(crate) fn new(business: Arc<Business>, seed: u64) -> Self {
        let zone = TimeZone::get(&business.zone).expect("the demo's zone");
        Self {
            business,
            zone,
            appointments: Vec::new(),
            holds: Vec::new(),
            messages: Vec::new(),
            trouble: Trouble::default(),
            chance: Chance(seed),
            ids: 1_000,
        }
    }

    /// Somebody has an appointment already.
    pub(crate) fn add(&mut self, service: &str, start: Timestamp, name: &str, phone: &E164) {
        let service = self.business.services.iter().find(|one| one.name == service).expect("a service").id;
        let customer = ContactDraft { name: name.to_owned(), phone: Some(phone.clone()), email: None };
        let slot = self.slot(service, start).expect("a slot");
        self.write(service, slot, &customer, start);
    }

    /// What comes of an operation now. A failure of the kind "unknown" may have done its work all the same.
    pub(crate) fn perform(&mut self, operation: &Operation, now: Timestamp) -> Result<Outcome, Error> {
        let Trouble { slot_taken, unavailable, unknown } = self.trouble;
        if self.chance.percent(unavailable) {
            return Err(Error::Unavailable("away".to_owned()));
        }
        let takes = matches!(
            operation,
            Operation::HoldSlots(_) | Operation::BookAppointment(_) | Operation::RescheduleAppointment(_)
        );
        if takes && self.chance.percent(slot_taken) {
            return Err(Error::SlotTaken);
        }
        let lost = operation.writes() && self.chance.percent(unknown);
        if lost && self.chance.percent(50) {
            return Err(Error::Unknown("cut off before".to_owned()));
        }
        let result = self.try_to(operation, now);
        if lost { Err(Error::Unknown("cut off after".to_owned())) } else { result }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "a conversation asks for nothing else")]
    fn try_to(&mut self, operation: &Operation, now: Timestamp) -> Result<Outcome, Error> {
        match operation {
            Operation::FindContact(_) => Ok(Outcome::Contact(None)),
            Operation::FindSlots(find) => {
                let service = self.service(find.service)?;
                let wanted = Wanted {
                    from: find.from,
                    to: find.to,
                    minutes: service.minutes,
                    buffer_minutes: service.buffer_minutes,
                };
                let busy = self.busy(find.own_hold, find.moving, now);
                let slots = open_slots(&self.business.hours, &self.zone, &busy, &wanted, now);
                Ok(Outcome::Slots(slots.take(find.limit).collect()))
            }
            Operation::HoldSlots(wanted) => {
                let free = |start| self.free(wanted.service, start, wanted.instead_of, wanted.moving, now);
                let (mut slots, mut refusal) = (Vec::new(), Error::SlotTaken);
                for start in &wanted.starts {
                    match free(*start) {
                        Ok(slot) if slots.len() < wanted.count => slots.push(slot),
                        Ok(_) => {}
                        Err(error) => refusal = error,
                    }
                }
                if slots.is_empty() {
                    return Err(refusal);
                }
                slots.sort();
                self.holds.retain(|hold| Some(hold.id) != wanted.instead_of);
                let expires_at = now + SignedDuration::from_mins(10);
                let hold = Hold { id: HoldId::from_u128(self.id()), slots, expires_at };
                self.holds.push(hold.clone());
                Ok(Outcome::Held(hold))
            }
            Operation::ReleaseHold(release) => {
                self.holds.retain(|hold| hold.id != release.hold);
                Ok(Outcome::Released)
            }
            Operation::BookAppointment(book) => {
                let slot = self.free(book.service, book.start, book.hold, None, now)?;
                self.holds.retain(|hold| Some(hold.id) != book.hold);
                Ok(Outcome::Booked(self.write(book.service, slot, &book.customer, now)))
            }
            Operation::RescheduleAppointment(wanted) => {
                let place = self.place(wanted.appointment)?;
                let service = self.appointments[place].service;
                let slot = self.free(service, wanted.start, wanted.hold, Some(wanted.appointment), now)?;
                self.holds.retain(|hold| Some(hold.id) != wanted.hold);
                self.appointments[place].slot = slot;
                Ok(Outcome::Rescheduled(self.appointments[place].clone()))
            }
            Operation::CancelAppointment(cancel) => {
                let place = self.place(cancel.appointment)?;
                self.appointments[place].status = AppointmentStatus::Cancelled;
                Ok(Outcome::Cancelled(self.appointments[place].clone()))
            }
            Operation::ListAppointments(list) => {
                let wanted = |one: &&Appointment| {
                    one.status == AppointmentStatus::Scheduled
                        && (list.phone.is_none() || one.customer_phone == list.phone)
                        && (list.from..list.to).contains(&one.slot.start)
                };
                let mut found: Vec<_> = self.appointments.iter().filter(wanted).cloned().collect();
                found.sort_by_key(|one| one.slot);
                found.truncate(list.limit);
                Ok(Outcome::Appointments(Page { items: found, next: None }))
            }
            Operation::LeaveMessage(leave) => {
                let message = Message {
                    id: MessageId::from_u128(self.id()),
                    business: self.business.id,
                    contact: None,
                    from_name: leave.from.name.clone(),
                    from_phone: leave.from.phone.clone(),
                    body: leave.body.clone(),
                    call: leave.call,
                    created_at: now,
                };
                self.messages.push(message.clone());
                Ok(Outcome::MessageLeft(message))
            }
            _ => Err(Error::Unsupported(operation.name())),
        }
    }

    /// The slot, if it may be booked and nobody else is there.
    fn free(
        &self,
        service: ServiceId,
        start: Timestamp,
        own: Option<HoldId>,
        moving: Option<AppointmentId>,
        now: Timestamp,
    ) -> Result<Slot, Error> {
        let minutes = self.service(service)?.minutes;
        let slot = is_bookable(&self.business.hours, &self.zone, minutes, start, now)?;
        let clear = self.busy(own, moving, now).iter().all(|busy| slot.end <= busy.start || busy.end <= slot.start);
        if clear { Ok(slot) } else { Err(Error::SlotTaken) }
    }

    fn busy(&self, own: Option<HoldId>, moving: Option<AppointmentId>, now: Timestamp) -> Vec<Busy> {
        let live = self.holds.iter().filter(|hold| Some(hold.id) != own && hold.expires_at > now);
        let held = live.flat_map(|hold| hold.slots.iter().copied());
        let stands = |one: &&Appointment| one.status != AppointmentStatus::Cancelled && Some(one.id) != moving;
        let booked = self.appointments.iter().filter(stands).map(|one| one.slot);
        held.chain(booked).map(|slot| Busy { start: slot.start, end: slot.end }).collect()
    }

    fn write(&mut self, service: ServiceId, slot: Slot, customer: &ContactDraft, now: Timestamp) -> Appointment {
        let name = self.service(service).expect("found before").name.clone();
        let appointment = Appointment {
            id: AppointmentId::from_u128(self.id()),
            business: self.business.id,
            calendar: CalendarId::from_u128(1),
            contact: ContactId::from_u128(1),
            customer_name: customer.name.clone(),
            customer_phone: customer.phone.clone(),
            service,
            service_name: name,
            slot,
            zone: self.business.zone.clone(),
            status: AppointmentStatus::Scheduled,
            source: Source::Voice,
            call: None,
            notes: String::new(),
            version: 1,
            created_at: now,
        };
        self.appointments.push(appointment.clone());
        appointment
    }

    fn service(&self, id: ServiceId) -> Result<&Service, Error> {
        self.business.services.iter().find(|one| one.id == id).ok_or(Error::NotFound("service"))
    }

    fn slot(&self, service: ServiceId, start: Timestamp) -> Result<Slot, Error> {
        let minutes = i64::from(self.service(service)?.minutes);
        Ok(Slot { start, end: start + SignedDuration::from_mins(minutes) })
    }

    fn place(&self, id: AppointmentId) -> Result<usize, Error> {
        self.appointments.iter().position(|one| one.id == id).ok_or(Error::NotFound("appointment"))
    }

    fn id(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }
}
