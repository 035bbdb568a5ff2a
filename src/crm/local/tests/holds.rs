//! Time kept for somebody while they decide.

use super::*;

#[tokio::test]
async fn a_hold_keeps_a_slot_for_its_owner_until_it_lapses() {
    let house = House::open().await;
    let hold = house.hold(house.holding("cleaning", MONDAY_10)).await.expect("a hold");
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await, [], "others do not see it");
    let mine =
        FindSlots { from: at(MONDAY_10), to: at(MONDAY_1030), own_hold: Some(hold.id), ..house.find_on("cleaning") };
    assert_eq!(house.find(mine).await, hold.slots, "its owner does");
    assert_eq!(house.book(house.booking("cleaning", MONDAY_10, "Bo")).await, Err(Error::SlotTaken));

    house.clock.set(hold.expires_at);
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await, hold.slots, "lapsed, it is free again");
    house.book(house.booking("cleaning", MONDAY_10, "Bo")).await.expect("Bo books what lapsed");
    let late = BookAppointment { hold: Some(hold.id), ..house.booking("cleaning", MONDAY_10, "Ana") };
    assert_eq!(house.book(late).await, Err(Error::SlotTaken));
}

#[tokio::test]
async fn booking_uses_the_hold_up() {
    let house = House::open().await;
    let hold = house.hold(house.holding("cleaning", MONDAY_10)).await.expect("a hold");
    let booking = BookAppointment { hold: Some(hold.id), ..house.booking("cleaning", MONDAY_10, "Ana") };
    assert_eq!(house.book(booking).await.expect("a booking").slot, hold.slots[0]);
    assert_eq!(house.cells().await, 6, "the appointment's own, and none of the hold's");
    let release = Operation::ReleaseHold(ReleaseHold { hold: hold.id });
    assert_eq!(house.perform(release).await, Ok(Outcome::Released), "letting go of it now frees nothing");
    assert_eq!(house.cells().await, 6);
}

#[tokio::test]
async fn what_was_promised_in_time_can_be_booked_though_notice_ran_out() {
    let house = House::open_at("2026-11-23T08:59[America/New_York]").await;
    let hold = house.hold(house.holding("cleaning", MONDAY_10)).await.expect("a hold in time");
    house.clock.set(at("2026-11-23T09:02[America/New_York]"));
    let without = house.book(house.booking("cleaning", MONDAY_10, "Bo")).await;
    assert_eq!(without, Err(Error::NotBookable("it is too soon")));
    let with = BookAppointment { hold: Some(hold.id), ..house.booking("cleaning", MONDAY_10, "Ana") };
    house.book(with).await.expect("the hold was made in time");
}

#[tokio::test]
async fn a_hold_replaces_another_only_if_it_succeeds() {
    let house = House::open().await;
    house.book(house.booking("cleaning", MONDAY_11, "Bo")).await.expect("a booking");
    let first = house.hold(house.holding("whitening", "2026-11-23T14:00[America/New_York]")).await.expect("a hold");
    let instead = |start: &str| HoldSlots { instead_of: Some(first.id), ..house.holding("whitening", start) };
    assert_eq!(house.hold(instead(MONDAY_11)).await, Err(Error::SlotTaken));
    assert_eq!(house.cells().await, 6 + 12, "the first hold still stands");
    // Half an hour later overlaps the first: it is let go in the same step.
    house.hold(instead("2026-11-23T14:30[America/New_York]")).await.expect("the replacement");
    assert_eq!(house.cells().await, 6 + 12);
}

#[tokio::test]
async fn an_own_hold_or_appointment_of_nobody_changes_nothing() {
    let house = House::open().await;
    let hold = house.hold(house.holding("cleaning", MONDAY_10)).await.expect("a hold");
    let guess = FindSlots {
        from: at(MONDAY_10),
        to: at(MONDAY_1030),
        own_hold: Some(HoldId::fresh()),
        moving: Some(AppointmentId::fresh()),
        ..house.find_on("cleaning")
    };
    assert_eq!(house.find(guess).await, []);
    house.perform(Operation::ReleaseHold(ReleaseHold { hold: hold.id })).await.expect("released");
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await, hold.slots);
}

#[tokio::test]
async fn holds_are_bounded_and_booking_goes_on() {
    let house = House::open().await;
    let free = house.free("cleaning", NOW, "2027-02-22T00:00[America/New_York]").await;
    let hold_at = |start| HoldSlots { starts: vec![start], ..house.holding("cleaning", MONDAY_10) };
    let last = "2027-02-19T10:00[America/New_York]";
    for slot in &free {
        house.hold(hold_at(slot.start)).await.expect("a hold");
    }
    assert_eq!(free.len(), 200);
    assert!(matches!(house.hold(hold_at(at(last))).await, Err(Error::Unavailable(_))));
    house.book(house.booking("cleaning", last, "Ana")).await.expect("a booking");
}

#[tokio::test]
async fn one_hold_keeps_all_that_is_offered_and_is_used_up_whole() {
    let house = House::open().await;
    house.book(house.booking("cleaning", MONDAY_11, "Bo")).await.expect("a booking");
    let half_hourly = house.holding("cleaning", MONDAY_10);
    let starts = [MONDAY_10, MONDAY_1030, MONDAY_11].map(at).to_vec();
    let offered = HoldSlots { starts, count: 3, ..half_hourly.clone() };
    let hold = house.hold(offered).await.expect("a hold of what is free");
    assert_eq!(hold.slots.iter().map(|slot| slot.start).collect::<Vec<_>>(), [at(MONDAY_10), at(MONDAY_1030)]);
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_11).await, [], "kept from others");
    let booking = BookAppointment { hold: Some(hold.id), ..house.booking("cleaning", MONDAY_10, "Ana") };
    house.book(booking).await.expect("one of them");
    let free = house.free("cleaning", MONDAY_10, MONDAY_11).await;
    assert_eq!(free, hold.slots[1..], "the other is free again");
    let none = HoldSlots { starts: vec![at(MONDAY_10), at(MONDAY_11)], count: 2, ..half_hourly };
    assert_eq!(house.hold(none).await, Err(Error::SlotTaken));
}

#[tokio::test]
async fn times_of_one_hold_may_overlap_and_one_of_another_may_not() {
    let house = House::open().await;
    let starts = [MONDAY_10, MONDAY_1030].map(at).to_vec();
    let hold = HoldSlots { starts, count: 3, ..house.holding("whitening", MONDAY_10) };
    let first = house.hold(hold.clone()).await.expect("two that overlap");
    assert_eq!(first.slots.len(), 2);
    assert_eq!(house.cells().await, 12 + 6);
    assert_eq!(house.hold(hold.clone()).await, Err(Error::SlotTaken));
    let again = HoldSlots { instead_of: Some(first.id), ..hold };
    assert_eq!(house.hold(again).await.expect("instead of its own").slots, first.slots);
    assert_eq!(house.cells().await, 12 + 6);
}

#[tokio::test]
async fn of_what_is_wanted_only_so_much_is_kept_and_the_first_that_is_free() {
    let house = House::open().await;
    let starts: Vec<Timestamp> = [MONDAY_11, MONDAY_10, MONDAY_1030].map(at).to_vec();
    let wanted = HoldSlots { starts, count: 1, ..house.holding("cleaning", MONDAY_10) };
    for expected in [MONDAY_11, MONDAY_10, MONDAY_1030] {
        let hold = house.hold(wanted.clone()).await.expect("a hold");
        assert_eq!(hold.slots.iter().map(|slot| slot.start).collect::<Vec<_>>(), [at(expected)]);
    }
    assert_eq!(house.hold(wanted).await, Err(Error::SlotTaken));
}
