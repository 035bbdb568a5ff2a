//! The record of phone calls.

use crate::id::{BusinessId, CallId, ContactId};
use crate::phone::E164;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A phone call as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallRecord {
    /// Its id.
    pub id: CallId,
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Twilio's id, unique.
    pub call_sid: String,
    /// Who called; none when the number was withheld.
    pub from: Option<E164>,
    /// The number they dialled.
    pub to: E164,
    /// Who that is, when known.
    pub contact: Option<ContactId>,
    /// Where it stands.
    pub status: CallStatus,
    /// When it was answered.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended, in a word: `hung-up`, `transferred`, `caller-left`, `failed`, `interrupted` (we were),
    /// `busy`, `agent-disabled` (it was not taken).
    pub ending: Option<String>,
}

/// Twilio's words for where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each name says it")]
pub enum CallStatus {
    Initiated,
    Ringing,
    InProgress,
    Completed,
    Failed,
    Busy,
    NoAnswer,
}

/// What somebody of the business does in a call that is on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum StepIn {
    /// Has the agent say something.
    Say {
        /// What it says.
        words: String,
    },
    /// Has the caller connected.
    Transfer {
        /// To this number.
        to: E164,
    },
    /// Has the agent end it.
    HangUp,
}

/// One turn of a call as it is kept: written the moment it is final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallTurn {
    /// Its number in the call, from 0.
    pub number: u32,
    /// `caller` or `agent`.
    pub who: String,
    /// What was said; for the agent, only what was heard.
    pub text: String,
    /// Whether the agent was cut off.
    pub cut_off: bool,
    /// Milliseconds from the answer to its beginning.
    pub began_ms: u64,
    /// Milliseconds from the answer to its end.
    pub ended_ms: u64,
    /// The recogniser's confidence.
    pub confidence: Option<f32>,
    /// The intent understood and the rules that decided.
    pub why: Vec<String>,
    /// Milliseconds by stage.
    pub stages: serde_json::Value,
}

/// A recording of a call, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// The tenant it belongs to.
    pub business: BusinessId,
    /// Which call.
    pub call: CallId,
    /// Which of its parts, from 1: a stream that broke and came back makes another.
    pub part: u32,
    /// Where the file is, seen from the folder of recordings.
    pub path: String,
    /// How long it plays.
    pub length_ms: u64,
    /// How large it is.
    pub bytes: u64,
    /// When the file was deleted.
    pub deleted_at: Option<Timestamp>,
}
