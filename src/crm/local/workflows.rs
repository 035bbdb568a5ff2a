//! Workflows, and who is in them.
//!
//! Invariant: a contact waits in a workflow once at most, by a unique key.

use super::contacts::{by_id, refuse_stale};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, damaged, flag_of, get, instant, instant_of, kept, parsed, word, word_of};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::error::Reason;
use crate::crm::model::{Enrolment, EnrolmentState, Kind, Page, Workflow};
use crate::crm::operation::{
    AddToWorkflow, CreateWorkflow, DeleteWorkflow, ListEnrolments, ListWorkflows, RemoveFromWorkflow, UpdateWorkflow,
};
use crate::id::{ContactId, EnrolmentId, WorkflowId};
use jiff::Timestamp;

/// By name.
const NAMED: Order = Order { column: "name", text: true, descending: false };

impl Record for Workflow {
    const KIND: Kind = Kind::Workflow;
    const TABLE: &'static str = "workflows";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("active", self.active.into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            name: get(row, "name")?,
            description: get(row, "description")?,
            active: flag_of(row, "active")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Record for Enrolment {
    const KIND: Kind = Kind::Enrolment;
    const TABLE: &'static str = "enrolments";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        Ok(vec![
            ("workflow_id", self.workflow.to_string().into()),
            ("contact_id", self.contact.to_string().into()),
            ("state", word(&self.state)?.into()),
            ("event_start", self.event_start.map(instant).into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        let event_start: Option<i64> = get(row, "event_start")?;
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            workflow: parsed(row, "workflow_id")?,
            contact: parsed(row, "contact_id")?,
            state: word_of(row, "state")?,
            event_start: event_start
                .map(Timestamp::from_millisecond)
                .transpose()
                .map_err(|_| damaged("event_start"))?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for ListWorkflows {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Workflow>, Error> {
        let mut list = within.list::<Workflow>();
        if let Some(active) = self.active {
            list.say(" AND active = ").bind(active);
        }
        within.page(list, NAMED, (self.limit, self.cursor.as_deref())).await
    }
}

impl Perform for CreateWorkflow {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Workflow, Error> {
        let workflow = Workflow {
            id: WorkflowId::fresh(),
            business: within.business,
            name: self.name.clone(),
            description: self.description.clone(),
            active: true,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(workflow).await
    }
}

impl Perform for UpdateWorkflow {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Workflow, Error> {
        let known: Workflow = within.load(self.workflow).await?;
        refuse_stale(known.version, self.version, "workflow")?;
        let changed = Workflow {
            name: self.name.clone().unwrap_or_else(|| known.name.clone()),
            description: self.description.clone().unwrap_or_else(|| known.description.clone()),
            active: self.active.unwrap_or(known.active),
            ..known.clone()
        };
        within.update(&known, changed).await
    }
}

impl Perform for DeleteWorkflow {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known: Workflow = within.load(self.workflow).await?;
        refuse_stale(known.version, self.version, "workflow")?;
        within.remove_those::<Enrolment>("workflow_id", known.id).await?;
        within.remove(&known).await
    }
}

impl Perform for AddToWorkflow {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Enrolment, Error> {
        let workflow: Workflow = within.load(self.workflow).await?;
        let contact = by_id(within.connection, within.business, self.contact).await?;
        if !workflow.active {
            return Err(Error::Invalid(Reason::WorkflowOff));
        }
        if let Some(known) = waiting(within, workflow.id, contact.id).await? {
            let event_start = self.event_start.map(kept).or(known.event_start);
            return within.update(&known, Enrolment { event_start, ..known.clone() }).await;
        }
        let enrolment = Enrolment {
            id: EnrolmentId::fresh(),
            business: within.business,
            workflow: workflow.id,
            contact: contact.id,
            state: EnrolmentState::Waiting,
            event_start: self.event_start.map(kept),
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(enrolment).await
    }
}

impl Perform for RemoveFromWorkflow {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Enrolment, Error> {
        let workflow: Workflow = within.load(self.workflow).await?;
        let contact = by_id(within.connection, within.business, self.contact).await?;
        let known = waiting(within, workflow.id, contact.id).await?.ok_or(Error::NotFound("enrolment"))?;
        within.update(&known, Enrolment { state: EnrolmentState::Removed, ..known.clone() }).await
    }
}

impl Perform for ListEnrolments {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Enrolment>, Error> {
        let mut list = within.list::<Enrolment>();
        if let Some(workflow) = self.workflow {
            let workflow: Workflow = within.load(workflow).await?;
            list.say(" AND workflow_id = ").bind(workflow.id.to_string());
        }
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        within.page(list, Order::NEWEST, (self.limit, self.cursor.as_deref())).await
    }
}

/// How a contact waits in a workflow, if they do.
async fn waiting(
    within: &mut Within<'_>,
    workflow: WorkflowId,
    contact: ContactId,
) -> Result<Option<Enrolment>, Error> {
    let mut list = within.list::<Enrolment>();
    list.say(" AND workflow_id = ").bind(workflow.to_string()).say(" AND contact_id = ").bind(contact.to_string());
    list.say(" AND state = 'waiting'");
    list.fetch_all(within.connection).await?.first().map(Enrolment::of).transpose()
}
