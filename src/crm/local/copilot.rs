//! Conversations with the copilot between two messages.
//!
//! Invariant: at most one message of a conversation is answered at a time, whichever instance answers it: it is taken in one
//! statement, and nobody else's word takes it.

use super::Embedded;
use super::store::{Row, away, commit, count_of, get, instant, instant_of, json, json_of, parsed};
use crate::crm::Error;
use crate::crm::backend::{CopilotBook, SessionLimits, Taken};
use crate::crm::model::{CopilotSession, Who};
use crate::id::ChatId;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// What messages are counted in.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[async_trait]
impl CopilotBook for Embedded {
    async fn open_session(&self, session: CopilotSession) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO copilot_sessions \
             (id, business_id, who, turn, state, busy_until, counted_from, counted, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $6)",
        )
        .bind(session.id.to_string())
        .bind(session.business.to_string())
        .bind(json(&session.who)?)
        .bind(i64::try_from(session.turn).unwrap_or(i64::MAX))
        .bind(session.state)
        .bind(instant(self.clock.now()))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }

    async fn take_session(&self, id: ChatId, who: Who, limits: SessionLimits) -> Result<Taken, Error> {
        let mut transaction = self.store.write().await?;
        let now = self.clock.now();
        let a_minute_ago = instant(now) - millis(MINUTE);
        let taken = sqlx::query(
            "UPDATE copilot_sessions SET updated_at = $1, busy_until = $2, \
             counted = CASE WHEN counted_from <= $3 THEN 1 ELSE counted + 1 END, \
             counted_from = CASE WHEN counted_from <= $3 THEN $1 ELSE counted_from END \
             WHERE id = $4 AND who = $5 AND updated_at > $6 AND busy_until <= $1 \
             AND (counted_from <= $3 OR counted < $7) RETURNING *",
        )
        .bind(instant(now))
        .bind(instant(now) + millis(limits.busy))
        .bind(a_minute_ago)
        .bind(id.to_string())
        .bind(json(&who)?)
        .bind(instant(now) - millis(limits.idle))
        .bind(i64::from(limits.messages_per_minute))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(away)?;
        if let Some(row) = taken {
            let session = session_of(&row)?;
            commit(transaction).await?;
            return Ok(Taken::Yours(session));
        }
        let Some(row) = sqlx::query(FIND)
            .bind(id.to_string())
            .bind(json(&who)?)
            .bind(instant(now) - millis(limits.idle))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(away)?
        else {
            return Ok(Taken::Unknown);
        };
        let busy_until = instant_of(&row, "busy_until")?;
        if busy_until > now {
            return Ok(Taken::Busy(busy_until));
        }
        Ok(Taken::TooMany(instant_of(&row, "counted_from")? + MINUTE))
    }

    async fn keep_session(&self, session: CopilotSession) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "UPDATE copilot_sessions SET state = $1, turn = turn + 1, busy_until = 0, updated_at = $2 \
             WHERE id = $3 AND turn = $4",
        )
        .bind(session.state)
        .bind(instant(self.clock.now()))
        .bind(session.id.to_string())
        .bind(i64::try_from(session.turn).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }

    async fn close_session(&self, id: ChatId, who: Who) -> Result<bool, Error> {
        let mut transaction = self.store.write().await?;
        let gone = sqlx::query("DELETE FROM copilot_sessions WHERE id = $1 AND who = $2")
            .bind(id.to_string())
            .bind(json(&who)?)
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await?;
        Ok(gone.rows_affected() > 0)
    }

    async fn forget_sessions(&self, idle_since: Timestamp) -> Result<u64, Error> {
        let mut transaction = self.store.write().await?;
        let gone = sqlx::query("DELETE FROM copilot_sessions WHERE updated_at <= $1")
            .bind(instant(idle_since))
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await?;
        Ok(gone.rows_affected())
    }
}

/// A conversation of theirs that is not forgotten.
const FIND: &str = "SELECT * FROM copilot_sessions WHERE id = $1 AND who = $2 AND updated_at > $3";

fn session_of(row: &Row) -> Result<CopilotSession, Error> {
    Ok(CopilotSession {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        who: json_of(row, "who")?,
        turn: count_of(row, "turn")?,
        state: get(row, "state")?,
    })
}

fn millis(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
