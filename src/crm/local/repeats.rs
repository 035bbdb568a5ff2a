//! Answers of doors that are kept for whoever asks once more under the same key.
//!
//! Invariant: of several who begin at once under one key, in whichever process, one is first.

use super::store::{away, commit, get, instant, json, kept};
use super::{Embedded, OUTCOME_KEPT};
use crate::crm::Error;
use crate::crm::backend::{Begun, RepeatBook};
use crate::crm::model::Who;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl RepeatBook for Embedded {
    async fn begin(&self, who: Who, key: &str, fingerprint: &str) -> Result<Begun, Error> {
        let mut transaction = self.store.write().await?;
        let now = kept(self.clock.now());
        sqlx::query("DELETE FROM repeats WHERE created_at < $1")
            .bind(instant(now.checked_sub(OUTCOME_KEPT).unwrap_or(Timestamp::MIN)))
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        let entered = sqlx::query(
            "INSERT INTO repeats (who, key, fingerprint, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
             ON CONFLICT (who, key) DO NOTHING",
        )
        .bind(json(&who)?)
        .bind(key)
        .bind(fingerprint)
        .bind(instant(now))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        if entered.rows_affected() > 0 {
            commit(transaction).await?;
            return Ok(Begun::First);
        }
        let row = sqlx::query("SELECT fingerprint, answer FROM repeats WHERE who = $1 AND key = $2")
            .bind(json(&who)?)
            .bind(key)
            .fetch_one(&mut *transaction)
            .await
            .map_err(away)?;
        if get::<&str>(&row, "fingerprint")? != fingerprint {
            return Err(Error::KeyReused);
        }
        Ok(get::<Option<String>>(&row, "answer")?.map_or(Begun::Underway, Begun::Again))
    }

    async fn answered(&self, who: Who, key: &str, answer: &str) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("UPDATE repeats SET answer = $1, updated_at = $2 WHERE who = $3 AND key = $4")
            .bind(answer)
            .bind(instant(kept(self.clock.now())))
            .bind(json(&who)?)
            .bind(key)
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn nothing_done(&self, who: Who, key: &str) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("DELETE FROM repeats WHERE who = $1 AND key = $2")
            .bind(json(&who)?)
            .bind(key)
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }
}
