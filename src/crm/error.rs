//! What can go wrong in the CRM: one enum, rendered once at each edge.

mod reason;

pub use reason::Reason;

use crate::id::ContactId;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// A name written in the program. (Spelled out, serde would insist on borrowing it from what it reads.)
type Name = &'static str;

/// Why an operation did not happen. When this is returned, nothing was changed, except for [`Error::Unknown`] and
/// [`Error::NotSent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// Somebody else has that time.
    #[error("that time is no longer free")]
    SlotTaken,
    /// The time is outside opening hours, too soon, or too far ahead.
    #[error("that time cannot be booked: {0}")]
    NotBookable(#[serde(deserialize_with = "name")] Name),
    /// No such row in this business.
    #[error("{0} not found")]
    NotFound(#[serde(deserialize_with = "name")] Name),
    /// The input is wrong; the reason says what to do.
    #[error("{0}")]
    Invalid(Reason),
    /// Whoever comes by this door may not ask for it.
    #[error("{0} is not allowed here")]
    Forbidden(#[serde(deserialize_with = "name")] Name),
    /// Another contact has this telephone number or e-mail address.
    #[error("another contact has this {field}")]
    Duplicate {
        /// `phone` or `email`.
        #[serde(deserialize_with = "name")]
        field: Name,
        /// Whose it is.
        contact: ContactId,
    },
    /// Somebody changed it since it was read.
    #[error("the {0} was changed meanwhile")]
    Stale(#[serde(deserialize_with = "name")] Name),
    /// The idempotency key was used for something else.
    #[error("this idempotency key was used for something else: use a new one")]
    KeyReused,
    /// The message did not go out. It stands in the timeline as failed.
    #[error("not sent: {0}")]
    NotSent(Reason),
    /// The backend cannot do this.
    #[error("{0} is not supported by this CRM")]
    Unsupported(#[serde(deserialize_with = "name")] Name),
    /// The backend is away or too slow; trying again may help. Nothing was changed.
    #[error("the CRM is not answering: {0}")]
    Unavailable(String),
    /// The backend broke in mid-write: whether it happened is not known, so it must not be claimed.
    #[error("the CRM did not say whether it worked: {0}")]
    Unknown(String),
}

impl Error {
    /// Its kind in a word, for logs and metrics: unlike the message it never carries what somebody said.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SlotTaken => "slot_taken",
            Self::NotBookable(_) => "not_bookable",
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Forbidden(_) => "forbidden",
            Self::Duplicate { .. } => "duplicate",
            Self::Stale(_) => "stale",
            Self::KeyReused => "key_reused",
            Self::NotSent(_) => "not_sent",
            Self::Unsupported(_) => "unsupported",
            Self::Unavailable(_) => "unavailable",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// The most names a program can have read from journals: there are a few dozen in it.
const NAMES_MAX: usize = 256;

/// Reads a name back from a journal. Each distinct one is kept for as long as the program runs.
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    static NAMES: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());
    let name = String::deserialize(from)?;
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return Ok(known);
    }
    if names.len() >= NAMES_MAX {
        return Err(serde::de::Error::custom("too many different names"));
    }
    let kept: Name = name.leak();
    names.insert(kept);
    Ok(kept)
}
