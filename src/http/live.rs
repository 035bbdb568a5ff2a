//! Live calls as they happen, as Server-Sent Events.
//!
//! First a `snapshot`, then `began`, `partial`, `turn`, `ended`, `appointments`. Whoever was too slow, or connects
//! again, gets a new snapshot, so nothing has to be remembered between connections.
//!
//! Invariant: of a business whose calls they may not read nobody is told anything.

use super::House;
use super::api::described::{Answer, Described};
use super::extract::As;
use crate::accounts::Caller;
use crate::crm::operation::Permission;
use crate::id::{BusinessId, CallId};
use crate::switchboard::{LiveCall, LiveEvent};
use axum::extract::State;
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
        .needs(Permission::ReadCalls);

#[derive(Serialize)]
struct Snapshot {
    calls: Vec<LiveCall>,
}

/// Somebody who watches.
struct Watcher {
    house: Arc<House>,
    caller: Caller,
    /// What happens; none before the first snapshot.
    events: Option<Receiver<LiveEvent>>,
    /// The calls they were told of: of others they are told nothing.
    calls: HashSet<CallId>,
}

pub(super) async fn follow(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let watcher = Watcher { house, caller, events: None, calls: HashSet::new() };
    let events = unfold(watcher, async |mut watcher| watcher.next().await.map(|event| (event, watcher)));
    Sse::new(events).keep_alive(KeepAlive::default())
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<Event, Infallible>> {
        loop {
            let Some(events) = &mut self.events else { return Some(self.snapshot()) };
            let received = tokio::select! {
                received = events.recv() => received,
                () = self.house.closing.cancelled() => return None,
            };
            match received {
                Ok(happened) if self.concerns(&happened) => return Some(event(happened.name(), &happened)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(self.snapshot()),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn snapshot(&mut self) -> Result<Event, Infallible> {
        let (mut calls, events) = self.house.switchboard.watch();
        calls.retain(|live| self.may_read(live.call.business));
        self.events = Some(events);
        self.calls = calls.iter().map(|live| live.call.id).collect();
        event("snapshot", &Snapshot { calls })
    }

    /// Whether it is of a call of theirs, or of their calendar.
    fn concerns(&mut self, happened: &LiveEvent) -> bool {
        match happened {
            LiveEvent::Began { call } => self.may_read(call.business) && self.calls.insert(call.id),
            LiveEvent::Partial { id, .. } | LiveEvent::Turn { id, .. } => self.calls.contains(id),
            LiveEvent::Ended { id, .. } => self.calls.remove(id),
            LiveEvent::Appointments { business } => self.caller.at(*business).is_some(),
        }
    }

    fn may_read(&self, business: BusinessId) -> bool {
        self.caller.at(business).is_some_and(|by| by.may.hold(Permission::ReadCalls))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the stream's item type")]
fn event(name: &str, data: &impl Serialize) -> Result<Event, Infallible> {
    let event = Event::default().event(name);
    Ok(event.json_data(data).unwrap_or_else(|_| Event::default().comment("unwritable")))
}
