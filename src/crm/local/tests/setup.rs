//! How a business is set up, changed.

use super::contacts::done;
use super::undo::{last, undo, undo_last};
use super::*;
use crate::crm::error::Reason;
use crate::crm::model::{Action, Opening};
use crate::crm::operation::{GetAction, GetBusiness, ServiceDraft, UpdateBusiness};
use jiff::civil::time;

fn nothing() -> UpdateBusiness {
    UpdateBusiness::default()
}

/// The services as they are, but for those of these names.
fn without(business: &Business, names: &[&str]) -> Vec<ServiceDraft> {
    let kept = business.services.iter().filter(|service| !names.contains(&service.name.as_str()));
    kept.map(ServiceDraft::from).collect()
}

async fn read(house: &House) -> Business {
    done!(house, GetBusiness {}, BusinessGot)
}

#[tokio::test]
async fn what_is_given_is_changed_and_the_rest_stays() {
    let house = House::open().await;
    let mut hours = house.business.hours.clone();
    hours.week[0] = vec![Opening { from: time(12, 0, 0, 0), to: time(17, 0, 0, 0) }];
    let update = UpdateBusiness {
        name: Some("Elm Street Dental".to_owned()),
        transfer_to: Some(None),
        hours: Some(hours.clone()),
        ..nothing()
    };
    let changed: Business = done!(house, update, BusinessUpdated);
    let expected = Business {
        name: "Elm Street Dental".to_owned(),
        transfer_to: None,
        hours,
        version: house.business.version + 1,
        ..house.business.clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(read(&house).await, expected);
    assert_eq!(house.embedded.business_by_phone(&house.business.phone).await, Ok(Some(expected.clone())));
    let monday = house.free("cleaning", NOW, MONDAY_1030).await;
    assert_eq!(monday, [], "the new hours are those one books in");
    let again: Business =
        done!(house, UpdateBusiness { name: Some(expected.name.clone()), ..nothing() }, BusinessUpdated);
    assert_eq!(again, expected, "where nothing changes the version stays");
}

#[tokio::test]
async fn who_read_an_older_version_is_told() {
    let house = House::open().await;
    let named = |name: &str, version| UpdateBusiness { name: Some(name.to_owned()), version, ..nothing() };
    done!(house, named("First", Some(house.business.version)), BusinessUpdated);
    let late = house.perform(named("Second", Some(house.business.version)).into()).await;
    assert_eq!(late, Err(Error::Stale("business")));
    assert_eq!(read(&house).await.name, "First");
}

#[tokio::test]
async fn a_service_is_offered_no_longer_once_nobody_comes_for_it() {
    let house = House::open().await;
    let booked = house.book(house.booking("whitening", MONDAY_10, "Ana")).await.expect("a booking");
    let drop_it =
        UpdateBusiness { services: Some(without(&house.business, &["whitening", "consultation"])), ..nothing() };
    let refused = house.perform(drop_it.clone().into()).await;
    let Err(Error::Invalid(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why, Reason::ServiceBooked { service: "whitening".to_owned(), there: 1 });
    assert_eq!(read(&house).await, house.business, "all of it or nothing");
    done!(house, CancelAppointment { appointment: booked.id, version: None }, Cancelled);
    let cancelling = last(&house).await;
    let changed: Business = done!(house, drop_it, BusinessUpdated);
    let names: Vec<_> = changed.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["cleaning", "check-up"]);
    let dropping = last(&house).await;
    for gone in ["whitening", "consultation"] {
        let again = house.book(house.booking(gone, TUESDAY_9, "Bo")).await;
        assert_eq!(again, Err(Error::NotFound("service")), "{gone}");
    }
    // What was booked of it stands where it is found again.
    undo(&house, &cancelling).await.expect("the appointment is there again");
    let moved = RescheduleAppointment { appointment: booked.id, version: None, start: at(TUESDAY_9), hold: None };
    done!(house, moved, Rescheduled);
    undo(&house, &dropping).await.expect("offered again");
    assert_eq!(read(&house).await.services, house.business.services);
}

#[tokio::test]
async fn what_was_changed_is_written_down_and_taken_back_unless_it_was_changed_since() {
    let house = House::open().await;
    let named = |name: &str| UpdateBusiness { name: Some(name.to_owned()), ..nothing() };
    done!(house, named("First"), BusinessUpdated);
    let first = last(&house).await;
    let whole: Action = done!(house, GetAction { action: first.id }, ActionGot);
    let changes = whole.changes.expect("changes");
    let name = |value: &Option<serde_json::Value>| value.as_ref().map(|value| value["name"].clone());
    assert_eq!(name(&changes[0].before), Some("Oak Street Dental".into()));
    assert_eq!(name(&changes[0].after), Some("First".into()));
    done!(house, named("Second"), BusinessUpdated);
    assert_eq!(undo(&house, &first).await, Err(Error::Stale("business")));
    undo_last(&house).await.expect("the last one");
    undo(&house, &first).await.expect("then the one before it");
    let back = read(&house).await;
    assert_eq!(back, Business { version: 5, ..house.business.clone() });
}

#[tokio::test]
async fn another_business_s_service_is_not_found() {
    let house = House::open().await;
    let foreign = ServiceDraft { id: Some(ServiceId::fresh()), ..without(&house.business, &[])[0].clone() };
    let refused = house.perform(UpdateBusiness { services: Some(vec![foreign]), ..nothing() }.into()).await;
    assert_eq!(refused, Err(Error::NotFound("service")));
}
