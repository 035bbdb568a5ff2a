//! What was done, taken back: every row an action changed is again what it was, in the reverse order, or none is.
//!
//! Whether a row is still as the action left it is told by what it says, not by its version: whoever takes back the last
//! change can then take back the one before it.
//!
//! Invariant: a row that says something else than what the action left is never overwritten.

use super::actions::permission_beside;
use super::pipelines::StageRow;
use super::records::Record;
use super::{Perform, Within, appointments, contacts, messages, setup};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{
    Action, Business, Campaign, CampaignMember, Change, Conversation, ConversationMessage, Enrolment, Kind, Note,
    Opportunity, OpportunityStep, Order, Pipeline, ReviewRequest, ReviewSettings, SocialAccount, SocialPost, Task,
    Transaction, WebhookCall, Workflow,
};
use crate::crm::operation::definition::Undo;
use crate::crm::operation::{CATALOGUE, SmartList, UndoAction};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What rows have beside what they say.
const NOT_SAID: [&str; 3] = ["version", "updated_at", "last_activity"];

impl Perform for UndoAction {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Action, Error> {
        let action = within.action_with(self.action).await?;
        let (first, depth) = within.first(&action).await?;
        let Some(done) = CATALOGUE.iter().find(|entry| entry.about.name == first) else {
            if permission_beside(&first).is_some() {
                return Err(Error::Invalid(Reason::NeverUndone { what: first }));
            }
            return Err(Error::Invalid(Reason::HouseUndone));
        };
        if !within.may.hold(done.about.permission) {
            return Err(Error::Forbidden(done.about.name));
        }
        if done.about.undo == Undo::Never {
            return Err(Error::Invalid(Reason::NeverUndone { what: first }));
        }
        // The undo of an undo does again what was done.
        within.undo(&action, depth % 2 == 1).await?;
        Ok(Action { undone_by: Some(within.action), ..action })
    }
}

impl Within<'_> {
    /// The operation that an action did, took back or did again, and how often it was turned round.
    pub(super) async fn first(&mut self, action: &Action) -> Result<(String, usize), Error> {
        let (mut operation, mut undone, mut depth) = (action.operation.clone(), action.undoes, 0);
        while let Some(before) = undone {
            let before = self.action_with(before).await?;
            (operation, undone, depth) = (before.operation, before.undoes, depth + 1);
        }
        Ok((operation, depth))
    }

    /// Takes an action back; `again` says that something is done again by it.
    async fn undo(&mut self, action: &Action, again: bool) -> Result<(), Error> {
        let refuse = |why| Err(Error::Invalid(why));
        if action.undone_by.is_some() {
            return refuse(Reason::AlreadyUndone);
        }
        let Some(changes) = &action.changes else {
            return refuse(Reason::ChangesErased);
        };
        for change in changes.iter().rev() {
            self.take_back(change, again).await?;
        }
        self.undoes = Some(action.id);
        Ok(())
    }

    /// Makes one row what it was. An error leaves it as it is. `again` says that what was done first is done again by it.
    pub(super) async fn take_back(&mut self, change: &Change, again: bool) -> Result<(), Error> {
        // Boxed: one future that holds them all takes the compiler minutes.
        let row: BoxFuture<'_, _> = match change.kind {
            Kind::Appointment => Box::pin(appointments::put_back(self, Step::of(change)?)),
            Kind::Contact => Box::pin(contacts::put_back(self, Step::of(change)?, again)),
            Kind::Business => Box::pin(setup::put_back(self, Step::<Business>::of(change)?)),
            Kind::ContactField => Box::pin(contacts::put_back_field(self, Step::of(change)?, again)),
            Kind::Message => Box::pin(messages::put_back(self, Step::of(change)?)),
            Kind::Note => Box::pin(self.put_back::<Note>(Step::of(change)?)),
            Kind::Opportunity => Box::pin(self.put_back::<Opportunity>(Step::of(change)?)),
            Kind::OpportunityStep => Box::pin(self.put_back::<OpportunityStep>(Step::of(change)?)),
            Kind::Order => Box::pin(self.put_back::<Order>(Step::of(change)?)),
            Kind::Pipeline => Box::pin(self.put_back::<Pipeline>(Step::of(change)?)),
            Kind::Stage => Box::pin(self.put_back::<StageRow>(Step::of(change)?)),
            Kind::Task => Box::pin(self.put_back::<Task>(Step::of(change)?)),
            Kind::Transaction => Box::pin(self.put_back::<Transaction>(Step::of(change)?)),
            Kind::SmartList => Box::pin(self.put_back::<SmartList>(Step::of(change)?)),
            Kind::Campaign => Box::pin(self.put_back::<Campaign>(Step::of(change)?)),
            Kind::CampaignMember => Box::pin(self.put_back::<CampaignMember>(Step::of(change)?)),
            Kind::Conversation => Box::pin(self.put_back::<Conversation>(Step::of(change)?)),
            Kind::ConversationMessage => Box::pin(self.put_back::<ConversationMessage>(Step::of(change)?)),
            Kind::Enrolment => Box::pin(self.put_back::<Enrolment>(Step::of(change)?)),
            Kind::ReviewRequest => Box::pin(self.put_back::<ReviewRequest>(Step::of(change)?)),
            Kind::ReviewSettings => Box::pin(self.put_back::<ReviewSettings>(Step::of(change)?)),
            Kind::SocialAccount => Box::pin(self.put_back::<SocialAccount>(Step::of(change)?)),
            Kind::SocialPost => Box::pin(self.put_back::<SocialPost>(Step::of(change)?)),
            Kind::WebhookCall => Box::pin(self.put_back::<WebhookCall>(Step::of(change)?)),
            Kind::Workflow => Box::pin(self.put_back::<Workflow>(Step::of(change)?)),
            Kind::Import => {
                return Err(Error::Invalid(Reason::ImportUndone));
            }
            Kind::ApiKey | Kind::Credentials | Kind::Device | Kind::Member | Kind::User => {
                return Err(Error::Invalid(Reason::AccessUndone));
            }
            Kind::Call => return Err(Error::Invalid(Reason::CallUndone)),
            Kind::Consent => {
                return Err(Error::Invalid(Reason::ConsentUndone));
            }
        };
        row.await
    }

    /// The same for a noun that is a row and nothing beside it.
    async fn put_back<T: Record>(&mut self, step: Step<T>) -> Result<(), Error> {
        let now: Option<T> = self.find(&step.id).await?;
        step.refuse_other(now.as_ref())?;
        match (step.before, now) {
            (Some(before), Some(now)) => self.update(&now, before).await.map(drop),
            (Some(before), None) => {
                let version = before.version() + 1;
                self.insert_at(before, version).await.map(drop)
            }
            (None, Some(now)) => self.remove(&now).await,
            (None, None) => Ok(()),
        }
    }
}

/// A change of one row, read back.
pub(super) struct Step<T> {
    kind: Kind,
    /// Which row.
    pub(super) id: String,
    /// What it was.
    pub(super) before: Option<T>,
    /// What it was made.
    after: Option<Value>,
}

impl<T: Serialize + DeserializeOwned> Step<T> {
    /// Reads it.
    pub(super) fn of(change: &Change) -> Result<Self, Error> {
        let before = change.before.clone().map(serde_json::from_value).transpose();
        let before = before.map_err(|error| {
            tracing::warn!(%error, kind = change.kind.noun(), "an entry of the past cannot be read");
            Error::Invalid(Reason::NoLongerRead { what: change.kind.noun().to_owned() })
        })?;
        Ok(Self { kind: change.kind, id: change.id.clone(), before, after: change.after.clone() })
    }
}

impl<T: Serialize> Step<T> {
    /// Refuses when the row is not what the action left.
    pub(super) fn refuse_other(&self, now: Option<&T>) -> Result<(), Error> {
        let now = now.map(serde_json::to_value).transpose().map_err(|_| super::store::damaged("row"))?;
        if now.map(said) == self.after.clone().map(said) { Ok(()) } else { Err(self.stale()) }
    }

    /// Somebody changed it since.
    pub(super) fn stale(&self) -> Error {
        Error::Stale(self.kind.noun())
    }
}

/// What a row says.
fn said(mut row: Value) -> Value {
    if let Value::Object(fields) = &mut row {
        fields.retain(|field, _| !NOT_SAID.contains(&field.as_str()));
    }
    row
}
