//! Picking a call up whose stream broke (the network's fault, or ours and we are back), or whose transfer nobody took.
//!
//! Twilio follows the document after the stream's end and asks what is next; if the caller is still there and the
//! conversation can be made again, the answer is a new stream with a new token. The record is opened again, so that a
//! call stays one call. Which state it goes on from is [`super::Answering::pick_up`]'s.
//!
//! Invariant: a call that we hung up is not picked up, nor is one whose machine broke: it would break again.

use super::live::Incoming;
use super::registry::Fate;
use super::{Answered, NotResumable, Switchboard};
use crate::call::action::Ending;
use crate::crm::model::CallRecord;
use std::time::Duration;
use tokio::time::timeout;

/// How long a stream that Twilio says is over may take to be over here.
const STREAM_END_MAX: Duration = Duration::from_secs(3);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(10);

/// Why a call comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// Its stream broke.
    Broken,
    /// It was to be connected to a person, and nobody answered there.
    Untransferred,
}

impl Switchboard {
    /// Awaits a call's next stream; the token it must bring. `incoming` is the call as its first webhook would have it.
    pub async fn resume(&self, incoming: Incoming, back: Back) -> Result<String, NotResumable> {
        let call_sid = incoming.call_sid.clone();
        if let Some(token) = self.calls.picked_up(&call_sid) {
            return Ok(token);
        }
        self.end_of_stream(&call_sid, back).await?;
        let record = self.record_to_go_on(&incoming, back).await?;
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| no("all lines are in use"))?;
        let (parts, asked) = (self.parts.clone(), record.clone());
        let picked_up = tokio::task::spawn_blocking(move || parts.answering.pick_up(&asked)).await;
        let picked_up = picked_up.map_err(|_| no("its journal breaks the machine"))??;
        let token = (self.parts.mint)().map_err(|error| NotResumable(error.to_string()))?;
        let book = &self.parts.book;
        book.reopen(record.id).await.map_err(|error| NotResumable(error.to_string()))?;
        let turns = match book.call(record.business, record.id).await {
            Ok(Some((_, turns))) => turns,
            Ok(None) | Err(_) => Vec::new(),
        };
        let Incoming { business, contact, staff, .. } = incoming;
        let answered = Answered { record, business, contact, staff };
        let id = answered.record.id;
        if !self.calls.enter_again(answered, turns, token.clone(), permit, picked_up) {
            return self.calls.picked_up(&call_sid).ok_or_else(|| no("it is live"));
        }
        tracing::info!(call = %id, ?back, "a call is picked up");
        self.await_stream(call_sid);
        Ok(token)
    }

    /// Waits until a stream that broke is over here too.
    async fn end_of_stream(&self, call_sid: &str, back: Back) -> Result<(), NotResumable> {
        // A transfer begins when the stream is over: one that is open is the call come back already.
        if self.fate(call_sid) == Fate::Open && back == Back::Broken {
            // Its socket may hang half open; Twilio knows better.
            self.calls.cut(call_sid);
            let over = async {
                while self.fate(call_sid) == Fate::Open {
                    tokio::time::sleep(LOOK).await;
                }
            };
            timeout(STREAM_END_MAX, over).await.map_err(|_| no("its stream never came"))?;
        }
        match (self.fate(call_sid), back) {
            (Fate::Unknown, _)
            | (Fate::Ended(Ending::CallerLeft), Back::Broken)
            | (Fate::Ended(Ending::Transferred(_)), Back::Untransferred) => Ok(()),
            (Fate::Open | Fate::Broke | Fate::Ended(_), _) => Err(no("it is over")),
        }
    }

    async fn record_to_go_on(&self, incoming: &Incoming, back: Back) -> Result<CallRecord, NotResumable> {
        let record = self.parts.book.call_by_sid(&incoming.call_sid).await;
        let record = record.map_err(|error| NotResumable(error.to_string()))?.ok_or_else(|| no("nobody knows it"))?;
        if record.business != incoming.business.id || record.from != incoming.from {
            return Err(no("it is somebody else's"));
        }
        match (record.ending.as_deref(), back) {
            // The stream ended without a goodbye; we were killed; or the record is not closed yet.
            (Some("caller-left" | "interrupted") | None, Back::Broken) | (Some("transferred"), Back::Untransferred) => {
                Ok(record)
            }
            (Some(_) | None, _) => Err(no("it ended in order")),
        }
    }
}

fn no(why: &str) -> NotResumable {
    NotResumable(why.to_owned())
}
