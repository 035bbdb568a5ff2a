//! What was done, written down as it is done: one entry for each operation that changed rows, in the same transaction.
//!
//! The entries of a business are a chain: each one's hash covers the entry before it and a digest of its own changes, so
//! that an entry altered, left out or put in later is seen. The changes themselves, which hold what is known of people,
//! can be erased and the chain still holds.
//!
//! Invariant: what an entry says changed is what changed: both are kept or neither.

use super::Within;
use super::statement::Statement;
use super::store::{Connection, away, count_of, get, instant, json, word};
use crate::crm::Error;
use crate::crm::model::{Action, Change, Kind};
use crate::id::BusinessId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::{Display, Write as _};

/// How many rows are entered with one statement: well below the values a statement takes in either engine.
const CONCERNED_AT_ONCE: usize = 200;
/// What stands for the hash of the entry before the first.
pub(super) const BEFORE_THE_FIRST: &str = "";

impl Within<'_> {
    /// Notes that a row is another one now: `before` is what it was, `after` what it is.
    pub(super) fn changed<T: Serialize>(
        &mut self,
        kind: Kind,
        id: &impl Display,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<(), Error> {
        let value = |one: Option<&T>| one.map(serde_json::to_value).transpose();
        match (value(before), value(after)) {
            (Ok(before), Ok(after)) => {
                self.changes.push(Change { kind, id: id.to_string(), before, after });
                Ok(())
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, kind = kind.noun(), "a row cannot be written down");
                Err(Error::Unavailable("a change could not be written down".to_owned()))
            }
        }
    }

    /// Writes down what an operation changed, if anything.
    pub(super) async fn write_down(&mut self, operation: &'static str) -> Result<(), Error> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let (number, previous) = last(self.connection, self.business).await?;
        let changes = std::mem::take(&mut self.changes);
        let action = Action {
            id: self.action,
            business: self.business,
            number: number + 1,
            at: self.now,
            door: self.source,
            who: self.who,
            operation: operation.to_owned(),
            changes: None,
            undoes: self.undoes,
            undone_by: None,
        };
        let text = json(&changes)?;
        let digest = digest(&text);
        let hash = hash(&action, &digest, &previous)?;
        let number = i64::try_from(action.number).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO actions (id, business_id, number, at, door, who, operation, undoes, changes, digest, hash, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $4, $4)",
        )
        .bind(action.id.to_string())
        .bind(action.business.to_string())
        .bind(number)
        .bind(instant(action.at))
        .bind(word(&action.door)?)
        .bind(json(&action.who)?)
        .bind(&action.operation)
        .bind(action.undoes.map(|id| id.to_string()))
        .bind(text)
        .bind(digest)
        .bind(hash)
        .execute(&mut *self.connection)
        .await
        .map_err(away)?;
        if let Some(undone) = action.undoes {
            sqlx::query("UPDATE actions SET undone_by = $3 WHERE business_id = $1 AND id = $2")
                .bind(action.business.to_string())
                .bind(undone.to_string())
                .bind(action.id.to_string())
                .execute(&mut *self.connection)
                .await
                .map_err(away)?;
        }
        let mut concerned: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
        concerned.sort_unstable();
        concerned.dedup();
        for some in concerned.chunks(CONCERNED_AT_ONCE) {
            let mut statement =
                Statement::new("INSERT INTO action_rows (business_id, row_id, number, created_at, updated_at) VALUES ");
            for (place, row) in some.iter().enumerate() {
                statement.say(if place == 0 { "(" } else { ", (" });
                statement.bind(self.business.to_string()).say(", ").bind(*row).say(", ").bind(number);
                statement.say(", ").bind(instant(self.now)).say(", ").bind(instant(self.now)).say(")");
            }
            statement.execute(self.connection).await?;
        }
        Ok(())
    }
}

/// The number and the hash of a business's last entry.
async fn last(connection: &mut Connection, business: BusinessId) -> Result<(u64, String), Error> {
    let row = sqlx::query("SELECT number, hash FROM actions WHERE business_id = $1 ORDER BY number DESC LIMIT 1")
        .bind(business.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?;
    row.map_or(Ok((0, BEFORE_THE_FIRST.to_owned())), |row| Ok((count_of(&row, "number")?, get(&row, "hash")?)))
}

/// The hash of an entry: all that is said of it but what may be erased or comes later, and the entry before it.
pub(super) fn hash(action: &Action, digest: &str, previous: &str) -> Result<String, Error> {
    let said = json(&serde_json::json!([
        previous,
        action.business,
        action.number,
        action.id,
        instant(action.at),
        action.door,
        action.who,
        action.operation,
        action.undoes,
        digest,
    ]))?;
    Ok(hex(&Sha256::digest(said)))
}

/// The digest of what an entry says was changed.
pub(super) fn digest(changes: &str) -> String {
    hex(&Sha256::digest(changes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
