//! Who asks for an operation, by which door, and what would come of it.

use super::{Operation, Outcome, Permissions};
use crate::crm::model::{Ai, Change, Source, Who};
use crate::id::BusinessId;

/// On whose word something is asked for, and what they may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: Who,
    /// What they may.
    pub may: Permissions,
}

impl By {
    /// Whoever calls or writes: they get what a receptionist does for anybody.
    pub fn caller() -> Self {
        Self { who: Who::Caller, may: Permissions::reception() }
    }

    /// Whoever holds the token printed at start: they may all.
    pub fn owner() -> Self {
        Self { who: Who::Owner, may: Permissions::all() }
    }
}

/// An operation with whose it is, by which door and on whose word it came, and the key that makes a repeat harmless.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The tenant; a row of another one is "not found".
    pub business: BusinessId,
    /// The door.
    pub source: Source,
    /// On whose word.
    pub by: By,
    /// As which machine understood it, where they did not ask by hand.
    pub ai: Option<Ai>,
    /// The same key performs once: a retry gets the first outcome. None for reads.
    pub idempotency_key: Option<String>,
    /// What to do.
    pub operation: Operation,
}

impl Request {
    /// One that has no key.
    pub fn new(business: BusinessId, source: Source, by: By, operation: impl Into<Operation>) -> Self {
        Self { business, source, by, ai: None, idempotency_key: None, operation: operation.into() }
    }

    /// The same, as a machine understood it.
    #[must_use]
    pub fn through(self, ai: Ai) -> Self {
        Self { ai: Some(ai), ..self }
    }

    /// The same, performed once under this key, if there is one.
    #[must_use]
    pub fn once(self, idempotency_key: Option<String>) -> Self {
        Self { idempotency_key, ..self }
    }
}

/// What would come of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// As if it had happened.
    pub outcome: Outcome,
    /// The rows it would change, in order.
    pub changes: Vec<Change>,
}
