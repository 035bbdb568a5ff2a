//! Appointments: booked, moved, cancelled, and never twice at one time.

use super::*;
use crate::crm::error::Reason;

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

    let cancel = Operation::CancelAppointment(CancelAppointment { appointment: booked.id, version: None });
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
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..100 {
        let house = house.clone();
        racers.spawn(async move {
            let customer = draft(&format!("Racer {racer}"), Some(&format!("+1305555{:04}", 1000 + racer)));
            // Half of them hold it, half book it: both claim the same time.
            if racer % 2 == 0 {
                house.hold(house.holding("cleaning", TUESDAY_9)).await.map(drop)
            } else {
                house.book(BookAppointment { customer, ..house.booking("cleaning", TUESDAY_9, "") }).await.map(drop)
            }
        });
    }
    let results = racers.join_all().await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let beaten = results.iter().filter(|result| **result == Err(Error::SlotTaken)).count();
    assert_eq!((won, beaten), (1, 99));
    assert_eq!(house.cells().await, 6, "one half hour is taken");
}

#[tokio::test]
async fn an_appointment_moves_over_its_own_time_and_frees_the_old() {
    let house = House::open().await;
    let booked = house.book(house.booking("whitening", MONDAY_10, "Ana")).await.expect("a booking");
    let moving =
        FindSlots { from: at(MONDAY_10), to: at(MONDAY_11), moving: Some(booked.id), ..house.find_on("whitening") };
    assert_eq!(house.find(moving).await.len(), 2, "its own time counts as free");
    let hold = HoldSlots { moving: Some(booked.id), ..house.holding("whitening", MONDAY_1030) };
    let hold = house.hold(hold).await.expect("a hold over its own time");
    let moved =
        RescheduleAppointment { appointment: booked.id, version: None, start: at(MONDAY_1030), hold: Some(hold.id) };
    let Ok(Outcome::Rescheduled(moved)) = house.perform(Operation::RescheduleAppointment(moved)).await else {
        panic!("moved")
    };
    assert_eq!((moved.id, moved.slot), (booked.id, hold.slots[0]));
    assert_eq!(house.appointments_of("+13055550123").await, [moved]);
    assert_eq!(house.cells().await, 12);
    let free = house.free("cleaning", MONDAY_10, "2026-11-23T12:00[America/New_York]").await;
    let free: Vec<_> = free.iter().map(|slot| slot.start).collect();
    assert_eq!(free, [at(MONDAY_10), at("2026-11-23T11:30[America/New_York]")]);
}

#[tokio::test]
async fn a_move_that_is_refused_leaves_the_appointment_where_it_was() {
    let house = House::open().await;
    house.book(house.booking("cleaning", MONDAY_11, "Bo")).await.expect("a booking");
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let to = |start| RescheduleAppointment { appointment: booked.id, version: None, start, hold: None };
    let taken = house.perform(Operation::RescheduleAppointment(to(at(MONDAY_11)))).await;
    assert_eq!(taken, Err(Error::SlotTaken));
    let closed = house.perform(Operation::RescheduleAppointment(to(at(TUESDAY_17)))).await;
    assert_eq!(closed, Err(Error::NotBookable("the business is closed then")));
    let mine = house.appointments_of("+13055550123").await;
    assert!(mine.contains(&booked), "{mine:?}");
    assert_eq!(house.cells().await, 12);
}

#[tokio::test]
async fn what_is_over_is_neither_listed_nor_moved_nor_cancelled() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    house.clock.set(booked.slot.end);
    assert_eq!(house.appointments_of("+13055550123").await, []);
    let over = Err(Error::Invalid(Reason::AppointmentOver));
    let cancel = CancelAppointment { appointment: booked.id, version: None };
    assert_eq!(house.perform(Operation::CancelAppointment(cancel)).await, over);
    let start = at(TUESDAY_9);
    let moved = RescheduleAppointment { appointment: booked.id, version: None, start, hold: None };
    assert_eq!(house.perform(Operation::RescheduleAppointment(moved)).await, over);
}

#[tokio::test]
async fn the_same_key_performs_once() {
    let house = House::open().await;
    let book = Operation::BookAppointment(house.booking("cleaning", MONDAY_10, "Ana"));
    let first = house.perform_once(Some("call-1-book"), book.clone()).await.expect("a booking");
    house.clock.set(at("2026-11-23T08:30[America/New_York]"));
    assert_eq!(house.perform_once(Some("call-1-book"), book.clone()).await, Ok(first));
    assert_eq!(house.cells().await, 6);
    let other = Operation::BookAppointment(house.booking("cleaning", MONDAY_11, "Ana"));
    assert_eq!(house.perform_once(Some("call-1-book"), other).await, Err(Error::KeyReused));
    // A refusal is not kept: what was taken then may be free now.
    assert_eq!(house.perform_once(Some("call-2-book"), book.clone()).await, Err(Error::SlotTaken));
    let mine = house.appointments_of("+13055550123").await;
    let [mine] = mine.as_slice() else { panic!("one appointment, not {mine:?}") };
    let cancel = Operation::CancelAppointment(CancelAppointment { appointment: mine.id, version: None });
    house.perform(cancel).await.expect("cancelled");
    house.perform_once(Some("call-2-book"), book).await.expect("free again");
}

#[tokio::test]
async fn the_agenda_shows_what_stands() {
    let house = House::open().await;
    let stays = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let goes = house.book(house.booking("cleaning", MONDAY_11, "Ana")).await.expect("a booking");
    let cancel = Operation::CancelAppointment(CancelAppointment { appointment: goes.id, version: None });
    house.perform(cancel).await.expect("cancelled");
    let agenda = house.embedded.agenda(house.business.id, at(MONDAY_10), at(TUESDAY_9)).await;
    assert_eq!(agenda, Ok(vec![stays]));
}

#[tokio::test]
async fn a_buffer_keeps_the_time_after_free() {
    let house = House::open().await;
    let mut other = house.business.clone();
    other.id = BusinessId::fresh();
    other.phone = number("+13055550188");
    other.services.truncate(1);
    other.services[0].id = ServiceId::fresh();
    other.services[0].buffer_minutes = 10;
    house.embedded.add(&other, Hand::house()).await.expect("a second business");
    let ask = |operation| {
        let request = Request::new(other.id, Source::Api, By::owner(), operation);
        house.embedded.perform(request)
    };
    let service = other.services[0].id;
    let booking = BookAppointment { service, ..house.booking("cleaning", MONDAY_1030, "Ana") };
    ask(Operation::BookAppointment(booking.clone())).await.expect("a booking");
    let find = FindSlots {
        service,
        from: at(MONDAY_10),
        to: at("2026-11-23T12:00[America/New_York]"),
        ..house.find_on("cleaning")
    };
    let expected =
        Slot { start: at("2026-11-23T11:30[America/New_York]"), end: at("2026-11-23T12:00[America/New_York]") };
    assert_eq!(ask(Operation::FindSlots(find)).await, Ok(Outcome::Slots(vec![expected])));
    for (start, result) in [(MONDAY_10, Err(Error::SlotTaken)), (MONDAY_11, Err(Error::SlotTaken))] {
        let booking = BookAppointment { start: at(start), ..booking.clone() };
        assert_eq!(ask(Operation::BookAppointment(booking)).await.map(drop), result, "{start}");
    }
}

#[tokio::test]
async fn bookings_around_a_change_of_the_clocks_keep_their_hour() {
    // The Saturday before and the Monday after the clocks go forward (14 March 2027).
    let house = House::open_at("2027-03-12T08:00[America/New_York]").await;
    for (start, utc) in [
        ("2027-03-13T09:00[America/New_York]", "2027-03-13T14:00Z"),
        ("2027-03-15T09:00[America/New_York]", "2027-03-15T13:00Z"),
    ] {
        let booked = house.book(house.booking("cleaning", start, "Ana")).await.expect("a booking");
        assert_eq!(booked.slot.start, utc.parse::<Timestamp>().expect("an instant"));
        assert_eq!(booked.zone, "America/New_York");
    }
    let free = house.free("cleaning", "2027-03-13T12:00[America/New_York]", "2027-03-15T10:00[America/New_York]").await;
    let expected = ["2027-03-13T12:00", "2027-03-13T12:30", "2027-03-15T09:30"];
    let expected: Vec<_> = expected.iter().map(|time| at(&format!("{time}[America/New_York]"))).collect();
    assert_eq!(free.iter().map(|slot| slot.start).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_night_business_books_the_hour_that_comes_twice_once_each() {
    let house = House::open_at("2026-10-31T20:00[America/New_York]").await;
    let mut night = house.business.clone();
    night.id = BusinessId::fresh();
    night.phone = number("+13055550188");
    night.services.truncate(1);
    night.services[0].id = ServiceId::fresh();
    night.hours.week[6] =
        vec![crate::crm::model::Opening { from: jiff::civil::time(0, 0, 0, 0), to: jiff::civil::time(4, 0, 0, 0) }];
    house.embedded.add(&night, Hand::house()).await.expect("a business open at night");
    let service = night.services[0].id;
    let book = |start: &str| {
        let start = start.parse().expect("an instant");
        let operation = Operation::BookAppointment(BookAppointment {
            service,
            start,
            ..house.booking("cleaning", MONDAY_10, "Ana")
        });
        let request = Request::new(night.id, Source::Api, By::owner(), operation);
        house.embedded.perform(request)
    };
    // 01:30 in summer time and 01:30 in winter time are an hour apart.
    book("2026-11-01T05:30Z").await.expect("the first 01:30");
    book("2026-11-01T06:30Z").await.expect("the second 01:30");
    assert_eq!(book("2026-11-01T05:30Z").await, Err(Error::SlotTaken));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_on_one_file_do_not_sell_a_slot_twice() {
    let house = House::open().await;
    let other = Embedded::open(&house.url, house.clock.clone()).await.expect("the same file");
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..40 {
        let embedded = if racer % 2 == 0 { house.embedded.clone() } else { other.clone() };
        let book = house.booking("cleaning", TUESDAY_9, "Racer");
        let request = Request::new(house.business.id, Source::Api, By::owner(), book);
        racers.spawn(async move { embedded.perform(request).await.map(drop) });
    }
    let results = racers.join_all().await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let beaten = results.iter().filter(|result| **result == Err(Error::SlotTaken)).count();
    assert_eq!((won, beaten), (1, 39));
    assert_eq!(house.cells().await, 6);
}

#[tokio::test]
async fn whatever_is_found_free_can_be_booked() {
    let house = House::open().await;
    // A consultation takes 20 minutes, a whitening 60: they leave gaps of every kind.
    for (service, every) in [("whitening", 5), ("consultation", 3), ("cleaning", 4)] {
        let free = house.free(service, NOW, "2026-12-01T00:00[America/New_York]").await;
        assert!(free.len() > every, "{service}");
        for slot in free.iter().step_by(every) {
            let booking = BookAppointment { start: slot.start, ..house.booking(service, MONDAY_10, "Ana") };
            assert_eq!(house.book(booking).await.map(|booked| booked.slot), Ok(*slot), "{service}");
        }
        let left = house.free(service, NOW, "2026-12-01T00:00[America/New_York]").await;
        assert_eq!(left.len(), free.len() - free.iter().step_by(every).count() - overlapped(&free, every), "{service}");
    }
}

/// How many of the slots found overlap one that was booked, besides the booked ones themselves.
fn overlapped(free: &[Slot], every: usize) -> usize {
    let booked: Vec<_> = free.iter().step_by(every).collect();
    let clash = |slot: &&Slot| booked.iter().any(|booked| slot.start < booked.end && booked.start < slot.end);
    free.iter().filter(clash).count() - booked.len()
}
