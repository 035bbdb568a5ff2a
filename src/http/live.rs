//! Live calls as they happen, as Server-Sent Events.
//!
//! First a `snapshot`, then `began`, `partial`, `turn`, `ended`, `appointments`. Whoever was too slow, or connects
//! again, gets a new snapshot, so nothing has to be remembered between connections.

use super::House;
use crate::switchboard::{LiveCall, LiveEvent};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

#[derive(Serialize)]
struct Snapshot {
    calls: Vec<LiveCall>,
}

/// A watcher: before its snapshot, or following.
enum Watcher {
    New,
    Following(Receiver<LiveEvent>),
}

pub(super) async fn follow(State(house): State<Arc<House>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = unfold((house, Watcher::New), |(house, watcher)| async move {
        let Watcher::Following(mut events) = watcher else {
            let (calls, events) = house.switchboard.watch();
            return Some((event("snapshot", &Snapshot { calls }), (house, Watcher::Following(events))));
        };
        let received = tokio::select! {
            received = events.recv() => received,
            () = house.closing.cancelled() => return None,
        };
        match received {
            Ok(happened) => Some((event(happened.name(), &happened), (house, Watcher::Following(events)))),
            Err(RecvError::Lagged(_)) => {
                let (calls, events) = house.switchboard.watch();
                Some((event("snapshot", &Snapshot { calls }), (house, Watcher::Following(events))))
            }
            Err(RecvError::Closed) => None,
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[expect(clippy::unnecessary_wraps, reason = "the stream's item type")]
fn event(name: &str, data: &impl Serialize) -> Result<Event, Infallible> {
    let event = Event::default().event(name);
    Ok(event.json_data(data).unwrap_or_else(|_| Event::default().comment("unwritable")))
}
