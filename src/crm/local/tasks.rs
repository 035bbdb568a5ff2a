//! Tasks: what somebody has to do, and until when.

use super::accounts::refuse_stranger;
use super::contacts::{by_id, refuse_stale};
use super::records::{Order, Record, usual_fields};
use super::statement::Bound;
use super::store::{Row, count_of, get, instant, instant_of, instant_option, kept, parsed, parsed_option};
use super::{Perform, Within};
use crate::crm::Error;
use crate::crm::model::{Kind, Page, Task};
use crate::crm::operation::{
    CompleteTask, CreateTask, DeleteTask, GetTask, ListTasks, ReopenTask, TaskState, UpdateTask,
};
use crate::id::{ContactId, TaskId};

/// What tasks without a time are sorted by: no time comes after it.
const NO_TIME: i64 = i64::MAX;
/// The first due first.
const BY_DUE: Order = Order { column: "due_order", text: false, descending: false };

impl Record for Task {
    const KIND: Kind = Kind::Task;
    const TABLE: &'static str = "tasks";

    usual_fields!();

    fn columns(&self) -> Result<Vec<(&'static str, Bound)>, Error> {
        let due = self.due.map(instant);
        Ok(vec![
            ("title", self.title.as_str().into()),
            ("body", self.body.as_str().into()),
            ("due_at", due.into()),
            ("due_order", due.unwrap_or(NO_TIME).into()),
            ("contact_id", self.contact.map(|contact| contact.to_string()).into()),
            ("assignee_id", self.assignee.map(|user| user.to_string()).into()),
            ("completed_at", self.completed_at.map(instant).into()),
        ])
    }

    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: parsed(row, "id")?,
            business: parsed(row, "business_id")?,
            title: get(row, "title")?,
            body: get(row, "body")?,
            due: instant_option(row, "due_at")?,
            contact: parsed_option(row, "contact_id")?,
            assignee: parsed_option(row, "assignee_id")?,
            completed_at: instant_option(row, "completed_at")?,
            version: count_of(row, "version")?,
            created_at: instant_of(row, "created_at")?,
            updated_at: instant_of(row, "updated_at")?,
        })
    }
}

impl Perform for CreateTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Task, Error> {
        about(within, self.contact).await?;
        refuse_stranger(within, self.assignee).await?;
        let task = Task {
            id: TaskId::fresh(),
            business: within.business,
            title: self.title.clone(),
            body: self.body.clone(),
            due: self.due.map(kept),
            contact: self.contact,
            assignee: self.assignee,
            completed_at: None,
            version: 1,
            created_at: within.now,
            updated_at: within.now,
        };
        within.insert(task).await
    }
}

impl Perform for GetTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Task, Error> {
        within.load(self.task).await
    }
}

impl Perform for UpdateTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Task, Error> {
        let known = read(within, self.task, self.version).await?;
        let mut changed = known.clone();
        if let Some(title) = &self.title {
            changed.title.clone_from(title);
        }
        if let Some(body) = &self.body {
            changed.body.clone_from(body);
        }
        if let Some(contact) = self.contact {
            about(within, contact.filter(|contact| known.contact != Some(*contact))).await?;
            changed.contact = contact;
        }
        changed.due = self.due.map_or(changed.due, |due| due.map(kept));
        if let Some(assignee) = self.assignee {
            refuse_stranger(within, assignee.filter(|user| known.assignee != Some(*user))).await?;
            changed.assignee = assignee;
        }
        within.update(&known, changed).await
    }
}

impl Perform for CompleteTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Task, Error> {
        let known = read(within, self.task, self.version).await?;
        let completed_at = known.completed_at.or(Some(within.now));
        within.update(&known, Task { completed_at, ..known.clone() }).await
    }
}

impl Perform for ReopenTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Task, Error> {
        let known = read(within, self.task, self.version).await?;
        within.update(&known, Task { completed_at: None, ..known.clone() }).await
    }
}

impl Perform for DeleteTask {
    async fn perform(&self, within: &mut Within<'_>) -> Result<(), Error> {
        let known = read(within, self.task, self.version).await?;
        within.remove(&known).await
    }
}

impl Perform for ListTasks {
    async fn perform(&self, within: &mut Within<'_>) -> Result<Page<Task>, Error> {
        let mut list = within.list::<Task>();
        match self.state {
            TaskState::Open => {
                list.say(" AND completed_at IS NULL");
            }
            TaskState::Overdue => {
                list.say(" AND completed_at IS NULL AND due_order < ").bind(instant(within.now));
            }
            TaskState::Done => {
                list.say(" AND completed_at IS NOT NULL");
            }
            TaskState::All => {}
        }
        if let Some(from) = self.due_from {
            list.say(" AND due_at >= ").bind(instant(from));
        }
        if let Some(before) = self.due_before {
            list.say(" AND due_order < ").bind(instant(before));
        }
        if let Some(contact) = self.contact {
            let contact = by_id(within.connection, within.business, contact).await?;
            list.say(" AND contact_id = ").bind(contact.id.to_string());
        }
        if let Some(assignee) = self.assignee {
            list.say(" AND assignee_id = ").bind(assignee.to_string());
        }
        within.page(list, BY_DUE, (self.limit, self.cursor.as_deref())).await
    }
}

/// A task that is at the version that was read.
async fn read(within: &mut Within<'_>, task: TaskId, version: Option<u64>) -> Result<Task, Error> {
    let known: Task = within.load(task).await?;
    refuse_stale(known.version, version, "task")?;
    Ok(known)
}

/// Whom a task is about has to be known.
async fn about(within: &mut Within<'_>, contact: Option<ContactId>) -> Result<(), Error> {
    match contact {
        Some(contact) => by_id(within.connection, within.business, contact).await.map(drop),
        None => Ok(()),
    }
}
