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

/// Why a message did not go out, or is not known to have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Whoever carries it said no, and would again; the text says why, without the message.
    #[error("{0}")]
    Refused(String),
    /// Whoever is written to has told the carrier to stop: that goes into the ledger.
    #[error("they have told the carrier that they want no messages")]
    OptedOut,
    /// It was surely not taken; it may be another time.
    #[error("the carrier cannot be reached")]
    Away,
    /// It was handed over and nobody said whether it was taken. It must not be sent again unasked.
    #[error("the carrier did not say whether it took the message")]
    Unknown,
}
