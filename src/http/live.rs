//! Live calls as they happen, as Server-Sent Events.
//!
//! First a `snapshot`, then `began`, `partial`, `turn`, `ended`, `appointments`. Whoever was too slow, or connects
//! again, gets a new snapshot, so nothing has to be remembered between connections.
//!
//! Invariant: of a business whose calls they may not read nobody is told anything, and of those they no longer may read
//! nothing more once that was noticed: who watches is asked again every [`KNOWN_FOR`].

use super::House;
use super::access::{Guest, KNOWN_FOR, Standing};
use super::api::described::{Answer, Described};
use super::extract::As;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::crm::operation::Permission;
use crate::id::{BusinessId, CallId};
use crate::switchboard::{LiveCall, LiveEvent};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

pub(super) const FOLLOW: Described =
    Described::get("follow_calls", "Live calls as they happen, as server-sent events: a snapshot, then what changes.")
        .answers(Answer::Other("text/event-stream"))
        .refused_with(&[429])
        .needs(Permission::ReadCalls);

#[derive(Serialize)]
struct Snapshot {
    calls: Vec<LiveCall>,
}

/// Somebody who watches.
struct Watcher {
    house: Arc<House>,
    guest: Guest,
    /// What happens; none before the first snapshot.
    events: Option<Receiver<LiveEvent>>,
    /// The calls they were told of: of others they are told nothing.
    calls: HashSet<CallId>,
}

pub(super) async fn follow(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    if !may_read_any(&house, &caller).await? {
        return Err(Problem::forbidden(Permission::ReadCalls));
    }
    let guest = Guest::new(&house, caller, headers)?;
    let watcher = Watcher { house, guest, events: None, calls: HashSet::new() };
    let events = unfold(watcher, async |mut watcher| watcher.next().await.map(|event| (event, watcher)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Whether there is a business whose calls they may read.
async fn may_read_any(house: &House, caller: &Caller) -> Result<bool, Problem> {
    if caller.runs_the_house() {
        return Ok(true);
    }
    let businesses = house.directory.businesses().await?;
    Ok(businesses.iter().any(|business| may_read(caller, business.id)))
}

fn may_read(caller: &Caller, business: BusinessId) -> bool {
    caller.at(business).is_some_and(|by| by.may.hold(Permission::ReadCalls))
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<Event, Infallible>> {
        loop {
            let Some(events) = &mut self.events else { return Some(self.snapshot()) };
            let received = tokio::select! {
                received = events.recv() => Some(received),
                () = tokio::time::sleep(KNOWN_FOR) => None,
                () = self.house.closing.cancelled() => return None,
            };
            match self.guest.standing(&self.house).await {
                Standing::Same => {}
                Standing::Changed if may_read_any(&self.house, self.guest.caller()).await.unwrap_or(false) => {
                    return Some(self.snapshot());
                }
                Standing::Changed | Standing::Gone => return None,
            }
            match received {
                Some(Ok(happened)) if self.concerns(&happened) => return Some(event(happened.name(), &happened)),
                Some(Ok(_)) | None => {}
                Some(Err(RecvError::Lagged(_))) => return Some(self.snapshot()),
                Some(Err(RecvError::Closed)) => return None,
            }
        }
    }

    fn snapshot(&mut self) -> Result<Event, Infallible> {
        let (mut calls, events) = self.house.switchboard.watch();
        calls.retain(|live| may_read(self.guest.caller(), live.call.business));
        self.events = Some(events);
        self.calls = calls.iter().map(|live| live.call.id).collect();
        event("snapshot", &Snapshot { calls })
    }

    /// Whether it is of a call of theirs, or of their calendar.
    fn concerns(&mut self, happened: &LiveEvent) -> bool {
        match happened {
            LiveEvent::Began { call } => may_read(self.guest.caller(), call.business) && self.calls.insert(call.id),
            LiveEvent::Partial { id, .. } | LiveEvent::Turn { id, .. } => self.calls.contains(id),
            LiveEvent::Ended { id, .. } => self.calls.remove(id),
            LiveEvent::Appointments { business } => self.guest.caller().at(*business).is_some(),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the stream's item type")]
fn event(name: &str, data: &impl Serialize) -> Result<Event, Infallible> {
    let event = Event::default().event(name);
    Ok(event.json_data(data).unwrap_or_else(|_| Event::default().comment("unwritable")))
}
