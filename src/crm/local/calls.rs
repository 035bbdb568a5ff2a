//! The record of calls. Each turn is committed by itself, the moment it is final: a crash loses nothing that was said.

use super::records::Order;
use super::statement::Statement;
use super::store::{Connection, Row, away, commit, count_of, flag_of, get, instant, instant_of, json, json_of};
use super::store::{damaged, kept, parsed, parsed_option, phone_of, word, word_of};
use super::{Embedded, Perform, Within, appointments, contacts, conversations, slots};
use crate::crm::backend::CallBook;
use crate::crm::error::Reason;
use crate::crm::model::{Appointment, CallRecord, CallStatus, CallTurn, Contact, Hold, Kind, Page, Source, Way};
use crate::crm::operation::{LogStepIn, ReleaseHold};
use crate::crm::{Error, Outcome};
use crate::id::{BusinessId, CallId};
use crate::phone::E164;
use async_trait::async_trait;
use jiff::Timestamp;

/// The call that began last comes first.
const NEWEST: Order = Order { column: "started_at", text: false, descending: true };
/// The most turns kept of one call: hours of talk.
const TURNS_MAX: u32 = 5_000;
/// The most characters kept of one turn: minutes of uninterrupted speech.
const TURN_TEXT_MAX: usize = 10_000;
/// How a call ends that a crash left open.
const ABANDONED: &str = "interrupted";
/// The most calls a crash can leave open: as many as there can be at once.
const ABANDONED_MAX: i64 = 1_000;

impl Perform for LogStepIn {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = sqlx::query("SELECT 1 FROM calls WHERE business_id = $1 AND id = $2")
            .bind(within.business.to_string())
            .bind(self.call.to_string())
            .fetch_optional(&mut *within.connection)
            .await
            .map_err(away)?;
        known.ok_or(Error::NotFound("call"))?;
        within.changed(Kind::Call, &self.call, None, Some(&self.step))
    }
}

#[async_trait]
impl CallBook for Embedded {
    async fn begin(&self, call: CallRecord) -> Result<CallId, Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query(
            "INSERT INTO calls (id, business_id, call_sid, from_phone, to_phone, contact_id, status, started_at, \
             ended_at, ending, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
             ON CONFLICT (call_sid) DO NOTHING",
        )
        .bind(call.id.to_string())
        .bind(call.business.to_string())
        .bind(&call.call_sid)
        .bind(call.from.as_ref().map(E164::as_str))
        .bind(call.to.as_str())
        .bind(call.contact.map(|id| id.to_string()))
        .bind(word(&call.status)?)
        .bind(instant(call.started_at))
        .bind(call.ended_at.map(instant))
        .bind(&call.ending)
        .bind(instant(self.clock.now()))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        let row = sqlx::query("SELECT id FROM calls WHERE call_sid = $1")
            .bind(&call.call_sid)
            .fetch_one(&mut *transaction)
            .await
            .map_err(away)?;
        let id = parsed(&row, "id")?;
        commit(transaction).await?;
        Ok(id)
    }

    async fn add_turn(&self, call: CallId, turn: CallTurn) -> Result<(), Error> {
        if turn.number >= TURNS_MAX {
            return Err(Error::Invalid(Reason::CallTurns));
        }
        let text: String = turn.text.chars().take(TURN_TEXT_MAX).collect();
        let mut transaction = self.store.write().await?;
        let business: String = sqlx::query_scalar("SELECT business_id FROM calls WHERE id = $1")
            .bind(call.to_string())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(away)?
            .ok_or(Error::NotFound("call"))?;
        sqlx::query(
            "INSERT INTO turns (business_id, call_id, number, who, text, cut_off, began_ms, ended_ms, confidence, why, \
             stages, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CAST($9 AS DOUBLE PRECISION), $10, $11, $12, $12) \
             ON CONFLICT (call_id, number) DO NOTHING",
        )
        .bind(business)
        .bind(call.to_string())
        .bind(i64::from(turn.number))
        .bind(&turn.who)
        .bind(text)
        .bind(turn.cut_off)
        .bind(milliseconds(turn.began_ms))
        .bind(milliseconds(turn.ended_ms))
        // As text: sqlx's `Any` announces a number that is not there as one of another width, and PostgreSQL then refuses the
        // numbers that follow it.
        .bind(turn.confidence.map(|confidence| f64::from(confidence).to_string()))
        .bind(json(&turn.why)?)
        .bind(json(&turn.stages)?)
        .bind(instant(self.clock.now()))
        .execute(&mut *transaction)
        .await
        .map_err(away)?;
        commit(transaction).await
    }

    async fn finish(&self, call: CallId, status: CallStatus, ending: &str, at: Timestamp) -> Result<(), Error> {
        let record = self.record(call).await?.ok_or(Error::NotFound("call"))?;
        let mut transaction = self.store.write_for(record.business).await?;
        close(&mut transaction, call, (status, ending), at, self.clock.now()).await?;
        self.enter_in_timeline(&mut transaction, &record).await?;
        commit(transaction).await
    }

    async fn reopen(&self, call: CallId) -> Result<(), Error> {
        let mut transaction = self.store.write().await?;
        sqlx::query("UPDATE calls SET status = $2, ending = NULL, ended_at = NULL, updated_at = $3 WHERE id = $1")
            .bind(call.to_string())
            .bind(word(&CallStatus::InProgress)?)
            .bind(instant(self.clock.now()))
            .execute(&mut *transaction)
            .await
            .map_err(away)?;
        commit(transaction).await
    }

    async fn abandoned(&self) -> Result<Vec<CallRecord>, Error> {
        sqlx::query("SELECT * FROM calls WHERE ended_at IS NULL ORDER BY started_at LIMIT $1")
            .bind(ABANDONED_MAX)
            .fetch_all(&mut *self.store.read().await?)
            .await
            .map_err(away)?
            .iter()
            .map(call_of)
            .collect()
    }

    async fn close_abandoned(&self, call: CallId, seen: Option<Timestamp>) -> Result<(), Error> {
        let Some(record) = self.record(call).await? else { return Ok(()) };
        if record.ended_at.is_some() {
            return Ok(());
        }
        let mut transaction = self.store.write_for(record.business).await?;
        let at = last_sign_of_life(&mut transaction, &record).await?.max(seen.unwrap_or(Timestamp::MIN));
        release_holds_of(&mut transaction, &record).await?;
        close(&mut transaction, call, (CallStatus::Failed, ABANDONED), at, self.clock.now()).await?;
        self.enter_in_timeline(&mut transaction, &record).await?;
        commit(transaction).await
    }

    async fn let_go(&self, call: CallId) -> Result<(), Error> {
        let record = self.record(call).await?.ok_or(Error::NotFound("call"))?;
        let mut transaction = self.store.write_for(record.business).await?;
        release_holds_of(&mut transaction, &record).await?;
        commit(transaction).await
    }

    async fn calls(
        &self,
        business: BusinessId,
        before: Option<Timestamp>,
        way: Way<'_>,
    ) -> Result<Page<CallRecord>, Error> {
        let mut connection = self.store.read().await?;
        let mut list = Statement::new("SELECT * FROM calls WHERE business_id = ");
        list.bind(business.to_string());
        if let Some(before) = before {
            list.say(" AND started_at < ").bind(instant(before));
        }
        let mut within = Within::of_itself(business, &mut connection, self.clock.now());
        within.page_of("calls", list, NEWEST, way, call_of).await
    }

    async fn call(&self, business: BusinessId, id: CallId) -> Result<Option<(CallRecord, Vec<CallTurn>)>, Error> {
        let mut connection = self.store.read().await?;
        let row = sqlx::query("SELECT * FROM calls WHERE business_id = $1 AND id = $2")
            .bind(business.to_string())
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(away)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((call_of(&row)?, turns(&mut connection, id).await?)))
    }

    async fn call_by_sid(&self, call_sid: &str) -> Result<Option<CallRecord>, Error> {
        sqlx::query("SELECT * FROM calls WHERE call_sid = $1")
            .bind(call_sid)
            .fetch_optional(&mut *self.store.read().await?)
            .await
            .map_err(away)?
            .as_ref()
            .map(call_of)
            .transpose()
    }

    async fn agenda(&self, business: BusinessId, from: Timestamp, to: Timestamp) -> Result<Vec<Appointment>, Error> {
        appointments::agenda(&mut *self.store.read().await?, business, (from, to)).await
    }

    async fn agenda_page(
        &self,
        business: BusinessId,
        span: (Timestamp, Timestamp),
        way: Way<'_>,
    ) -> Result<Page<Appointment>, Error> {
        let mut connection = self.store.read().await?;
        appointments::agenda_page(&mut Within::of_itself(business, &mut connection, self.clock.now()), span, way).await
    }

    async fn contact_by_phone(&self, business: BusinessId, phone: &E164) -> Result<Option<Contact>, Error> {
        contacts::by_phone(&mut *self.store.read().await?, business, phone).await
    }
}

impl Embedded {
    /// A call that is over stands in the timeline of whoever it was with.
    async fn enter_in_timeline(&self, connection: &mut Connection, call: &CallRecord) -> Result<(), Error> {
        let mut within = Within::of_itself(call.business, connection, kept(self.clock.now()));
        within.source = Source::Voice;
        conversations::enter_call(&mut within, call).await?;
        within.write_down("end_call").await
    }

    async fn record(&self, call: CallId) -> Result<Option<CallRecord>, Error> {
        sqlx::query("SELECT * FROM calls WHERE id = $1")
            .bind(call.to_string())
            .fetch_optional(&mut *self.store.read().await?)
            .await
            .map_err(away)?
            .as_ref()
            .map(call_of)
            .transpose()
    }
}

/// The last time something of a call was written down: its beginning, the end of a turn, an operation.
async fn last_sign_of_life(connection: &mut Connection, call: &CallRecord) -> Result<Timestamp, Error> {
    let spoken: Option<i64> = sqlx::query_scalar("SELECT MAX(ended_ms) FROM turns WHERE call_id = $1")
        .bind(call.id.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(away)?;
    let keys = keys_of(call.id);
    let done: Option<i64> =
        sqlx::query_scalar("SELECT MAX(created_at) FROM idempotency WHERE business_id = $1 AND key >= $2 AND key < $3")
            .bind(call.business.to_string())
            .bind(keys.start)
            .bind(keys.end)
            .fetch_one(connection)
            .await
            .map_err(away)?;
    let began = instant(call.started_at);
    let last = began.saturating_add(spoken.unwrap_or(0)).max(done.unwrap_or(began));
    Timestamp::from_millisecond(last).map_err(|_| damaged("ended_ms"))
}

/// Lets go of the slots held in a call, by what came of its operations. One that was used up or lapsed is gone already.
async fn release_holds_of(connection: &mut Connection, call: &CallRecord) -> Result<(), Error> {
    let keys = keys_of(call.id);
    let rows = sqlx::query("SELECT outcome FROM idempotency WHERE business_id = $1 AND key >= $2 AND key < $3")
        .bind(call.business.to_string())
        .bind(keys.start)
        .bind(keys.end)
        .fetch_all(&mut *connection)
        .await
        .map_err(away)?;
    for row in &rows {
        // An outcome of an earlier version may not be readable, and is no hold that still lives.
        if let Ok(Outcome::Held(Hold { id: hold, .. })) = json_of(row, "outcome") {
            slots::release(connection, call.business, &ReleaseHold { hold }).await?;
        }
    }
    Ok(())
}

/// The idempotency keys of a call's operations: from its id and a colon to before the sign after the colon. A range, not
/// a pattern, because it is found by the index, and this is read while everybody else waits to write.
fn keys_of(call: CallId) -> std::ops::Range<String> {
    format!("{call}:")..format!("{call};")
}

/// Closes a call that is still open; one that is closed stays as it is.
async fn close(
    connection: &mut Connection,
    call: CallId,
    (status, ending): (CallStatus, &str),
    at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE calls SET status = $2, ending = $3, ended_at = $4, updated_at = $5 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(call.to_string())
    .bind(word(&status)?)
    .bind(ending)
    .bind(instant(at))
    .bind(instant(now))
    .execute(connection)
    .await
    .map(drop)
    .map_err(away)
}

async fn turns(connection: &mut Connection, call: CallId) -> Result<Vec<CallTurn>, Error> {
    sqlx::query(
        "SELECT number, who, text, CASE WHEN cut_off THEN 1 ELSE 0 END AS cut_off, began_ms, ended_ms, confidence, why, \
         stages FROM turns WHERE call_id = $1 ORDER BY number",
    )
        .bind(call.to_string())
        .fetch_all(connection)
        .await
        .map_err(away)?
        .iter()
        .map(turn_of)
        .collect()
}

fn call_of(row: &Row) -> Result<CallRecord, Error> {
    let ended_at: Option<i64> = get(row, "ended_at")?;
    Ok(CallRecord {
        id: parsed(row, "id")?,
        business: parsed(row, "business_id")?,
        call_sid: get(row, "call_sid")?,
        from: phone_of(row, "from_phone")?,
        to: phone_of(row, "to_phone")?.ok_or_else(|| damaged("to_phone"))?,
        contact: parsed_option(row, "contact_id")?,
        status: word_of(row, "status")?,
        started_at: instant_of(row, "started_at")?,
        ended_at: ended_at.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged("ended_at"))?,
        ending: get(row, "ending")?,
    })
}

fn turn_of(row: &Row) -> Result<CallTurn, Error> {
    let confidence: Option<f64> = get(row, "confidence")?;
    Ok(CallTurn {
        number: count_of(row, "number")?,
        who: get(row, "who")?,
        text: get(row, "text")?,
        cut_off: flag_of(row, "cut_off")?,
        began_ms: count_of(row, "began_ms")?,
        ended_ms: count_of(row, "ended_ms")?,
        #[expect(clippy::cast_possible_truncation, reason = "it was an f32 when it was kept")]
        confidence: confidence.map(|confidence| confidence as f32),
        why: json_of(row, "why")?,
        stages: json_of(row, "stages")?,
    })
}

fn milliseconds(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
