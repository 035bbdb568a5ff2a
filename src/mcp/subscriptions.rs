//! Being told that what can be read is another now: what is said in a call on the line, and today's agenda.
//!
//! In the older era a client subscribes within its session and is told on the session's stream (`resources/subscribe`); in
//! the newer one it listens, and the request stays open for as long (`subscriptions/listen`). Told is the address only: what
//! stands there is read, by whoever may.
//!
//! Invariant: at most [`FOLLOWED_MAX`] addresses are followed at once by all there are, [`OF_ONE_MAX`] by one of them, and
//! nothing is left of whoever went away: their session or their request takes it along.

use super::error::no_resource;
use super::resources::Named;
use super::server::Inner;
use super::{Server, Visitor};
use crate::crm::operation::Permission;
use crate::id::{BusinessId, CallId};
use crate::switchboard::{LiveEvent, Switchboard};
use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, SubscriptionContext};
use rmcp::{ErrorData, RoleServer};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// The most that is followed at once: each costs a look at what happens.
pub(super) const FOLLOWED_MAX: usize = 1_000;
/// The most one session or one request follows: more lines than anybody listens to.
const OF_ONE_MAX: usize = 32;

/// What a session of the older era is subscribed to.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// Dropped with the session, and with it whatever is still followed.
    tasks: Mutex<(JoinSet<()>, HashMap<String, AbortHandle>)>,
}

/// An address that changes while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Agenda,
    Call(CallId),
}

impl What {
    fn of(uri: &str) -> Option<Self> {
        match Named::of(uri)? {
            Named::Agenda => Some(Self::Agenda),
            Named::Transcript(call) => Some(Self::Call(call)),
            Named::Contact(_) | Named::Pipeline(_) => None,
        }
    }
}

/// Somebody's following, until nothing of it can change any more.
struct Following {
    business: BusinessId,
    followed: Vec<(String, What)>,
    events: Receiver<LiveEvent>,
    switchboard: Switchboard,
    closing: CancellationToken,
    _room: OwnedSemaphorePermit,
}

impl Following {
    /// Follows these. Fails where one does not change, is not there, or is not theirs to read.
    fn begin(inner: &Inner, visitor: &Visitor, uris: &[String]) -> Result<Self, ErrorData> {
        let Some(switchboard) = &inner.parts.switchboard else {
            return Err(ErrorData::invalid_request("there are no calls in this process", None));
        };
        let (calls, events) = switchboard.watch();
        let on_the_line =
            |call: CallId| calls.iter().any(|live| live.call.id == call && live.call.business == visitor.business);
        let may = |permission| visitor.by.may.hold(permission);
        let there = |uri: &String| {
            let what = What::of(uri).filter(|what| match what {
                What::Agenda => may(Permission::Reception),
                What::Call(call) => may(Permission::ReadCalls) && on_the_line(*call),
            });
            what.map(|what| (uri.clone(), what)).ok_or_else(|| no_resource(uri))
        };
        let followed = uris.iter().map(there).collect::<Result<Vec<_>, _>>()?;
        let count = u32::try_from(followed.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&inner.room).try_acquire_many_owned(count);
        let room =
            room.map_err(|_| ErrorData::internal_error("too much is followed already: try again later", None))?;
        let (switchboard, closing) = (switchboard.clone(), inner.parts.closing.clone());
        Ok(Self { business: visitor.business, followed, events, switchboard, closing, _room: room })
    }

    /// Much has happened meanwhile: any of it may be another, and a call may be over.
    fn caught_up(&mut self) -> Vec<String> {
        let all = self.followed.iter().map(|(uri, _)| uri.clone()).collect();
        let calls = self.switchboard.watch().0;
        self.followed.retain(|(_, what)| match what {
            What::Agenda => true,
            What::Call(call) => calls.iter().any(|live| live.call.id == *call),
        });
        all
    }

    /// The addresses of what is another now; none: nothing changes any more.
    async fn next(&mut self) -> Option<Vec<String>> {
        while !self.followed.is_empty() {
            let event = tokio::select! {
                event = self.events.recv() => event,
                () = self.closing.cancelled() => return None,
            };
            let event = match event {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => return Some(self.caught_up()),
                Err(RecvError::Closed) => return None,
            };
            let those = self.followed.iter().filter(|(_, what)| concerns(&event, *what, self.business));
            let those: Vec<_> = those.map(|(uri, _)| uri.clone()).collect();
            // A call that is over is told of once more: its transcript says so.
            if let LiveEvent::Ended { id, .. } = event {
                self.followed.retain(|(_, what)| *what != What::Call(id));
            }
            if !those.is_empty() {
                return Some(those);
            }
        }
        None
    }
}

/// Whether something that happened makes what stands there another.
fn concerns(event: &LiveEvent, what: What, business: BusinessId) -> bool {
    match (event, what) {
        (LiveEvent::Turn { id, .. } | LiveEvent::Ended { id, .. }, What::Call(call)) => *id == call,
        (LiveEvent::Appointments { business: whose }, What::Agenda) => *whose == business,
        // What may still be taken back is no line of the transcript.
        (LiveEvent::Partial { .. } | LiveEvent::Began { .. }, What::Agenda | What::Call(_))
        | (LiveEvent::Turn { .. } | LiveEvent::Ended { .. }, What::Agenda)
        | (LiveEvent::Appointments { .. }, What::Call(_)) => false,
    }
}

impl Server {
    /// How much is followed now.
    pub fn subscribed(&self) -> usize {
        FOLLOWED_MAX - self.inner.room.available_permits()
    }

    /// Subscribes the session to an address; again is the same.
    pub(super) fn follow_in_session(
        &self,
        visitor: &Visitor,
        peer: Peer<RoleServer>,
        uri: String,
    ) -> Result<(), ErrorData> {
        let mut subscribed = self.subscriptions.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let (tasks, by_uri) = &mut *subscribed;
        while tasks.try_join_next().is_some() {}
        by_uri.retain(|_, task| !task.is_finished());
        if by_uri.contains_key(&uri) {
            return Ok(());
        }
        if by_uri.len() >= OF_ONE_MAX {
            let why = format!("a session follows at most {OF_ONE_MAX} resources: unsubscribe from some");
            return Err(ErrorData::invalid_request(why, None));
        }
        let mut following = Following::begin(&self.inner, visitor, std::slice::from_ref(&uri))?;
        let task = tasks.spawn(async move {
            while let Some(changed) = following.next().await {
                for uri in changed {
                    // A client that is gone is told nothing more.
                    if peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_err() {
                        return;
                    }
                }
            }
        });
        by_uri.insert(uri, task);
        Ok(())
    }

    /// Ends a subscription of the session; one there is not has ended.
    pub(super) fn unfollow_in_session(&self, uri: &str) {
        let mut subscribed = self.subscriptions.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = subscribed.1.remove(uri) {
            task.abort();
        }
    }

    /// The part of what a request wants to be told of that can be told at all; whether it is theirs to read is found out when
    /// it begins.
    pub(super) fn tellable(&self, wanted: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        self.inner.parts.switchboard.as_ref()?;
        let uris = wanted.resource_subscriptions.iter().flatten().filter(|uri| What::of(uri).is_some());
        let uris: Vec<_> = uris.take(OF_ONE_MAX).cloned().collect();
        Some(SubscriptionFilter::builder().resource_subscriptions(uris).build())
    }

    /// Tells whoever listens, until they go or nothing changes any more.
    pub(super) async fn tell(&self, context: &SubscriptionContext) -> Result<(), ErrorData> {
        let visitor = self.visitor(context.request_context())?;
        let uris: BTreeSet<_> = context.accepted().resource_subscriptions.iter().flatten().cloned().collect();
        let uris: Vec<_> = uris.into_iter().collect();
        let mut following = Following::begin(&self.inner, visitor, &uris)?;
        loop {
            let changed = tokio::select! {
                changed = following.next() => changed,
                () = context.cancelled() => return Ok(()),
            };
            let Some(changed) = changed else { return Ok(()) };
            for uri in changed {
                if context.sink().notify_resource_updated(uri).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// Room for all that is followed.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(FOLLOWED_MAX))
}
