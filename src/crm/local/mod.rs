//! The embedded engine: a CRM of our own in one database file, so that the receptionist works with no account anywhere.
//!
//! It implements the three contracts of [`crate::crm::backend`] and knows nothing of who asks: no dialogue, no call, no
//! HTTP. Limits on what comes in are the façade's (see [`crate::crm::Crm`]); what must hold among rows is held here, by
//! constraints of the database.
//!
//! Invariant: an operation happens in one transaction, whole or not at all, and a key performs once.
//!
//! Read next: [`slots`] for how time is claimed, [`store`] for who may write when, `migrations/README.md` for the tables.

mod appointments;
mod calls;
mod contacts;
mod demo;
mod messages;
mod migrations;
mod places;
mod recordings;
mod slots;
mod store;

pub use demo::{demo_business, seed_demo};
pub use migrations::{MigrationState, status, undo, up};
pub use store::OpenError;

use super::Error;
use super::backend::Backend;
use super::operation::{Operation, Outcome, Request};
use crate::clock::Clock;
use crate::id::BusinessId;
use async_trait::async_trait;
use base64::Engine;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Connection, Store, away, commit, get, instant, json, json_of};

/// How long an outcome is kept for repeats: whoever retries does so within a day or two.
const OUTCOME_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The embedded CRM.
#[derive(Clone)]
pub struct Embedded {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Embedded {
    /// Opens the database (`sqlite:path/to/file.db`), making it if need be, and brings its schema up to date.
    pub async fn open(database_url: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let store = Store::connect(database_url).await?;
        migrations::apply(&store.writer).await?;
        Ok(Self { store, clock })
    }

    /// Waits for what is under way, then closes the file.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").fetch_one(&mut *self.store.read().await?).await.map(drop).map_err(away)
    }

    async fn read(&self, business: BusinessId, operation: &Operation) -> Result<Outcome, Error> {
        let mut connection = self.store.read().await?;
        let now = self.clock.now();
        match operation {
            Operation::FindContact(find) => {
                contacts::by_phone(&mut connection, business, &find.phone).await.map(Outcome::Contact)
            }
            Operation::FindSlots(find) => slots::find(&mut connection, business, find, now).await.map(Outcome::Slots),
            Operation::ListAppointments(list) => {
                appointments::list(&mut connection, business, list, now).await.map(Outcome::Appointments)
            }
            Operation::SaveContact(_)
            | Operation::HoldSlots(_)
            | Operation::ReleaseHold(_)
            | Operation::BookAppointment(_)
            | Operation::RescheduleAppointment(_)
            | Operation::CancelAppointment(_)
            | Operation::LeaveMessage(_) => Err(Error::Unsupported("writing while reading")),
        }
    }

    async fn write(&self, request: &Request) -> Result<Outcome, Error> {
        let mut transaction = self.store.write().await?;
        // Asked after the wait for the writer, so that whoever comes second also has the later time.
        let now = self.clock.now();
        let business = request.business;
        let Some(key) = &request.idempotency_key else {
            let outcome = change(&mut transaction, request, now).await?;
            commit(transaction).await?;
            return Ok(outcome);
        };
        let fingerprint = fingerprint(&request.operation)?;
        if let Some(first) = first_outcome(&mut transaction, business, key, &fingerprint).await? {
            return Ok(first);
        }
        let outcome = change(&mut transaction, request, now).await?;
        keep_outcome(&mut transaction, business, (key, &fingerprint), &outcome, now).await?;
        commit(transaction).await?;
        Ok(outcome)
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        if request.operation.writes() {
            self.write(&request).await
        } else {
            self.read(request.business, &request.operation).await
        }
    }
}

/// Performs an operation that changes something, inside the caller's transaction.
async fn change(connection: &mut Connection, request: &Request, now: Timestamp) -> Result<Outcome, Error> {
    let business = request.business;
    let by = (business, request.source);
    match &request.operation {
        Operation::SaveContact(save) => {
            contacts::find_or_make(connection, business, &save.draft, now).await.map(Outcome::ContactSaved)
        }
        Operation::HoldSlots(hold) => slots::hold(connection, business, hold, now).await.map(Outcome::Held),
        Operation::ReleaseHold(release) => {
            slots::release(connection, business, release).await.map(|()| Outcome::Released)
        }
        Operation::BookAppointment(book) => appointments::book(connection, by, book, now).await.map(Outcome::Booked),
        Operation::RescheduleAppointment(reschedule) => {
            appointments::reschedule(connection, business, reschedule, now).await.map(Outcome::Rescheduled)
        }
        Operation::CancelAppointment(cancel) => {
            appointments::cancel(connection, business, cancel, now).await.map(Outcome::Cancelled)
        }
        Operation::LeaveMessage(leave) => messages::leave(connection, by, leave, now).await.map(Outcome::MessageLeft),
        Operation::FindContact(_) | Operation::FindSlots(_) | Operation::ListAppointments(_) => {
            Err(Error::Unsupported("reading while writing"))
        }
    }
}

/// What came of the first operation under this key.
async fn first_outcome(
    connection: &mut Connection,
    business: BusinessId,
    key: &str,
    fingerprint: &str,
) -> Result<Option<Outcome>, Error> {
    let row = sqlx::query("SELECT fingerprint, outcome FROM idempotency WHERE business_id = $1 AND key = $2")
        .bind(business.to_string())
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(away)?;
    let Some(row) = row else { return Ok(None) };
    if get::<&str>(&row, "fingerprint")? != fingerprint {
        return Err(Error::Invalid("this idempotency key was used for something else: use a new one".to_owned()));
    }
    json_of(&row, "outcome").map(Some)
}

/// Keeps an outcome for repeats, and lets old ones go.
async fn keep_outcome(
    connection: &mut Connection,
    business: BusinessId,
    (key, fingerprint): (&str, &str),
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO idempotency (business_id, key, fingerprint, outcome, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(business.to_string())
    .bind(key)
    .bind(fingerprint)
    .bind(json(outcome)?)
    .bind(instant(now))
    .execute(&mut *connection)
    .await
    .map_err(away)?;
    let oldest = now.checked_sub(OUTCOME_KEPT).unwrap_or(Timestamp::MIN);
    sqlx::query("DELETE FROM idempotency WHERE business_id = $1 AND created_at < $2")
        .bind(business.to_string())
        .bind(instant(oldest))
        .execute(connection)
        .await
        .map(drop)
        .map_err(away)
}

/// What an operation is recognised by.
fn fingerprint(operation: &Operation) -> Result<String, Error> {
    Ok(base64::engine::general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(json(operation)?)))
}

#[cfg(test)]
mod tests;
