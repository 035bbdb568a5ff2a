//! The only way out: what leaves the house for somebody leaves it here, with a permit.
//!
//! [`consent`] reads what people want from their words, [`permit`] is the gate that makes a [`SendPermit`] or says why not,
//! [`sms`] and [`email`] hand a message over, and a permit with it, to who carries it. [`webhook`] posts to the addresses of
//! programs, which need no consent and get no chance to reach into the network we stand in.
//!
//! It knows nothing of conversations, operations or doors: the composition asks the book for the facts, the gate for the
//! permit and the sender for the deed (`app/outbox`).
//!
//! Invariant: a sender takes a permit by value, and sends to the address in it: no permit, no message; one permit, one
//! message. Only [`permit::Gate`] can make one.

pub mod consent;
pub mod email;
pub mod permit;
pub mod sms;
pub mod webhook;

pub use permit::{Facts, Gate, Refusal, SendPermit};

use crate::crm::error::Reason;

/// Why a message did not go out, or is not known to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Whoever carries it said no, and would again; the reason says why, without the message.
    Refused(Reason),
    /// Whoever is written to has told the carrier to stop: that goes into the ledger.
    OptedOut,
    /// It was surely not taken; it may be another time.
    Away,
    /// It was handed over and nobody said whether it was taken. It must not be sent again unasked.
    Unknown,
}

impl From<SendError> for Reason {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused(why) => why,
            SendError::OptedOut => Self::OptedOut,
            SendError::Away => Self::CarrierAway,
            SendError::Unknown => Self::CarrierSilent,
        }
    }
}
