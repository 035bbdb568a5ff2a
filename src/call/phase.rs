//! Where a call stands, in one word, for whoever watches it.
//!
//! Derived from the session's state, never stored beside it: two truths would drift apart. Knows nothing of how a phase
//! is left.

use serde::{Deserialize, Serialize};

/// What a call is doing. Closed: matched without `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The agent is saying something, or about to.
    Speaking,
    /// The agent waits for the caller to say something.
    Listening,
    /// The caller is speaking, or typing.
    Hearing,
    /// The caller's words are being made out.
    Recognising,
    /// An operation is under way, and nothing is being said.
    Working,
    /// The last words are being said.
    Leaving,
    /// Over: nothing follows.
    Over,
}
