//! The CRM, telling those who watch when the calendar changes, and the voice when a business does, whichever door changed it.

use super::openings;
use crate::crm::{Backend, Crm, Error, Outcome, Rehearsal, Request};
use crate::dialogue::Phrases;
use crate::speech::TextToSpeech;
use crate::switchboard::LiveEvent;
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The CRM with those it tells.
pub(super) struct Announcing {
    pub(super) crm: Crm,
    pub(super) events: broadcast::Sender<LiveEvent>,
    pub(super) voice: Arc<dyn TextToSpeech>,
    pub(super) phrases: Arc<Phrases>,
}

#[async_trait]
impl Backend for Announcing {
    async fn perform(&self, request: Request) -> Result<Outcome, Error> {
        let business = request.business;
        let outcome = self.crm.perform(request).await;
        if let Ok(Outcome::Booked(_) | Outcome::Rescheduled(_) | Outcome::Cancelled(_)) = &outcome {
            // Nobody watching is no error.
            drop(self.events.send(LiveEvent::Appointments { business }));
        }
        if let Ok(Outcome::BusinessUpdated(business)) = &outcome {
            openings::make_ready_for(self.voice.as_ref(), business, &self.phrases);
        }
        outcome
    }

    async fn rehearse(&self, request: Request) -> Result<Rehearsal, Error> {
        self.crm.rehearse(request).await
    }
}
