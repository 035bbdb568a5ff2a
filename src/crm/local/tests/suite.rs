//! The engine against a real database: `SQLite` in a file, or `PostgreSQL` in a server of its own. This file is read twice, as
//! two modules, so that every test runs on both.

use super::super::*;
use super::postgres::Server;
use crate::clock::ManualClock;
use crate::crm::backend::{CallBook, Directory};
use crate::crm::model::{
    Appointment, AppointmentStatus, Business, CallRecord, CallStatus, CallTurn, Contact, ContactDraft, Hold, Service,
    Slot, Source,
};
use crate::crm::operation::{
    BookAppointment, By, CancelAppointment, FindContact, FindSlots, HoldSlots, LeaveMessage, ListAppointments,
    ReleaseHold, RescheduleAppointment, SaveContact,
};
use crate::id::{AppointmentId, CallId, HoldId, ServiceId};
use crate::phone::E164;
use jiff::Zoned;
use std::sync::Arc;
use tempfile::TempDir;

mod accounts;
mod answers;
mod appointments;
mod booking;
mod calls;
mod contacts;
mod conversations;
mod copilot;
mod credentials;
mod figures;
mod history;
mod holds;
mod imports;
mod merging;
mod notes;
mod orders;
mod outreach;
mod people;
mod places;
mod recordings;
mod rehearsal;
mod sales;
mod setup;
mod statistics;
mod tasks;
mod undo;

/// A Monday before opening, in New York.
const NOW: &str = "2026-11-23T08:00[America/New_York]";

struct House {
    embedded: Embedded,
    clock: Arc<ManualClock>,
    business: Business,
    url: String,
    _kept: Kept,
}

/// What the database lies in; it goes with the house.
struct Kept {
    _folder: Option<TempDir>,
    _server: Option<Server>,
}

impl Kept {
    /// An empty place for a database, and its address.
    fn fresh() -> (Self, String) {
        if module_path!().contains("on_postgres") {
            let server = Server::start();
            let url = server.url();
            return (Self { _folder: None, _server: Some(server) }, url);
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}/new/ringlypro.db", folder.path().display());
        (Self { _folder: Some(folder), _server: None }, url)
    }
}

impl House {
    async fn open() -> Self {
        Self::open_at(NOW).await
    }

    async fn open_at(now: &str) -> Self {
        let (kept, url) = Kept::fresh();
        let clock = Arc::new(ManualClock::at(at(now)));
        let embedded = Embedded::open(&url, clock.clone()).await.expect("an open database");
        let business = seed_demo(&embedded).await.expect("the demo business");
        Self { embedded, clock, business, url, _kept: kept }
    }

    fn service(&self, name: &str) -> &Service {
        self.business.services.iter().find(|service| service.name == name).expect("a service of the demo business")
    }

    async fn perform(&self, operation: Operation) -> Result<Outcome, Error> {
        self.perform_once(None, operation).await
    }

    async fn perform_once(&self, key: Option<&str>, operation: Operation) -> Result<Outcome, Error> {
        let by = By { who: Who::Caller, ..By::owner() };
        let request = Request::new(self.business.id, Source::Voice, by, operation).once(key.map(str::to_owned));
        self.embedded.perform(request).await
    }

    async fn perform_for(&self, business: BusinessId, operation: Operation) -> Result<Outcome, Error> {
        self.embedded.perform(Request::new(business, Source::Api, By::owner(), operation)).await
    }

    async fn free(&self, service: &str, from: &str, to: &str) -> Vec<Slot> {
        self.find(FindSlots { from: at(from), to: at(to), ..self.find_on(service) }).await
    }

    fn find_on(&self, service: &str) -> FindSlots {
        let now = self.clock.now();
        FindSlots { service: self.service(service).id, from: now, to: now, limit: 200, own_hold: None, moving: None }
    }

    async fn find(&self, find: FindSlots) -> Vec<Slot> {
        match self.perform(Operation::FindSlots(find)).await {
            Ok(Outcome::Slots(slots)) => slots,
            other => panic!("slots, not {other:?}"),
        }
    }

    fn booking(&self, service: &str, start: &str, name: &str) -> BookAppointment {
        BookAppointment {
            service: self.service(service).id,
            start: at(start),
            hold: None,
            contact: None,
            customer: draft(name, Some("+13055550123")),
            notes: String::new(),
            call: None,
        }
    }

    async fn book(&self, book: BookAppointment) -> Result<Appointment, Error> {
        let outcome = self.perform(Operation::BookAppointment(book)).await?;
        let Outcome::Booked(appointment) = outcome else { panic!("a booking, not {outcome:?}") };
        Ok(appointment)
    }

    async fn hold(&self, hold: HoldSlots) -> Result<Hold, Error> {
        let outcome = self.perform(Operation::HoldSlots(hold)).await?;
        let Outcome::Held(hold) = outcome else { panic!("a hold, not {outcome:?}") };
        Ok(hold)
    }

    fn holding(&self, service: &str, start: &str) -> HoldSlots {
        HoldSlots {
            service: self.service(service).id,
            starts: vec![at(start)],
            count: 1,
            instead_of: None,
            moving: None,
        }
    }

    async fn save(&self, draft: ContactDraft) -> Contact {
        match self.perform(Operation::SaveContact(SaveContact { draft })).await {
            Ok(Outcome::ContactSaved(contact)) => contact,
            other => panic!("a contact, not {other:?}"),
        }
    }

    async fn appointments_of(&self, phone: &str) -> Vec<Appointment> {
        let list = ListAppointments {
            phone: Some(number(phone)),
            from: self.clock.now(),
            to: Timestamp::MAX,
            limit: 50,
            ..ListAppointments::default()
        };
        match self.perform(Operation::ListAppointments(list)).await {
            Ok(Outcome::Appointments(page)) => page.items,
            other => panic!("appointments, not {other:?}"),
        }
    }

    async fn cells(&self) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM calendar_cells")
            .fetch_one(&mut *self.embedded.store.read().await.expect("a reader"))
            .await
            .expect("a count")
    }
}

fn at(zoned: &str) -> Timestamp {
    zoned.parse::<Zoned>().expect("a zoned time").timestamp()
}

fn number(text: &str) -> E164 {
    E164::parse(text, "US").expect("a number")
}

fn draft(name: &str, phone: Option<&str>) -> ContactDraft {
    ContactDraft { name: name.to_owned(), phone: phone.map(number), email: None }
}

const MONDAY_10: &str = "2026-11-23T10:00[America/New_York]";
const MONDAY_1030: &str = "2026-11-23T10:30[America/New_York]";
const MONDAY_11: &str = "2026-11-23T11:00[America/New_York]";
const TUESDAY_9: &str = "2026-11-24T09:00[America/New_York]";
const TUESDAY_17: &str = "2026-11-24T17:00[America/New_York]";
