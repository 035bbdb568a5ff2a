//! What the business writes down about somebody.

use crate::id::{BusinessId, ContactId, NoteId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A note on a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// On whom.
    pub contact: ContactId,
    /// The words.
    pub body: String,
    /// Counts the changes.
    pub version: u64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
