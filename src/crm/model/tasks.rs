//! What somebody has to do.

use crate::id::{BusinessId, ContactId, TaskId, UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What is to be done.
    pub title: String,
    /// More words about it, may be empty.
    pub body: String,
    /// Until when.
    pub due: Option<Timestamp>,
    /// About whom.
    pub contact: Option<ContactId>,
    /// Who is to do it.
    pub assignee: Option<UserId>,
    /// When it was done; none while it is open.
    pub completed_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
