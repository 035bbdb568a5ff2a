//! A CRM in a few lists, and somebody who writes to the copilot.

use super::office::Office;
use crate::copilot::{Copilot, Phrases, State, Step};
use crate::crm::Error;
use crate::crm::model::{
    Appointment, AppointmentStatus, Business, Contact, ContactDraft, Note, Opening, Opportunity, OpportunityStatus,
    Page, Pipeline, Service, Slot, Source, Stage, Statistics, Task as Todo, Transaction, folded,
};
use crate::crm::operation::{By, Operation, Outcome, Unknown};
use crate::id::{
    AppointmentId, BusinessId, CalendarId, ContactId, NoteId, OpportunityId, PipelineId, ServiceId, StageId, TaskId,
};
use crate::nlu::{Grammar, Language};
use crate::phone::E164;
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::sync::{Arc, LazyLock};

pub(super) static GRAMMAR: LazyLock<Arc<Grammar>> =
    LazyLock::new(|| Arc::new(Grammar::embedded().expect("the grammar loads")));
pub(super) static PHRASES: LazyLock<Arc<Phrases>> =
    LazyLock::new(|| Arc::new(Phrases::embedded().expect("the phrases load")));

/// A Monday morning in New York.
pub(super) fn now() -> Zoned {
    "2026-11-23T10:00[America/New_York]".parse().expect("a time")
}

pub(super) struct World {
    pub(super) copilot: Copilot,
    pub(super) contacts: Vec<Contact>,
    pub(super) notes: Vec<Note>,
    pub(super) appointments: Vec<Appointment>,
    pub(super) tasks: Vec<Todo>,
    pub(super) opportunities: Vec<Opportunity>,
    pub(super) transactions: Vec<Transaction>,
    /// Messages, campaigns and what was done.
    pub(super) office: Office,
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
        Self::of(business(language))
    }

    pub(super) fn of(business: Business) -> Self {
        let copilot = Copilot::new(Arc::new(business), GRAMMAR.clone(), PHRASES.clone(), By::owner(), State::default());
        Self {
            copilot,
            contacts: Vec::new(),
            notes: Vec::new(),
            appointments: Vec::new(),
            tasks: Vec::new(),
            opportunities: Vec::new(),
            transactions: Vec::new(),
            office: Office::default(),
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
        for _ in 0..16 {
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
            other_phones: <_>::default(),
            other_emails: <_>::default(),
            source: None,
            zone: None,
            owner: None,
            last_activity: None,
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
            assert_eq!(book.customer, ContactDraft::default(), "the contact says who it is");
            let contact = self.contact(book.contact.ok_or(Error::NotFound("contact"))?)?.clone();
            let appointment = Appointment {
                id: AppointmentId::from_u128(300 + self.appointments.len() as u128),
                business: BusinessId::from_u128(1),
                calendar: CalendarId::from_u128(1),
                contact: contact.id,
                customer_name: contact.full_name(),
                customer_phone: contact.phone,
                service: book.service,
                service_name: "cleaning".to_owned(),
                slot: Slot { start: book.start, end: book.start + SignedDuration::from_mins(30) },
                zone: "America/New_York".to_owned(),
                status: AppointmentStatus::Scheduled,
                source: Source::Web,
                call: None,
                notes: book.notes,
                version: 1,
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
        if let Operation::ConfirmAppointment(confirm) = operation {
            let found = self.appointments.iter_mut().find(|one| one.id == confirm.appointment);
            let appointment = found.ok_or(Error::NotFound("appointment"))?;
            appointment.status = AppointmentStatus::Confirmed;
            return Ok(Outcome::AppointmentConfirmed(appointment.clone()));
        }
        self.perform_of_the_office(operation)
    }

    fn perform_of_the_office(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::ListCalendars(_) = operation {
            return Ok(Outcome::Calendars(Vec::new()));
        }
        if let Operation::ListOrders(_) = operation {
            return Ok(Outcome::Orders(Page { items: Vec::new(), next: None }));
        }
        if let Operation::ListTransactions(_) = operation {
            return Ok(Outcome::Transactions(Page { items: self.transactions.clone(), next: None }));
        }
        if let Operation::ListPipelines(_) = operation {
            return Ok(Outcome::Pipelines(vec![pipeline()]));
        }
        if let Operation::CreateTask(new) = operation {
            let todo = Todo {
                id: TaskId::from_u128(400 + self.tasks.len() as u128),
                business: BusinessId::from_u128(1),
                title: new.title,
                body: new.body,
                due: new.due,
                contact: new.contact,
                assignee: None,
                completed_at: None,
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            };
            self.tasks.push(todo.clone());
            return Ok(Outcome::TaskCreated(todo));
        }
        if let Operation::ListTasks(list) = operation {
            let fits = |one: &&Todo| {
                one.completed_at.is_none() && list.contact.is_none_or(|contact| one.contact == Some(contact))
            };
            return Ok(Outcome::Tasks(Page { items: self.tasks.iter().filter(fits).cloned().collect(), next: None }));
        }
        if let Operation::UpdateTask(change) = operation {
            let todo = self.tasks.iter_mut().find(|one| one.id == change.task).ok_or(Error::NotFound("task"))?;
            todo.due = change.due.unwrap_or(todo.due);
            return Ok(Outcome::TaskUpdated(todo.clone()));
        }
        if let Operation::CompleteTask(done) = operation {
            let todo = self.tasks.iter_mut().find(|one| one.id == done.task).ok_or(Error::NotFound("task"))?;
            todo.completed_at = Some(now().timestamp());
            return Ok(Outcome::TaskCompleted(todo.clone()));
        }
        if let Operation::DeleteTask(delete) = operation {
            self.tasks.retain(|one| one.id != delete.task);
            return Ok(Outcome::TaskDeleted);
        }
        self.perform_of_sales(operation)
    }

    fn perform_of_sales(&mut self, operation: Operation) -> Result<Outcome, Error> {
        if let Operation::CreateOpportunity(new) = operation {
            let one = Opportunity {
                id: OpportunityId::from_u128(500 + self.opportunities.len() as u128),
                business: BusinessId::from_u128(1),
                name: new.name,
                contact: new.contact,
                pipeline: pipeline().id,
                stage: new.stage.unwrap_or(pipeline().stages[0].id),
                value_minor: new.value_minor,
                status: OpportunityStatus::Open,
                reason: String::new(),
                expected_close: None,
                in_stage_since: now().timestamp(),
                closed_at: None,
                version: 1,
                created_at: now().timestamp(),
                updated_at: now().timestamp(),
            };
            self.opportunities.push(one.clone());
            return Ok(Outcome::OpportunityCreated(one));
        }
        if let Operation::ListOpportunities(list) = operation {
            let text = folded(list.text.as_deref().unwrap_or_default());
            let fits = |one: &&Opportunity| {
                list.contact.is_none_or(|contact| one.contact == Some(contact))
                    && list.stage.is_none_or(|stage| one.stage == stage)
                    && list.value_over.is_none_or(|value| one.value_minor > value)
                    && list.value_under.is_none_or(|value| one.value_minor < value)
                    && folded(&one.name).contains(&text)
            };
            let items = self.opportunities.iter().filter(fits).cloned().collect();
            return Ok(Outcome::Opportunities(Page { items, next: None }));
        }
        let opportunity = |all: &mut Vec<Opportunity>, id, change: &dyn Fn(&mut Opportunity)| {
            let one = all.iter_mut().find(|one| one.id == id).ok_or(Error::NotFound("opportunity"))?;
            change(one);
            Ok(one.clone())
        };
        let all = &mut self.opportunities;
        if let Operation::UpdateOpportunity(change) = operation {
            let value = change.value_minor.expect("a value");
            return opportunity(all, change.opportunity, &|one| one.value_minor = value)
                .map(Outcome::OpportunityUpdated);
        }
        if let Operation::MoveOpportunity(to) = operation {
            return opportunity(all, to.opportunity, &|one| one.stage = to.stage).map(Outcome::OpportunityMoved);
        }
        if let Operation::CloseOpportunity(close) = operation {
            return opportunity(all, close.opportunity, &|one| one.status = close.result.into())
                .map(Outcome::OpportunityClosed);
        }
        if let Operation::DeleteOpportunity(delete) = operation {
            all.retain(|one| one.id != delete.opportunity);
            return Ok(Outcome::OpportunityDeleted);
        }
        if let Operation::GetStatistics(asked) = operation {
            return Ok(Outcome::StatisticsCounted(Statistics {
                from: asked.from,
                to: asked.to,
                zone: "America/New_York".to_owned(),
                calls: 12,
                calls_answered: 11,
                appointments_booked: 5,
                appointments_cancelled: 1,
                appointments_no_show: 0,
                contacts_new: 3,
                messages: 2,
                opportunities_won: 1,
                won_minor: 250_000,
                currency: <_>::default(),
                tasks_done: 4,
            }));
        }
        self.office.perform(operation)
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

fn pipeline() -> Pipeline {
    let stage = |number, name: &str| Stage { id: StageId::from_u128(number), name: name.to_owned(), probability: 50 };
    Pipeline {
        id: PipelineId::from_u128(1),
        business: BusinessId::from_u128(1),
        name: "Sales".to_owned(),
        stages: vec![stage(1, "New"), stage(2, "Proposal"), stage(3, "Negotiation")],
        version: 1,
        created_at: now().timestamp(),
        updated_at: now().timestamp(),
    }
}

pub(super) fn business(language: Language) -> Business {
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
        version: 1,
        services: vec![service(1, "cleaning"), service(2, "whitening")],
    }
}
