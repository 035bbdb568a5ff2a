//! What every door talks to: the limits on what comes in, a time limit on each operation, and a line in the log.
//!
//! Whatever stands behind gets names without stray spaces, e-mail addresses in one spelling, and nothing longer than it
//! was promised. This module knows no backend and no door.
//!
//! Invariant: an operation that ran out of time is never reported as not having happened if it may have.
//! Invariant: no name, number, address or word of anybody reaches the log from here.

use super::backend::Backend;
use super::error::Error;
use super::model::ContactDraft;
use super::operation::{FindSlots, HoldSlots, ListAppointments, Operation, Outcome, Request};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest an operation may take. Somebody waits on the telephone: after this, the truth is that we do not know.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest name, in characters. People's full names stay far below.
const NAME_MAX: usize = 120;
/// The longest e-mail address (RFC 5321 allows a path of 256 octets, brackets included).
const EMAIL_MAX: usize = 254;
/// The longest note on an appointment, in characters.
const NOTES_MAX: usize = 2_000;
/// The longest message, in characters: minutes of dictation.
const MESSAGE_MAX: usize = 4_000;
/// The longest idempotency key.
const KEY_MAX: usize = 200;
/// The most appointments one listing may ask for.
const LIST_MAX: usize = 200;

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
        let result = match within_limits(request) {
            Ok(request) => match tokio::time::timeout(self.timeout, self.backend.perform(request)).await {
                Ok(result) => result,
                Err(_) if writes => Err(Error::Unknown("it took too long".to_owned())),
                Err(_) => Err(Error::Unavailable("it took too long".to_owned())),
            },
            Err(error) => Err(error),
        };
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
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
                | Error::Unsupported(_)),
            ) => tracing::info!(operation, %business, elapsed_ms, error = error.kind(), "refused"),
        }
        result
    }
}

/// The request with its texts tidied, or what is wrong with it.
fn within_limits(mut request: Request) -> Result<Request, Error> {
    if request.idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_MAX) {
        return Err(Error::Invalid(format!("an idempotency key has between 1 and {KEY_MAX} bytes")));
    }
    match &mut request.operation {
        Operation::SaveContact(save) => tidy_person(&mut save.draft)?,
        Operation::FindSlots(find) => {
            span(find.from, find.to)?;
            find.limit = find.limit.min(FindSlots::LIMIT_MAX);
        }
        Operation::BookAppointment(book) => {
            tidy_person(&mut book.customer)?;
            book.notes = tidy_text("notes", &book.notes, NOTES_MAX)?;
        }
        Operation::ListAppointments(ListAppointments { from, to, limit, name, phone: _ }) => {
            span(*from, *to)?;
            if name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
                return Err(Error::Invalid(format!("a name has at most {NAME_MAX} characters")));
            }
            *limit = (*limit).min(LIST_MAX);
        }
        Operation::LeaveMessage(leave) => {
            tidy_person(&mut leave.from)?;
            leave.body = tidy_text("message", &leave.body, MESSAGE_MAX)?;
            if leave.body.is_empty() {
                return Err(Error::Invalid("the message has no words".to_owned()));
            }
        }
        Operation::HoldSlots(hold) => {
            if hold.count == 0 || hold.starts.is_empty() || hold.starts.len() > HoldSlots::STARTS_MAX {
                return Err(Error::Invalid(format!("a hold chooses from 1 to {} times", HoldSlots::STARTS_MAX)));
            }
        }
        Operation::FindContact(_)
        | Operation::ReleaseHold(_)
        | Operation::RescheduleAppointment(_)
        | Operation::CancelAppointment(_) => {}
    }
    Ok(request)
}

fn span(from: Timestamp, to: Timestamp) -> Result<(), Error> {
    if from < to {
        Ok(())
    } else {
        Err(Error::Invalid("the end of the time asked for is not after its start".to_owned()))
    }
}

/// A name on one line without stray spaces; an e-mail address in small letters, or none.
fn tidy_person(person: &mut ContactDraft) -> Result<(), Error> {
    let spaced: String = person.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    person.name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if person.name.chars().count() > NAME_MAX {
        return Err(Error::Invalid(format!("a name has at most {NAME_MAX} characters")));
    }
    let email = person.email.take().map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        return Err(Error::Invalid("that is not an e-mail address: write it as in ana@example.com".to_owned()));
    }
    person.email = email;
    Ok(())
}

/// Whether mail could be sent there as far as its form goes; only sending tells more.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let labels_are_whole = domain.split('.').all(|label| !label.is_empty()) && domain.contains('.');
    text.len() <= EMAIL_MAX
        && !local.is_empty()
        && !local.contains('@')
        && labels_are_whole
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Free words, without control characters except line breaks.
fn tidy_text(what: &str, text: &str, characters_max: usize) -> Result<String, Error> {
    let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let clean = clean.trim();
    if clean.chars().count() > characters_max {
        return Err(Error::Invalid(format!("the {what} may have at most {characters_max} characters")));
    }
    Ok(clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::model::Source;
    use crate::crm::operation::{BookAppointment, FindContact, LeaveMessage, SaveContact};
    use crate::id::{BusinessId, ServiceId};
    use crate::phone::E164;
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
        crm.perform(Request { business, source: Source::Api, idempotency_key: None, operation }).await
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
            customer: person("Ana", None),
            notes,
            call: None,
        };
        let mut wrong = vec![
            saving(&"a".repeat(NAME_MAX + 1), None),
            saving("Ana", Some(&format!("{}@example.com", "a".repeat(EMAIL_MAX)))),
            Operation::BookAppointment(booking("n".repeat(NOTES_MAX + 1))),
            Operation::LeaveMessage(message("m".repeat(MESSAGE_MAX + 1))),
            Operation::LeaveMessage(message(" \u{7} ".to_owned())),
            Operation::ListAppointments(ListAppointments { phone: None, name: None, from: now, to: now, limit: 1 }),
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
    async fn a_write_that_runs_out_of_time_is_not_said_to_have_failed() {
        let listener = Arc::new(Listener { late: Duration::from_secs(5), ..Listener::default() });
        let written = perform(&listener, saving("Ana", None)).await;
        assert!(matches!(written, Err(Error::Unknown(_))), "{written:?}");
        let phone = E164::parse("+13055550123", "US").expect("a number");
        let read = perform(&listener, Operation::FindContact(FindContact { phone })).await;
        assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    }
}
