//! Booking, moving, cancelling and listing appointments, and what is free. Times offered come from the calendar.

use crate::copilot::Copilot;
use crate::copilot::command::{Command, Move};
use crate::copilot::phrases::{Fill, Meaning};
use crate::copilot::reply::{Card, Reply};
use crate::copilot::state::{Choices, Person, Task, Want};
use crate::crm::model::{Appointment, ContactDraft, Slot};
use crate::crm::operation::{
    BookAppointment, CancelAppointment, ConfirmAppointment, FindSlots, ListAppointments, ListCalendars, Outcome,
    RescheduleAppointment,
};
use crate::id::{AppointmentId, ServiceId};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, Zoned};

/// How far ahead one looks unless told otherwise.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How far ahead somebody's appointment to be moved or cancelled is looked for.
const FAR_AHEAD: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Appointments read at once.
const APPOINTMENTS_MAX: usize = 50;
/// Free times read at once: more than any day has.
const SLOTS_MAX: usize = 200;
/// Free times shown at once.
const SLOTS_SHOWN: usize = 6;

pub(in crate::copilot) const BOOK: Command = Command { plan: book, told: booked, does: &["book_appointment"] };
pub(in crate::copilot) const MOVE: Command =
    Command { plan: reschedule, told: moved, does: &["reschedule_appointment"] };
pub(in crate::copilot) const CANCEL: Command = Command { plan: cancel, told: cancelled, does: &["cancel_appointment"] };
pub(in crate::copilot) const LIST: Command = Command { plan: list, told: listed, does: &["list_appointments"] };
pub(in crate::copilot) const CONFIRM: Command =
    Command { plan: confirm, told: confirmed, does: &["confirm_appointment"] };
pub(in crate::copilot) const CALENDARS: Command = Command { plan: calendars, told: named, does: &["list_calendars"] };
pub(in crate::copilot) const FREE: Command = Command { plan: free, told: shown, does: &["find_slots"] };

fn book(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    planned_booking(copilot, reply, now, task).unwrap_or_else(|first| first)
}

fn planned_booking(copilot: &Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Result<Move, Move> {
    let person = copilot.whom(reply, task)?;
    let service = copilot.wanted_service(reply, task)?;
    let slot = copilot.wanted_slot(reply, now, task, service, None)?;
    let fills = copilot.fills(&service_name(copilot, service), &person.name, slot, now);
    let (start, notes) = (slot.start, task.mentioned.body.clone().unwrap_or_default());
    let (contact, customer) = (Some(person.id), ContactDraft::default());
    let operation = BookAppointment { service, start, hold: None, contact, customer, notes, call: None };
    Ok(Move::perform(operation.into(), copilot.worded(Meaning::ReadBackBook, &fills)))
}

fn booked(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Booked(appointment) = outcome else { return };
    copilot.show_appointment(reply, now, Meaning::Booked, appointment);
}

fn reschedule(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    planned_move(copilot, reply, now, task).unwrap_or_else(|first| first)
}

fn planned_move(copilot: &Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Result<Move, Move> {
    let appointment = copilot.which_appointment(reply, now, task, false)?;
    let slot = copilot.wanted_slot(reply, now, task, appointment.service, Some(appointment.id))?;
    let mut fills = copilot.fills(&appointment.service_name, &name_in(&appointment), slot, now);
    fills.push(("old", copilot.book().moment(appointment.slot.start, now.time_zone())));
    let (id, version) = (appointment.id, Some(appointment.version));
    let operation = RescheduleAppointment { appointment: id, version, start: slot.start, hold: None };
    Ok(Move::perform(operation.into(), copilot.worded(Meaning::ReadBackMove, &fills)))
}

fn moved(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Rescheduled(appointment) = outcome else { return };
    copilot.show_appointment(reply, now, Meaning::Moved, appointment);
}

fn cancel(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    match copilot.which_appointment(reply, now, task, true) {
        Err(first) => first,
        Ok(appointment) => {
            let fills = copilot.appointment_fills(&appointment, now);
            let read_back = copilot.worded(Meaning::ReadBackCancel, &fills);
            let operation = CancelAppointment { appointment: appointment.id, version: Some(appointment.version) };
            Move::perform(operation.into(), read_back)
        }
    }
}

fn cancelled(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Cancelled(appointment) = outcome else { return };
    copilot.show_appointment(reply, now, Meaning::Cancelled, appointment);
}

fn confirm(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    match copilot.which_appointment(reply, now, task, true) {
        Err(first) => first,
        Ok(appointment) => {
            let operation = ConfirmAppointment { appointment: appointment.id, version: Some(appointment.version) };
            Move::perform(operation.into(), String::new())
        }
    }
}

fn confirmed(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::AppointmentConfirmed(appointment) = outcome else { return };
    copilot.show_appointment(reply, now, Meaning::AppointmentConfirmed, appointment);
}

fn calendars(_copilot: &mut Copilot, _reply: &mut Reply, _now: &Zoned, _task: &mut Task) -> Move {
    Move::perform(ListCalendars {}.into(), String::new())
}

fn named(copilot: &mut Copilot, reply: &mut Reply, _now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Calendars(all) = outcome else { return };
    if all.is_empty() {
        copilot.say(reply, Meaning::NoCalendars, &[]);
        return;
    }
    copilot.say(reply, Meaning::ListedCalendars, &[("count", all.len().to_string())]);
    reply.list(all.iter().map(|calendar| calendar.name.clone()));
    reply.step.card = Some(Card::of("calendars", all));
}

fn list(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    let person = if task.mentioned.whom.is_some() {
        match copilot.whom(reply, task) {
            Ok(person) => Some(person),
            Err(first) => return first,
        }
    } else {
        None
    };
    let ahead = if person.is_some() { FAR_AHEAD } else { AHEAD };
    Move::perform(upcoming(person.as_ref(), listed_span(task, now, ahead)).into(), String::new())
}

fn listed(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, _task: &Task, outcome: &Outcome) {
    let Outcome::Appointments(page) = outcome else { return };
    if page.items.is_empty() {
        copilot.say(reply, Meaning::NoAppointments, &[]);
        return;
    }
    copilot.state.listed.clear();
    copilot.say(reply, Meaning::ListedAppointments, &[("count", page.items.len().to_string())]);
    reply.list(page.items.iter().map(|one| copilot.appointment_line(one, now)));
    reply.step.card = Some(Card { more: page.next.is_some(), ..Card::of("appointments", &page.items) });
}

fn free(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &mut Task) -> Move {
    match copilot.wanted_service(reply, task) {
        Err(first) => first,
        Ok(service) => {
            let (from, to) = span(task, now, AHEAD);
            let look = FindSlots { service, from, to, limit: SLOTS_MAX, own_hold: None, moving: None };
            Move::perform(look.into(), String::new())
        }
    }
}

fn shown(copilot: &mut Copilot, reply: &mut Reply, now: &Zoned, task: &Task, outcome: &Outcome) {
    let Outcome::Slots(slots) = outcome else { return };
    let service = task.mentioned.service.clone().unwrap_or_else(|| copilot.service_names());
    if slots.is_empty() {
        copilot.say(reply, Meaning::NoFreeTimes, &[("service", service)]);
        return;
    }
    let near = nearest(slots, task.mentioned.time, now);
    copilot.say(reply, Meaning::FreeTimes, &[("service", service), ("count", slots.len().to_string())]);
    reply.list(near.iter().map(|slot| copilot.book().moment(slot.start, now.time_zone())));
    reply.step.card = Some(Card { more: slots.len() > near.len(), ..Card::of("slots", slots) });
}

impl Copilot {
    /// An appointment on one line.
    pub(in crate::copilot) fn appointment_line(&self, appointment: &Appointment, now: &Zoned) -> String {
        self.worded(Meaning::AppointmentLine, &self.appointment_fills(appointment, now))
    }

    fn appointment_fills(&self, appointment: &Appointment, now: &Zoned) -> Vec<Fill> {
        self.fills(&appointment.service_name, &name_in(appointment), appointment.slot, now)
    }

    fn fills(&self, service: &str, name: &str, slot: Slot, now: &Zoned) -> Vec<Fill> {
        let when = self.book().moment(slot.start, now.time_zone());
        vec![("service", service.to_owned()), ("name", name.to_owned()), ("when", when)]
    }

    /// An appointment as it is now; whose it is, is spoken of.
    fn show_appointment(&mut self, reply: &mut Reply, now: &Zoned, meaning: Meaning, appointment: &Appointment) {
        if self.state.focus.as_ref().is_none_or(|person| person.id != appointment.contact) {
            let (id, phone) = (appointment.contact, appointment.customer_phone.clone());
            self.state.focus = Some(Person { id, name: name_in(appointment), phone, email: None });
        }
        self.say(reply, meaning, &self.appointment_fills(appointment, now));
        reply.step.card = Some(Card::of("appointments", std::slice::from_ref(appointment)));
    }

    /// The service asked for; the only one there is needs no asking.
    fn wanted_service(&self, reply: &mut Reply, task: &mut Task) -> Result<ServiceId, Move> {
        if let Some(service) = task.mentioned.service.as_deref().and_then(|name| self.service(name)) {
            return Ok(service.id);
        }
        if let [only] = self.business.services.as_slice() {
            task.mentioned.service = Some(only.name.clone());
            return Ok(only.id);
        }
        if task.mentioned.service.take().is_some() {
            self.say(reply, Meaning::NoSuchService, &[("services", self.service_names())]);
        }
        Err(Move::Ask(Want::Service))
    }

    /// The time chosen, or named and free; else what it takes to know.
    fn wanted_slot(
        &self,
        reply: &mut Reply,
        now: &Zoned,
        task: &mut Task,
        service: ServiceId,
        moving: Option<AppointmentId>,
    ) -> Result<Slot, Move> {
        if let Some(slot) = task.slot {
            return Ok(slot);
        }
        if task.mentioned.day.is_none() && task.mentioned.span.is_none() {
            return Err(Move::Ask(Want::Day));
        }
        let Some(slots) = &task.slots else {
            let (from, to) = span(task, now, AHEAD);
            return Err(Move::look(FindSlots { service, from, to, limit: SLOTS_MAX, own_hold: None, moving }.into()));
        };
        let time = task.mentioned.time;
        let at = |slot: &&Slot| time == Some(slot.start.to_zoned(now.time_zone().clone()).time());
        if let Some(slot) = slots.iter().find(at).copied() {
            task.slot = Some(slot);
            return Ok(slot);
        }
        if slots.is_empty() {
            let service = self.business.services.iter().find(|one| one.id == service);
            let service = service.map(|one| one.name.clone()).unwrap_or_default();
            self.say(reply, Meaning::NoFreeTimes, &[("service", service)]);
            (task.mentioned.day, task.mentioned.span, task.slots) = (None, None, None);
            return Err(Move::Ask(Want::Day));
        }
        if let (Some(day), Some(time)) = (task.mentioned.day, time)
            && let Ok(when) = day.to_datetime(time).to_zoned(now.time_zone().clone())
        {
            let when = self.book().moment(when.timestamp(), now.time_zone());
            self.say(reply, Meaning::NotFreeThen, &[("when", when)]);
        }
        Err(Move::Choose(Choices::Slots(nearest(slots, time, now))))
    }

    /// The appointment meant. What is said of a time narrows it only when it is not where it should go.
    fn which_appointment(
        &self,
        reply: &mut Reply,
        now: &Zoned,
        task: &mut Task,
        narrows: bool,
    ) -> Result<Appointment, Move> {
        if let Some(appointment) = &task.appointment {
            return Ok(appointment.clone());
        }
        let person = if task.mentioned.whom.is_some() { Some(self.whom(reply, task)?) } else { None };
        let Some(found) = &task.appointments else {
            let ahead = if person.is_some() || !narrows { FAR_AHEAD } else { AHEAD };
            let whole = (now.timestamp(), after(now.timestamp(), ahead));
            let span = if narrows { span(task, now, ahead) } else { whole };
            return Err(Move::look(upcoming(person.as_ref(), span).into()));
        };
        let time = task.mentioned.time.filter(|_| narrows);
        let fits = |one: &&Appointment| {
            let starts = one.slot.start.to_zoned(now.time_zone().clone()).time();
            time.is_none_or(|time| time == starts)
        };
        let fitting: Vec<_> = found.iter().filter(fits).cloned().collect();
        match fitting.as_slice() {
            [] => {
                self.say(reply, Meaning::NoAppointments, &[]);
                Err(Move::Answered)
            }
            [one] => {
                task.appointment = Some(one.clone());
                Ok(one.clone())
            }
            [..] => Err(Move::Choose(Choices::Appointments(fitting))),
        }
    }
}

/// Appointments of a stretch of time, of somebody or of everybody.
fn upcoming(person: Option<&Person>, (from, to): (Timestamp, Timestamp)) -> ListAppointments {
    let contact = person.map(|person| person.id);
    ListAppointments { contact, from, to, limit: APPOINTMENTS_MAX, ..ListAppointments::default() }
}

/// The stretch of time asked about, from now on.
fn span(task: &Task, now: &Zoned, ahead: SignedDuration) -> (Timestamp, Timestamp) {
    let now = now.timestamp();
    let (from, to) = task.mentioned.span.unwrap_or((now, Timestamp::MAX));
    let from = from.max(now);
    let to = if to == Timestamp::MAX { after(from, ahead) } else { to };
    (from, to.max(from + SignedDuration::from_mins(1)))
}

/// The same, or one that is over, as a whole: appointments are looked back on, too.
fn listed_span(task: &Task, now: &Zoned, ahead: SignedDuration) -> (Timestamp, Timestamp) {
    let over = task.mentioned.span.filter(|(from, to)| *from != Timestamp::MIN && *to <= now.timestamp());
    over.unwrap_or_else(|| span(task, now, ahead))
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Some of the free times, those nearest to the time of day wished for, in order.
fn nearest(slots: &[Slot], time: Option<Time>, now: &Zoned) -> Vec<Slot> {
    let mut near = slots.to_vec();
    if let Some(time) = time {
        let apart = |slot: &Slot| slot.start.to_zoned(now.time_zone().clone()).time().duration_since(time).abs();
        near.sort_by_key(apart);
    }
    near.truncate(SLOTS_SHOWN);
    near.sort();
    near
}

/// Whose an appointment is: their name, or the number that stands in for it.
fn name_in(appointment: &Appointment) -> String {
    let phone = || appointment.customer_phone.as_ref().map(ToString::to_string).unwrap_or_default();
    if appointment.customer_name.is_empty() { phone() } else { appointment.customer_name.clone() }
}

fn service_name(copilot: &Copilot, id: ServiceId) -> String {
    copilot.business.services.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default()
}
