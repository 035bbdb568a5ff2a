//! `POST /webhook/twilio/status`: where a call stands, by Twilio. The last word closes the record.

use super::signed::Signed;
use crate::crm::model::CallStatus;
use crate::http::House;
use crate::http::problem::Problem;
use crate::switchboard::Fate;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

pub(in crate::http) async fn note(State(house): State<Arc<House>>, webhook: Signed) -> Result<StatusCode, Problem> {
    let call_sid = webhook.required("CallSid")?;
    let Some((status, ending)) = last_word(webhook.required("CallStatus")?) else { return Ok(StatusCode::NO_CONTENT) };
    house.switchboard.hung_up(call_sid).await;
    let Some(record) = house.book.call_by_sid(call_sid).await? else { return Ok(StatusCode::NO_CONTENT) };
    // Nobody comes back to this call: the time it had held is free for whoever calls next, themselves included. If it
    // cannot be let go of, it lapses; the record is closed all the same.
    if let Err(error) = house.book.let_go(record.id).await {
        tracing::error!(%error, call = %record.id, "the time held in a call could not be let go of");
    }
    // A call we still hold closes its own record, with its true ending; this closes what a restart left open.
    if house.switchboard.fate(call_sid) == Fate::Unknown && record.ended_at.is_none() {
        house.book.finish(record.id, status, ending, house.clock.now()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Statuses after which nothing follows.
fn last_word(status: &str) -> Option<(CallStatus, &'static str)> {
    match status {
        "completed" => Some((CallStatus::Completed, "caller-left")),
        "canceled" => Some((CallStatus::NoAnswer, "caller-left")),
        "busy" => Some((CallStatus::Busy, "failed")),
        "no-answer" => Some((CallStatus::NoAnswer, "failed")),
        "failed" => Some((CallStatus::Failed, "failed")),
        _ => None,
    }
}
