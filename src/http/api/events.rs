//! `GET /api/events`: what changes in a business, as it changes, as Server-Sent Events.
//!
//! First a `ready`, then a `changed` for each action: which rows it touched, and nothing of what stands in them; whoever wants
//! to know reads them. Each event's `id` is the action's number: a client that comes back with `Last-Event-ID`, as browsers
//! do, misses nothing. Who follows is asked again every so often, and the stream ends when they may no longer.

use super::business;
use super::described::{Answer, Described};
use crate::accounts::Caller;
use crate::crm::model::Happened;
use crate::crm::operation::Permission;
use crate::http::House;
use crate::http::access::{Guest, Standing};
use crate::http::extract::{As, Ask};
use crate::http::problem::Problem;
use crate::id::BusinessId;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Which event a client has seen last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How many actions are read at once.
const READ_AT_ONCE: u32 = 100;
/// How often one looks for what other processes wrote.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(5);

pub(in crate::http) const FOLLOW: Described = Described::get(
    "follow_changes",
    "What changes in a business, as it changes, as server-sent events that name rows.",
)
.asks::<Whose>()
.heeds(&[("Last-Event-ID", "The `id` of the last event that came: what happened since is told first.")])
.answers(Answer::Other("text/event-stream"))
.refused_with(&[429])
.needs(Permission::ReadHistory);

/// Whose changes.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct Whose {
    /// Of one's businesses; the first when none is named.
    business: Option<BusinessId>,
}

/// Somebody who follows.
struct Follower {
    house: Arc<House>,
    guest: Guest,
    business: BusinessId,
    written: watch::Receiver<()>,
    /// The last action they were told of.
    after: u64,
    /// Those read and not told yet.
    waiting: VecDeque<Happened>,
    new: bool,
}

pub(in crate::http) async fn follow(
    State(house): State<Arc<House>>,
    As(caller): As<Caller>,
    Ask(Whose { business: wanted }): Ask<Whose>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let business = business(&house, &caller, wanted, Permission::ReadHistory).await?.id;
    let written = house.history.written();
    let last = house.history.last_number(business).await?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).and_then(|id| id.trim().parse().ok());
    let after = seen.unwrap_or(last).min(last);
    let guest = Guest::new(&house, caller, headers)?;
    let follower = Follower { house, guest, business, written, after, waiting: VecDeque::new(), new: true };
    let events = unfold(follower, async |mut follower| Some((Ok(follower.next().await?), follower)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl Follower {
    /// What they are told next; none once the house closes, they may not be told, or what was done cannot be read.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.new) {
            let ready = Event::default().event("ready").id(self.after.to_string());
            return ready.json_data(json!({ "after": self.after })).ok();
        }
        loop {
            match self.guest.standing(&self.house).await {
                Standing::Same => {}
                Standing::Changed if self.may_read() => {}
                Standing::Changed | Standing::Gone => return None,
            }
            if let Some(happened) = self.waiting.pop_front() {
                self.after = happened.number;
                return Event::default().event("changed").id(self.after.to_string()).json_data(&happened).ok();
            }
            self.written.mark_unchanged();
            let found = self.house.history.happened_after(self.business, self.after, READ_AT_ONCE).await;
            self.waiting.extend(found.ok()?);
            if self.waiting.is_empty() {
                tokio::select! {
                    written = self.written.changed() => written.ok()?,
                    () = tokio::time::sleep(LOOKED_FOR_EVERY) => {}
                    () = self.house.closing.cancelled() => return None,
                }
            }
        }
    }

    fn may_read(&self) -> bool {
        self.guest.caller().at(self.business).is_some_and(|by| by.may.hold(Permission::ReadHistory))
    }
}
