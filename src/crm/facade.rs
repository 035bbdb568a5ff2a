//! What every door talks to: who may ask for what, the limits on what comes in, a time limit on each operation, and a
//! line in the log.
//!
//! Whatever stands behind gets names without stray spaces, e-mail addresses in one spelling, and nothing longer than it
//! was promised: each operation says so of itself, here it is made to hold. This module knows no backend and no door.
//!
//! Invariant: whoever merely calls or writes is done for what a receptionist does for anybody, and nothing else.
//! Invariant: an operation that ran out of time is never reported as not having happened if it may have.
//! Invariant: no name, number, address or word of anybody reaches the log from here.

use super::backend::Backend;
use super::error::Error;
use super::operation::{Outcome, Rehearsal, Request};
use crate::crm::error::Reason;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest an operation may take. Somebody waits on the telephone: after this, the truth is that we do not know.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest idempotency key, in bytes.
pub const KEY_MAX: usize = 200;

/// The CRM as doors see it: any [`Backend`], with limits in front.
#[derive(Clone)]
pub struct Crm {
    backend: Arc<dyn Backend>,
    timeout: Duration,
}

impl Crm {
    /// Puts the limits in front of a backend.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, timeout: OPERATION_TIMEOUT }
    }

    /// The same with another time limit, for a backend that is known to be slow.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

#[async_trait]
impl Backend for Crm {
    /// Performs one operation, within the limits.
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        let (operation, business) = (request.operation.name(), request.business);
        let writes = request.operation.writes();
        let began = Instant::now();
        let result = match admitted(request) {
            Ok(request) => match tokio::time::timeout(self.timeout, self.backend.perform(request)).await {
                Ok(result) => result,
                Err(_) if writes => Err(Error::Unknown("it took too long".to_owned())),
                Err(_) => Err(Error::Unavailable("it took too long".to_owned())),
            },
            Err(error) => Err(error),
        };
        let elapsed_ms = began.elapsed().as_secs_f64() * 1e3;
        match &result {
            Ok(_) => tracing::info!(operation, %business, elapsed_ms, "performed"),
            Err(error @ (Error::Unavailable(_) | Error::Unknown(_))) => {
                tracing::warn!(operation, %business, elapsed_ms, error = error.kind(), "the CRM failed");
            }
            Err(
                error @ (Error::SlotTaken
                | Error::NotBookable(_)
                | Error::NotFound(_)
                | Error::Invalid(_)
                | Error::Forbidden(_)
                | Error::Duplicate { .. }
                | Error::Stale(_)
                | Error::KeyReused
                | Error::NotSent(_)
                | Error::Unsupported(_)),
            ) => tracing::info!(operation, %business, elapsed_ms, error = error.kind(), "refused"),
        }
        result
    }

    /// Says what would come of it, within the same limits.
    async fn rehearse(&self, request: Request) -> Result<Rehearsal, Error> {
        let rehearsed = tokio::time::timeout(self.timeout, self.backend.rehearse(admitted(request)?));
        rehearsed.await.unwrap_or_else(|_| Err(Error::Unavailable("it took too long".to_owned())))
    }
}

/// The request with its texts tidied, or why it goes no further.
fn admitted(mut request: Request) -> Result<Request, Error> {
    let about = request.operation.about();
    if !request.by.may.hold(about.permission) {
        return Err(Error::Forbidden(about.name));
    }
    if request.idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_MAX) {
        return Err(Error::Invalid(Reason::KeyLength { most: KEY_MAX }));
    }
    request.operation.within_limits()?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::model::{ContactDraft, Source};
    use crate::crm::operation::{
        BookAppointment, By, DeleteContact, FindContact, FindSlots, HoldSlots, LeaveMessage, ListAppointments,
        Operation, SaveContact,
    };
    use crate::id::{BusinessId, ContactId, ServiceId};
    use crate::phone::E164;
    use jiff::Timestamp;
    use std::sync::Mutex;

    /// A backend that keeps what reached it, and answers late.
    #[derive(Default)]
    struct Listener {
        heard: Mutex<Vec<Operation>>,
        late: Duration,
    }

    #[async_trait]
    impl Backend for Listener {
        async fn perform(&self, request: Request) -> Result<Outcome, Error> {
            self.heard.lock().expect("no poison").push(request.operation);
            tokio::time::sleep(self.late).await;
            Ok(Outcome::Released)
        }
    }

    async fn perform(listener: &Arc<Listener>, operation: Operation) -> Result<Outcome, Error> {
        let crm = Crm::new(listener.clone()).with_timeout(Duration::from_millis(50));
        let business = BusinessId::from_u128(1);
        crm.perform(Request::new(business, Source::Api, By::owner(), operation)).await
    }

    fn person(name: &str, email: Option<&str>) -> ContactDraft {
        ContactDraft { name: name.to_owned(), phone: None, email: email.map(str::to_owned) }
    }

    fn saving(name: &str, email: Option<&str>) -> Operation {
        Operation::SaveContact(SaveContact { draft: person(name, email) })
    }

    #[tokio::test]
    async fn what_reaches_the_backend_is_tidy() {
        let listener = Arc::new(Listener::default());
        perform(&listener, saving("  Ana \u{0}\n  Silva ", Some(" Ana@Example.COM "))).await.expect("performed");
        let expected = saving("Ana Silva", Some("ana@example.com"));
        assert_eq!(*listener.heard.lock().expect("no poison"), [expected]);
    }

    #[tokio::test]
    async fn what_is_too_long_or_malformed_does_not_reach_the_backend() {
        let listener = Arc::new(Listener::default());
        let now: Timestamp = "2026-11-23T13:00Z".parse().expect("an instant");
        let message = |body: String| LeaveMessage { from: person("Ana", None), body, call: None };
        let booking = |notes: String| BookAppointment {
            service: ServiceId::from_u128(1),
            start: now,
            hold: None,
            contact: None,
            customer: person("Ana", None),
            notes,
            call: None,
        };
        let mut wrong = vec![
            saving(&"a".repeat(121), None),
            saving("Ana", Some(&format!("{}@example.com", "a".repeat(254)))),
            Operation::BookAppointment(booking("n".repeat(2_001))),
            Operation::LeaveMessage(message("m".repeat(4_001))),
            Operation::LeaveMessage(message(" \u{7} ".to_owned())),
            Operation::ListAppointments(ListAppointments {
                from: now,
                to: now,
                limit: 1,
                ..ListAppointments::default()
            }),
            Operation::HoldSlots(HoldSlots {
                service: ServiceId::from_u128(1),
                starts: vec![now; HoldSlots::STARTS_MAX + 1],
                count: 1,
                instead_of: None,
                moving: None,
            }),
            Operation::FindSlots(FindSlots {
                service: ServiceId::from_u128(1),
                from: now,
                to: now,
                limit: 1,
                own_hold: None,
                moving: None,
            }),
        ];
        let addresses =
            ["ana", "@example.com", "ana@", "ana@example", "ana@.com", "a b@example.com", "a@b@example.com"];
        wrong.extend(addresses.map(|email| saving("Ana", Some(email))));
        for operation in wrong {
            let result = perform(&listener, operation.clone()).await;
            assert!(matches!(result, Err(Error::Invalid(_))), "{operation:?}: {result:?}");
        }
        assert_eq!(listener.heard.lock().expect("no poison").len(), 0);
    }

    #[tokio::test]
    async fn whoever_merely_calls_or_writes_gets_nothing_but_a_receptionist_s_work() {
        let listener = Arc::new(Listener::default());
        let crm = Crm::new(listener.clone());
        let ask = |by, operation: Operation| {
            crm.perform(Request::new(BusinessId::from_u128(1), Source::Voice, by, operation))
        };
        let delete = DeleteContact { contact: ContactId::from_u128(1), version: None };
        let find = FindContact { phone: E164::parse("+13055550123", "US").expect("a number") };
        let caller = By::caller();
        assert_eq!(ask(caller, delete.clone().into()).await, Err(Error::Forbidden("delete_contact")));
        ask(caller, find.into()).await.expect("who calls is known");
        assert_eq!(listener.heard.lock().expect("no poison").len(), 1);
        ask(By::owner(), delete.into()).await.expect("who has the token may");
    }

    #[tokio::test]
    async fn a_write_that_runs_out_of_time_is_not_said_to_have_failed() {
        let listener = Arc::new(Listener { late: Duration::from_secs(5), ..Listener::default() });
        let written = perform(&listener, saving("Ana", None)).await;
        assert!(matches!(written, Err(Error::Unknown(_))), "{written:?}");
        let phone = E164::parse("+13055550123", "US").expect("a number");
        let read = perform(&listener, Operation::FindContact(FindContact { phone })).await;
        assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    }
}
