//! What a call asks the world to do.

use super::{CallTime, JobId, Position};
use crate::crm::Operation;
use crate::dialogue::Clause;
use crate::nlu::{Field, Language};
use crate::phone::E164;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something to be done. Closed: matched without `_`. Everything that answers carries a [`JobId`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Recognise the words between two positions. Answer: `Event::Heard`.
    Transcribe {
        /// Under this id.
        job: JobId,
        /// From.
        from: Position,
        /// Until.
        to: Position,
        /// What helps the recogniser.
        hints: Hints,
    },
    /// Ask the turn detector whether the speech between two positions sounds finished. Answer: `Event::TurnJudged`.
    JudgeTurn {
        /// Under this id.
        job: JobId,
        /// From.
        from: Position,
        /// Until.
        to: Position,
    },
    /// Perform a CRM operation. Answer: `Event::Performed`.
    Perform {
        /// Under this id.
        job: JobId,
        /// What.
        operation: Box<Operation>,
    },
    /// Synthesise clauses in order. Answers: `Event::Spoken`, `Event::SpeechFailed`.
    Speak {
        /// Under this id.
        job: JobId,
        /// The words.
        clauses: Vec<Clause>,
        /// The voice's language.
        language: Language,
    },
    /// The answer to this job is no longer wanted.
    Abandon(JobId),
    /// Send to the caller.
    Send(Outgoing),
    /// Keep this turn: it is final.
    Record(Turn),
    /// The call is over on our side. Nothing follows it.
    Finish(Ending),
}

/// What goes out on the media stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outgoing {
    /// One frame: 160 bytes of µ-law, 20 ms.
    Media(#[serde(serialize_with = "super::journal::fingerprint")] Frame),
    /// Ask to be told when playback gets here.
    Mark(String),
    /// Throw away what has not been played.
    Clear,
}

/// 160 bytes of µ-law cut out of a longer clip, without copying.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// `clip[start..start + 160]`.
    Of {
        /// The clip.
        clip: Arc<[u8]>,
        /// Where the frame starts in it.
        start: usize,
    },
    /// A frame put together from a clip's tail and padding, or across two clips.
    Made(Box<[u8; 160]>),
}

impl Frame {
    /// The frame's 160 bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Of { clip, start } => &clip[*start..*start + crate::audio::FRAME_BYTES],
            Self::Made(bytes) => bytes.as_slice(),
        }
    }
}

/// What helps the recogniser with one stretch of audio.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hints {
    /// The language to recognise.
    pub language: Language,
    /// What was asked for.
    pub field: Field,
    /// Whether this is the last look (the turn is over) or a guess that may be thrown away.
    pub last: bool,
}

/// A finished turn of either side, for the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number in the call, from 0.
    pub number: u32,
    /// Whose it was.
    pub who: Speaker,
    /// What was said; for the agent, only what was heard.
    pub text: String,
    /// Whether the agent was cut off.
    pub cut_off: bool,
    /// When it began.
    pub began: CallTime,
    /// When it ended.
    pub ended: CallTime,
    /// The recogniser's confidence (caller only).
    pub confidence: Option<f32>,
    /// The intent understood (caller only) and the rules that decided.
    pub why: Vec<String>,
    /// Where the time went, in milliseconds by stage.
    pub stages: Stages,
}

/// Where the time between the caller's last word and our first went, in milliseconds (agent's turns).
///
/// `endpoint`: last word → turn over, the recogniser's `recognise` within it; `perform`: operation asked → answered;
/// `first_audio`: speech asked → first frame sent; `saved`: how long before it was wanted the speech was asked for, on a guess;
/// `guesses`: how often the turn was taken for over, the last time included. `understand` is not seen by the session, which has no clock of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is a stage of the path in DESIGN")]
pub struct Stages {
    pub endpoint_ms: Option<u32>,
    pub recognise_ms: Option<u32>,
    pub understand_ms: Option<u32>,
    pub perform_ms: Option<u32>,
    pub first_audio_ms: Option<u32>,
    pub saved_ms: Option<u32>,
    pub guesses: Option<u32>,
}

/// A side of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Speaker {
    Caller,
    Agent,
}

/// How a call ends on our side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// We said goodbye.
    HungUp,
    /// The caller is being connected to a person.
    Transferred(E164),
    /// The caller left.
    CallerLeft,
}
