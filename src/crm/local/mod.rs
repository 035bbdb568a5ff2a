//! The embedded engine: a CRM of our own in one database file, or in `PostgreSQL` where several share the work, so that
//! the receptionist works with no account anywhere.
//!
//! It implements the three contracts of [`crate::crm::backend`] and knows nothing of who asks: no dialogue, no call, no
//! HTTP. Limits on what comes in are the façade's (see [`crate::crm::Crm`]); what must hold among rows is held here, by
//! constraints of the database.
//!
//! Invariant: an operation happens in one transaction, whole or not at all, and a key performs once.
//!
//! Read next: [`slots`] for how time is claimed, [`store`] for who may write when, `migrations/README.md` for the tables.

mod accounts;
mod actions;
mod answers;
mod appointments;
mod calendars;
mod calls;
mod campaigns;
mod consents;
mod contacts;
mod conversations;
mod copilot;
mod credentials;
mod cursor;
mod demo;
mod history;
mod house;
mod imports;
mod messages;
mod migrations;
mod notes;
mod opportunities;
mod orders;
mod outbox;
mod pipelines;
mod places;
mod recordings;
mod records;
mod repeats;
mod reviews;
mod setup;
mod slots;
mod smart_lists;
mod social;
mod statement;
mod statistics;
mod store;
mod tasks;
mod undo;
mod verify;
mod webhooks;
mod workflows;

pub use demo::{demo_business, seed_demo};
pub use imports::Importer;
pub use migrations::{MigrationState, status, undo, up};
pub use store::OpenError;
pub use verify::Chain;

use super::Error;
use super::backend::Backend;
use super::model::{Ai, Change, Hand, Source, Who};
use super::operation::{self, Entry, Operation, Outcome, Permissions, Rehearsal, Request, operations};
use crate::clock::Clock;
use crate::id::{ActionId, BusinessId};
use async_trait::async_trait;
use base64::Engine;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Connection, Store, away, commit, get, instant, json, json_of, kept};
use tokio::sync::watch;

/// How long an outcome is kept for repeats: whoever retries does so within a day or two.
const OUTCOME_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The embedded CRM.
#[derive(Clone)]
pub struct Embedded {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Tells whoever waits for it that something was written.
    written: watch::Sender<()>,
}

impl Embedded {
    /// Opens the database (`sqlite:path/to/file.db`, made if need be, or `postgres://…`) and brings its schema up to date.
    pub async fn open(database_url: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let store = Store::connect(database_url).await?;
        migrations::apply(&store).await?;
        contacts::index::make_keys(&store, clock.now()).await.map_err(OpenError::Keys)?;
        Ok(Self { store, clock, written: watch::Sender::new(()) })
    }

    /// Waits for what is under way, then closes the database.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").fetch_one(&mut *self.store.read().await?).await.map(drop).map_err(away)
    }

    /// Tells those who wait for it that something was written.
    fn tell(&self) {
        self.written.send_replace(());
    }

    async fn read(&self, request: &Request) -> Result<Outcome, Error> {
        let mut connection = self.store.read().await?;
        Within::of(request, &mut connection, self.clock.now()).perform(&request.operation).await
    }

    async fn write(&self, request: &Request) -> Result<Outcome, Error> {
        let mut transaction = self.store.write_for(request.business).await?;
        // Asked after the wait for the turn, so that whoever comes second also has the later time.
        let now = kept(self.clock.now());
        let business = request.business;
        let key = match &request.idempotency_key {
            Some(key) => Some((key.as_str(), fingerprint(&request.operation)?)),
            None => None,
        };
        if let Some((key, fingerprint)) = &key
            && let Some(first) = first_outcome(&mut transaction, business, key, fingerprint).await?
        {
            return Ok(first);
        }
        let mut within = Within::of(request, &mut transaction, now);
        let outcome = within.perform(&request.operation).await?;
        within.write_down(request.operation.name()).await?;
        if let Some((key, fingerprint)) = &key {
            keep_outcome(&mut transaction, business, (key, fingerprint), &outcome, now).await?;
        }
        commit(transaction).await?;
        self.tell();
        Ok(outcome)
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        if request.operation.writes() { self.write(&request).await } else { self.read(&request).await }
    }

    async fn rehearse(&self, request: Request) -> Result<Rehearsal, Error> {
        let mut transaction = self.store.write_for(request.business).await?;
        if let Some(key) = &request.idempotency_key
            && let Some(outcome) =
                first_outcome(&mut transaction, request.business, key, &fingerprint(&request.operation)?).await?
        {
            return Ok(Rehearsal { outcome, changes: Vec::new() });
        }
        let mut within = Within::of(&request, &mut transaction, kept(self.clock.now()));
        let outcome = within.perform(&request.operation).await?;
        let changes = std::mem::take(&mut within.changes);
        transaction.rollback().await.map_err(away)?;
        Ok(Rehearsal { outcome, changes })
    }
}

/// Where an operation is performed: a connection (one that writes is inside its transaction), for whom, and when.
struct Within<'c> {
    connection: &'c mut Connection,
    business: BusinessId,
    /// The door it came by.
    source: Source,
    /// On whose word.
    who: Who,
    /// As which machine understood it.
    ai: Option<Ai>,
    /// What they are allowed.
    may: Permissions,
    now: Timestamp,
    /// What it is written down as, if it changes anything.
    action: ActionId,
    /// What it has changed so far.
    changes: Vec<Change>,
    /// The action it takes back.
    undoes: Option<ActionId>,
}

impl<'c> Within<'c> {
    fn of(request: &Request, connection: &'c mut Connection, now: Timestamp) -> Self {
        let hand = Hand { who: request.by.who, door: request.source };
        let within = Self::by(hand, request.business, connection, now);
        Self { may: request.by.may, ai: request.ai.clone(), ..within }
    }

    /// Where something is done that is no operation.
    fn by(hand: Hand, business: BusinessId, connection: &'c mut Connection, now: Timestamp) -> Self {
        Self {
            connection,
            business,
            source: hand.door,
            who: hand.who,
            ai: None,
            may: Permissions::all(),
            now,
            action: ActionId::fresh(),
            changes: Vec::new(),
            undoes: None,
        }
    }

    /// Where the house does something that nobody asked for by an operation.
    fn of_itself(business: BusinessId, connection: &'c mut Connection, now: Timestamp) -> Self {
        Self::by(Hand::house(), business, connection, now)
    }
}

/// How this engine performs an operation.
trait Perform: Entry {
    /// Performs it; an error leaves the transaction to be dropped.
    async fn perform(&self, within: &mut Within<'_>) -> Result<Self::Outcome, Error>;
}

/// Leads each operation of the list to its [`Perform`].
macro_rules! performed {
    ($($operation:ident => $outcome:ident $(($payload:ty))?,)*) => {
        impl Within<'_> {
            /// Boxed: one future that holds them all takes the compiler minutes.
            fn perform<'a>(&'a mut self, operation: &'a Operation) -> BoxFuture<'a, Result<Outcome, Error>> {
                match operation {
                    $(Operation::$operation(operation) => Box::pin(async {
                        operation::$operation::perform(operation, self).await.map(operation::$operation::outcome)
                    }),)*
                }
            }
        }
    };
}
operations!(performed);

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
        return Err(Error::KeyReused);
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
