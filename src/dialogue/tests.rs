//! Conversations as scripts, against a small calendar of our own.

use super::state::Dialogue;
use super::{Channel, Converse, Heard, Phrases, Setting, Step, Then, Understand};
use crate::crm::model::{
    Appointment, AppointmentStatus, Business, Contact, Currency, Hold, Hours, Message, Opening, Page, RecordingNotice,
    Service, Slot, Source, same_name,
};
use crate::crm::{Error, Operation, Outcome};
use crate::id::{AppointmentId, BusinessId, CalendarId, ContactId, HoldId, MessageId, ServiceId};
use crate::nlu::{Entities, Expecting, Intent, Language, Understanding, When, WhenValue};
use crate::phone::E164;
use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use std::collections::VecDeque;
use std::sync::Arc;

mod fullness;
mod keeping;
mod random;
mod recording;
mod scripted;
mod spanish;
mod spoken;

/// Sunday, 22 November 2026, nine in the morning.
pub(crate) fn now() -> Zoned {
    date(2026, 11, 22).at(9, 0, 0, 0).to_zoned(zone()).expect("a time")
}

pub(super) fn zone() -> TimeZone {
    TimeZone::get("America/New_York").expect("a zone")
}

pub(super) fn number(text: &str) -> E164 {
    E164::parse(text, "US").expect("a number")
}

pub(crate) fn business() -> Business {
    let open = |from: i8, to: i8| vec![Opening { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) }];
    let service = |id: u128, name: &str, aliases: &[&str], minutes: u32, price: Option<i64>| Service {
        id: ServiceId::from_u128(id),
        name: name.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        minutes,
        price_minor: price,
        buffer_minutes: 0,
    };
    Business {
        id: BusinessId::from_u128(1),
        name: "Oak Street Dental".to_owned(),
        phone: number("+13055550199"),
        zone: "America/New_York".to_owned(),
        language: Language::En,
        region: "US".to_owned(),
        agent_name: "Rachel".to_owned(),
        address: "120 Oak St, Suite 4, Miami, FL 33130".to_owned(),
        transfer_to: Some(number("+13055550142")),
        voice_enabled: true,
        recording: true,
        recording_notice: RecordingNotice::None,
        currency: Currency::default(),
        hours: Hours {
            week: [open(9, 17), open(9, 17), open(9, 17), open(9, 17), open(9, 17), open(9, 13), Vec::new()],
            exceptions: vec![(date(2026, 11, 26), Vec::new())],
            step_minutes: 30,
            notice_minutes: 60,
            horizon_days: 90,
        },
        version: 1,
        services: vec![
            service(11, "cleaning", &["teeth cleaning", "limpieza"], 30, Some(12_000)),
            service(12, "check-up", &["checkup", "check up", "exam", "revisión"], 30, Some(8_950)),
            service(13, "consultation", &["consulta"], 20, Some(0)),
            service(14, "whitening", &["bleaching", "blanqueamiento"], 60, None),
        ],
    }
}

/// A calendar that keeps the rules the dialogue relies on, and fails on demand.
#[derive(Debug)]
pub(crate) struct FakeCrm {
    pub(super) business: Business,
    pub(crate) appointments: Vec<Appointment>,
    pub(super) holds: Vec<Hold>,
    pub(super) messages: Vec<Message>,
    pub(super) done: Vec<Operation>,
    /// Failures for the next operations of these names.
    pub(super) failing: VecDeque<(&'static str, Error)>,
    ids: u128,
}

impl FakeCrm {
    pub(crate) fn new(business: Business) -> Self {
        Self {
            business,
            appointments: Vec::new(),
            holds: Vec::new(),
            messages: Vec::new(),
            done: Vec::new(),
            failing: VecDeque::new(),
            ids: 1000,
        }
    }

    fn id(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    pub(super) fn add(&mut self, service: &str, at: DateTime, name: &str, phone: &str) -> AppointmentId {
        let service = self.business.services.iter().find(|s| s.name == service).expect("a service").clone();
        let start = at.to_zoned(zone()).expect("a time").timestamp();
        let id = AppointmentId::from_u128(self.id());
        self.appointments.push(Appointment {
            id,
            business: self.business.id,
            calendar: CalendarId::from_u128(1),
            contact: ContactId::from_u128(1),
            customer_name: name.to_owned(),
            customer_phone: (!phone.is_empty()).then(|| number(phone)),
            service: service.id,
            service_name: service.name,
            slot: Slot { start, end: start + i64::from(service.minutes).minutes() },
            zone: self.business.zone.clone(),
            status: AppointmentStatus::Scheduled,
            source: Source::Voice,
            call: None,
            notes: String::new(),
            version: 1,
            created_at: now().timestamp(),
        });
        id
    }

    fn slot(&self, service: ServiceId, start: Timestamp) -> Result<Slot, Error> {
        let service = self.business.services.iter().find(|s| s.id == service).ok_or(Error::NotFound("service"))?;
        Ok(Slot { start, end: start + i64::from(service.minutes).minutes() })
    }

    fn is_free(&self, slot: Slot, hold: Option<HoldId>, moving: Option<AppointmentId>) -> bool {
        let apart = |other: Slot| slot.end <= other.start || other.end <= slot.start;
        self.holds.iter().all(|other| Some(other.id) == hold || other.slots.iter().all(|kept| apart(*kept)))
            && self.appointments.iter().all(|other| {
                Some(other.id) == moving || other.status == AppointmentStatus::Cancelled || apart(other.slot)
            })
    }

    fn is_open(&self, slot: Slot) -> bool {
        let (start, end) = (slot.start.to_zoned(zone()), slot.end.to_zoned(zone()));
        super::flow::wish::openings_on(&self.business.hours, start.date())
            .iter()
            .any(|opening| opening.from <= start.time() && end.time() <= opening.to && start.date() == end.date())
    }

    fn find(&self, id: AppointmentId) -> Result<usize, Error> {
        self.appointments.iter().position(|other| other.id == id).ok_or(Error::NotFound("appointment"))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "a conversation asks for nothing else")]
    pub(crate) fn perform(&mut self, operation: &Operation) -> Result<Outcome, Error> {
        self.done.push(operation.clone());
        if self.failing.front().is_some_and(|(name, _)| *name == name_of(operation)) {
            return Err(self.failing.pop_front().expect("a failure").1);
        }
        match operation {
            Operation::FindContact(_) => Ok(Outcome::Contact(None)),
            Operation::FindSlots(find) => {
                let mut slots = Vec::new();
                let mut at = find.from.to_zoned(zone()).date().to_zoned(zone()).expect("a day").timestamp();
                while at < find.to && slots.len() < find.limit {
                    let slot = self.slot(find.service, at)?;
                    if at >= find.from && self.is_open(slot) && self.is_free(slot, find.own_hold, find.moving) {
                        slots.push(slot);
                    }
                    at += 30.minutes();
                }
                Ok(Outcome::Slots(slots))
            }
            Operation::HoldSlots(wanted) => {
                let slots: Vec<Slot> =
                    wanted.starts.iter().map(|start| self.slot(wanted.service, *start)).collect::<Result<_, _>>()?;
                let free = |slot: &Slot| self.is_free(*slot, wanted.instead_of, wanted.moving);
                let mut slots: Vec<Slot> = slots.into_iter().filter(free).take(wanted.count).collect();
                slots.sort();
                if slots.is_empty() {
                    return Err(Error::SlotTaken);
                }
                self.holds.retain(|hold| Some(hold.id) != wanted.instead_of);
                let hold =
                    Hold { id: HoldId::from_u128(self.id()), slots, expires_at: now().timestamp() + 10.minutes() };
                self.holds.push(hold.clone());
                Ok(Outcome::Held(hold))
            }
            Operation::ReleaseHold(release) => {
                self.holds.retain(|hold| hold.id != release.hold);
                Ok(Outcome::Released)
            }
            Operation::BookAppointment(book) => {
                let slot = self.slot(book.service, book.start)?;
                if !self.is_free(slot, book.hold, None) {
                    return Err(Error::SlotTaken);
                }
                self.holds.retain(|hold| Some(hold.id) != book.hold);
                let name = self.business.services.iter().find(|s| s.id == book.service).map(|s| s.name.clone());
                let at = book.start.to_zoned(zone()).datetime();
                self.add(&name.expect("a service"), at, &book.customer.name, "");
                let booked = self.appointments.last_mut().expect("just added");
                booked.customer_phone.clone_from(&book.customer.phone);
                Ok(Outcome::Booked(booked.clone()))
            }
            Operation::RescheduleAppointment(wanted) => {
                let place = self.find(wanted.appointment)?;
                let slot = self.slot(self.appointments[place].service, wanted.start)?;
                if !self.is_free(slot, wanted.hold, Some(wanted.appointment)) {
                    return Err(Error::SlotTaken);
                }
                self.holds.retain(|hold| Some(hold.id) != wanted.hold);
                self.appointments[place].slot = slot;
                Ok(Outcome::Rescheduled(self.appointments[place].clone()))
            }
            Operation::CancelAppointment(cancel) => {
                let place = self.find(cancel.appointment)?;
                self.appointments[place].status = AppointmentStatus::Cancelled;
                Ok(Outcome::Cancelled(self.appointments[place].clone()))
            }
            Operation::ListAppointments(list) => {
                let wanted = |other: &&Appointment| {
                    other.status == AppointmentStatus::Scheduled
                        && (list.phone.is_none() || other.customer_phone == list.phone)
                        && list.name.as_ref().is_none_or(|name| same_name(name, &other.customer_name))
                        && (list.from..list.to).contains(&other.slot.start)
                };
                let mut found: Vec<Appointment> = self.appointments.iter().filter(wanted).cloned().collect();
                found.sort_by_key(|other| other.slot);
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
                    created_at: now().timestamp(),
                };
                self.messages.push(message.clone());
                Ok(Outcome::MessageLeft(message))
            }
            _ => Err(Error::Unsupported(operation.name())),
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a conversation asks for nothing else")]
pub(super) fn name_of(operation: &Operation) -> &'static str {
    match operation {
        Operation::FindSlots(_) => "find",
        Operation::HoldSlots(_) => "hold",
        Operation::ReleaseHold(_) => "release",
        Operation::BookAppointment(_) => "book",
        Operation::RescheduleAppointment(_) => "move",
        Operation::CancelAppointment(_) => "cancel",
        Operation::ListAppointments(_) => "list",
        Operation::LeaveMessage(_) => "leave",
        _ => operation.name(),
    }
}

/// Understands nothing: for conversations driven by meanings.
#[derive(Debug)]
pub(crate) struct Deaf;

impl Understand for Deaf {
    fn understand(&self, expecting: &Expecting, _now: &Zoned, text: &str) -> Understanding {
        meant(Intent::Unknown, Entities::default(), text, expecting.language)
    }
}

pub(crate) fn meant(intent: Intent, entities: Entities, text: &str, lang: Language) -> Understanding {
    Understanding { text: text.to_owned(), lang, intent, confidence: 0.9, entities, why: Vec::new(), also: Vec::new() }
}

pub(super) fn setting() -> Setting {
    Setting {
        business: Arc::new(business()),
        channel: Channel::Ear,
        language: Language::En,
        caller: Some(number("+13055550111")),
        contact: None,
        call: None,
        languages: Language::ALL.to_vec(),
    }
}

pub(super) fn ana() -> Contact {
    Contact {
        id: ContactId::from_u128(7),
        business: BusinessId::from_u128(1),
        first_name: "Ana".to_owned(),
        last_name: "Silva".to_owned(),
        email: None,
        phone: Some(number("+13055550111")),
        tags: std::collections::BTreeSet::new(),
        fields: std::collections::BTreeMap::new(),
        do_not_disturb: std::collections::BTreeSet::new(),
        other_phones: std::collections::BTreeSet::new(),
        other_emails: std::collections::BTreeSet::new(),
        source: None,
        zone: None,
        owner: None,
        last_activity: None,
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

pub(crate) fn on(day: Date) -> When {
    When { text: day.to_string(), span: 0..0, value: WhenValue::Date(day), alternatives: Vec::new() }
}

pub(super) fn at(time: Time) -> When {
    When { text: time.to_string(), span: 0..0, value: WhenValue::Time(time), alternatives: Vec::new() }
}

pub(crate) fn on_at(at: DateTime) -> When {
    When { text: at.to_string(), span: 0..0, value: WhenValue::DateTime(at), alternatives: Vec::new() }
}

/// A conversation with its calendar; what was said and done is written down.
pub(super) struct Call {
    pub(super) dialogue: Dialogue,
    pub(super) crm: FakeCrm,
    pub(super) now: Zoned,
    pub(super) last: Step,
}

impl Call {
    pub(super) fn with(setting: Setting, grammar: Arc<dyn Understand>) -> Self {
        let phrases = Arc::new(Phrases::embedded().expect("good phrase books"));
        let crm = FakeCrm::new((*setting.business).clone());
        let mut dialogue = Dialogue::new(setting, grammar, phrases);
        let last = dialogue.greet(&now());
        Self { dialogue, crm, now: now(), last }
    }

    pub(super) fn new(setting: Setting) -> Self {
        Self::with(setting, Arc::new(Deaf))
    }

    /// What the agent says to this step, operations performed until there are none.
    fn settle(&mut self, mut step: Step) -> String {
        let mut said: Vec<String> = Vec::new();
        for _ in 0..40 {
            said.extend(step.say.iter().map(|clause| clause.ear.clone()));
            let Some(operation) = step.operation.clone() else {
                self.last = step;
                return said.join(" ");
            };
            let result = self.crm.perform(&operation);
            step = self.dialogue.performed(&self.now, result);
        }
        panic!("an endless chain of operations");
    }

    pub(super) fn mean(&mut self, intent: Intent, entities: Entities) -> String {
        self.mean_words(intent, entities, "")
    }

    pub(super) fn mean_words(&mut self, intent: Intent, entities: Entities, text: &str) -> String {
        let understanding = meant(intent, entities, text, self.dialogue.language);
        let step = self.dialogue.understood(&self.now, 0.9, &understanding);
        self.settle(step)
    }

    pub(super) fn hear(&mut self, heard: Heard<'_>) -> String {
        let step = self.dialogue.hear(&self.now, heard);
        self.settle(step)
    }

    pub(super) fn say(&mut self, text: &str) -> String {
        self.hear(Heard::Words { text, confidence: 0.9 })
    }

    pub(super) fn done(&self) -> Vec<&'static str> {
        self.crm.done.iter().map(name_of).collect()
    }

    pub(super) fn hung_up(&self) -> bool {
        self.last.then == Then::HangUp
    }
}
