//! Where the caller's turn stands, for whoever explains a call afterwards.
//!
//! A look and never a say: the session does not know that it is watched.

use super::ahead::Ahead;
pub use super::interruption::{FoundOut, Interruption};
use super::session::Session;
pub use super::verdict::Verdict;
use crate::dialogue::Converse;

/// What the session knows of the turn being spoken that no event and no action tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether a turn of the caller's is open: being spoken, or its words being made out for good.
    pub open: bool,
    /// Whether its words so far are in and meant something to the conversation; none while they are not in.
    pub answered: Option<bool>,
    /// Whether they answer what was asked with nothing wanting.
    pub whole: bool,
    /// The pauses this caller makes inside a turn, in milliseconds; nothing while they have shown none.
    pub pauses_ms: u64,
    /// Where a sound over the agent's words stands.
    pub interruption: Interruption,
}

impl<C: Converse> Session<C> {
    /// Where the caller's turn stands.
    pub fn standing(&self) -> Standing {
        let guess = self.turn.as_ref().and_then(|turn| turn.guess.as_ref());
        let words_in = guess.is_some_and(|guess| guess.transcript.is_some());
        let understood = || self.ahead.as_ref().is_some_and(Ahead::understood);
        Standing {
            open: self.turn.is_some() || self.closing.is_some(),
            answered: words_in.then(understood),
            whole: words_in && self.ahead.as_ref().is_some_and(Ahead::whole),
            pauses_ms: self.pauses.usual_ms(),
            interruption: self.interruption(),
        }
    }
}
