//! A business that has been at it for six weeks: people, appointments kept and missed, calls, notes, tasks, sales and orders, a
//! workflow, a campaign, smart lists and a post.
//!
//! All of it goes through the catalogue, day by day, under a clock that is moved from then until now: nothing is in the
//! database that its users could not have done. Everybody and every number is made up ([`people`]).
//!
//! Invariant: the same seed on the same day tells the same story, but for the ids.

mod draw;
mod people;

pub use people::PEOPLE_MAX;

use crate::clock::ManualClock;
use crate::crm::error::Reason;
use crate::crm::model::{
    Appointment, AppointmentStatus, Business, CampaignStatus, ContactDraft, Direction, Opportunity, Order, OrderItem,
    Service, Slot, Source, TransactionKind,
};
use crate::crm::operation::{
    AddNote, AddToCampaign, AddToWorkflow, AppointmentStanding, BookAppointment, CancelAppointment, CloseOpportunity,
    CompleteTask, ConfirmAppointment, CreateCampaign, CreateContact, CreateOpportunity, CreateOrder, CreatePipeline,
    CreateSmartList, CreateSocialPost, CreateTask, CreateWorkflow, FindSlots, LeaveMessage, ListContacts, LogCall,
    MoveOpportunity, OpportunityResult, RecordTransaction, StageDraft, UpdateAppointment,
};
use crate::crm::{Backend, By, Crm, Error, Operation, Outcome, Request};
use crate::id::{CampaignId, ContactId, StageId, TaskId, WorkflowId};
use crate::phone::E164;
use draw::Draw;
use jiff::civil::{self, Date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use people::Person;

/// How many days the story goes back.
const DAYS: i64 = 42;
/// How far ahead people book, in days.
const AHEAD_DAYS: u32 = 21;
/// When the office begins its day, and when it closes its books.
const MORNING: civil::Time = time(9, 0, 0, 0);
const EVENING: civil::Time = time(18, 0, 0, 0);

/// How much there is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// How many people, up to [`PEOPLE_MAX`].
    pub contacts: usize,
    /// Which story.
    pub seed: u64,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name says it")]
pub struct Tally {
    pub contacts: usize,
    pub appointments: usize,
    pub messages: usize,
    pub calls: usize,
    pub notes: usize,
    pub tasks: usize,
    pub opportunities: usize,
    pub orders: usize,
}

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It would be mixed with what is there.
    #[error("the business has contacts already: take an empty database for the demo (DATABASE_URL or DATA_DIR)")]
    NotEmpty,
    /// More people than there are made-up numbers.
    #[error("at most {PEOPLE_MAX} contacts: there are no more telephone numbers that nobody has")]
    TooMany,
    /// The zone of the business is not known here.
    #[error("the business's zone is not known: {0}")]
    Zone(#[from] jiff::Error),
    /// The CRM refused.
    #[error("the story broke off: {0}")]
    Crm(#[from] Error),
}

/// Tells the story of a business that has none, from six weeks before `now` until then.
pub async fn tell(
    crm: &Crm,
    business: &Business,
    clock: &ManualClock,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Tally, DemoError> {
    if wanted.contacts > PEOPLE_MAX {
        return Err(DemoError::TooMany);
    }
    let zone = TimeZone::get(&business.zone)?;
    let mut story = Story {
        crm,
        business,
        clock,
        now,
        zone,
        draw: Draw::new(wanted.seed),
        tally: Tally::default(),
        stages: Vec::new(),
        outreach: None,
        coming: Vec::new(),
        tasks: Vec::new(),
        opportunities: Vec::new(),
    };
    story.tell(wanted.contacts).await?;
    Ok(story.tally)
}

/// A story being told.
struct Story<'a> {
    crm: &'a Crm,
    business: &'a Business,
    clock: &'a ManualClock,
    /// Where it ends.
    now: Timestamp,
    zone: TimeZone,
    draw: Draw,
    tally: Tally,
    /// The stages of the pipeline.
    stages: Vec<StageId>,
    /// What newcomers are put in.
    outreach: Option<(WorkflowId, CampaignId)>,
    /// Appointments nobody has said yet how they went.
    coming: Vec<Appointment>,
    /// Tasks nobody has done yet.
    tasks: Vec<TaskId>,
    /// Opportunities that are open.
    opportunities: Vec<Opportunity>,
}

impl Story<'_> {
    async fn tell(&mut self, contacts: usize) -> Result<(), DemoError> {
        let Outcome::Contacts(there) = self.office(ListContacts { limit: Some(1), ..ListContacts::default() }).await?
        else {
            return Err(unexpected().into());
        };
        if !there.items.is_empty() {
            return Err(DemoError::NotEmpty);
        }
        let today = self.now.to_zoned(self.zone.clone()).date();
        let days: Vec<Date> = (0..=DAYS).rev().filter_map(|back| today.checked_sub(back.days()).ok()).collect();
        let open: Vec<Date> = days.into_iter().filter(|day| self.is_open(*day)).collect();
        let mut people = people::people(&mut self.draw, contacts).into_iter();
        for (place, day) in open.iter().enumerate() {
            // Everybody has come by the last day, about as many on each.
            let until_then = contacts * (place + 1) / open.len();
            let newcomers = people.by_ref().take(until_then.saturating_sub(self.tally.contacts)).collect();
            self.day(*day, newcomers, place == 0).await?;
        }
        self.clock.set(self.now);
        Ok(())
    }

    /// One day: who comes for the first time, what is done, how the appointments went.
    async fn day(&mut self, day: Date, newcomers: Vec<Person>, first: bool) -> Result<(), DemoError> {
        let morning = self.at(day, MORNING)?;
        let step = (EVENING.duration_since(MORNING) / 2) / i32::try_from(newcomers.len().max(1)).unwrap_or(i32::MAX);
        let mut at = morning;
        self.turn_to(at);
        if first {
            self.set_up().await?;
        }
        for person in newcomers {
            self.turn_to(at);
            self.arrive(person).await?;
            at = at.checked_add(step)?;
        }
        self.turn_to(self.at(day, EVENING)?);
        self.close_the_books().await?;
        self.work_on_sales().await?;
        self.work_on_tasks().await
    }

    async fn set_up(&mut self) -> Result<(), DemoError> {
        let stages = [("New", 10), ("Consultation", 30), ("Plan offered", 60), ("Agreed", 90)];
        let stage = |(name, probability): (&str, u8)| StageDraft { id: None, name: name.to_owned(), probability };
        let pipeline = CreatePipeline { name: "Treatment plans".to_owned(), stages: stages.map(stage).to_vec() };
        let Outcome::PipelineCreated(made) = self.office(pipeline).await? else { return Err(unexpected().into()) };
        self.stages = made.stages.iter().map(|stage| stage.id).collect();
        self.set_up_outreach().await
    }

    async fn set_up_outreach(&mut self) -> Result<(), DemoError> {
        let (name, description) = ("New patients".to_owned(), "Welcomes whoever comes for the first time.".to_owned());
        let Outcome::WorkflowCreated(workflow) = self.office(CreateWorkflow { name, description }).await? else {
            return Err(unexpected().into());
        };
        let (name, description) = ("Check-up in spring".to_owned(), "Who has not been here since autumn.".to_owned());
        let campaign = CreateCampaign { name, description, status: CampaignStatus::Active };
        let Outcome::CampaignCreated(campaign) = self.office(campaign).await? else { return Err(unexpected().into()) };
        self.outreach = Some((workflow.id, campaign.id));
        for tag in ["vip", "nervous"] {
            let filter = ListContacts { tag: Some(tag.to_owned()), ..ListContacts::default() };
            self.office(CreateSmartList { name: format!("Tagged {tag}"), filter }).await?;
        }
        let text = "We are open on Saturday mornings, too. Call us and Rachel finds you a time.".to_owned();
        let draft =
            CreateSocialPost { text, media: Vec::new(), accounts: Vec::new(), publish_now: false, publish_at: None };
        self.office(draft).await?;
        Ok(())
    }

    /// Who has come for the first time is welcomed; some are kept in mind for later, some are called.
    async fn keep_in_touch(&mut self, contact: ContactId) -> Result<(), DemoError> {
        if let Some((workflow, campaign)) = self.outreach {
            self.office(AddToWorkflow { workflow, contact, event_start: None }).await?;
            if self.draw.per_cent(30) {
                self.office(AddToCampaign { campaign, contact }).await?;
            }
        }
        if self.draw.per_cent(20) {
            let direction = if self.draw.one_in(3) { Direction::Inbound } else { Direction::Outbound };
            let notes = (*self.draw.pick(people::CALLS)).to_owned();
            self.office(LogCall { contact, direction, notes, at: None }).await?;
            self.tally.calls += 1;
        }
        Ok(())
    }

    /// Somebody comes for the first time: a third of them on the telephone, the others by the office.
    async fn arrive(&mut self, person: Person) -> Result<(), DemoError> {
        let calls = self.draw.one_in(3);
        let contact = if calls {
            let name = format!("{} {}", person.first_name, person.last_name);
            let draft = ContactDraft { name, phone: Some(number(&person.phone)?), email: None };
            match self.book(Source::Voice, draft).await? {
                Some(booked) => booked,
                None => self.enter(&person).await?,
            }
        } else {
            let contact = self.enter(&person).await?;
            if self.draw.per_cent(75) {
                let draft = ContactDraft { name: String::new(), phone: Some(number(&person.phone)?), email: None };
                self.book(Source::Api, draft).await?;
            }
            contact
        };
        self.tally.contacts += 1;
        self.keep_in_touch(contact).await?;
        if self.draw.per_cent(45) {
            let body = (*self.draw.pick(people::NOTES)).to_owned();
            self.office(AddNote { contact, body }).await?;
            self.tally.notes += 1;
        }
        if self.draw.per_cent(8) {
            self.leave_word(&person).await?;
        }
        if self.draw.per_cent(25) {
            self.remember(contact, &person).await?;
        }
        if self.draw.per_cent(25) {
            self.hope(contact, &person).await?;
        }
        Ok(())
    }

    async fn enter(&mut self, person: &Person) -> Result<ContactId, DemoError> {
        let mut tags = vec!["new patient"];
        if self.draw.one_in(4) {
            tags.push(*self.draw.pick(people::TAGS));
        }
        let contact = CreateContact {
            first_name: person.first_name.to_owned(),
            last_name: person.last_name.to_owned(),
            phone: Some(person.phone.clone()),
            email: self.draw.per_cent(70).then(|| person.email.clone()),
            tags: tags.into_iter().map(str::to_owned).collect(),
            ..CreateContact::default()
        };
        let Outcome::ContactCreated(made) = self.office(contact).await? else { return Err(unexpected().into()) };
        Ok(made.id)
    }

    /// Books some service at some time of the next weeks; says for whom, or nothing when all is taken.
    async fn book(&mut self, door: Source, customer: ContactDraft) -> Result<Option<ContactId>, DemoError> {
        if self.business.services.is_empty() {
            return Ok(None);
        }
        let service = self.draw.pick(&self.business.services).id;
        let now = self.time();
        let earliest = now.checked_add(SignedDuration::from_hours(24 * i64::from(self.draw.below(AHEAD_DAYS))))?;
        let until = now.checked_add(SignedDuration::from_hours(24 * i64::from(AHEAD_DAYS + 7)))?;
        let find = FindSlots { service, from: earliest, to: until, limit: 16, own_hold: None, moving: None };
        let Outcome::Slots(free) = self.office(find).await? else { return Err(unexpected().into()) };
        if free.is_empty() {
            return Ok(None);
        }
        let Slot { start, .. } = *self.draw.pick(&free);
        let (hold, contact, notes, call) = (None, None, String::new(), None);
        let book = BookAppointment { service, start, hold, contact, customer, notes, call };
        let Outcome::Booked(booked) = self.ask(door, book).await? else { return Err(unexpected().into()) };
        self.tally.appointments += 1;
        let contact = booked.contact;
        if self.draw.per_cent(8) {
            self.ask(door, CancelAppointment { appointment: booked.id, version: None }).await?;
        } else {
            self.coming.push(booked);
        }
        Ok(Some(contact))
    }

    /// Somebody calls and wants to be called back.
    async fn leave_word(&mut self, person: &Person) -> Result<(), DemoError> {
        let name = format!("{} {}", person.first_name, person.last_name);
        let from = ContactDraft { name, phone: Some(number(&person.phone)?), email: None };
        let body = (*self.draw.pick(people::MESSAGES)).to_owned();
        self.ask(Source::Voice, LeaveMessage { from, body, call: None }).await?;
        self.tally.messages += 1;
        Ok(())
    }

    async fn remember(&mut self, contact: ContactId, person: &Person) -> Result<(), DemoError> {
        let title = format!("{} {}", self.draw.pick(people::TASKS), person.first_name);
        let due = self.time().checked_add(SignedDuration::from_hours(24 * i64::from(1 + self.draw.below(20))))?;
        let task = CreateTask { title, due: Some(due), contact: Some(contact), ..CreateTask::default() };
        let Outcome::TaskCreated(task) = self.office(task).await? else { return Err(unexpected().into()) };
        self.tally.tasks += 1;
        self.tasks.push(task.id);
        Ok(())
    }

    async fn hope(&mut self, contact: ContactId, person: &Person) -> Result<(), DemoError> {
        let (what, price_minor) = *self.draw.pick(people::SALES);
        let day = self.time().to_zoned(self.zone.clone()).date();
        let opportunity = CreateOpportunity {
            name: format!("{what} for {} {}", person.first_name, person.last_name),
            contact: Some(contact),
            value_minor: price_minor + 500 * i64::from(self.draw.below(40)),
            expected_close: day.checked_add(i64::from(14 + self.draw.below(60)).days()).ok(),
            ..CreateOpportunity::default()
        };
        let Outcome::OpportunityCreated(made) = self.office(opportunity).await? else {
            return Err(unexpected().into());
        };
        self.tally.opportunities += 1;
        self.opportunities.push(made);
        Ok(())
    }

    /// Says of each appointment that is over how it went, and of some that are to come that they are confirmed.
    async fn close_the_books(&mut self) -> Result<(), DemoError> {
        let (now, tomorrow) = (self.time(), self.time().checked_add(SignedDuration::from_hours(30))?);
        for mut appointment in std::mem::take(&mut self.coming) {
            if appointment.slot.end > now {
                let soon = appointment.slot.start < tomorrow && appointment.status == AppointmentStatus::Scheduled;
                if soon && self.draw.per_cent(60) {
                    self.office(ConfirmAppointment { appointment: appointment.id, version: None }).await?;
                    appointment.status = AppointmentStatus::Confirmed;
                }
                self.coming.push(appointment);
                continue;
            }
            let came = self.draw.per_cent(91);
            let status = Some(if came { AppointmentStanding::Completed } else { AppointmentStanding::NoShow });
            self.office(UpdateAppointment { appointment: appointment.id, version: None, notes: None, status }).await?;
            if came {
                self.sell(&appointment).await?;
                self.come_again(&appointment).await?;
            }
        }
        Ok(())
    }

    /// Some book the next visit on their way out.
    async fn come_again(&mut self, appointment: &Appointment) -> Result<(), DemoError> {
        if self.draw.per_cent(40) {
            let phone = appointment.customer_phone.clone();
            self.book(Source::Api, ContactDraft { name: String::new(), phone, email: None }).await?;
        }
        Ok(())
    }

    /// What was done is paid for, most of it at once.
    async fn sell(&mut self, appointment: &Appointment) -> Result<(), DemoError> {
        let service = self.business.services.iter().find(|service| service.id == appointment.service);
        let Some(Service { name, price_minor: Some(unit_minor @ 1..), .. }) = service else { return Ok(()) };
        let mut items = vec![OrderItem { name: name.clone(), quantity: 1, unit_minor: *unit_minor }];
        if self.draw.one_in(6) {
            let (name, unit_minor) = *self.draw.pick(people::WARES);
            items.push(OrderItem { name: name.to_owned(), quantity: 1 + u32::from(self.draw.one_in(3)), unit_minor });
        }
        let order = CreateOrder { contact: Some(appointment.contact), items, ..CreateOrder::default() };
        let Outcome::OrderCreated(order) = self.office(order).await? else { return Err(unexpected().into()) };
        self.tally.orders += 1;
        if self.draw.per_cent(85) {
            let amount_minor = if self.draw.one_in(8) { order.total_minor / 2 } else { order.total_minor };
            self.pay(&order, TransactionKind::Payment, amount_minor).await?;
        }
        Ok(())
    }

    async fn pay(&mut self, order: &Order, kind: TransactionKind, amount_minor: i64) -> Result<(), DemoError> {
        let provider = (*self.draw.pick(&["card", "card", "cash"])).to_owned();
        let payment =
            RecordTransaction { order: order.id, kind, amount_minor, currency: None, provider, reference: None };
        self.office(payment).await?;
        if kind == TransactionKind::Payment && self.draw.one_in(40) {
            Box::pin(self.pay(order, TransactionKind::Refund, amount_minor)).await?;
        }
        Ok(())
    }

    /// Some of what is hoped for goes a stage on, some of it is won or lost.
    async fn work_on_sales(&mut self) -> Result<(), DemoError> {
        for mut open in std::mem::take(&mut self.opportunities) {
            let place = self.stages.iter().position(|stage| *stage == open.stage).unwrap_or(0);
            if self.draw.per_cent(2) {
                self.close(&open, OpportunityResult::Lost).await?;
                continue;
            }
            if self.draw.per_cent(9) {
                let Some(stage) = self.stages.get(place + 1).copied() else {
                    self.close(&open, OpportunityResult::Won).await?;
                    continue;
                };
                self.office(MoveOpportunity { opportunity: open.id, version: None, stage }).await?;
                open.stage = stage;
            }
            self.opportunities.push(open);
        }
        Ok(())
    }

    async fn close(&mut self, open: &Opportunity, result: OpportunityResult) -> Result<(), DemoError> {
        let reason = match result {
            OpportunityResult::Won => String::new(),
            OpportunityResult::Lost => (*self.draw.pick(people::REASONS)).to_owned(),
        };
        self.office(CloseOpportunity { opportunity: open.id, version: None, result, reason }).await?;
        Ok(())
    }

    async fn work_on_tasks(&mut self) -> Result<(), DemoError> {
        for task in std::mem::take(&mut self.tasks) {
            if self.draw.per_cent(9) {
                self.office(CompleteTask { task, version: None }).await?;
            } else {
                self.tasks.push(task);
            }
        }
        Ok(())
    }

    /// The time on the clock.
    fn time(&self) -> Timestamp {
        use crate::clock::Clock;
        self.clock.now()
    }

    /// Moves the clock on, but not beyond the end of the story.
    fn turn_to(&self, at: Timestamp) {
        self.clock.set(at.min(self.now));
    }

    fn at(&self, day: Date, time: civil::Time) -> Result<Timestamp, DemoError> {
        Ok(day.to_datetime(time).to_zoned(self.zone.clone())?.timestamp())
    }

    fn is_open(&self, day: Date) -> bool {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        !self.business.hours.week[weekday].is_empty()
    }

    async fn office(&self, operation: impl Into<Operation>) -> Result<Outcome, Error> {
        self.ask(Source::Api, operation).await
    }

    async fn ask(&self, door: Source, operation: impl Into<Operation>) -> Result<Outcome, Error> {
        let by = if door == Source::Voice { By::caller() } else { By::owner() };
        self.crm.perform(Request::new(self.business.id, door, by, operation)).await
    }
}

fn number(text: &str) -> Result<E164, Error> {
    E164::parse(text, "US").map_err(|_| Error::Invalid(Reason::NotAPhone))
}

fn unexpected() -> Error {
    Error::Unknown("the CRM answered another question".to_owned())
}
