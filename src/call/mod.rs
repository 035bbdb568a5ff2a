//! The call: a pure machine from events to actions.
//!
//! [`session::Session`] holds one conversation by phone. The same events at the same times give the same actions, so a
//! call can be recorded as a journal and replayed without models or network. It knows nothing of sockets, models,
//! databases or wall clocks; [`CallTime`] is an offset since the answer.
//!
//! Read next: [`event`] and [`action`] for the two alphabets, [`session`] for the machine, [`journal`] for recording and
//! replaying a call.

pub mod action;
mod ahead;
#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod ending_tests;
mod endpoint;
pub mod event;
pub mod explain;
mod interruption;
#[cfg(test)]
mod interruption_tests;
pub mod journal;
mod keypad;
mod listening;
pub mod phase;
mod playback;
mod resuming;
mod second_thought;
pub mod session;
#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod simulation;
mod speaking;
pub mod standing;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_script;
pub mod timer;
pub mod timing;
mod transcript;
mod turn;
mod verdict;
mod working;

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Time since the call was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallTime(pub Duration);

impl CallTime {
    /// The time `ms` milliseconds after the answer.
    pub const fn from_ms(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// The time `ms` milliseconds earlier, or the answer.
    #[must_use]
    pub fn back(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(Duration::from_millis(ms)))
    }

    /// Whole milliseconds since the answer.
    pub fn as_ms(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl std::ops::Add<Duration> for CallTime {
    type Output = Self;
    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}

/// A position in the caller's audio: samples at 16 kHz since the stream began.
///
/// Positions come from the media clock, not from when a packet happened to arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(pub u64);

impl Position {
    /// The position in milliseconds of audio.
    pub fn as_ms(self) -> u64 {
        self.0 / 16
    }

    /// The position `ms` milliseconds earlier, or the start.
    #[must_use]
    pub fn back_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms * 16))
    }
}

/// Names one piece of work given out; an answer under a past id is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub u32);
