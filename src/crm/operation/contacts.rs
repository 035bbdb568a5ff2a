//! Operations on people. Nobody asks for them in so many words: doors use them to know who calls, and the conversations
//! make and find contacts by booking and leaving messages.

use crate::crm::model::ContactDraft;
use crate::phone::E164;
use serde::{Deserialize, Serialize};

/// Finds the contact with this number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindContact {
    /// The number to look for.
    pub phone: E164,
}

/// Finds the contact by phone or e-mail and fills in what is new, or makes one. Atomic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaveContact {
    /// What is known.
    pub draft: ContactDraft,
}
