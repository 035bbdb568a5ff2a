//! What was done, written down as it is done: one entry for each operation that changed rows, in the same transaction.
//!
//! The entries of a business are a chain: each one's hash covers the entry before it and a digest of its own changes, so
//! that an entry altered, left out or put in later is seen. The changes themselves, which hold what is known of people,
//! can be erased and the chain still holds.
//!
//! Invariant: what an entry says changed is what changed: both are kept or neither.

use super::statement::Statement;
use super::store::{Connection, away, count_of, get, instant, json, word};
use super::{Within, house};
use crate::crm::Error;
use crate::crm::model::{Action, Change, HOUSE, Kind};
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
            ai: self.ai.clone(),
            operation: operation.to_owned(),
            changes: None,
            undoes: self.undoes,
            undone_by: None,
        };
        let text = json(&changes)?;
        let digest = digest(&text);
        let hash = hash(&action, &digest, &previous)?;
        if self.business == HOUSE {
            return house::enter(self.connection, &action, (text, digest, hash)).await;
        }
        let number = i64::try_from(action.number).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO actions (id, business_id, number, at, door, who, operation, undoes, changes, digest, hash, ai, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $4, $4)",
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
        .bind(action.ai.as_ref().map(json).transpose()?)
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

/// The number and the hash of a business's last entry, or of the house's.
async fn last(connection: &mut Connection, business: BusinessId) -> Result<(u64, String), Error> {
    if business == HOUSE {
        return Ok(house::last(connection).await?.unwrap_or((0, BEFORE_THE_FIRST.to_owned())));
    }
    let row = sqlx::query("SELECT number, hash FROM actions WHERE business_id = $1 ORDER BY number DESC LIMIT 1")
        .bind(business.to_string())
        .fetch_optional(connection)
        .await
        .map_err(away)?;
    row.map_or(Ok((0, BEFORE_THE_FIRST.to_owned())), |row| Ok((count_of(&row, "number")?, get(&row, "hash")?)))
}

/// The hash of an entry: all that is said of it but what may be erased or comes later, and the entry before it.
pub(super) fn hash(action: &Action, digest: &str, previous: &str) -> Result<String, Error> {
    let said = serde_json::json!([
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
    ]);
    // Entries are older than machines in them: one without says what it always said.
    let said = match &action.ai {
        None => json(&said)?,
        Some(ai) => json(&(said, ai))?,
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::model::{Ai, Source, Who};
    use crate::id::ActionId;
    use jiff::Timestamp;

    #[test]
    fn an_entry_of_before_there_were_machines_in_them_has_the_hash_it_had() {
        let old = Action {
            id: ActionId::from_u128(2),
            business: BusinessId::from_u128(1),
            number: 7,
            at: Timestamp::from_millisecond(1_790_000_000_000).expect("a time"),
            door: Source::Voice,
            who: Who::Caller,
            ai: None,
            operation: "book_appointment".to_owned(),
            changes: None,
            undoes: None,
            undone_by: None,
        };
        let hashed = |action: &Action| hash(action, "digest", "before").expect("a hash");
        assert_eq!(hashed(&old), "e327f7ecb21a8c97ecc973c27e383e84c9c9b5f8f932b075c0fffddb6df1fedb");
        let model = |client: &str| Action { ai: Some(Ai::Model { client: Some(client.to_owned()) }), ..old.clone() };
        let all = [hashed(&old), hashed(&model("one")), hashed(&model("other"))];
        assert!(all[0] != all[1] && all[1] != all[2], "the machine is covered too");
    }
}
