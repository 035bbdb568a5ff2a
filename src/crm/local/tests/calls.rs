//! The record of calls.

use super::*;

pub(super) fn call(house: &House, sid: &str, started_at: Timestamp) -> CallRecord {
    CallRecord {
        id: CallId::fresh(),
        business: house.business.id,
        call_sid: sid.to_owned(),
        from: Some(number("+13055550123")),
        to: house.business.phone.clone(),
        contact: None,
        status: CallStatus::InProgress,
        started_at,
        ended_at: None,
        ending: None,
    }
}

fn turn(number: u32, text: &str) -> CallTurn {
    CallTurn {
        number,
        who: "caller".to_owned(),
        text: text.to_owned(),
        cut_off: false,
        began_ms: 1_200,
        ended_ms: 2_400,
        confidence: Some(0.75),
        why: vec!["book".to_owned()],
        stages: serde_json::json!({ "stt_ms": 210 }),
    }
}

#[tokio::test]
async fn what_was_said_survives_a_crash() {
    let house = House::open().await;
    let record = call(&house, "CA1", house.clock.now());
    let id = house.embedded.begin(record.clone()).await.expect("a record");
    house.embedded.add_turn(id, turn(0, "I'd like to book")).await.expect("kept");
    house.embedded.add_turn(id, turn(0, "again")).await.expect("the same number twice is no error");
    assert_eq!(house.embedded.add_turn(CallId::fresh(), turn(0, "?")).await, Err(Error::NotFound("call")));

    // The process is gone without a word: another opens the same file while the first never closed it.
    let after_crash = Embedded::open(&house.url, house.clock.clone()).await.expect("the same file");
    let kept = after_crash.call(house.business.id, id).await.expect("readable");
    assert_eq!(kept, Some((record.clone(), vec![turn(0, "I'd like to book")])));
    let at = house.clock.now();
    assert_eq!(after_crash.close_abandoned(at).await, Ok(1));
    assert_eq!(after_crash.close_abandoned(at).await, Ok(0));
    let closed = after_crash.call_by_sid("CA1").await.expect("readable").expect("the call");
    assert_eq!(
        (closed.status, closed.ended_at, closed.ending.as_deref()),
        (CallStatus::Failed, Some(at), Some("failed"))
    );
}

#[tokio::test]
async fn a_call_is_opened_once_closed_once_and_paged_newest_first() {
    let house = House::open().await;
    let now = house.clock.now();
    let minute = |count: i64| now.checked_add(SignedDuration::from_mins(count)).expect("in range");
    let first = house.embedded.begin(call(&house, "CA1", now)).await.expect("a record");
    let again = house.embedded.begin(call(&house, "CA1", minute(1))).await.expect("the first's id");
    assert_eq!(first, again);
    let second = house.embedded.begin(call(&house, "CA2", minute(2))).await.expect("a record");

    house.embedded.finish(first, CallStatus::Completed, "hung-up", minute(3)).await.expect("closed");
    house.embedded.finish(first, CallStatus::Failed, "failed", minute(4)).await.expect("closing twice is no error");
    let record = house.embedded.call_by_sid("CA1").await.expect("readable").expect("the call");
    assert_eq!((record.status, record.ending.as_deref()), (CallStatus::Completed, Some("hung-up")));
    let nobody = house.embedded.finish(CallId::fresh(), CallStatus::Failed, "failed", now).await;
    assert_eq!(nobody, Err(Error::NotFound("call")));

    let ids = |calls: Vec<CallRecord>| calls.into_iter().map(|call| call.id).collect::<Vec<_>>();
    let business = house.business.id;
    assert_eq!(ids(house.embedded.calls(business, None, 10).await.expect("calls")), [second, first]);
    assert_eq!(ids(house.embedded.calls(business, Some(minute(2)), 10).await.expect("calls")), [first]);
    assert_eq!(ids(house.embedded.calls(business, None, 1).await.expect("calls")), [second]);
}
