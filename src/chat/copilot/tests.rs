//! A message that is sent again after its answer was lost.

use super::*;
use crate::clock::ManualClock;
use crate::crm::Operation;
use crate::crm::model::{Hand, Page, Way};
use crate::dialogue::tests::{business, now};
use crate::id::ContactId;
use crate::phone::E164;
use async_trait::async_trait;
use std::sync::Mutex;

/// A business with one contact and one session, which is not kept while the line is broken.
#[derive(Default)]
struct Office {
    session: Mutex<Option<CopilotSession>>,
    broken: Mutex<bool>,
    /// Under which keys something was written.
    keys: Mutex<Vec<String>>,
}

#[async_trait]
impl Backend for Office {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        self.keys.lock().unwrap().extend(request.idempotency_key);
        if let Operation::SearchContacts(_) = request.operation {
            let ana = json!({
                "id": ContactId::from_u128(1), "business": request.business, "first_name": "Ana",
                "last_name": "Silva", "email": null, "phone": null, "created_at": now().timestamp(),
                "updated_at": now().timestamp(),
            });
            return Ok(Outcome::ContactsFound(vec![serde_json::from_value(ana).unwrap()]));
        }
        if let Operation::ListNotes(_) = request.operation {
            return Ok(Outcome::Notes(Page { items: Vec::new(), next: None }));
        }
        Ok(Outcome::ContactDeleted)
    }
}

#[async_trait]
impl CopilotBook for Office {
    async fn open_session(&self, session: CopilotSession) -> Result<(), Error> {
        *self.session.lock().unwrap() = Some(session);
        Ok(())
    }

    async fn take_session(&self, _: ChatId, _: Who, _: SessionLimits) -> Result<Taken, Error> {
        Ok(self.session.lock().unwrap().clone().map_or(Taken::Unknown, Taken::Yours))
    }

    async fn keep_session(&self, session: CopilotSession) -> Result<(), Error> {
        if std::mem::take(&mut *self.broken.lock().unwrap()) {
            return Err(Error::Unavailable("the line is broken".to_owned()));
        }
        *self.session.lock().unwrap() = Some(CopilotSession { turn: session.turn + 1, ..session });
        Ok(())
    }

    async fn close_session(&self, _: ChatId, _: Who) -> Result<bool, Error> {
        Ok(true)
    }

    async fn forget_sessions(&self, _: Timestamp) -> Result<u64, Error> {
        Ok(0)
    }
}

#[async_trait]
impl Directory for Office {
    async fn add(&self, _: &Business, _: Hand) -> Result<(), Error> {
        Ok(())
    }

    async fn business_by_phone(&self, _: &E164) -> Result<Option<Business>, Error> {
        Ok(Some(business()))
    }

    async fn business(&self, _: BusinessId) -> Result<Option<Business>, Error> {
        Ok(Some(business()))
    }

    async fn businesses(&self) -> Result<Vec<Business>, Error> {
        Ok(vec![business()])
    }

    async fn businesses_page(&self, _: Option<&[BusinessId]>, _: Way<'_>) -> Result<Page<Business>, Error> {
        Ok(Page { items: vec![business()], next: None })
    }
}

#[tokio::test]
async fn a_yes_in_other_words_after_a_lost_answer_does_not_do_it_again() {
    let office = Arc::new(Office::default());
    let copilots = Copilots::new(
        (office.clone(), office.clone(), office.clone()),
        Arc::new(ManualClock::at(now().timestamp())),
        Arc::new(Grammar::embedded().unwrap()),
        Arc::new(Phrases::embedded().unwrap()),
    );
    let by = By::owner();
    let id = copilots.open(by, business().id).await.unwrap();
    let may = |_| Some(by);
    let say = |text: &'static str| copilots.message(by.who, &may, id, text);
    say("delete contact Ana Silva").await.unwrap();
    *office.broken.lock().unwrap() = true;
    say("yes").await.unwrap_err();
    let reply = say("yes, please").await.unwrap();
    assert_eq!(reply.status, ChatStatus::Done);
    let keys = office.keys.lock().unwrap().clone();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_eq!(keys[0], keys[1]);
    say("delete contact Ana Silva").await.unwrap();
    say("yes").await.unwrap();
    assert_ne!(office.keys.lock().unwrap()[2], keys[0], "another wish is another deed");
}
