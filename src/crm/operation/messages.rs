//! Operations on messages.

use crate::crm::model::ContactDraft;
use crate::id::CallId;
use serde::Serialize;

/// Leaves a message for the business.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaveMessage {
    /// Who leaves it.
    pub from: ContactDraft,
    /// The words.
    pub body: String,
    /// The call it is left in.
    pub call: Option<CallId>,
}
