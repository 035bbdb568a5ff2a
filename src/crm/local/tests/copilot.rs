//! Conversations with the copilot: whose they are, one message at a time, and until when.

use super::*;
use crate::crm::backend::{CopilotBook, SessionLimits, Taken};
use crate::crm::model::{CopilotSession, Who};
use crate::id::{ChatId, UserId};
use jiff::SignedDuration;

const LIMITS: SessionLimits =
    SessionLimits { idle: SignedDuration::from_mins(30), busy: SignedDuration::from_secs(30), messages_per_minute: 3 };

async fn opened(house: &House) -> CopilotSession {
    let state = "{}".to_owned();
    let session = CopilotSession { id: ChatId::fresh(), business: house.business.id, who: Who::Owner, turn: 0, state };
    house.embedded.open_session(session.clone()).await.expect("opened");
    session
}

async fn take(house: &House, id: ChatId, who: Who) -> Taken {
    house.embedded.take_session(id, who, LIMITS).await.expect("an answer")
}

fn later(house: &House, seconds: i64) {
    house.clock.set(house.clock.now() + SignedDuration::from_secs(seconds));
}

#[tokio::test]
async fn a_conversation_goes_on_as_it_was_kept_and_is_nobody_else_s() {
    let house = House::open().await;
    let session = opened(&house).await;
    let (owner, other) = (Who::Owner, Who::User(UserId::from_u128(7)));
    assert_eq!(take(&house, session.id, other).await, Taken::Unknown);
    assert_eq!(house.embedded.close_session(session.id, other).await, Ok(false));
    assert_eq!(take(&house, session.id, owner).await, Taken::Yours(session.clone()));
    let kept = CopilotSession { state: "{\"turn\":1}".to_owned(), ..session.clone() };
    house.embedded.keep_session(kept.clone()).await.expect("kept");
    assert_eq!(take(&house, session.id, owner).await, Taken::Yours(CopilotSession { turn: 1, ..kept.clone() }));
    house.embedded.keep_session(kept).await.expect("what comes late changes nothing");
    assert_eq!(house.embedded.close_session(session.id, owner).await, Ok(true));
    assert_eq!(take(&house, session.id, owner).await, Taken::Unknown);
}

#[tokio::test]
async fn one_message_is_answered_at_a_time_and_so_many_a_minute() {
    let house = House::open().await;
    let session = opened(&house).await;
    let began = house.clock.now();
    assert!(matches!(take(&house, session.id, Who::Owner).await, Taken::Yours(_)));
    assert_eq!(take(&house, session.id, Who::Owner).await, Taken::Busy(began + LIMITS.busy));
    later(&house, 31);
    assert!(matches!(take(&house, session.id, Who::Owner).await, Taken::Yours(_)), "whoever had it is gone");
    house.embedded.keep_session(session.clone()).await.expect("kept");
    let Taken::Yours(session) = take(&house, session.id, Who::Owner).await else { panic!("not taken") };
    house.embedded.keep_session(session.clone()).await.expect("kept");
    let too_many = Taken::TooMany(began + SignedDuration::from_mins(1));
    assert_eq!(take(&house, session.id, Who::Owner).await, too_many);
    later(&house, 29);
    assert!(matches!(take(&house, session.id, Who::Owner).await, Taken::Yours(_)));
}

#[tokio::test]
async fn one_nobody_writes_in_is_forgotten() {
    let house = House::open().await;
    let (old, young) = (opened(&house).await, opened(&house).await);
    later(&house, 29 * 60);
    assert!(matches!(take(&house, young.id, Who::Owner).await, Taken::Yours(_)));
    later(&house, 60);
    assert_eq!(take(&house, old.id, Who::Owner).await, Taken::Unknown);
    let idle_since = house.clock.now() - LIMITS.idle;
    assert_eq!(house.embedded.forget_sessions(idle_since).await, Ok(1));
    assert_eq!(house.embedded.close_session(young.id, Who::Owner).await, Ok(true));
}
