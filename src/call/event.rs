//! What can happen to a call.

use super::{JobId, Position};
use crate::crm::{Error, Outcome};
use crate::phone::E164;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something that happened. Closed: matched without `_`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "events are handed over one by one, never kept in numbers")]
pub enum Event {
    /// The voice detector's answer for the window of audio that ends at `until`.
    Voice {
        /// End of the window.
        until: Position,
        /// 0 (noise, silence) to 1 (speech).
        #[serde(with = "super::journal::number")]
        probability: f32,
        /// Loudness of the window in dBFS.
        #[serde(with = "super::journal::number")]
        level_db: f32,
    },
    /// The caller pressed a key: `0`–`9`, `*`, `#`.
    Dtmf(char),
    /// Playback reached (or a clear discarded up to) the mark of this name.
    Mark(String),
    /// A transcription ended.
    Heard {
        /// Which.
        job: JobId,
        /// The words, or that the recogniser failed.
        result: Result<Transcript, RecogniserFailed>,
    },
    /// The turn detector's answer; none when it could not tell.
    TurnJudged {
        /// Which.
        job: JobId,
        /// Probability that the caller has finished.
        finished: Option<f32>,
    },
    /// An operation ended.
    Performed {
        /// Which.
        job: JobId,
        /// What came of it.
        result: Result<Outcome, Error>,
    },
    /// Audio of a clause is ready to play.
    Spoken {
        /// Which piece of speech.
        job: JobId,
        /// Which of its clauses, from 0; clauses come in order.
        clause: usize,
        /// µ-law, 8 kHz; any length.
        #[serde(with = "super::journal::audio")]
        audio: Arc<[u8]>,
        /// Whether this ends the clause.
        last: bool,
    },
    /// A clause could not be synthesised.
    SpeechFailed {
        /// Which piece of speech.
        job: JobId,
        /// Which of its clauses.
        clause: usize,
    },
    /// The time [`super::session::Session::deadline`] named has come.
    Tick,
    /// The caller hung up, or the stream broke.
    StreamEnded,
    /// The operator or a shutdown asks for the call to be ended politely.
    EndRequested,
    /// Somebody of the business wants these words said to the caller.
    SayRequested(String),
    /// Somebody of the business wants the caller connected to this number.
    TransferRequested(E164),
}

/// What the recogniser made of a stretch of audio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words; empty when there were none (noise, silence, a filtered hallucination).
    pub text: String,
    /// 0 to 1.
    #[serde(with = "super::journal::number")]
    pub confidence: f32,
    /// How long recognition took, queueing included.
    pub took_ms: u32,
    /// There may be words in it, but none to be believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
}

/// The recogniser could not do its work (overload, crash, timeout).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecogniserFailed;
