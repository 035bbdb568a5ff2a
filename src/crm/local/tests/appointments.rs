//! Appointments as the office sees them.

use super::contacts::done;
use super::sales::second;
use super::*;
use crate::crm::model::{Calendar, Page};
use crate::crm::operation::{
    AppointmentStanding, ConfirmAppointment, GetAppointment, GetBusiness, ListCalendars, UpdateAppointment,
};
use crate::id::ContactId;
use AppointmentStatus::{Cancelled, Confirmed, Scheduled};

fn standing(appointment: AppointmentId, status: AppointmentStanding) -> UpdateAppointment {
    UpdateAppointment { appointment, version: None, notes: None, status: Some(status) }
}

async fn refused(house: &House, update: UpdateAppointment) -> String {
    match house.perform(update.into()).await {
        Err(Error::Invalid(why)) => why.to_string(),
        other => panic!("a refusal, not {other:?}"),
    }
}

#[tokio::test]
async fn an_appointment_is_confirmed_noted_and_said_how_it_went() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let appointment = booked.id;
    let confirmed: Appointment = done!(house, ConfirmAppointment { appointment, version: None }, AppointmentConfirmed);
    assert_eq!(confirmed, Appointment { status: AppointmentStatus::Confirmed, version: 2, ..booked });
    let again: Appointment = done!(house, ConfirmAppointment { appointment, version: None }, AppointmentConfirmed);
    assert_eq!(again, confirmed);
    let why = refused(&house, standing(appointment, AppointmentStanding::Completed)).await;
    assert!(why.contains("not begun"), "{why}");
    house.clock.set(at(MONDAY_11));
    let notes = UpdateAppointment {
        notes: Some("Came late.".to_owned()),
        ..standing(appointment, AppointmentStanding::NoShow)
    };
    let missed: Appointment = done!(house, notes, AppointmentUpdated);
    assert_eq!((missed.status, missed.notes.as_str()), (AppointmentStatus::NoShow, "Came late."));
    let came: Appointment = done!(house, standing(appointment, AppointmentStanding::Completed), AppointmentUpdated);
    assert_eq!((came.status, came.notes.as_str()), (AppointmentStatus::Completed, "Came late."));
    let why = refused(&house, standing(appointment, AppointmentStanding::Confirmed)).await;
    assert!(why.contains("over"), "{why}");
    let read: Appointment = done!(house, GetAppointment { appointment }, AppointmentGot);
    assert_eq!(read, came);
    assert!(house.cells().await > 0, "its time stays its own");
}

#[tokio::test]
async fn two_who_change_an_appointment_at_once_are_told() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let appointment = booked.id;
    let say = |version, text: &str| UpdateAppointment {
        appointment,
        version: Some(version),
        notes: Some(text.to_owned()),
        status: None,
    };
    let noted: Appointment = done!(house, say(1, "Wants the chair by the window."), AppointmentUpdated);
    assert_eq!((booked.version, noted.version), (1, 2));
    let version = Some(1);
    let late: [Operation; 4] = [
        say(1, "Is allergic to latex.").into(),
        ConfirmAppointment { appointment, version }.into(),
        RescheduleAppointment { appointment, version, start: at(MONDAY_11), hold: None }.into(),
        CancelAppointment { appointment, version }.into(),
    ];
    for operation in late {
        let refused = house.perform(operation.clone()).await;
        assert!(matches!(refused, Err(Error::Stale("appointment"))), "{operation:?}: {refused:?}");
    }
    let moved = RescheduleAppointment { appointment, version: Some(2), start: at(MONDAY_11), hold: None };
    let moved: Appointment = done!(house, moved, Rescheduled);
    let cancelled: Appointment = done!(house, CancelAppointment { appointment, version: Some(3) }, Cancelled);
    let again: Appointment = done!(house, CancelAppointment { appointment, version: Some(4) }, Cancelled);
    assert_eq!((moved.version, cancelled.version, again), (3, 4, cancelled.clone()));
    let read: Appointment = done!(house, GetAppointment { appointment }, AppointmentGot);
    assert_eq!(read, cancelled);
}

#[tokio::test]
async fn what_was_cancelled_is_neither_confirmed_nor_completed() {
    let house = House::open().await;
    let appointment = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking").id;
    done!(house, CancelAppointment { appointment, version: None }, Cancelled);
    let confirm = house.perform(ConfirmAppointment { appointment, version: None }.into()).await;
    assert!(matches!(confirm, Err(Error::Invalid(_))), "{confirm:?}");
    house.clock.set(at(MONDAY_11));
    for wrong in [AppointmentStanding::Confirmed, AppointmentStanding::Completed, AppointmentStanding::NoShow] {
        assert!(refused(&house, standing(appointment, wrong)).await.contains("cancelled"));
    }
}

#[tokio::test]
async fn appointments_are_listed_by_contact_and_status_page_by_page() {
    let house = House::open().await;
    let mut made = Vec::new();
    for (start, phone) in [(MONDAY_10, "+13055550123"), (MONDAY_1030, "+13055550177"), (TUESDAY_9, "+13055550123")] {
        let customer = draft("Ana", Some(phone));
        let booking = BookAppointment { customer, ..house.booking("cleaning", start, "") };
        made.push(house.book(booking).await.expect("a booking"));
    }
    done!(house, CancelAppointment { appointment: made[1].id, version: None }, Cancelled);
    done!(house, ConfirmAppointment { appointment: made[2].id, version: None }, AppointmentConfirmed);
    let from = house.clock.now();
    let all = || ListAppointments { from, to: Timestamp::MAX, limit: 9, ..ListAppointments::default() };
    let standing = |status: &[AppointmentStatus]| status.iter().copied().collect();
    let cases: [(ListAppointments, &[usize]); 7] = [
        (all(), &[0, 2]),
        (ListAppointments { contact: Some(made[0].contact), ..all() }, &[0, 2]),
        (ListAppointments { contact: Some(made[1].contact), ..all() }, &[]),
        (ListAppointments { status: standing(&[Cancelled]), ..all() }, &[1]),
        (ListAppointments { status: standing(&[Cancelled, Scheduled, Confirmed]), ..all() }, &[0, 1, 2]),
        (ListAppointments { phone: Some(number("+13055550123")), ..all() }, &[0, 2]),
        (ListAppointments { name: Some("ana".to_owned()), ..all() }, &[0, 2]),
    ];
    for (wanted, places) in &cases {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let page = ListAppointments { limit: 1, cursor, ..wanted.clone() };
            let page: Page<Appointment> = done!(house, page, Appointments);
            found.extend(page.items.iter().map(|one| one.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let expected: Vec<_> = places.iter().map(|place| made[*place].id).collect();
        assert_eq!(found, expected, "{wanted:?}");
        let whole: Page<Appointment> = done!(house, wanted.clone(), Appointments);
        assert_eq!((whole.items.len(), whole.next), (expected.len(), None));
    }
    house.clock.set(at("2026-11-30T08:00[America/New_York]"));
    assert_eq!(done!(house, all(), Appointments).items, [], "they are over");
    let past = ListAppointments { status: standing(&[Scheduled]), ..all() };
    assert_eq!(done!(house, past, Appointments).items.len(), 1, "unless it is said which");
}

#[tokio::test]
async fn another_business_s_appointments_are_not_found() {
    let house = House::open().await;
    let booked = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking");
    let other = second(&house).await;
    let appointment = booked.id;
    let list = ListAppointments {
        contact: Some(booked.contact),
        from: house.clock.now(),
        to: Timestamp::MAX,
        limit: 1,
        ..ListAppointments::default()
    };
    let elsewhere: [(Operation, &str); 5] = [
        (GetAppointment { appointment }.into(), "appointment"),
        (ConfirmAppointment { appointment, version: None }.into(), "appointment"),
        (standing(appointment, AppointmentStanding::Confirmed).into(), "appointment"),
        (list.clone().into(), "contact"),
        (ListAppointments { contact: Some(ContactId::fresh()), ..list }.into(), "contact"),
    ];
    for (operation, noun) in elsewhere {
        let asked = operation.clone();
        assert_eq!(house.perform_for(other, operation).await, Err(Error::NotFound(noun)), "{asked:?}");
    }
    let calendars: Vec<Calendar> = done!(house, ListCalendars {}, Calendars);
    assert_eq!((calendars.len(), calendars[0].id), (1, booked.calendar));
    let Ok(Outcome::Calendars(theirs)) = house.perform_for(other, ListCalendars {}.into()).await else {
        panic!("calendars")
    };
    assert_eq!(theirs.len(), 1);
    assert_ne!(theirs[0].id, booked.calendar);
}

#[tokio::test]
async fn a_business_reads_itself_and_no_other() {
    let house = House::open().await;
    let ours: Business = done!(house, GetBusiness {}, BusinessGot);
    assert_eq!(ours, house.business);
    let other = second(&house).await;
    let Ok(Outcome::BusinessGot(theirs)) = house.perform_for(other, GetBusiness {}.into()).await else {
        panic!("a business")
    };
    assert_eq!(theirs.id, other);
    let nobody = house.perform_for(BusinessId::fresh(), GetBusiness {}.into()).await;
    assert_eq!(nobody, Err(Error::NotFound("business")));
}
