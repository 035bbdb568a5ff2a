//! Operations on people.

use crate::crm::model::ContactDraft;
use crate::phone::E164;
use serde::Serialize;

/// Finds the contact with this number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindContact {
    /// The number to look for.
    pub phone: E164,
}

/// Finds the contact by phone or e-mail and fills in what is new, or makes one. Atomic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaveContact {
    /// What is known.
    pub draft: ContactDraft,
}
