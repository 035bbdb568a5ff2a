//! How long everything may take: the numbers of a call in one place.
//!
//! Knows nothing of what is done when a time has come (see [`super::session`]). Milliseconds throughout; every value can
//! be configured, and the defaults say why they are what they are.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The configurable times and thresholds of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Probability from which a window holds speech.
    pub voice_on: f32,
    /// Probability under which speech that was going on has stopped (lower, so that it does not flutter).
    pub voice_off: f32,
    /// Windows (32 ms) of speech that begin a turn while the agent is silent. Three catch a short "yes".
    pub onset_windows: u32,
    /// Probability that counts while the agent is speaking: its own echo and a cough score lower.
    pub barge_in_on: f32,
    /// Windows of speech that cut the agent off: 192 ms, within the 150–250 that gateways use.
    pub barge_in_windows: u32,
    /// Windows of speech that continue a turn after a pause; one alone is a click or a breath.
    pub resume_windows: u32,
    /// Audio kept from before the onset: the beginning of a word is softer than what is noticed of it.
    pub pre_roll_ms: u64,
    /// Silence after which the turn might be over and recognition is started on a guess.
    pub guess_ms: u64,
    /// The longest silence waited for more words, whatever the evidence.
    pub longest_wait_ms: u64,
    /// The longest turn; a recogniser works on 30 s at most.
    pub longest_turn_ms: u64,
    /// How much of a stalled stream counts as silence: it may be the network and not the caller.
    pub stall_ms: u64,
    /// How far ahead of playback frames are sent: a late wake-up is not heard, and a clear still has little to undo.
    pub lead_ms: u64,
    /// How long after its time a mark is still waited for before the clock is believed.
    pub mark_patience_ms: u64,
    /// What the way to the caller is taken to last until a mark has told.
    pub transit_ms: u64,
    /// A caller who answers over a rest shorter than this has heard us: people overlap by a syllable.
    pub overlap_ms: u64,
    /// Silence after the agent's words before it asks whether anybody is there.
    pub no_input_ms: u64,
    /// The same after "hold on".
    pub hold_ms: u64,
    /// The least time the caller has after a sound that was no words.
    pub no_input_again_ms: u64,
    /// How long an operation runs before the agent says that it is working on it.
    pub still_working_ms: u64,
    /// How long until it says so again.
    pub still_working_again_ms: u64,
    /// How long an operation may take.
    pub operation_ms: u64,
    /// How long recognition of a turn may take.
    pub recogniser_ms: u64,
    /// How long the voice may take to its next piece of audio.
    pub speech_ms: u64,
    /// How long a call may last.
    pub longest_call_ms: u64,
    /// The pause that ends typed digits.
    pub dtmf_pause_ms: u64,
    /// How long the last words may take, from deciding to end until hanging up.
    pub goodbye_ms: u64,
    /// How long after our decision that a turn was over its continuation still counts as the same turn, as long as the
    /// caller has heard nothing of the answer.
    pub second_thought_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            voice_on: 0.5,
            voice_off: 0.35,
            onset_windows: 3,
            barge_in_on: 0.8,
            barge_in_windows: 6,
            resume_windows: 2,
            pre_roll_ms: 300,
            guess_ms: 200,
            longest_wait_ms: 3_000,
            longest_turn_ms: 25_000,
            stall_ms: 100,
            lead_ms: 120,
            mark_patience_ms: 500,
            transit_ms: 100,
            overlap_ms: 300,
            no_input_ms: 6_000,
            hold_ms: 30_000,
            no_input_again_ms: 2_000,
            still_working_ms: 1_200,
            still_working_again_ms: 4_000,
            operation_ms: 10_000,
            recogniser_ms: 8_000,
            speech_ms: 5_000,
            longest_call_ms: 30 * 60 * 1_000,
            dtmf_pause_ms: 2_000,
            goodbye_ms: 20_000,
            second_thought_ms: 1_500,
        }
    }
}

/// Milliseconds as a duration.
pub(super) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
