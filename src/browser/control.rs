//! The JSON messages of the browser phone, in both directions.
//!
//! Knows their spelling, not what follows from them. Invariant: what is read is at most [`TEXT_BYTES_MAX`] long.

use serde::{Deserialize, Serialize};

/// The longest text read: the longest honest one is `start` with its ticket, some 200 bytes.
const TEXT_BYTES_MAX: usize = 1_024;

/// A message from the browser. Closed: matched without `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum FromBrowser {
    /// The first message: which call this is.
    Start {
        /// The call, as `POST /api/phone` named it.
        call: String,
        /// The ticket it gave.
        ticket: String,
        /// Samples a second, both ways.
        rate: u32,
    },
    /// A key was pressed.
    Dtmf {
        /// `0`–`9`, `*`, `#`.
        digit: char,
    },
    /// Playback got to a mark, or a clear discarded what was before it.
    Mark {
        /// The name it was sent under.
        name: String,
    },
    /// The caller hangs up.
    Stop,
}

/// A message to the browser, besides audio. Closed: matched without `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum ToBrowser {
    /// Answer when playback gets here.
    Mark {
        /// The name to answer with.
        name: String,
    },
    /// Throw away what is queued; every pending mark is answered at once.
    Clear,
    /// The call is over; the socket closes.
    Ended(LastWord),
}

/// How a call in a browser ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "kebab-case")]
pub enum LastWord {
    /// The agent hung up.
    HungUp,
    /// The caller did.
    CallerLeft,
    /// The agent would connect the caller: a browser cannot be, so it shows the number.
    Transferred {
        /// Who would be rung.
        to: String,
    },
    /// It broke on our side.
    Failed,
    /// There is no such call, or its ticket was wrong or used.
    Refused,
}

impl FromBrowser {
    /// Reads a message; none when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        serde_json::from_str(text).ok()
    }
}

impl ToBrowser {
    /// The message as it is sent.
    ///
    /// # Panics
    /// Never: text in JSON can always be written.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("text in JSON can always be written")
    }
}
