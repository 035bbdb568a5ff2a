//! Questions about contacts that are asked again and again.

use super::ListContacts;
use crate::id::{BusinessId, SmartListId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A filter of contacts under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmartList {
    /// Its id.
    pub id: SmartListId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// What people call it.
    pub name: String,
    /// Who is in it, and in which order.
    pub filter: ListContacts,
    /// Counts the changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
