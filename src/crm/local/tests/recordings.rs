//! Which recordings there are.

use super::*;
use crate::crm::backend::RecordingBook;
use crate::crm::model::Recording;
use crate::id::BusinessId;
use jiff::SignedDuration;

async fn recorded(house: &House, sid: &str) -> Recording {
    let call = house.embedded.begin(super::calls::call(house, sid, house.clock.now())).await.expect("a record");
    let recording = Recording {
        business: house.business.id,
        call,
        part: 1,
        path: format!("{}/{call}.opus", house.business.id),
        length_ms: 61_000,
        bytes: 200_000,
        deleted_at: None,
    };
    house.embedded.keep_recording(recording.clone()).await.expect("kept");
    recording
}

#[tokio::test]
async fn a_recording_is_entered_once_and_is_another_business_s_secret() {
    let house = House::open().await;
    let recording = recorded(&house, "CA1").await;
    let again = Recording { bytes: 1, ..recording.clone() };
    house.embedded.keep_recording(again).await.expect("no error");
    let kept = house.embedded.recordings(house.business.id, recording.call).await.expect("readable");
    assert_eq!(kept, std::slice::from_ref(&recording));
    let other = house.embedded.recordings(BusinessId::from_u128(7), recording.call).await;
    assert_eq!(other, Ok(Vec::new()));
}

#[tokio::test]
async fn one_past_its_time_is_named_until_it_is_deleted_and_remembered_after() {
    let house = House::open().await;
    let old = recorded(&house, "CA1").await;
    let entered = house.clock.now();
    house.clock.set(entered + SignedDuration::from_hours(24));
    let young = recorded(&house, "CA2").await;
    let before = entered + SignedDuration::from_hours(1);
    assert_eq!(house.embedded.recordings_made_before(before).await, Ok(vec![old.clone()]));
    house.embedded.recording_deleted(&old).await.expect("noted");
    assert_eq!(house.embedded.recordings_made_before(before).await, Ok(Vec::new()));
    let kept = house.embedded.recordings(house.business.id, old.call).await.expect("readable");
    assert_eq!(kept[0].deleted_at, Some(house.clock.now()));
    let kept = house.embedded.recordings(house.business.id, young.call).await.expect("readable");
    assert_eq!(kept[0].deleted_at, None);
}
