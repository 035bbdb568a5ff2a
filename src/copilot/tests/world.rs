//! A CRM in a few lists, and somebody who writes to the copilot.

use crate::copilot::{Copilot, Phrases, State, Step};
use crate::crm::Error;
use crate::crm::model::{
    Appointment, AppointmentStatus, Business, Contact, Note, Opening, Page, Service, Slot, Source, folded,
};
use crate::crm::operation::{Operation, Outcome, Unknown};
use crate::id::{AppointmentId, BusinessId, CalendarId, ContactId, NoteId, ServiceId};
use crate::nlu::{Grammar, Language};
use crate::phone::E164;
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::sync::{Arc, LazyLock};

static GRAMMAR: LazyLock<Arc<Grammar>> = LazyLock::new(|| Arc::new(Grammar::embedded().expect("the grammar loads")));
static PHRASES: LazyLock<Arc<Phrases>> = LazyLock::new(|| Arc::new(Phrases::embedded().expect("the phrases load")));

/// A Monday morning in New York.
pub(super) fn now() -> Zoned {
    "2026-11-23T10:00[America/New_York]".parse().expect("a time")
}

pub(super) struct World {
    pub(super) copilot: Copilot,
    pub(super) contacts: Vec<Contact>,
    pub(super) notes: Vec<Note>,
    pub(super) appointments: Vec<Appointment>,
    /// The operations performed, by name.
    pub(super) done: Vec<&'static str>,
    /// What was said to the last message.
    pub(super) said: String,
    /// The operations the last message led to.
    pub(super) given_out: Vec<&'static str>,
    /// What the next write comes to.
    pub(super) fail: Option<Error>,
}

impl World {
    pub(super) fn new(language: Language) -> Self {
        let copilot = Copilot::new(Arc::new(business(language)), GRAMMAR.clone(), PHRASES.clone(), State::default());
        Self {
            copilot,
            contacts: Vec::new(),
            notes: Vec::new(),
            appointments: Vec::new(),
            done: Vec::new(),
            said: String::new(),
            given_out: Vec::new(),
            fail: None,
        }
    }

    pub(super) fn with(mut self, name: &str, phone: &str, email: &str) -> Self {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let contact = self.newcomer(first, last, Some(phone), Some(email));
        self.contacts.push(contact);
        self
    }

    /// Each message, and a part of what it is answered.
    pub(super) fn script(&mut self, lines: &[(&str, &str)]) {
        for (text, expected) in lines {
            self.say(text);
            assert!(self.said.contains(expected), "{text:?} was answered\n{}\nwithout\n{expected}", self.said);
        }
    }

    pub(super) fn say(&mut self, text: &str) -> Step {
        self.said.clear();
        self.given_out.clear();
        let first = self.copilot.hear(&now(), text);
        let mut step = first.clone();
        for _ in 0..8 {
            if !self.said.is_empty() && !step.text.is_empty() {
                self.said.push('\n');
            }
            self.said.push_str(&step.text);
            let Some(operation) = step.operation else { break };
            self.given_out.push(operation.name());
            let result = self.perform(operation);
            step = self.copilot.performed(&now(), result);
        }
        first
    }

    fn newcomer(&self, first: &str, last: &str, phone: Option<&str>, email: Option<&str>) -> Contact {
        Contact {
            id: ContactId::from_u128(100 + self.contacts.len() as u128),
            business: BusinessId::from_u128(1),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: email.map(str::to_owned),
            phone: phone.map(|phone| E164::parse(phone, "US").expect("a number")),
            tags: <_>::default(),
            fields: <_>::default(),
            do_not_disturb: <_>::default(),
            version: 1,
            created_at: now().timestamp(),
            updated_at: now().timestamp(),
        }
    }

    fn contact(&mut self, id: ContactId) -> Result<&mut Contact, Error> {
        self.contacts.iter_mut().find(|one| one.id == id).ok_or(Error::NotFound("contact"))
    }

    fn perform(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Some(error) = self.fail.take_if(|_| operation.writes()) {
            return Err(error);
        }
        self.done.push(operation.name());
        if let Operation::SearchContacts(search) = operation {
            let words = folded(&search.query);
            let fits = |one: &&Contact| {
                let phone = one.phone.as_ref().map(ToString::to_string).unwrap_or_default();
                let all = folded(&format!("{} {}", one.full_name(), one.email.clone().unwrap_or_default()));
                phone == search.query
                    || words.split(' ').all(|word| all.split(' ').any(|other| other.starts_with(word)))
            };
            return Ok(Outcome::ContactsFound(self.contacts.iter().filter(fits).cloned().collect()));
        }
        if let Operation::ListContacts(list) = operation {
            let fits = |one: &&Contact| {
                list.tag.as_ref().is_none_or(|tag| one.tags.contains(tag))
                    && (list.without != Some(Unknown::Email) || one.email.is_none())
                    && (list.without != Some(Unknown::Phone) || one.phone.is_none())
            };
            let from = list.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
            let all: Vec<_> = self.contacts.iter().filter(fits).cloned().collect();
            let to = (from + list.limit.unwrap_or(50)).min(all.len());
            let next = (to < all.len()).then(|| to.to_string());
            return Ok(Outcome::Contacts(Page { items: all[from..to].to_vec(), next }));
        }
        if let Operation::GetContact(get) = operation {
            return Ok(Outcome::ContactGot(self.contact(get.contact)?.clone()));
        }
        if let Operation::CreateContact(new) = operation {
            let made = self.newcomer(&new.first_name, &new.last_name, new.phone.as_deref(), new.email.as_deref());
            self.contacts.push(made.clone());
            return Ok(Outcome::ContactCreated(made));
        }
        if let Operation::UpdateContact(change) = operation {
            let contact = self.contact(change.contact)?;
            contact.first_name = change.first_name.unwrap_or(contact.first_name.clone());
            contact.last_name = change.last_name.unwrap_or(contact.last_name.clone());
            contact.email = change.email.unwrap_or(contact.email.clone());
            if let Some(Some(phone)) = change.phone {
                contact.phone = Some(E164::parse(&phone, "US").expect("a number"));
            }
            return Ok(Outcome::ContactUpdated(contact.clone()));
        }
        if let Operation::DeleteContact(delete) = operation {
            self.contacts.retain(|one| one.id != delete.contact);
            return Ok(Outcome::ContactDeleted);
        }
        if let Operation::AddContactTags(add) = operation {
            let contact = self.contact(add.contact)?;
            contact.tags.extend(add.tags);
            return Ok(Outcome::ContactTagged(contact.clone()));
        }
        if let Operation::RemoveContactTags(remove) = operation {
            let contact = self.contact(remove.contact)?;
            contact.tags.retain(|tag| !remove.tags.contains(tag));
            return Ok(Outcome::ContactUntagged(contact.clone()));
        }
        self.perform_more(operation)
    }

    fn perform_more(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::AddNote(add) = operation {
            let note = Note {
                id: NoteId::from_u128(200 + self.notes.len() as u128),
                business: BusinessId::from_u128(1),
                contact: add.contact,
                body: add.body,
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            };
            self.notes.insert(0, note.clone());
            return Ok(Outcome::NoteAdded(note));
        }
        if let Operation::ListNotes(list) = operation {
            let items = self.notes.iter().filter(|note| note.contact == list.contact).cloned().collect();
            return Ok(Outcome::Notes(Page { items, next: None }));
        }
        if let Operation::UpdateNote(change) = operation {
            let note = self.notes.iter_mut().find(|note| note.id == change.note).ok_or(Error::NotFound("note"))?;
            note.body = change.body;
            return Ok(Outcome::NoteUpdated(note.clone()));
        }
        if let Operation::DeleteNote(delete) = operation {
            self.notes.retain(|note| note.id != delete.note);
            return Ok(Outcome::NoteDeleted);
        }
        if let Operation::FindSlots(find) = operation {
            return Ok(Outcome::Slots(slots(find.from, find.to)));
        }
        if let Operation::BookAppointment(book) = operation {
            let contact = self.contacts.iter().find(|one| one.full_name() == book.customer.name).expect("known");
            let appointment = Appointment {
                id: AppointmentId::from_u128(300 + self.appointments.len() as u128),
                business: BusinessId::from_u128(1),
                calendar: CalendarId::from_u128(1),
                contact: contact.id,
                customer_name: book.customer.name,
                customer_phone: book.customer.phone,
                service: book.service,
                service_name: "cleaning".to_owned(),
                slot: Slot { start: book.start, end: book.start + SignedDuration::from_mins(30) },
                zone: "America/New_York".to_owned(),
                status: AppointmentStatus::Scheduled,
                source: Source::Web,
                call: None,
                notes: book.notes,
                created_at: now().timestamp(),
            };
            self.appointments.push(appointment.clone());
            return Ok(Outcome::Booked(appointment));
        }
        if let Operation::RescheduleAppointment(change) = operation {
            let found = self.appointments.iter_mut().find(|one| one.id == change.appointment);
            let appointment = found.ok_or(Error::NotFound("appointment"))?;
            appointment.slot.start = change.start;
            return Ok(Outcome::Rescheduled(appointment.clone()));
        }
        if let Operation::CancelAppointment(cancel) = operation {
            let place = self.appointments.iter().position(|one| one.id == cancel.appointment);
            return Ok(Outcome::Cancelled(self.appointments.remove(place.ok_or(Error::NotFound("appointment"))?)));
        }
        if let Operation::ListAppointments(list) = operation {
            let fits = |one: &&Appointment| {
                (list.from..list.to).contains(&one.slot.start)
                    && list.contact.is_none_or(|contact| one.contact == contact)
            };
            let items = self.appointments.iter().filter(fits).cloned().collect();
            return Ok(Outcome::Appointments(Page { items, next: None }));
        }
        if let Operation::ListContactFields(_) = operation {
            return Ok(Outcome::Fields(Vec::new()));
        }
        Err(Error::Unsupported("this"))
    }
}

/// Every hour from nine to four, day by day.
fn slots(from: Timestamp, to: Timestamp) -> Vec<Slot> {
    let mut at = from.to_zoned(now().time_zone().clone()).start_of_day().expect("a day");
    let mut slots = Vec::new();
    while at.timestamp() < to && slots.len() < 200 {
        if (9..=16).contains(&at.hour()) && at.timestamp() >= from {
            let start = at.timestamp();
            slots.push(Slot { start, end: start + SignedDuration::from_mins(30) });
        }
        at = at.checked_add(SignedDuration::from_hours(1)).expect("a later hour");
    }
    slots
}

fn business(language: Language) -> Business {
    let service = |number, name: &str| Service {
        id: ServiceId::from_u128(number),
        name: name.to_owned(),
        aliases: vec!["limpieza".to_owned()].into_iter().filter(|_| name == "cleaning").collect(),
        minutes: 30,
        price_minor: Some(9_500),
        buffer_minutes: 0,
    };
    let mut hours = crate::crm::model::Hours::default();
    hours.week[0] = vec![Opening { from: time(9, 0, 0, 0), to: time(17, 0, 0, 0) }];
    Business {
        id: BusinessId::from_u128(1),
        name: "Oak Street Dental".to_owned(),
        phone: E164::parse("+13055550199", "US").expect("a number"),
        zone: "America/New_York".to_owned(),
        language,
        region: "US".to_owned(),
        agent_name: "Rachel".to_owned(),
        address: "120 Oak Street".to_owned(),
        transfer_to: None,
        voice_enabled: true,
        recording: false,
        recording_notice: <_>::default(),
        currency: <_>::default(),
        hours,
        services: vec![service(1, "cleaning"), service(2, "whitening")],
    }
}
