//! A conversation with the copilot, as it is kept between two messages.

use super::Who;
use crate::id::{BusinessId, ChatId};

/// A kept conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopilotSession {
    /// Its id.
    pub id: ChatId,
    /// The tenant it works for.
    pub business: BusinessId,
    /// Whose it is.
    pub who: Who,
    /// Messages answered.
    pub turn: u64,
    /// What the conversation is, as JSON.
    pub state: String,
}
