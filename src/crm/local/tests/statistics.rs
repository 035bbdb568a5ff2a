//! How a business did.

use super::contacts::{create, done, somebody};
use super::sales::{named, opportunity, pipeline, second};
use super::*;
use crate::crm::model::Statistics;
use crate::crm::operation::{
    AppointmentStanding, Catalogued, CloseOpportunity, CompleteTask, CreateTask, GetStatistics, OpportunityResult,
    UpdateAppointment,
};
use jiff::civil::{Date, date};

fn asked(from: Date, to: Date) -> GetStatistics {
    GetStatistics { from, to }
}

async fn count(house: &House, day: Date) -> Statistics {
    done!(house, asked(day, day), StatisticsCounted)
}

async fn call(house: &House, sid: &str, status: CallStatus) {
    let call = CallRecord {
        id: CallId::fresh(),
        business: house.business.id,
        call_sid: sid.to_owned(),
        from: None,
        to: house.business.phone.clone(),
        contact: None,
        status,
        started_at: house.clock.now(),
        ended_at: None,
        ending: None,
    };
    house.embedded.begin(call).await.expect("a record");
}

#[tokio::test]
async fn what_happened_is_counted_by_the_business_s_days() {
    let house = House::open().await;
    let (monday, tuesday) = (date(2026, 11, 23), date(2026, 11, 24));
    let nothing = count(&house, monday).await;
    assert_eq!((nothing.zone.as_str(), nothing.currency.code()), ("America/New_York", "USD"));
    assert_eq!((nothing.appointments_booked, nothing.opportunities_won, nothing.won_minor), (0, 0, 0));
    call(&house, "CA1", CallStatus::InProgress).await;
    call(&house, "CA2", CallStatus::Busy).await;
    let missed = house.book(house.booking("cleaning", MONDAY_10, "Ana")).await.expect("a booking").id;
    let cancelled = house.book(house.booking("cleaning", TUESDAY_9, "Ana")).await.expect("a booking").id;
    done!(house, CancelAppointment { appointment: cancelled, version: None }, Cancelled);
    let message = LeaveMessage { from: draft("Bo", Some("+13055550144")), body: "Call me.".to_owned(), call: None };
    done!(house, message, MessageLeft);
    pipeline(&house, "Sales", &[("New", 10)]).await;
    let won = opportunity(&house, named("Roof", 700)).await.id;
    let lost = opportunity(&house, named("Bath", 900)).await.id;
    let task = done!(house, CreateTask { title: "Call".to_owned(), ..CreateTask::default() }, TaskCreated).id;
    // Late on Monday in New York is Tuesday in London.
    house.clock.set(at("2026-11-23T23:30[America/New_York]"));
    let status = Some(AppointmentStanding::NoShow);
    done!(house, UpdateAppointment { appointment: missed, version: None, notes: None, status }, AppointmentUpdated);
    let close = |opportunity, result| CloseOpportunity { opportunity, version: None, result, reason: String::new() };
    done!(house, close(won, OpportunityResult::Won), OpportunityClosed);
    done!(house, close(lost, OpportunityResult::Lost), OpportunityClosed);
    done!(house, CompleteTask { task, version: None }, TaskCompleted);
    let first = count(&house, monday).await;
    let expected = Statistics {
        from: monday,
        to: monday,
        zone: "America/New_York".to_owned(),
        calls: 2,
        calls_answered: 1,
        appointments_booked: 2,
        appointments_cancelled: 0,
        appointments_no_show: 1,
        contacts_new: 2,
        messages: 1,
        opportunities_won: 1,
        won_minor: 700,
        currency: first.currency,
        tasks_done: 1,
    };
    assert_eq!(first, expected);
    let second_day = count(&house, tuesday).await;
    assert_eq!((second_day.appointments_booked, second_day.appointments_cancelled, second_day.tasks_done), (0, 1, 0));
    let both: Statistics = done!(house, asked(monday, tuesday), StatisticsCounted);
    assert_eq!((both.appointments_booked, both.appointments_cancelled, both.appointments_no_show), (2, 1, 1));

    let other = second(&house).await;
    let Ok(Outcome::StatisticsCounted(theirs)) = house.perform_for(other, asked(monday, tuesday).into()).await else {
        panic!("figures")
    };
    assert_eq!((theirs.calls, theirs.appointments_booked, theirs.contacts_new, theirs.won_minor), (0, 0, 0, 0));
}

#[tokio::test]
async fn somebody_deleted_is_not_counted_as_new() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await.id;
    let delete = crate::crm::operation::DeleteContact { contact: ana, version: None };
    house.perform(delete.into()).await.expect("deleted");
    assert_eq!(count(&house, date(2026, 11, 23)).await.contacts_new, 0);
}

#[test]
fn days_the_wrong_way_round_and_too_many_of_them_are_refused() {
    let refused = |from, to| matches!(asked(from, to).within_limits(), Err(Error::Invalid(_)));
    assert!(refused(date(2026, 1, 2), date(2026, 1, 1)));
    assert!(refused(date(2006, 1, 1), date(2026, 1, 1)));
    assert!(!refused(date(2026, 1, 1), date(2026, 1, 1)));
    assert!(!refused(date(2017, 1, 1), date(2026, 12, 31)));
}
