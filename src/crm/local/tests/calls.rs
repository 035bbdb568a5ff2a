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
    assert_eq!(after_crash.abandoned().await, Ok(vec![record.clone()]));
    after_crash.close_abandoned(id, None).await.expect("closed");
    assert_eq!(after_crash.abandoned().await, Ok(vec![]));
    let closed = after_crash.call_by_sid("CA1").await.expect("readable").expect("the call");
    let last_word = record.started_at.checked_add(SignedDuration::from_millis(turn(0, "").ended_ms.cast_signed())).ok();
    assert_eq!(
        (closed.status, closed.ended_at, closed.ending.as_deref()),
        (CallStatus::Failed, last_word, Some("interrupted"))
    );
    after_crash.close_abandoned(id, Some(house.clock.now())).await.expect("closing twice is no error");
    assert_eq!(after_crash.call_by_sid("CA1").await.expect("readable").expect("the call"), closed);

    after_crash.reopen(id).await.expect("the caller is there again");
    assert_eq!(after_crash.abandoned().await, Ok(vec![record]));
    let later = house.clock.now().checked_add(SignedDuration::from_hours(1)).expect("in range");
    after_crash.close_abandoned(id, Some(later)).await.expect("closed");
    let closed = after_crash.call_by_sid("CA1").await.expect("readable").expect("the call");
    assert_eq!(closed.ended_at, Some(later), "a later sign of life counts");
}

#[tokio::test]
async fn a_slot_held_in_a_call_that_a_crash_cut_off_is_free_again_and_a_booked_one_is_not() {
    let house = House::open().await;
    let record = call(&house, "CA1", house.clock.now());
    let id = house.embedded.begin(record).await.expect("a record");
    let key = |job: u32| format!("{id}:{job}");
    let mut holds = Vec::new();
    for (job, start) in [(0, MONDAY_10), (1, MONDAY_1030)] {
        let wanted = Operation::HoldSlots(house.holding("cleaning", start));
        match house.perform_once(Some(&key(job)), wanted).await {
            Ok(Outcome::Held(hold)) => holds.push(hold),
            other => panic!("a hold, not {other:?}"),
        }
    }
    let booking = BookAppointment { hold: Some(holds[0].id), ..house.booking("cleaning", MONDAY_10, "Ana") };
    house.perform_once(Some(&key(2)), Operation::BookAppointment(booking)).await.expect("booked");
    assert_eq!(house.free("cleaning", MONDAY_10, "2026-11-23T11:00[America/New_York]").await, []);
    house.embedded.close_abandoned(id, None).await.expect("closed");
    let free = house.free("cleaning", MONDAY_10, "2026-11-23T11:00[America/New_York]").await;
    assert_eq!(free, holds[1].slots, "the one that was only held");
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
    assert_eq!(ids(house.embedded.calls(business, None, (None, None)).await.expect("calls").items), [second, first]);
    assert_eq!(ids(house.embedded.calls(business, Some(minute(2)), (None, None)).await.expect("calls").items), [first]);
    assert_eq!(ids(house.embedded.calls(business, None, (Some(1), None)).await.expect("calls").items), [second]);
}

#[tokio::test]
async fn whoever_hangs_up_for_good_finds_their_time_free_again() {
    let house = House::open().await;
    let id = house.embedded.begin(call(&house, "CA1", house.clock.now())).await.expect("a record");
    let wanted = Operation::HoldSlots(house.holding("cleaning", MONDAY_10));
    let held = house.perform_once(Some(&format!("{id}:3")), wanted).await;
    assert!(matches!(held, Ok(Outcome::Held(_))), "{held:?}");
    house.embedded.finish(id, CallStatus::Completed, "caller-left", house.clock.now()).await.expect("closed");
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await, [], "they may be picked up yet");
    let other = house.embedded.begin(call(&house, "CA2", house.clock.now())).await.expect("a record");
    house.embedded.let_go(other).await.expect("let go");
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await, [], "it is not the other call's");
    house.embedded.let_go(id).await.expect("let go");
    assert_eq!(house.free("cleaning", MONDAY_10, MONDAY_1030).await.len(), 1);
    assert_eq!(house.embedded.let_go(CallId::fresh()).await, Err(Error::NotFound("call")));
}
