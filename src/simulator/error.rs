//! Why a simulated call did not come about, in words for the person who started it.

use crate::twilio::error::MediaError;

/// A call that could not be made or followed.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// Nobody answers at the gateway's address.
    #[error("nothing answers at {0}: is `ringlypro serve` running?")]
    Unreachable(String),
    /// The gateway said no.
    #[error("the gateway answered {status} at {path}{hint}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Where.
        path: String,
        /// What may be wrong.
        hint: &'static str,
    },
    /// An address is none.
    #[error("{0:?} is not an address")]
    BadAddress(String),
    /// The gateway's document is no `TwiML` we can follow.
    #[error("the gateway's TwiML cannot be followed: {0}")]
    BadTwiml(String),
    /// The documents lead in a circle.
    #[error("the gateway's TwiML never ends")]
    TooManyVerbs,
    /// The media stream was refused.
    #[error("the media stream was refused: {0}")]
    StreamRefused(String),
    /// The gateway broke the protocol.
    #[error("the gateway sent something Twilio would refuse: {0}")]
    Protocol(#[from] MediaError),
    /// A line of the caller's could not be made.
    #[error("the caller's line could not be made: {0}")]
    Line(String),
    /// A persona's description is wrong.
    #[error("the persona cannot be used: {0}")]
    Persona(String),
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The simulator itself failed.
    #[error("the simulated call crashed")]
    Crashed,
}
