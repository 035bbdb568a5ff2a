//! Who is known, to which business, and by what.

use super::*;
use crate::id::ContactId;

#[tokio::test]
async fn another_business_s_rows_are_not_found() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let hold = house.hold(house.holding("cleaning", MONDAY_11)).await.expect("a hold");
    let mut other = house.business.clone();
    other.id = BusinessId::fresh();
    other.phone = number("+13055550188");
    for service in &mut other.services {
        service.id = ServiceId::fresh();
    }
    house.embedded.add(&other, Hand::house()).await.expect("a second business");
    let ask = |operation| {
        let request = Request::new(other.id, Source::Api, By::owner(), operation);
        house.embedded.perform(request)
    };
    let cancel = Operation::CancelAppointment(CancelAppointment { appointment: booked.id, version: None });
    assert_eq!(ask(cancel).await, Err(Error::NotFound("appointment")));
    let start = at(TUESDAY_9);
    let moved = RescheduleAppointment { appointment: booked.id, version: None, start, hold: Some(hold.id) };
    assert_eq!(ask(Operation::RescheduleAppointment(moved)).await, Err(Error::NotFound("appointment")));
    let booking = house.booking("cleaning", MONDAY_10, "Eve");
    assert_eq!(ask(Operation::BookAppointment(booking)).await, Err(Error::NotFound("service")));
    ask(Operation::ReleaseHold(ReleaseHold { hold: hold.id })).await.expect("no error");
    assert_eq!(house.cells().await, 12, "the first business's hold stands");
    let find = Operation::FindContact(FindContact { phone: number("+13055550123") });
    assert_eq!(ask(find).await, Ok(Outcome::Contact(None)));
    let nobody = BusinessId::fresh();
    let request = Request::new(nobody, Source::Api, By::owner(), house.find_on("cleaning"));
    assert_eq!(house.embedded.perform(request).await, Err(Error::NotFound("business")));
    assert_eq!(house.embedded.call(other.id, CallId::fresh()).await, Ok(None));
}

#[tokio::test]
async fn a_contact_is_filled_in_and_never_renamed() {
    let house = House::open().await;
    let unnamed = house.save(draft("", Some("+13055550123"))).await;
    let named = house.save(draft("Ana", Some("+13055550123"))).await;
    assert_eq!((named.id, named.full_name().as_str()), (unnamed.id, "Ana"));
    assert_eq!(house.save(draft("ana Silva", Some("+13055550123"))).await.full_name(), "Ana Silva");
    assert_eq!(house.save(draft("", Some("+13055550123"))).await.full_name(), "Ana Silva");
    assert_eq!(house.save(draft("Bo Li", Some("+13055550123"))).await.full_name(), "Ana Silva");
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Bo Li")).await.expect("a booking");
    assert_eq!((booked.contact, booked.customer_name.as_str()), (unnamed.id, "Bo Li"));

    let email = |text: &str| Some(text.to_owned());
    let with_email = ContactDraft { email: email("Ana@Example.com"), ..draft("", Some("+13055550123")) };
    assert_eq!(house.save(with_email).await.email, email("ana@example.com"));
    let by_email = ContactDraft { email: email("ana@example.com"), ..draft("Somebody", None) };
    assert_eq!(house.save(by_email).await.id, unnamed.id);
    let other = ContactDraft { email: email("ana@example.com"), ..draft("Cy", Some("+13055550177")) };
    let other = house.save(other).await;
    assert_eq!((other.id, other.phone), (unnamed.id, Some(number("+13055550123"))), "an address belongs to one");
    let nobody = Operation::SaveContact(SaveContact { draft: ContactDraft::default() });
    assert!(matches!(house.perform(nobody).await, Err(Error::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_saved_by_many_at_once_is_one_contact() {
    let house = Arc::new(House::open().await);
    let mut savers = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let house = house.clone();
        savers.spawn(async move { house.save(draft("Ana Silva", Some("+13055550123"))).await.id });
    }
    let ids: std::collections::HashSet<_> = savers.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn appointments_are_listed_by_the_number_given_or_the_contact_s() {
    let house = House::open().await;
    let email = Some("ana@example.com".to_owned());
    house.save(ContactDraft { email: email.clone(), ..draft("Ana", Some("+13055550123")) }).await;
    let customer = ContactDraft { email, ..draft("Ana", Some("+13055550177")) };
    let booking = BookAppointment { customer, ..house.booking("cleaning", TUESDAY_9, "") };
    let later = house.book(booking).await.expect("booked from the office");
    let sooner = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("booked from home");
    assert_eq!(house.appointments_of("+13055550123").await, [sooner, later.clone()], "each once, in order");
    assert_eq!(house.appointments_of("+13055550177").await, [later]);
    assert_eq!(house.appointments_of("+13055550166").await, []);
}

#[tokio::test]
async fn a_booking_for_a_contact_that_is_named_finds_and_makes_nobody() {
    const CALLER: &str = "+13055550166";
    let house = House::open().await;
    let (maria, caller) = (house.save(draft("Maria Lopez", None)).await, house.save(draft("", Some(CALLER))).await);
    let booking = |contact, start| BookAppointment {
        contact: Some(contact),
        customer: ContactDraft::default(),
        ..house.booking("cleaning", start, "")
    };
    let hers = house.book(booking(maria.id, MONDAY_10)).await.expect("a booking");
    assert_eq!((hers.contact, hers.customer_name.as_str()), (maria.id, "Maria Lopez"));
    let theirs = house.book(booking(caller.id, TUESDAY_9)).await.expect("a booking");
    assert_eq!((theirs.contact, theirs.customer_name.as_str()), (caller.id, ""));
    assert_eq!(theirs.customer_phone, caller.phone);
    let known = house.embedded.contact_by_phone(house.business.id, &number(CALLER)).await.expect("an answer");
    assert_eq!(known.map(|one| (one.id, one.first_name)), Some((caller.id, String::new())), "a number is no name");
    let stranger = house.book(booking(ContactId::fresh(), MONDAY_1030)).await;
    assert_eq!(stranger, Err(Error::NotFound("contact")));
}

#[tokio::test]
async fn a_message_is_kept_with_who_left_it() {
    let house = House::open().await;
    let leave = |from| LeaveMessage { from, body: "Please call me back.".to_owned(), call: None };
    let known = Operation::LeaveMessage(leave(draft("Ana Silva", Some("+13055550123"))));
    let Ok(Outcome::MessageLeft(message)) = house.perform(known).await else { panic!("a message") };
    let contact = house.embedded.contact_by_phone(house.business.id, &number("+13055550123")).await;
    assert_eq!(message.contact, contact.expect("a contact").map(|contact| contact.id));
    let Ok(Outcome::MessageLeft(unknown)) = house.perform(Operation::LeaveMessage(leave(draft("", None)))).await else {
        panic!("a message")
    };
    assert_eq!((unknown.contact, unknown.body.as_str()), (None, "Please call me back."));
}

/// Where the log of a test goes.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no poison").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_personal_reaches_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let house = House::open().await;
    let crm = crate::crm::Crm::new(Arc::new(house.embedded.clone()));
    let ask = |operation| {
        let request = Request::new(house.business.id, Source::Voice, By::owner(), operation);
        crm.perform(request)
    };
    let customer =
        ContactDraft { email: Some("silva@example.com".to_owned()), ..draft("Ana Silva", Some("+13055550123")) };
    let booking = BookAppointment {
        customer: customer.clone(),
        notes: "toothache".to_owned(),
        ..house.booking("cleaning", MONDAY_10, "")
    };
    ask(Operation::BookAppointment(booking.clone())).await.expect("a booking");
    assert_eq!(ask(Operation::BookAppointment(booking)).await, Err(Error::SlotTaken));
    ask(Operation::FindContact(FindContact { phone: number("+13055550123") })).await.expect("an answer");
    let leave = LeaveMessage { from: customer, body: "toothache".to_owned(), call: None };
    ask(Operation::LeaveMessage(leave)).await.expect("a message");
    house.embedded.close().await;
    let broken = ask(Operation::FindContact(FindContact { phone: number("+13055550123") })).await;
    assert!(matches!(broken, Err(Error::Unavailable(_))), "{broken:?}");

    let log = String::from_utf8(log.0.lock().expect("no poison").clone()).expect("text");
    for told in ["book_appointment", "slot_taken", "the CRM failed"] {
        assert!(log.contains(told), "the log tells of {told}: {log}");
    }
    for secret in ["Silva", "silva", "5550123", "toothache"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[tokio::test]
async fn a_name_finds_its_own_however_many_others_come_first() {
    let house = House::open().await;
    let free = house.free("cleaning", NOW, "2027-02-22T00:00[America/New_York]").await;
    for (place, slot) in free.iter().enumerate() {
        let name = if place + 1 == free.len() { "José  Núñez" } else { "Somebody Else" };
        let booking = BookAppointment { start: slot.start, ..house.booking("cleaning", MONDAY_10, name) };
        house.book(booking).await.expect("a booking");
    }
    for (name, count) in [("jose nunez", 1), ("somebody else", 2), ("Jo Nunez", 0)] {
        let (from, to, name) = (house.clock.now(), Timestamp::MAX, Some(name.to_owned()));
        let list = ListAppointments { name: name.clone(), from, to, limit: 2, ..ListAppointments::default() };
        match house.perform(Operation::ListAppointments(list)).await {
            Ok(Outcome::Appointments(found)) => assert_eq!(found.items.len(), count, "{name:?}"),
            other => panic!("appointments, not {other:?}"),
        }
    }
}
