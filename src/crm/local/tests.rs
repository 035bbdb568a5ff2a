//! The engine against a real database file.

use super::*;
use crate::clock::ManualClock;
use crate::crm::backend::{CallBook, Directory};
use crate::crm::model::Appointment;
use crate::crm::model::{
    AppointmentStatus, Business, CallRecord, CallStatus, CallTurn, Contact, ContactDraft, Hold, Service, Slot, Source,
};
use crate::crm::operation::{
    BookAppointment, CancelAppointment, FindContact, FindSlots, HoldSlot, LeaveMessage, ListAppointments, ReleaseHold,
    RescheduleAppointment, SaveContact,
};
use crate::id::{AppointmentId, CallId, HoldId, ServiceId};
use crate::phone::E164;
use jiff::Zoned;
use std::sync::Arc;
use tempfile::TempDir;

/// A Monday before opening, in New York.
const NOW: &str = "2026-11-23T08:00[America/New_York]";

struct House {
    embedded: Embedded,
    clock: Arc<ManualClock>,
    business: Business,
    url: String,
    _folder: TempDir,
}

impl House {
    async fn open() -> Self {
        Self::open_at(NOW).await
    }

    async fn open_at(now: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}/new/ringlypro.db", folder.path().display());
        let clock = Arc::new(ManualClock::at(at(now)));
        let embedded = Embedded::open(&url, clock.clone()).await.expect("an open database");
        let business = seed_demo(&embedded).await.expect("the demo business");
        Self { embedded, clock, business, url, _folder: folder }
    }

    fn service(&self, name: &str) -> &Service {
        self.business.services.iter().find(|service| service.name == name).expect("a service of the demo business")
    }

    async fn perform(&self, operation: Operation) -> Result<Outcome, Error> {
        self.perform_once(None, operation).await
    }

    async fn perform_once(&self, key: Option<&str>, operation: Operation) -> Result<Outcome, Error> {
        let idempotency_key = key.map(str::to_owned);
        let request = Request { business: self.business.id, source: Source::Voice, idempotency_key, operation };
        self.embedded.perform(request).await
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
            customer: draft(name, Some("+13055550123")),
            notes: String::new(),
            call: None,
        }
    }

    async fn book(&self, book: BookAppointment) -> Result<Appointment, Error> {
        match self.perform(Operation::BookAppointment(book)).await? {
            Outcome::Booked(appointment) => Ok(appointment),
            other => panic!("a booking, not {other:?}"),
        }
    }

    async fn hold(&self, hold: HoldSlot) -> Result<Hold, Error> {
        match self.perform(Operation::HoldSlot(hold)).await? {
            Outcome::Held(hold) => Ok(hold),
            other => panic!("a hold, not {other:?}"),
        }
    }

    fn holding(&self, service: &str, start: &str) -> HoldSlot {
        HoldSlot { service: self.service(service).id, start: at(start), instead_of: None, moving: None }
    }

    async fn save(&self, draft: ContactDraft) -> Contact {
        match self.perform(Operation::SaveContact(SaveContact { draft })).await {
            Ok(Outcome::ContactSaved(contact)) => contact,
            other => panic!("a contact, not {other:?}"),
        }
    }

    async fn appointments_of(&self, phone: &str) -> Vec<Appointment> {
        let list =
            ListAppointments { phone: Some(number(phone)), from: self.clock.now(), to: Timestamp::MAX, limit: 50 };
        match self.perform(Operation::ListAppointments(list)).await {
            Ok(Outcome::Appointments(appointments)) => appointments,
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

#[tokio::test]
async fn a_booking_takes_its_time_and_cancelling_gives_it_back() {
    let house = House::open().await;
    let before = house.free("cleaning", MONDAY_10, MONDAY_11).await;
    assert_eq!(before.iter().map(|slot| slot.start).collect::<Vec<_>>(), [at(MONDAY_10), at(MONDAY_1030)]);

    let booked = house.book(house.booking("whitening", MONDAY_10, "Ana Silva")).await.expect("a booking");
    assert_eq!(booked.slot, Slot { start: at(MONDAY_10), end: at(MONDAY_11) });
    assert_eq!((booked.customer_name.as_str(), booked.source), ("Ana Silva", Source::Voice));
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_11).await, []);
    assert_eq!(house.appointments_of("+13055550123").await, std::slice::from_ref(&booked));
    assert_eq!(house.book(house.booking("cleaning", MONDAY_1030, "Bo")).await, Err(Error::SlotTaken));

    let cancel = Operation::CancelAppointment(CancelAppointment { appointment: booked.id });
    let Ok(Outcome::Cancelled(cancelled)) = house.perform(cancel.clone()).await else { panic!("cancelled") };
    assert_eq!(cancelled.status, AppointmentStatus::Cancelled);
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_11).await, before);
    assert_eq!(house.appointments_of("+13055550123").await, []);
    assert_eq!(house.cells().await, 0);
    assert_eq!(house.perform(cancel).await, Ok(Outcome::Cancelled(cancelled)), "cancelling twice is no error");
}

#[tokio::test]
async fn a_refused_booking_leaves_nothing_behind() {
    let house = House::open().await;
    house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let other =
        BookAppointment { customer: draft("Bo", Some("+13055550124")), ..house.booking("cleaning", MONDAY_10, "") };
    assert_eq!(house.book(other).await, Err(Error::SlotTaken));
    assert_eq!(house.embedded.contact_by_phone(house.business.id, &number("+13055550124")).await, Ok(None));
}

#[tokio::test]
async fn rules_of_booking_hold_whatever_a_door_asks() {
    let house = House::open().await;
    for (start, why) in [
        ("2026-11-23T07:00[America/New_York]", "it is in the past"),
        ("2026-11-23T08:30[America/New_York]", "it is too soon"),
        ("2026-11-29T10:00[America/New_York]", "the business is closed then"),
        ("2026-11-23T17:00[America/New_York]", "the business is closed then"),
        ("2026-11-23T16:30[America/New_York]", "it would end after closing time"),
        ("2026-11-23T10:10[America/New_York]", "bookings do not begin at that minute"),
        ("2027-06-01T10:00[America/New_York]", "it is too far ahead"),
    ] {
        let refused = Err(Error::NotBookable(why));
        assert_eq!(house.book(house.booking("whitening", start, "Ana")).await, refused, "{start}");
        assert_eq!(house.hold(house.holding("whitening", start)).await.map(drop), refused.map(drop), "{start}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_who_race_for_a_slot_one_wins() {
    let house = Arc::new(House::open().await);
    let racers: Vec<_> = (0..100)
        .map(|racer| {
            let house = house.clone();
            tokio::spawn(async move {
                let customer = draft(&format!("Racer {racer}"), Some(&format!("+1305555{:04}", 1000 + racer)));
                // Half of them hold it, half book it: both claim the same time.
                if racer % 2 == 0 {
                    house.hold(house.holding("cleaning", TUESDAY_9)).await.map(drop)
                } else {
                    house.book(BookAppointment { customer, ..house.booking("cleaning", TUESDAY_9, "") }).await.map(drop)
                }
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.expect("no racer panics") {
            Ok(()) => won += 1,
            Err(error) => assert_eq!(error, Error::SlotTaken),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(house.cells().await, 6, "one half hour is taken");
}
