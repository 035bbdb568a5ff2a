//! Which recordings there are, and which were deleted.

use super::Embedded;
use super::store::{Row, away, commit, count_of, get, instant, instant_of, parsed};
use crate::crm::Error;
use crate::crm::backend::RecordingBook;
use crate::crm::model::Recording;
use crate::id::{BusinessId, CallId};
use async_trait::async_trait;
use jiff::Timestamp;

/// How many old recordings are named at once; a sweep asks again.
const OLD_MAX: i64 = 500;

#[async_trait]
impl RecordingBook for Embedded {
    async fn keep_recording(&self, recording: Recording) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO recordings (business_id, call_id, part, path, length_ms, bytes, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (call_id, part) DO NOTHING",
        )
        .bind(recording.business.to_string())
        .bind(recording.call.to_string())
        .bind(i64::from(recording.part))
        .bind(&recording.path)
        .bind(i64::try_from(recording.length_ms).unwrap_or(i64::MAX))
        .bind(i64::try_from(recording.bytes).unwrap_or(i64::MAX))
        .bind(instant(self.clock.now()))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }

    async fn recordings(&self, business: BusinessId, call: CallId) -> Result<Vec<Recording>, Error> {
        sqlx::query("SELECT * FROM recordings WHERE business_id = $1 AND call_id = $2 ORDER BY part")
            .bind(business.to_string())
            .bind(call.to_string())
            .fetch_all(&mut *self.store.read().await?)
            .await
            .map_err(away)?
            .iter()
            .map(recording_of)
            .collect()
    }

    async fn recordings_made_before(&self, before: Timestamp) -> Result<Vec<Recording>, Error> {
        sqlx::query(
            "SELECT * FROM recordings WHERE created_at < $1 AND deleted_at IS NULL ORDER BY created_at LIMIT $2",
        )
        .bind(instant(before))
        .bind(OLD_MAX)
        .fetch_all(&mut *self.store.read().await?)
        .await
        .map_err(away)?
        .iter()
        .map(recording_of)
        .collect()
    }

    async fn recording_deleted(&self, recording: &Recording) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "UPDATE recordings SET deleted_at = $4, updated_at = $4 WHERE business_id = $1 AND call_id = $2 AND part = $3",
        )
        .bind(recording.business.to_string())
        .bind(recording.call.to_string())
        .bind(i64::from(recording.part))
        .bind(instant(self.clock.now()))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }
}

fn recording_of(row: &Row) -> Result<Recording, Error> {
    let deleted: Option<i64> = get(row, "deleted_at")?;
    Ok(Recording {
        business: parsed(row, "business_id")?,
        call: parsed(row, "call_id")?,
        part: count_of(row, "part")?,
        path: get(row, "path")?,
        length_ms: count_of(row, "length_ms")?,
        bytes: count_of(row, "bytes")?,
        deleted_at: deleted.map(|_| instant_of(row, "deleted_at")).transpose()?,
    })
}
